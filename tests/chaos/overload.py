#!/usr/bin/env python3
"""Three times the load it can carry, then a normal one: who is answered did not wait too long, and a moment later all is well."""
import time

from chaos import Load, Server, Tally, options, pss_mb, tree, verdict

given = options(__doc__, 60, workers=(2, "processes"), limit=(2.0, "--max-queue-time in seconds"),
                clients=(300, "connections in the rush"))
flags = ["--max-queue-time", f"{given.limit}s", "--preload", "on", "--threads", "1"]


def ask(rng):
    return ("/work?ms=20",)  # two workers of one thread: a hundred a second


with Server(given.server, given.workers, flags=flags, threads=1) as server:
    calm = Load(server.port, 2, ask)
    time.sleep(min(5, given.seconds))
    before = calm.stop()
    memory = pss_mb(tree(server.pid))
    # Each client comes back after its answer, be it a 503, about once a second: three hundred a second.
    rush = Load(server.port, given.clients, ask, pause=1.0)
    end, most = time.monotonic() + given.seconds, 0.0
    while time.monotonic() < end:
        time.sleep(1)
        most = max(most, pss_mb(tree(server.pid)))
    during = rush.stop()
    time.sleep(2)
    calm = Load(server.port, 2, ask, Tally())
    time.sleep(min(5, given.seconds))
    after = calm.stop()
    answered = [seconds for seconds in during.latencies]
    longest = max(answered, default=0)
    in_time = longest <= given.limit + 1 and after.quantile(.5) <= 2 * before.quantile(.5) + .005 and most <= memory + 200
    # A server that refuses all is never late.
    served = during.statuses.get(200, 0) > 0
    kept = (before.failed == after.failed == during.broken == 0 and served and set(during.statuses) <= {200, 503}
            and (in_time or given.lenient))
    verdict(f"overload, {given.server}", kept,
            f"before {before}; rush {during}, longest {longest:.2f} s; after {after}; "
            f"memory {memory:.0f} MB, at most {most:.0f} MB")

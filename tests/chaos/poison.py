#!/usr/bin/env python3
"""A URL that crashes its worker, asked for again and again: the others do not notice, and each such request kills at most two workers."""
import time

from chaos import Load, Server, options, some_work, verdict

given = options(__doc__, 60, rate=(50.0, "requests a second"), workers=(4, "processes"),
                share=(0.1, "of them are poison"))
others = max(1, round(given.rate * (1 - given.share) / 5))
with Server(given.server, given.workers, flags=["--preload", "on"]) as server:
    # Five requests a second from each client, whatever they cost.
    good = Load(server.port, others, some_work, pause=0.17)
    poison = Load(server.port, max(1, round(given.rate * given.share)), lambda rng: ("/segfault",), pause=1.0)
    seen, end = set(server.workers()), time.monotonic() + given.seconds
    while time.monotonic() < end:
        time.sleep(0.01)
        seen.update(server.workers())
    bad = poison.stop()
    tally = good.stop()
    deaths = len(seen) - given.workers
    asked = bad.answers + bad.broken
    kept = tally.failed == 0 and tally.closed == 0 and bad.statuses.keys() == {502} and bad.broken == 0 and deaths <= 2 * asked
    verdict(f"poison, {given.server}", kept,
            f"{asked} poison requests answered {bad.statuses}, {bad.broken} of them not at all, about {deaths} workers died; "
            f"the others: {tally}")

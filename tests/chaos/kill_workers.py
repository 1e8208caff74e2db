#!/usr/bin/env python3
"""SIGKILLs a random worker again and again under load: no request fails and no connection closes."""
import random
import time

from chaos import Load, Server, kill, options, some_work, verdict

given = options(__doc__, 60, rate=(5.0, "kills a second"), workers=(4, "processes"),
                clients=(32, "keep-alive connections"), preload=("on", "--preload"))
rng = random.Random(1)
with Server(given.server, given.workers, flags=["--preload", given.preload]) as server:
    load = Load(server.port, given.clients, some_work)
    kills, end = [], time.monotonic() + given.seconds
    while time.monotonic() < end:
        time.sleep(1 / given.rate)
        if workers := server.workers():
            kill(rng.choice(workers), kills)
    tally = load.stop()
    verdict(f"kill_workers, {given.server}", tally.failed == 0 and tally.closed == 0, f"{len(kills)} kills, {tally}")

#!/usr/bin/env python3
"""kill -9 of the front: nothing of it is left within two seconds, and a new one starts at once at the same place."""
import os
import signal
import time

from chaos import Load, Server, is_alive, options, some_work, tree, verdict

given = options(__doc__, 0, times=(5, "how often"), workers=(4, "processes"))
slowest, left = 0.0, []
port = 0
for turn in range(given.times):
    with Server("hotplate", given.workers, flags=["--preload", "on" if turn % 2 else "off"], port=port) as server:
        port = server.port
        load = Load(port, 8, some_work)
        time.sleep(0.5)
        family = tree(server.pid)
        os.kill(server.pid, signal.SIGKILL)
        killed = time.monotonic()
        while any(is_alive(pid) for pid in family) and time.monotonic() < killed + 10:
            time.sleep(0.01)
        slowest = max(slowest, time.monotonic() - killed)
        left += [pid for pid in family if is_alive(pid)]
        load.stop()
verdict("kill_front", not left and (slowest < 2 or given.lenient),
        f"{given.times} times, all gone after {slowest:.2f} s at most, {len(left)} left")

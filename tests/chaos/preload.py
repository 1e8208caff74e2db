#!/usr/bin/env python3
"""A Flask application that is preloaded: a crashed worker is replaced at once, and four workers share their memory."""
import os
import signal
import statistics
import time

from chaos import ROOT, Client, Load, Server, options, pss_mb, verdict

given = options(__doc__, 0, times=(30, "workers killed"), workers=(4, "processes whose memory is compared"))


def start(preload, workers):
    folder = os.path.join(ROOT, "tests", "apps", "flask_hello")
    return Server("hotplate", workers, flags=["--preload", preload], app_folder=folder, first="/")


def replaced(preload):
    """Seconds from the end of the only worker to the next answer, on a new connection."""
    took, last = [], None
    with start(preload, 1) as server:
        while len(took) < given.times:
            now = server.workers()
            if len(now) != 1 or now[0] == last:
                time.sleep(0.05)
                continue
            last = now[0]
            time.sleep(0.2)
            started = time.monotonic()
            os.kill(last, signal.SIGKILL)
            with Client(server.port) as client:
                assert client.get("/")[0] == 200
            took.append(time.monotonic() - started)
    return took


def memory(preload):
    """PSS of the workers after some requests, and with their zygote."""
    with start(preload, given.workers) as server:
        load = Load(server.port, given.workers, lambda rng: ("/",), pause=0.01)
        time.sleep(2)
        load.stop()
        return pss_mb(server.workers()), pss_mb(server.workers() + server.zygotes())


quick, slow = replaced("on"), replaced("off")
shared, own = memory("on"), memory("off")
verdict("preload", statistics.median(quick) < 0.05 and shared[1] <= 0.7 * own[1] or given.lenient,
        f"a crashed worker's successor answers after {statistics.median(quick) * 1000:.1f} ms, {max(quick) * 1000:.1f} ms at worst "
        f"({statistics.median(slow) * 1000:.0f} ms and {max(slow) * 1000:.0f} ms without); {given.workers} workers {shared[0]:.1f} MB, "
        f"with their zygote {shared[1]:.1f} MB ({own[0]:.1f} MB and {own[1]:.1f} MB without)")

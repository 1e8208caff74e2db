#!/usr/bin/env python3
"""Reloads in a row under load: no request fails, no connection is reset, and memory and descriptors are back where they were."""
import subprocess
import time

from chaos import HOTPLATE, Load, Server, descriptors, options, pss_mb, some_work, tree, verdict

given = options(__doc__, 20, times=(100, "reloads"), workers=(2, "processes"),
                clients=(16, "keep-alive connections"), preload=("on", "--preload"))


def state(server):
    family = tree(server.pid)
    return pss_mb(family), descriptors(server.pid), len(family)


with Server(given.server, given.workers, flags=["--preload", given.preload, "--watch", "0s"], controlled=True) as server:
    load = Load(server.port, given.clients, some_work)
    time.sleep(given.seconds)  # a server that has served for a while is what they are compared with
    wrong, slowest, before = [], 0.0, state(server)
    for _ in range(given.times):
        started = time.monotonic()
        done = subprocess.run([*HOTPLATE, "reload", "--control", server.control], capture_output=True, text=True, timeout=120)
        slowest = max(slowest, time.monotonic() - started)
        if done.returncode != 0:
            wrong.append(done.stderr)
    end = time.monotonic() + 20
    after = state(server)
    while after[2] > before[2] and time.monotonic() < end:
        time.sleep(0.2)  # the last old generation drains
        after = state(server)
    tally = load.stop()
    near = all(a <= b * 1.1 for a, b in zip(after, before))
    verdict(f"reloads, {given.server}", tally.failed == 0 and tally.closed == 0 and not wrong and (near or given.lenient),
            f"{given.times} reloads, {len(wrong)} refused, the slowest {slowest:.2f} s; memory {before[0]:.0f} -> {after[0]:.0f} MB, "
            f"descriptors {before[1]} -> {after[1]}, processes {before[2]} -> {after[2]}; {tally}"
            + "".join(f"\n    {text}" for text in wrong[:2]))

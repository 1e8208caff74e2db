#!/usr/bin/env python3
"""Mixed load with kills and reloads for a long time: descriptors, memory, threads and processes stay where they were."""
import os
import random
import statistics
import subprocess
import time

from chaos import HOTPLATE, Load, Server, descriptors, kill, options, pss_mb, tree, verdict

given = options(__doc__, 1800, workers=(4, "processes"), clients=(16, "keep-alive connections"),
                every=(10.0, "seconds between a kill and a reload"))
rng = random.Random(1)


def ask(random_here):
    kind = random_here.random()
    if kind < 0.02:
        return ("/big?mb=1",)
    if kind < 0.07:
        return ("/upload", "POST", bytes(random_here.randint(1, 1 << 20)))
    return (f"/work?ms={random_here.randint(1, 50)}",)


def threads_of(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except FileNotFoundError:
        return 0  # it has ended meanwhile


def state(server):
    family = tree(server.pid)
    threads = sum(map(threads_of, family))
    return {"memory": pss_mb(family), "descriptors": sum(map(descriptors, family)), "threads": threads, "processes": len(family)}


def median(states):
    return {name: statistics.median(one[name] for one in states) for name in states[0]}


with Server(given.server, given.workers, flags=["--preload", "on", "--watch", "0s"], controlled=True) as server:
    load = Load(server.port, given.clients, ask)
    reloads = refused = 0
    started, seen, kills = time.monotonic(), [], []
    while time.monotonic() < started + given.seconds:
        time.sleep(given.every)
        if workers := server.workers():
            kill(rng.choice(workers), kills)
        time.sleep(min(1, given.every))
        done = subprocess.run([*HOTPLATE, "reload", "--control", server.control], capture_output=True, text=True)
        reloads += 1
        if done.returncode != 0:
            refused += 1
            print("reload:", done.stderr)
        seen.append(state(server))
    tally = load.stop()
    # The first fifth warms up. What is compared are the medians of the second and of the last: a moment may have a large upload in it.
    fifth = max(1, len(seen) // 5)
    before, after = median(seen[fifth:2 * fifth] or seen), median(seen[-fifth:])
    flat = all(after[name] <= 1.1 * before[name] + 2 for name in after)
    lost = tally.lost(kills)
    if lost:
        print(server.words()[-4000:])
    verdict(f"soak, {given.server}", lost == 0 and refused == 0 and (flat or given.lenient),
            f"{len(kills)} kills, {reloads} reloads, {refused} refused, {lost} lost; "
            + ", ".join(f"{name} {before[name]:.0f} -> {after[name]:.0f}" for name in after) + f"; {tally}")

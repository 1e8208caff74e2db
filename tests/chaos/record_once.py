#!/usr/bin/env python3
"""POSTs that write their id into SQLite while workers are killed: what was answered with 2xx was done exactly once, the rest is told so."""
import itertools
import os
import random
import sqlite3
import tempfile
import threading
import time

from chaos import Load, Server, kill, options, verdict

given = options(__doc__, 60, rate=(5.0, "kills a second"), workers=(4, "processes"),
                clients=(32, "keep-alive connections"))
rng = random.Random(1)
numbers = itertools.count()
asked = threading.local()
promised, lock = [], threading.Lock()


def ask(random_here):
    asked.number = next(numbers)
    return f"/record?id={asked.number}&ms={random_here.randint(1, 20)}", "POST"


def heard(status):
    if status == 200:
        with lock:
            promised.append(asked.number)


with tempfile.TemporaryDirectory(prefix="hotplate-chaos-") as folder:
    path = os.path.join(folder, "seen.db")
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE seen (id INTEGER NOT NULL)")
    with Server(given.server, given.workers, flags=["--preload", "on"], environment={"CHAOS_DB": path}) as server:
        load = Load(server.port, given.clients, ask, heard=heard)
        kills, end = [], time.monotonic() + given.seconds
        while time.monotonic() < end:
            time.sleep(1 / given.rate)
            if workers := server.workers():
                kill(rng.choice(workers), kills)
        tally = load.stop()
    with sqlite3.connect(path) as database:
        times = dict(database.execute("SELECT id, count(*) FROM seen GROUP BY id"))
lost = [number for number in promised if times.get(number, 0) == 0]
twice = [number for number, count in times.items() if count > 1]
refused = tally.lost(kills)
kept = promised and not lost and not twice and refused == 0 and tally.closed == 0
verdict(f"record_once, {given.server}", kept,
        f"{len(kills)} kills, {len(promised):,} promised, {len(lost)} of them lost, {len(twice)} done twice, "
        f"{refused} refused without a kill; {tally}")

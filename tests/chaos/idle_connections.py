#!/usr/bin/env python3
"""Thousands of idle connections, slow senders and slow readers: none holds a worker's thread, and normal clients hardly notice.

Undisturbed and disturbed latencies are measured in turns, three times; the medians count. The two seconds in which the crowd
comes, and the server takes a gigabyte of answers from its workers for the slow readers, are told apart: what they do to the
others is printed, and not judged.
"""
import contextlib
import json
import multiprocessing
import resource
import socket
import statistics
import subprocess
import time

from chaos import HOTPLATE, Client, Load, Server, options, pss_mb, tree, verdict

given = options(__doc__, 20, idle=(8000, "idle keep-alive connections"), slow=(500, "that send a head byte by byte"),
                readers=(200, "that read 5 MB at 10 KB/s"),
                turns=(3, "how often"))
FORK = multiprocessing.get_context("fork")
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


class Crowd:
    """The connections that want nothing, or very slowly; their process is not the one that measures."""

    def __init__(self, port):
        ready, self.ended = FORK.Event(), FORK.Event()
        self.process = FORK.Process(target=self.run, args=(port, ready), daemon=True)
        self.process.start()
        ready.wait()

    def run(self, port, ready):
        idle = []
        for _ in range(given.idle):
            client = Client(port)
            client.get("/work?ms=0")
            idle.append(client)
        slow = [Client(port).socket for _ in range(given.slow)]
        for one in slow:
            one.sendall(b"GET /work HTTP/1.1\r\nHost: plate.test\r\nX-Slow: ")
        readers = []
        for _ in range(given.readers):
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
            one.connect(("127.0.0.1", port))
            one.sendall(b"GET /big?mb=5 HTTP/1.1\r\nHost: plate.test\r\n\r\n")
            one.setblocking(False)
            readers.append(one)
        ready.set()
        # Each moves every half second, and not all at the same moment.
        turn = 0
        while not self.ended.wait(0.01):
            turn = (turn + 1) % 50
            for act, some in ((lambda one: one.sendall(b"x"), slow), (lambda one: one.recv(5000), readers)):
                for one in some[turn::50]:
                    with contextlib.suppress(OSError):
                        act(one)

    def leave(self):
        self.ended.set()
        self.process.join()


def ask(rng):
    return ("/work?ms=2",)


quiet, arriving, disturbed, memory = [], [], [], 0.0
held = 0
failed = 0
with Server(given.server, 2, flags=["--keep-alive", "300s"], controlled=True) as server:
    Load(server.port, 8, ask).stop()
    empty = pss_mb(tree(server.pid))
    for _ in range(given.turns):
        for crowded, into in ((False, quiet), (True, disturbed)):
            crowd = Crowd(server.port) if crowded else None
            if crowded:
                load = Load(server.port, 8, ask, pause=0.01)
                time.sleep(2)
                tally = load.stop()
                failed += tally.failed
                arriving.append(tally.quantile(.99))
            load = Load(server.port, 8, ask, pause=0.01)
            time.sleep(given.seconds / 2 / given.turns)
            tally = load.stop()
            failed += tally.failed
            into.append(tally.quantile(.99))
            if crowd is not None:
                memory = max(memory, pss_mb(tree(server.pid)))
                status = subprocess.check_output([*HOTPLATE, "status", "--json", "--control", server.control])
                held = max(held, json.loads(status)["in_flight"])
                crowd.leave()
                time.sleep(0.5)
    before, after = statistics.median(quiet), statistics.median(disturbed)
    verdict(f"idle_connections, {given.server}", failed == 0 and held == 0 and (after <= 2 * before or given.lenient),
            f"{failed} failed, p99 {before * 1000:.1f} ms undisturbed, {after * 1000:.1f} ms beside {given.idle:,} idle, "
            f"{given.slow} slow senders and {given.readers} slow readers "
            f"({statistics.median(arriving) * 1000:.1f} ms in the two seconds of their coming); "
            f"{held} requests at workers beside them; memory {empty:.0f} MB, with the crowd {memory:.0f} MB")

#!/usr/bin/env python3
"""Thousands of idle connections, slow senders and slow readers: none holds a worker's thread, and normal clients hardly notice.

Undisturbed and disturbed latencies are measured in turns, three times; the medians count.
"""
import resource
import socket
import statistics
import threading
import time

from chaos import Client, Load, Server, options, pss_mb, tree, verdict

given = options(__doc__, 20, idle=(8000, "idle keep-alive connections"), slow=(500, "that send a head byte by byte"),
                readers=(200, "that read 5 MB at 10 KB/s"),
                turns=(3, "how often"))
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


class Crowd:
    """The connections that want nothing, or very slowly."""

    def __init__(self, port):
        self.ended = threading.Event()
        self.idle = []
        for _ in range(given.idle):
            client = Client(port)
            client.get("/work?ms=0")
            self.idle.append(client)
        self.slow = [Client(port).socket for _ in range(given.slow)]
        for one in self.slow:
            one.sendall(b"GET /work HTTP/1.1\r\nHost: plate.test\r\nX-Slow: ")
        self.readers = []
        for _ in range(given.readers):
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
            one.connect(("127.0.0.1", port))
            one.sendall(b"GET /big?mb=5 HTTP/1.1\r\nHost: plate.test\r\n\r\n")
            one.setblocking(False)
            self.readers.append(one)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.ended.wait(0.5):
            for one in self.slow:
                try:
                    one.sendall(b"x")
                except OSError:
                    pass
            for one in self.readers:
                try:
                    one.recv(5000)
                except OSError:
                    pass

    def leave(self):
        self.ended.set()
        self.thread.join()
        for one in self.slow + self.readers:
            one.close()
        for client in self.idle:
            client.close()


def ask(rng):
    return ("/work?ms=2",)


quiet, disturbed, memory = [], [], 0.0
failed = 0
with Server(given.server, 2, flags=["--keep-alive", "300s"]) as server:
    Load(server.port, 8, ask).stop()
    empty = pss_mb(tree(server.pid))
    for _ in range(given.turns):
        for crowded, into in ((False, quiet), (True, disturbed)):
            crowd = Crowd(server.port) if crowded else None
            load = Load(server.port, 8, ask, pause=0.01)
            time.sleep(given.seconds / 2 / given.turns)
            tally = load.stop()
            failed += tally.failed
            into.append(tally.quantile(.99))
            if crowd is not None:
                memory = max(memory, pss_mb(tree(server.pid)))
                crowd.leave()
                time.sleep(0.5)
    before, after = statistics.median(quiet), statistics.median(disturbed)
    verdict(f"idle_connections, {given.server}", failed == 0 and (after <= 2 * before or given.lenient),
            f"{failed} failed, p99 {before * 1000:.1f} ms undisturbed, {after * 1000:.1f} ms beside {given.idle:,} idle, "
            f"{given.slow} slow senders and {given.readers} slow readers; memory {empty:.0f} MB, with the crowd {memory:.0f} MB")

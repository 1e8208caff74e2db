#!/usr/bin/env python3
"""A container of 256 and of 512 MB, and clients that hold all they can: heads that do not end, slow uploads, readers that do not
read, thousands of idle connections, HTTP/2 streams that wait for ever. No process dies, normal clients are answered all the time,
and the front gives the memory back within a minute.

Needs root, for a memory control group of its own; without it the limits are told to the server, and nobody enforces them.
"""
import contextlib
import multiprocessing
import os
import resource
import socket
import struct
import time

from chaos import Load, Server, free_port, options, verdict
from groups import ControlGroup

given = options(__doc__, 30, limit=(0, "MB that the server and its workers may have together; 0 is 256, then 512"),
                idle=(10000, "idle connections"), heads=(2000, "connections that send a head and do not end it"),
                uploads=(1500, "that send a body and do not end it"), readers=(300, "that do not read a large answer"),
                streams=(50, "HTTP/2 connections with 100 waiting requests each"),
                bombs=(50, "the same with heads of 32 KB that eight bytes make of what the connection remembers"))
FORK = multiprocessing.get_context("fork")
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
UPLOAD = b"POST /upload HTTP/1.1\r\nHost: plate.test\r\nContent-Length: 1000000\r\n\r\n" + bytes(20000)
SETTINGS, HEADERS, RST_STREAM = 4, 1, 3


def rss_mb(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6
    return 0.0


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def number(value, prefix_bits, first=0):
    most = (1 << prefix_bits) - 1
    if value < most:
        return bytes((first | value,))
    out, value = bytearray((first | most,)), value - most
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes((*out, value))


def literal(name, value):
    return b"\0" + number(len(name), 7) + name + number(len(value), 7) + value


REQUEST = (literal(b":method", b"POST") + literal(b":scheme", b"http") + literal(b":path", b"/upload")
           + literal(b":authority", b"plate.test") + b"".join(literal(b"x-%d" % n, b"a" * 5000) for n in range(3)))


WAITING = (literal(b":method", b"POST") + literal(b":scheme", b"http") + literal(b":path", b"/upload")
           + literal(b":authority", b"plate.test"))
# A field that is kept (RFC 7541 §6.2.1), the 62nd then: 0xbe is all of it.
KEPT = b"\x40" + number(3, 7) + b"x-a" + number(4000, 7) + b"a" * 4000


class Crowd:
    """One kind of client, many of them, in a process of their own. Whoever is sent away comes again."""

    def __init__(self, port, count, begin, go_on, address, receive=0):
        self.port, self.count, self.begin, self.go_on, self.address, self.receive = port, count, begin, go_on, address, receive
        self.ended = FORK.Event()
        self.process = FORK.Process(target=self.run, daemon=True)
        self.process.start()

    def connect(self):
        one = socket.socket()
        if self.receive:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive)
        one.bind((self.address, 0))
        one.settimeout(5)
        one.connect(("127.0.0.1", self.port))
        one.setblocking(False)
        with contextlib.suppress(OSError):
            self.begin(one)
        return one

    def run(self):
        some, turn = [], 0
        while not self.ended.is_set():
            # They come within seconds, and are told apart by what they still can send.
            for _ in range(min(200, self.count - len(some))):
                with contextlib.suppress(OSError):
                    some.append(self.connect())
            kept = []
            for one in some:
                try:
                    self.go_on(one, turn)
                    kept.append(one)
                except BlockingIOError:
                    kept.append(one)
                except OSError:
                    one.close()
            some, turn = kept, turn + 1
            self.ended.wait(0.2)
        for one in some:
            one.close()

    def leave(self):
        self.ended.set()
        self.process.join()


def is_there(one):
    if one.recv(1, socket.MSG_PEEK) == b"":
        raise ConnectionError


def send_line(one, turn):
    one.send(b"X-%d: " % turn + b"a" * 3000 + b"\r\n")


def send_stream(one, turn):
    for stream in range(1 + 20 * turn, 1 + 20 * (turn + 1), 2):
        if turn < 10:
            one.send(frame(HEADERS, 4, stream, REQUEST))
        elif turn % 5 == 0:
            # A stream that is ended at once: the flood of resets.
            one.send(frame(HEADERS, 4, stream, REQUEST) + frame(RST_STREAM, 0, stream, b"\0\0\0\x08"))


def send_bomb(one, turn):
    """What this connection has not sent yet is not known here: streams that it had are refused, and the connection ends and comes again."""
    first = 3 + 20 * (turn % 10)
    for stream in range(first, first + 20, 2):
        one.send(frame(HEADERS, 4, stream, WAITING + b"\xbe" * 8))


def crowds(port, http2):
    return [
        Crowd(port, given.idle, lambda one: None, lambda one, turn: is_there(one), "127.0.0.2"),
        Crowd(port, given.heads, lambda one: one.send(b"GET / HTTP/1.1\r\nHost: plate.test\r\n"), send_line, "127.0.0.3"),
        Crowd(port, given.uploads, lambda one: one.send(UPLOAD), lambda one, turn: one.send(b"x" * 1000), "127.0.0.4"),
        Crowd(port, given.readers, lambda one: one.send(b"GET /big?mb=5 HTTP/1.1\r\nHost: plate.test\r\n\r\n"),
              lambda one, turn: None, "127.0.0.5", receive=4096),
        # A window of no byte: their answers cannot be sent.
        Crowd(http2, given.streams, lambda one: one.send(PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0))),
              send_stream, "127.0.0.6"),
        Crowd(http2, given.bombs, lambda one: one.send(PREFACE + frame(SETTINGS, 0, 0) + frame(HEADERS, 4, 1, WAITING + KEPT)),
              send_bomb, "127.0.0.7"),
    ]


def trial(limit):
    with ControlGroup("memory", limit << 20) as group:
        told = [] if group.path else ["--client-memory", f"{limit // 8}M"]
        http2 = free_port()
        with Server(given.server, 2, flags=["-b", f"h2c:127.0.0.1:{http2}", *told], before=group.join) as server:
            Load(server.port, 4, lambda rng: ("/work?ms=2",), pause=0.01).stop_after(2)
            workers, before = set(server.workers()), rss_mb(server.pid)
            load = Load(server.port, 4, lambda rng: ("/work?ms=2",), pause=0.02)
            crowd = crowds(server.port, http2)
            most, end = 0.0, time.monotonic() + given.seconds
            while time.monotonic() < end and server.process.poll() is None:
                most = max(most, rss_mb(server.pid))
                time.sleep(0.2)
            for one in crowd:
                one.leave()
            alone = time.monotonic()
            # What little is alive lies scattered over the collector's regions.
            enough = before + 30
            while rss_mb(server.pid) > enough and time.monotonic() < alone + 60 and server.process.poll() is None:
                time.sleep(0.5)
            back, after = time.monotonic() - alone, rss_mb(server.pid)
            tally = load.stop()
            code = server.process.poll()
            died = len(workers - set(server.workers())) + (code is not None)
            kept = died == 0 and group.kills() == 0 and tally.failed == 0 and tally.answers > 0 and after <= enough
            said = (f"{limit} MB{'' if group.path else ' (told, not enforced: no control group can be made here)'}: {died} deaths"
                    + (f", the front ended with {code}" if code is not None else "")
                    + f", the others: {tally}; the front {before:.0f} MB, {most:.0f} MB at most, {after:.0f} MB {back:.0f} s after")
            if not kept:
                print(server.words()[-3000:])
            return kept, said


results = [trial(limit) for limit in ([given.limit] if given.limit else [256, 512])]
verdict(f"memory, {given.server}", all(kept for kept, _ in results), "; ".join(said for _, said in results))

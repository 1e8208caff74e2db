"""Promise: close() of what the application returned is called, once, however the request ends.

Every path takes ?log=FILE: close() appends "closed PATH\\n", a second close() "closed again PATH\\n".

GET /list            two pieces: "one two"
GET /empty           no piece at all
GET /blank           three empty pieces
GET /sized           an iterable with __len__ 1 and one piece "alone", no Content-Length
GET /raise?n=1       raises after n pieces
GET /endless?gap=0.05&size=1000   pieces without end, for a client that leaves
GET /large?mb=50     pieces of 64 KiB, for a client that leaves half way
GET /silent?s=2      one piece, then that long a silence, then one more: the client may leave within it
GET /unstarted       start_response is never called: 500, and closed
GET /bad-close       close() raises after "one two" was sent: the client has its answer, the worker lives
GET /generator       a plain generator; its finally clause appends "closed"
GET /iterator        __iter__ returns another object, which has a close() of its own: that one must not be called
HEAD and 204: /list with HEAD, and GET /list?status=204%20No%20Content, are closed too
"""
import time
from urllib.parse import parse_qsl


def note(log, line):
    if log:
        with open(log, "a") as file:
            file.write(line + "\n")


class Closing:
    """An iterable that notes its close()."""

    def __init__(self, pieces, path, log, raises=False):
        self.pieces, self.path, self.log, self.raises, self.closed = pieces, path, log, raises, False

    def __iter__(self):
        return iter(self.pieces)

    def close(self):
        note(self.log, f"closed again {self.path}" if self.closed else f"closed {self.path}")
        self.closed = True
        if self.raises:
            raise RuntimeError("close() raises, on purpose")


class Sized(Closing):
    def __len__(self):
        return 1


class Inner:
    """The iterator of /iterator: what is not returned must not be closed."""

    def __init__(self, log):
        self.left, self.log = [b"two", b"one "], log

    def __iter__(self):
        return self

    def __next__(self):
        if not self.left:
            raise StopIteration
        return self.left.pop()

    def close(self):
        note(self.log, "closed the inner iterator")


class Outer(Closing):
    def __iter__(self):
        return Inner(self.log)


def failing(pieces):
    for _ in range(pieces):
        yield b"piece\n"
    raise RuntimeError("raised while iterating, on purpose")


def endless(gap, size):
    while True:
        yield b"." * size
        time.sleep(gap)


def silent(seconds):
    yield b"first\n"
    time.sleep(seconds)
    yield b"second\n"


def generator(log, path):
    try:
        yield b"one "
        yield b"two"
    finally:
        note(log, f"closed {path}")


def app(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    path, log = environ["PATH_INFO"], query.get("log")
    if path == "/unstarted":
        return Closing([b"never"], path, log)
    status = query.get("status", "200 OK")
    start_response(status, [] if status[:3] in ("204", "304") else [("Content-Type", "text/plain")])
    if path == "/sized":
        return Sized([b"alone"], path, log)
    if path == "/generator":
        return generator(log, path)
    if path == "/iterator":
        return Outer((), path, log)
    pieces = {
        "/list": lambda: [b"one ", b"two"],
        "/bad-close": lambda: [b"one ", b"two"],
        "/empty": lambda: [],
        "/blank": lambda: [b"", b"", b""],
        "/raise": lambda: failing(int(query.get("n", 1))),
        "/endless": lambda: endless(float(query.get("gap", 0.05)), int(query.get("size", 1000))),
        "/large": lambda: (b"x" * 65536 for _ in range(16 * int(query.get("mb", 50)))),
        "/silent": lambda: silent(float(query.get("s", 2))),
    }.get(path, lambda: [b"no such path"])()
    return Closing(pieces, path, log, raises=path == "/bad-close")

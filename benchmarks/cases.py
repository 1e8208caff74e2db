"""The cases: which application, which request, how much load."""

import zlib
from dataclasses import dataclass

UPLOAD_BYTES = 64 * 1024
FILE_BYTES = 20 * 1024
SLOW_PERCENT = 10


@dataclass(frozen=True)
class Case:
    """One kind of load on one application."""

    name: str
    title: str
    app: str  # folder beneath benchmarks/apps
    path: str
    answer: bytes  # what the body of a right answer holds
    connections: int = 64
    body_bytes: int = 0
    slow_path: str = ""  # mixed with `path`, SLOW_PERCENT of all requests
    threads: int = 4  # per worker, for servers that must be told
    events: bool = False  # streams without end, of an event a second each; what is counted are events
    workers: tuple = (2,)
    limit: bool = True  # whether a bare Python loop says anything about it

    @property
    def checks(self):
        """What is asked, once, before the timing: (method, path, body, what the answer holds)."""
        body = b"x" * self.body_bytes
        asked = [("POST" if body else "GET", self.path, body, self.answer)]
        if self.events:
            asked = [("GET", "/", b"", b"Hello, World!\n")]  # a stream has no end that could be waited for
        if body:
            asked.append(("POST", f"{self.path}/checksum", body, b"%08x\n" % zlib.crc32(body)))
        if self.slow_path:
            asked.append(("GET", self.slow_path, b"", b"worked\n"))
        return asked


def static_file():
    """The bytes of the static file: not compressible to nothing, the same every time."""
    return b"".join(b"%08x" % (n * 2654435761 % 2**32) for n in range(FILE_BYTES // 8))


CASES = [
    Case("raw-hello", "Raw WSGI hello", "raw", "/", b"Hello, World!\n", workers=(2, 1)),
    Case("flask-hello", "Flask hello", "site", "/", b"Hello, World!\n", workers=(2, 1)),
    Case("flask-page", "Flask + Jinja2 page", "site", "/page", b"Ten items &amp; &lt;escapes&gt;"),
    Case("post-64k", "64 KiB POST", "site", "/upload", b"65536\n", body_bytes=UPLOAD_BYTES),
    Case("static-20k", "20 KiB static file through Flask", "site", "/files/20k.txt", static_file()),
    Case("json-2k", "JSON of 2 KiB", "site", "/json", b'"name":"item 19"'),
    Case("answer-20k", "20 KiB answer", "site", "/bytes/20480", b"x" * 20480),
    Case("answer-200k", "200 KiB answer", "site", "/bytes/204800", b"x" * 204800),
    Case(
        "database-c128", "200 µs of CPU around 2 ms of waiting, as for a database, at c128", "site", "/query", b"rows\n",
        connections=128, threads=16, limit=False,
    ),
    Case("sleep-c256", "sleep(0.05) at c256", "site", "/sleep", b"slept\n", connections=256, threads=16, limit=False),
    Case(
        "mixed-c32", "90 % hello, 10 % of 5 ms CPU at c32", "site", "/", b"Hello, World!\n",
        connections=32, slow_path="/work", limit=False,
    ),
    Case(
        "events-c1000", "Server-sent events: 1,000 clients, an event of 200 bytes a second each", "site", "/events", b"data: ",
        connections=1000, threads=600, events=True, limit=False,
    ),
]

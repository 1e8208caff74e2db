"""Promise: every way through the worker gives back what it took; the far end's tests drive it.

GET  /list /tuple /generator /closing /write /empty       "one two three", but for /empty, which has no body
GET  /none           start_response is never called
GET  /raise /late    raises before, and after, the first piece
GET  /replaced       start_response a second time with exc_info: 500 "replaced"
GET  /reraised       the same after the head was sent
GET  /twice          a second time without
GET  /header?name=N&value=V       one header of that name and value
GET  /length?n=N     "one two three" with that Content-Length
GET  /str            yields a str
GET  /small /large   this file, and 300,000 bytes, by wsgi.file_wrapper
GET  /bytesio        io.BytesIO by wsgi.file_wrapper
POST /body /part /lines     the body, its first ten bytes, its number of lines
GET  /errors         writes "remark" to wsgi.errors, half a line at a time
GET  /stored         keeps start_response and write; the next /stored calls them and answers what they raised
GET  /big?mb=N       N MiB in pieces of 64 KiB
GET  /measure        JSON: what would grow if something were not given back
"""
import gc
import io
import json
import os
import sys
import tempfile
from urllib.parse import parse_qsl

PLAIN = [("Content-Type", "text/plain")]
PIECES = [b"one ", b"two ", b"three"]
LARGE = tempfile.TemporaryFile()
LARGE.write(bytes(number % 251 for number in range(300_000)))
LARGE.flush()
stored = []


class Closing:
    def __init__(self, pieces):
        self.pieces = iter(pieces)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.pieces)

    def close(self):
        self.pieces = None


def generate(pieces, error=None):
    yield from pieces
    if error:
        raise error


def again(start_response, pieces):
    """exc_info while an exception is handled, as PEP 3333 shows it."""
    yield from pieces
    try:
        raise ValueError("on purpose")
    except ValueError:
        start_response("500 Replaced", PLAIN, sys.exc_info())
    yield b"replaced"


def errors_of(calls):
    for call in calls:
        try:
            call()
            yield "nothing"
        except Exception as error:
            yield f"{type(error).__name__}: {error}"


def measure():
    gc.collect()
    with open("/proc/self/statm") as statm:
        resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    wrapper = sys.modules["_hotplate_worker.wsgi"]
    return {
        "blocks": sys.getallocatedblocks(),
        "objects": len(gc.get_objects()),
        "resident": resident,
        "descriptors": len(os.listdir("/proc/self/fd")),
        "references": {
            "None": sys.getrefcount(None), "True": sys.getrefcount(True), "False": sys.getrefcount(False),
            "FileWrapper": sys.getrefcount(wrapper.FileWrapper), "EMPTY_INPUT": sys.getrefcount(wrapper.EMPTY_INPUT),
            "BytesIO": sys.getrefcount(io.BytesIO), "TypeError": sys.getrefcount(TypeError),
        },
    }


def app(environ, start_response):
    path, query = environ["PATH_INFO"], dict(parse_qsl(environ["QUERY_STRING"], encoding="latin-1"))
    if path == "/none":
        return []
    if path == "/raise":
        raise RuntimeError("raised on purpose")
    if path == "/header":
        start_response("200 OK", [(query["name"], query["value"])])
        return [b"header"]
    if path == "/length":
        start_response("200 OK", [*PLAIN, ("Content-Length", query["n"])])
        return generate(PIECES)
    write = start_response("200 OK", PLAIN)
    if path == "/list":
        return list(PIECES)
    if path == "/tuple":
        return tuple(PIECES)
    if path == "/generator":
        return generate(PIECES)
    if path == "/closing":
        return Closing(PIECES)
    if path == "/write":
        for piece in PIECES:
            write(piece)
        return ()
    if path == "/empty":
        return []
    if path == "/late":
        return generate(PIECES[:1], RuntimeError("raised late, on purpose"))
    if path in ("/replaced", "/reraised"):
        return again(start_response, PIECES if path == "/reraised" else [])
    if path == "/twice":
        start_response("200 OK", PLAIN)
    if path == "/str":
        return ["one"]
    if path == "/small":
        return environ["wsgi.file_wrapper"](open(__file__, "rb"))
    if path == "/large":
        return environ["wsgi.file_wrapper"](open(f"/proc/self/fd/{LARGE.fileno()}", "rb"))
    if path == "/bytesio":
        return environ["wsgi.file_wrapper"](io.BytesIO(b"".join(PIECES)))
    if path == "/body":
        return [environ["wsgi.input"].read()]
    if path == "/part":
        return [environ["wsgi.input"].read(10)]
    if path == "/lines":
        return [str(len(list(environ["wsgi.input"]))).encode()]
    if path == "/errors":
        environ["wsgi.errors"].write("re")
        environ["wsgi.errors"].write("mark\nand")
        return [b"said"]
    if path == "/stored":
        said = "\n".join(errors_of([lambda: stored[0]("200 OK", []), lambda: stored[1](b"stale")])) if stored else "kept"
        stored[:] = [start_response, write]
        return [said.encode()]
    if path == "/big":
        return generate([b"x" * 65536] * (16 * int(query["mb"])))
    return [json.dumps(measure()).encode()]

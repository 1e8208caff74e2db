"""Promise: what was yielded before an answer fails reaches its client, and the answer never looks whole.

GET /?n=1000&then=raise     200, n bytes "z" in pieces of 16 KiB at most, then an exception
…&then=exit                 the worker process ends (with by=write, …&say=WORD writes a line to wsgi.errors before)
…&then=kill, crash          the same, by SIGKILL and by SIGSEGV
…&then=hang                 nothing more, for ten minutes
…&then=short                the end, n bytes short of the Content-Length
…&then=write                n bytes by write(), then an exception
…&by=write                  n bytes by write(), then what then= says
…&then=file                 the end; n bytes by wsgi.file_wrapper, n bytes short of the Content-Length
…&until=FILE                waits for FILE before it fails (at most a minute)
"""
import ctypes
import os
import signal
import tempfile
import time
from urllib.parse import parse_qsl


def pieces(size):
    while size > 0:
        piece = min(size, 16384)
        size -= piece
        yield b"z" * piece


def fail(query):
    end = time.monotonic() + 60
    while "until" in query and not os.path.exists(query["until"]) and time.monotonic() < end:
        time.sleep(0.01)
    if query["then"] in ("raise", "write"):
        raise RuntimeError("cut on purpose")
    if query["then"] == "exit":
        os._exit(7)
    if query["then"] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if query["then"] == "crash":
        ctypes.string_at(0)
    if query["then"] == "hang":
        time.sleep(600)


def stream(query):
    yield from pieces(int(query["n"]))
    fail(query)


def app(environ, start_response):
    query = dict(parse_qsl(environ["QUERY_STRING"]))
    size = int(query.get("n", 0))
    headers = [("Content-Type", "text/plain")]
    if not query:
        start_response("200 OK", headers)
        return [b"well"]
    if query["then"] in ("short", "file"):
        headers.append(("Content-Length", str(2 * size)))
    write = start_response("200 OK", headers)
    if query["then"] == "write" or query.get("by") == "write":
        for piece in pieces(size):
            write(piece)
        if "say" in query:
            environ["wsgi.errors"].write(f"the last words are {query['say']}\n")
        fail(query)
    if query["then"] == "file":
        file = tempfile.TemporaryFile()
        file.write(b"z" * size)
        file.seek(0)
        return environ["wsgi.file_wrapper"](file)
    return stream(query)

"""Promise: a request over its time limit is ended, and no other.

Every path takes ?log=FILE: a line "began ID PID" is appended when a request begins, "finally ID PID" where its finally
block runs, "ended ID PID" when it was answered (ID from ?id=, or "-").

GET  /                 "hello PID"
ANY  /sleep?s=600      time.sleep: the GIL is released, and Python gets it back only at the end
ANY  /wait?s=600       sleeps in pieces of 10 ms, as much of what waits in Python does
ANY  /nogil?s=600      sleep(3) in C with the GIL released
ANY  /gil?s=600        sleep(3) in C with the GIL held: the whole process stands still
ANY  /burn?s=600       computes in Python
ANY  /swallow?s=600    as /wait, but catches every exception and goes on
GET  /pieces?n=5&s=1   streams n pieces with pauses of s seconds
GET  /stall?s=600      streams one piece, then waits as /wait
GET  /big?mb=8         that many MB in pieces, as fast as they are taken
"""
import ctypes
import os
import time
from urllib.parse import parse_qsl


def note(query, what):
    if "log" in query:
        line = f"{what} {query.get('id', '-')} {os.getpid()}\n".encode()
        descriptor = os.open(query["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, line)  # one write: lines of several workers do not mix
        os.close(descriptor)


def wait(seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.01)


def burn(seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sum(range(200))


def swallow(seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            time.sleep(0.01)
        except BaseException:
            pass


def c_sleep(library, seconds):
    # In one call, which a signal would end early; none comes.
    library.sleep(int(seconds)) if seconds >= 1 else library.usleep(int(seconds * 1_000_000))


WORK = {
    "/sleep": time.sleep,
    "/wait": wait,
    "/nogil": lambda seconds: c_sleep(ctypes.CDLL(None), seconds),
    "/gil": lambda seconds: c_sleep(ctypes.PyDLL(None), seconds),
    "/burn": burn,
    "/swallow": swallow,
}


def pieces(count, seconds):
    for number in range(count):
        if number:
            wait(seconds)
        yield b"piece %d\n" % number


def stall(query, seconds):
    try:
        yield b"piece 0\n"
        wait(seconds)
    finally:
        note(query, "finally")


def app(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    path = environ["PATH_INFO"]
    seconds = float(query.get("s", 600))
    note(query, "began")
    if path in ("/pieces", "/stall", "/big"):
        start_response("200 OK", [("Content-Type", "text/plain")])
        if path == "/big":
            return (b"x" * 65536 for _ in range(16 * int(query.get("mb", 8))))
        return stall(query, seconds) if path == "/stall" else pieces(int(query.get("n", 5)), seconds)
    try:
        if path in WORK:
            WORK[path](seconds)
    finally:
        note(query, "finally")
    note(query, "ended")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"hello {os.getpid()}".encode()]

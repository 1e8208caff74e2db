"""Promise: a worker that dies takes no other request with it, and is replaced.

Every path takes ?forbid=1, which forbids to run the request again, and ?log=FILE: "PATH ID PID\\n" is appended when the
request begins (ID from ?id=, or "-"), so that a test can count how often a request ran.

GET  /                  "hello"
GET  /pid               the worker's process id
ANY  /count             how many requests this process has begun, with its pid: "3 4711"
ANY  /sleep?s=0.2       waits, then "slept PID"
ANY  /exit?code=7       os._exit
ANY  /kill?signal=9     kills itself by that signal
ANY  /segfault          reads address 0 through ctypes
ANY  /abort             os.abort
ANY  /stderr            last words on stderr, then os._exit(1)
ANY  /later?ms=100      answers "doomed"; a thread kills the process that much later
ANY  /midway?n=2        streams n pieces, then dies with the answer unfinished
ANY  /download?flag=FILE  200,000 bytes with Content-Length; dies by SIGKILL after half if FILE does not exist (and makes it)
ANY  /once?flag=FILE    dies by SIGKILL if FILE does not exist (and makes it), else answers "second time PID"
ANY  /memory?mb=100&hold=0   takes that much memory and keeps it; answers after so many seconds
"""
import ctypes
import itertools
import os
import signal
import sys
import threading
import time
from urllib.parse import parse_qsl

counter = itertools.count(1)
kept = []


def note(query, path):
    if "log" in query:
        line = f"{path} {query.get('id', '-')} {os.getpid()}\n".encode()
        descriptor = os.open(query["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, line)  # one write: lines of several workers do not mix
        os.close(descriptor)


def kill(number=signal.SIGKILL):
    os.kill(os.getpid(), number)
    time.sleep(5)


def once(flag):
    try:
        os.close(os.open(flag, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return f"second time {os.getpid()}"
    return kill()


def later(milliseconds):
    threading.Timer(milliseconds / 1000, kill).start()
    return "doomed"


def last_words():
    print("last words: the plate is too hot", file=sys.stderr)
    sys.stderr.flush()
    os._exit(1)


def answer(path, query, number):
    if path == "/pid":
        return str(os.getpid())
    if path == "/count":
        return f"{number} {os.getpid()}"
    if path == "/sleep":
        time.sleep(float(query.get("s", 0.2)))
        return f"slept {os.getpid()}"
    if path == "/exit":
        os._exit(int(query.get("code", 7)))
    if path == "/kill":
        kill(int(query.get("signal", 9)))
    if path == "/segfault":
        ctypes.string_at(0)
    if path == "/abort":
        os.abort()
    if path == "/stderr":
        last_words()
    if path == "/later":
        return later(float(query.get("ms", 100)))
    if path == "/once":
        return once(query["flag"])
    if path == "/memory":
        kept.append(b"\1" * (int(query.get("mb", 100)) << 20))
        time.sleep(float(query.get("hold", 0)))
        return f"{len(kept)} kept"
    return "hello"


def midway(pieces):
    for number in range(pieces):
        yield b"piece %d\n" % number
    time.sleep(0.2)
    kill()


def download(flag):
    half = bytes(range(250)) * 400
    yield half
    time.sleep(0.2)
    once(flag)
    yield half


def app(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    path = environ["PATH_INFO"]
    note(query, path)
    if "forbid" in query:
        environ["hotplate.no_replay"]()
    number = next(counter)
    if path == "/midway":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return midway(int(query.get("n", 2)))
    if path == "/download":
        start_response("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", "200000")])
        return download(query["flag"])
    body = answer(path, query, number).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]

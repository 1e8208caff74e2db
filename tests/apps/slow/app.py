"""Promise: a slow request harms no other.

GET /               "hello", at once
GET /sleep?s=0.05   waits outside the GIL; answers JSON {"pid", "thread", "active", "peak"}: how many requests were in
                    this process when it began, and at most so far
GET /burn?ms=5      that much CPU time of its thread, in Python; JSON as above
GET /nogil?s=1      sleeps in C with the GIL released (ctypes.CDLL)
GET /gil?s=1        sleeps in C with the GIL held (ctypes.PyDLL): the whole process stands still
GET /peak           JSON as above, without counting itself
GET /items/N?…      as /sleep with s given: one route with a variable segment
"""
import ctypes
import json
import os
import threading
import time
from urllib.parse import parse_qsl

lock = threading.Lock()
active = peak = 0


def burn(milliseconds):
    end = time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        sum(range(200))


def work(path, query):
    seconds = float(query.get("s", 0.05))
    if path == "/sleep" or path.startswith("/items/"):
        time.sleep(seconds)
    elif path == "/burn":
        burn(float(query.get("ms", 5)))
    elif path == "/nogil":
        ctypes.CDLL(None).usleep(int(seconds * 1_000_000))
    elif path == "/gil":
        ctypes.PyDLL(None).usleep(int(seconds * 1_000_000))


def app(environ, start_response):
    global active, peak
    path = environ["PATH_INFO"]
    start_response("200 OK", [("Content-Type", "text/plain" if path == "/" else "application/json")])
    if path == "/":
        return [b"hello"]
    with lock:
        began_with = active
        if path != "/peak":
            active += 1
            began_with = active
            peak = max(peak, active)
    try:
        work(path, dict(parse_qsl(environ.get("QUERY_STRING", ""))))
    finally:
        if path != "/peak":
            with lock:
                active -= 1
    return [json.dumps({"pid": os.getpid(), "thread": threading.current_thread().name,
                        "active": began_with, "peak": peak}).encode()]

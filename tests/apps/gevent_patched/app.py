"""Promise: an application that is patched by gevent runs with one greenlet a request.

GET /               "hello"
GET /bytes          "hello" too, returned as one bytes object
GET /sleep?s=0.2    sleeps; JSON {"active", "peak", "greenlet", "thread"}: how many requests were inside when it
                    began, at most so far, and what it runs in. 50 at once in one worker must overlap: peak well over 10
GET /spawn          gevent.spawn of ten greenlets, joined: {"ok": true}
GET /socket         two greenlets talk over a patched socket pair: {"ok": true}
GET /thread         a patched threading.Thread, Event and Lock: {"ok": true}
GET /subprocess     a patched subprocess: {"ok": true}
GET /ticks          a greenlet that ticks every 10 ms since the first request: it goes on while requests wait
GET /stream?n=3&gap=0.1    pieces with a cooperative pause between them
POST /echo          the length of the body
GET /endless?log=FILE   without end; when the client has left, "closed\\n" is appended to FILE
"""
from gevent import monkey

monkey.patch_all()

import json  # noqa: E402
import socket  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from urllib.parse import parse_qsl  # noqa: E402

import gevent  # noqa: E402

active = peak = ticks = 0
ticker = None


def tick():
    global ticks
    while True:
        ticks += 1
        gevent.sleep(0.01)


def sleep(query):
    global active, peak
    active += 1
    peak = max(peak, active)
    began_with = active
    try:
        time.sleep(float(query.get("s", 0.2)))
    finally:
        active -= 1
    return {"active": began_with, "peak": peak, "greenlet": type(gevent.getcurrent()).__name__,
            "thread": threading.current_thread().name}


def spawn(query):
    jobs = [gevent.spawn(lambda n=n: (gevent.sleep(0.01), n)[1]) for n in range(10)]
    gevent.joinall(jobs)
    return {"ok": [job.value for job in jobs] == list(range(10))}


def talk(query):
    left, right = socket.socketpair()
    job = gevent.spawn(left.recv, 5)
    gevent.sleep(0.01)
    right.sendall(b"hello")
    job.join(5)
    left.close()
    right.close()
    return {"ok": job.value == b"hello"}


def thread(query):
    event, said = threading.Event(), []
    running = threading.Thread(target=lambda: (event.wait(5), said.append("woken")))
    running.start()
    event.set()
    running.join(5)
    return {"ok": said == ["woken"]}


def run_subprocess(query):
    done = subprocess.run([sys.executable, "-c", "print('child')"], stdout=subprocess.PIPE)
    return {"ok": done.stdout.strip() == b"child"}


def stream(query):
    for number in range(int(query.get("n", 3))):
        if number:
            time.sleep(float(query.get("gap", 0.1)))
        yield b"piece %d\n" % (number + 1)


def endless(query):
    try:
        while True:
            yield b"." * 1000
            time.sleep(0.05)
    finally:
        with open(query["log"], "a") as log:
            log.write("closed\n")


PATHS = {"/sleep": sleep, "/spawn": spawn, "/socket": talk, "/thread": thread, "/subprocess": run_subprocess,
         "/ticks": lambda query: {"ticks": ticks}}


def app(environ, start_response):
    global ticker
    ticker = ticker or gevent.spawn(tick)
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    path = environ["PATH_INFO"]
    if path in PATHS:
        body = json.dumps(PATHS[path](query)).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]
    body = str(len(environ["wsgi.input"].read())).encode() if path == "/echo" else b"hello"
    start_response("200 OK", [("Content-Type", "text/plain")])
    if path == "/bytes":
        return body
    return {"/stream": stream, "/endless": endless}.get(path, lambda query: [body])(query)

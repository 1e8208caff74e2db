"""Promise: what Python allows in the main thread alone is the same for every request, and the application's signal handlers run at once.

GET /           JSON, the same with every request: "main" (is this the main thread), "signal", "loop", "sqlite" ("ok" or the exception's
                name) for signal.signal(), asyncio.get_event_loop() and a connection made at import, "daemon" of a thread started here
GET /pid        the worker's
GET /job?flag=FILE&done=FILE   starts a thread that waits until flag is there (a minute at most) and then makes done; answers at once

The variable HIT names a file that SIGUSR2's handler writes a line to. SIGALRM's handler calls sys.exit(7).
"""
import asyncio
import atexit
import json
import os
import signal
import sqlite3
import sys
import threading
import time
from urllib.parse import parse_qsl

CONNECTION = sqlite3.connect(":memory:")
HIT = os.environ.get("HIT", os.devnull)


def note(line):
    with open(HIT, "a") as file:
        file.write(line + "\n")


def on_signal(number, frame):
    note(f"{signal.Signals(number).name} in {threading.current_thread() is threading.main_thread()}")


def leave(number, frame):
    sys.exit(7)


signal.signal(signal.SIGUSR2, on_signal)
signal.signal(signal.SIGALRM, leave)
atexit.register(note, "atexit")


def outcome(function):
    try:
        function()
        return "ok"
    except Exception as error:
        return type(error).__name__


def facts():
    return {
        "main": threading.current_thread() is threading.main_thread(),
        "signal": outcome(lambda: signal.signal(signal.SIGUSR2, on_signal)),
        "loop": outcome(asyncio.get_event_loop),
        "sqlite": outcome(lambda: CONNECTION.execute("select 1")),
        "daemon": threading.Thread(target=len).daemon,
    }


def job(flag, done):
    end = time.monotonic() + 60
    while not os.path.exists(flag) and time.monotonic() < end:
        time.sleep(0.01)
    with open(done, "w") as file:
        file.write("done")


def app(environ, start_response):
    query = dict(parse_qsl(environ["QUERY_STRING"]))
    path = environ["PATH_INFO"]
    if path == "/job":
        threading.Thread(target=job, args=(query["flag"], query["done"])).start()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(os.getpid() if path == "/pid" else facts()).encode()]

"""Promise: a forked worker is its own process, and preloading is told or refused by what the import left behind.

The environment variable HOLDS makes the import keep something: "thread", "socket", "unix", "epoll", "inotify",
"sqlite", "pipe", "eventfd", "file", "flock", "semaphore", "queue", "executor", "child", "random", "folder", "finalizer",
"appended" (which harms nothing), or nothing.

GET /    JSON {"imported_in": pid of the import, "pid", "ppid", "random": three numbers drawn from the global random,
         "uuid", "urandom", "holds"}. With preloading, imported_in differs from pid and is the same in all workers; the
         random numbers must differ between workers.
"""
import atexit
import concurrent.futures
import ctypes
import fcntl
import json
import multiprocessing
import os
import random
import select
import socket
import sqlite3
import subprocess
import tempfile
import threading
import uuid
import weakref

imported_in = os.getpid()
random.seed(1234)  # as an application might at import: the workers' numbers must not stay in step
holds = os.environ.get("HOLDS", "")
kept = None
if holds == "thread":
    kept = threading.Thread(target=threading.Event().wait, daemon=True)
    kept.start()
elif holds == "socket":
    kept = socket.socket()
elif holds == "unix":
    kept = socket.socketpair()
elif holds == "epoll":
    kept = select.epoll()
elif holds == "inotify":
    kept = ctypes.CDLL(None).inotify_init()
elif holds == "sqlite":
    kept = sqlite3.connect(os.path.join(os.environ.get("TMPDIR", "/tmp"), f"preload_state-{os.getpid()}.db"))
    kept.execute("CREATE TABLE IF NOT EXISTS plate (heat)")
elif holds == "pipe":
    kept = os.pipe()
elif holds == "eventfd":
    kept = ctypes.CDLL(None).eventfd(0, 0)
elif holds == "file":
    kept = tempfile.TemporaryFile()
elif holds == "appended":
    kept = open(os.path.join(os.environ["TMPDIR"], "log"), "a")
elif holds == "flock":
    kept = open(os.path.join(os.environ["TMPDIR"], "lock"), "a")
    try:
        fcntl.flock(kept, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass  # another worker has it, which is right
elif holds == "semaphore":
    kept = multiprocessing.Semaphore()
elif holds == "queue":
    kept = multiprocessing.Queue()
elif holds == "executor":
    kept = concurrent.futures.ProcessPoolExecutor(1)
elif holds == "child":
    kept = subprocess.Popen(["sleep", "3600"])
    atexit.register(kept.kill)
elif holds == "random":
    kept = random.Random(1)
elif holds == "folder":
    kept = tempfile.TemporaryDirectory()
elif holds == "finalizer":
    kept = threading.Event()
    weakref.finalize(kept, print, "the plate is put away")


def app(environ, start_response):
    answer = {"imported_in": imported_in, "pid": os.getpid(), "ppid": os.getppid(), "holds": holds,
              "random": [random.random() for _ in range(3)], "uuid": str(uuid.uuid4()), "urandom": os.urandom(8).hex()}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]

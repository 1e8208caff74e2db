"""The application that the trials break: each path is a way to be slow, to crash or to be stuck."""
import ctypes
import os
import sqlite3
import time
from urllib.parse import parse_qs

HERE = os.path.dirname(os.path.abspath(__file__))
BIG = b"x" * 65536


def version():
    try:
        with open(os.path.join(os.environ.get("CHAOS_DIR", HERE), "version")) as file:
            return file.read().strip()
    except FileNotFoundError:
        return "1"


VERSION = version()


def record(environ, number):
    """Writes the request's id down and answers only when it is on disk."""
    database = sqlite3.connect(os.environ["CHAOS_DB"], timeout=30, isolation_level=None)
    try:
        database.execute("INSERT INTO seen (id) VALUES (?)", (number,))
    finally:
        database.close()


def app(environ, start_response):
    path = environ["PATH_INFO"]
    query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    body = b"ok\n"
    if path == "/work":
        time.sleep(float(query.get("ms", "1")) / 1000)
    elif path == "/compute":
        end = time.thread_time() + float(query.get("ms", "1")) / 1000
        while time.thread_time() < end:
            sum(range(200))
    elif path == "/record":
        time.sleep(float(query.get("ms", "1")) / 1000)
        record(environ, query["id"])
    elif path == "/segfault":
        ctypes.string_at(0)
    elif path == "/stuck":
        library = ctypes.PyDLL(None) if query.get("gil") == "held" else ctypes.CDLL(None)
        library.sleep(int(query.get("s", "600")))
    elif path == "/hog":
        kept = [b"x" * (1 << 20) for _ in range(int(query["mb"]))]
        body = str(len(kept)).encode()
    elif path == "/version":
        body = VERSION.encode()
    elif path == "/pid":
        body = str(os.getpid()).encode()
    elif path == "/upload":
        stream, size = environ["wsgi.input"], 0
        while piece := stream.read(65536):
            size += len(piece)
        body = str(size).encode()
    elif path == "/big":
        megabytes = int(query.get("mb", "5"))
        start_response("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", str(megabytes << 20))])
        return (BIG for _ in range(megabytes * 16))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]

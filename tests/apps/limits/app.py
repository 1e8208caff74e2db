"""Promise: a worker that may open no more files says so, answers what it can, and is well when it may again.

GET /full        this process may open no more files from now on: "full"
GET /room        it may again: "room"
GET /            "hello"
POST /           the length of the body, which is in a file when it is large
GET /big         4 MB by wsgi.file_wrapper, from a file that was opened before
"""
import os
import resource
import tempfile

BEFORE = resource.getrlimit(resource.RLIMIT_NOFILE)
FILE = tempfile.TemporaryFile()
FILE.write(bytes(4 << 20))
FILE.flush()


def app(environ, start_response):
    path = environ["PATH_INFO"]
    answer = b"hello"
    if path == "/full":
        # The least free number and all above it are refused.
        free = os.dup(0)
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, BEFORE[1]))
        answer = b"full"
    elif path == "/room":
        resource.setrlimit(resource.RLIMIT_NOFILE, BEFORE)
        answer = b"room"
    elif path == "/big":
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        FILE.seek(0)
        return environ["wsgi.file_wrapper"](FILE)
    elif environ["REQUEST_METHOD"] == "POST":
        answer = str(len(environ["wsgi.input"].read())).encode()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [answer]

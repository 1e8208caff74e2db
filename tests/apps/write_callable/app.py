"""Promise: the write() that start_response returns sends at once, before whatever the application returns.

GET /               write("one "), write("two "), then returns ["three ", "four"]: "one two three four"
GET /only           write("one "), write("two"), returns []
GET /length         as /, with a truthful Content-Length of 18
GET /bytes          as /, but returns b"three four", one bytes object, and not an iterable of them
GET /bytes-length   the same with a truthful Content-Length
GET /alone          returns b"one two three four" without a write()
GET /empty          write("") then returns ["after"]: an empty write changes nothing
GET /gap?until=FILE write("first "), then waits until FILE is there (at most a minute) before "second": the first piece
                    must not wait for it
GET /inside         write() called from within the iteration: "one two three", in that order
GET /raise          write("begun "), then an exception: the answer is cut, it must not look complete
GET /str            write() is given a str; answers the name of the exception that this raised
GET /many?n=1000    n writes of 100 bytes, returns []
"""
import os
import time
from urllib.parse import parse_qsl

PATHS = ("/", "/only", "/length", "/bytes", "/bytes-length", "/alone", "/empty", "/gap", "/inside", "/raise", "/str", "/many")


def inside(write):
    yield b"one "
    write(b"two ")
    yield b"three"


def wait_for(path):
    end = time.monotonic() + 60
    while not os.path.exists(path) and time.monotonic() < end:
        time.sleep(0.01)


def refused(write):
    try:
        write("this is not bytes")
    except Exception as error:
        return [type(error).__name__.encode()]
    return [b"accepted"]


def app(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    path = environ["PATH_INFO"]
    headers = [("Content-Type", "text/plain")]
    if path in ("/length", "/bytes-length"):
        headers.append(("Content-Length", "18"))
    if path not in PATHS:
        start_response("404 Not Found", headers)
        return [b"no such path"]
    write = start_response("200 OK", headers)
    if path == "/alone":
        return b"one two three four"
    if path in ("/", "/length", "/bytes", "/bytes-length"):
        write(b"one ")
        write(b"two ")
        if path.startswith("/bytes"):
            return b"three four"
        return [b"three ", b"four"]
    if path == "/only":
        write(b"one ")
        write(b"two")
        return []
    if path == "/empty":
        write(b"")
        return [b"after"]
    if path == "/gap":
        write(b"first ")
        wait_for(query["until"])
        return [b"second"]
    if path == "/inside":
        return inside(write)
    if path == "/raise":
        write(b"begun ")
        raise RuntimeError("raised after write()")
    if path == "/str":
        return refused(write)
    for n in range(int(query.get("n", 1000))):
        write(b"%099d\n" % n)
    return []

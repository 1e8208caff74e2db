"""Promise: exc_info replaces an answer that has not begun, and is raised again once it has.

GET /before          start_response(200), then start_response(500, exc_info) before any body: the client gets 500,
                     "replaced", X-Second, and neither X-First nor any of the first headers
GET /after?log=FILE  a piece of body was yielded, then start_response(500, exc_info): that very exception comes back to
                     the application, the answer is cut; FILE gets "raised again: ValueError: on purpose (the same)"
GET /written?log=FILE   the same after write()
GET /twice           start_response a second time without exc_info: answers the name of the exception that raised
GET /raise           raises before start_response: the server's own 500. ?kind=SystemExit and the like choose the class
GET /started         start_response(200), then raises, nothing sent: the server's own 500
GET /iterate?n=2     200, yields n pieces "piece\\n" (default 0), then raises: with n=0 a 500, else the answer is cut
GET /hello           200 "hello", to see that the worker lives on
"""
import builtins
import sys
from urllib.parse import parse_qsl

PLAIN = [("Content-Type", "text/plain")]


def note(query, line):
    if "log" in query:
        with open(query["log"], "a") as log:
            log.write(line + "\n")


def restart(start_response, query):
    """Tells the server of an exception when it is too late, and notes what comes of it."""
    try:
        raise ValueError("on purpose")
    except ValueError as error:
        try:
            start_response("500 Too Late", PLAIN, sys.exc_info())
        except BaseException as again:
            same = "the same" if again is error else "another"
            note(query, f"raised again: {type(again).__name__}: {again} ({same})")
            raise
        note(query, "accepted")


def after(start_response, query):
    start_response("200 OK", PLAIN)
    yield b"begun\n" * 1000
    restart(start_response, query)
    yield b"this must not be sent"


def before(start_response):
    start_response("200 OK", PLAIN + [("X-First", "1"), ("Content-Length", "3"), ("Set-Cookie", "first=1")])
    try:
        raise ValueError("on purpose")
    except ValueError:
        start_response("500 Replaced", PLAIN + [("X-Second", "2")], sys.exc_info())
    return [b"replaced"]


def twice(start_response):
    start_response("200 OK", PLAIN)
    try:
        start_response("200 OK", PLAIN)
    except Exception as error:
        return [type(error).__name__.encode()]
    return [b"accepted"]


def iterate(start_response, pieces):
    start_response("200 OK", PLAIN)
    for _ in range(pieces):
        yield b"piece\n"
    raise RuntimeError("raised while iterating")


def app(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    path = environ["PATH_INFO"]
    kind = getattr(builtins, query.get("kind", "RuntimeError"))
    if path == "/before":
        return before(start_response)
    if path == "/after":
        return after(start_response, query)
    if path == "/written":
        write = start_response("200 OK", PLAIN)
        write(b"begun\n" * 1000)
        restart(start_response, query)
        return [b"this must not be sent"]
    if path == "/twice":
        return twice(start_response)
    if path == "/raise":
        raise kind("raised before start_response")
    if path == "/started":
        start_response("200 OK", PLAIN)
        raise kind("raised after start_response")
    if path == "/iterate":
        return iterate(start_response, int(query.get("n", 0)))
    start_response("200 OK", PLAIN)
    return [b"hello"]

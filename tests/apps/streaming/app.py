"""Promise: a piece that the application yields is on its way to the client before the next one is made.

GET /?n=5&gap=0.2         n pieces "piece 1\\n"…, a pause of gap seconds before each but the first
GET /?n=5&gap=0.2&size=1000   each piece filled up with dots to that size
GET /?n=5&until=FILE      waits, before each piece but the first, until FILE is there (at most a minute)
GET /?n=…&length=1        with a truthful Content-Length
GET /?n=…&blank=1         an empty piece between any two: they end nothing and say nothing
GET /endless?gap=0.05&size=100   without end; GET /endless?gap=0 as fast as it can
GET /events?n=3&gap=0.2   text/event-stream
GET /numbers?n=100000     every line its number, one piece a line: nothing lost, nothing out of order
GET /made?id=ID           how many pieces /endless?id=ID has made so far in this worker, and "open" or "closed"
"""
import os
import time
from urllib.parse import parse_qsl

MADE = {}


def piece(number, size):
    return b"piece %d\n" % number if not size else (b"piece %d " % number).ljust(size - 1, b".") + b"\n"


def pause(gap, until):
    end = time.monotonic() + 60
    while until and not os.path.exists(until) and time.monotonic() < end:
        time.sleep(0.01)
    if not until:
        time.sleep(gap)


def pieces(count, gap, size, blank, until=None):
    for number in range(1, count + 1):
        if number > 1:
            pause(gap, until)
            if blank:
                yield b""
        yield piece(number, size)


def endless(gap, size, name):
    MADE[name] = [0, "open"]
    try:
        while True:
            yield b"." * size
            MADE[name][0] += 1
            if gap:
                time.sleep(gap)
    finally:
        MADE[name][1] = "closed"


def events(count, gap, until):
    for number in range(1, count + 1):
        if number > 1:
            pause(gap, until)
        yield b"id: %d\ndata: event %d\n\n" % (number, number)


def app(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    path = environ["PATH_INFO"]
    count, gap, size = int(query.get("n", 5)), float(query.get("gap", 0.2)), int(query.get("size", 0))
    headers = [("Content-Type", "text/event-stream" if path == "/events" else "text/plain")]
    if path == "/" and "length" in query:
        headers.append(("Content-Length", str(sum(len(piece(n + 1, size)) for n in range(count)))))
    start_response("200 OK", headers)
    if path == "/endless":
        return endless(float(query.get("gap", 0.05)), size or 100, query.get("id", ""))
    if path == "/events":
        return events(count, gap, query.get("until"))
    if path == "/numbers":
        return (b"%d\n" % number for number in range(count))
    if path == "/made":
        count, state = MADE.get(query.get("id", ""), (0, "unknown"))
        return [f"{count} {state}".encode()]
    return pieces(count, gap, size, "blank" in query, query.get("until"))

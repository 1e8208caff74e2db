"""Promise: a Content-Length that is wrong never lets a client wait or read another answer's bytes.

The body is always "0123456789" (10 bytes); the header is what the path says:

GET /exact      10: answered so
GET /none       no header: the client still knows where the answer ends (length or chunks)
GET /short      20: the body is too short; the connection is cut and the log says so, the client never waits
GET /long       4: the client gets "0123", the rest is dropped and logged
GET /zero       0: the client gets nothing, the body is dropped and logged
GET /text, /negative, /plus, /blank     "ten", "-10", "+10", "": refused, 500
GET /twice      10 and 10;  GET /differ  10 and 20: a second one that differs is refused
GET /chunked    10 and the application's own Transfer-Encoding: chunked: that field is left out, so it is as with /exact

 ?as=list        ["01234", "56789"] (default)
 ?as=one         ["0123456789"]
 ?as=generator   the same two pieces from a generator
 ?as=endless     those pieces from a generator, again and again without end; &id=ID, see /closed
 ?as=write       the same two pieces by write()
 ?as=forever     by write(), the same pieces again and again without end; &id=ID, see /closed: "open" or the exception that ended it
 ?as=file        by wsgi.file_wrapper over a real file

GET /closed?id=ID   "closed after N": the generator of that id was closed when it had been asked for more N times; "open" before
"""
import tempfile
from urllib.parse import parse_qsl

LENGTHS = {
    "/exact": ["10"], "/none": [], "/short": ["20"], "/long": ["4"], "/zero": ["0"], "/text": ["ten"],
    "/negative": ["-10"], "/plus": ["+10"], "/blank": [""], "/twice": ["10", "10"], "/differ": ["10", "20"],
    "/chunked": ["10"],
}


def pieces():
    yield b"01234"
    yield b"56789"


CLOSED = {}


def endless(key):
    given = 0
    try:
        while True:
            for piece in pieces():
                yield piece
                given += 1
    finally:
        CLOSED[key] = given


def forever(write, key):
    given = 0
    try:
        while True:
            for piece in pieces():
                write(piece)
                given += 1
    except ValueError as error:
        CLOSED[key] = f"{given}: {error}"
        raise


def app(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    path = environ["PATH_INFO"]
    if path == "/closed":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"closed after {CLOSED[query['id']]}".encode() if query["id"] in CLOSED else b"open"]
    headers = [("Content-Type", "text/plain")] + [("Content-Length", length) for length in LENGTHS.get(path, [])]
    if path == "/chunked":
        headers.append(("Transfer-Encoding", "chunked"))
    write = start_response("200 OK", headers)
    form = query.get("as", "list")
    if form == "one":
        return [b"0123456789"]
    if form == "generator":
        return pieces()
    if form == "endless":
        return endless(query["id"])
    if form == "forever":
        forever(write, query["id"])
    if form == "write":
        for piece in pieces():
            write(piece)
        return []
    if form == "file":
        file = tempfile.TemporaryFile()
        file.write(b"0123456789")
        file.seek(0)
        return environ["wsgi.file_wrapper"](file)
    return list(pieces())

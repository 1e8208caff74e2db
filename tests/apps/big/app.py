"""Promise: large answers arrive whole, whatever their form, and a slow reader costs bounded memory.

The body is MB mebibytes; every 8 bytes are their own number in hex ("00000000", "00000001", …), so that a hole or a
doubled piece shows at once.

GET /list?mb=10         a list of pieces
GET /one?mb=10          a list of one piece
GET /tuple?mb=10        a tuple of pieces
GET /generator?mb=10    a generator
GET /write?mb=10        by write()
 &size=65536            bytes a piece (a multiple of 8)
 &length=1              with Content-Length (else without)
 &id=ID                 a name for /made
GET /made?id=ID         how many pieces that answer has made so far in this worker, and "open" or "done"
GET /header?kb=4        200 with one header of that size, body "header"
"""
from urllib.parse import parse_qsl

MADE = {}


def piece(offset, size):
    return b"".join(b"%08x" % number for number in range(offset // 8, (offset + size) // 8))


def pieces(total, size, name):
    MADE[name] = [0, "open"]
    try:
        for offset in range(0, total, size):
            yield piece(offset, min(size, total - offset))
            MADE[name][0] += 1
    finally:
        MADE[name][1] = "done"


def app(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    path, name = environ["PATH_INFO"], query.get("id", "")
    total, size = int(float(query.get("mb", 10)) * (1 << 20)), int(query.get("size", 65536))
    headers = [("Content-Type", "text/plain")]
    if "length" in query:
        headers.append(("Content-Length", str(total)))
    if path == "/header":
        headers.append(("X-Large", "h" * (int(query.get("kb", 4)) << 10)))
    write = start_response("200 OK", headers)
    if path == "/header":
        return [b"header"]
    if path == "/made":
        count, state = MADE.get(name, (0, "unknown"))
        return [f"{count} {state}".encode()]
    made = pieces(total, size, name)
    if path == "/generator":
        return made
    if path == "/write":
        for part in made:
            write(part)
        return []
    if path == "/one":
        return [b"".join(made)]
    return tuple(made) if path == "/tuple" else list(made)

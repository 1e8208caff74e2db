"""Promise: wsgi.input gives the request body, whole and in order, whichever way the application reads it.

POST /?how=read          read()                            (the default)
POST /?how=readn&n=1000  read(n) until it is empty
POST /?how=exact         read(CONTENT_LENGTH) once
POST /?how=readline      readline() until it is empty; with &n=100, readline(n)
POST /?how=readlines     readlines(); with &n=100, readlines(hint) until it is empty
POST /?how=iterate       for line in wsgi.input
POST /?how=part&n=10     read(n) once, the rest is left unread
POST /?how=none          nothing is read
POST /?how=zero          read(0), then read()
POST /?how=mixed         readline(), read(5), next(iter), readlines(), read()
POST /?how=late&n=1000   read(n) inside the iteration of the answer, each piece sent as it was read
POST /?how=sha           read(65536) until it is empty; answers the SHA-256 in hex (for large bodies)

The answer is what was read, with Content-Length (but for "late"). Its headers tell more: X-Calls (how many reads
returned something), X-After (repr of read() after the end), X-Bytes-Only (were all pieces of exact type bytes),
X-Content-Length, X-Transfer-Encoding (as in environ, or "absent") and X-Terminated (wsgi.input_terminated).
"""
import hashlib
from urllib.parse import parse_qsl


def until_empty(read):
    pieces = []
    while True:
        piece = read()
        if not piece:
            return pieces
        pieces.append(piece)


def lines_in_batches(body, hint):
    pieces = []
    while True:
        lines = body.readlines(hint)
        if not lines:
            return pieces
        pieces += lines


def pieces_of(body, how, n, length):
    if how == "read":
        return [body.read()]
    if how == "readn":
        return until_empty(lambda: body.read(n or 1000))
    if how == "exact":
        return [body.read(length)]
    if how == "readline":
        return until_empty((lambda: body.readline(n)) if n else body.readline)
    if how == "readlines":
        return lines_in_batches(body, n) if n else body.readlines()
    if how == "iterate":
        return list(body)
    if how == "part":
        return [body.read(n or 10)]
    if how == "zero":
        return [body.read(0), body.read()]
    if how == "mixed":
        return [body.readline(), body.read(5), next(iter(body), b""), *body.readlines(), body.read()]
    if how == "none":
        return []
    raise ValueError(f"how={how} is not known")


def told(environ, name):
    return environ.get(name, "absent") or "empty"


def app(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    how, n = query.get("how", "read"), int(query.get("n", 0))
    body = environ["wsgi.input"]
    headers = [
        ("Content-Type", "application/octet-stream"),
        ("X-Content-Length", told(environ, "CONTENT_LENGTH")),
        ("X-Transfer-Encoding", told(environ, "HTTP_TRANSFER_ENCODING")),
        ("X-Terminated", str(environ.get("wsgi.input_terminated", "absent"))),
    ]
    if how == "late":
        start_response("200 OK", headers)
        return iter(lambda: body.read(n or 1000), b"")
    if how == "sha":
        digest = hashlib.sha256()
        for piece in iter(lambda: body.read(65536), b""):
            digest.update(piece)
        pieces = [digest.hexdigest().encode()]
    else:
        pieces = pieces_of(body, how, n, int(environ.get("CONTENT_LENGTH") or 0))
    answer = b"".join(pieces)
    after = "not read" if how in ("none", "part") else repr(body.read())
    start_response("200 OK", headers + [
        ("Content-Length", str(len(answer))),
        ("X-Calls", str(sum(1 for piece in pieces if piece))),
        ("X-Bytes-Only", str(all(type(piece) is bytes for piece in pieces))),
        ("X-After", after),
    ])
    return [answer]

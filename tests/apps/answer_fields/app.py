"""Promise: fields that the server adds to answers leave those of the application alone.

/own sets some of them; /streamed gives its body in pieces, /empty none, /fails raises; any other path is plain.
"""


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/fails":
        raise RuntimeError("as asked")
    if path == "/empty":
        start_response("204 No Content", [])
        return []
    headers = [("Content-Type", "text/plain")]
    if path == "/own":
        headers += [("x-frame-options", "DENY"), ("Referrer-Policy", "no-referrer"), ("Strict-Transport-Security", "max-age=60")]
    start_response("200 OK", headers)
    return (piece for piece in (b"one", b"two")) if path == "/streamed" else [b"hello"]

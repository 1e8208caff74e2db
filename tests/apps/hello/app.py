"""Promise: a plain WSGI application that returns a list of bytes is answered byte for byte.

Any path, any method: 200, text/plain, "Hello, World!" (13 bytes, Content-Length set).
"""

BODY = b"Hello, World!"


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
    return [BODY]

"""Promise: answers that have no body get none, whatever the application produces.

Any path; the application always produces "0123456789".

HEAD /                                the headers of GET, no body; Content-Length 10 as the application said it
GET  /?status=204%20No%20Content      no body, no Content-Length and no Transfer-Encoding
GET  /?status=304%20Not%20Modified    no body
GET  /?status=205%20Reset%20Content   no body

 &as=list (default), generator, write, file, forever (write() without end), endless (HEAD of an endless stream must end)
 &length=none     the application gives no Content-Length
 &log=FILE        close() appends "closed\\n"

The next request on the same connection must get its own answer: that is how a stray body shows.
"""
import tempfile
from urllib.parse import parse_qsl

BODY = b"0123456789"


class Closing:
    def __init__(self, pieces, log):
        self.pieces, self.log = pieces, log

    def __iter__(self):
        return iter(self.pieces)

    def close(self):
        if hasattr(self.pieces, "close"):
            self.pieces.close()
        if self.log:
            with open(self.log, "a") as file:
                file.write("closed\n")


def generator():
    yield BODY[:5]
    yield BODY[5:]


def endless():
    while True:
        yield BODY


def forever(write, log):
    try:
        while True:
            write(BODY)
    except ValueError:
        with open(log, "a") as file:
            file.write("closed\n")
        raise


def file_answer(environ):
    file = tempfile.TemporaryFile()
    file.write(BODY)
    file.seek(0)
    return environ["wsgi.file_wrapper"](file)


def app(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    form = query.get("as", "list")
    headers = [("Content-Type", "text/plain"), ("X-Method", environ["REQUEST_METHOD"])]
    if query.get("length") != "none" and form != "endless":
        headers.append(("Content-Length", "10"))
    write = start_response(query.get("status", "200 OK"), headers)
    if form == "write":
        write(BODY)
        return Closing([], query.get("log"))
    if form == "forever":
        forever(write, query.get("log"))
    if form == "file" and "log" not in query:
        return file_answer(environ)
    pieces = {
        "list": lambda: [BODY],
        "generator": generator,
        "endless": endless,
        "file": lambda: file_answer(environ),
    }[form]()
    return Closing(pieces, query.get("log"))

"""A matrix of small, correct applications, to be run behind a checker: every request method, body and answer form."""
import io
import json
import sys
import tempfile
from wsgiref.util import application_uri


def plain(start_response, body, status="200 OK", headers=()):
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body))), *headers])
    return [body]


def hello(environ, start_response):
    return plain(start_response, b"hello")


def empty(environ, start_response):
    return plain(start_response, b"")


def pieces(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"one ", b"", b"two"]


def generator(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])

    def made():
        for word in (b"one ", b"", b"two ", b"three"):
            yield word

    return made()


class Closing:
    """The iterable of "closing"."""

    def __init__(self, words):
        self.words = iter(words)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.words)

    def close(self):
        self.words = iter(())


def closing(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return Closing([b"one ", b"two"])


def written(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"one ")
    write(b"two ")
    return [b"three"]


def read_all(environ, start_response):
    return plain(start_response, environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))


def read_pieces(environ, start_response):
    body = environ["wsgi.input"]
    return plain(start_response, b"".join(iter(lambda: body.read(7), b"")))


def read_lines(environ, start_response):
    body = environ["wsgi.input"]
    return plain(start_response, b"".join(iter(lambda: body.readline(50), b"")))


def read_readlines(environ, start_response):
    return plain(start_response, b"".join(environ["wsgi.input"].readlines(1000)))


def read_iterated(environ, start_response):
    return plain(start_response, b"".join(line for line in environ["wsgi.input"]))


def unread(environ, start_response):
    return plain(start_response, b"not read")


def replaced(environ, start_response):
    try:
        start_response("200 OK", [("Content-Type", "text/plain")])
        raise ValueError("on purpose")
    except ValueError:
        start_response("418 Too Hot", [("Content-Type", "text/plain")], sys.exc_info())
        return [b"replaced"]


def no_content(environ, start_response):
    start_response("204 No Content", [("Content-Length", "0")])
    return [b""]


def not_modified(environ, start_response):
    start_response("304 Not Modified", [("ETag", '"a"')])
    return []


def redirect(environ, start_response):
    return plain(start_response, b"", "302 Found", [("Location", application_uri(environ) + "/matrix/hello")])


def cookies(environ, start_response):
    return plain(start_response, b"two", headers=[("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; HttpOnly")])


def file(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    opened = tempfile.TemporaryFile()
    opened.write(b"from a file")
    opened.seek(0)
    return environ["wsgi.file_wrapper"](opened, 4)


def memory_file(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return environ["wsgi.file_wrapper"](io.BytesIO(b"from memory"))


def spoken(environ, start_response):
    errors = environ["wsgi.errors"]
    errors.write("the matrix speaks\n")
    errors.writelines(["and ", "again\n"])
    errors.flush()
    return plain(start_response, b"spoken")


def head(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [b"hello"]


def path(environ, start_response):
    said = "|".join(environ.get(key, "") for key in ("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"))
    return plain(start_response, said.encode("latin-1"))


BODY = "a line\n\nanother line, longer than seven\nno end of line"
# name, method, path below /matrix, request body, expected status, expected body (None: not checked)
CASES = [
    ("hello", hello, "GET", "", None, 200, "hello"),
    ("empty", empty, "GET", "", None, 200, ""),
    ("pieces", pieces, "GET", "", None, 200, "one two"),
    ("generator", generator, "GET", "", None, 200, "one two three"),
    ("closing", closing, "GET", "", None, 200, "one two"),
    ("written", written, "GET", "", None, 200, "one two three"),
    ("read-all", read_all, "POST", "", BODY, 200, BODY),
    ("read-all-empty", read_all, "POST", "", "", 200, ""),
    ("read-pieces", read_pieces, "POST", "", BODY, 200, BODY),
    ("read-lines", read_lines, "PUT", "", BODY, 200, BODY),
    ("read-readlines", read_readlines, "POST", "", BODY, 200, BODY),
    ("read-iterated", read_iterated, "PATCH", "", BODY, 200, BODY),
    ("unread", unread, "POST", "", BODY, 200, "not read"),
    ("replaced", replaced, "GET", "", None, 418, "replaced"),
    ("no-content", no_content, "DELETE", "", None, 204, ""),
    ("not-modified", not_modified, "GET", "", None, 304, ""),
    ("redirect", redirect, "GET", "", None, 302, ""),
    ("cookies", cookies, "GET", "", None, 200, "two"),
    ("file", file, "GET", "", None, 200, "from a file"),
    ("memory-file", memory_file, "GET", "", None, 200, "from memory"),
    ("spoken", spoken, "GET", "", None, 200, "spoken"),
    ("head", head, "HEAD", "", None, 200, ""),
    ("options", empty, "OPTIONS", "", None, 200, ""),
    ("query", path, "GET", "?a=1&b=%20", None, 200, "|/matrix/query|a=1&b=%20"),
]
APPLICATIONS = {name: application for name, application, *_ in CASES}


def listed(names):
    return json.dumps([
        {"name": name, "method": method, "path": f"/matrix/{name}{rest}", "body": body,
         "status": status, "answer": text}
        for name, _, method, rest, body, status, text in CASES if name in names
    ]).encode()


def matrix(checked, without=()):
    """An application that lists the cases at /, and runs each at /matrix/NAME behind the checker."""
    applications = {name: checked(application) for name, application in APPLICATIONS.items() if name not in without}

    def app(environ, start_response):
        name = environ["PATH_INFO"].rpartition("/")[2]
        if name in applications:
            return applications[name](environ, start_response)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [listed(applications)]

    return app

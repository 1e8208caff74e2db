"""Promise: wsgi.file_wrapper sends what is left of a file, from where it stands, and closes it.

The content is 300,000 bytes: byte number i is i mod 251. Every path takes ?log=FILE, to which closing the file
appends "closed KIND\\n" ("dropped KIND\\n" if it was left to the garbage collector instead).

GET /?kind=file       an open() file with a descriptor (the default)
GET /?kind=bytesio    io.BytesIO: no descriptor
GET /?kind=plain      an object with read() only, no close() and no descriptor: nothing is logged
GET /?kind=liar       an object whose fileno() raises
GET /?kind=pipe       the read end of a pipe: a descriptor, but not a regular file (1,000 bytes)
GET /?kind=gzip       gzip.GzipFile: its fileno() is that of the compressed file, but the client must get the plain
                      300,000 bytes
GET /?kind=text       a file opened as text: read() gives str, so this is an error and must not answer 200 with a body

 &seek=N     the file stands at N before it is wrapped: the answer begins there
 &read=N     N bytes were read (buffered!) before it is wrapped: the answer begins after them
 &length=N   Content-Length: N, less than what is left: only N bytes are sent
 &block=N    second argument of the wrapper
 &late=N     the file is moved to N after it was wrapped, before it is returned: the answer begins at N
 &inside=1   the wrapper is returned inside another iterable with a close() of its own: it must iterate like any other
 &grow=1     the file gets 1,000 bytes more after it was wrapped
 &mb=N       N MiB of zeros instead (sparse), for clients that leave
 &status=204%20No%20Content   nothing is sent, the file is closed

GET /present          "yes" if environ has wsgi.file_wrapper, and what it makes has __iter__ and close
"""
import gzip
import io
import os
import tempfile
from urllib.parse import parse_qsl

SIZE = 300_000
CONTENT = bytes(i % 251 for i in range(251)) * (SIZE // 251 + 1)
CONTENT = CONTENT[:SIZE]


def note(log, line):
    if log:
        with open(log, "a") as file:
            file.write(line + "\n")


def noting(kind, file_class, log):
    """A subclass of a file class that notes its first close(), and tells it from being merely dropped."""

    class Noting(file_class):
        def close(self):
            if not self.closed:
                note(log, f"closed {kind}")
            super().close()

        def __del__(self):
            if not self.closed:
                note(log, f"dropped {kind}")
                super().close()

    return Noting


class Plain:
    def __init__(self, content):
        self.read = io.BytesIO(content).read


class Liar(io.BytesIO):
    def fileno(self):
        raise OSError("no descriptor, on purpose")


def on_disk(write):
    descriptor, path = tempfile.mkstemp(prefix="file_wrapper-")
    with os.fdopen(descriptor, "wb") as file:
        write(file)
    return path


def opened(query):
    kind, log = query.get("kind", "file"), query.get("log")
    if kind == "bytesio":
        return noting(kind, io.BytesIO, log)(CONTENT)
    if kind == "plain":
        return Plain(CONTENT)
    if kind == "liar":
        return noting(kind, Liar, log)(CONTENT)
    if kind == "pipe":
        reader, writer = os.pipe()
        os.write(writer, CONTENT[:1000])
        os.close(writer)
        return noting(kind, io.BufferedReader, log)(io.FileIO(reader, "rb"))
    if kind == "gzip":
        path = on_disk(lambda file: file.write(gzip.compress(CONTENT, 1)))
        file = noting(kind, gzip.GzipFile, log)(path, "rb")
    elif "mb" in query:
        path = on_disk(lambda file: file.truncate(int(query["mb"]) << 20))
        file = noting(kind, io.BufferedReader, log)(io.FileIO(path, "rb"))
    elif kind == "text":
        path = on_disk(lambda file: file.write(b"plain text\n" * 1000))
        file = noting(kind, io.TextIOWrapper, log)(open(path, "rb"))
    else:
        path = on_disk(lambda file: file.write(CONTENT))
        file = noting(kind, io.BufferedReader, log)(io.FileIO(path, "r+b"))
    os.unlink(path)
    return file


class Around:
    """What a middleware makes of an answer: another iterable, which passes close() on."""

    def __init__(self, inner):
        self.inner = inner

    def __iter__(self):
        return iter(self.inner)

    def close(self):
        self.inner.close()


def present(environ):
    wrapper = environ.get("wsgi.file_wrapper")
    made = wrapper and wrapper(io.BytesIO(b"x"))
    return b"yes" if made and hasattr(made, "__iter__") and hasattr(made, "close") else b"no"


def app(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    headers = [("Content-Type", "application/octet-stream")]
    if environ["PATH_INFO"] == "/present":
        start_response("200 OK", headers)
        return [present(environ)]
    file = opened(query)
    if "seek" in query:
        file.seek(int(query["seek"]))
    if "read" in query:
        file.read(int(query["read"]))
    if "length" in query:
        headers.append(("Content-Length", query["length"]))
    status = query.get("status", "200 OK")
    start_response(status, [] if status.startswith("204") else headers)
    arguments = (int(query["block"]),) if "block" in query else ()
    wrapped = environ["wsgi.file_wrapper"](file, *arguments)
    if "late" in query:
        file.seek(int(query["late"]))
    if "grow" in query:
        with open(f"/proc/self/fd/{file.fileno()}", "ab") as end:
            end.write(b"g" * 1000)
    return Around(wrapped) if "inside" in query else wrapped

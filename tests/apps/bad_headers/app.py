"""Promise: what an application must not say to start_response, or return, becomes a clean 500 and a line in the log.

GET /            the names of all cases as JSON: {"refused": […], "allowed": […], "unspecified": […], …}
GET /NAME        that case. A refused one must give 500 (nothing of it may reach the client) and the worker lives on;
                 an allowed one gives 200, and its headers as they are
GET /random?seed=N   a head made of odd pieces: 500 or what it says, and the worker lives on
GET /NAME?catch=1   (those under "catchable") catches what start_response raises and answers 200 "TYPE: message";
                 "accepted" if nothing was raised
"""
import collections
import json
import random
import sys
from urllib.parse import parse_qsl

TYPE = ("Content-Type", "text/plain")


class Text(str):
    """A subclass of str: PEP 3333 wants str itself in headers."""


# Each: status, headers. Bytes that would split the answer in two carry "X-Forged".
REFUSED = {
    "crlf-value": ("200 OK", [TYPE, ("X-A", "a\r\nX-Forged: 1")]),
    "lf-value": ("200 OK", [TYPE, ("X-A", "a\nX-Forged: 1")]),
    "cr-value": ("200 OK", [TYPE, ("X-A", "a\rX-Forged: 1")]),
    "nul-value": ("200 OK", [TYPE, ("X-A", "a\0b")]),
    "control-value": ("200 OK", [TYPE, ("X-A", "a\x01b")]),
    "crlf-name": ("200 OK", [TYPE, ("X-A: a\r\nX-Forged", "1")]),
    "space-name": ("200 OK", [TYPE, ("X A", "a")]),
    "colon-name": ("200 OK", [TYPE, ("X-A:", "a")]),
    "empty-name": ("200 OK", [TYPE, ("", "a")]),
    "non-ascii-name": ("200 OK", [TYPE, ("X-\xe9", "a")]),
    "int-value": ("200 OK", [TYPE, ("X-A", 1)]),
    "bytes-value": ("200 OK", [TYPE, ("X-A", b"a")]),
    "none-value": ("200 OK", [TYPE, ("X-A", None)]),
    "bytes-name": ("200 OK", [TYPE, (b"X-A", "a")]),
    "non-latin1-value": ("200 OK", [TYPE, ("X-A", "\u20ac")]),
    "surrogate-value": ("200 OK", [TYPE, ("X-A", "\udc80")]),
    "triple": ("200 OK", [TYPE, ("X-A", "a", "b")]),
    "not-a-pair": ("200 OK", [TYPE, "X-A: a"]),
    "headers-none": ("200 OK", None),
    "headers-number": ("200 OK", 7),
    "status-int": (200, [TYPE]),
    "status-bytes": (b"200 OK", [TYPE]),
    "status-none": (None, [TYPE]),
    "status-empty": ("", [TYPE]),
    "status-word": ("OK", [TYPE]),
    "status-short": ("20 OK", [TYPE]),
    "status-long": ("2000 OK", [TYPE]),
    "status-099": ("099 Low", [TYPE]),
    "status-100": ("100 Continue", [TYPE]),
    "status-101": ("101 Switching Protocols", [TYPE]),
    "status-nul": ("200 a\0b", [TYPE]),
    "status-delete": ("200 a\x7fb", [TYPE]),
    "status-very-long": ("200 " + "a" * 513, [TYPE]),
    "name-very-long": ("200 OK", [TYPE, ("X" * 257, "a")]),
    "value-very-long": ("200 OK", [TYPE, ("X-A", "a" * 65536)]),
    "very-many": ("200 OK", [("X-A", "")] * 4097),
    "more-than-16-bits": ("200 OK", [("X-A", "")] * 70000),
    "length-too-large": ("200 OK", [TYPE, ("Content-Length", "9223372036854775808")]),
    "length-signed": ("200 OK", [TYPE, ("Content-Length", "+4")]),
    "length-list": ("200 OK", [TYPE, ("Content-Length", "4, 4")]),
    "status-crlf": ("200 OK\r\nX-Forged: 1", [TYPE]),
    "status-non-latin1": ("200 \u20ac", [TYPE]),
}
ALLOWED = {
    "plain": ("200 OK", [TYPE, ("X-A", "a")]),
    "latin1-value": ("200 OK", [TYPE, ("X-A", "caf\xe9")]),
    "empty-value": ("200 OK", [TYPE, ("X-A", "")]),
    "tab-value": ("200 OK", [TYPE, ("X-A", "a\tb")]),
    "repeated": ("200 OK", [TYPE, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2; Path=/"), ("X-A", "1"), ("X-A", "2")]),
    "odd-name": ("200 OK", [TYPE, ("X-!#$%&'*+.^_`|~9", "a")]),
    "own-server-and-date": ("200 OK", [TYPE, ("Server", "mine"), ("Date", "Thu, 01 Jan 1970 00:00:00 GMT")]),
    "own-reason": ("200 Warm Enough", [TYPE]),
    "no-content-type": ("200 OK", [("X-A", "a")]),
    "no-headers": ("200 OK", []),
    "hundred": ("200 OK", [TYPE] + [(f"X-{n}", "v" * 50) for n in range(100)]),
    "long-value": ("200 OK", [TYPE, ("X-A", "a" * 7000)]),
    "longest": ("200 " + "a" * 512, [TYPE, ("X" * 256, "a" * 65535)]),
    "most": ("200 OK", [("X-A", "")] * 4096),
    "tab-reason": ("200 warm\tenough", [TYPE]),
    "empty-reason": ("200 ", [TYPE]),
    "bare-status": ("200", [TYPE]),
    "latin1-reason": ("200 caf\xe9", [TYPE]),
    "blanks-around": ("200 OK", [TYPE, ("X-A", " \t a \t ")]),
    "blank-value": ("200 OK", [TYPE, ("X-A", " \t ")]),
    "zeros-before-length": ("200 OK", [TYPE, ("Content-Length", "0000000000000000000002")]),
    "blanks-around-length": ("200 OK", [TYPE, ("Content-Length", " 2 ")]),
    "tuple-of-tuples": ("200 OK", (TYPE, ("X-A", "a"))),
    "list-of-lists": ("200 OK", [list(TYPE), ["X-A", "a"]]),
    "dict-items": ("200 OK", dict([TYPE, ("X-A", "a")]).items()),
    "ordered-dict-items": ("200 OK", collections.OrderedDict([TYPE, ("X-A", "a")]).items()),
    "hop-connection": ("200 OK", [TYPE, ("Connection", "close")]),
    "hop-keep-alive": ("200 OK", [TYPE, ("keep-alive", "timeout=5")]),
    "hop-transfer-encoding": ("200 OK", [TYPE, ("Transfer-Encoding", "chunked")]),
    "hop-te": ("200 OK", [TYPE, ("TE", "trailers")]),
    "hop-trailer": ("200 OK", [TYPE, ("Trailer", "X-A")]),
    "hop-upgrade": ("200 OK", [TYPE, ("Upgrade", "websocket")]),
    "hop-proxy": ("200 OK", [TYPE, ("Proxy-Connection", "x"), ("Proxy-Authenticate", "Basic"), ("Trailers", "x")]),
}


def never_called(start_response):
    return [b"never"]


def called_twice(start_response):
    start_response("200 OK", [TYPE])
    start_response("200 OK", [TYPE])
    return [b"twice"]


def returning(answer):
    def case(start_response):
        start_response("200 OK", [TYPE])
        return answer
    return case


def started_late(start_response):
    """A generator: start_response runs only at the first next(), which PEP 3333 allows."""
    start_response("200 OK", [TYPE])
    yield b"late"


def started_too_late(start_response):
    def pieces():
        yield b"body before the head"
        start_response("200 OK", [TYPE])
    return pieces()


def empties_then_start(start_response):
    """Empty pieces before start_response: nothing has to be sent yet, but PEP 3333 wants the call before the first."""
    yield b""
    start_response("200 OK", [TYPE])
    yield b"late"


def list_changed_afterwards(start_response):
    headers = [TYPE, ("X-A", "a")]
    start_response("200 OK", headers)
    headers[:] = [("X-Forged", "1")]
    return [b"the headers are those of the call"]


def no_arguments(start_response):
    start_response()
    return [b"none"]


REFUSED_ANSWERS = {
    "never-called": never_called,
    "called-twice": called_twice,
    "no-arguments": no_arguments,
    "started-too-late": started_too_late,
    "returns-none": returning(None),
    "returns-int": returning(7),
    "returns-str": returning("text"),
    "returns-dict": returning({"a": 1}),
    "yields-str": returning(["text"]),
    "yields-int": returning([7]),
    "yields-none": returning([None]),
}
ALLOWED_ANSWERS = {
    "returns-bytes": returning(b"text"),
    "started-late": started_late,
    "returns-tuple": returning((b"a ", b"tuple")),
    "returns-empty": returning([]),
    "yields-empty-first": returning([b"", b"", b"full"]),
    "yields-only-empty": returning([b"", b""]),
    "list-changed-afterwards": list_changed_afterwards,
}
# Left to the server: neither demanded nor forbidden here, but never a hang and never a dead worker.
UNSPECIFIED = {
    "status-no-reason": ("200", [TYPE]),
    "str-subclass": (Text("200 OK"), [TYPE, (Text("X-A"), Text("a"))]),
    "list-as-pair": ("200 OK", [TYPE, ["X-A", "a"]]),
    "headers-tuple": ("200 OK", (TYPE, ("X-A", "a"))),
    "headers-iterator": ("200 OK", iter([])),
    "space-around-value": ("200 OK", [TYPE, ("X-A", "  a  ")]),
    "status-999": ("999 High", [TYPE]),
}
UNSPECIFIED_ANSWERS = {
    "empties-then-start": empties_then_start,
    "yields-bytearray": returning([bytearray(b"mutable")]),
    "yields-memoryview": returning([memoryview(b"a view")]),
}


PIECES = ["", "a", " ", "\t", "\r", "\n", "\0", "\x7f", "\x80", "\xff", "\u20ac", ":", ",", "0", "9", "18446744073709551616", "close",
          "x" * 300]
FIELD_NAMES = ["Content-Length", "content-length", "Content-Type", "Connection", "Transfer-Encoding", "Set-Cookie", "Date", "Server", "X-A"]


def random_head(start_response, seed):
    """A head of pieces that are wrong here and there; the same for the same seed."""
    numbers = random.Random(seed)

    def text(most):
        return "".join(numbers.choices(PIECES, k=numbers.randrange(most)))

    code = numbers.choice([200, 204, 304, 404, 500, 999, numbers.randrange(100, 1000)])
    status = f"{code}{numbers.choice(['', ' ', ' OK', ' ' + text(4)])}"
    headers = []
    for _ in range(numbers.randrange(5)):
        headers.append((numbers.choice([*FIELD_NAMES, text(3)]), numbers.choice([text(4), "0" * numbers.randrange(30) + "8"])))
    start_response(status, headers)
    return [b"accepted"]


def names():
    return json.dumps({
        "refused": [*REFUSED, *REFUSED_ANSWERS],
        "allowed": [*ALLOWED, *ALLOWED_ANSWERS],
        "unspecified": [*UNSPECIFIED, *UNSPECIFIED_ANSWERS],
        "catchable": [*REFUSED],
    }).encode()


def app(environ, start_response):
    name = environ["PATH_INFO"].strip("/")
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    if not name:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [names()]
    if name == "random":
        return random_head(start_response, int(query["seed"]))
    answers = {**REFUSED_ANSWERS, **ALLOWED_ANSWERS, **UNSPECIFIED_ANSWERS}
    if name in answers:
        return answers[name](start_response)
    status, headers = {**REFUSED, **ALLOWED, **UNSPECIFIED}.get(name, ("404 Not Found", [TYPE]))
    if "catch" not in query:
        start_response(status, headers)
        return [b"accepted"]
    try:
        start_response(status, headers)
    except Exception as error:
        start_response("200 OK", [TYPE], sys.exc_info())
        return [f"{type(error).__name__}: {error}".encode("ascii", "backslashreplace")]
    return [b"accepted"]

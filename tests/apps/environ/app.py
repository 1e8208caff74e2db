"""Promise: environ is what PEP 3333 says, and each request has one of its own.

Any path, any method, the body is not read unless asked. Answers application/json, ASCII only; a string that came as
Latin-1 bytes is escaped code point by code point, so JSON's \\u00e9 is the byte E9:

{"environ": {key: {"type": name, "value": …}}, "dict": exact dict?, "keys_are_str": …, "pid": …}

Strings, numbers, booleans, None and tuples (as lists) are shown with their value; objects by the names of the methods
that PEP 3333 wants of wsgi.input and wsgi.errors and that they have.

?spoil=1     changes, adds and removes keys after the answer is made; the next request must not see it
?key=NAME    answers text/plain with that one string, as its Latin-1 bytes; 404 if the key is not there
"""
import json
import os
from urllib.parse import parse_qsl

METHODS = ("read", "readline", "readlines", "__iter__", "write", "writelines", "flush", "close", "__call__")


def describe(value):
    kind = type(value).__name__
    if value is None or isinstance(value, (str, int, float, bool)):
        return {"type": kind, "value": value}
    if isinstance(value, (tuple, list)):
        return {"type": kind, "value": [item if isinstance(item, (str, int)) else repr(item) for item in value]}
    return {"type": kind, "methods": [name for name in METHODS if hasattr(value, name)]}


def answer(start_response, status, kind, body):
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


def app(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), encoding="latin-1"))
    if "key" in query:
        value = environ.get(query["key"])
        if not isinstance(value, str):
            return answer(start_response, "404 Not Found", "text/plain", b"no such string")
        return answer(start_response, "200 OK", "text/plain; charset=iso-8859-1", value.encode("latin-1"))
    body = json.dumps({
        "environ": {str(key): describe(value) for key, value in environ.items()},
        "dict": type(environ) is dict,
        "keys_are_str": all(type(key) is str for key in environ),
        "pid": os.getpid(),
    }, ensure_ascii=True, sort_keys=True).encode("ascii")
    if "spoil" in query:
        environ["SERVER_NAME"] = environ["wsgi.url_scheme"] = environ["hotplate.test.spoiled"] = "spoiled"
        environ.pop("wsgi.version", None)
        environ.pop("SERVER_PORT", None)
    return answer(start_response, "200 OK", "application/json", body)

"""Promise: what an application says on wsgi.errors, stdout, stderr and by logging is in the log, at once and whole.

Every path takes ?text=TEXT (default "remark"); the answer is 200 "said".

GET /write       wsgi.errors.write(text + newline), flush()
GET /unflushed   wsgi.errors.write(text + newline), never flushed
GET /writelines  wsgi.errors.writelines of three lines: TEXT 1, TEXT 2, TEXT 3
GET /print       print to wsgi.errors
GET /partial     wsgi.errors.write(text) without an end of line
GET /stdout, /stderr     print(text) there, not flushed
GET /logging     logging.getLogger("shop").warning(text)
GET /raw         os.write to descriptors 1 and 2, past Python
GET /bytes       wsgi.errors.write(b"…"): answers the name of the exception that this raised
GET /lines?n=1000        that many lines to wsgi.errors: TEXT 1 … TEXT n, none lost
GET /control     TEXT with an escape sequence and a line break inside: what reaches the log is escaped
GET /traceback   logging's exception(): a traceback of several lines
GET /raise       raises RuntimeError(text): a 500, and the traceback in the log once
"""
import logging
import os
import sys
from urllib.parse import parse_qsl


def say(path, text, errors, count):
    if path == "/write":
        errors.write(text + "\n")
        errors.flush()
    elif path == "/unflushed":
        errors.write(text + "\n")
    elif path == "/writelines":
        errors.writelines([f"{text} {number}\n" for number in (1, 2, 3)])
    elif path == "/print":
        print(text, file=errors)
    elif path == "/partial":
        errors.write(text)
    elif path in ("/stdout", "/stderr"):
        print(text, file=getattr(sys, path[1:]))
    elif path == "/logging":
        logging.getLogger("shop").warning(text)
    elif path == "/raw":
        os.write(1, f"{text} on 1\n".encode())
        os.write(2, f"{text} on 2\n".encode())
    elif path == "/lines":
        for number in range(count):
            errors.write(f"{text} {number + 1}\n")
    elif path == "/control":
        errors.write(f"{text} \x1b[31mred\x1b[0m\rback\n")
    elif path == "/traceback":
        try:
            raise KeyError(text)
        except KeyError:
            logging.getLogger("shop").exception("it failed")
    elif path == "/raise":
        raise RuntimeError(text)


def app(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    path, text = environ["PATH_INFO"], query.get("text", "remark")
    answer = b"said"
    if path == "/bytes":
        try:
            environ["wsgi.errors"].write(text.encode() + b"\n")
            answer = b"accepted"
        except Exception as error:
            answer = type(error).__name__.encode()
    say(path, text, environ["wsgi.errors"], int(query.get("n", 1000)))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
    return [answer]

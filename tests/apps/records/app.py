"""Promise: what an application logs keeps its level, its logger and its request, and is never filtered by the server.

Every path takes ?text=TEXT; the answer is 200 "said".

GET /errors      wsgi.errors.write(text + newline), without logging
GET /record      logging.getLogger("shop.orders") at ?level=20, with a StreamHandler on wsgi.errors, formatted as Flask does
GET /exception   the same, with exc_info
GET /stderr      logging.getLogger("shop.stock") at ?level=20, with a StreamHandler on sys.stderr, formatted with its time
GET /trace       traceback.print_exc() to sys.stderr, piece by piece
GET /errtrace    traceback.print_exc() to wsgi.errors
GET /print       print(text)
GET /raise       raises RuntimeError(text)
GET /bytes       os.write(1, …): 100,000 bytes without a line end, bytes that are not UTF-8, then a line end; print(text, file=sys.stderr)
"""
import logging
import os
import sys
import traceback
from urllib.parse import parse_qsl

stock = logging.getLogger("shop.stock")
stock.propagate = False
stock.setLevel(1)
handler = logging.StreamHandler()
handler.setFormatter(logging.Formatter("%(asctime)s - %(levelname)s - %(message)s"))
stock.addHandler(handler)


def orders(errors):
    logger = logging.Logger("shop.orders", 1)
    to = logging.StreamHandler(errors)
    to.setFormatter(logging.Formatter("[%(asctime)s] %(levelname)s in %(module)s: %(message)s"))
    logger.addHandler(to)
    return logger


def say(path, text, level, errors):
    if path == "/errors":
        errors.write(text + "\n")
    elif path == "/record":
        orders(errors).log(level, text)
    elif path == "/stderr":
        stock.log(level, text)
    elif path == "/print":
        print(text)
    elif path == "/bytes":
        os.write(1, b"x" * 100_000 + b"\xff\xfe\x1eHP \x1e.\n")
        print(text, file=sys.stderr)
    elif path == "/raise":
        raise RuntimeError(text)
    else:
        try:
            raise KeyError(text)
        except KeyError:
            if path == "/exception":
                orders(errors).exception("it failed")
            elif path == "/trace":
                traceback.print_exc()
            elif path == "/errtrace":
                traceback.print_exc(file=errors)


def app(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    say(environ["PATH_INFO"], query.get("text", "remark"), int(query.get("level", 20)), environ["wsgi.errors"])
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
    return [b"said"]

"""Promise: a module with neither "app" nor "application" serves the only WSGI callable in it.

Target "app" (the module alone): answers "quince". Imported names, classes, constants and private names do not count.
"""
import json
from time import sleep
from urllib.parse import parse_qsl

GREETING = b"quince"


class Fruit:
    """Not an application: a class that is only used here."""

    def __init__(self, name):
        self.name = name


def _encoded(value):
    return json.dumps(value).encode()


def quince(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    sleep(float(query.get("s", 0)))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [_encoded(Fruit("quince").name) if "json" in query else GREETING]

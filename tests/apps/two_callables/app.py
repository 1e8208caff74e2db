"""Promise: a module with two WSGI callables and neither "app" nor "application" is not guessed at.

Target "app": a message that names both, "north" and "south", and exit code 4. Targets app:north and app:south work.
"""


def north(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"north"]


def south(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"south"]

"""Promise: with hotplate dev, breakpoint() in a view asks on the terminal.

GET /    stops with a debugger; answers what the local variable "word" is afterwards
GET /set_trace   the same by pdb.set_trace()

in_terminal.py starts a server with a terminal of its own, and types for it.
"""
import pdb


def stopped():
    word = "as it was"
    breakpoint()
    return word


def traced():
    word = "as it was"
    pdb.set_trace()
    return word


def app(environ, start_response):
    word = traced() if environ["PATH_INFO"] == "/set_trace" else stopped()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [word.encode()]

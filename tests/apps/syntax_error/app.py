"""Promise: a syntax error is a message that names the file and line 7, and exit code 4."""


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    # The next line has two values side by side, an error in every version of Python.
    return [b"never"] [b"reached"] b"here"

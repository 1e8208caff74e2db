"""Promise: what is printed while the application starts, serves and ends is seen, at once and in full.

At import: "import on stdout", "import on stderr", "import by logging", "import without an end of line" (the last
without one). GET / prints "request on stdout" and answers "printed". At exit: "atexit on stdout" and
"atexit on stderr".
"""
import atexit
import logging
import sys

logging.getLogger("startup").warning("import by logging")
print("import on stdout")
print("import on stderr", file=sys.stderr)
sys.stdout.write("import without an end of line")


@atexit.register
def leave():
    print("atexit on stdout")
    print("atexit on stderr", file=sys.stderr)


def app(environ, start_response):
    print("request on stdout")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"printed"]

"""How a request is ended that runs too long: by an exception in its thread, after its stack was taken."""
import linecache
import os
import sys
import time

LOOPS = tuple(os.path.join(os.path.dirname(__file__), name) for name in ("loop.py", "gevent_loop.py"))

# The innermost so many places are told: enough for any stack but an endless recursion's.
MOST_PLACES = 100

# Seconds after which lines of source are left out. Whoever reads files lets go of the GIL, and may wait long to get it back.
LONGEST_READING = 0.2


class RequestInterrupted(BaseException):
    """Hotplate ended this request: it ran over its time limit, or somebody ended it.

    Not an Exception, so that what turns exceptions into error pages lets it pass: the client has its answer already. What
    stands in "finally" runs, and "with" is left as usual.
    """

    __module__ = "hotplate"

    def __init__(self):
        super().__init__("the request was ended: it ran over its time limit, or somebody ended it")


def stack_of(ident):
    """The stack of a thread, as bytes: see describe()."""
    return describe(sys._current_frames().get(ident))


def describe(frame):
    """The stack that ends in a frame as a traceback shows it, from the application's first frame on."""
    places = []
    # Nothing here waits or reads: the thread would run on meanwhile.
    while frame is not None and len(places) < MOST_PLACES:
        places.append((frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
        frame = frame.f_back
    # Beneath the application are the loop and what started its thread: nothing that anybody looks for.
    loop = next((index for index, place in enumerate(places) if place[0] in LOOPS), len(places))
    del places[loop or 1:]
    until = time.monotonic() + LONGEST_READING
    text = []
    for file, line, name in places:
        source = linecache.getline(file, line).strip() if time.monotonic() < until else ""
        text.append(f'  File "{file}", line {line}, in {name}\n' + (f"    {source}\n" if source else ""))
    return "".join(reversed(text)).encode(errors="backslashreplace")

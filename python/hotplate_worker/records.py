"""What Python's logging knows of a line besides its text: level, logger, time, and the request in whose thread it was logged.

Nothing is installed into logging. Its StreamHandler writes a record's text to a stream in one call, from a function that
has the record: so whoever is written to, wsgi.errors or sys.stderr, looks at its caller. The front reads what is put
around the text: src/Hotplate/Observability/AppTextReader.cs.
"""
import os
import sys
from sys import _getframe

BEGIN, FINISH = "\x1eHP ", "\x1e.\n"
LOOPS = ("_hotplate_worker.loop", "_hotplate_worker.gevent_loop")
fstat = os.fstat


def marked(text, caller):
    """The text of a record with what is known of it, or None: the caller is not logging's StreamHandler."""
    if caller is None or caller.f_code.co_name != "emit" or caller.f_globals.get("__name__") != "logging":
        return None
    try:
        record = caller.f_locals["record"]
        name = str(record.name)
        if "\x1e" in text or "\n" in name:
            return None
        head = "%s%d %.6f %s %s\n" % (BEGIN, record.levelno, record.created, request_id(caller), name)
        return head + without_time(text, record) + FINISH
    except Exception:
        return None  # a record that is none: its text is text


def without_time(text, record):
    """A record's text without the time at its beginning: the line that it becomes has one."""
    time = getattr(record, "asctime", None)
    if not isinstance(time, str) or not time:
        return text
    if text.startswith(time):
        rest = text[len(time):]
    elif text[:1] in ("[", "(") and text.startswith(time, 1) and text[len(time) + 1:len(time) + 2] in ("]", ")"):
        rest = text[len(time) + 2:]
    else:
        return text
    return rest.lstrip(" -|:,") or text


def request_id(frame):
    """Of the request that the thread or greenlet runs, found where the application was called; "-" when there is none."""
    while frame is not None:
        above = frame.f_back
        if above is not None and above.f_globals.get("__name__") in LOOPS:
            for value in list(frame.f_locals.values()):
                if type(value) is dict and "hotplate.request_id" in value:
                    found = str(value["hotplate.request_id"])
                    return found if found and " " not in found and "\n" not in found else "-"
            return "-"
        frame = above
    return "-"


def watch_stderr():
    """From now on what logging writes to sys.stderr is marked, while that is the pipe to the front."""
    stream = sys.stderr
    try:
        plain = stream.write
        pipe = fstat(2)
        # By value: when the interpreter ends, what this module knows is taken from it before a last __del__ writes here.
        frame, mark, place = _getframe, marked, fstat

        def write(text, /):
            # None where Python itself writes and nothing of Python's runs: what an atexit function raised, or the main thread.
            caller = frame().f_back
            if caller is not None and caller.f_code.co_name == "emit" and type(text) is str:
                words = mark(text, caller)
                if words is not None:
                    there = place(2)
                    if there.st_ino == pipe.st_ino and there.st_dev == pipe.st_dev:
                        plain(words)
                        return len(text)
            return plain(text)

        stream.write = write
    except (OSError, AttributeError, ValueError):
        pass  # closed, or a stream of the application's own

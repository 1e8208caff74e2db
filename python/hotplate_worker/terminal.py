"""What makes ``breakpoint()`` work with ``hotplate dev``: the debugger talks to the terminal, from which a worker is cut off otherwise.

A worker is in a process group of its own, so that Ctrl-C reaches the front alone, and what it prints goes through a pipe. While the
debugger asks, the worker's group is the terminal's foreground; Ctrl-C then is the debugger's.
"""
import os
import pdb
import signal
import sys
from contextlib import contextmanager
from threading import RLock

TERMINAL = "/dev/tty"
USED = RLock()


class Debugger(pdb.Pdb):
    """Takes the terminal for as long as it asks; one request at a time."""

    def interaction(self, *args):
        with USED, foreground(self.stdin.fileno()):
            super().interaction(*args)


@contextmanager
def foreground(terminal):
    before = os.tcgetpgrp(terminal)
    take(terminal, os.getpgrp())
    try:
        yield
    finally:
        take(terminal, before)


def take(terminal, group):
    """Who is in the background gets TTOU for this, unless it is blocked in this thread."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])
    try:
        os.tcsetpgrp(terminal, group)
    except OSError:
        pass  # the terminal has gone, or that group has
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def stop_here(frame):
    try:
        asks, tells = open(TERMINAL), open(TERMINAL, "w")
    except OSError as error:
        where = f"{frame.f_code.co_filename}, line {frame.f_lineno},"
        sys.stderr.write(f"breakpoint() in {where} is passed over: there is no terminal ({error}).\n")
        return
    Debugger(stdin=asks, stdout=tells).set_trace(frame)


def set_trace(*, header=None, **_):
    """In place of pdb's own."""
    if header is not None:
        sys.stderr.write(f"{header}\n")
    stop_here(sys._getframe(1))


def hook(*args, **kwargs):
    """What breakpoint() calls, unless PYTHONBREAKPOINT says otherwise."""
    if os.environ.get("PYTHONBREAKPOINT"):
        return sys.__breakpointhook__(*args, **kwargs)
    return stop_here(sys._getframe(1))


def install():
    sys.breakpointhook = hook
    pdb.set_trace = set_trace

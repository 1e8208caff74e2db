"""Our own files that are needed only after the fork, held from the start of the zygote on.

A package manager puts other files in their place while the server runs, or none: pip removes a version seconds before it unpacks the next.
A worker that is started then serves with what its generation began with.
"""
import importlib.machinery
import importlib.util
import os
import sys

_stat, _samestat, _close = os.stat, os.path.samestat, os.close
HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "gevent_loop.py"), "rb") as _source:
    GEVENT_LOOP = _source.read()  # not imported: gevent is the application's, if it has it


class HeldFile:
    """A file that stays what it was, by a descriptor. What cannot be opened is left to who needs it: the name is in its error."""

    def __init__(self, path):
        self.path = path
        try:
            self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            self.identity = os.fstat(self.descriptor)
        except OSError:
            self.descriptor = self.identity = None

    def place(self):
        """Where it can be opened: the descriptor's, unless the application closed all that it did not know, or there is no /proc."""
        own = f"/proc/self/fd/{self.descriptor}"
        try:
            return own if self.identity is not None and _samestat(_stat(own), self.identity) else self.path
        except OSError:
            return self.path

    def close(self):
        if self.place() != self.path:
            _close(self.descriptor)
        self.descriptor = self.identity = None


def load_extension(file):
    """Loaded after the last fork: its helper thread and its runtime do not survive one."""
    place = file.place()
    loader = importlib.machinery.ExtensionFileLoader("_hotplate", place)
    module = importlib.util.module_from_spec(importlib.util.spec_from_file_location("_hotplate", place, loader=loader))
    loader.exec_module(module)
    module.__file__ = file.path
    file.close()
    return module


def gevent_loop():
    """The class GeventLoop."""
    name = f"{__package__}.gevent_loop"
    path = os.path.join(HERE, "gevent_loop.py")
    module = importlib.util.module_from_spec(importlib.util.spec_from_file_location(name, path))
    sys.modules[name] = module
    exec(compile(GEVENT_LOOP, path, "exec", dont_inherit=True), vars(module))
    return module.GeventLoop

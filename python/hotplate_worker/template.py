"""The template, with ``--preload``: a process that imports the application once and forks the workers. It supervises nothing.

Its workers are children of the zygote, which adopts them: the template forks a process that forks the worker and ends.
So the zygote reaps and signals all workers alike, runs no code of the application, and the template's end is not theirs.
"""
import atexit
import gc
import os
import signal
import sys

from . import held, load
from .hooks import Hooks
from .kernel import (
    alarm, close, die_with, dup2, end_of, fork, leave_now, name_process, on_signal, outlive_parent, pipe, process_name, read,
    receive, send, write)
from .records import watch_stderr
from .work import Asked, Work, back_to_default

LONGEST_FAREWELL = 1  # second
NAME = "hotplate-templ"


class Preloaded:
    """What was imported once for all workers: the application and its hooks."""

    def __init__(self, settings):
        self.hooks = Hooks()
        self.hooks.read_config(settings)
        self.application, module = load.load_or_exit(settings)
        self.hooks.add(vars(module), getattr(module, "__file__", module.__name__))


class Template:
    """In the process that is to be the template. ``link`` is its socket to the zygote, whose messages are the front's, passed on."""

    def __init__(self, settings, link, zygote, descriptors):
        self.settings = settings
        self.link = link
        self.zygote = zygote
        self.descriptors = descriptors
        self.preloaded = None
        self.on_child = None

    def run(self):
        """Returns, in a worker, its Work."""
        die_with(self.zygote)
        own_name = process_name()
        name_process(NAME)
        take_output(self.descriptors[:2])
        asked = Asked(self.descriptors[2] if len(self.descriptors) > 2 else None)
        # A process that the application forks is none of the zygote's.
        os.register_at_fork(after_in_child=self.link.close)
        if not self.settings.get("raw"):
            watch_stderr()
        before = held.Before() if self.settings["preload"] == "auto" else None
        load.prepare_path(self.settings)
        self.preloaded = Preloaded(self.settings)
        asked.end()
        gc.collect()
        found = before.found() if before is not None else ""
        if found:
            send(self.link, {"type": "held", "found": found})
        else:
            gc.freeze()
            send(self.link, {"type": "preloaded"})
        # A handler of the application's is for its own children, and may raise when it finds none.
        self.on_child = on_signal(signal.SIGCHLD, signal.SIG_DFL)
        work = self.serve()
        name_process(own_name)
        return work

    def serve(self):
        while True:
            message, descriptors = receive(self.link)
            if message is None:
                leave()
            if message["type"] == "become":
                outlive_parent()
                return self.become(message, descriptors)
            if message["type"] == "spawn":
                work = self.spawn(message, descriptors)
                if work is not None:
                    return work

    def become(self, message, descriptors):
        """The import could not be shared, so it is the first worker's; or this was forked to be a worker."""
        self.link.close()
        if self.on_child is not None:
            on_signal(signal.SIGCHLD, self.on_child)
        back_to_default()
        return Work(self.settings, self.preloaded, message, None, descriptors)

    def spawn(self, message, descriptors):
        told, tells = pipe()
        waits, begin = pipe()
        try:
            middle = fork()
        except OSError as error:
            sys.stderr.write(f"HP214  a worker cannot be forked: {error.strerror}. Is there a limit on processes, or no memory left?\n")
            sys.stderr.flush()
            middle = None
        if middle == 0:
            try:
                worker = fork()
            except OSError:
                leave_now(1)
            if worker:
                write(tells, b"%d" % worker)
                leave_now(0)
            for descriptor in (told, tells, begin):
                close(descriptor)
            read(waits, 1)  # ends when the template knows that the one between has gone: from then on the zygote is the parent
            close(waits)
            cooperate_again()
            return self.become(message, descriptors)
        for descriptor in (tells, waits, *descriptors):
            close(descriptor)
        pid = 0
        if middle is not None:
            end_of(middle)
            pid = int(read(told, 20) or 0)
        # Before it runs the application's code: the zygote has to know it when it ends.
        send(self.link, {"type": "forked", "worker": message["worker"], "pid": pid})
        for descriptor in (told, begin):
            close(descriptor)
        return None


def take_output(descriptors):
    for number, descriptor in enumerate(descriptors, 1):
        dup2(descriptor, number)
        close(descriptor)


def cooperate_again():
    """gevent's event loop does not survive a fork that it has not made."""
    gevent = sys.modules.get("gevent")
    if gevent is not None:
        try:
            gevent.reinit()
        except Exception:
            pass


def leave():
    """Ends the process, after what the application registered with atexit. Its threads are not waited for, and nothing may take long."""
    on_signal(signal.SIGALRM, signal.SIG_DFL)
    alarm(LONGEST_FAREWELL)
    try:
        atexit._run_exitfuncs()
    except BaseException:
        pass  # Python 3.9 raises here, after it has told
    leave_now(0)

"""Functions of the application that run at certain times of a worker's life, by the names they have for gunicorn.

``post_fork(server, worker)``, ``post_worker_init(worker)`` and ``worker_exit(server, worker)``, in a gunicorn.conf.py in the
application's folder (--config) or in the application's module; ``child_exit(server, worker)`` in the file alone. docs/preload.md
tells when each runs and what it is given.
"""
import logging
import os
import sys
import types

from . import load

CALLS = {
    "post_fork": "post_fork(server, worker)",
    "post_worker_init": "post_worker_init(worker)",
    "worker_exit": "worker_exit(server, worker)",
    "child_exit": "child_exit(server, worker)",
}
EXIT_HOOK_FAILED = 3


class Server:
    """What hooks get for the server."""

    def __init__(self, pid, workers, log):
        self.pid = pid
        self.num_workers = workers
        self.log = log

    def __getattr__(self, name):
        raise AttributeError(f"Hotplate's server has no {name!r} for hooks; it has log, num_workers and pid")


class Worker:
    """What hooks get for the worker."""

    def __init__(self, age, log, pid, ppid):
        self.age = age
        self.pid = pid
        self.ppid = ppid
        self.log = log
        self.wsgi = None

    def __getattr__(self, name):
        raise AttributeError(f"Hotplate's worker has no {name!r} for hooks; it has age, log, pid, ppid and wsgi")


class Hooks:
    """The hooks that were found, by name, each with the file it is in."""

    def __init__(self):
        self.found = {name: [] for name in CALLS}
        self.work = None
        self.given = None

    def read_config(self, settings):
        """Runs the gunicorn.conf.py, if there is one; where it fails, the application has failed. What else it says the front has told."""
        path = settings.get("config")
        if not path or not os.path.isfile(path):
            return
        try:
            module = run_config(path)
        except BaseException as error:
            self.failed(load.EXIT_APP_FAILED, load.LoadError(
                "HP211", f"{path} raised {type(error).__name__}; Hotplate runs it for its hooks {', '.join(CALLS)}. "
                "Mend it, or start with --config none when it is not needed here.", error))
        self.add(vars(module), path)

    def add(self, names, where):
        """Takes the hooks among the names of a module."""
        for name in CALLS:
            function = names.get(name)
            if callable(function) and all(function is not known for known, _ in self.found[name]):
                self.found[name].append((function, where))

    def begin(self, work):
        """In a forked worker, before any hook is called."""
        self.work = work

    def server_and_worker(self):
        """What hooks are given, made for the first that is called."""
        if self.given is None:
            log = make_log()
            self.given = Server(os.getppid(), self.work.workers, log), Worker(self.work.number, log, os.getpid(), os.getppid())
        return self.given

    def call(self, name, function):
        server, worker = self.server_and_worker()
        if name == "post_worker_init":
            function(worker)
        else:
            function(server, worker)

    def failed(self, code, error):
        """Ends the process with the exit code: without this there is no worker."""
        tell(error)
        os._exit(code)

    def failed_late(self, error):
        """The worker has ended already."""
        tell(error)

    def run(self, name):
        """Calls those that were not called yet. One that fails ends the worker."""
        while self.found[name]:
            function, where = self.found[name].pop(0)
            try:
                self.call(name, function)
            except BaseException as error:
                self.failed(EXIT_HOOK_FAILED, load.LoadError(
                    "HP212", f"the hook {name} in {where} raised {type(error).__name__}, so the worker does not start. "
                    f"It is called as {CALLS[name]}.", error))

    def post_fork(self):
        self.run("post_fork")

    def post_worker_init(self, application):
        if self.found["post_worker_init"]:
            self.server_and_worker()[1].wsgi = application
            self.run("post_worker_init")

    def worker_exit(self):
        """The worker has answered all it had, and ends whatever a hook does."""
        self.run_last("worker_exit")

    def child_exit(self, settings, zygote, pid, number):
        """A worker has ended, well or not: in a process of its own, since it is code of the application's."""
        log = make_log()
        self.given = Server(zygote, settings["workers"], log), Worker(number, log, pid, zygote)
        self.run_last("child_exit")

    def run_last(self, name):
        for function, where in self.found[name]:
            try:
                self.call(name, function)
            except BaseException as error:
                self.failed_late(load.LoadError(
                    "HP212", f"the hook {name} in {where} raised {type(error).__name__}. It is called as {CALLS[name]}.", error))


def may_have(settings, name):
    """Whether the gunicorn.conf.py defines a function of that name, told without running it: it may import it under a star."""
    path = settings.get("config")
    try:
        with open(path, "rb") as file:
            text = file.read()
        return name in compile(text, path, "exec", dont_inherit=True).co_names or b"import *" in text
    except (OSError, SyntaxError, TypeError, ValueError):
        return False


def run_config(path):
    module = types.ModuleType("__config__")
    module.__file__ = path
    sys.modules["__config__"] = module  # as gunicorn calls it, for what is pickled
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    exec(code, vars(module))
    return module


def tell(error):
    """One write, so that the lines of several workers do not mix."""
    sys.stderr.write(load.describe(error))
    sys.stderr.flush()


def make_log():
    """A logger of the standard library that is in no one's hierarchy, to stderr: the front knows its level."""
    log = logging.Logger("hotplate", logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    log.addHandler(handler)
    return log

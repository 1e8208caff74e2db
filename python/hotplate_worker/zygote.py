"""The zygote: the process that forks the workers and is their parent, so that none is lost and no pid is mistaken.

It never starts a thread and never loads the extension. Messages are JSON, one for each packet of the control socket:
see docs/wire.md, "Front and zygote".
"""
import atexit
import gc
import json
import os
import signal
import socket
import sys
from select import POLLIN, poll

from . import held, load
from .hooks import Hooks

# A terminal sends these to the whole group; the front decides what they mean. A handler and not SIG_IGN: programs that
# the application starts must get the default back, and only handlers are reset by exec.
OURS_TO_PASS_OVER = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGTTIN", "SIGTTOU")
MAX_MESSAGE = 64 * 1024
LONGEST_FAREWELL = 1  # second


class Work:
    """What a forked worker is to do."""

    def __init__(self, settings, preloaded, message, teller, descriptors):
        alone = message.get("alone")
        self.settings = settings if alone is None else {**settings, "workers": 1 if alone else 2}
        self.workers = settings["workers"]
        self.preloaded = preloaded
        self.number = message["worker"]
        self.teller = teller  # to the front, with hotplate dev; else None
        self.channel, self.descriptor_socket, self.scoreboard, self.stdout, self.stderr = descriptors


def pass_over(signum, frame):
    pass


class Preloaded:
    """What was imported once for all workers: the application and its hooks."""

    def __init__(self, settings):
        self.hooks = Hooks()
        self.hooks.read_config(settings)
        self.application, module = load.load_or_exit(settings)
        self.hooks.add(vars(module), getattr(module, "__file__", module.__name__))


def run(control):
    """Serves the control socket. Returns, in a forked worker, its Work; ends the process when the front has gone."""
    os.set_inheritable(control, False)
    front = socket.socket(fileno=control)
    # A process that the application forks while it is imported is none of the front's.
    os.register_at_fork(after_in_child=front.close)
    for name in OURS_TO_PASS_OVER:
        signal.signal(getattr(signal, name), pass_over)
    settings, _ = receive(front)
    if settings is None:
        leave(front)
    sys.argv[:] = [settings["target"]]
    load.prepare_path(settings)
    preloaded = preload(settings, front) if settings["preload"] != "off" else None
    return Zygote(front, settings, preloaded).serve()


def preload(settings, front):
    """What all workers share. With "auto", if they cannot share it, ends: the front starts another zygote that does not import."""
    before = held.descriptors() if settings["preload"] == "auto" else None
    preloaded = Preloaded(settings)
    gc.collect()
    found = held.since(before) if before is not None else ""
    if found:
        send(front, {"type": "held", "found": found})
        leave(front)
    gc.freeze()
    send(front, {"type": "preloaded"})
    return preloaded


def leave(front):
    """Ends the process, after what the application registered with atexit. Its threads are not waited for, and nothing may take long."""
    try:
        front.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the front went first
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(LONGEST_FAREWELL)
    try:
        atexit._run_exitfuncs()
    except BaseException:
        pass  # Python 3.9 raises here, after it has told
    os._exit(0)


class Zygote:
    """The workers that are alive, by pid, each with a descriptor that becomes readable when it ends."""

    def __init__(self, front, settings, preloaded):
        self.front = front
        self.settings = settings
        self.preloaded = preloaded
        self.workers = {}
        self.ends = {}
        self.poll = poll()
        self.poll.register(front.fileno(), POLLIN)

    def serve(self):
        while True:
            # Without pidfds (kernels before 5.3) it looks now and then.
            for descriptor, _ in self.poll.poll(None if len(self.ends) == len(self.workers) else 50):
                if descriptor != self.front.fileno():
                    continue
                message, descriptors = receive(self.front)
                if message is None:
                    self.kill_all()
                    leave(self.front)
                work = self.obey(message, descriptors)
                if work is not None:
                    return work
            self.reap()

    def obey(self, message, descriptors):
        if message["type"] == "spawn":
            return self.spawn(message, descriptors)
        if message["type"] == "kill":
            for pid, worker in self.workers.items():
                if worker == message["worker"]:
                    os.kill(pid, message["signal"])
        return None

    def spawn(self, message, descriptors):
        teller = self.front.dup() if self.settings.get("dev") else None
        # gevent, where the application patched it in, must know of the fork: so whatever os.fork is now.
        pid = os.fork()
        if pid == 0:
            return self.become_worker(message, teller, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        if teller is not None:
            teller.close()
        worker = self.workers[pid] = message["worker"]
        try:
            end = os.pidfd_open(pid)
            self.ends[pid] = end
            self.poll.register(end, POLLIN)
        except OSError:
            pass
        send(self.front, {"type": "forked", "worker": worker, "pid": pid})
        return None

    def become_worker(self, message, teller, descriptors):
        for end in self.ends.values():
            os.close(end)
        return Work(self.settings, self.preloaded, message, teller, descriptors)

    def reap(self):
        for pid in list(self.workers):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            worker = self.workers.pop(pid)
            end = self.ends.pop(pid, None)
            if end is not None:
                self.poll.unregister(end)
                os.close(end)
            send(self.front, {"type": "exited", "worker": worker, "pid": pid, "status": status})

    def kill_all(self):
        for pid in self.workers:
            os.kill(pid, signal.SIGKILL)
        for pid in self.workers:
            os.waitpid(pid, 0)


def receive(front):
    """The next message and its descriptors; (None, []) when the front has gone."""
    try:
        data, descriptors, _, _ = socket.recv_fds(front, MAX_MESSAGE, 8)
    except OSError:
        return None, []
    if not data:
        return None, []
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)  # recv_fds() passes no flags on
    return json.loads(data), descriptors


def send(front, message):
    try:
        # A path may have bytes that are no text: half surrogates, which the front cannot read.
        front.send(json.dumps(message, ensure_ascii=False).encode("utf-8", "replace"))
    except OSError:
        pass  # the next receive() tells that the front has gone

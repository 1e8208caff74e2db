"""The zygote: the process that forks the workers and is their parent, so that none is lost and no pid is mistaken.

It never starts a thread and never loads the extension. Messages are JSON, one for each packet of the control socket:
see docs/wire.md, "Front and zygote".
"""
import gc
import json
import os
import signal
import socket
import sys
from select import POLLIN, poll

from . import load

# A terminal sends these to the whole group; the front decides what they mean. A handler and not SIG_IGN: programs that
# the application starts must get the default back, and only handlers are reset by exec.
OURS_TO_PASS_OVER = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGTTIN", "SIGTTOU")
MAX_MESSAGE = 64 * 1024


class Work:
    """What a forked worker is to do."""

    def __init__(self, settings, application, descriptors):
        self.settings = settings
        self.application = application
        self.channel, self.descriptor_socket, self.scoreboard, self.stdout, self.stderr = descriptors


def pass_over(signum, frame):
    pass


def run(control):
    """Serves the control socket. Returns None when the front has gone, or, in a forked worker, its Work."""
    os.set_inheritable(control, False)
    front = socket.socket(fileno=control)
    for name in OURS_TO_PASS_OVER:
        signal.signal(getattr(signal, name), pass_over)
    message, _ = receive(front)
    if message is None:
        return None
    settings = message
    sys.argv[:] = [settings["target"]]
    load.prepare_path(settings)
    application = None
    if settings["preload"]:
        application = load.load_or_exit(settings)
        gc.collect()
        gc.freeze()
        send(front, {"type": "preloaded"})
    return Zygote(front, settings, application).serve()


class Zygote:
    """The workers that are alive, by pid, each with a descriptor that becomes readable when it ends."""

    def __init__(self, front, settings, application):
        self.front = front
        self.settings = settings
        self.application = application
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
                    return None
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
        # gevent, where the application patched it in, must know of the fork: so whatever os.fork is now.
        pid = os.fork()
        if pid == 0:
            return self.become_worker(message.get("alone"), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        worker = self.workers[pid] = message["worker"]
        try:
            end = os.pidfd_open(pid)
            self.ends[pid] = end
            self.poll.register(end, POLLIN)
        except OSError:
            pass
        send(self.front, {"type": "forked", "worker": worker, "pid": pid})
        return None

    def become_worker(self, alone, descriptors):
        self.front.close()
        for end in self.ends.values():
            os.close(end)
        settings = self.settings if alone is None else {**self.settings, "workers": 1 if alone else 2}
        return Work(settings, self.application, descriptors)

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
        front.send(json.dumps(message).encode())
    except OSError:
        pass  # the next receive() tells that the front has gone

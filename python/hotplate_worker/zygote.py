"""The zygote: the process that is the parent of all workers, so that none is lost and no pid is mistaken.

It never starts a thread, never loads the extension, and never runs code of the application: each worker imports it for
itself, or is forked from the template (template.py). Messages are JSON, one for each packet of the control socket: see
docs/architecture.md, "Front and zygote".
"""
import signal
import socket
import sys

from .kernel import (
    POLLIN, WNOHANG, adopt_orphans, alarm, close, fork, getpid, kill, leave_now, on_signal, pipe, poll, read, receive, send,
    set_blocking, set_inheritable, set_wakeup_fd, signal_mask, waitpid, SIG_UNBLOCK)
from . import hooks, load
from .parts import HeldFile
from .template import Template, leave
from .work import OURS_TO_PASS_OVER, STACKS_SIGNAL, Work, back_to_default, pass_over

LONGEST_CHILD_EXIT = 60  # seconds
FAILED = 3 << 8  # a status as waitpid(2) gives it: exit code 3


def run(control):
    """Serves the control socket. Returns, in a worker, its Work; ends the process when the front has gone."""
    set_inheritable(control, False)
    front = socket.socket(fileno=control)
    woken, wakes = pipe()
    set_blocking(woken, False)
    set_blocking(wakes, False)
    for name in (*OURS_TO_PASS_OVER, "SIGCHLD"):
        on_signal(getattr(signal, name), pass_over)
    on_signal(STACKS_SIGNAL, pass_over)  # also in a worker that is not there yet when it comes
    set_wakeup_fd(wakes, warn_on_full_buffer=False)
    # Until now they waited: what is sent to all processes while this one starts would end it.
    signal_mask(SIG_UNBLOCK, [getattr(signal, name) for name in OURS_TO_PASS_OVER])
    settings, _ = receive(front)
    if settings is None:
        leave()
    sys.argv[:] = [settings["target"]]
    settings["extension"] = HeldFile(settings["extension"])
    child = Zygote(front, settings, woken, wakes).serve()
    return child.run() if isinstance(child, Template) else child


class Zygote:
    """The children that are alive: workers by pid, and the template, if there is one."""

    def __init__(self, front, settings, woken, wakes):
        self.front = front
        self.settings = settings
        self.woken = woken
        self.wakes = wakes
        self.pid = getpid()
        self.workers = {}
        self.template = 0
        self.link = None  # to the template
        self.forking = {}  # workers that the template is to fork, each with the signal that it is to get, or 0
        self.strays = {}  # how unknown children ended while there were some of those
        self.ready = False
        self.farewells = set()  # processes that run child_exit
        self.poll = poll()
        self.poll.register(front.fileno(), POLLIN)
        self.poll.register(woken, POLLIN)

    def serve(self):
        """Returns in a child: its Work, or its Template."""
        while True:
            for descriptor, _ in self.poll.poll():
                if descriptor == self.woken:
                    read(self.woken, 512)
                    self.reap()
                elif descriptor == self.front.fileno():
                    message, descriptors = receive(self.front)
                    if message is None:
                        self.end_all()
                    child = self.obey(message, descriptors)
                    if child is not None:
                        return child
                elif self.link is not None and descriptor == self.link.fileno():
                    self.hear()

    def obey(self, message, descriptors):
        what = message["type"]
        if what == "spawn":
            if message.get("shared") and self.ready:
                return self.pass_on(message, descriptors)
            return self.spawn(message, descriptors)
        if what == "load":
            return self.load(descriptors)
        if what == "kill":
            number = message["worker"]
            if number in self.forking:
                self.forking[number] = message["signal"]
            if number == 0 and self.template:
                kill(self.template, message["signal"])
            for pid, worker in self.workers.items():
                if worker == number:
                    kill(pid, message["signal"])
        return None

    def spawn(self, message, descriptors):
        teller = self.front.dup() if message.get("tell") else None
        pid = self.fork()
        if pid == 0:
            self.become_child()
            message["parent"] = self.pid
            return Work(self.settings, None, message, teller, descriptors)
        if teller is not None:
            teller.close()
        for descriptor in descriptors:
            close(descriptor)
        if pid is None:
            send(self.front, {"type": "exited", "worker": message["worker"], "pid": 0, "status": FAILED})
        else:
            self.note(message["worker"], pid)
        return None

    def note(self, worker, pid):
        self.workers[pid] = worker
        send(self.front, {"type": "forked", "worker": worker, "pid": pid})

    def load(self, descriptors):
        """Starts the template, unless workers that it forks could not be adopted."""
        if not adopt_orphans():
            for descriptor in descriptors:
                close(descriptor)
            why = "nothing, but this system lets no process adopt the workers (prctl, PR_SET_CHILD_SUBREAPER)"
            send(self.front, {"type": "held", "found": why})
            return None
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = self.fork()
        if pid == 0:
            ours.close()
            self.become_child()
            return Template(self.settings, theirs, self.pid, descriptors)
        theirs.close()
        for descriptor in descriptors:
            close(descriptor)
        if pid is None:
            ours.close()
            send(self.front, {"type": "unloaded", "pid": 0, "status": FAILED})
            return None
        self.template, self.link, self.ready = pid, ours, False
        self.poll.register(ours.fileno(), POLLIN)
        send(self.front, {"type": "loading", "pid": pid})
        return None

    def fork(self):
        """None where there can be no other process now."""
        try:
            return fork()
        except OSError as error:
            sys.stderr.write(f"HP214  a worker cannot be forked: {error.strerror}. Is there a limit on processes, or no memory left?\n")
            sys.stderr.flush()
            return None

    def become_child(self):
        """In the child: what is the zygote's alone."""
        set_wakeup_fd(-1)
        back_to_default()
        for descriptor in (self.woken, self.wakes):
            close(descriptor)
        self.front.close()
        if self.link is not None:
            self.link.close()

    def pass_on(self, message, descriptors):
        """Has the template fork a worker, or become it."""
        number = message["worker"]
        become = message.get("become", False)
        if become:
            self.workers[self.template] = number
            pid = self.template
        else:
            self.forking[number] = 0
        arrived = send(self.link, {**message, "type": "become" if become else "spawn"}, descriptors)
        for descriptor in descriptors:
            close(descriptor)
        if become:
            # From now on it is a worker like any other.
            self.forget_template()
            send(self.front, {"type": "forked", "worker": number, "pid": pid})
        elif not arrived:
            self.not_forked(number)
        return None

    def hear(self):
        """What the template says. False: nothing any more."""
        message, _ = receive(self.link)
        if message is None:
            self.stop_hearing()  # how it ended is told by its status
            return False
        if message["type"] in ("preloaded", "held"):
            self.ready = True
            send(self.front, message)
        elif message["type"] == "forked":
            self.adopt(message["worker"], message["pid"])
        return True

    def adopt(self, worker, pid):
        signum = self.forking.pop(worker, 0)
        if not pid:
            send(self.front, {"type": "exited", "worker": worker, "pid": 0, "status": FAILED})
            return
        self.note(worker, pid)
        if pid in self.strays:
            self.tell_end(pid, self.strays.pop(pid))
        elif signum:
            kill(pid, signum)
        if not self.forking:
            self.strays.clear()

    def not_forked(self, worker):
        self.forking.pop(worker, None)
        send(self.front, {"type": "exited", "worker": worker, "pid": 0, "status": FAILED})

    def reap(self):
        while True:
            try:
                pid, status = waitpid(-1, WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self.workers:
                self.tell_end(pid, status)
            elif pid in self.farewells:
                self.farewells.remove(pid)
                self.tell_farewells()
            elif pid == self.template:
                self.lose_template(status)
            elif self.forking:
                self.strays[pid] = status

    def tell_end(self, pid, status):
        self.run_child_exit(pid, self.workers[pid])
        send(self.front, {"type": "exited", "worker": self.workers.pop(pid), "pid": pid, "status": status})

    def run_child_exit(self, pid, number):
        """The hook of gunicorn.conf.py is code of the application's, and its worker has ended: so it has a process of its own."""
        if not hooks.may_have(self.settings, "child_exit"):
            return
        child = self.fork()
        if child == 0:
            try:
                self.become_child()
                alarm(LONGEST_CHILD_EXIT)
                load.prepare_path(self.settings)
                found = hooks.Hooks()
                found.read_config(self.settings)
                found.child_exit(self.settings, self.pid, pid, number)
                sys.stdout.flush()
            finally:
                leave_now(0)
        elif child is not None:
            self.farewells.add(child)
            self.tell_farewells()

    def tell_farewells(self):
        send(self.front, {"type": "farewells", "running": len(self.farewells)})

    def lose_template(self, status):
        pid = self.template
        said = poll()
        said.register(self.link.fileno(), POLLIN)
        while said.poll(0) and self.hear():
            pass  # what it said before it ended
        self.forget_template()
        send(self.front, {"type": "unloaded", "pid": pid, "status": status})
        for worker in list(self.forking):
            self.not_forked(worker)

    def stop_hearing(self):
        try:
            self.poll.unregister(self.link.fileno())
        except KeyError:
            pass  # it has ended already

    def forget_template(self):
        self.stop_hearing()
        self.link.close()
        self.template, self.link, self.ready = 0, None, False

    def end_all(self):
        """The front has gone, or wants no more of this."""
        for pid in (*self.workers, *self.farewells):
            kill(pid, signal.SIGKILL)
        if self.template and not self.ready:
            kill(self.template, signal.SIGKILL)
        if self.link is not None:
            self.link.close()  # the template says goodbye, which does not take it long
        for pid in (*self.workers, *self.farewells, *([self.template] if self.template else [])):
            try:
                waitpid(pid, 0)
            except OSError:
                pass
        leave()

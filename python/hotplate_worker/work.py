"""What a process that was forked to be a worker is to do, and what it puts back first."""
import faulthandler
import signal

from .kernel import close, on_signal

# A terminal sends these to the whole group; the front decides what they mean. A handler and not SIG_IGN: programs that
# the application starts must get the default back, and only handlers are reset by exec.
OURS_TO_PASS_OVER = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGTTIN", "SIGTTOU")


# On this signal faulthandler writes the stacks of all threads: one that neither applications nor .NET use.
STACKS_SIGNAL = signal.SIGRTMAX - 3


class Work:
    """What a forked worker is to do."""

    def __init__(self, settings, preloaded, message, teller, descriptors):
        alone = message.get("alone")
        self.settings = settings if alone is None else {**settings, "workers": 1 if alone else 2}
        self.workers = settings["workers"]
        self.preloaded = preloaded
        self.number = message["worker"]
        self.teller = teller  # to the front, for what it asked to be told of the import; else None
        self.is_forked = message["type"] == "spawn"  # else it was the template, and has the application to itself
        self.parent = message.get("parent")
        self.channel, self.descriptor_socket, self.scoreboard, self.stdout, self.stderr, *place = descriptors
        self.place = place[0] if place else None  # a file for where the import stands, if somebody asks


def pass_over(signum, frame):
    pass


def back_to_default():
    """SIGCHLD is the zygote's alone, unless the application has made it its own."""
    if signal.getsignal(signal.SIGCHLD) is pass_over:
        on_signal(signal.SIGCHLD, signal.SIG_DFL)


class Asked:
    """While an application is imported: on STACKS_SIGNAL its stack is written to a file, which the front reads when it takes long."""

    def __init__(self, place):
        self.place = place
        if place is not None:
            faulthandler.register(STACKS_SIGNAL, file=place, all_threads=True)

    def end(self):
        if self.place is not None:
            faulthandler.unregister(STACKS_SIGNAL)
            close(self.place)

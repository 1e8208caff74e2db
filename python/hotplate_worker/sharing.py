"""How much memory workers would share with --preload, and what speaks against it: found out by the first worker, which tells the front."""
import sys

from . import held
from .kernel import send

WORTH_TELLING = 100 * 1024  # KiB that all workers together would save


class Import:
    """From before the application is imported until after."""

    def __init__(self, work):
        self.work = work
        self.before = held.Before()
        self.memory = own_memory()

    def tell(self):
        grown = own_memory() - self.memory
        if grown * (self.work.workers - 1) < WORTH_TELLING:
            grown = 0
        alone = "engineio" in sys.modules  # Socket.IO: its sessions are in one process, and long polling asks whichever worker is free
        if grown or alone:
            found = self.before.found() if grown else ""
            send(self.work.teller, {"type": "import", "worker": self.work.number, "memory": grown, "found": found, "alone": alone})
        self.work.teller.close()


def own_memory():
    """KiB that are in no file."""
    try:
        with open("/proc/self/status") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("RssAnon:")), 0)
    except OSError:
        return 0

"""Control groups for the trials, of either version of the kernel's interface (cgroups(7))."""
import contextlib
import os
import time

FILES = {"memory": ("memory.limit_in_bytes", "memory.max"), "pids": ("pids.max", "pids.max")}
# Without these a group that is full goes to swap.
SWAP = {1: "memory.memsw.limit_in_bytes", 2: "memory.swap.max"}


class ControlGroup:
    """One with a limit, for a server and its workers. Where none can be made, ``path`` is None, and nothing is limited."""

    def __init__(self, controller, limit="max", root="/sys/fs/cgroup"):
        self.path, self.version, self.controller = None, 0, controller
        for version, base in ((1, f"{root}/{controller}"), (2, root)):
            path = f"{base}/hotplate-chaos-{os.getpid()}-{limit}"
            self.file = FILES[controller][version - 1]
            if version == 2:
                # A group has the files of a controller that the group above hands down: refused where processes are in that one.
                with contextlib.suppress(OSError), open(f"{base}/cgroup.subtree_control", "r+") as file:
                    file.write(f"+{controller}")
            made = False
            try:
                os.mkdir(path)
                made = True
                self.path = path
                self.allow(limit)
                self.version = version
                break
            except OSError:
                self.path = None
                if made:
                    os.rmdir(path)
        if self.path and controller == "memory":
            self.write(SWAP[self.version], limit if self.version == 1 else 0)

    def allow(self, limit):
        with open(f"{self.path}/{self.file}", "r+") as file:
            file.write(str(limit))

    def write(self, name, value):
        with contextlib.suppress(OSError), open(f"{self.path}/{name}", "r+") as file:
            file.write(str(value))

    def join(self, pid=None):
        """Puts the calling process into it, or another, and all that it starts."""
        if self.path:
            with open(f"{self.path}/cgroup.procs", "r+") as file:
                file.write(str(pid or os.getpid()))

    def hold(self, processes):
        """Puts all of them into it, and so what they start from then on: asks for them until none is outside but those that have ended."""
        ended = set()
        while outside := set(processes()) - self.members() - ended:
            for pid in outside:
                try:
                    self.join(pid)
                except ProcessLookupError:
                    ended.add(pid)

    def members(self):
        with open(f"{self.path}/cgroup.procs") as file:
            return set(map(int, file))

    def current(self):
        """Processes and threads in a group of pids."""
        with open(f"{self.path}/pids.current") as file:
            return int(file.read())

    def kills(self):
        """How many processes the kernel has killed for memory in it."""
        if self.path:
            with open(f"{self.path}/{'memory.events' if self.version == 2 else 'memory.oom_control'}") as lines:
                return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
        return 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end = time.monotonic() + 10
        while self.path and time.monotonic() < end:
            with contextlib.suppress(OSError):
                os.rmdir(self.path)
                return
            time.sleep(0.1)

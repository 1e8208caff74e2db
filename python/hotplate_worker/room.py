"""Whether there is room for one more thread: a limit on processes is shared with the front, and with what a reload starts.

Limits of control groups (docker's --pids-limit, systemd's TasksMax, Kubernetes) can be read. Of RLIMIT_NPROC only the kernel
knows how much is used, so a worker's own is lowered instead: it is refused a thread while others are not yet.
"""
import os
import resource

LARGEST_RESERVE = 32
ROOT = "/sys/fs/cgroup"


def reserve_of(most):
    return min(LARGEST_RESERVE, most // 4)


def lower_own_limit():
    """Programs that the application starts have the lower one too: what it leaves is for the server."""
    try:
        soft, hard = resource.getrlimit(resource.RLIMIT_NPROC)
        if soft != resource.RLIM_INFINITY:
            resource.setrlimit(resource.RLIMIT_NPROC, (soft - reserve_of(soft), hard))
    except (OSError, ValueError):
        pass


class Room:
    """The control groups of this process that have a limit on processes, each as the files of its limit and of what is used."""

    def __init__(self, groups="/proc/self/cgroup", root=ROOT):
        self.limits = []
        try:
            with open(groups) as file:
                lines = file.read().splitlines()
        except OSError:
            return
        for line in lines:
            _, controllers, path = line.split(":", 2)
            if not controllers or controllers == "pids":
                self.add(os.path.join(root, controllers), path)

    def add(self, top, path):
        """Every group above counts too. In a container the path may be that of the host, and the container's own group is at the top."""
        parts = [part for part in path.split("/") if part not in ("", "..")]
        for count in range(len(parts), -1, -1):
            group = os.path.join(top, *parts[:count])
            if number_in(group, "pids.max") is not None:
                self.limits.append(group)

    def is_there(self):
        for group in self.limits:
            most, used = number_in(group, "pids.max"), number_in(group, "pids.current")
            if most is not None and used is not None and used >= most - reserve_of(most):
                return False
        return True


def number_in(group, name):
    try:
        with open(os.path.join(group, name)) as file:
            return int(file.read())
    except (OSError, ValueError):
        return None  # "max", or no such group

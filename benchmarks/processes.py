"""A server's processes: who they are, what CPU they have used, what memory they hold, and how they are ended.

The benchmark makes itself the reaper of orphans, so every process that a server leaves behind, daemons included, stays
its descendant. While no load generator runs, the tree of the server is simply all descendants.
"""

import ctypes
import os
import signal
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
CPUCLOCK_SCHED = 2  # linux/posix-timers.h: the scheduler's nanosecond clock of one process, threads that ended included
TICK_US = 1_000_000 // os.sysconf("SC_CLK_TCK")


def adopt_orphans():
    """Makes processes whose parent ends children of this one. Once, at the start."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _stat_fields(pid):
    """The fields of /proc/PID/stat after the name, which may itself hold spaces; None if the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def descendants():
    """All live processes beneath this one: {pid: parent}."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and (fields := _stat_fields(name)) and fields[0] not in "ZX":
            children.setdefault(int(fields[1]), []).append(int(name))
    found, waiting = {}, [os.getpid()]
    while waiting:
        parent = waiting.pop()
        for pid in children.get(parent, ()):
            found[pid] = parent
            waiting.append(pid)
    return found


def cpu_us(pids):
    """CPU that these processes have used so far, and the children they have buried, in µs.

    A live process is read from its own CPU clock, to the nanosecond; /proc/PID/stat counts in ticks of 10 ms. Only
    children that ended are taken from there.
    """
    total = 0.0
    for pid in pids:
        fields = _stat_fields(pid)
        if fields is None:
            continue
        try:
            total += time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED) * 1e6
        except OSError:
            continue
        total += (int(fields[13]) + int(fields[14])) * TICK_US  # cutime, cstime
    return total


def context_switches(pids):
    """(voluntary, involuntary) switches of all live threads of these processes."""
    totals = {"voluntary_ctxt_switches": 0, "nonvoluntary_ctxt_switches": 0}
    for pid in pids:
        for status in Path(f"/proc/{pid}/task").glob("*/status"):
            try:
                for line in status.read_text().splitlines():
                    name, _, value = line.partition(":")
                    if name in totals:
                        totals[name] += int(value)
            except OSError:
                continue
    return tuple(totals.values())


def pss_mb(pid):
    """Proportional set size in MB (10⁶ bytes): private memory plus a fair share of what is shared. None if gone."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    return None


def is_python(pid):
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe")).startswith("python")
    except OSError:
        return False


def memory_by_role(tree):
    """PSS in MB of a tree as descendants() gives it: {"total", "workers": [...], "front", "zygote"}.

    Only Hotplate's tree is told apart so: what is not Python is the front, a Python whose parent is a Python is a
    worker, any other Python is a zygote.
    """
    memory = {"total": 0.0, "front": 0.0, "zygote": 0.0, "workers": []}
    python = {pid for pid in tree if is_python(pid)}
    for pid, parent in tree.items():
        pss = pss_mb(pid)
        if pss is None:
            continue
        memory["total"] += pss
        if pid not in python:
            memory["front"] += pss
        elif parent in python and parent in tree:
            memory["workers"].append(pss)
        else:
            memory["zygote"] += pss
    return memory


def end_all(graceful_seconds=5.0):
    """Ends every descendant, asking first; all at once, or a parent would start new ones for those that go."""
    for number, patience in ((signal.SIGTERM, graceful_seconds), (signal.SIGKILL, 5.0)):
        for pid in descendants():
            try:
                os.kill(pid, number)
            except OSError:
                pass
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if _bury():
                return
            time.sleep(0.01)


def _bury():
    """Takes the exit statuses of all children that have ended, adopted ones included. True when none is left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return False
    except ChildProcessError:
        return True

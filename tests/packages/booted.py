"""A root of Debian that is a machine: systemd is process 1 in it, with mounts, processes, control groups and a network of its own."""
import ctypes
import os
import subprocess
import time

from machine import Asked, Failure, PATIENCE, must, run, say
from root import Root

# $0 is the root. All that is mounted goes with the namespace, the control groups are those below the one in which this runs, and what the
# kernel has for all (/proc/sys) is to be read only.
BOOT = """
set -e
mount --bind "$0" "$0" && cd "$0"
mount -t proc proc proc
mount --bind proc/sys proc/sys && mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx && ln -s /proc/self/fd dev/fd
for name in null zero full random urandom tty; do touch dev/$name && mount --bind /dev/$name dev/$name; done
mkdir -p mnt/outside
pivot_root . mnt/outside && cd / && umount -l mnt/outside
exec env -i container=hotplate-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd </dev/null >/dev/null 2>&1
"""
BEGIN = 'echo $$ >"$1/cgroup.procs" && exec unshare --pid --mount --uts --ipc --cgroup --fork --kill-child sh -c "$2" "$3"'
LONGEST = 900  # seconds: packages of a mirror, on a machine that does much else
NEW_NETWORK = 0x40000000  # CLONE_NEWNET
LIBC = ctypes.CDLL(None, use_errno=True)


class Booted(Root, Asked):
    """with booted: it has started, and ends with the block. What a mirror has to give is installed before."""

    port = 80

    def __init__(self, artefacts, suite, *packages):
        super().__init__(artefacts, suite)
        self.run("apt-get", "update", "-q")
        self.install("systemd", "dbus", "procps", *packages)
        os.remove(f"{self.path}/usr/sbin/policy-rc.d")
        # Modules are the kernel's, which is not of this machine.
        os.symlink("/dev/null", f"{self.path}/etc/systemd/system/systemd-modules-load.service")

    def __enter__(self):
        # Of this thread and whatever it starts: its ports are asked from here.
        self.outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        must(LIBC.unshare(NEW_NETWORK) == 0, "a network of its own needs root")
        run("ip", "link", "set", "lo", "up")
        self.group = os.path.join(unified(), f"hotplate-booted-{os.getpid()}")
        os.mkdir(self.group)
        self.process = subprocess.Popen(["sh", "-c", BEGIN, "sh", self.group, BOOT, self.path], stdin=subprocess.DEVNULL)
        try:
            self.until(self.first, "systemd runs")
            self.until(self.has_booted, "it has booted")
            failed = self.told("systemctl", "--failed", "--no-pager", "--plain", "--no-legend")
            must(not failed, f"it has booted without these:\n{failed}")
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None and self.first():
            say(self.told("journalctl", "--no-pager", "-n", "60", code=None))
        self.process.kill()
        self.process.wait()
        LIBC.setns(self.outside, NEW_NETWORK)
        os.close(self.outside)
        for folder, _, _ in os.walk(self.group, topdown=False):
            self.until(lambda gone=folder: removed(gone), f"{folder} is empty")

    def told(self, *command, code=0, cwd="/", mirror=False, stdin=subprocess.DEVNULL):
        """Runs a command on that machine and returns what it said on both streams. It must end with this code; None: with any.

        mirror: with the network of the machine that this runs on, for what has to fetch packages.
        """
        network = [f"--net=/proc/{os.getpid()}/fd/{self.outside}"] if mirror else []
        done = subprocess.run(
            [*self.inside(*network), "env", "-i", "-C", cwd, "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", *command],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=stdin, text=True, errors="replace",
            timeout=LONGEST if mirror else PATIENCE, check=False)
        must(code is None or done.returncode == code, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-4000:]}")
        return done.stdout

    def inside(self, *more):
        return ["nsenter", "--target", self.first(), "--mount", "--uts", "--ipc", "--pid", "--cgroup", *more, "--root", "--wd"]

    def end_by(self, *command):
        """A command of that machine with which it ends, as it would switch itself off."""
        with subprocess.Popen([*self.inside(), *command], stdin=subprocess.DEVNULL):
            self.process.wait(PATIENCE)
        self.__exit__(None, None, None)

    def shown(self, unit, name):
        """A property of a unit."""
        return self.told("systemctl", "show", unit, "--value", "--property", name).strip()

    def until(self, true, text):
        """Waits for it."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if true():
                return
            time.sleep(0.05)
        raise Failure(f"it never came to be that {text}")

    def has_booted(self):
        return self.told("systemctl", "is-system-running", "--wait", code=None).strip() in ("running", "degraded")

    def first(self):
        """Its process 1 as it is called here, once that is systemd; else nothing."""
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            child = children.read().strip()
        return child if child and os.readlink(f"/proc/{child}/exe").endswith("/systemd") else ""


def unified():
    with open("/proc/mounts", encoding="utf-8") as mounts:
        found = [words[1] for words in map(str.split, mounts) if words[2] == "cgroup2"]
    must(found, "there is no cgroup2 file system")
    return found[0]


def removed(folder):
    try:
        os.rmdir(folder)
        return True
    except OSError:
        return False

"""What our processes need of the system, taken by value before any code of the application can put something else in its place.

gevent and others replace functions of ``os``, ``select``, ``signal`` and ``socket``; what is bound here stays the kernel's.
"""
import errno
import json
import os
import select
import signal
import socket

try:
    import _ctypes
except ImportError:  # a Python that was built without libffi
    _ctypes = None

close, dup2, fork, getpid, getppid, kill, leave_now = os.close, os.dup2, os.fork, os.getpid, os.getppid, os.kill, os._exit
pipe, read, write, waitpid, WNOHANG = os.pipe, os.read, os.write, os.waitpid, os.WNOHANG
set_inheritable, set_blocking = os.set_inheritable, os.set_blocking
poll, POLLIN = select.poll, select.POLLIN
on_signal, alarm, set_wakeup_fd = signal.signal, signal.alarm, signal.set_wakeup_fd
signal_mask, SIG_UNBLOCK = signal.pthread_sigmask, signal.SIG_UNBLOCK
recv_fds, send_fds = socket.recv_fds, socket.send_fds
to_json, from_json = json.dumps, json.loads

MAX_MESSAGE = 64 * 1024
MOST_DESCRIPTORS = 8
DIE_WITH_PARENT, ADOPT_ORPHANS = 1, 36  # prctl(2): PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER


def find_prctl():
    """Not by ctypes, which is large and has no need to be in every worker."""
    try:
        call, address = _ctypes.call_function, _ctypes.dlsym(_ctypes.dlopen(None, 2), "prctl")
    except (AttributeError, OSError):
        return lambda option, value: False
    return lambda option, value: call(address, (option, value, 0, 0, 0)) == 0


prctl = find_prctl()


def die_with(parent):
    """From now on the kernel kills this process when its parent goes, which is to be the one that is given."""
    prctl(DIE_WITH_PARENT, signal.SIGKILL)
    if getppid() != parent:
        leave_now(0)


def outlive_parent():
    prctl(DIE_WITH_PARENT, 0)


def adopt_orphans():
    """True: processes below this one whose parent ends become its children."""
    return prctl(ADOPT_ORPHANS, 1)


def receive(link):
    """The next message and its descriptors; (None, []) when the far side has gone."""
    try:
        data, descriptors, _, _ = recv_fds(link, MAX_MESSAGE, MOST_DESCRIPTORS)
    except OSError:
        return None, []
    if not data:
        return None, []
    for descriptor in descriptors:
        set_inheritable(descriptor, False)  # recv_fds() passes no flags on
    return from_json(data), descriptors


def send(link, message, descriptors=()):
    """False: it did not arrive, most likely since the far side has gone, which its end tells."""
    try:
        # A path may have bytes that are no text: half surrogates, which the front cannot read.
        send_fds(link, [to_json(message, ensure_ascii=False).encode("utf-8", "replace")], descriptors)
        return True
    except OSError:
        return False


def end_of(child):
    """Waits for a child and returns its status; 0 where somebody else has: a handler of the application's, or SIGCHLD is ignored."""
    while True:
        try:
            return waitpid(child, 0)[1]
        except InterruptedError:
            pass
        except OSError as error:
            if error.errno == errno.ECHILD:
                return 0
            raise


def name_process(name):
    """For ps and top: at most 15 characters."""
    try:
        with open("/proc/self/comm", "w") as file:
            file.write(name)
    except OSError:
        pass


def process_name():
    try:
        with open("/proc/self/comm") as file:
            return file.read().rstrip("\n")
    except OSError:
        return ""

#!/usr/bin/env python3
"""refusing.py CALL,… COMMAND…: becomes COMMAND, for which, and for all that it starts, these system calls fail with EPERM.

A filter of system calls (seccomp), as a container's profile has one. No root is needed.
"""
import ctypes
import os
import platform
import struct
import sys

NUMBERS = {
    "x86_64": {"eventfd2": 290, "epoll_create1": 291, "inotify_init1": 294, "memfd_create": 319, "timerfd_create": 283, "signalfd4": 289,
               "pidfd_open": 434, "sched_setscheduler": 144},
    "aarch64": {"eventfd2": 19, "epoll_create1": 20, "inotify_init1": 26, "memfd_create": 279, "timerfd_create": 85, "signalfd4": 74,
                "pidfd_open": 434, "sched_setscheduler": 119},
}


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def refuse(calls):
    """No new privileges, then the filter, of this process and all that it starts."""
    lines = [(0x20, 0, 0, 0)]  # the number of the call
    for call in calls:
        lines += [(0x15, 0, 1, call), (0x06, 0, 0, 0x00050001)]  # this one: EPERM
    lines.append((0x06, 0, 0, 0x7FFF0000))  # any other: allowed
    code = b"".join(struct.pack("HBBI", *line) for line in lines)
    memory = ctypes.create_string_buffer(code, len(code))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong]
    program = Program(len(lines), ctypes.addressof(memory))
    if libc.prctl(38, 1, None, 0, 0) or libc.prctl(22, 2, ctypes.addressof(program), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


if __name__ == "__main__":
    numbers = NUMBERS[platform.machine()]
    refuse([numbers[name] for name in sys.argv[1].split(",")])
    os.execvp(sys.argv[2], sys.argv[2:])

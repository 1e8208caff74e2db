#!/usr/bin/env python3
"""The kernel refuses what a server takes for granted, while clients ask: threads and processes, descriptors, the size of files, files in
the temporary folder, memfd_create. The server lives, says what was refused, answers whom it can, and all is well when there is enough
again.

Root is needed for some; what is left out is told.
"""
import contextlib
import ctypes
import os
import platform
import resource
import socket
import struct
import subprocess
import time

from chaos import Broken, Client, Load, Server, options, verdict
from groups import ControlGroup

given = options(__doc__, 3)
MEMFD_CREATE = {"x86_64": 319, "aarch64": 279}
SIZE = 24 << 20
said, kept = [], True


def note(what, good, text, server=None):
    global kept
    kept &= good
    said.append(f"{what}: {'right' if good else 'WRONG'}, {text}")
    if not good and server is not None:
        print(server.words()[-3000:])


def status(port, target="/work"):
    try:
        with Client(port, 20) as client:
            return client.get(target)[0]
    except (Broken, OSError) as error:
        return str(error)


def slow_download(port):
    """Bytes that come to a client who waits before it reads."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        client.settimeout(60)
        client.connect(("127.0.0.1", port))
        client.sendall(b"GET /big?mb=24 HTTP/1.1\r\nHost: plate.test\r\nConnection: close\r\n\r\n")
        time.sleep(1)
        got = b""
        with contextlib.suppress(OSError):
            while piece := client.recv(1 << 20):
                got += piece
        return len(got.partition(b"\r\n\r\n")[2])


def upload(port, megabytes):
    try:
        with Client(port, 60) as client:
            return client.get("/upload", "POST", bytes(megabytes << 20))[0]
    except (Broken, OSError) as error:
        return str(error)


def threads():
    with ControlGroup("pids") as group:
        if group.path is None:
            said.append("threads: left out, no control group can be made here")
            return
        server = Server(given.server, 2, before=group.join)
        with server:
            group.allow(group.current())
            load = Load(server.port, 60, lambda rng: ("/work?ms=200",), patience=30)
            time.sleep(given.seconds)
            tally = load.stop()
            wrong = {status: count for status, count in tally.statuses.items() if status not in (200, 503)}
            server.signal(1)  # a reload needs processes
            time.sleep(1)
            meanwhile = status(server.port)
            alive = server.process.poll() is None
            group.allow("max")
            after = [status(server.port) for _ in range(10)]
            group.allow(1)
            code = server.stop()
            served = 200 in tally.statuses and meanwhile == 200 and after == [200] * 10
            note("threads", served and not wrong and tally.broken == 0 and alive and code == 0,
                 f"{tally.answers} answers {tally.statuses}, {tally.broken} lost, after a reload {meanwhile}, "
                 f"afterwards {after.count(200)} of 10, stopped with {code}", server)


def descriptors():
    with Server(given.server, 2) as server:
        before = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
        with Client(server.port) as one:
            one.get("/work")
            resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{server.pid}/fd")), before[1]))
            held = [one.get("/work")[0] for _ in range(20)]
            full = one.get("/upload", "POST", bytes(4 << 20))[0]
        crowd = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
        server.signal(1)
        time.sleep(given.seconds)
        alive = server.process.poll() is None
        for other in crowd:
            other.close()
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, before)
        after = [status(server.port) for _ in range(10)]
        note("descriptors", held == [200] * 20 and full in (200, 503) and alive and after == [200] * 10,
             f"on an open connection {held.count(200)} of 20, an upload {full}, afterwards {after.count(200)} of 10", server)


def file_size():
    with Server(given.server, 2) as server:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))
        got, large, small = slow_download(server.port), upload(server.port, 4), status(server.port)
        note("file size", got == SIZE and large == 503 and small == 200 and "HP602" in server.words(),
             f"{got} of {SIZE} bytes, an upload {large}, beside it {small}", server)


def no_folder():
    script = "for at in /tmp /var/tmp; do mount --bind $at $at && mount -o remount,bind,ro $at || exit 77; done; exec \"$0\" \"$@\""
    wrap = ["unshare", "-m", "/bin/sh", "-c", script]
    if subprocess.run([*wrap, "true"], capture_output=True).returncode:
        said.append("folder: left out, mounting is not allowed here")
        return
    with Server(given.server, 2, wrap=wrap, environment={"TMPDIR": "/nowhere"}) as server:
        got, large, small = slow_download(server.port), upload(server.port, 4), status(server.port)
        words = server.words()
        note("folder", got == SIZE and large == 503 and small == 200 and "HP601" in words and "/nowhere" in words,
             f"{got} of {SIZE} bytes, an upload {large}, beside it {small}", server)


def refuse(call):
    """No new privileges, then a filter: this one system call fails with EPERM, in this process and all that it starts."""
    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]

    code = b"".join(struct.pack("HBBI", *line) for line in (
        (0x20, 0, 0, 0), (0x15, 0, 1, call), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)))
    memory = ctypes.create_string_buffer(code, len(code))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong]
    if libc.prctl(38, 1, None, 0, 0) or libc.prctl(22, 2, ctypes.addressof(Program(len(code) // 8, ctypes.addressof(memory))), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


def memfd():
    call = MEMFD_CREATE.get(platform.machine())
    if call is None:
        said.append("memfd_create: left out, its number is not known here")
        return
    with Server(given.server, 2, before=lambda: refuse(call)) as server:
        load = Load(server.port, 4, lambda rng: ("/work?ms=2",))
        time.sleep(given.seconds)
        tally = load.stop()
        note("memfd_create", tally.failed == 0 and tally.answers > 0, str(tally), server)


for one in (threads, descriptors, file_size, no_folder, memfd):
    one()
verdict(f"refused, {given.server}", kept, "; ".join(said))

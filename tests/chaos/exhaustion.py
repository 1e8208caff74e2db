#!/usr/bin/env python3
"""The spool's disk is full, descriptors run out, the memory cgroup is full: those requests get a clear 5xx,
the rest goes on, and all is well after.

Root is needed for the disk and the cgroup; without it these two are left out, with a word.
"""
import contextlib
import os
import resource
import subprocess
import tempfile
import time

from chaos import Broken, Client, Server, options, tree, verdict
from groups import ControlGroup

given = options(__doc__, 0)
said, kept = [], True


def note(what, good, text):
    global kept
    kept &= good
    said.append(f"{what}: {'right' if good else 'WRONG'}, {text}")


def upload(port, megabytes):
    try:
        with Client(port) as client:
            return client.get("/upload", "POST", bytes(megabytes << 20))[0]
    except Broken as error:
        return str(error)


def status(port, target="/work"):
    try:
        with Client(port, 20) as client:
            return client.get(target)[0]
    except (Broken, OSError) as error:
        return str(error)


def full_disk():
    folder = tempfile.mkdtemp(prefix="hotplate-chaos-")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True).returncode:
        said.append("spool: left out, mounting is not allowed here")
        return
    try:
        with Server(given.server, 2, environment={"TMPDIR": folder}) as server:
            before, full = upload(server.port, 4), upload(server.port, 20)
            beside, after = status(server.port), upload(server.port, 4)
            note("spool", (before, full, beside, after) == (200, 503, 200, 200),
                 f"4 MB {before}, 20 MB {full}, beside it {beside}, 4 MB again {after}")
    finally:
        subprocess.run(["umount", folder], check=True)
        os.rmdir(folder)


def no_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    try:
        server = Server(given.server, 2)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    with server:
        crowd = []
        for _ in range(400):
            with contextlib.suppress(OSError):
                crowd.append(Client(server.port, 5))
        answered = 0
        for client in crowd[:100]:
            with contextlib.suppress(Broken):
                answered += client.get("/work")[0] == 200
        for client in crowd:
            client.close()
        time.sleep(1)
        after = [status(server.port) for _ in range(20)]
        note("descriptors", after == [200] * 20 and answered > 0,
             f"{answered} of the first 100 answered beside 300 more, afterwards {after.count(200)} of 20")


def no_memory():
    with ControlGroup("memory", 600 << 20) as group:
        if group.path is None:
            said.append("memory: left out, no control group can be made here")
            return
        with Server(given.server, 2, flags=["--preload", "on"]) as server:
            group.hold(lambda: tree(server.pid))
            hog = status(server.port, "/hog?mb=2000")
            time.sleep(1)
            after = [status(server.port) for _ in range(20)]
            told = "memory" in server.words()
            note("memory", hog == 502 and after == [200] * 20 and told, f"the greedy one {hog}, afterwards {after.count(200)} of 20, "
                 + ("the log tells" if told else "the log does NOT tell"))


full_disk()
no_descriptors()
no_memory()
verdict(f"exhaustion, {given.server}", kept, "; ".join(said))

#!/usr/bin/env python3
"""Upgrades of the program in a row under load, from one build to another and back: no request fails, no connection is reset."""
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time

import chaos
from chaos import ROOT, Load, Server, descriptors, is_alive, options, pss_mb, some_work, tree, verdict

given = options(__doc__, 2, times=(50, "upgrades"), workers=(2, "processes"), clients=(16, "keep-alive connections"))


def copy(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def builds(folder):
    """Two copies of the program, and a link to the first, by which the server is started."""
    program = chaos.HOTPLATE[0]
    if program == os.path.join(ROOT, "hotplate"):
        subprocess.run([program, "version"], check=True, stdout=subprocess.DEVNULL)  # the launcher builds what is missing
        program = os.path.join(ROOT, "artifacts", "front", "hotplate")
    for name in "ab":
        shutil.copytree(os.path.dirname(program), os.path.join(folder, name), copy_function=copy)
    os.environ["HOTPLATE_HOME"] = ROOT
    return point(folder, 0)


def point(folder, number):
    link = os.path.join(folder, "hotplate")
    os.symlink(os.path.join(folder, "ab"[number % 2], "hotplate"), link + ".new")
    os.replace(link + ".new", link)
    return link


def gone(pid, seconds=30):
    end = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not is_alive(pid)


def pid_in(file):
    with open(file) as text:
        return int(text.read())


with tempfile.TemporaryDirectory() as folder:
    chaos.HOTPLATE[:] = [builds(folder)]
    file = os.path.join(folder, "pid")
    unix = os.path.join(folder, "site.sock")
    with Server("hotplate", given.workers, flags=["--pid", file, "-b", f"unix:{unix}"], controlled=True) as server:
        load = Load(server.port, given.clients, some_work)
        time.sleep(given.seconds)
        pids, wrong, programs, slowest = [pid_in(file)], [], set(), 0.0
        before = pss_mb(tree(pids[0])), descriptors(pids[0])
        for number in range(given.times):
            programs.add(os.path.dirname(os.readlink(f"/proc/{pids[-1]}/exe")))
            point(folder, number + 1)
            started = time.monotonic()
            if number % 2:
                done = subprocess.run([*chaos.HOTPLATE, "upgrade", "--control", server.control],
                                      capture_output=True, text=True, timeout=120)
                wrong += [done.stderr] if done.returncode else []
            else:
                os.kill(pids[-1], signal.SIGUSR2)
            end = time.monotonic() + 120
            while pid_in(file) == pids[-1] and is_alive(pids[-1]) and time.monotonic() < end and not wrong:
                time.sleep(0.01)
            slowest = max(slowest, time.monotonic() - started)
            if wrong or pid_in(file) == pids[-1]:
                wrong.append("it did not come to serve")
                break
            pids.append(pid_in(file))
            if not gone(pids[-2]):
                wrong.append(f"process {pids[-2]} did not end")
                break
            server.process.poll()  # the first one is our child
        time.sleep(1)
        after = pss_mb(tree(pids[-1])), descriptors(pids[-1])
        tally = load.stop()
        there = os.path.exists(unix)
        with contextlib.suppress(OSError):
            os.kill(pids[-1], signal.SIGTERM)
        if not gone(pids[-1]):
            wrong.append("the last one did not end")
        left = [path for path in (file, unix) if os.path.exists(path)]
        resets = sum("Reset" in note for note in tally.notes)
        near = after[1] <= before[1] * 1.1 and (after[0] <= before[0] * 1.2 or given.lenient)
        verdict("upgrades, hotplate",
                tally.failed == 0 and not wrong and not left and there and near and len(pids) == given.times + 1 and len(programs) == 2,
                f"{len(pids) - 1} upgrades between {len(programs)} builds, the slowest {slowest:.2f} s; {resets} resets; "
                f"memory {before[0]:.0f} -> {after[0]:.0f} MB, descriptors {before[1]} -> {after[1]}; "
                f"left behind: {left or 'nothing'}; {tally}"
                + "".join(f"\n    {text}" for text in wrong[:2]))

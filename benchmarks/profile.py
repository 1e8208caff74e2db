"""Where one server spends a request: CPU and wake-ups by process, system calls, and the hottest functions.

Each part is a load of its own, so that no tool disturbs what another one counts. strace slows a server several times:
its counts are right, its speed means nothing.
"""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from . import load, packages, processes
from .running import Running

LINES = 25


def show(servers, cases, seconds, folder):
    """Profiles each server on each case; meant for one of each."""
    packages.install(["strace", "linux-perf"])
    load.build_generator(folder)
    for case in cases:
        for server in servers:
            with Running(server, case, case.workers[0], folder) as running:
                print(f"\n{server.title}, {case.title}, {case.workers[0]} workers")
                load.apply(case, running.setup.port, 1, folder)
                _by_process(case, running, seconds, folder)
                _system_calls(case, running, seconds, folder)
                _functions(case, running, seconds, folder)
    return 0


def _by_process(case, running, seconds, folder):
    tree = sorted(processes.descendants())
    before = {pid: (processes.cpu_us([pid]), *processes.context_switches([pid])) for pid in tree}
    requests = load.apply(case, running.setup.port, seconds, folder)["requests"]
    print(f"  {requests / seconds:,.0f} requests/s\n")
    print("  a request, by process      CPU µs   waits   preempted")
    for pid in tree:
        after = (processes.cpu_us([pid]), *processes.context_switches([pid]))
        cpu, waits, preempted = ((now - then) / requests for now, then in zip(after, before[pid]))
        if cpu >= 0.05:
            print(f"  {pid:>8} {_name(pid):16} {cpu:8.1f} {waits:7.2f} {preempted:9.3f}")


def _system_calls(case, running, seconds, folder):
    if not shutil.which("strace"):
        return
    output = folder / "strace.txt"
    command = ["strace", "-c", "-f", "-qq", "-o", str(output)]
    for pid in sorted(processes.descendants()):
        command += ["-p", str(pid)]
    tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    time.sleep(1)  # until it is attached to all of them
    requests = load.apply(case, running.setup.port, seconds, folder)["requests"]
    tracer.terminate()
    tracer.wait()
    print("\n  system calls a request")
    for line in output.read_text().splitlines()[2:]:
        fields = line.split()
        if len(fields) >= 5 and fields[3].isdigit() and fields[-1] != "total" and int(fields[3]) / requests >= 0.005:
            print(f"  {int(fields[3]) / requests:8.2f}  {fields[-1]}")


def _functions(case, running, seconds, folder):
    if not shutil.which("perf"):
        return
    pids, recording = ",".join(map(str, processes.descendants())), folder / "perf.data"
    recorder = subprocess.Popen(
        ["perf", "record", "-q", "-e", "cpu-clock", "-F", "999", "-o", str(recording), "-p", pids],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    time.sleep(0.5)
    load.apply(case, running.setup.port, seconds, folder)
    recorder.send_signal(2)
    recorder.wait()
    report = subprocess.run(
        ["perf", "report", "-i", str(recording), "--stdio", "--sort", "comm,dso,symbol", "-g", "none"],
        capture_output=True, text=True,
    )
    print("\n  hottest functions")
    lines = [line for line in report.stdout.splitlines() if line.strip() and not line.startswith("#")]
    print("\n".join("  " + re.sub(r"( +-)+ *$", "", line) for line in lines[:LINES]) or f"  {report.stderr.strip()[:300]}")


def _name(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "ended"

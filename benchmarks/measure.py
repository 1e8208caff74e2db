"""One measurement: a server on a case, or the bare Python beside it."""

import json
import statistics
import subprocess
import time
from pathlib import Path

from . import load, processes
from .running import Running

CALL_IN_A_LOOP = Path(__file__).resolve().parent / "launch" / "call_in_a_loop.py"
PYTHON = "/usr/bin/python3"


def measure_server(server, case, workers, seconds, warm_up, folder):
    """Starts the server, warms it up, loads it, ends it: one sample as a dict for the results file."""
    with Running(server, case, workers, folder) as running:
        load.apply(case, running.setup.port, warm_up, folder)
        running.check_answers()  # a slow server still works for clients of the warm-up that are long gone
        before = processes.cpu_us(processes.descendants())
        sample = load.apply(case, running.setup.port, seconds, folder)
        tree = processes.descendants()
        sample["cpu_us"] = (processes.cpu_us(tree) - before) / max(1, sample["requests"])
        sample["rps"] = sample["requests"] / sample["seconds"]
        sample["memory"] = processes.memory_by_role(tree)
        sample["processes"] = len(tree)
        sample["first_answer_ms"] = running.first_answer_ms
    return sample


def measure_limit(case, seconds, folder):
    """The same application in a bare Python loop, on one core."""
    command = [PYTHON, str(CALL_IN_A_LOOP), str(seconds), case.path, *([str(case.body_bytes)] if case.body_bytes else [])]
    done = subprocess.run(command, cwd=folder / "apps" / case.app, capture_output=True, text=True)
    if done.returncode:
        raise load.LoadFailed(f"the bare loop said: {done.stderr[-300:]}")
    sample = json.loads(done.stdout)
    sample["rps"] = sample["requests"] / sample["seconds"]
    return sample


def measure_bare_python(app_folder, count):
    """Mean PSS in MB of `count` Pythons at once, each with the application imported and nothing else."""
    program = "import sys; sys.path.insert(0, ''); import app, time; print(flush=True); time.sleep(600)"
    started = [
        subprocess.Popen([PYTHON, "-c", program], cwd=app_folder, stdout=subprocess.PIPE) for _ in range(count)
    ]
    try:
        for process in started:
            process.stdout.readline()
        time.sleep(0.1)
        return statistics.mean(processes.pss_mb(process.pid) for process in started)
    finally:
        for process in started:
            process.kill()
            process.wait()

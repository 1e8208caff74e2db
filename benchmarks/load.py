"""The load: wrk, or for a mix of two kinds of request a small generator of our own."""

import json
import subprocess
from pathlib import Path

from .cases import SLOW_PERCENT

HERE = Path(__file__).resolve().parent / "load"


class LoadFailed(Exception):
    """The load generator itself did not work."""


def build_generator(folder):
    """Compiles the generator of mixed load into `folder`."""
    program = folder / "mixload"
    subprocess.run(["gcc", "-O2", "-Wall", "-o", str(program), str(HERE / "mixload.c")], check=True)
    return program


def apply(case, port, seconds, folder):
    """Loads the server for so many seconds: {"requests", "seconds", "p50", "p99", "max", "errors", …}, times in ms."""
    if case.events:
        return _with_errors(_json_line(
            ["/usr/bin/python3", str(HERE / "events.py"), str(port), str(case.connections), str(seconds), case.path]))
    if case.slow_path:
        return _mixed(case, port, seconds, folder)
    script = ["post.lua" if case.body_bytes else "report.lua"]
    arguments = ["--", str(case.body_bytes)] if case.body_bytes else []
    counted = _json_line(
        [
            "wrk", "-t1", f"-c{case.connections}", f"-d{max(1, round(seconds))}s", "-s", str(HERE / script[0]),
            f"http://127.0.0.1:{port}{case.path}", *arguments,
        ]
    )
    return _with_errors(counted)


def _mixed(case, port, seconds, folder):
    """The latencies are those of the fast requests; the slow ones' are beside them under "slow"."""
    counted = _json_line(
        [
            str(folder / "mixload"), str(port), str(case.connections), str(seconds), str(SLOW_PERCENT),
            case.path, case.slow_path,
        ]
    )
    fast = counted.pop("fast")
    counted.update(fast, requests=fast["requests"] + counted["slow"]["requests"])
    return _with_errors(counted)


def _with_errors(counted):
    counted["errors"] = {
        kind: count for kind in ("connect", "read", "write", "status", "timeout") if (count := counted.pop(kind))
    }
    return counted


def _json_line(command):
    done = subprocess.run(command, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        if line.startswith("JSON "):
            return json.loads(line[5:])
    raise LoadFailed(f"{command[0]} said: {(done.stderr or done.stdout)[-300:]}")

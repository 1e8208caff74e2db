"""Hotplate, as a user would run it."""

import os
import subprocess
from pathlib import Path

from .server import Server

REPOSITORY = Path(__file__).resolve().parent.parent.parent
LAUNCHER = REPOSITORY / "hotplate"
BUILD_SECONDS = 300

more_flags = []  # what --hotplate-flags adds, to compare two settings; none in published figures


def serve(setup):
    return [
        [
            str(LAUNCHER), "serve", "app:app", "-w", str(setup.workers), "-b", setup.bind,
            "--chdir", str(setup.app), "--python", "/usr/bin/python3",
            *(["--threads", str(setup.threads)] if setup.threads > 256 else []), *more_flags,
        ]
    ]


def absent():
    """Asking for its version builds what is stale, so that no measurement pays for a build."""
    if not os.access(LAUNCHER, os.X_OK):
        return "this checkout has no ./hotplate"
    try:
        asked = subprocess.run([LAUNCHER, "--version"], stdout=subprocess.DEVNULL, timeout=BUILD_SECONDS)
    except subprocess.TimeoutExpired:
        return ""
    return f"./hotplate --version exits {asked.returncode}" if asked.returncode else ""


HOTPLATE = Server(
    "hotplate", "Hotplate", "no flag but `-w`, `-b`, `--chdir` and `--python`; `--threads T` for the events", serve, absent=absent,
    version=lambda: "this checkout",
)

"""bjoern and FastWSGI: HTTP in C inside the Python process. Optional: whoever has them in /usr/bin/python3 gets their figures too."""

import subprocess
from pathlib import Path

from .server import Server

LAUNCH = Path(__file__).resolve().parent.parent / "launch" / "extension.py"
BARE = "one process a worker around one port (SO_REUSEPORT); no front, no TLS, no HTTP/2, nothing between a slow client and the application"


def serve(module):
    return lambda setup: [["/usr/bin/python3", str(LAUNCH), module, *map(str, (setup.port, setup.workers)), str(setup.app)]]


def absent(module):
    """Neither is packaged by Debian: pip builds them, which takes a C compiler (and libev for bjoern)."""
    found = subprocess.run(["/usr/bin/python3", "-c", f"import {module}"], capture_output=True)
    return f"/usr/bin/python3 has no module {module} (pip install {module})" if found.returncode else ""


def version(module):
    asked = subprocess.run(
        ["/usr/bin/python3", "-c", f"import importlib.metadata as m; print(m.version('{module}'))"], capture_output=True, text=True)
    return asked.stdout.strip() or ("" if absent(module) else "from its sources")


BJOERN = Server(
    "bjoern", "bjoern", BARE, serve("bjoern"), absent=lambda: absent("bjoern"), version=lambda: version("bjoern"))
FASTWSGI = Server(
    "fastwsgi", "FastWSGI", BARE, serve("fastwsgi"), absent=lambda: absent("fastwsgi"), version=lambda: version("fastwsgi"))

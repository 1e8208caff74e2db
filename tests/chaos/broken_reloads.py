#!/usr/bin/env python3
"""Reloads to code that is broken in every way: the site serves on, and who asked for the reload is told why."""
import os
import shutil
import subprocess
import tempfile
import time

from chaos import HERE, HOTPLATE, Load, Server, options, some_work, verdict

given = options(__doc__, 0, workers=(2, "processes"), clients=(8, "keep-alive connections"))
BREAKS = {
    "a syntax error": ("def app(:\n", "HP200"),
    "an import error": ("import no_such_module_anywhere\n", "HP201"),
    "an import that hangs": ("import time\ntime.sleep(600)\n", "was not loaded within 5 s"),
    "a failing health check": (
        "def app(environ, start_response):\n    start_response('500 Broken', [('Content-Length', '0')])\n    return []\n",
        "/version answered 500"),
    "a crash two seconds after the swap": (
        "import ctypes, os, threading, time\n"
        "from good import app as good\n"
        "def crash():\n    time.sleep(2)\n    ctypes.string_at(0)\n"
        "started = []\n"
        "def app(environ, start_response):\n"
        "    if not started:\n        started.append(1)\n        threading.Thread(target=crash, daemon=True).start()\n"
        "    return good(environ, start_response)\n", None),
}
seen, kept = [], True
with tempfile.TemporaryDirectory(prefix="hotplate-chaos-") as folder:
    shutil.copy(os.path.join(HERE, "app", "app.py"), os.path.join(folder, "good.py"))
    target = os.path.join(folder, "app.py")

    def write(text):
        with open(target, "w") as file:
            file.write(text)

    write("from good import app\n")
    flags = ["--preload", "off", "--health-path", "/version", "--start-timeout", "5s", "--watch", "6s"]
    with Server(given.server, given.workers, flags=flags, app_folder=folder, controlled=True) as server:
        load = Load(server.port, given.clients, some_work)
        for what, (text, code) in BREAKS.items():
            write(text)
            done = subprocess.run([*HOTPLATE, "reload", "--control", server.control], capture_output=True, text=True, timeout=120)
            said = done.stdout + done.stderr
            good = (done.returncode != 0 and code in said) if code else True
            if code is None:
                end = time.monotonic() + 20
                while "rolled back" not in server.words().lower() and time.monotonic() < end:
                    time.sleep(0.2)
                good = "rolled back" in server.words().lower()
            seen.append(f"{what}: exit {done.returncode}, {'right' if good else 'WRONG: ' + said[-300:]}")
            kept &= good
            write("from good import app\n")
        tally = load.stop()
        # A worker that crashes after the swap takes the requests with it that may not run again; these may.
        kept &= tally.failed == 0 and tally.closed == 0
        verdict(f"broken_reloads, {given.server}", kept, "; ".join(seen) + f"; {tally}")

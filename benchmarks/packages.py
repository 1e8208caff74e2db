"""Debian's packages that the benchmark needs, installed when they are missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

TOOLS = ["wrk", "gcc", "libc6-dev", "python3-flask"]
NO_START = Path("/usr/sbin/policy-rc.d")


def missing(names):
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Abbrev}\n", *names], capture_output=True, text=True
    )
    there = {line.split()[0] for line in asked.stdout.splitlines() if line.split()[1:2] == ["ii"]}
    return [name for name in names if name not in there]


def install(names):
    """Installs what is missing. False, with a word on why, where that cannot be done."""
    wanted = missing(names)
    if not wanted:
        return True
    if not shutil.which("apt-get"):
        print(f"bench: these Debian packages are needed: {' '.join(wanted)}", file=sys.stderr)
        return False
    print(f"bench: installing {' '.join(wanted)}", file=sys.stderr)
    # nginx would start itself on port 80 as it is installed; Debian's way to say no is this file.
    forbid = os.geteuid() == 0 and not NO_START.exists()
    if forbid:
        NO_START.write_text("#!/bin/sh\nexit 101\n")
        NO_START.chmod(0o755)
    try:
        done = _apt("install", *wanted) or (_apt("update") and _apt("install", *wanted))
    finally:
        if forbid:
            NO_START.unlink()
    if not done:
        print(f"bench: could not install them; try: sudo apt-get install {' '.join(wanted)}", file=sys.stderr)
    return done


def _apt(*arguments):
    sudo = ["sudo", "-n"] if os.geteuid() != 0 and shutil.which("sudo") else []
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ["-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]
    command = [*sudo, "apt-get", *options, *arguments]
    return subprocess.run(command, env=environment, stdout=subprocess.DEVNULL).returncode == 0

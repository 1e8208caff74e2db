#!/usr/bin/env python3
"""Installs what ./release made, each artefact with its own tool where there is no .NET; serves Flask from it, reloads, upgrades, removes.

    packages.py DIST [wheel|pipx|deb|archive|image|arm|systemd|server …]

Without a word: all of it, some fifteen minutes on two cores. Run as root: roots of Debian are made by debootstrap (a mirror is asked for
bookworm, trixie and bullseye), a Docker engine is started in a network namespace of its own, and one of the roots is booted by its
systemd. Every step prints what it did and how long it took; the first that fails ends with 1. Roots are kept in --cache FOLDER, to be
copied by the next run.

It needs: debootstrap, dpkg-deb, lintian, python3-flask, python3-venv, python3-pip; pipx; docker.io; qemu-user-static; iproute2.
"""
import argparse
import os
import platform
import shutil
import sys
import tempfile

import archive
import arm
import deb
import follow_server
import image
import under_systemd
import wheel
from machine import Artefacts, Failure, say

PARTS = {"wheel": wheel.prove, "pipx": wheel.prove_pipx, "deb": deb.prove, "archive": archive.prove, "image": image.prove, "arm": arm.prove,
         "systemd": under_systemd.prove, "server": follow_server.prove}


def main():
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("dist", help="the folder that ./release made")
    given.add_argument("parts", nargs="*", metavar="PART", help="which of them: " + ", ".join(PARTS))
    given.add_argument("--cache", default="/var/tmp/hotplate-roots", help="where the roots of Debian are kept (%(default)s)")
    given = given.parse_args()
    if not set(given.parts) <= set(PARTS):
        sys.exit(f"packages.py: there is only {', '.join(PARTS)}")
    os.environ.update(LC_ALL="C.UTF-8", DEBIAN_FRONTEND="noninteractive", PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INDEX="1",
                      PIP_ROOT_USER_ACTION="ignore")
    for name in [name for name in os.environ if name.startswith("HOTPLATE_") or name in ("VIRTUAL_ENV", "PORT", "PYTHONPATH")]:
        del os.environ[name]
    # Everybody may look into it: apt's own user reads packages from there.
    work = tempfile.mkdtemp(prefix="hotplate-packages-", dir="/var/tmp")
    os.chmod(work, 0o755)
    try:
        artefacts = Artefacts(os.path.abspath(given.dist), work, os.path.abspath(given.cache), platform.machine())
        for part in given.parts or PARTS:
            say(f"== {part}")
            PARTS[part](artefacts)
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    say("all of it went well")


main()

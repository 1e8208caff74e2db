"""The .tar.gz, by what its INSTALL.md says, in a fresh root of Debian."""
import os
import re
import shutil
import tarfile

from machine import Step, installed, listing, must, say
from root import Root


def prove(artefacts):
    if not installed("debootstrap", "unshare"):
        return
    path = artefacts.one(f"*-linux-{artefacts.machine}.tar.gz")
    root = Root(artefacts, "bookworm")
    root.run("apt-get", "update", "-q")
    root.install("python3-flask")
    before = listing(root.path)
    with tarfile.open(path) as packed:
        packed.extractall(f"{root.path}/opt")
    name = os.listdir(f"{root.path}/opt")
    name = next(one for one in name if one.startswith("hotplate-"))
    with open(f"{root.path}/opt/{name}/INSTALL.md", encoding="utf-8") as note:
        text = note.read()
    for block in re.findall(r"```\n(.*?)```", text, re.DOTALL):
        for line in block.strip().splitlines():
            if "serve" in line:
                continue
            with Step(line):
                root.run("sh", "-c", f'cd "/opt/{name}" && PATH=/usr/local/bin:$PATH && {line.replace("sudo ", "")}')
    shutil.rmtree(f"{root.path}/opt/{name}")
    with Step("served"), root.serve("/usr/local/bin/hotplate") as server:
        server.must_say("first")
        server.serves()
        root.stop(server)
    # Its last sentence.
    root.run("sh", "-c", "rm -r /usr/local/bin/hotplate /usr/local/lib/hotplate && find /usr/local/share -name '*hotplate*' -delete")
    left = {one for one in listing(root.path) - before if one.startswith("usr/")}
    must(not left, f"it left {sorted(left)[:5]}")
    say("  removed by its last sentence: nothing is left")

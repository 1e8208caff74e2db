"""What of the arm64 .deb runs here, by qemu-user: in a root of Debian for that machine, as far as it goes."""
import os

from machine import Step, installed, must, run, say
from root import Root

BINFMT = "/proc/sys/fs/binfmt_misc"
# ELF, 64 bits, little endian, AArch64. F: the interpreter is opened now, so that it serves in roots that do not have it.
RULE = (r":qemu-aarch64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
        r":\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:/usr/bin/qemu-aarch64-static:F")


def prove(artefacts):
    if artefacts.machine != "x86_64" or not installed("qemu-aarch64-static", "debootstrap"):
        return
    if not os.path.exists(f"{BINFMT}/register"):
        run("mount", "-t", "binfmt_misc", "none", BINFMT)
    registered = os.path.exists(f"{BINFMT}/qemu-aarch64")
    if not registered:
        tell("register", RULE)
    try:
        in_root(artefacts)
    finally:
        if not registered:
            tell("qemu-aarch64", "-1")


def tell(name, text):
    with open(f"{BINFMT}/{name}", "w", encoding="ascii") as file:
        file.write(text)


def in_root(artefacts):
    say(" Debian bookworm, arm64, by qemu-user")
    root = Root(artefacts, "bookworm", "arm64")
    with Step("apt-get install of the .deb, with Flask"):
        root.run("apt-get", "update", "-q")
        root.install("python3-flask", root.put(artefacts.one("*_arm64.deb")))
    must(root.run("uname", "-m").strip() == "aarch64", "the root is of another machine")
    with Step("hotplate --version"):
        must(root.run("hotplate", "--version").startswith("hotplate "), "--version")
    with Step("hotplate config"):
        must("/usr/bin/python3" in root.run("env", "-C", "/srv/shop", "hotplate", "config", "shop:app"), "config")
    with Step("hotplate check, which loads Flask and the extension"):
        root.run("env", "-C", "/srv/shop", "hotplate", "check", "shop:app", "-b", "127.0.0.1:0")
    with Step("Flask served"), root.serve() as server:
        server.must_say("first")
        server.serves()
        root.stop(server)

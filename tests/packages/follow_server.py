"""Follows docs/deploy/server.md word for word on a Debian 12 that has booted, and fails where a command prints something else.

Every line of the page's blocks is run there, in its order, by a user who may sudo; files are made as the page shows them; the block
`text` behind commands is what they print, in which … stands for anything, and a line of it for any lines. Not of the page is what makes the
world around that machine: the package and the user are there, a folder of wheels is its Python index, /etc/hosts its DNS, Pebble its Let's
Encrypt; what fetches packages has the network of the machine outside.
"""
import os
import re
import shutil
import socket
import time

from booted import Booted
from machine import REPOSITORY, Failure, installed, must, run, say, write

PAGE = os.path.join(REPOSITORY, "docs/deploy/server.md")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
FILE = re.compile(r"`(/(?:etc|srv)/[^` ]+)`:?\s*$")
FETCHES = re.compile(r"apt-get|/pip ")
ADMIN = "admin"
# What is printed when a command ends with another code than 0; a block that tells of it has the word, too.
FAILED = "(it failed)"
HOUSE = f"/home/{ADMIN}"
PEBBLE = """{"pebble": {"listenAddress": "127.0.0.1:14000", "managementListenAddress": "127.0.0.1:15000", "httpPort": 80, "tlsPort": 443,
"certificate": "/srv/pebble/cert.pem", "privateKey": "/srv/pebble/key.pem"}}
"""


def prove(artefacts):
    if not installed("debootstrap", "unshare", "nsenter", "pivot_root", "ip", "openssl"):
        return
    machine = Booted(artefacts, "bookworm", "sudo", "tzdata", "openssl", "pebble")
    world(machine, artefacts)
    Follower(machine).follow()


def world(machine, artefacts):
    """What a person has who opens the page: a user, the package, an index of Python packages, a name."""
    machine.run("useradd", "--create-home", "--shell", "/bin/bash", ADMIN)
    write(f"{machine.path}/etc/sudoers.d/{ADMIN}", f"{ADMIN} ALL=(ALL) NOPASSWD: ALL\n")
    shutil.copy(artefacts.one(f"*_{artefacts.debian}.deb"), machine.path + HOUSE)
    os.makedirs(f"{machine.path}/srv/index")
    shutil.copy(artefacts.flask_wheel(), f"{machine.path}/srv/index")
    write(f"{machine.path}/etc/pip.conf", "[global]\nno-index = true\nfind-links = /srv/index\n")
    write(f"{machine.path}/etc/hosts", f"127.0.0.1 localhost shop.example\n127.0.1.1 {socket.gethostname()}\n")
    shutil.rmtree(f"{machine.path}/srv/shop")
    write(f"{machine.path}/srv/pebble/config.json", PEBBLE)
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2",
        "-keyout", f"{machine.path}/srv/pebble/key.pem", "-out", f"{machine.path}/srv/pebble/cert.pem")


class Follower:
    def __init__(self, machine):
        self.machine = machine
        self.folder = HOUSE
        # What asks whether a person is there shall think so: certbot waits for minutes otherwise.
        _, self.terminal = os.openpty()
        self.times = []

    def follow(self):
        with open(PAGE, encoding="utf-8") as file:
            parts = re.split(r"^## ", file.read(), flags=re.M)[1:]
        try:
            self.machine.__enter__()
            for part in parts:
                title = part.split("\n")[0]
                begun = time.monotonic()
                try:
                    self.step(part)
                except Failure as failure:
                    raise Failure(f"{title}: {failure}") from None
                self.times.append((title, time.monotonic() - begun))
                say(f"  {title}: {self.times[-1][1]:.1f} s")
        finally:
            self.machine.__exit__(None, None, None)
        say(f"  all of it: {sum(took for _, took in self.times):.0f} s")

    def step(self, part):
        said = None
        blocks = list(FENCE.finditer(part))
        must(blocks or "```" not in part, "a block is not understood")
        for match in blocks:
            language, text = match[1], match[2]
            if language == "":
                must(not said, f"the page does not say what this prints:\n{said}")
                said = "".join(self.run(line) for line in text.splitlines())
            elif language == "text":
                must(said is not None, f"no command prints this:\n{text}")
                must(FAILED not in said or "failed" in text, f"a command failed:\n{said[-6000:]}")
                must(prints(text, said), f"the page has\n{text}\nand it printed\n{said[-6000:]}")
                said = None
            else:
                place = FILE.search(part[:match.start()].rstrip())
                must(place, f"the page does not say where this is to stand:\n{text}")
                write(self.machine.path + place[1], text)
        must(not said, f"the page does not say what this prints:\n{said}")

    def run(self, line):
        """A line as it would be typed."""
        say(f"    $ {line}")
        if line == "sudo reboot":
            self.reboot(line)
            return ""
        if line.startswith("sudo certbot") and not os.path.exists(f"{self.machine.path}/etc/letsencrypt/hooked"):
            self.authority()
        self.change_folder(line)
        return self.machine.told("runuser", "-u", ADMIN, "--", "env", f"HOME={HOUSE}", "bash", "-c",
                                 f"{line}\n[ $? = 0 ] || echo '{FAILED}'", cwd=self.folder,
                                 mirror=bool(FETCHES.search(line)), stdin=self.terminal)

    def change_folder(self, line):
        """A shell of its own runs each line, and this is remembered from one to the next."""
        if line.startswith("cd "):
            self.folder = os.path.normpath(os.path.join(self.folder, line[3:].replace("~", HOUSE)))

    def authority(self):
        """Whom certbot asks, and whom curl believes."""
        self.machine.told("systemd-run", "--unit", "pebble", "pebble", "-config", "/srv/pebble/config.json")
        self.machine.until(lambda: "BEGIN CERTIFICATE" in self.root(), "Pebble runs")
        write(f"{self.machine.path}/usr/local/share/ca-certificates/pebble.crt", self.root())
        self.machine.told("update-ca-certificates")
        write(f"{self.machine.path}/etc/letsencrypt/cli.ini", "server = https://127.0.0.1:14000/dir\nno-verify-ssl = true\n")
        write(f"{self.machine.path}/etc/letsencrypt/hooked", "")

    def root(self):
        return self.machine.told("curl", "-sSk", "https://127.0.0.1:15000/roots/0", code=None)

    def reboot(self, line):
        self.machine.end_by("runuser", "-u", ADMIN, "--", "bash", "-c", line)
        self.machine.__enter__()
        self.folder = HOUSE


def prints(pattern, said):
    """Whether this was printed: … is anything in a line, and as a line any lines."""
    words = [".*".join(map(re.escape, line.split("…"))) + "\n" if line != "…" else "(?:.*\n)*?" for line in pattern.splitlines()]
    return re.fullmatch("".join(words), said if said.endswith("\n") or not said else said + "\n") is not None

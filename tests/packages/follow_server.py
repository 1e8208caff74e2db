#!/usr/bin/env python3
"""Follows docs/deploy/server.md word for word in a fresh Debian root, and fails when a step shows something else than the page says.

    debootstrap --variant=minbase --include=ca-certificates bookworm /tmp/root http://deb.debian.org/debian
    tests/packages/follow_server.py /tmp/root dist/hotplate_0.1.0-1_amd64.deb

Every line of the page's shell blocks is run with chroot, in its order; files are those of the page. From step 5 on in a network namespace
of its own, so that its ports disturb nobody. Stand-ins, because a root is no machine: sudo runs what follows; systemctl starts, reloads and
stops what the unit says, as its user; certbot makes a certificate of its own, which curl takes; reboot stops and starts. Where PyPI is out
of reach, --debian-flask takes Debian's Flask in the place of pip's. The root is changed; root starts it.
"""
import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import time

HOME = pathlib.Path(__file__).resolve().parents[2]
# Whose commands these are: in the root, not here.
HOUSE = "/opt/admin"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)

# What the reader sees: a part of what the last lines of the step print.
SEES = {
    1: "", 2: "", 3: "", 4: "hotplate 0", 5: "No problems.", 6: "SECRET_KEY=", 7: "200 OK", 8: "301 Moved Permanently", 9: "by https",
    10: "by https",
}
# "See:" in words, as a command.
LOOKS = {1: "id shop", 4: "hotplate version", 6: "cat /etc/shop.env"}

STAND_INS = {
    "sudo": '#!/bin/sh\nexec "$@"\n',
    "certbot": """#!/bin/sh
set -e
mkdir -p /etc/letsencrypt/live/shop.example
cd /etc/letsencrypt/live/shop.example
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=shop.example -keyout privkey.pem -out fullchain.pem 2>/dev/null
""",
    "reboot": "#!/bin/sh\nsystemctl stop shop; systemctl stop nginx; sleep 1; systemctl start nginx; systemctl start shop\n",
    "systemctl": r"""#!/bin/bash
# enable --now NAME | start NAME | stop NAME | restart NAME | reload NAME | daemon-reload
set -e
[[ $1 == daemon-reload ]] && exit
[[ $1 == enable ]] && shift 2 && set -- start "$1"
if [[ $2 == nginx ]]; then
    case $1 in
    stop) nginx -s stop ;;
    *) if [[ -s /run/nginx.pid ]] && kill -0 "$(cat /run/nginx.pid)" 2>/dev/null; then nginx -s reload; else nginx; fi ;;
    esac
    exit
fi
unit=/etc/systemd/system/$2.service
line() { sed -n "s/^$1=//p" "$unit"; }
as() { setpriv --reuid "$(line User)" --regid "$(line Group)" --clear-groups --no-new-privs --bounding-set=-all "$@"; }
set -a
. "$(line EnvironmentFile)"
while IFS= read -r word; do export "$word"; done < <(line Environment)
set +a
case $1 in
start)
    install -d -o "$(line User)" -g "$(line Group)" "/run/$(line RuntimeDirectory)"
    as setsid $(line ExecStart) >>"/var/log/$2.log" 2>&1 </dev/null &
    echo $! >"/run/$2.pid"
    for _ in $(seq 600); do curl -sf http://127.0.0.1:8000/readyz >/dev/null && exit; sleep 0.1; done
    cat "/var/log/$2.log"; exit 1 ;;
reload) as $(line ExecReload) ;;
stop) pkill -TERM -P "$(cat "/run/$2.pid")" 2>/dev/null || kill -TERM "$(cat "/run/$2.pid")" ;;
esac
""",
}


def steps(page):
    """(number, blocks) of each step; a block is its language, its text, and the words before it."""
    for part in re.split(r"^## (?=\d+\. )", page, flags=re.M)[1:]:
        number = int(part.split(".")[0])
        blocks = [(m.group(1), m.group(2), part[: m.start()].rstrip().rsplit("\n\n", 1)[-1]) for m in FENCE.finditer(part)]
        yield number, blocks


class Follower:
    def __init__(self, root, debian_flask):
        self.root, self.debian_flask = root, debian_flask

    def run(self, command):
        print(f"    $ {command}", flush=True)
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": HOUSE, "LC_ALL": "C.UTF-8",
                       "DEBIAN_FRONTEND": "noninteractive"}
        told = subprocess.run(["chroot", self.root, "bash", "-c", f"cd {HOUSE}\n{command}"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment, text=True, check=False)
        if told.returncode:
            sys.exit(f"{told.stdout}\nfollow_server.py: ended with {told.returncode}: {command}")
        return told.stdout

    def write(self, path, text):
        file = pathlib.Path(str(self.root) + path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def command(self, line):
        if self.debian_flask and "-m venv" in line:
            return line.replace("-m venv", "-m venv --system-site-packages")
        if self.debian_flask and "/pip install" in line:
            return "apt-get install -y -q python3-flask"
        return line

    def follow(self, number, blocks):
        print(f"step {number}", flush=True)
        began = time.monotonic()
        seen = ""
        for language, text, before in blocks:
            place = re.findall(r"`(/(?:etc|srv)/[^`]*\.(?:py|service|txt)|/etc/nginx/sites-available/\w+)`", before)
            if language in ("python", "ini", "nginx"):
                self.write(place[-1], text)
                if language == "python":
                    self.write("/srv/shop/app/requirements.txt", "flask\n")
            elif language == "":
                if number == 9 and "certbot" not in text:
                    nginx = (HOME / "docs/deploy/nginx.md").read_text()
                    self.write("/etc/nginx/sites-available/shop", next(m.group(2) for m in FENCE.finditer(nginx) if m.group(1) == "nginx"))
                for line in filter(None, text.splitlines()):
                    seen += self.run(self.command(line))
        if number in LOOKS:
            seen += self.run(LOOKS[number])
        if SEES[number] not in seen:
            sys.exit(f"{seen}\nfollow_server.py: step {number} does not show {SEES[number]!r}")
        print(f"  {time.monotonic() - began:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("deb", type=pathlib.Path)
    parser.add_argument("--debian-flask", action="store_true")
    parser.add_argument("--from-step", type=int, default=1, help=argparse.SUPPRESS)
    said = parser.parse_args()
    follower = Follower(said.root.resolve(), said.debian_flask)
    if said.from_step == 1:
        house = pathlib.Path(f"{said.root}{HOUSE}")
        house.mkdir(parents=True, exist_ok=True)
        shutil.copy(said.deb, house)
        shutil.copy("/etc/resolv.conf", said.root / "etc/resolv.conf")
        # No service starts by itself in a root.
        follower.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n")
        (said.root / "usr/sbin/policy-rc.d").chmod(0o755)
        for name in ("sudo", "systemctl", "reboot"):
            stand_in(said.root, name, follower)
    for number, blocks in steps((HOME / "docs/deploy/server.md").read_text()):
        if number < said.from_step:
            continue
        if number == 5 and said.from_step == 1:
            follower.run("apt-get install -y -q adduser procps openssl")
            stand_in(said.root, "certbot", follower)
            follower.write(f"{HOUSE}/.curlrc", "insecure\nretry = 20\nretry-connrefused\nretry-delay = 1\n")
            with open(said.root / "etc/hosts", "a") as hosts:
                hosts.write("127.0.0.1 localhost shop.example\n")
            words = shlex.join([sys.executable, __file__, str(said.root), str(said.deb), "--from-step", "5"]
                               + ["--debian-flask"] * said.debian_flask)
            proc = said.root / "proc"
            script = f"ip link set lo up && mount -t proc proc {proc} && {words}; code=$?; umount -l {proc}; exit $code"
            os.execvp("unshare", ["unshare", "--net", "--pid", "--fork", "--kill-child", "sh", "-c", script])
        follower.follow(number, blocks)
    print("the page is right")


def stand_in(root, name, follower):
    follower.write(f"/usr/local/bin/{name}", STAND_INS[name])
    (root / "usr/local/bin" / name).chmod(0o755)


main()

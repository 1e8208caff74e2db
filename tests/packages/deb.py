"""The .deb in fresh roots of Debian: installed by apt-get, served, reloaded, upgraded, removed, purged."""
import json
import os

from machine import Asking, Failure, Step, change, installed, listing, must, run, say
from root import Root


def prove(artefacts):
    path = artefacts.one(f"*_{artefacts.debian}.deb")
    if installed("lintian"):
        with Step("lintian"):
            said = run("lintian", "--fail-on", "error,warning", "--allow-root", path)
            must("E:" not in said and "W:" not in said, said)
    if not installed("debootstrap", "unshare"):
        return
    for suite in ("bookworm", "trixie"):
        say(f" Debian {suite}")
        in_root(artefacts, suite, path)
    say(" Debian bullseye, whose glibc is too old")
    refused(artefacts, path)


def in_root(artefacts, suite, path):
    root = Root(artefacts, suite)
    with Step("apt-get update and what Flask needs"):
        root.run("apt-get", "update", "-q")
        root.install("python3-flask")
    before = listing(root.path)
    deb = root.put(path)
    with Step(f"apt-get install ./{os.path.basename(path)}"):
        root.install(deb)
    must(root.run("hotplate", "--version").startswith("hotplate "), "--version")
    root.run("env", "-C", "/srv/shop", "hotplate", "check", "shop:app")
    for what in ("man/man1/hotplate.1.gz", "man/man5/hotplate.toml.5.gz", "bash-completion/completions/hotplate"):
        must(os.path.exists(f"{root.path}/usr/share/{what}"), f"there is no {what}")
    with Step("served, asked by curl, reloaded, upgraded, removed while it serves"), root.serve() as server:
        must(root.run("curl", "-sS", "-i", f"http://127.0.0.1:{server.port}/").endswith("first"), "curl")
        server.serves()
        who = json.loads(server.ask("/who")[1])
        must(who["uid"] == 65534 and who["prefix"] == "/usr", f"it is served by {who}")
        reload(root, server, "first", "second")
        with Asking(server):
            root.install(root.put(later(artefacts, path)))
            must("99.0-1" in root.run("dpkg-query", "-W", "hotplate"), "it was not upgraded")
            replaced(server)
            reload(root, server, "second", "third")
            root.run("apt-get", "remove", "-y", "-q", "hotplate")
            replaced(server)
        server.must_say("third")
        root.stop(server)
    # What root's own starts compile is removed too.
    root.install(deb)
    with root.serve() as server:
        server.must_say("third")
        root.stop(server)
    root.run("env", "-C", "/srv/shop", "hotplate", "check", "shop:app")
    with Step("apt-get purge"):
        root.run("apt-get", "purge", "-y", "-q", "hotplate")
    left = {name for name in listing(root.path) - before if not name.startswith(("var/", "srv/", "tmp/", "etc/ld.so.cache"))}
    must(not left and not os.path.exists(f"{root.path}/usr/lib/hotplate"), f"it left {sorted(left)[:5]}, or folders")


def reload(root, server, old, new):
    change(f"{root.path}/srv/shop/shop.py", f'"{old}"', f'"{new}"')
    root.run("hotplate", "reload", "--control", "/tmp/hotplate.sock")
    server.must_say(new)


def replaced(server):
    """A worker is killed, whose pid outside is not what it is within, and another serves in its place."""
    before = json.loads(server.ask("/who")[1])["pid"]
    outside = [pid for pid in os.listdir("/proc") if pid.isdigit() and within(pid) == before]
    for pid in outside:
        os.kill(int(pid), 9)
    must(outside and json.loads(server.ask("/who")[1])["pid"] != before, "a killed worker answered")


def within(pid):
    """The pid of a process of the nobody of a namespace there; of others None."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            fields = dict(line.split(":", 1) for line in status)
    except OSError:
        return None
    inner = fields["NSpid"].split()
    return int(inner[-1]) if len(inner) > 1 and fields["Uid"].split()[0] == "65534" else None


def later(artefacts, path):
    """The same as the package of a later version."""
    tree = artefacts.folder("deb-later")
    if not os.path.exists(f"{tree}/DEBIAN"):
        run("dpkg-deb", "-R", path, tree)
        change(f"{tree}/DEBIAN/control", run("dpkg-deb", "-f", path, "Version").strip(), "99.0-1")
        run("dpkg-deb", "--root-owner-group", "-Zgzip", "--build", tree, f"{tree}_99.0-1.deb")
    return f"{tree}_99.0-1.deb"


def refused(artefacts, path):
    root = Root(artefacts, "bullseye")
    root.run("apt-get", "update", "-q")
    said = root.install(root.put(path), fails=True)
    must("hotplate : Depends: libc6 (>= 2.34)" in said, f"apt-get does not say what is missing: {said}")
    if os.path.exists(f"{root.path}/usr/bin/hotplate"):
        raise Failure("it is installed all the same")
    say("  " + next(line.strip() for line in said.splitlines() if "Depends: libc6" in line))

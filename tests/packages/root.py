"""A fresh root of Debian, in which commands run with their own mounts and processes, and the network of this machine."""
import os
import shutil

from machine import APP, Server, Step, must, run, write

# The mounts are gone with the namespace; what listens on the loopback device is reached from outside.
ENTER = """mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@" """


class Root:
    def __init__(self, artefacts, suite, architecture=None):
        architecture = architecture or artefacts.debian
        self.path = os.path.join(artefacts.folder("roots"), f"{suite}-{architecture}")
        kept = os.path.join(artefacts.cache, f"{suite}-{architecture}.tar")
        if not os.path.exists(kept):
            os.makedirs(artefacts.cache, exist_ok=True)
            made = os.path.join(artefacts.work, f"{suite}-{architecture}.made")
            with Step(f"debootstrap {suite} {architecture}"):
                run("debootstrap", f"--arch={architecture}", "--variant=minbase", "--include=ca-certificates,curl", suite, made,
                    "http://deb.debian.org/debian")
            run("tar", "-C", made, "-cf", kept + ".new", ".")
            os.rename(kept + ".new", kept)
            shutil.rmtree(made)
        shutil.rmtree(self.path, ignore_errors=True)
        os.makedirs(self.path)
        run("tar", "-C", self.path, "-xf", kept)
        shutil.copy("/etc/resolv.conf", f"{self.path}/etc/resolv.conf")
        write(f"{self.path}/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n")
        os.chmod(f"{self.path}/usr/sbin/policy-rc.d", 0o755)
        write(f"{self.path}/srv/shop/shop.py", APP)
        must(not any(os.path.exists(f"{self.path}/usr/{folder}/dotnet") for folder in ("bin", "lib", "share")), "a fresh root has .NET")

    def words(self, *command):
        return ("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER, self.path,
                "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8", *command)

    def run(self, *command, **options):
        return run(*self.words(*command), **options)

    def install(self, *packages, **options):
        return self.run("apt-get", "install", "-y", "-q", "--no-install-recommends", *packages, **options)

    def put(self, path):
        """Copies a file into the root; returns its path there."""
        shutil.copy(path, f"{self.path}/srv/{os.path.basename(path)}")
        return f"/srv/{os.path.basename(path)}"

    def serve(self, program="hotplate"):
        """By a user who may write nowhere there."""
        return Server(*self.words(
            "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "env", "-C", "/srv/shop", program, "serve", "shop:app",
            "-b", "127.0.0.1:0", "-w", "1", "--watch", "0s", "--control", "/tmp/hotplate.sock"))

    def stop(self, server):
        """TERM to the server itself: outside is what waits for its namespace."""
        self.signal(server, 15)
        code = server.process.wait(180)
        must(code == 0, f"the server ended with {code}: {''.join(server.lines[-20:])}")

    def signal(self, server, number):
        pid = server.process.pid
        # unshare, and its child, which became chroot, env, setpriv and hotplate in turn.
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            os.kill(int(children.read().split()[0]), number)

"""The base image and a user's image of it, by a Docker engine of our own in a network namespace without a way out."""
import json
import os
import re
import shutil
import subprocess
import time

from machine import APP, PATIENCE, Failure, Step, installed, must, run, say, write
from root import Root

HARD = ("--network=host", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", "12345")
DAEMON = """ip link set lo up && exec dockerd --data-root {0}/data --exec-root {0}/run --pidfile {0}/pid -H unix://{0}/socket \
--bridge=none --iptables=false --ip6tables=false --storage-driver=vfs"""


class Engine:
    """Its containers share its network namespace, which has nothing but a loopback device."""

    def __init__(self, folder):
        self.socket = f"unix://{folder}/socket"
        self.log = open(f"{folder}/log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(["unshare", "--net", "--mount", "sh", "-c", DAEMON.format(folder)],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)

    def __enter__(self):
        end = time.monotonic() + PATIENCE
        while subprocess.run(["docker", "-H", self.socket, "info"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            if self.process.poll() is not None or time.monotonic() > end:
                self.log.seek(0)
                raise Failure(f"the Docker engine did not start: {self.log.read()[-2000:]}")
            time.sleep(0.2)
        return self

    def __exit__(self, kind, error, trace):
        for container in self.docker("ps", "-aq").split():
            self.docker("rm", "-f", container)
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.log.close()

    def docker(self, *words, **options):
        # The old builder: the new one is a plugin, and wants a network.
        return run("docker", "-H", self.socket, *words, env={**os.environ, "DOCKER_BUILDKIT": "0"}, **options)

    def state(self, container):
        return json.loads(self.docker("inspect", container))[0]["State"]

    def ask(self, path, port=8000):
        return run("nsenter", "-t", str(self.process.pid), "-n", "curl", "-sS", "--max-time", "60", f"http://127.0.0.1:{port}{path}")

    def wait(self, container, what, text):
        end = time.monotonic() + PATIENCE
        while text not in what():
            must(time.monotonic() < end and self.state(container)["Running"], f"never {text}: {self.docker('logs', container)}")
            time.sleep(0.1)


def prove(artefacts):
    if not installed("dockerd", "docker", "debootstrap", "nsenter", "curl"):
        return
    base = like_slim(artefacts)
    with Engine(artefacts.folder("engine")) as engine:
        with Step("docker import of a root of Debian 12 with Python, pip and venv, in place of python:slim"):
            run("sh", "-c", f'tar -C "{base.path}" -c . | docker -H {engine.socket} import - slim')
        context = artefacts.folder("context")
        wheel = shutil.copy(artefacts.wheel(), context)
        with Step("docker build of the base image"):
            engine.docker("build", "-q", "-t", "hotplate", "--network=host", "-f", f"{artefacts.dist}/image/Dockerfile",
                          "--build-arg", "BASE=slim", "--build-arg", f"WHEEL={os.path.basename(wheel)}", context)
        site = artefacts.folder("user-image")
        write(f"{site}/app.py", APP)
        shutil.copy(artefacts.flask_wheel(), site)
        write(f"{site}/requirements.txt", f"./{os.path.basename(artefacts.flask_wheel())}\n")
        shutil.copy(f"{artefacts.dist}/image/Dockerfile.example", f"{site}/Dockerfile")
        with Step("docker build of a user's image of four lines"):
            engine.docker("build", "-q", "-t", "shop", "--network=host", site)
        run_it(engine)


def like_slim(artefacts):
    root = Root(artefacts, "bookworm")
    root.run("apt-get", "update", "-q")
    root.install("python3", "python3-pip", "python3-venv")
    # As in python:slim, where pip may install into the Python that is there.
    run("sh", "-c", f"rm {root.path}/usr/lib/python3*/EXTERNALLY-MANAGED")
    # Each step of a build copies all of it.
    run("sh", "-c", f"rm -r {root.path}/var/lib/apt/lists/* {root.path}/var/cache/apt/* {root.path}/usr/share/doc/*")
    return root


def run_it(engine):
    name = "shop"
    with Step("docker run " + " ".join(HARD)):
        engine.docker("run", "-d", "--name", name, *HARD, "shop")
        engine.wait(name, lambda: engine.docker("logs", name), "Ready")
    must(engine.ask("/") == "first", "it does not serve")
    who = json.loads(engine.ask("/who"))
    must((who["uid"], who["prefix"]) == (12345, "/venv"), f"it is served by {who}")
    with Step("healthy"):
        engine.wait(name, lambda: engine.state(name)["Health"]["Status"], "healthy")
    say("  its log: " + " / ".join(line.split("] ")[-1] for line in engine.docker("logs", name).splitlines()))
    begun = time.monotonic()
    engine.docker("stop", name)
    took = time.monotonic() - begun
    must(engine.state(name)["ExitCode"] == 0 and took < 1, f"docker stop took {took:.2f} s, exit code {engine.state(name)['ExitCode']}")
    say(f"  docker stop: {took:.2f} s, exit code 0")
    name = "small"
    engine.docker("run", "-d", "--name", name, *HARD, "--memory", "96m", "--memory-swap", "96m", "-e", "PORT=9000", "shop")
    engine.wait(name, lambda: engine.docker("logs", name), "Ready")
    must(engine.ask("/", 9000) == "first", "it does not serve at PORT")
    config = engine.docker("exec", name, "hotplate", "config", "app:app")
    budget = next((line for line in config.splitlines() if "client-memory" in line or "client_memory" in line), "")
    for _ in range(50):
        must(engine.ask("/", 9000) == "first", "it does not serve in 96 MB")
    used = int(re.search(r"\d+", engine.docker("exec", name, "cat", "/sys/fs/cgroup/memory/memory.usage_in_bytes"))[0])
    must(not engine.state(name)["OOMKilled"] and used <= 96 << 20, "it does not obey its limit")
    say(f"  --memory 96m: serves at PORT=9000, {used >> 20} MB used; {' '.join(budget.split())}")

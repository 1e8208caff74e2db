"""What the trials share: servers to break, clients that notice everything, and the process tables of /proc.

Each trial is a program of its own: ``tests/chaos/kill_workers.py --seconds 60``. It prints what it saw, one line a server, and ends with
1 when Hotplate did not keep the promise. ``--server`` names another one for comparison, whose failures are printed and forgiven.
"""
import argparse
import contextlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SERVERS = ("hotplate", "gunicorn", "uwsgi")
PYTHON = "/usr/bin/python3"
# As a user gets it, or, in ./test --quick, the front that was compiled beside the tests.
HOTPLATE = ([os.path.join(ROOT, "hotplate")] if os.environ.get("HOTPLATE_QUICK") != "1"
            else [os.path.join(ROOT, "tests/Hotplate.Tests/bin/Debug/net10.0/hotplate")])


def options(description, seconds, **more):
    """The command line of a trial."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seconds", type=float, default=seconds, help=f"how long to break things (default {seconds})")
    parser.add_argument("--server", choices=SERVERS, default="hotplate")
    parser.add_argument("--lenient", action="store_true", help="do not judge times and memory: for machines that do other things as well")
    for name, (default, help_text) in more.items():
        parser.add_argument("--" + name.replace("_", "-"), type=type(default), default=default, help=f"{help_text} (default {default})")
    return parser.parse_args()


def verdict(name, kept, said):
    """Prints what was seen and ends the program: 1 if the promise was not kept."""
    print(f"{name}: {'kept' if kept else 'NOT KEPT'}: {said}")
    sys.exit(0 if kept else 1)


# -- processes


def is_template(pid):
    try:
        with open(f"/proc/{pid}/comm") as file:
            return file.read().startswith("hotplate-templ")
    except OSError:
        return False


def children(pid):
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    found = []
    for task in tasks:
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                found += [int(child) for child in file.read().split()]
    return found


def tree(pid):
    """The process and all beneath it."""
    found = [pid]
    for parent in found:
        found += children(parent)
    return found


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def kill(worker, kills):
    """SIGKILLs it and adds between which times that was. Where it has gone by itself, nothing."""
    before = time.monotonic()
    with contextlib.suppress(ProcessLookupError):
        os.kill(worker, signal.SIGKILL)
        kills.append((before, time.monotonic()))


def pss_mb(pids):
    """Memory of the processes, shared pages by share, in MB of 10⁶ bytes."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/smaps_rollup") as file:
                total += int(re.search(r"^Pss:\s+(\d+)", file.read(), re.M)[1])
    return total * 1024 / 1e6


def descriptors(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server with the trials' application, or those that a hotplate.toml names, in a process group of its own, its words in a file."""

    def __init__(self, name="hotplate", workers=4, threads=8, flags=(), app_folder=os.path.join(HERE, "app"),
                 environment=None, port=0, controlled=False, first="/version", before=None, wrap=(), file=None):
        self.name = name
        self.folder = tempfile.mkdtemp(prefix="hotplate-chaos-")
        self.log = os.path.join(self.folder, "log")
        self.control = os.path.join(self.folder, "control")
        self.port = port or free_port()
        self.first = first
        address = f"127.0.0.1:{self.port}"
        command = {
            "hotplate": [*HOTPLATE, "serve", *(["-c", file] if file else ["app", "-w", str(workers)]), "--python", PYTHON,
                         "-b", address,
                         *(["--control", self.control] if controlled else []), *flags],
            "gunicorn": ["gunicorn", "-k", "gthread", "--threads", str(threads), "-w", str(workers), "-b", address,
                         "--preload", "app:app"],
            "uwsgi": ["uwsgi", "--plugin", "python3", "--http11-socket", address, "--master", "--processes", str(workers),
                      "--threads", str(threads), "--module", "app:app", "--die-on-term", "--disable-logging", "--listen", "100"],
        }[name]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [*wrap, *command], cwd=app_folder, stdout=log, stderr=log, start_new_session=True, preexec_fn=before,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "CHAOS_DIR": self.folder, **(environment or {})})
        self.pid = self.process.pid
        self.wait_until_it_answers()

    def wait_until_it_answers(self):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise SystemExit(f"{self.name} ended with {self.process.returncode}:\n{self.words()}")
            with contextlib.suppress(OSError, Broken):
                with Client(self.port, patience=5) as client:
                    if client.get(self.first)[0] == 200:
                        return
            time.sleep(0.05)
        raise SystemExit(f"{self.name} does not answer:\n{self.words()}")

    def words(self):
        with open(self.log, errors="replace") as log:
            return log.read()

    def workers(self):
        """The pids of the processes that run the application."""
        beneath = children(self.pid)
        if self.name != "hotplate":
            return beneath
        return [worker for zygote in beneath for worker in children(zygote) if not is_template(worker)]

    def zygotes(self):
        """With the templates, which serve nothing either."""
        beneath = children(self.pid)
        return beneath + [child for zygote in beneath for child in children(zygote) if is_template(child)]

    def signal(self, number):
        os.kill(self.pid, number)

    def stop(self):
        """Ends it as an operator would; returns its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(self.pid, signal.SIGKILL)
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None and kind is not SystemExit:
            print(self.words()[-4000:], file=sys.stderr)
        self.stop()


# -- clients


class Broken(Exception):
    """The connection ended, or nothing came for too long."""


class Client:
    """One keep-alive connection. Never asks twice by itself: what a server loses shows."""

    def __init__(self, port, patience=60):
        self.port, self.patience = port, patience
        self.socket = None
        self.buffer = b""
        self.connect()

    def connect(self):
        self.close()
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=self.patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def get(self, target, method="GET", body=b"", fields=""):
        """Returns status, body and whether the server keeps the connection."""
        length = f"Content-Length: {len(body)}\r\n" if body or method == "POST" else ""
        began, found = time.time(), {}
        try:
            self.socket.sendall(f"{method} {target} HTTP/1.1\r\nHost: plate.test\r\n{length}{fields}\r\n".encode() + body)
            while b"\r\n\r\n" not in self.buffer:
                self.fill()
            head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            found = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
            size = int(found["content-length"])
            while len(self.buffer) < size:
                self.fill()
        except (OSError, KeyError, ValueError, Broken) as error:
            raise Broken(f"{type(error).__name__}: {error}, {method} {target} of {began:.3f} at {time.time():.3f}, "
                         f"with {len(self.buffer)} bytes behind {'a' if found else 'no'} head") from error
        answer, self.buffer = self.buffer[:size], self.buffer[size:]
        return int(lines[0].split()[1]), answer, found.get("connection", "").lower() != "close"

    def fill(self):
        piece = self.socket.recv(1 << 20)
        if not piece:
            raise Broken("the server closed the connection")
        self.buffer += piece


class Tally:
    """What many clients saw. Latencies are in seconds."""

    def __init__(self):
        self.lock = threading.Lock()
        self.answers, self.broken, self.closed = 0, 0, 0
        self.seen, self.bad_gateways = {}, []
        self.latencies, self.notes = [], []

    def saw(self, method, target, status, began, kept):
        now = time.monotonic()
        with self.lock:
            self.answers += 1
            self.seen[method, status] = self.seen.get((method, status), 0) + 1
            self.latencies.append(now - began)
            self.closed += not kept
            if status == 502:
                self.bad_gateways.append((method, began, now))
                if method != "POST":
                    self.note(f"502 for {method} {target} at {time.time():.3f}, after {now - began:.3f} s")

    def broke(self, why):
        with self.lock:
            self.broken += 1
            self.note(str(why))

    def note(self, what):
        if len(self.notes) < 5:
            self.notes.append(what)

    @property
    def statuses(self):
        """How many of each, whatever was asked."""
        found = {}
        for (_, status), count in self.seen.items():
            found[status] = found.get(status, 0) + count
        return found

    @property
    def failed(self):
        return self.broken + sum(count for status, count in self.statuses.items() if status >= 400)

    def lost(self, kills):
        """How many were not served and should have been, while workers were killed at these times, see :func:`kill`.

        A 502 is right for one alone that may not run twice and was there when a worker was killed (docs/replay.md).
        """
        promised = sum(method == "POST" and any(began <= after and ended >= before for before, after in kills)
                       for method, began, ended in self.bad_gateways)
        return self.broken + sum(count for status, count in self.statuses.items() if status != 200) - promised

    def quantile(self, share):
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    def __str__(self):
        others = ", ".join(f"{method} {status}: {count}" for (method, status), count in sorted(self.seen.items()) if status != 200)
        return (f"{self.answers + self.broken:,} requests, {self.failed:,} failed"
                + (f" ({others})" if others else "") + f", {self.broken:,} without an answer, {self.closed:,} connections closed, "
                f"p50 {self.quantile(.5) * 1000:.1f} ms, p99 {self.quantile(.99) * 1000:.1f} ms"
                + "".join(f"\n    {note}" for note in self.notes))


class Load:
    """Clients that ask without end, each on a connection of its own, until told to stop.

    ``ask`` is called with a random generator and returns what to pass to :meth:`Client.get`; ``heard`` with the status, on the same thread.
    """

    def __init__(self, port, clients, ask, tally=None, seed=7, patience=60, pause=0.0, heard=None):
        self.tally = tally or Tally()
        self.heard = heard
        self.ended = threading.Event()
        self.threads = [
            threading.Thread(target=self.run, args=(port, ask, random.Random(seed + number), patience, pause), daemon=True)
            for number in range(clients)]
        for thread in self.threads:
            thread.start()

    def run(self, port, ask, rng, patience, pause):
        client = None
        while not self.ended.is_set():
            started = time.monotonic()
            try:
                if client is None:
                    client = Client(port, patience)
                asked = ask(rng)
                status, _, kept = client.get(*asked)
                self.tally.saw(asked[1] if len(asked) > 1 else "GET", asked[0], status, started, kept)
                if self.heard is not None:
                    self.heard(status)
                if not kept:
                    client.close()
                    client = None
            except (Broken, OSError) as error:
                self.tally.broke(error)
                if client is not None:
                    client.close()
                client = None
                time.sleep(0.01)
            if pause:
                time.sleep(pause)
        if client is not None:
            client.close()

    def stop_after(self, seconds):
        time.sleep(seconds)
        return self.stop()

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join(120)
        if any(thread.is_alive() for thread in self.threads):
            self.tally.broke("a client waits in silence")
        return self.tally


def some_work(rng):
    """The usual mix: GETs of 1 to 50 ms."""
    return (f"/work?ms={rng.randint(1, 50)}",)

"""A server under test: started fresh in a folder of its own, ended with everything it left."""

import contextlib
import http.client
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from . import processes
from .cases import static_file
from .servers.server import Setup

APPS = Path(__file__).resolve().parent / "apps"
START_SECONDS = 30


class ServerFailed(Exception):
    """The server did not start, or gave a wrong answer."""


@contextlib.contextmanager
def workshop():
    """A folder with copies of the applications, readable by servers that leave root behind; removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="hotplate-bench-"))
    try:
        folder.chmod(0o755)
        shutil.copytree(APPS, folder / "apps", ignore=shutil.ignore_patterns("__pycache__"))
        files = folder / "apps" / "site" / "files"
        files.mkdir()
        (files / "20k.txt").write_bytes(static_file())
        subprocess.run(["/usr/bin/python3", "-m", "compileall", "-q", str(folder / "apps")], check=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Running:
    """A started server. Use as a context: it has answered when the body begins, and is gone afterwards."""

    def __init__(self, server, case, workers, workshop):
        self.server, self.case = server, case
        self.folder = Path(tempfile.mkdtemp(prefix=f"{server.name}-", dir=workshop))
        self.folder.chmod(0o777)  # for servers that become another user
        self.setup = Setup(workshop / "apps" / case.app, free_port(), workers, case.threads, self.folder)
        self.first_answer_ms = None
        self.log = self.folder / "output.log"

    def __enter__(self):
        try:
            commands = self.server.commands(self.setup)
            started = time.perf_counter()
            with open(self.log, "wb") as output:
                self.processes = [self._start(command, output) for command in commands]
            self._wait_for_first_answer(started)
            self.check_answers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        processes.end_all()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, command, output):
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self.folder)

    def _wait_for_first_answer(self, started):
        """Polls every 2 ms; nginx's 502 while gunicorn still starts is no answer."""
        while time.perf_counter() - started < START_SECONDS:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self._ask("GET", "/")[0] == 200:
                    self.first_answer_ms = (time.perf_counter() - started) * 1e3
                    return
            if any(process.poll() is not None for process in self.processes):
                break
            time.sleep(0.002)
        raise ServerFailed(f"did not start: {self.last_words()}")

    def check_answers(self):
        """Asks everything the case asks. Returns when answered, so also when older requests no longer wait."""
        for check in self.case.checks:
            self._check(*check)

    def _check(self, method, path, body, expected):
        status, answer = self._ask(method, path, body)
        if status != 200 or expected not in answer:
            raise ServerFailed(f"{method} {path} answered {status} {answer[:100]!r}; {self.last_words()}")

    def _ask(self, method, path, body=b""):
        connection = http.client.HTTPConnection("127.0.0.1", self.setup.port, timeout=START_SECONDS)
        try:
            connection.request(method, path, body or None, {"Connection": "close"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def last_words(self):
        """The end of what the server has printed and logged."""
        logs = [self.log, *sorted(self.folder.glob("*.log"))]
        text = "".join(log.read_text(errors="replace") for log in dict.fromkeys(logs) if log.exists())
        return " | ".join(text.splitlines()[-3:]) or "it printed nothing"


def free_port():
    """A port the kernel has just had free. Another process may take it before the server does; the start then fails."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


"""What the benchmark knows of a server, and a run of it."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Setup:
    """One start of a server: where, with how many workers, and a new folder of its own for whatever it writes."""

    app: Path  # the application's folder; app.py in it has `app`
    port: int
    workers: int
    threads: int  # per worker, for servers that must be told
    folder: Path

    @property
    def bind(self):
        return f"127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Server:
    """A server by name: the packages it comes in, and the commands that run it in the foreground."""

    name: str
    title: str
    settings: str  # for the docs: what was set, in a sentence
    commands: Callable[[Setup], list]  # all are started at once; each a list of arguments
    packages: list = field(default_factory=list)
    absent: Callable[[], str] = lambda: ""  # why it cannot run here, or nothing
    version: Callable[[], str] = lambda: ""


def debian_version(package):
    asked = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True)
    return asked.stdout.split("-")[0].split("+")[0]

"""waitress and cheroot: thread pools in one process, here in as many processes as the others have workers."""

from pathlib import Path

from .server import Server, debian_version

FORKED = Path(__file__).resolve().parent.parent / "launch" / "forked.py"
SHARED = "a thread pool of T; as it knows no worker processes, that many are forked around one listening socket"


def forked(kind):
    return lambda setup: [
        ["/usr/bin/python3", str(FORKED), kind, *map(str, (setup.port, setup.workers, setup.threads)), str(setup.app)]
    ]


WAITRESS = Server(
    "waitress", "waitress", SHARED, forked("waitress"), ["python3-waitress"],
    version=lambda: debian_version("python3-waitress"),
)
CHEROOT = Server(
    "cheroot", "cheroot", SHARED, forked("cheroot"), ["python3-cheroot"],
    version=lambda: debian_version("python3-cheroot"),
)

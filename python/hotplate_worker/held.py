"""What importing an application left behind that forked processes cannot share: see docs/preload.md.

A forked worker has no other thread than the one that forked, and has the same sockets, event queues and SQLite files as
its siblings: what one reads is missing to the others.
"""
import os
import socket
import sys

OWN = "/proc/self/fd"
KINDS = {"[eventpoll]": "an epoll descriptor", "inotify": "an inotify descriptor", "[io_uring]": "an io_uring descriptor"}
SQLITE_MAGIC = b"SQLite format 3\0"
SQLITE_NAMES = (".db", ".db3", ".sqlite", ".sqlite3", "-wal", "-shm", "-journal")
MOST_NAMED = 4


class Before:
    """What was there before the import."""

    def __init__(self):
        self.descriptors = descriptors()

    def found(self):
        return since(self.descriptors)


def descriptors():
    """What every open descriptor is, by its number."""
    found = {}
    for name in os.listdir(OWN):
        try:
            found[int(name)] = os.readlink(f"{OWN}/{name}")
        except OSError:
            pass  # the one that listed the folder
    return found


def since(before):
    """Names what is there now and was not among the descriptors before: "a thread (Ticker), a socket (7) to …"; empty: nothing."""
    try:
        found = threads()
        for number, what in sorted(descriptors().items()):
            if before.get(number) != what:
                kind = kind_of(number, what)
                if kind:
                    found.append(f"{kind} ({number})")
    except OSError as error:
        return f"what cannot be seen ({error})"
    more = len(found) - MOST_NAMED
    return ", ".join(found[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def threads():
    count = len(os.listdir("/proc/self/task")) - 1
    if not count:
        return []
    threading = sys.modules.get("threading")
    names = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()] if threading else []
    what = "a thread" if count == 1 else f"{count} threads"
    return [f"{what} ({', '.join(names[:MOST_NAMED])})" if names else what]


def kind_of(number, what):
    place, _, name = what.partition(":")
    if place == "socket":
        return describe_socket(number)
    if place == "anon_inode":
        return KINDS.get(name)
    if what.startswith("/") and is_sqlite(number, what):
        return f"the SQLite file {what}"
    return None


def describe_socket(number):
    try:
        copy = socket.socket(fileno=os.dup(number))
    except OSError:
        return "a socket"
    with copy:
        try:
            peer = copy.getpeername()
        except OSError:
            return "a socket"
    if isinstance(peer, tuple) and len(peer) > 1:
        return f"a connection to {peer[0]} port {peer[1]}"
    return f"a connection to {peer}" if peer and isinstance(peer, str) else "a socket"


def is_sqlite(number, path):
    try:
        # Not opened anew: closing that would give back the locks that this process has on the file (fcntl(2)).
        start = os.pread(number, len(SQLITE_MAGIC), 0)
    except OSError:
        return False
    return start == SQLITE_MAGIC or ("_sqlite3" in sys.modules and path.endswith(SQLITE_NAMES))

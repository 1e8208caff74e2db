"""What importing an application left behind that forked processes cannot share: see docs/preload.md.

A forked worker has no other thread than the one that forked, has the same open files as its siblings, whose read position is one for
all, and copies of all objects: of a random generator's state, and of what removes a folder when a process ends.
"""
import gc
import os
import socket
import sys
import weakref

OWN = "/proc/self/fd"
KINDS = {
    "[eventpoll]": "an epoll descriptor", "inotify": "an inotify descriptor", "[io_uring]": "an io_uring descriptor",
    "[eventfd]": "an eventfd", "[timerfd]": "a timerfd", "[signalfd]": "a signalfd", "[pidfd]": "a descriptor of a process",
    "[userfaultfd]": "a userfaultfd", "[fanotify]": "a fanotify descriptor"}
SQLITE_MAGIC = b"SQLite format 3\0"
SQLITE_NAMES = (".db", ".db3", ".sqlite", ".sqlite3", "-wal", "-shm", "-journal")
LMDB_NAMES = ("data.mdb", "lock.mdb")
MOST_NAMED = 6

# Objects that forked copies of go wrong: the module that has the type, the type, what to call it. Subclasses count too.
STATEFUL = (
    ("random", "Random", "a generator of random numbers ({module}.{name})"),
    ("numpy.random", "Generator", "a generator of random numbers (numpy.random.Generator)"),
    ("numpy.random", "RandomState", "a generator of random numbers (numpy.random.RandomState)"),
    ("_multiprocessing", "SemLock", "a semaphore of multiprocessing"),
    ("concurrent.futures.process", "ProcessPoolExecutor", "a ProcessPoolExecutor"),
    ("multiprocessing.pool", "Pool", "a pool of multiprocessing"),
    ("tempfile", "TemporaryDirectory", "a TemporaryDirectory, which the first worker that ends would remove for all"),
)


class Before:
    """What was there before the import."""

    def __init__(self):
        self.descriptors = descriptors()
        self.finalizers = set(finalizers())
        self.mapped = semaphores()
        self.locked = locks()

    def found(self):
        """Names what is there now and was not before: "a thread (Ticker), a socket (7) to …"; empty: nothing."""
        try:
            found = threads() + children() + objects() + self.locks() + self.opened() + self.ends()
            if semaphores() - self.mapped and not any("semaphore" in what for what in found):
                found.append("a POSIX semaphore")
        except OSError as error:
            return f"what cannot be seen ({error})"
        found = list(dict.fromkeys(found))
        more = len(found) - MOST_NAMED
        return ", ".join(found[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")

    def locks(self):
        """Whoever starts the server may hold one: flock /run/site.lock hotplate serve."""
        return [lock for lock in locks() if lock not in self.locked]

    def opened(self):
        found = []
        for number, what in sorted(descriptors().items()):
            if self.descriptors.get(number) != what:
                kind = kind_of(number, what)
                if kind:
                    found.append(f"{kind} ({number})")
        return found

    def ends(self):
        """Finalizers that run when a process ends, as those of TemporaryDirectory do: in each worker once more."""
        left = [finalizer for finalizer in finalizers() if finalizer not in self.finalizers]
        names = {describe_call(finalizer) for finalizer in left}
        return [f"a finalizer ({name}) that would run in each worker" for name in sorted(names) if "TemporaryDirectory" not in name]


def descriptors():
    """What every open descriptor is, by its number."""
    found = {}
    for name in os.listdir(OWN):
        try:
            found[int(name)] = os.readlink(f"{OWN}/{name}")
        except OSError:
            pass  # the one that listed the folder
    return found


def threads():
    count = len(os.listdir("/proc/self/task")) - 1
    if not count:
        return []
    threading = sys.modules.get("threading")
    names = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()] if threading else []
    what = "a thread" if count == 1 else f"{count} threads"
    return [f"{what} ({', '.join(names[:MOST_NAMED])})" if names else what]


def children():
    """Processes that the import started: a forked worker cannot wait for them, and which of the workers ends them nobody knows."""
    found = []
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            pids = file.read().split()
    except OSError:
        return []  # a kernel without that file
    for pid in pids:
        try:
            with open(f"/proc/{pid}/comm") as file:
                found.append(f"a child process ({file.read().strip()}, {pid})")
        except OSError:
            pass  # it has ended
    return found


def locks():
    """Locks on files: forked workers all hold a flock(2), and none of them an fcntl(2) lock."""
    found = []
    for number in descriptors():
        try:
            with open(f"/proc/self/fdinfo/{number}") as file:
                if any(line.startswith("lock:") for line in file):
                    found.append(f"a lock on {os.readlink(f'{OWN}/{number}')} ({number})")
        except OSError:
            pass
    return found


def semaphores():
    """Named and unnamed POSIX semaphores are mapped files: /dev/shm/sem.NAME."""
    try:
        with open("/proc/self/maps") as file:
            return {line.split(None, 5)[5].strip() for line in file if "/sem." in line}
    except OSError:
        return set()


def finalizers():
    """Those of weakref.finalize that are to run when the process ends."""
    registry = getattr(weakref.finalize, "_registry", {})
    return [finalizer for finalizer, info in list(registry.items()) if getattr(info, "atexit", False)]


def describe_call(finalizer):
    peeked = finalizer.peek()
    if peeked is None:
        return "gone"
    owner, function = peeked[0], peeked[1]
    return f"{type(owner).__name__}: {getattr(function, '__qualname__', function)}"


def objects():
    """What of the objects that are alive is one of STATEFUL. Python's own generator, which is put right after a fork, does not count."""
    types = []
    for module, name, what in STATEFUL:
        kind = getattr(sys.modules.get(module), name, None)
        if isinstance(kind, type):
            types.append((kind, what))
    if not types:
        return []
    random = sys.modules.get("random")
    passed_over = harmless()
    system = getattr(random, "SystemRandom", ())
    found = {}
    every = tuple(kind for kind, _ in types)
    for thing in gc.get_objects():
        kind = type(thing)
        if not issubclass(kind, every) or id(thing) in passed_over or (system and issubclass(kind, system)):
            continue
        what = next(what for known, what in types if issubclass(kind, known))
        found[what.format(module=kind.__module__, name=kind.__qualname__)] = True
    return list(found) + numpy_generators(passed_over)


def harmless():
    """Generators that are put right after a fork: Python's own, numpy's own, and the one that makes names of temporary files."""
    places = (("random", "_inst"), ("numpy.random.mtrand", "_rand"), ("tempfile", "_name_sequence", "_rng"))
    found = set()
    for module, *names in places:
        thing = sys.modules.get(module)
        for name in names:
            thing = getattr(thing, name, None)
        found.add(id(thing))
    return found


def numpy_generators(passed_over):
    """numpy's generators are not known to the garbage collector, but what holds them is: modules, objects, lists, closures."""
    numpy = sys.modules.get("numpy.random")
    kinds = tuple(kind for kind in (getattr(numpy, "Generator", None), getattr(numpy, "RandomState", None)) if isinstance(kind, type))
    if not kinds:
        return []
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("numpy", "scipy"):
            passed_over.update(id(value) for value in list(getattr(module, "__dict__", {}).values()) if issubclass(type(value), kinds))
    holders = gc.get_objects()
    for start in range(0, len(holders), 4096):
        for thing in gc.get_referents(*holders[start:start + 4096]):
            if issubclass(type(thing), kinds) and id(thing) not in passed_over:
                return [f"a generator of random numbers (numpy.random.{type(thing).__name__})"]
    return []


def kind_of(number, what):
    place, _, name = what.partition(":")
    if place == "socket":
        return describe_socket(number)
    if place == "pipe":
        return "a pipe"
    if place == "anon_inode":
        return KINDS.get(name)
    if what.startswith("/") and not what.startswith("/dev/"):
        return describe_file(number, what)
    return None


def describe_file(number, path):
    """A regular file that is not only appended to has one position for all."""
    if is_sqlite(number, path):
        return f"the SQLite file {path}"
    name = os.path.basename(path.removesuffix(" (deleted)") if hasattr(path, "removesuffix") else path)
    if name in LMDB_NAMES:
        return f"the LMDB file {path}"
    if not os.path.isfile(f"{OWN}/{number}") or is_appended(number):
        return None
    return f"the open file {path}"


def is_appended(number):
    try:
        with open(f"/proc/self/fdinfo/{number}") as file:
            flags = next(int(line.split()[1], 8) for line in file if line.startswith("flags:"))
    except (OSError, StopIteration):
        return False
    return bool(flags & os.O_APPEND)


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

"""A worker's life: load the application, tell the front, serve until told to stop."""
import faulthandler
import gc
import io
import os
import signal
import sys

from . import load, parts, sharing
from .hooks import Hooks
from .interrupt import RequestInterrupted, stack_of
from .kernel import die_with, outlive_parent
from .loop import Loop
from .records import watch_stderr
from .room import lower_own_limit
from .wsgi import EMPTY_INPUT, Errors, environ_template
from .work import OURS_TO_PASS_OVER, STACKS_SIGNAL, Asked, pass_over

EXIT_WORKER_FAILED = 3


def run(work):
    """Returns the exit code, after which Python's own exit handlers run."""
    os.dup2(work.stdout, 1)
    os.dup2(work.stderr, 2)
    os.close(work.stdout)
    os.close(work.stderr)
    if not faulthandler.is_enabled():
        # Before the extension: its runtime passes on what is not its own. The front finds in it which thread crashed.
        faulthandler.enable(file=2)
    settings = work.settings
    if settings.get("raw"):
        Errors.stream = sys.stderr
    else:
        watch_stderr()
    lower_own_limit()
    application, hooks = prepare(work)
    tell_affinity(work)
    hotplate = load_extension(settings["extension"])
    gc.collect()
    gc.freeze()
    attach(hotplate, work)
    refuse_eventlet()
    if uses_gevent():
        loop = parts.gevent_loop()(application, hotplate, work.channel)
        kind = "gevent"
    else:
        loop, kind = Loop(application, hotplate), "threads"
    os.register_at_fork(after_in_child=lambda: become_child(loop))
    loop.alarm = tell_ready(hotplate, kind)
    wait_politely()
    end_when_told(hotplate)
    try:
        loop.run()
    finally:
        hotplate.drained()
        hooks.worker_exit()
        # What is left of the application ends while Python is whole, as everywhere: its last __del__ may have something to say.
        loop.application = None
        gc.unfreeze()
    return 0


def end_when_told(hotplate):
    """TERM ends this worker and nothing that it runs: the front puts another in its place. An application may have its own way."""
    if signal.getsignal(signal.SIGTERM) is pass_over:
        signal.signal(signal.SIGTERM, EndWhenTold(hotplate.leave))


class EndWhenTold:
    def __init__(self, leave):
        self.leave = leave

    def __call__(self, signum, frame):
        self.leave()


def prepare(work):
    """The application, imported here or in the template, and its hooks; those of before the first request have run."""
    if work.preloaded is not None:
        hooks, application = work.preloaded.hooks, work.preloaded.application
        if work.is_forked:
            reseed()
        hooks.begin(work)
        hooks.post_fork()
    else:
        die_with(work.parent)
        asked = Asked(work.place)
        share = sharing.Import(work) if work.teller is not None and not work.settings.get("dev") else None
        if work.settings.get("dev"):
            from . import dev  # noqa: F401  with what it needs of Python, before the application's folder is on the path
        load.prepare_path(work.settings)
        hooks = Hooks()
        hooks.read_config(work.settings)
        hooks.begin(work)
        hooks.post_fork()
        application, module = import_application(work)
        hooks.add(vars(module), getattr(module, "__file__", module.__name__))
        hooks.post_fork()  # of the module, which was not there before
        asked.end()
        if share is not None:
            share.tell()
        outlive_parent()
    hooks.post_worker_init(application)
    return application, hooks


def import_application(work):
    if not work.settings.get("dev"):
        return load.load_or_exit(work.settings)
    from . import dev
    dev.begin()
    application, module = load.load_or_exit(work.settings, lambda error: dev.tell(work.teller, work.number, error))
    dev.tell(work.teller, work.number)
    return dev.debugged(application), module


def reseed():
    """Random numbers that differ from those of the other workers.

    random does it itself after a fork; secrets, uuid4 and os.urandom ask the kernel, and OpenSSL 1.1.1 notices a fork.
    """
    numbers = sys.modules.get("numpy.random")
    if numbers is not None:
        numbers.seed()


def tell_affinity(work):
    """Once, in the first worker that was forked from a template: of others the front is told (sharing.py)."""
    several = work.number == 1 and work.workers > 1 and "affinity" not in work.settings
    if work.preloaded is not None and several and "engineio" in sys.modules:
        sys.stderr.write("HP213  the application uses Socket.IO (engineio), which keeps its sessions in one process; there are several "
                         "workers, and a session's requests go to any of them. Start with --workers 1.\n")
        sys.stderr.flush()


def load_extension(file):
    try:
        return parts.load_extension(file)
    except Exception as error:
        sys.stderr.write(f"HP208  the extension {file.path} cannot be loaded into {sys.executable}: {error}\n")
        sys.stderr.flush()
        os._exit(EXIT_WORKER_FAILED)


def tell_ready(hotplate, kind):
    try:
        return hotplate.ready(sys.version.split()[0].rstrip("+"), kind)
    except RuntimeError as error:
        cannot_serve(error)


def cannot_serve(why):
    sys.stderr.write(f"HP210  the worker cannot serve: {why}\n")
    sys.stderr.flush()
    os._exit(EXIT_WORKER_FAILED)


def nameless_file():
    """In memory, or where a filter of system calls forbids that, as a file that has no name."""
    try:
        return os.memfd_create("hotplate-stacks")
    except OSError:
        for folder in ("/dev/shm", os.environ.get("TMPDIR") or "/tmp"):
            try:
                return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
            except OSError:
                pass
        raise


def open_stacks():
    """A file for the stacks of all threads; -1 where the kernel refuses every kind: then there are none to be told."""
    try:
        stacks = nameless_file()
        faulthandler.register(STACKS_SIGNAL, file=stacks, all_threads=True)
        return stacks
    except OSError:
        return -1


def attach(hotplate, work):
    stacks = open_stacks()
    template = environ_template(work.settings, Errors(hotplate.log), hotplate.no_replay)
    try:
        hotplate.attach(
            work.channel, work.descriptor_socket, work.scoreboard, work.settings["threads"],
            template, EMPTY_INPUT, io.BytesIO, stacks, STACKS_SIGNAL, stack_of, RequestInterrupted)
    except RuntimeError as error:
        cannot_serve(error)
    os.close(work.scoreboard)  # mapped by now


def wait_politely():
    """A request that comes does not interrupt who is running, most likely the front that sends more of them: sched(7).

    The share of the CPU stays the same. Threads to come inherit it; the helper thread, which is there already, stays as it
    was. An application that chose a policy of its own keeps it.
    """
    try:
        if os.sched_getscheduler(0) == os.SCHED_OTHER:
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    except OSError:
        pass  # a sandbox forbids it: it is faster with, and right without


def uses_gevent():
    """True when the application made blocking calls cooperative, so that threads would be the wrong way to wait."""
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and monkey.is_module_patched("socket")


def eventlet_error():
    """Its blocking calls wait in a hub that nobody runs here, and none of them would ever return."""
    patcher = sys.modules.get("eventlet.patcher")
    if patcher is None or not patcher.is_monkey_patched("socket"):
        return None
    return load.LoadError(
        "HP216", "the application calls eventlet.monkey_patch(), and Hotplate does not run eventlet's hub. Leave that call out, and "
        "requests run in threads; or put gevent in its place: from gevent import monkey; monkey.patch_all()")


def refuse_eventlet():
    error = eventlet_error()
    if error is not None:
        sys.stderr.write(load.describe(error))
        sys.stderr.flush()
        os._exit(load.EXIT_APP_FAILED)


def become_child(loop):
    """In a process that the application forked: nothing of the worker is its own, and signals mean what they usually do."""
    loop.forked = True
    if loop.wakes:
        # What comes here would be told to the worker.
        loop.set_wakeup_fd(-1)
    try:
        if os.sched_getscheduler(0) == os.SCHED_BATCH:
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    except OSError:
        pass
    loop.hotplate.forked()
    for name in OURS_TO_PASS_OVER:
        number = getattr(signal, name)
        handler = signal.getsignal(number)
        if handler is pass_over or isinstance(handler, EndWhenTold):
            signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)


"""What the front has a Python of its own do before it starts, or for ``hotplate check``: ``boot.py errand JSON``.

The report is one JSON object on descriptor 3. What the application prints goes to where the front's stderr goes.
"""
import faulthandler
import importlib.machinery
import importlib.util
import json
import os
import sys
import traceback

# All of it before the application's folder is on the path, where a module may be called like one of Python's.
from . import load
from .hooks import Hooks, run_config
from .worker import eventlet_error

REPORT = 3


def run(text):
    """Returns the exit code: 0 when there is a report, whatever it says."""
    settings = json.loads(text)
    os.set_inheritable(REPORT, False)
    report = become(settings.get("become")) or {"config": read_config, "load": try_load}[settings["errand"]](settings)
    os.write(REPORT, json.dumps(report).encode())
    # Whatever threads were left behind, and atexit functions that wait for them, are nobody's concern here.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def become(who):
    """Root asks what a user will do: the application's code is run as that user here too."""
    if who is None:
        return None
    try:
        os.setgroups(who["groups"])
        os.setresgid(who["group"], who["group"], who["group"])
        os.setresuid(who["user"], who["user"], who["user"])
    except OSError as error:
        return {"code": "HP131", "message": f"root may not become that user here: {error.strerror}. In a container it needs the "
                                            "capabilities SETUID and SETGID."}
    return None


def read_config(settings):
    """Every public name of a gunicorn.conf.py, as SettingsReader takes it."""
    load.prepare_path(settings)
    try:
        module = run_config(settings["config"])
    except BaseException as error:
        return failure("HP211", f"{settings['config']} raised {type(error).__name__} while it was run for its settings:", error)
    return {"names": [[name, type(value).__name__, texts(value)] for name, value in vars(module).items() if is_said(name, value)]}


def is_said(name, value):
    return not name.startswith("_") and type(value).__name__ != "module"


def texts(value):
    """A value as flags are given: several for a list, none for None; None when it is no such thing."""
    if value is None:
        return []
    if isinstance(value, bool):
        return ["on" if value else "off"]
    if isinstance(value, (str, int, float)):
        return [str(value)]
    if isinstance(value, (list, tuple)) and all(isinstance(one, (str, int, float)) and not isinstance(one, bool) for one in value):
        return [str(one) for one in value]
    return None


class TriedHooks(Hooks):
    """What fails is told to who asked; it ends nothing else."""

    def failed(self, code, error):
        raise error

    def failed_late(self, error):
        raise error


class FirstWorker:
    def __init__(self, settings):
        self.workers = settings["workers"]
        self.number = 1


def try_load(settings):
    """Does what a worker does but serve, and tells what went wrong."""
    # Where an import stands that takes too long; then the process ends without a report.
    faulthandler.dump_traceback_later(settings["limit"], exit=True)
    sys.argv[:] = [settings["target"]]
    load.prepare_path(settings)
    try:
        live_and_end(settings)
    except load.LoadError as error:
        return {"code": str(error).partition(" ")[0], "message": load.describe(error).partition("  ")[2].rstrip()}
    finally:
        faulthandler.cancel_dump_traceback_later()
    return extension_of(settings) or {"python": "%d.%d.%d" % sys.version_info[:3]}


def live_and_end(settings):
    """A worker's life with its hooks, from the fork to the end (worker.py), and the hook of the file's that hears of that (zygote.py)."""
    hooks = TriedHooks()
    hooks.read_config(settings)
    of_file = hooks.found["child_exit"][:]
    hooks.begin(FirstWorker(settings))
    if settings["preload"] == "off":
        hooks.post_fork()  # else the import was before the fork
    application, module = load.load(settings)
    hooks.add(vars(module), getattr(module, "__file__", module.__name__))
    hooks.post_fork()
    hooks.post_worker_init(application)
    refused = eventlet_error()
    if refused is not None:
        raise refused
    hooks.worker_exit()
    hooks.found["child_exit"] = of_file
    hooks.child_exit(settings, os.getppid(), os.getpid(), 1)


def extension_of(settings):
    path = settings["extension"]
    try:
        loader = importlib.machinery.ExtensionFileLoader("_hotplate", path)
        loader.exec_module(importlib.util.module_from_spec(importlib.util.spec_from_file_location("_hotplate", path, loader=loader)))
    except Exception as error:
        return {"code": "HP208", "message": f"the extension {path} cannot be loaded into {sys.executable}: {error}"}
    return None


def failure(code, message, error):
    lines = traceback.format_exception(type(error), error, load.own_frames(error.__traceback__))
    return {"code": code, "message": f"{message}\n{''.join(lines)}".rstrip()}

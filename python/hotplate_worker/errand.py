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

from . import load
from .hooks import run_config  # before the application's folder is on the path, where a module may be called like one of Python's

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


def try_load(settings):
    """Does what a worker does before it serves, and tells what went wrong."""
    # Where an import stands that takes too long; then the process ends without a report.
    faulthandler.dump_traceback_later(settings["limit"], exit=True)
    sys.argv[:] = [settings["target"]]
    load.prepare_path(settings)
    try:
        if settings.get("config") and os.path.isfile(settings["config"]):
            try:
                run_config(settings["config"])
            except BaseException as error:
                return failure("HP211", f"{settings['config']} raised {type(error).__name__}:", error)
        load.load(settings)
    except load.LoadError as error:
        return {"code": str(error).partition(" ")[0], "message": load.describe(error).partition("  ")[2].rstrip()}
    finally:
        faulthandler.cancel_dump_traceback_later()
    return extension_of(settings) or {"python": "%d.%d.%d" % sys.version_info[:3]}


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

"""What ``hotplate dev`` adds to a worker: Flask's debugger, and word of where the code came from, so that the front watches it."""
import json
import os
import sys
import sysconfig
import traceback

from . import terminal

MOST_FOLDERS = 200  # a message of the control socket has room for more than that


def debugged(application):
    """The application behind werkzeug's debugger, where ``flask run --debug`` would put it there.

    Flask decides by FLASK_DEBUG, or app.debug has been set; what wraps a Flask application has no such attribute.
    """
    if "werkzeug" not in sys.modules or not getattr(application, "debug", flask_debug()):
        return application
    try:
        from werkzeug.debug import DebuggedApplication
    except ImportError:
        return application
    return DebuggedApplication(application, evalex=True)


def begin():
    """Before the application is imported: breakpoint() works there too."""
    terminal.install()


def flask_debug():
    return os.environ.get("FLASK_DEBUG", "").lower() not in ("", "0", "false", "no") and "flask" in sys.modules


def imported(error=None):
    """The places of what was imported and is neither Python's nor installed: {"folders": …, "trees": with all below them}.

    With an error also those of the files its traceback names: the one that is broken is not among the modules.
    """
    folders, trees = set(), set()
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if not isinstance(path, str) or name.startswith("_hotplate_worker") or not is_own(path):
            continue
        top = sys.modules.get(name.partition(".")[0])
        place = getattr(top, "__file__", None) if hasattr(top, "__path__") else None
        if isinstance(place, str) and is_own(place):
            trees.add(os.path.dirname(os.path.abspath(place)))
        else:
            folders.add(os.path.dirname(os.path.abspath(path)))
    for path in files_of(error):
        if is_own(path):
            folders.add(os.path.dirname(os.path.abspath(path)))
    return {"folders": sorted(folders - trees)[:MOST_FOLDERS], "trees": sorted(trees)[:MOST_FOLDERS]}


def files_of(error):
    while error is not None:
        if isinstance(error, SyntaxError) and error.filename:
            yield error.filename
        for frame in traceback.extract_tb(error.__traceback__):
            yield frame.filename
        error = getattr(error, "cause", None) or error.__cause__ or error.__context__


def is_own(path):
    """No file of Python's, of an environment or of ours."""
    if path.endswith((".so", ".pyc")) or not os.path.isfile(path):
        return False
    parts = path.split(os.sep)
    if "site-packages" in parts or "dist-packages" in parts:
        return False
    beside = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), os.path.dirname(os.path.abspath(__file__)))
    return not path.startswith(tuple(folder + os.sep for folder in beside if folder))


def tell(teller, worker, error=None):
    """Tells the front, once; the socket is closed, so that it is the zygote's alone again."""
    message = {"type": "imported", "worker": worker, **imported(error)}
    try:
        teller.send(json.dumps(message).encode())
    except OSError:
        pass  # the front has gone, or the paths are longer than a message: what is watched already stays watched
    teller.close()

"""The application that a PasteDeploy file describes: ``--paste site.ini``, whose target is ``config:/path/site.ini`` or ``…#name``.

With it, as gunicorn and pserve do, the file's logging, where it has any.
"""
import configparser
import logging.config
import os
import sys
import types

from .load import PASTE, LoadError


def load(target):
    """The application, and a module that stands for the file."""
    path, name = split(target[len(PASTE):])
    if not os.path.isfile(path):
        raise LoadError("HP217", f"there is no file {path}, which --paste names.")
    try:
        from paste.deploy import loadapp
    except ImportError as error:
        raise LoadError("HP217", f"--paste needs PasteDeploy, which {sys.executable} cannot import ({error}). Install it: "
                                 f"{sys.executable} -m pip install PasteDeploy") from None
    set_logging(path)
    try:
        application = loadapp(f"config:{path}", name=name, relative_to=os.getcwd())
    except LookupError as error:
        raise LoadError("HP217", f"{path} describes no application [app:{name or 'main'}]: {error}", error) from None
    except BaseException as error:
        raise LoadError("HP217", f"the application of {path} could not be made, {type(error).__name__} was raised:", error) from None
    module = types.ModuleType("__paste__")
    module.__file__ = path
    return application, module


def split(text):
    """The path, and the name behind a ``#``: a file's own name may have one."""
    path, _, name = text.rpartition("#")
    return (text, None) if os.path.isfile(text) or not path else (path, name or None)


def set_logging(path):
    parser = configparser.RawConfigParser()
    try:
        parser.read(path)
        if parser.has_section("loggers"):
            logging.config.fileConfig(path, {"__file__": path, "here": os.path.dirname(path)}, disable_existing_loggers=False)
    except Exception as error:
        raise LoadError("HP217", f"the logging of {path} could not be set up, {type(error).__name__} was raised:", error) from None

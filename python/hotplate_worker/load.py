"""Finds the WSGI application that a target names, and says what is wrong where it cannot.

A target is ``module``, ``module:name``, ``module:obj.attribute``, ``module:factory("literal", key=1)``, or in place of the
module the path of a file: a ``.py`` file, or a script, which is any other (mod_wsgi's ``.wsgi``, and what has no ending).
"""
import ast
import difflib
import importlib
import importlib.machinery
import importlib.util
import inspect
import linecache  # noqa: F401  it and others below are what traceback imports only when it needs them
import os
import re
import sys
import tokenize  # noqa: F401
import traceback
import unicodedata  # noqa: F401

EXIT_APP_FAILED = 4

# Before the path of a PasteDeploy file. No module is meant: what stands behind a module's colon is no path.
PASTE = "config:"

# Of Python's modules that we use: neither in every Python from its start, nor imported by gunicorn before the application.
OURS_ALONE = ("difflib", "json", "sysconfig", "unicodedata")


class LoadError(Exception):
    """The message for the user, and the application's own exception if it is at fault."""

    def __init__(self, code, message, cause=None):
        super().__init__(f"{code}  {message}")
        self.cause = cause


def load_or_exit(settings, on_error=None):
    """The application and the target's module; where it cannot be had, says why on stderr and ends the process."""
    try:
        return load(settings)
    except LoadError as error:
        if on_error is not None:
            on_error(error)
        # One write, so that the lines of several workers do not mix.
        sys.stderr.write(describe(error))
        sys.stderr.flush()
        os._exit(EXIT_APP_FAILED)


def describe(error):
    text = f"{error}\n"
    if error.cause is not None:
        text = text + "".join(
            traceback.format_exception(type(error.cause), error.cause, own_frames(error.cause.__traceback__)))
    return text


def own_frames(tb):
    """The traceback from the application's first frame on."""
    here = os.path.dirname(os.path.abspath(__file__))
    machinery = os.path.dirname(importlib.__file__)
    while tb is not None:
        name = tb.tb_frame.f_code.co_filename
        if not (name.startswith((here + os.sep, machinery + os.sep, "<frozen importlib"))):
            break
        tb = tb.tb_next
    return tb


def prepare_path(settings):
    """sys.path as the application expects it: its folder first, then what --pythonpath gave."""
    if is_paste(settings["target"]):
        from . import paste  # noqa: F401  with what it needs of Python, before the application's folder is on the path
    entries = own_folders(settings)
    sys.path[:0] = entries
    give_back(entries)


def own_folders(settings):
    directory = settings["directory"]
    module, _ = split(settings["target"])
    if is_path(module):
        directory = os.path.dirname(find_file(module, directory))
    return [os.path.abspath(entry) for entry in (directory, *settings.get("pythonpath", ()))]


def give_back(entries):
    """An application may have a module of its own that is called like one of Python's which is here for our sake alone."""
    for name in OURS_ALONE:
        if any(os.path.exists(os.path.join(entry, name + ".py")) or os.path.isdir(os.path.join(entry, name)) for entry in entries):
            for known in list(sys.modules):
                if known == name or known.startswith(name + "."):
                    del sys.modules[known]


def is_paste(target):
    return target.startswith(PASTE + os.sep)


def load(settings):
    target = settings["target"]
    if is_paste(target):
        from . import paste
        application, module = paste.load(target)
        check_callable(application, "main", target)
        return application, module
    module_name, expression = split(target)
    module = import_module(module_name, target, settings)
    if expression:
        application = evaluate(module, expression, target)
    else:
        expression, application = find_application(module, target)
    check_callable(application, expression, target)
    return application, module


def split(target):
    """The module or path, and what follows the colon."""
    module, _, expression = target.partition(":")
    # The path of a script is absolute, and may have a colon in it.
    if target.startswith(os.sep) and not os.path.isfile(module):
        for at, letter in enumerate(target + ":"):
            if letter == ":" and os.path.isfile(target[:at]):
                return target[:at], target[at + 1:]
    return module, expression


def is_path(module):
    return module.endswith(".py") or os.sep in module


def find_file(path, directory):
    """Relative to the application's folder, or in it by its bare name when the front made that folder the file's."""
    beside = os.path.join(directory, path)
    if not os.path.exists(beside):
        inside = os.path.join(directory, os.path.basename(path))
        if os.path.exists(inside):
            return os.path.abspath(inside)
    return os.path.abspath(beside)


def import_module(name, target, settings):
    directory = settings["directory"]
    try:
        if is_path(name):
            return import_file(find_file(name, directory), target)
        return importlib.import_module(name_to_import(name, own_folders(settings)))
    except LoadError:
        raise
    except ModuleNotFoundError as error:
        raise missing_module(error, name, target, directory) from None
    except SyntaxError as error:
        raise LoadError("HP200", f"{type(error).__name__} in {error.filename}, line {error.lineno}: {error.msg}", error) from None
    except SystemExit as error:
        raise LoadError("HP204", f"the application called sys.exit({error.code!r}) while it was imported (target \"{target}\").",
                        error) from None
    except BaseException as error:
        raise LoadError("HP204", f"the application raised {type(error).__name__} while it was imported (target \"{target}\"):",
                        error) from None


def missing_module(error, name, target, directory):
    missing = error.name or ""
    first = name.partition(".")[0]
    if missing.startswith(f"{first}_application."):
        missing = missing.replace("_application", "", 1)  # of name_to_import
    owner, _, attribute = name.rpartition(".")
    if owner and name == missing and is_plain_module(owner):
        return LoadError("HP201", f"No module named '{missing}': '{owner}' is a module and no package (target \"{target}\"). "
                                  f"Did you mean {owner}:{attribute}?")
    if name == missing or name.startswith(missing + "."):
        near = close_modules(missing, directory)
        if os.path.isfile(os.path.join(directory, name)):
            near = f"the file ./{name}"
        advice = f"Did you mean {near}?" if near else "Is the name right? --chdir and --pythonpath say where else to look."
        return LoadError("HP201", f"No module named '{missing}' (target \"{target}\", looked in {directory}). {advice}")
    return LoadError(
        "HP201",
        f"No module named '{missing}', which the application imports (target \"{target}\"). "
        f"Is it installed for {sys.executable}? --venv or --python choose another environment.", error)


def is_plain_module(name):
    known = sys.modules.get(name)
    return known is not None and not hasattr(known, "__path__")


def close_modules(name, directory):
    try:
        names = [os.path.splitext(entry)[0] for entry in os.listdir(directory)
                 if entry.endswith(".py") or os.path.isdir(os.path.join(directory, entry))]
    except OSError:
        return ""
    return quoted(difflib.get_close_matches(name, names, 2, 0.7))


def name_to_import(name, folders):
    """The target's name; another one where Python would find a module of its own by it, which is built in or imported already.

    The application's is then imported by that other name, and whoever imports Python's by its name still has that.
    """
    first, _, rest = name.partition(".")
    # A folder without __init__.py comes behind every other module of its name, by Python's own rule.
    own = importlib.machinery.PathFinder.find_spec(first, folders)
    if own is None or own.origin is None or is_what_python_finds(first, own.origin):
        return name
    first = f"{first}_application"
    if first not in sys.modules:
        execute(importlib.util.spec_from_file_location(
            first, own.origin, submodule_search_locations=own.submodule_search_locations))
    return f"{first}.{rest}" if rest else first


def is_what_python_finds(name, path):
    known = sys.modules.get(name)
    if known is not None:
        found = getattr(known, "__file__", None)
    else:
        spec = importlib.util.find_spec(name)
        found = spec and spec.origin
    try:
        # What is in a zip file has a path and is no file.
        return found == path or isinstance(found, str) and os.path.samefile(found, path)
    except OSError:
        return False


def import_file(path, target):
    if not os.path.isfile(path):
        raise LoadError("HP201", f"there is no file {path} (target \"{target}\").")
    name, ending = os.path.splitext(os.path.basename(path))
    loader = None
    if ending != ".py":
        name = script_name(os.path.basename(path))
        loader = ScriptLoader(name, path)
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__file__", None) != path:
        name = f"{name}_application"  # the file is called like a module that is in use already
    elif known is not None:
        return known
    return execute(importlib.util.spec_from_file_location(name, path, loader=loader))


def execute(spec):
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(spec.name, None)
        raise
    return module


class ScriptLoader(importlib.machinery.SourceFileLoader):
    """Keeps no bytecode: its place in __pycache__ is that of a ``.py`` file of the same name."""

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        data = self.get_data(path)
        if b"\0" in data:
            raise SyntaxError("this is no Python", (path, 1, None, None))
        return self.source_to_code(data, path)


def script_name(file):
    """A module's name for a script that is no other module's: django.wsgi imports django."""
    name = re.sub(r"\W", "_", file)
    try:
        is_free = name not in sys.modules and importlib.util.find_spec(name) is None
    except (ImportError, ValueError):
        is_free = False
    return name if is_free else f"{name}_application"


def evaluate(module, expression, target):
    """An attribute, perhaps of an attribute, perhaps called with literal arguments."""
    # Bytes that are no text (PEP 383) stand in a literal as its escapes: the parser takes no half surrogates.
    expression = "".join("\\u%04x" % ord(one) if "\udc80" <= one <= "\udcff" else one for one in expression)
    try:
        tree = ast.parse(expression, mode="eval").body
    except SyntaxError:
        raise LoadError("HP206", f"\"{expression}\" in target \"{target}\" is neither a name nor a call of one.") from None
    if not isinstance(tree, ast.Call):
        return attribute(module, tree, target)
    factory = attribute(module, tree.func, target)
    try:
        arguments = [ast.literal_eval(argument) for argument in tree.args]
        keywords = {keyword.arg: ast.literal_eval(keyword.value) for keyword in tree.keywords}
        if None in keywords:
            raise ValueError
    except ValueError:
        raise LoadError("HP206", f"the arguments in target \"{target}\" must be literals, like \"text\", 1, True or [1, 2].") from None
    if not callable(factory):
        raise LoadError("HP203", f"\"{ast.unparse(tree.func)}\" in target \"{target}\" cannot be called: it is {describe_type(factory)}.")
    try:
        return factory(*arguments, **keywords)
    except BaseException as error:
        raise LoadError("HP206", f"the application factory raised {type(error).__name__} (target \"{target}\"):", error) from None


def attribute(module, tree, target):
    if isinstance(tree, ast.Name):
        return named(module, tree.id, shown_name(module, target), target)
    if isinstance(tree, ast.Attribute):
        return named(attribute(module, tree.value, target), tree.attr, ast.unparse(tree.value), target)
    raise LoadError("HP206", f"\"{ast.unparse(tree)}\" in target \"{target}\" is neither a name nor a call of one.")


def named(owner, name, owner_name, target):
    try:
        return getattr(owner, name)
    except AttributeError:
        near = difflib.get_close_matches(name, [n for n in dir(owner) if not n.startswith("__")], 3)
        advice = f"Did you mean {quoted(near)}?" if near else "It has no name that is like it."
        where = getattr(owner, "__file__", None)
        raise LoadError("HP202", f"'{owner_name}' has no attribute '{name}' (target \"{target}\"{f', {where}' if where else ''}). "
                                 f"{advice}") from None


def shown_name(module, target):
    """As the user calls it."""
    name, _ = split(target)
    return module.__name__ if is_path(name) else name


def find_application(module, target):
    """``app``, ``application``, or the only thing in the module that is a WSGI application; and its name."""
    names = ("app", "application")
    # A script's is called application under mod_wsgi, which knows no other name.
    for name in reversed(names) if isinstance(getattr(module, "__loader__", None), ScriptLoader) else names:
        if callable(getattr(module, name, None)):
            return name, getattr(module, name)
    found = {}
    for name, value in vars(module).items():
        if not name.startswith("_") and looks_like_wsgi(value):
            found.setdefault(id(value), (name, value))
    if len(found) == 1:
        return next(iter(found.values()))
    name = target if is_path(target) else shown_name(module, target)
    if found:
        names = [name for name, _ in found.values()]
        raise LoadError("HP205", f"'{name}' has several WSGI applications: {quoted(names)}. Say which: {target}:{names[0]}")
    factories = [n for n in ("create_app", "make_app", "get_app") if callable(getattr(module, n, None))]
    advice = f"Is it made by a function? Try \"{target}:{factories[0]}()\"." if factories else f"Say which: {target}:NAME"
    raise LoadError("HP205", f"'{name}' has no 'app', no 'application' and no other WSGI application in it. {advice}")


def looks_like_wsgi(value):
    """Callable with (environ, start_response): told by the name of the second, which every framework and example uses."""
    if isinstance(value, type) or inspect.ismodule(value) or not callable(value):
        return False
    # Of what is decorated, either: the wrapper often takes anything, and what it wraps may be called with something else.
    return any(takes_start_response(value, follow) for follow in (False, True)) and not takes_no_two(value)


def takes_start_response(value, follow_wrapped):
    try:
        parameters = inspect.signature(value, follow_wrapped=follow_wrapped).parameters.values()
    except (TypeError, ValueError):
        return False
    names = [p.name for p in parameters if p.kind <= p.POSITIONAL_OR_KEYWORD]
    return len(names) >= 2 and names[1].startswith("start")


def takes_no_two(value):
    """A call with (environ, start_response) must fail. What a decorator put into ``__wrapped__`` is not what is called."""
    try:
        inspect.signature(value, follow_wrapped=False).bind(None, None)
    except ValueError:
        return False  # written in C: only a call will tell
    except TypeError:
        return True
    return False


def check_callable(application, expression, target):
    if not callable(application):
        raise LoadError("HP203", f"\"{expression}\" is not a WSGI application: it is {describe_type(application)}, which cannot be called "
                                 f"(target \"{target}\").")
    if takes_no_two(application):
        call = f"{target}()" if ":" in target else f"{target}:{expression}()"
        advice = f" Is it a function that makes one? Then write \"{call}\"." if expression.isidentifier() else ""
        raise LoadError("HP203", f"\"{expression}\" is not a WSGI application: it cannot be called with (environ, start_response) "
                                 f"(target \"{target}\").{advice}")


def describe_type(value):
    return f"None" if value is None else f"of type {type(value).__name__}"


def quoted(names):
    return " or ".join(f"'{name}'" for name in names)

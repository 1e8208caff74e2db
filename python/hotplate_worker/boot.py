"""Started by the front as ``python -u boot.py 3``: 3 is the control socket. Must be readable for any Python, to refuse old ones kindly."""
import os
import sys


def refuse():
    version = "%d.%d.%d" % sys.version_info[:3]
    if getattr(sys, "implementation", None) is None or sys.implementation.name != "cpython" or sys.version_info < (3, 9):
        name = getattr(getattr(sys, "implementation", None), "name", "Python")
        return "HP207  %s is %s %s, but Hotplate needs CPython 3.9 or later. Choose another with --python or --venv." % (
            sys.executable, name, version)
    import sysconfig
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return ("HP209  %s is a free-threaded build of Python %s, on which Hotplate is not tested. "
                "Use the regular build: choose it with --python or --venv." % (sys.executable, version))
    return None


def load_package(directory):
    """Imports our package by its place, under a name that no application has."""
    from importlib.util import module_from_spec, spec_from_file_location
    spec = spec_from_file_location(
        "_hotplate_worker", os.path.join(directory, "__init__.py"), submodule_search_locations=[directory])
    package = module_from_spec(spec)
    sys.modules["_hotplate_worker"] = package
    spec.loader.exec_module(package)


def main():
    message = refuse()
    if message:
        sys.stderr.write(message + "\n")
        return 3
    directory = os.path.dirname(os.path.abspath(__file__))
    # Python put the script's folder first; the application's comes there when the front has told which it is.
    if sys.path and os.path.abspath(sys.path[0]) == directory:
        del sys.path[0]
    load_package(directory)
    if sys.argv[1] == "errand":
        from _hotplate_worker import errand
        return errand.run(sys.argv[2])
    # All that is ours, and all of Python that it needs, before the application's folder is on the path: a module of the
    # application's may be called like any of them.
    from _hotplate_worker import worker, zygote
    return worker.run(zygote.run(int(sys.argv[1])))


if __name__ == "__main__":
    sys.exit(main())

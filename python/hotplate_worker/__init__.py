"""The Python side of a Hotplate worker: zygote, loading of the application, and the loop that calls it.

Loaded under the private name ``_hotplate_worker`` from its own folder, which is never on sys.path, so that nothing
here can stand in the way of an application's module. Standard library only, CPython 3.9 and later.
"""

"""Promise: a module that cannot be imported is a message with the application's own traceback, and exit code 4.

The import fails on a module that is nowhere, two calls deep, so that the traceback has lines worth reading.
"""


def connect():
    import a_module_that_is_not_installed
    return a_module_that_is_not_installed


database = connect()


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"never reached"]

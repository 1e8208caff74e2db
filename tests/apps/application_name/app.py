"""Promise: "application" is found when there is no "app", and an object with __call__ is an application.

Target "app": "application, an object".
"""


class Application:
    def __call__(self, environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"application, an object"]


class ByClass:
    """PEP 3333's other form: the class itself is the application, its instance the iterable. Target app:ByClass."""

    def __init__(self, environ, start_response):
        self.start_response = start_response

    def __iter__(self):
        self.start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"a class"


application = Application()

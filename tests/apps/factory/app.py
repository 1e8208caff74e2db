"""Promise: module:factory(…) calls the factory with literal arguments, and serves what it returns.

app:create_app()                          {"name": "x", "debug": false, "kinds": ["str", "bool"], "made": 1}
app:create_app("shop", debug=True)        {"name": "shop", "debug": true, …}
app:create_app(name=("a", 1), debug=None) any Python literal: tuples, lists, dicts, numbers, bytes, None
app:create_app(name=open("/etc/passwd"))  not a literal: refused before anything is called
app:create_app(colour="red")              an argument the factory does not take: exit code 4, with a message
app:create_nothing()                      returns None: exit code 4, with a message
app:create_broken()                       raises: its traceback
app:create_app                            without brackets: it takes no environ; serving it answers 500 or is refused

"made" counts the calls in this process: the factory runs once, not once a request.
"""
import json

made = 0


def create_app(name="x", debug=False):
    global made
    made += 1
    number = made

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"name": name, "debug": debug, "made": number,
                            "kinds": [type(name).__name__, type(debug).__name__]}, default=repr).encode()]

    return app


def create_nothing():
    return None


def create_broken():
    raise RuntimeError("the factory is broken, on purpose")

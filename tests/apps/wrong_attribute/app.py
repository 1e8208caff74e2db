"""Promise: a target without a WSGI application in it is a message that says what was found, and exit code 4.

app:app           is a str, not callable
app:missing       is not there; the nearest name, "missed", can be suggested
app:shop.missing  "shop" is there, its attribute is not
app:shop.wsgi     a nested attribute that does work: "nested"
app:missed        works: "missed"
"""
app = "not an application"


def missed(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"missed"]


class shop:
    @staticmethod
    def wsgi(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"nested"]

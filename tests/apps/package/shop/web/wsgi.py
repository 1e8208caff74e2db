"""The application of the promise in shop/__init__.py."""
from ..stock import PLATES


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{__name__} uses shop.stock: {PLATES} plates".encode()]

"""Promise: an application that a decorator made is called as it is, whatever it wraps (functools.wraps sets __wrapped__).

app:by_request   wraps a function of one argument, as Werkzeug's @Request.application does
app:more         wraps a function of three
app:Service      an object whose __call__ is decorated
app:factory      a decorated function of no arguments: not an application
found            (the module of that name) finds an application whose wrapper takes anything
"""
import functools


def answers(text):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args):
            environ, start_response = args[-2:]
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [text]
        return wrapper
    return decorate


@answers(b"by request")
def by_request(request):
    """Called with something else than what the server gives."""


@answers(b"more")
def more(environ, start_response, user):
    """Gets more than the server gives."""


class _Service:
    @answers(b"an object")
    def __call__(self, request):
        """Called with something else."""


Service = _Service()


def no_arguments(function):
    @functools.wraps(function)
    def wrapper():
        return function(None, None)
    return wrapper


@no_arguments
def factory(environ, start_response):
    """What is wrapped could be called, but not this."""

"""Promise: the server stands up to werkzeug's LintMiddleware, for the same matrix as "validator" (its matrix.py).

Without those cases where the lint disagrees with PEP 3333: it lacks readlines(), frowns on readline() with and without
a size, and counts the bytes of an answer to HEAD.

GET /                JSON list of the cases left, as there
METHOD /matrix/NAME  that case behind LintMiddleware
GET /warnings        JSON list of all warnings of the lint so far in this process: must be [] (ask one worker only)
"""
import json
import os
import sys
import warnings

from werkzeug.middleware.lint import LintMiddleware

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "validator"))

import matrix  # noqa: E402

said = []
warnings.simplefilter("always")
warnings.showwarning = lambda message, category, *rest: said.append(f"{category.__name__}: {message}")
checked = matrix.matrix(LintMiddleware, without=("read-lines", "read-readlines", "head"))


def app(environ, start_response):
    if environ["PATH_INFO"] != "/warnings":
        return checked(environ, start_response)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(said).encode()]

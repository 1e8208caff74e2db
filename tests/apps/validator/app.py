"""Promise: the server stands up to wsgiref.validate, for every method, body and answer form of matrix.py.

GET /                JSON list of the cases: {"name", "method", "path", "body" (or null), "status", "answer"}
METHOD /matrix/NAME  that case behind wsgiref.validate.validator; a breach by the server raises, so the status or the
                     answer is not the expected one
GET /unraisable      JSON list of the breaches found in __del__ so far in this process (an iterator not closed):
                     must be []
"""
import gc
import json
import sys
from wsgiref.validate import validator

import matrix

unraisable = []
sys.unraisablehook = lambda breach: unraisable.append(f"{breach.object}: {breach.exc_value}")
checked = matrix.matrix(validator)


def app(environ, start_response):
    if environ["PATH_INFO"] != "/unraisable":
        return checked(environ, start_response)
    gc.collect()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(unraisable).encode()]

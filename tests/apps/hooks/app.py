"""Promise: hooks of gunicorn's names run where they belong, those in gunicorn.conf.py and those in this module.

GET /          JSON: heard (what has happened in this process, in order: "HOOK PID AGE", "import PID", "module HOOK PID"),
               pid, ppid
GET /missing   what a hook reads that Hotplate's worker has not: the AttributeError's text

The environment variable HOOKS_LOG names a file to which the hooks of gunicorn.conf.py append "HOOK PID OWN_PID".
"""
import json
import os
import sys

heard = sys.modules["__config__"].heard
heard.append(f"import {os.getpid()}")
given = []


def post_fork(server, worker):
    heard.append(f"module post_fork {os.getpid()}")
    given.append((server, worker))


def missing():
    server, worker = given[0]
    texts = []
    for what in (server, worker):
        try:
            what.tmp
        except AttributeError as error:
            texts.append(str(error))
    return texts


def app(environ, start_response):
    answer = missing() if environ["PATH_INFO"] == "/missing" else {"heard": heard, "pid": os.getpid(), "ppid": os.getppid()}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]

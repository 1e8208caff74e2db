"""Hooks of gunicorn's names beside an application; see app.py. The environment variable HOOK_FAILS names one that raises."""
import os

bind = "127.0.0.1:1"  # the tests' flags win over both
workers = 99
heard = []


def told(hook, worker):
    heard.append(f"{hook} {worker.pid} {worker.age}")
    if "HOOKS_LOG" in os.environ:
        descriptor = os.open(os.environ["HOOKS_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, f"{hook} {worker.pid} {os.getpid()}\n".encode())
        os.close(descriptor)
    if os.environ.get("HOOK_FAILS") == hook:
        raise KeyError("the plate has no hook for this")


def post_fork(server, worker):
    server.log.info("Worker spawned (pid: %s)", worker.pid)
    told("post_fork", worker)


def post_worker_init(worker):
    worker.log.info("Worker can do %s", worker.wsgi.__name__)
    told("post_worker_init", worker)


def when_ready(server):
    raise RuntimeError("Hotplate does not run this")


def worker_exit(server, worker):
    told("worker_exit", worker)


if os.environ.get("HOOK_FAILS") == "config":
    raise RuntimeError("the configuration is cold")

"""Promise: the application runs in an ordinary Python process, and sees nothing of the server's that it should not.

GET /            JSON: pid, ppid, executable, prefix, version, argv, cwd, path (sys.path), environ (os.environ), threads
                 (names), main (name of __main__), umask, stdin (what descriptor 0 is), encoding, uid, gid, limits (of
                 open files), signals (how SIGPIPE, SIGINT, SIGTERM, SIGCHLD are handled), modules (names in
                 sys.modules)
GET /inherited   what descriptors a child started with close_fds=False has: JSON {number: what it is}; none of them
                 may be the server's
GET /name        __name__ and __file__ of this module
"""
import json
import os
import resource
import signal
import subprocess
import sys
import threading

LIST_DESCRIPTORS = """
import json, os
print(json.dumps({n: os.readlink("/proc/self/fd/" + n) for n in os.listdir("/proc/self/fd")
                  if os.path.lexists("/proc/self/fd/" + n)}))
"""


def handling(number):
    handler = signal.getsignal(number)
    return handler.name if isinstance(handler, signal.Handlers) else repr(handler)


def umask():
    with open("/proc/self/status") as status:
        return next((line.split()[1] for line in status if line.startswith("Umask:")), "unknown")


def described():
    return {
        "pid": os.getpid(), "ppid": os.getppid(), "executable": sys.executable, "prefix": sys.prefix,
        "version": sys.version.split()[0], "argv": sys.argv, "cwd": os.getcwd(), "path": sys.path,
        "environ": dict(os.environ), "threads": [thread.name for thread in threading.enumerate()],
        "main": getattr(sys.modules.get("__main__"), "__name__", "none"), "umask": umask(),
        "stdin": os.readlink("/proc/self/fd/0"), "encoding": sys.getfilesystemencoding(),
        "uid": os.getuid(), "gid": os.getgid(), "limits": resource.getrlimit(resource.RLIMIT_NOFILE),
        "signals": {name: handling(getattr(signal, name)) for name in ("SIGPIPE", "SIGINT", "SIGTERM", "SIGCHLD")},
        "modules": sorted(sys.modules),
    }


def inherited():
    done = subprocess.run([sys.executable, "-c", LIST_DESCRIPTORS], close_fds=False, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def app(environ, start_response):
    path = environ["PATH_INFO"]
    answer = inherited() if path == "/inherited" else described()
    if path == "/name":
        answer = {"name": __name__, "file": __file__}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]

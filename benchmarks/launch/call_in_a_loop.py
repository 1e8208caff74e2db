"""The in-process limit: an application called in a bare Python loop, with nothing around it.

    call_in_a_loop.py SECONDS PATH [BODY_BYTES]

Run in the application's folder. What a server does beyond this is the server's cost. environ is a copy of a plain
dict, the answer's pieces are joined and its close() is called. Prints one line of JSON.
"""

import io
import json
import os
import sys
import time

sys.path.insert(0, os.getcwd())
from app import app  # noqa: E402

seconds, path = float(sys.argv[1]), sys.argv[2]
body = b"x" * int(sys.argv[3]) if len(sys.argv) > 3 else b""
environ = {
    "REQUEST_METHOD": "POST" if body else "GET",
    "SCRIPT_NAME": "",
    "PATH_INFO": path,
    "QUERY_STRING": "",
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "8000",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "127.0.0.1",
    "HTTP_HOST": "127.0.0.1:8000",
    "CONTENT_LENGTH": str(len(body)) if body else "",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": False,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


def start_response(status, headers, exc_info=None):
    if status[:3] != "200":
        sys.exit(f"the application answered {status}")


def call():
    request = environ.copy()
    request["wsgi.input"] = io.BytesIO(body)
    answer = app(request, start_response)
    b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()


def run(for_seconds):
    """Calls until the time is over, looking at the clock every 50 calls: (calls, wall seconds, CPU seconds)."""
    calls, cpu, start = 0, time.process_time(), time.perf_counter()
    while time.perf_counter() - start < for_seconds:
        for _ in range(50):
            call()
        calls += 50
    return calls, time.perf_counter() - start, time.process_time() - cpu


run(min(0.5, seconds))
calls, wall, cpu = run(seconds)
print(json.dumps({"requests": calls, "seconds": wall, "cpu_us": cpu / calls * 1e6}))

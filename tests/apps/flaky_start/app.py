"""Promise: a worker that does not start is tried again with growing pauses; one that starts later serves.

FLAKY_LOG names a file: each import appends "start PID TIME\\n". The first FLAKY_FAILURES imports (default 2) end the
process with exit code 9, after "not warm yet" on stderr. Any path: 200, the number of imports so far.
"""
import os
import sys
import time

path = os.environ["FLAKY_LOG"]
with open(path, "a") as log:
    log.write(f"start {os.getpid()} {time.monotonic():.3f}\n")
with open(path) as log:
    starts = sum(1 for _ in log)
if starts <= int(os.environ.get("FLAKY_FAILURES", 2)):
    print("not warm yet", file=sys.stderr)
    sys.stderr.flush()
    os._exit(9)


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(starts).encode()]

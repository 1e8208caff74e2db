"""Promise: an application that starts threads and processes runs unharmed.

Each answers JSON; "ok" must be true.

GET /threads?n=8      n threads that compute and are joined
GET /pool             concurrent.futures.ThreadPoolExecutor, 20 jobs
GET /subprocess       subprocess.run of this interpreter, its output and exit status
GET /shell            os.system and os.popen
GET /fork             os.fork; the child answers by a pipe and leaves by os._exit, the parent reaps it
GET /fork-exit        os.fork; the child leaves by sys.exit, through the server's own code: it must not answer anything
GET /fork-log?n=1000  os.fork; the child writes n lines to wsgi.errors while the parent answers in n pieces, none of which may be spoilt
GET /orphan?s=1       os.fork; the child lives on for s seconds after the answer, with every descriptor it inherited:
                      the client must not wait for it, and a stopped worker must count as gone
GET /multiprocessing?method=fork|spawn|forkserver   a Process and a Queue
GET /background       starts one thread that ticks ten times a second for as long as the process lives
GET /ticks            how many ticks so far: it goes on between requests
GET /compute?n=1      starts n threads that compute, with the GIL, for as long as the process lives
GET /asyncio          asyncio.run in a request
GET /local            a threading.local counter of the thread that serves: {"thread", "count"}
"""
import asyncio
import concurrent.futures
import json
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from urllib.parse import parse_qsl

import work

ticks = 0
local = threading.local()


def threads(query):
    results = []
    count = int(query.get("n", 8))
    running = [threading.Thread(target=lambda n=n: results.append(work.total(n))) for n in range(count)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return {"ok": sorted(results) == sorted(work.total(n) for n in range(len(running)))}


def pool(query):
    with concurrent.futures.ThreadPoolExecutor(4) as executor:
        return {"ok": list(executor.map(work.total, range(20))) == [work.total(n) for n in range(20)]}


def run_subprocess(query):
    done = subprocess.run([sys.executable, "-c", "print('child'); raise SystemExit(5)"], stdout=subprocess.PIPE)
    return {"ok": done.returncode == 5 and done.stdout.strip() == b"child"}


def shell(query):
    with os.popen("echo shell") as output:
        return {"ok": output.read().strip() == "shell" and os.system("exit 4") >> 8 == 4}


def fork(query):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, b"from the child")
        os._exit(6)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    return {"ok": said == b"from the child" and os.waitpid(child, 0)[1] >> 8 == 6}


def fork_exit(query):
    child = os.fork()
    if child == 0:
        sys.exit(6)
    return {"ok": os.waitpid(child, 0)[1] >> 8 == 6}


def fork_log(environ, count):
    child = os.fork()
    if child == 0:
        for n in range(count):
            environ["wsgi.errors"].write(f"{n} from the child\n")
        os._exit(0)

    def pieces():
        for n in range(count):
            yield b"%d from the parent\n" % n
        os.waitpid(child, 0)
        yield b"end\n"
    return pieces()


def orphan(query):
    child = os.fork()
    if child == 0:
        time.sleep(float(query.get("s", 1)))
        os._exit(0)
    return {"ok": True, "child": child}


def run_multiprocessing(query):
    context = multiprocessing.get_context(query.get("method", "fork"))
    queue = context.Queue()
    process = context.Process(target=work.put_total, args=(queue, 100))
    process.start()
    result = queue.get(timeout=20)
    process.join(20)
    return {"ok": result == work.total(100) and process.exitcode == 0, "exitcode": process.exitcode}


def tick():
    global ticks
    while True:
        ticks += 1
        time.sleep(0.1)


def background(query):
    threading.Thread(target=tick, daemon=True).start()
    return {"ok": True}


def spin():
    while True:
        sum(range(1000))


def compute(query):
    for _ in range(int(query.get("n", 1))):
        threading.Thread(target=spin, daemon=True).start()
    return {"ok": True}


async def gather():
    async def later(n):
        await asyncio.sleep(0.01)
        return n
    return await asyncio.gather(*(later(n) for n in range(10)))


def count_local(query):
    local.count = getattr(local, "count", 0) + 1
    return {"ok": True, "thread": threading.current_thread().name, "count": local.count}


PATHS = {
    "/threads": threads, "/pool": pool, "/subprocess": run_subprocess, "/shell": shell, "/fork": fork,
    "/fork-exit": fork_exit, "/orphan": orphan, "/multiprocessing": run_multiprocessing, "/background": background,
    "/ticks": lambda query: {"ok": True, "ticks": ticks}, "/local": count_local, "/compute": compute,
    "/asyncio": lambda query: {"ok": asyncio.run(gather()) == list(range(10))},
}


def app(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    if environ["PATH_INFO"] == "/fork-log":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return fork_log(environ, int(query["n"]))
    answer = PATHS.get(environ["PATH_INFO"], lambda query: {"ok": False})(query)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]

"""A Flask site with one route for each benchmark case."""

import os
import time
import zlib

from flask import Flask, Response, render_template, request, send_from_directory

HERE = os.path.dirname(os.path.abspath(__file__))
WORK_SECONDS = 0.005

app = Flask(__name__)


@app.route("/")
def hello():
    return "Hello, World!\n"


@app.route("/page")
def page():
    rows = [{"name": f"item {n}", "price": n * 1.25, "stock": n % 7} for n in range(10)]
    return render_template("page.html", title="Ten items & <escapes>", rows=rows)


@app.route("/upload", methods=["POST"])
def upload():
    return f"{len(request.get_data())}\n"


@app.route("/upload/checksum", methods=["POST"])
def checksum():
    # Only for the check before the timing: a checksum of 64 KiB costs as much as a request.
    return f"{zlib.crc32(request.get_data()):08x}\n"


@app.route("/files/<path:name>")
def files(name):
    return send_from_directory(os.path.join(HERE, "files"), name)


@app.route("/json")
def json_rows():
    rows = [{"id": n, "name": f"item {n}", "price": n * 1.25, "tags": ["a", "b", "c"], "description": "x" * 30} for n in range(20)]
    return {"rows": rows}


@app.route("/bytes/<int:size>")
def some_bytes(size):
    return Response(b"x" * size, mimetype="application/octet-stream")


@app.route("/query")
def query():
    burn(0.0001)
    time.sleep(0.002)
    burn(0.0001)
    return "rows\n"


@app.route("/events")
def events():
    def stream():
        while True:
            yield f"data: {time.monotonic():.6f} ".ljust(198, ".") + "\n\n"
            time.sleep(1)

    return Response(stream(), mimetype="text/event-stream")


@app.route("/sleep")
def sleep():
    time.sleep(0.05)
    return "slept\n"


@app.route("/work")
def work():
    # CPU time of this thread, not wall time: a neighbour that holds the GIL must not shorten the work.
    burn(WORK_SECONDS)
    return "worked\n"


def burn(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(20))

"""Promise: an ordinary Flask application is served completely, and fast enough to measure.

GET  /                      "Hello, World!"
GET  /page                  a Jinja page with a table of 20 rows; <, > and & in it are escaped
POST /echo                  the length of the request body, as text
GET  /static/20k.txt        20,480 bytes through Flask's static route
GET  /sleep?s=0.05          waits, then "slept"
GET  /burn?ms=5             burns that much CPU time of its thread, then "burned"
GET  /who                   {"pid": …, "thread": …, "flask": version}
"""
import os
import threading
import time

from flask import Flask, jsonify, render_template, request

app = Flask(__name__)
ROWS = [{"name": f"Plate {n}", "heat": 20 + 5 * n, "note": "a < b & c > d"} for n in range(20)]


@app.get("/")
def hello():
    return "Hello, World!"


@app.get("/page")
def page():
    return render_template("page.html", title="Hot plates", rows=ROWS)


@app.post("/echo")
def echo():
    return str(len(request.get_data()))


@app.get("/sleep")
def sleep():
    time.sleep(request.args.get("s", 0.05, float))
    return "slept"


@app.get("/burn")
def burn():
    end = time.thread_time() + request.args.get("ms", 5, float) / 1000
    while time.thread_time() < end:
        sum(range(200))
    return "burned"


@app.get("/who")
def who():
    try:
        from importlib.metadata import version
        flask = version("flask")
    except Exception:  # Debian's package may lack metadata for another interpreter
        flask = "unknown"
    return jsonify(pid=os.getpid(), thread=threading.current_thread().name, flask=flask)

"""Promise: a request that was answered 2xx ran exactly once.

The environment variable LEDGER names an SQLite file. It is made safely when several workers start at once.

POST /?id=ID&ms=5   burns that long, records ID with the pid, then answers "recorded ID"
GET  /?ms=5         burns that long, answers the pid
GET  /count         JSON {"rows", "ids"}: how many records, how many different ids
GET  /ids           one "ID COUNT" a line
"""
import json
import os
import sqlite3
import time
from urllib.parse import parse_qsl

LEDGER = os.environ["LEDGER"]


def connected():
    connection = sqlite3.connect(LEDGER, timeout=30, isolation_level=None)
    connection.execute("PRAGMA busy_timeout = 30000")
    return connection


def prepare():
    connection = connected()
    for attempt in range(50):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE IF NOT EXISTS record (id TEXT NOT NULL, pid INTEGER NOT NULL)")
            break
        except sqlite3.OperationalError:  # changing the journal mode does not wait its turn
            time.sleep(0.05)
    connection.close()


def query_all(statement, *parameters):
    connection = connected()
    try:
        return connection.execute(statement, parameters).fetchall()
    finally:
        connection.close()


def burn(milliseconds):
    end = time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        sum(range(200))


prepare()


def app(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    path = environ["PATH_INFO"]
    if path == "/count":
        rows, ids = query_all("SELECT count(*), count(DISTINCT id) FROM record")[0]
        body = json.dumps({"rows": rows, "ids": ids})
    elif path == "/ids":
        body = "".join(f"{name} {count}\n" for name, count in query_all("SELECT id, count(*) FROM record GROUP BY id"))
    else:
        burn(float(query.get("ms", 5)))
        body = str(os.getpid())
        if environ["REQUEST_METHOD"] == "POST":
            query_all("INSERT INTO record VALUES (?, ?)", query["id"], os.getpid())
            body = f"recorded {query['id']}"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body.encode()]

"""The SQLite database: one connection a request, made safely however many workers start at once."""
import contextlib
import fcntl
import os
import secrets
import sqlite3

from flask import current_app, g

import samples

SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    visitor TEXT NOT NULL,
    message TEXT NOT NULL,
    heat INTEGER NOT NULL,
    written TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS file (
    id INTEGER PRIMARY KEY,
    entry INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
    stored TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    size INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS file_of_entry ON file (entry);
"""


@contextlib.contextmanager
def alone(data):
    """Holds a lock among all processes that use this data directory."""
    with open(os.path.join(data, "lock"), "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def connect(data):
    connection = sqlite3.connect(os.path.join(data, "guestbook.db"), timeout=10)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def prepare(site):
    """Makes the schema, and the first few entries in a new guestbook."""
    data = site.config["DATA"]
    os.makedirs(os.path.join(data, "uploads"), mode=0o700, exist_ok=True)
    # Changing to WAL does not wait for other connections, so the lock must be ours and not SQLite's.
    with alone(data), contextlib.closing(connect(data)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(SCHEMA)
        if connection.execute("SELECT count(*) FROM entry").fetchone()[0] == 0:
            samples.write(connection, data)
            connection.commit()
    site.teardown_appcontext(close)


def session_key(data):
    """The key that signs the session cookies: made once, shared by all workers."""
    path = os.path.join(data, "session.key")
    with alone(data):
        if not os.path.exists(path):
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
        with open(path) as file:
            return file.read()


def connection():
    """This request's connection."""
    if "connection" not in g:
        g.connection = connect(current_app.config["DATA"])
    return g.connection


def close(error=None):
    opened = g.pop("connection", None)
    if opened is not None:
        opened.close()

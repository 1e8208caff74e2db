"""Files that visitors bring: kept under random names, given back as downloads; true pictures are also shown."""
import os
import secrets

from flask import Blueprint, abort, current_app, render_template, send_file

from database import connection

# The first bytes of the pictures a browser may show; what only claims to be one is offered for download.
PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
blueprint = Blueprint("files", __name__, url_prefix="/files")


def place(stored):
    return os.path.join(current_app.config["DATA"], "uploads", stored)


def keep(upload, entry):
    """Stores an uploaded file and notes it in the database, within the caller's transaction."""
    stored = secrets.token_hex(16)
    name = os.path.basename(upload.filename.replace("\\", "/"))[-120:] or "file"
    upload.save(place(stored))
    with open(place(stored), "rb") as file:
        head = file.read(16)
    kind = next((kind for start, kind in PICTURES.items() if head.startswith(start)), "application/octet-stream")
    connection().execute("INSERT INTO file (entry, stored, name, type, size) VALUES (?, ?, ?, ?, ?)",
                         (entry, stored, name, kind, os.path.getsize(place(stored))))


def of_entry(entry):
    return [dict(row) for row in connection().execute("SELECT * FROM file WHERE entry = ? ORDER BY id", (entry,))]


def forget(stored_names):
    for stored in stored_names:
        try:
            os.unlink(place(stored))
        except FileNotFoundError:
            pass


def found(number):
    row = connection().execute("SELECT * FROM file WHERE id = ?", (number,)).fetchone()
    if row is None or not os.path.exists(place(row["stored"])):
        abort(404, "There is no such file on the shelf.")
    return row


@blueprint.get("/")
def index():
    rows = connection().execute(
        "SELECT file.*, entry.name AS visitor, entry.written FROM file JOIN entry ON entry.id = file.entry "
        "ORDER BY file.id DESC LIMIT 200").fetchall()
    return render_template("files.html", files=rows, total=sum(row["size"] for row in rows))


@blueprint.get("/<int(max=999999999):number>")
def download(number):
    row = found(number)
    return send_file(place(row["stored"]), mimetype=row["type"], as_attachment=True, download_name=row["name"])


@blueprint.get("/<int(max=999999999):number>/picture")
def picture(number):
    row = found(number)
    if row["type"] not in PICTURES.values():
        abort(404, "This file is not a picture.")
    return send_file(place(row["stored"]), mimetype=row["type"], max_age=3600)

"""The pages of the guestbook itself: read, sign, take back, export."""
import contextlib
import csv
import io
from datetime import datetime, timezone

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for

import files
from database import connect, connection
from forms import Form

PER_PAGE = 6
blueprint = Blueprint("entries", __name__)


def page_of_entries(page):
    rows = connection().execute(
        "SELECT * FROM entry ORDER BY written DESC, id DESC LIMIT ? OFFSET ?", (PER_PAGE + 1, (page - 1) * PER_PAGE))
    entries = [dict(row) for row in rows]
    for entry in entries:
        entry["files"] = files.of_entry(entry["id"])
        entry["mine"] = bool(entry["visitor"]) and entry["visitor"] == session.get("visitor")
    return entries[:PER_PAGE], len(entries) > PER_PAGE


def summary():
    return connection().execute(
        "SELECT count(*) AS entries, count(DISTINCT name) AS visitors, coalesce(round(avg(heat)), 0) AS heat, "
        "(SELECT count(*) FROM file) AS files FROM entry").fetchone()


def show(form, status=200):
    page = min(100_000, max(1, request.args.get("page", 1, int)))
    entries, more = page_of_entries(page)
    if page > 1 and not entries:
        abort(404, "The guestbook does not have that many pages yet.")
    return render_template("index.html", entries=entries, page=page, more=more, summary=summary(), form=form), status


@blueprint.get("/")
def index():
    return show(Form({"heat": "60"}))


@blueprint.post("/")
def sign():
    if "name" not in session:
        flash("Please sign in with your name first.")
        return redirect(url_for("account.login"))
    form = Form(request.form)
    message = form.text("message", "The message", 3, 1000)
    heat = form.number("heat", "The temperature", 20, 300)
    upload = request.files.get("file")
    if not form.good:
        return show(form, 422)
    database = connection()
    with database:
        entry = database.execute(
            "INSERT INTO entry (name, visitor, message, heat, written) VALUES (?, ?, ?, ?, ?)",
            (session["name"], session["visitor"], message, heat,
             datetime.now(timezone.utc).isoformat(timespec="seconds"))).lastrowid
        if upload and upload.filename:
            files.keep(upload, entry)
    flash("Thank you. Your entry is in the book.")
    return redirect(url_for("entries.index") + f"#entry-{entry}")


@blueprint.post("/entries/<int(max=999999999):entry>/delete")
def take_back(entry):
    database = connection()
    stored = [file["stored"] for file in files.of_entry(entry)]
    with database:
        gone = database.execute("DELETE FROM entry WHERE id = ? AND visitor = ? AND visitor <> ''",
                                (entry, session.get("visitor", ""))).rowcount
    if not gone:
        abort(403, "Only the visitor who wrote an entry can take it back.")
    files.forget(stored)
    flash("Your entry has been taken out of the book.")
    return redirect(url_for("entries.index"))


@blueprint.get("/guestbook.csv")
def export():
    """The whole book as a download, a row at a time: it is never in memory at once."""
    return current_app.response_class(
        csv_lines(current_app.config["DATA"]), mimetype="text/csv",
        headers={"Content-Disposition": "attachment; filename=guestbook.csv"})


def csv_lines(data):
    line = io.StringIO()
    table = csv.writer(line)
    table.writerow(("id", "written", "name", "heat", "message"))
    # A connection of its own: the request's is closed when the view returns, and the stream outlives that.
    with contextlib.closing(connect(data)) as database:
        for row in database.execute("SELECT id, written, name, heat, message FROM entry ORDER BY id"):
            table.writerow([guarded(value) for value in row])
            yield line.getvalue()
            line.seek(0)
            line.truncate()
    yield line.getvalue()


def guarded(value):
    """Keeps a spreadsheet from taking a visitor's words for a formula."""
    return "'" + value if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value

"""The guestbook of a small laboratory: an ordinary Flask site, and Hotplate's example.

./hotplate serve examples/guestbook/app.py
"""
import os
import platform
from importlib import metadata

from flask import Flask, render_template, request, session
from werkzeug.exceptions import HTTPException

import account
import database
import entries
import files
import forms
import moments
import warm_up


def data_directory():
    """Where the database, the uploads and the session key live; made when missing."""
    path = os.environ.get("GUESTBOOK_DATA") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
    os.makedirs(path, mode=0o700, exist_ok=True)
    return path


def flask_version():
    try:
        return metadata.version("flask")
    except metadata.PackageNotFoundError:
        return ""


def create_app():
    site = Flask(__name__)
    site.config.update(
        DATA=data_directory(),
        MAX_CONTENT_LENGTH=8 * 1024 * 1024,
        SESSION_COOKIE_NAME="guestbook",
        SESSION_COOKIE_SAMESITE="Lax",
    )
    site.secret_key = database.session_key(site.config["DATA"])
    database.prepare(site)
    forms.guard(site)
    moments.add_filters(site)
    for room in (account, entries, files, warm_up):
        site.register_blueprint(room.blueprint)

    versions = f"Python {platform.python_version()} · Flask {flask_version()}"

    @site.context_processor
    def about_the_visit():
        return {"visitor_name": session.get("name"), "worker": os.getpid(), "versions": versions}

    @site.after_request
    def harden(response):
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault(
            "Content-Security-Policy",
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'")
        return response

    @site.get("/about")
    def about():
        return render_template("about.html", server=request.environ.get("SERVER_SOFTWARE", "unknown"))

    @site.get("/boom")
    def boom():
        raise RuntimeError("Somebody left the plate on. (This page raises on purpose.)")

    @site.errorhandler(HTTPException)
    def went_wrong(error):
        response = error.get_response()  # keeps what belongs to the status, such as Allow
        response.data = render_template("error.html", code=error.code, title=error.name, text=error.description)
        response.content_type = "text/html; charset=utf-8"
        return response

    @site.errorhandler(500)
    def broke(error):
        return render_template("error.html", code=500, title="Something boiled over",
                               text="The error is in the log. It was not your fault."), 500

    return site


app = create_app()

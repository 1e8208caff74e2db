"""Signing in: a name is enough, this is a guestbook."""
import secrets

from flask import Blueprint, flash, redirect, render_template, request, session, url_for

from forms import Form

blueprint = Blueprint("account", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
def login():
    form = Form(request.form)
    if request.method == "POST":
        name = form.text("name", "A name", 2, 40)
        if form.good:
            session.clear()
            session.update(name=name, visitor=secrets.token_hex(8))
            flash(f"Welcome, {name}. The plate is warm.")
            return redirect(url_for("entries.index"))
    return render_template("login.html", form=form), 200 if form.good else 422


@blueprint.post("/logout")
def logout():
    session.clear()
    flash("You have signed out. Mind the hot glass on your way.")
    return redirect(url_for("entries.index"))

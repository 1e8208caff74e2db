"""What a form must bring: the session's token, and fields that hold what they should."""
import hmac
import secrets

from flask import abort, request, session


def token():
    """The secret that this session's forms carry."""
    if "token" not in session:
        session["token"] = secrets.token_urlsafe(24)
    return session["token"]


def guard(site):
    """Refuses a form that did not come from one of our own pages."""

    @site.before_request
    def check():
        if request.method in ("POST", "PUT", "PATCH", "DELETE"):
            sent, known = request.form.get("token", ""), session.get("token", "")
            if not known or not hmac.compare_digest(sent.encode(), known.encode()):
                abort(400, "This form is too old, or it came from another site. Reload the page and try again.")

    site.jinja_env.globals["form_token"] = token


class Form:
    """The values a visitor typed and what is wrong with them."""

    def __init__(self, values=None):
        self.values, self.problems = dict(values or {}), {}

    def text(self, field, label, shortest, longest):
        value = " ".join(self.values.get(field, "").split()) if longest <= 80 else self.values.get(field, "").strip()
        self.values[field] = value
        if len(value) < shortest:
            self.problems[field] = f"{label} needs at least {shortest} characters."
        elif len(value) > longest:
            self.problems[field] = f"{label} may have {longest} characters; this has {len(value)}."
        return value

    def number(self, field, label, lowest, highest):
        try:
            value = int(self.values.get(field, ""))
        except ValueError:
            value = None
        if value is None or not lowest <= value <= highest:
            self.problems[field] = f"{label} is a whole number from {lowest} to {highest}."
        return value

    @property
    def good(self):
        return not self.problems

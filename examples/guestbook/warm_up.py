"""A page that is sent while it is being made: a plate that warms up before the visitor's eyes."""
import math
import time

from flask import Blueprint, current_app, request, stream_with_context

from forms import token

blueprint = Blueprint("warm_up", __name__)


def readings(target, count, pause):
    """A controller's readings: a quick rise, a small overshoot, then calm."""
    for number in range(count):
        if number:
            time.sleep(pause)
        share = 8 * number / max(1, count - 1)
        heat = target - (target - 20) * math.exp(-0.85 * share) * math.cos(0.75 * share)
        power = min(100, max(0, round((target - heat) / (target - 20) * 130 + 8)))
        yield {"number": number + 1, "second": number * pause, "heat": round(heat), "power": power}


@blueprint.get("/warm-up")
def page():
    token()  # before the answer begins: a session cannot be written once its headers are sent
    target = min(300, max(60, request.args.get("target", 180, int)))
    count = min(60, max(2, request.args.get("steps", 24, int)))
    pause = min(2.0, max(0.0, request.args.get("pause", 0.25, float)))
    template = current_app.jinja_env.get_template("warm_up.html")
    context = {"target": target, "count": count, "readings": readings(target, count, pause)}
    current_app.update_template_context(context)
    # generate() hands over each piece of the template as soon as it is known, and each is sent at once.
    return current_app.response_class(stream_with_context(template.generate(context)), mimetype="text/html")

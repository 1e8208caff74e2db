"""How times, sizes and temperatures are said on a page."""
from datetime import datetime, timezone

STEPS = ((60, "minute"), (3600, "hour"), (86400, "day"), (604800, "week"))


def ago(written):
    """An ISO time as "5 minutes ago", or its date once it is more than four weeks old."""
    then = datetime.fromisoformat(written)
    seconds = (datetime.now(timezone.utc) - then).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds > 4 * 604800:
        return f"{then.day} {then:%B %Y}"
    length, unit = max(step for step in STEPS if seconds >= step[0])
    count = int(seconds // length)
    return f"{count} {unit}{'' if count == 1 else 's'} ago"


def size(count):
    """A number of bytes for people."""
    for unit in ("bytes", "KB", "MB"):
        if count < 1024 or unit == "MB":
            return f"{count:.0f} {unit}" if unit == "bytes" or count >= 10 else f"{count:.1f} {unit}"
        count /= 1024


def hue(heat):
    """The colour of a temperature, as a hue in degrees: teal below 60 °C, then from amber to red at 300 °C."""
    return 183 if int(heat) < 60 else round(44 - 42 * min(1, (int(heat) - 60) / 240))


def initials(name):
    words = [word for word in name.replace("-", " ").split() if word]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words[:1])).upper()


def add_filters(site):
    site.jinja_env.filters.update(ago=ago, size=size, hue=hue, initials=initials)

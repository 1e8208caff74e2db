"""What the figures must show, and what they aim at. Ratios are Hotplate over the other, median of the rounds."""

import statistics
from dataclasses import dataclass

from .results import Results

HOTPLATE = "hotplate"
LIMIT = "limit"


@dataclass(frozen=True)
class Verdict:
    """One target beside what was measured: a line of the table."""

    what: str
    measured: float
    per_round: list
    must: float
    aim: float
    at_most: bool
    unit: str

    def holds(self, bound):
        return self.measured <= bound if self.at_most else self.measured >= bound

    def show(self, value):
        return f"{value:.2f} ×" if self.unit == "×" else f"{value:.{2 if self.unit == 's' else 1}f} {self.unit}"

    def show_bound(self, bound):
        return f"{'≤' if self.at_most else '≥'} {bound:g} {self.unit}"


def rps(sample):
    return sample["rps"]


def cpu(sample):
    return sample["cpu_us"]


def p99(sample):
    return sample["p99"]


# what, case, value, the other, workers of ours, workers of the other, must, aim, at most?
RATIOS = [
    ("Flask hello, CPU a request / gunicorn gthread", "flask-hello", cpu, "gunicorn-gthread", 2, 2, 0.45, 0.375, True),
    ("Flask hello, CPU a request / uWSGI http11", "flask-hello", cpu, "uwsgi-http11", 2, 2, 0.95, 0.95, True),
    ("Flask hello, throughput / gunicorn gthread", "flask-hello", rps, "gunicorn-gthread", 2, 2, 2.1, 2.6, False),
    ("Flask hello, throughput / nginx → gunicorn", "flask-hello", rps, "nginx-gunicorn", 2, 2, 2.5, 3.3, False),
    ("Flask hello, throughput / uWSGI http11", "flask-hello", rps, "uwsgi-http11", 2, 2, 1.0, 1.3, False),
    ("Flask hello, one worker / in-process limit", "flask-hello", rps, LIMIT, 1, 1, 0.9, 0.97, False),
    ("Raw hello, throughput / gunicorn gthread", "raw-hello", rps, "gunicorn-gthread", 2, 2, 5, 7, False),
    ("Raw hello, CPU a request / gunicorn gthread", "raw-hello", cpu, "gunicorn-gthread", 2, 2, 0.16, 0.16, True),
    ("64 KiB POST, throughput / gunicorn gthread", "post-64k", rps, "gunicorn-gthread", 2, 2, 1.5, 2, False),
    ("64 KiB POST, CPU a request / gunicorn gthread", "post-64k", cpu, "gunicorn-gthread", 2, 2, 0.6, 0.6, True),
    ("Mixed, p99 of the fast / gunicorn gthread", "mixed-c32", p99, "gunicorn-gthread", 2, 2, 0.5, 0.25, True),
    ("sleep(0.05) at c256, throughput / gunicorn gevent", "sleep-c256", rps, "gunicorn-gevent", 2, 2, 0.8, 1, False),
]


def verdicts(results: Results):
    """A verdict for each target that was measured."""
    found = []
    for what, case, value, other, ours, theirs, must, aim, at_most in RATIOS:
        per_round = results.ratios(case, (HOTPLATE, ours), (other, theirs), value)
        found.append((what, per_round, must, aim, at_most, "×"))

    samples = results.of("flask-hello", HOTPLATE, 2).values()
    bare = results.about.get("bare_python_mb")
    fronts = [sample["memory"]["front"] for sample in samples]
    workers = [max(sample["memory"]["workers"]) - bare for sample in samples if bare and sample["memory"]["workers"]]
    first = [sample["first_answer_ms"] / 1e3 for sample in samples]
    found.append(("Memory after the Flask run, front (PSS)", fronts, 90, 60, True, "MB"))
    found.append(("The same, a worker above a bare python with the app", workers, 8, 5, True, "MB"))
    found.append(("First answer after the command, Flask, two workers", first, 1.0, 0.5, True, "s"))
    return [
        Verdict(what, statistics.median(per_round), per_round, must, aim, at_most, unit)
        for what, per_round, must, aim, at_most, unit in found
        if per_round
    ]

"""The rows of a table: one server on one case, medians of its rounds."""

import statistics
from dataclasses import dataclass

from .cases import CASES
from .servers import SERVERS
from .targets import HOTPLATE, LIMIT, rps

TITLES = {server.name: server.title for server in SERVERS} | {LIMIT: "in-process limit, 1 core"}


@dataclass(frozen=True)
class Row:
    """Medians of one server on one case. Times in ms, CPU in µs, memory in MB; None where it was not measured."""

    name: str
    title: str
    rps: float
    cpu_us: float
    p50: float = None
    p99: float = None
    slow_p99: float = None
    memory: float = None
    errors: str = ""
    ratio: float = None  # Hotplate's throughput over this one's, median of the rounds


def tables(results):
    """(case, workers, rows, failures) for each case that was run, in the order of the cases."""
    for case in CASES:
        for workers in case.workers:
            rows = [row for name in TITLES if (row := _row(results, case, name, workers))]
            failures = [
                f"{TITLES[name]}: {why}" for name in TITLES if (why := results.failure(case.name, name, workers))
            ]
            if rows or failures:
                yield case, workers, rows, failures


def _row(results, case, name, workers):
    of_limit = name == LIMIT
    samples = list(results.of(case.name, name, 1 if of_limit else workers).values())
    if not samples:
        return None

    def median(value):
        return statistics.median(value(sample) for sample in samples)

    row = {"rps": median(rps), "cpu_us": median(lambda sample: sample["cpu_us"])}
    if not of_limit:
        row["p50"] = median(lambda sample: sample["p50"])
        row["p99"] = median(lambda sample: sample["p99"])
        row["memory"] = median(lambda sample: sample["memory"]["total"])
        row["errors"] = _errors(samples)
    if case.slow_path:
        row["slow_p99"] = median(lambda sample: sample["slow"]["p99"])
    pairs = results.ratios(case.name, (HOTPLATE, workers), (name, workers), rps)
    if name != HOTPLATE and pairs:
        row["ratio"] = statistics.median(pairs)
    return Row(name, TITLES[name], **row)


def _errors(samples):
    """All errors of all rounds in words, or nothing."""
    totals = {}
    for sample in samples:
        for kind, count in sample["errors"].items():
            totals[kind] = totals.get(kind, 0) + count
    words = {"timeout": "unanswered for 2 s", "status": "not 2xx"}
    return ", ".join(f"{count} {words.get(kind, kind)}" for kind, count in totals.items())

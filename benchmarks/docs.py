"""docs/benchmarks.md: the parts between its marks, and the chart beside it. The prose around them is written by hand."""

import re
from pathlib import Path

from . import chart, rows
from .cases import CASES
from .servers import SERVERS
from .targets import verdicts

FOLDER = Path(__file__).resolve().parent.parent / "docs"
PAGE, CHART = FOLDER / "benchmarks.md", FOLDER / "benchmarks.svg"


def write(results):
    """Replaces every generated part of the page, and the chart."""
    page = PAGE.read_text()
    for name, lines in {
        "servers": _servers(results), "cases": _cases(), "figures": _figures(results),
    }.items():
        page, found = re.subn(
            rf"(<!-- made by ./bench: {name} -->\n).*?(<!-- end: {name} -->)",
            lambda marks: marks[1] + "\n" + "\n".join(lines) + "\n\n" + marks[2],
            page,
            flags=re.DOTALL,
        )
        if found != 1:
            raise SystemExit(f"bench: docs/benchmarks.md has lost its marks for {name}")
    PAGE.write_text(page)
    if results.samples:
        CHART.write_text(chart.draw(results))


def _table(heads, body, left=1):
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "|".join("---" if n < left else "---:" for n in range(len(heads))) + "|"
    for row in body:
        yield "| " + " | ".join(row) + " |"


def _servers(results):
    versions = results.about.get("versions", {})
    body = [[server.title, versions.get(server.name) or server.version() or "", server.settings] for server in SERVERS]
    return list(_table(["server", "version", "settings"], body, left=3))


def _cases():
    body = []
    for case in CASES:
        asked = f"`{'POST' if case.body_bytes else 'GET'} {case.path}`"
        asked += f", `{case.slow_path}`" if case.slow_path else ""
        workers = " and ".join(map(str, case.workers))
        body.append([case.title, asked, str(case.connections), workers, str(case.threads)])
    return list(_table(["case", "request", "connections", "workers", "T"], body, left=2))


def _figures(results):
    if not results.samples:
        return ["Not measured yet."]
    about = results.about
    lines = [
        f"{about['cpu']}, {about['cores']} cores, {about['memory_gib']} GiB, Linux {about['kernel']}; "
        f"Python {about['python']}, Flask {about['flask']}; {about['rounds']} rounds of {about['seconds']:g} s; {about['date']}.",
        "",
        "![Requests per second of every server on every case](benchmarks.svg)",
        "",
        "### What it must show",
        "",
        *_table(["Hotplate", "must", "aim", "median", "each round", ""], map(_verdict, verdicts(results))),
    ]
    for case, workers, table, failures in rows.tables(results):
        lines += ["", f"### {case.title}, {workers} worker{'s' if workers > 1 else ''}", ""]
        mixed = bool(case.slow_path)
        latencies = ["fast p50 ms", "fast p99 ms", "slow p99 ms"] if mixed else ["p50 ms", "p99 ms"]
        heads = ["server", "requests/s", *latencies, "CPU µs", "PSS MB", "Hotplate is", "errors"]
        lines += _table(heads, (_row(row, mixed) for row in table))
        lines += [line for failure in failures for line in ("", f"Failed: {failure}")]
    for name, why in about.get("skipped", {}).items():
        lines += ["", f"Without {rows.TITLES[name]}: {why}."]
    if bare := about.get("bare_python_mb"):
        lines += ["", f"A bare python with the Flask application imported: {bare:.1f} MB (PSS, mean of two at once)."]
    return lines + ["", *_starts(results)]


def _starts(results):
    body = []
    for server in SERVERS:
        first = results.median("flask-hello", server.name, 2, lambda sample: sample["first_answer_ms"])
        if first is not None:
            body.append([server.title, f"{first:,.0f}"])
    if not body:
        return []
    return ["### First answer after the command, Flask, two workers", "", *_table(["server", "ms"], body)]


def _row(row, mixed):
    def number(value, digits):
        return "" if value is None else f"{value:,.{digits}f}"

    cells = [
        row.title, number(row.rps, 0), number(row.p50, 2), number(row.p99, 2),
        *([number(row.slow_p99, 1)] if mixed else []), number(row.cpu_us, 1),
        number(row.memory, 1), "" if row.ratio is None else f"{row.ratio:.2f} ×", row.errors,
    ]
    return [f"**{cell}**" if row.name == "hotplate" and cell else cell for cell in cells]


def _verdict(verdict):
    mark = "missed" if not verdict.holds(verdict.must) else "aim met" if verdict.holds(verdict.aim) else "met"
    each = ", ".join(f"{value:.2f}" for value in verdict.per_round)
    bounds = [verdict.show_bound(verdict.must), verdict.show_bound(verdict.aim)]
    return [verdict.what, *bounds, verdict.show(verdict.measured), each, mark]

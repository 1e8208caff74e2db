"""The tables as a terminal shows them."""

from . import rows
from .targets import verdicts


def show(results):
    for case, workers, table, failures in rows.tables(results):
        print(f"\n{case.title}, {workers} worker{'s' if workers > 1 else ''}, {case.connections} connections")
        heads = ["", "requests/s", "p50 ms", "p99 ms", "CPU µs", "PSS MB", "Hotplate is", "errors"]
        _print([heads, *(_cells(row) for row in table)])
        for failure in failures:
            print(f"  failed: {failure}")
    checked = verdicts(results)
    if checked:
        print()
        heads = ["Hotplate", "must", "aim", "median", "rounds", ""]
        _print([heads, *(_verdict(verdict) for verdict in checked)])


def _cells(row):
    def number(value, digits):
        return "" if value is None else f"{value:,.{digits}f}"

    return [
        row.title, number(row.rps, 0), number(row.p50, 2), number(row.p99, 2), number(row.cpu_us, 1),
        number(row.memory, 1), "" if row.ratio is None else f"{row.ratio:.2f} ×", row.errors,
    ]


def _verdict(verdict):
    mark = "missed" if not verdict.holds(verdict.must) else "aim met" if verdict.holds(verdict.aim) else "met"
    return [
        verdict.what, verdict.show_bound(verdict.must), verdict.show_bound(verdict.aim),
        verdict.show(verdict.measured), " ".join(f"{value:.2f}" for value in verdict.per_round), mark,
    ]


def _print(table):
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    for row in table:
        cells = [f"{cell:{'<' if n in (0, len(row) - 1) else '>'}{widths[n]}}" for n, cell in enumerate(row)]
        print("  " + "  ".join(cells).rstrip())

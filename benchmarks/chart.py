"""The chart: one panel for each case with two workers, a bar for each server. Hand-made SVG, light and dark."""

from dataclasses import dataclass
from html import escape

from . import rows
from .targets import HOTPLATE, LIMIT

WIDTH, MARGIN, GAP = 960, 28, 24
LABEL, VALUE = 172, 80  # px kept for a bar's name on its left and its figure on its right
BAR, STEP = 13, 21
STYLE = """
  .ground { fill: #ffffff; stroke: #d9dee5 } .ink { fill: #1b222c } .soft { fill: #5d6877 }
  .bar { fill: #b9c3d0 } .ours { fill: #e0562b } .limit { fill: none; stroke: #8591a1; stroke-dasharray: 3 2 }
  text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif }
  .title { font-size: 19px; font-weight: 650 } .panel { font-size: 14px; font-weight: 650 } .strong { font-weight: 650 }
  .small { font-size: 11px }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #14181f; stroke: #2a313b } .ink { fill: #e8edf3 } .soft { fill: #97a3b3 }
    .bar { fill: #46505e } .ours { fill: #ff7a4d } .limit { stroke: #76828f }
  }
"""


@dataclass(frozen=True)
class Panel:
    """One case: a title, what its bars are, and the bars as (row, length, figure in words)."""

    title: str
    about: str
    bars: list

    @property
    def height(self):
        return 46 + STEP * len(self.bars)


def draw(results):
    """The whole picture as text."""
    panels = list(_panels(results))
    width = (WIDTH - 2 * MARGIN - GAP) / 2
    body, top = [], 86
    for left, right in zip(panels[::2], [*panels[1::2], None]):
        for column, panel in enumerate((left, right)):
            if panel:
                body += _panel(panel, MARGIN + column * (width + GAP), top, width)
        top += max(left.height, right.height if right else 0) + 20
    about, height = results.about, top + 20
    where = f"{about['cpu']}, {about['cores']} cores shared with the load"
    subtitle = f"{where}; two workers each; medians of {about['rounds']} rounds"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
            ' role="img">',
            "<title>Hotplate beside other WSGI servers</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="ground" x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1}" rx="10"/>',
            _text(MARGIN, 40, "Hotplate beside other WSGI servers", "title ink"),
            _text(MARGIN, 60, subtitle, "soft"),
            *body,
            _text(MARGIN, top, "* had errors, or left clients without an answer for seconds: see the tables.", "small soft"),
            "</svg>\n",
        ]
    )


def _panels(results):
    """Flask hello first, by speed and by cost; then the other cases."""
    found = [(case, table) for case, workers, table, _ in rows.tables(results) if workers == 2]
    for case, table in sorted(found, key=lambda one: one[0].name != "flask-hello"):
        if case.slow_path:
            yield Panel(case.title, "p99 of the fast ones in ms, shorter is better", _bars(table, lambda row: row.p99, 1))
            continue
        yield Panel(case.title, "requests a second", _bars(table, lambda row: row.rps, 0))
        if case.name == "flask-hello":
            about = "CPU µs for a request, all processes together, shorter is better"
            yield Panel(case.title, about, _bars(table, lambda row: row.cpu_us, 0))


def _bars(table, value, digits):
    """The limit is left out where it would make all others look alike."""
    longest = max((value(row) for row in table if row.name != LIMIT), default=0)
    return [
        (row, value(row), f"{value(row):,.{digits}f}" + (" *" if row.errors else ""))
        for row in table
        if row.name != LIMIT or value(row) <= 3 * longest
    ]


def _panel(panel, left, top, width):
    yield _text(left, top + 14, panel.title, "panel ink")
    yield _text(left, top + 31, panel.about, "small soft")
    longest = max((length for _, length, _ in panel.bars), default=0) or 1
    room = width - LABEL - VALUE
    for number, (row, length, figure) in enumerate(panel.bars):
        y = top + 42 + number * STEP
        ours = row.name == HOTPLATE
        bar = max(2.0, room * length / longest)
        kind = "ours" if ours else "limit" if row.name == LIMIT else "bar"
        yield _text(left + LABEL - 8, y + 11, row.title, "strong ink" if ours else "soft", "end")
        yield f'<rect class="{kind}" x="{left + LABEL:.1f}" y="{y}" width="{bar:.1f}" height="{BAR}" rx="3"/>'
        yield _text(left + LABEL + bar + 7, y + 11, figure, "strong ink" if ours else "ink")


def _text(x, y, words, kind, anchor="start"):
    side = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}"{side}>{escape(words)}</text>'

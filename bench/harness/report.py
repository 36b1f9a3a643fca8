"""The tables: what was measured, and which aims are met.

One rule: an aim is a ratio to a floor or to another line of the same run. What depends on the machine gets no verdict.
"""

import math
import sys

from .load import Measured


class Report:
    """Collects rows while the lines run, and prints them as Markdown at the end."""

    def __init__(self):
        self._rows = []
        self._aims = []
        self._figures = []
        self.failures = []

    def row(self, line, database, what, floor=None):
        """A measured line and, if there is one, its floor's name and figures."""
        cells = [line, database, *_figures(what)]
        if floor is None:
            cells += ["-", "-", "-"]
        else:
            name, least = floor
            cells += [name, _number(least.per_second), f"{what.per_second / least.per_second:.3f}"]
        self._rows.append(cells)
        _progress(f"{line}, {database}: {_number(what.per_second)} /s")

    def at_least(self, line, database, ratio, least, of_what):
        """An aim that a line is not below `least` of something else of the same run."""
        self._aim(line, database, f">= {least} of {of_what}", ratio, ratio >= least)

    def at_most(self, line, database, ratio, most, of_what):
        """An aim that a line is not above `most` of something else of the same run."""
        self._aim(line, database, f"<= {most} of {of_what}", ratio, ratio <= most)

    def _aim(self, line, database, aim, ratio, met):
        self._aims.append([line, database, aim, f"{ratio:.3f}", "met" if met else "NOT MET"])
        _progress(f"{line}, {database}: {aim}: {ratio:.3f}")

    def figure(self, line, database, what, value, unit):
        """What depends on the machine, and is therefore printed without a verdict."""
        self._figures.append([line, database, what, f"{_number(value)} {unit}"])
        _progress(f"{line}, {database}: {what}: {_number(value)} {unit}")

    def failure(self, line, database, reason):
        """A line that could not be measured."""
        self.failures.append([line, database, str(reason).replace("\n", " ")[:400]])
        _progress(f"{line}, {database}: FAILED: {reason}")

    def print(self):
        """Writes the tables to standard output."""
        _table(["line", "database", "/s", "p50 ms", "p99 ms", "CPU ms each", "floor", "floor /s", "of floor"], self._rows)
        _table(["line", "database", "figure", "measured"], self._figures)
        _table(["line", "database", "aim", "ratio", "verdict"], self._aims)
        _table(["line", "database", "not measured, because"], self.failures)


def _figures(what: Measured):
    processor = "-" if math.isnan(what.processor_ms) else f"{what.processor_ms:.4f}"
    return [_number(what.per_second), _number(what.p50_ms), _number(what.p99_ms), processor]


def _number(value):
    """Three digits that count, and no more than the measurement has."""
    if value >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 100 else f"{value:.3f}" if value < 10 else f"{value:.2f}"


def _progress(text):
    print(f"  {text}", file=sys.stderr, flush=True)


def _table(header, rows):
    if not rows:
        return
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    for row in [header, ["-" * width for width in widths], *rows]:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
    print(flush=True)

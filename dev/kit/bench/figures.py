"""What a bench has found out: figures, their table and their JSON."""

import dataclasses
import json
import operator
import re
import statistics
from pathlib import Path

RULES = {"≥": operator.ge, "≤": operator.le, "=": operator.eq}
HEAD = ("figure", "core", "ours", "ratio", "target", "met")
VERDICTS = {True: "yes", False: "NO", None: ""}


@dataclasses.dataclass(frozen=True)
class Figure:
    """One line of the table: a measured value of Odoo's own code and of ours."""

    figure: str
    core: float | None
    ours: float | None
    target: str = ""  # "≥ 10×" speaks of the ratio, "≤ 0.15" of ours; "" is for information

    @property
    def ratio(self):
        """How ours compares: 1 is the same as core."""
        return self.ours / self.core if self.core and self.ours is not None else None

    @property
    def met(self):
        """Whether the target was met; None when there is none, or nothing to judge by."""
        if not self.target:
            return None
        rule, limit, of_ratio = _parse(self.target)
        value = self.ratio if of_ratio else self.ours
        return None if value is None else rule(value, limit)

    def as_dict(self):
        """Return what goes into the JSON file."""
        return {name: getattr(self, name) for name in HEAD}


def _parse(target):
    found = re.fullmatch(r"([≥≤=]) ([\d.]+)(×?)", target)
    if not found:
        raise ValueError(f"{target!r} is no target: write it like “≥ 10×” or “≤ 0.15”.")
    return RULES[found[1]], float(found[2]), bool(found[3])


def number(value, unit=""):
    """Return the value as a person writes it: three digits that matter, none made up."""
    if value is None:
        return "–"
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}{unit}"
    return f"{value:.{1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 3}f}{unit}"


def table(figures):
    """Return the figures as an aligned table."""
    rows = [HEAD] + [_row(figure) for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "  ".join("─" * width for width in widths))
    return "\n".join(lines)


def _row(figure):
    return (
        figure.figure,
        number(figure.core),
        number(figure.ours),
        number(figure.ratio, "×"),
        figure.target,
        VERDICTS[figure.met],
    )


def _line(row, widths):
    first, *others = row
    cells = [first.ljust(widths[0])]
    cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
    return "  ".join(cells).rstrip()


def write_json(figures, path):
    """Write the figures as a list of objects."""
    texts = [figure.as_dict() for figure in figures]
    Path(path).write_text(json.dumps(texts, ensure_ascii=False, indent=2) + "\n")


def median(rounds, name):
    """Return the median of one value over the rounds."""
    return statistics.median(measured[name] for measured in rounds)

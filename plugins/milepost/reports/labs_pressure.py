"""How the highest blood pressures on treatment are spread: bars of 10 mmHg, the high ones darker."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from milepost.reports import words
from milepost.reports.drawing import HALF, PHONE, WIDE, Figure, Mark, label, line, rect, scale

_BIN = 10
_TALL, _GAP, _LEFT = 112.0, 60.0, 34.0


@dataclass(frozen=True)
class Highest:
    """The highest readings of one group. name: empty where there is one group only; limit: from it on it is high."""

    name: str
    test: str
    values: tuple[Decimal, ...]
    limit: int

    @property
    def high(self) -> int:
        """How many patients reached the limit."""
        return sum(1 for value in self.values if value >= self.limit)

    @property
    def bars(self) -> dict[int, int]:
        """Lower edge of a bar -> patients; a bar begins at the limit, so that none lies on both sides of it."""
        return dict(sorted(Counter(self._edge(value) for value in self.values).items()))

    def _edge(self, value: Decimal) -> int:
        return self.limit + _BIN * math.floor((value - self.limit) / _BIN)


def pressure_figures(rows: list[tuple[Highest, ...]]) -> tuple[Figure, ...]:
    """A row for each group, systolic and diastolic side by side; below each other for one group and on a phone."""
    if not any(one.values for row in rows for one in row):
        return ()
    sentence = " ".join(_sentence(one) for row in rows for one in row)
    width, across = (WIDE, 2) if len(rows) > 1 else (HALF, 1)
    return (_draw(rows, sentence, width, across, "wide"), _draw(rows, sentence, PHONE, 1, "phone"))


def _sentence(one: Highest) -> str:
    bars = ", ".join(f"{edge} to under {edge + _BIN} {words.count(n)}" for edge, n in one.bars.items())
    whose = f"{one.name}, h" if one.name else "H"
    return (
        f"{whose}ighest {one.test} pressure on treatment, mmHg, {words.many(len(one.values), 'patient')}: "
        f"{bars or 'nobody'}. {words.count(one.high)} at {one.limit} or more."
    )


def _draw(rows: list[tuple[Highest, ...]], sentence: str, width: int, across: int, size: str) -> Figure:
    each = (width - _GAP * (across - 1)) / across
    tall = 30 + _TALL + 34
    shown = [one for row in rows for one in row]
    if across == 1:  # all groups of one test below each other
        shown = [row[at] for at in range(len(rows[0])) for row in rows]
    marks: list[Mark] = []
    for at, one in enumerate(shown):
        alike = [other for row in rows for other in row if other.test == one.test]
        marks += _panel(one, alike, (at % across) * (each + _GAP), (at // across) * tall, each)
    return Figure(width, int(-(-len(shown) // across) * tall - 8), sentence, tuple(marks), size)


def _panel(one: Highest, alike: list[Highest], left: float, top: float, width: float) -> Iterable[Mark]:
    """One histogram; `alike` are those that share its axes. In percent where there are several groups."""
    edges = [edge for other in alike for edge in other.bars]
    first, last = min([*edges, one.limit - 2 * _BIN]), max([*edges, one.limit + _BIN]) + _BIN
    shares = len(alike) > 1
    most = max(_height(n, other, shares) for other in alike for n in (*other.bars.values(), 0))
    step = _step(most)
    base = top + 30 + _TALL
    x, y = (
        scale(first, last, left + _LEFT, left + width - 10),
        scale(0, max(most, step) * 1.06, base, top + 34),
    )
    heading = f"{one.name}: {one.test}" if one.name else words.upper_first(one.test)
    yield label(left, top + 14, f", mmHg, n = {words.count(len(one.values))}", bold=heading)
    tick = 0.0
    while tick <= max(most, step):
        yield line(left + _LEFT, y(tick), left + width, y(tick), "axis" if tick == 0 else "grid")
        said = f"{tick:g}{words.THIN}%" if shares and tick else f"{tick:g}"
        yield label(left + _LEFT - 6, y(tick) + 4, said, "tick", anchor="end")
        tick += step
    for edge, n in one.bars.items():
        wide = x(edge + _BIN) - x(edge)
        at = y(_height(n, one, shares))
        yield rect(x(edge) + 1, at, wide - 2, base - at, "labs-bar high" if edge >= one.limit else "labs-bar")
    for edge in range(first, last + 1, _BIN):
        if (edge - one.limit) % (2 * _BIN) == 0 and edge != one.limit:
            yield label(x(edge), base + 17, str(edge), "tick", anchor="middle")
    yield line(x(one.limit), top + 24, x(one.limit), base + 4, "rule")
    yield label(x(one.limit), base + 17, "", "tick", bold=str(one.limit), anchor="middle")
    yield label(
        left + width, top + 14, f" at {one.limit} or more", "", bold=words.count(one.high), anchor="end"
    )


def _height(n: int, one: Highest, shares: bool) -> float:
    return 100 * n / len(one.values) if shares and one.values else float(n)


def _step(most: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, 50 … by which an axis has at most four steps."""
    ten = 10 ** max(0, math.floor(math.log10(max(most, 1) / 4)))
    return float(next(ten * factor for factor in (1, 2, 5, 10) if ten * factor * 4 >= most))

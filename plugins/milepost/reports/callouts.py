"""Words under the narrow parts of a bar: left or right of a leader, in as few rows as keep them apart."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from milepost.reports.drawing import Mark, label, line, text_width

_GAP = 5.0
_ROW = 18.0
_APART = 8.0


@dataclass(frozen=True)
class Callout:
    """Words that belong to a place of the bar."""

    at: float
    bold: str
    text: str

    @property
    def width(self) -> float:
        """The room its words take beside the leader."""
        return text_width(f"{self.bold} {self.text}") + _GAP

    def span(self, right: bool) -> tuple[float, float]:
        """From where to where its words reach."""
        return (self.at, self.at + self.width) if right else (self.at - self.width, self.at)


Placed = tuple[tuple[bool, ...], tuple[int, ...]]


def place_callouts(callouts: list[Callout], width: float) -> Placed:
    """On which side of its leader each stands (True: right) and in which row.

    No words cross a leader or other words; of all ways the one with the fewest rows is taken, then the one with the
    least depth in all, then the first. Falls back to a staircase where the bar is too crowded for any.
    """
    best: tuple[tuple[int, int], Placed] | None = None
    for sides in product((True, False), repeat=len(callouts)):
        spans = [one.span(right) for one, right in zip(callouts, sides, strict=True)]
        if any(start < 0 or end > width for start, end in spans):
            continue
        rows = _rows([one.at for one in callouts], spans)
        if rows is None:
            continue
        cost = (max(rows, default=0), sum(rows))
        if best is None or cost < best[0]:
            best = (cost, (sides, rows))
    if best is None:
        return tuple(one.at < width / 2 for one in callouts), tuple(range(len(callouts)))
    return best[1]


def _rows(at: list[float], spans: list[tuple[float, float]]) -> tuple[int, ...] | None:
    """The row of each, so that whoever spans another's leader stands deeper; None where two span each other's."""
    pairs = [(i, j) for i in range(len(at)) for j in range(len(at)) if i != j]
    deeper = [(i, j) for i, j in pairs if spans[i][0] < at[j] < spans[i][1]]
    deeper += [
        (j, i)
        for i, j in pairs
        if i < j and (i, j) not in deeper and (j, i) not in deeper and _meet(spans[i], spans[j])
    ]
    rows = [0] * len(at)
    for _ in range(len(at) + 1):
        moved = False
        for i, j in deeper:
            if rows[i] <= rows[j]:
                rows[i], moved = rows[j] + 1, True
        if not moved:
            return tuple(rows)
    return None


def _meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] + _APART and other[0] < one[1] + _APART


def callout_marks(callouts: list[Callout], width: float, base: float) -> tuple[list[Mark], float]:
    """Leaders and words below `base`, and how deep they reach."""
    sides, rows = place_callouts(callouts, width)
    marks: list[Mark] = []
    for one, right, row in zip(callouts, sides, rows, strict=True):
        depth = base + _ROW * (row + 1)
        marks.append(line(one.at, base + 2, one.at, depth, "lead"))
        shift = _GAP if right else -_GAP
        marks.append(
            label(one.at + shift, depth, f" {one.text}", bold=one.bold, anchor="start" if right else "end")
        )
    return marks, base + _ROW * (max(rows, default=-1) + 1) + (6 if callouts else 2)

"""Rows of estimates with their intervals: shares on a scale of per cent, ratios on a scale that doubles.

The numbers stand beside each row in words; an interval that reaches over the scale ends in an arrow, and a row without
an estimate says why.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from milepost.reports import words
from milepost.reports.drawing import (
    HALF,
    PHONE,
    Figure,
    Mark,
    dot,
    label,
    line,
    path,
    rect,
    scale,
    text_width,
)

Scale = Callable[[float], float]
_ROW, _GROUP = 28.0, 32.0
_COUNT = 92.0
_MARGIN = 14.0
_EDGE = 18.0  # room for the words of the outermost ticks on a phone


@dataclass(frozen=True)
class IntervalRow:
    """One row: name, estimate, limits (None: nothing to draw; infinite: open), and its words at the right.

    counts: words in the columns before the drawing; after: in the last column; kind `group`: a heading without
    estimate, `all`: the row that comes first; look: class of the dot (`resp`, `eff-b`).
    """

    name: str
    shown: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    counts: tuple[str, ...] = ()
    after: str = ""
    kind: str = ""
    look: str = "eff-dot"


@dataclass(frozen=True)
class Axis:
    """A scale under the rows. logarithmic: for ratios, with a line at 1. left, right: what lies on either side."""

    ticks: tuple[float, ...]
    caption: str
    logarithmic: bool = False
    left: str = ""
    right: str = ""

    def to(self, start: float, end: float) -> Scale:
        """From a value to its place."""
        first, last = self._of(self.ticks[0]), self._of(self.ticks[-1])
        straight = scale(first, last, start, end)
        return lambda value: straight(self._of(value))

    def said(self, tick: float) -> str:
        """A tick in words."""
        if self.logarithmic:
            return f"{tick:g}"
        return f"{tick:g}{words.THIN}%" if tick == self.ticks[-1] else f"{tick:g}"

    def _of(self, value: float) -> float:
        return math.log(max(value, 1e-9)) if self.logarithmic else value


def percent_axis(caption: str) -> Axis:
    """From 0 to 100 %."""
    return Axis((0, 25, 50, 75, 100), caption)


def ratio_axis(rows: Sequence[IntervalRow], caption: str, left: str, right: str) -> Axis:
    """Wide enough for every estimate and for most of the intervals, from a tenth to ten at least a quarter to four."""
    values = [row.value for row in rows if row.value]
    ends = [end for row in rows for end in (row.low, row.high) if end and math.isfinite(end)]
    reach = max([4.0, *(max(v, 1 / v) for v in values), *(min(max(e, 1 / e), 10.0) for e in ends)])
    ticks = (
        (0.25, 0.5, 1, 2, 4)
        if reach <= 4
        else (0.1, 0.2, 0.5, 1, 2, 5, 10)
        if reach <= 10
        else (0.01, 0.1, 1, 10, 100)
    )
    return Axis(ticks, caption, True, left, right)


def ratio_row(name: str, estimate: object, shown: str, **more: object) -> IntervalRow:
    """A row of a ratio; open limits are infinite."""
    value, low, high = (getattr(estimate, part) for part in ("value", "lo", "hi"))
    return IntervalRow(name, shown, value, low, high, **more)  # type: ignore[arg-type]


def interval_figures(
    rows: Sequence[IntervalRow],
    axis: Axis,
    sentence: str,
    *,
    width: int = HALF,
    name: float = 176.0,
    shown: float = 150.0,
    heads: tuple[str, ...] = (),
    shown_head: str = "",
    after_head: str = "",
) -> tuple[Figure, ...]:
    """The rows drawn wide and for a phone. name, shown: width of the first and the last column of words."""
    after = 78.0 if after_head else 0.0
    below = 62 if axis.left else 44
    wide = _wide(rows, axis, width, name, shown, after, heads, shown_head, after_head)
    narrow = _phone(rows, axis, heads, after_head)
    return (
        Figure(width, round(_height(rows) + 20 + below), sentence, tuple(wide)),
        Figure(PHONE, round(_phone_height(rows) + below - 4), sentence, tuple(narrow), "phone"),
    )


def _height(rows: Sequence[IntervalRow]) -> float:
    return sum(_GROUP if row.kind == "group" else _ROW for row in rows)


def _wide(
    rows: Sequence[IntervalRow],
    axis: Axis,
    width: int,
    name: float,
    shown: float,
    after: float,
    heads: tuple[str, ...],
    shown_head: str,
    after_head: str,
) -> Iterable[Mark]:
    start, end = name + _COUNT * len(heads) + _MARGIN, width - shown - after - _MARGIN
    x, top = axis.to(start, end), 20.0
    base = top + _height(rows)
    for i, head in enumerate(heads):
        yield label(name + _COUNT * (i + 1) - 10, 12, head, "w-muted small", anchor="end")
    if shown_head:
        yield label(width - after, 12, shown_head, "w-muted small", anchor="end")
    if after_head:
        yield label(width, 12, after_head, "w-muted small", anchor="end")
    yield from _scale(axis, x, top, base, start, end)
    y = top
    for row in rows:
        tall = _GROUP if row.kind == "group" else _ROW
        middle = y + tall / 2 + (5 if row.kind == "group" else 0)
        bold = row.kind in ("group", "all")
        yield label(
            0 if bold else 12, middle + 5, "" if bold else row.name, "", bold=row.name if bold else ""
        )
        told = [(name + _COUNT * (i + 1) - 10, count, "") for i, count in enumerate(row.counts)]
        told += [(width - after, row.shown, "small"), (width, row.after, "small")]
        for at, text, kind in told:
            if text:
                yield label(at, middle + 5, text, kind, anchor="end")
        yield from _interval(row, x, middle, start, end)
        y += tall


def _phone_tall(row: IntervalRow) -> float:
    if row.kind == "group":
        return 30.0
    return 44.0 + (16.0 if any(row.counts) or row.after else 0.0) + (0.0 if _fits(row) else 16.0)


def _fits(row: IntervalRow) -> bool:
    """Whether name and numbers of a row fit side by side on a phone."""
    return text_width(row.name) + text_width(row.shown, 13) + 10 < PHONE


def _phone_height(rows: Sequence[IntervalRow]) -> float:
    return sum(_phone_tall(row) for row in rows) + 6


def _phone(
    rows: Sequence[IntervalRow], axis: Axis, heads: tuple[str, ...], after_head: str
) -> Iterable[Mark]:
    x = axis.to(_EDGE, PHONE - _EDGE)
    yield from _scale(axis, x, 6, _phone_height(rows), _EDGE, PHONE - _EDGE)
    y = 6.0
    for row in rows:
        bold = row.kind in ("group", "all")
        at = y + (22 if row.kind == "group" else 16)
        after = f"{after_head} {row.after}" if row.after else ""
        yield label(0, at, "" if bold else row.name, "halo", bold=row.name if bold else "")
        if row.kind == "group":
            if after:
                yield label(PHONE, at, after, "small halo", anchor="end")
            y += _phone_tall(row)
            continue
        at += 0 if _fits(row) else 16
        yield label(PHONE, at, row.shown, "small halo", anchor="end")
        if any(row.counts) or row.after:
            at += 16
            told = ", ".join(
                f"{head} {count}" for head, count in zip(heads, row.counts, strict=True) if count
            )
            yield label(0, at, told, "w-muted small halo")
        if after:
            yield label(PHONE, at, after, "w-muted small halo", anchor="end")
        yield from _interval(row, x, at + 13, _EDGE, PHONE - _EDGE)
        y += _phone_tall(row)


def _scale(axis: Axis, x: Scale, top: float, base: float, start: float, end: float) -> Iterable[Mark]:
    for tick in axis.ticks:
        yield line(x(tick), top, x(tick), base, "axis" if axis.logarithmic and tick == 1 else "grid")
        yield label(x(tick), base + 17, axis.said(tick), "tick", anchor="middle")
    yield label((start + end) / 2, base + 36, axis.caption, "w-muted small", anchor="middle")
    if axis.left:
        yield label(start, base + 54, f"← {axis.left}", "w-muted small")
        yield label(end, base + 54, f"{axis.right} →", "w-muted small", anchor="end")


def _interval(row: IntervalRow, x: Scale, y: float, start: float, end: float) -> Iterable[Mark]:
    if row.value is None:
        return
    low, high = (None if limit is None else x(limit) for limit in (row.low, row.high))
    if row.low is not None and row.high is not None:
        assert low is not None and high is not None
        yield line(max(low, start), y, min(high, end), y, "interval")
        if low < start - 0.5:
            yield path([(start + 7, y - 5), (start, y), (start + 7, y + 5)], "eff-more", closed=True)
        if high > end + 0.5:
            yield path([(end - 7, y - 5), (end, y), (end - 7, y + 5)], "eff-more", closed=True)
    at = min(max(x(row.value), start), end)
    size = 5.5 if row.kind == "all" else 4.5
    if row.look == "eff-square":
        yield rect(at - size, y - size, 2 * size, 2 * size, "eff-dot")
    else:
        yield dot(at, y, size, row.look)

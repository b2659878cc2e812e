"""Kaplan-Meier curves with their limits, the median, and the patients at risk and censored beneath."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from milepost.core.survival import AtRisk, Curve
from milepost.core.survival_data import DAYS_IN_MONTH
from milepost.core.survival_estimate import SurvivalEstimate
from milepost.reports import words
from milepost.reports.drawing import Mark, dot, label, line, place, scale, text_width
from milepost.reports.efficacy_panels import steps, strokes
from milepost.reports.efficacy_words import months, widest

Scale = Callable[[float], float]
PLOT, ROW = 214.0, 18.0
_TOP, _AXIS = 30.0, 46.0
_FEW_STEPS = 120  # a curve of more steps is drawn a little coarser
_ROOM = 0.88  # a curve higher than this has no room for words above it


@dataclass(frozen=True)
class DrawnCurve:
    """One curve: what it is called, its look (a class of efficacy.css), and what stands beneath it."""

    name: str
    kind: str
    curve: Curve
    median: SurvivalEstimate
    axis: tuple[AtRisk, ...]


def curves_height(curves: int, *, counted: bool) -> float:
    """How tall a panel with so many curves is; counted: with the patients at risk beneath."""
    return _TOP + PLOT + _AXIS + (8 + ROW * (2 * curves + (1 if curves > 1 else 0)) if counted else 0)


def draw_curves(
    curves: Sequence[DrawnCurve],
    ticks: Sequence[int],
    *,
    counted: bool = True,
    banded: bool = True,
    caption: str = "patients without the event, %",
    since: str = "months",
) -> Callable[[float, float, float, bool], Iterable[Mark]]:
    """A panel of these curves. ticks: months at the axis, as in `axis`. banded: with limits. since: of the axis."""

    def draw(left: float, top: float, width: float, phone: bool) -> Iterable[Mark]:
        names = ["censored", *(curve.name for curve in curves if len(curves) > 1), "at risk"]
        start = left + (max(44.0, widest(names) + 14) if counted else 44.0)
        x = scale(0, ticks[-1] * DAYS_IN_MONTH, start, left + width - 14)
        y = scale(1, 0, top + _TOP, top + _TOP + PLOT)
        yield label(left, top + 12, caption, "w-muted small")
        yield from _axes(x, y, ticks, start, left + width, since, phone)
        drawn = [one for one in curves if one.curve.n]
        for one in drawn:
            if banded:
                yield from _limits(one, x, y)
        for one in drawn:
            yield from _curve(one, x, y)
        yield from _medians(drawn, x, y, start, left + width)
        yield from _names(drawn, x, y, left + width)
        if counted:
            yield from _counts(curves, ticks, x, left, top + _TOP + PLOT + _AXIS + 8, phone)

    return draw


def _axes(
    x: Scale, y: Scale, ticks: Sequence[int], start: float, end: float, since: str, phone: bool
) -> Iterable[Mark]:
    for share in (0, 25, 50, 75, 100):
        at = y(share / 100)
        yield line(start, at, end, at, "axis" if share == 0 else "grid")
        yield label(start - 8, at + 4, str(share), "tick", anchor="end")
    for month in _shown(ticks, phone):
        at = x(month * DAYS_IN_MONTH)
        yield line(at, y(0), at, y(0) + 4, "axis")
        yield label(at, y(0) + 18, str(month), "tick", anchor="middle")
    yield label(end - 8, y(0) + 35, since, "w-muted small", anchor="end")


def _shown(ticks: Sequence[int], phone: bool) -> Sequence[int]:
    """Every second tick where they would crowd."""
    return ticks[::2] if phone and len(ticks) > 7 else ticks


def _drops(curve: Curve, values: np.ndarray, x: Scale, y: Scale, finest: float) -> list[tuple[float, float]]:
    """Where a step function goes, from the first time it is defined on; steps closer than `finest` pixels are one."""
    points: list[tuple[float, float]] = []
    for i in np.flatnonzero(np.isfinite(values)):
        at, high = x(float(curve.time[i])), y(float(values[i]))
        if points and high == points[-1][1]:
            continue
        if len(points) > 1 and at - points[-1][0] < finest:
            at = points.pop()[0]
        points.append((at, high))
    return points


def _finest(curve: Curve) -> float:
    """Of many patients' small steps the eye sees a slope: their file need not hold each."""
    return 0.8 if int((curve.events > 0).sum()) <= _FEW_STEPS else 2.5


def _end(curve: Curve, x: Scale) -> float:
    return x(float(curve.time[-1]))


def _curve(one: DrawnCurve, x: Scale, y: Scale) -> Iterable[Mark]:
    finest = _finest(one.curve)
    drops = _drops(one.curve, one.curve.survival, x, y, finest)
    yield steps([(x(0), y(1)), *drops, (_end(one.curve, x), drops[-1][1])], f"eff-curve {one.kind}")
    lost = one.curve.censored > 0
    ticks: list[tuple[float, float]] = []
    for time, survival in zip(one.curve.time[lost], one.curve.survival[lost], strict=True):
        at = (x(float(time)), y(float(survival)))
        if not ticks or at[0] - ticks[-1][0] >= (1.0 if finest < 1 else 6.0):
            ticks.append(at)
    if ticks:
        yield strokes(ticks, 7, f"eff-lost {one.kind}")


def _limits(one: DrawnCurve, x: Scale, y: Scale) -> Iterable[Mark]:
    """The band between the limits: along the upper one, and back along the lower one."""
    finest = 2 * _finest(one.curve) if _finest(one.curve) > 1 else _finest(one.curve)
    low, high = (_drops(one.curve, limit, x, y, finest) for limit in (one.curve.lo, one.curve.hi))
    if not low or not high:
        return
    last = int(np.flatnonzero(np.isfinite(one.curve.lo))[-1])
    end = _end(one.curve, x) if last == len(one.curve.lo) - 1 else x(float(one.curve.time[last + 1]))
    d = [f"M{place(high[0][0])} {place(high[0][1])}"]
    d += [f"H{place(at)}V{place(up)}" for at, up in high[1:]]
    d.append(f"H{place(end)}V{place(low[-1][1])}")
    d += [
        f"H{place(at)}V{place(before)}" for (at, _), (_, before) in zip(low[:0:-1], low[-2::-1], strict=True)
    ]
    d.append(f"H{place(low[0][0])}Z")
    yield Mark("path", (("class", f"eff-limits {one.kind}".strip()), ("d", "".join(d))))


def _medians(curves: Sequence[DrawnCurve], x: Scale, y: Scale, start: float, end: float) -> Iterable[Mark]:
    """A stroke at one half from the axis to each median, and its months."""
    reached = [one for one in curves if one.median.value is not None]
    if not reached:
        return
    farthest = max(one.median.value or 0.0 for one in reached)
    yield line(start, y(0.5), x(farthest), y(0.5), "rule")
    for one in reached:
        at = x(one.median.value or 0.0)
        yield line(at, y(0.5), at, y(0), "rule")
        yield dot(at, y(0.5), 3.6, f"eff-dot {one.kind}")
    if len(curves) == 1:
        at, said = x(farthest), f"median {months(farthest)}"
        fits = at + 7 + text_width(f"{said} months", 13) < end
        yield label(
            at + (7 if fits else -7),
            y(0) - 10,
            " months",
            "small halo",
            bold=said,
            anchor="start" if fits else "end",
        )


def _names(curves: Sequence[DrawnCurve], x: Scale, y: Scale, end: float) -> Iterable[Mark]:
    """The name of each curve where two of them lie farthest apart: over the upper one, under the lower one."""
    if len(curves) < 2:
        return
    last = min(float(one.curve.time[-1]) for one in curves)
    days = np.linspace(0.05, 1, 60) * last
    heights = np.array([[_at(one.curve, day) for day in days] for one in curves])
    apart = heights.max(axis=0) - heights.min(axis=0)
    widest = max(text_width(one.name + _median_said(one)) for one in curves)
    room = max(int(widest / (x(float(days[1])) - x(float(days[0])))), 1)
    apart = _least_beside(heights, apart, room)
    low_enough = heights.max(axis=0) <= _ROOM
    place = int(np.argmax(np.where(low_enough, apart, -1.0) if low_enough.any() else apart))
    upper = int(np.argmax(heights[:, place]))
    for i, one in enumerate(curves):
        said = _median_said(one)
        wide = text_width(one.name + said)
        # a falling curve leaves room to the right above it, and to the left below it
        beside = x(float(days[place])) - (4 if i == upper else wide - 4)
        at = min(max(beside, x(0) + 6), end - wide - 4)
        under = [
            y(_at(one.curve, day))
            for day in np.linspace(0, last, 200)
            if at - 4 <= x(float(day)) <= at + wide + 4
        ]
        high = min(under) - 8 if i == upper else max(under) + 18
        yield label(at, min(high, y(0) - 6), said, f"eff-name {one.kind} halo", bold=one.name)


def _median_said(one: DrawnCurve) -> str:
    return "" if one.median.value is None else f", median {months(one.median.value)}"


def _least_beside(heights: np.ndarray, apart: np.ndarray, width: int) -> np.ndarray:
    """How far the curves lie apart at the least over a name's width on both sides of a place; 0 where another one is
    the upper there (a name would stand at the wrong curve) or where there is no room above."""
    upper = heights.argmax(axis=0)
    found = np.zeros(len(apart))
    for day in range(len(apart)):
        span = slice(max(day - width, 0), day + width + 1)
        if (upper[span] == upper[day]).all() and heights[:, max(day - 1, 0) : day + width + 1].max() <= _ROOM:
            found[day] = apart[span].min()
    return found if found.any() else apart


def _at(curve: Curve, day: float) -> float:
    """The share without event on a day."""
    step = int(np.searchsorted(curve.time, day, side="right")) - 1
    return 1.0 if step < 0 else float(curve.survival[step])


def _counts(
    curves: Sequence[DrawnCurve], ticks: Sequence[int], x: Scale, left: float, top: float, phone: bool
) -> Iterable[Mark]:
    shown = set(_shown(ticks, phone))
    several = len(curves) > 1
    if several:
        yield label(left, top + 12, "patients at risk, and censored so far", "w-muted small")
        top += ROW
    for i, one in enumerate(curves):
        first = top + 2 * ROW * i + 12
        named = f"small eff-name {one.kind}" if several else "small"
        yield label(left, first, one.name if several else "at risk", named)
        yield label(left, first + ROW, "censored", "w-muted small")
        for month, counts in zip(ticks, one.axis, strict=True):
            if month in shown:
                at = x(month * DAYS_IN_MONTH)
                yield label(at, first, words.count(counts.at_risk), "small", anchor="middle")
                yield label(at, first + ROW, words.count(counts.censored), "w-muted small", anchor="middle")

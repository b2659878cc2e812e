"""The course of a value over study weeks: a box for the middle half of the patients, whiskers to the middle 80 %."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from milepost.core.period_values import WEEKS, Spread
from milepost.reports import words
from milepost.reports.drawing import PHONE, WIDE, Figure, Mark, dot, label, line, rect, scale
from milepost.reports.proportions import FEWEST_FOR_PERCENT

_TALL, _GAP, _LEFT = 150.0, 34.0, 40.0
PERIODS = ("base", *(words.days(weeks.first, weeks.last) for weeks in WEEKS))


@dataclass(frozen=True)
class Box:
    """The values of one stretch of weeks: who has one, how they spread, and each of them where they are few."""

    subjects: tuple[str, ...]
    spread: Spread
    values: tuple[float, ...]

    @property
    def few(self) -> bool:
        """Too few for a box: each is drawn."""
        return self.spread.n < FEWEST_FOR_PERCENT


@dataclass(frozen=True)
class Panel:
    """One value. boxes: for each group one box for each of PERIODS. rules: values at which a line is drawn.

    doubling: a scale of doublings. whole: the value is a whole number, and so are the ticks.
    """

    code: str
    title: str
    unit: str
    boxes: tuple[tuple[Box, ...], ...]
    rules: tuple[float, ...] = ()
    doubling: bool = False
    whole: bool = False


def box_figures(panels: list[Panel], names: tuple[str, ...], *, counted: bool) -> tuple[Figure, ...]:
    """Three panels in a row on a wide page, the last place for how to read them; below each other on a phone.

    names: of the groups, one where all are together. counted: n under each box; if not, nothing that tells of n: few
    values are not drawn either.
    """
    last = _last_period(panels)
    if last < 0:
        return ()
    sentence = " ".join(_sentence(panel, names, last, counted) for panel in panels)
    return (
        _draw(panels, names, sentence, last, counted, WIDE, 3, "wide"),
        _draw(panels, names, sentence, last, counted, PHONE, 1, "phone"),
    )


def _last_period(panels: list[Panel]) -> int:
    filled = [at for panel in panels for boxes in panel.boxes for at, box in enumerate(boxes) if box.spread.n]
    return max(filled, default=-1)


def _sentence(panel: Panel, names: tuple[str, ...], last: int, counted: bool) -> str:
    parts = []
    for name, boxes in zip(names, panel.boxes, strict=True):
        told = [
            f"{_period(at)} {number(box.spread.median)}"
            + (f" (n = {words.count(box.spread.n)})" if counted else "")
            for at, box in enumerate(boxes[: last + 1])
            if box.spread.median is not None and (counted or not box.few)
        ]
        whose = f"{name}: " if len(names) > 1 else ""
        parts.append(f"{whose}{', '.join(told) or 'no result'}")
    return f"{panel.title}, median in {panel.unit}: {'; '.join(parts)}."


def _period(at: int) -> str:
    return "baseline" if at == 0 else f"weeks {PERIODS[at]}"


def number(value: float | None) -> str:
    """A value as it is read off: three digits, a true minus."""
    if value is None:
        return words.DASH
    text = f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
    return text.replace("-", words.MINUS)


def _draw(
    panels: list[Panel], names: tuple[str, ...], sentence: str, last: int, counted: bool, width: int, across: int,
    size: str,
) -> Figure:  # fmt: skip
    each = (width - _GAP * (across - 1)) / across
    tall = 26 + _TALL + 24 + (15.0 * len(names) if counted else 0) + 26
    marks: list[Mark] = []
    for at, panel in enumerate(panels):
        x, y = (at % across) * (each + _GAP), (at // across) * tall
        marks += _panel(panel, names, last, counted, x, y, each)
    at = len(panels)
    marks += _key(names, (at % across) * (each + _GAP) + _LEFT, (at // across) * tall)
    rows = -(-(at + 1) // across)
    return Figure(width, int(rows * tall - 14), sentence, tuple(marks), size)


def _panel(
    panel: Panel, names: tuple[str, ...], last: int, counted: bool, left: float, top: float, width: float
) -> Iterable[Mark]:
    x = scale(0, last + 1, left + _LEFT, left + width)
    place, ticks = _axis(panel, last, top + 26 + _TALL, top + 26)
    yield label(left, top + 14, f", {panel.unit}", bold=panel.title)
    for tick in ticks:
        yield line(left + _LEFT, place(tick), left + width, place(tick), "grid")
        yield label(
            left + _LEFT - 7, place(tick) + 4, _tick(tick, doubling=panel.doubling), "tick", anchor="end"
        )
    for rule in panel.rules:
        if top + 26 <= place(rule) <= top + 26 + _TALL:
            yield line(left + _LEFT, place(rule), left + width, place(rule), "rule")
    base = top + 26 + _TALL
    yield line(left + _LEFT, base, left + width, base, "axis")
    for period in range(last + 1):
        yield label((x(period) + x(period + 1)) / 2, base + 17, PERIODS[period], "labs-n", anchor="middle")
    for group, boxes in enumerate(panel.boxes):
        for period, box in enumerate(boxes[: last + 1]):
            middle = (x(period) + x(period + 1)) / 2 + (group - (len(names) - 1) / 2) * 15
            if counted or not box.few:
                yield from _box(box, middle, 16.0 if len(names) == 1 else 11.0, place, group, len(names))
            if counted:
                n = words.count(box.spread.n) if box.spread.n else "·"
                yield label(
                    (x(period) + x(period + 1)) / 2, base + 33 + 15 * group, n, "labs-n", anchor="middle"
                )
        if counted:
            yield label(
                left, base + 33 + 15 * group, "n" if len(names) == 1 else f"n {names[group][-1]}", "labs-n"
            )


def _box(
    box: Box, x: float, wide: float, y: Callable[[float], float], group: int, groups: int
) -> Iterable[Mark]:
    kind = "labs-all" if groups == 1 else f"labs-g{group}"
    if box.few:
        for value in box.values:
            yield dot(x, y(value), 2.6, f"labs-dot {kind}")
        return
    p10, p25, median, p75, p90 = (float(one or 0.0) for one in box.spread[1:])
    yield line(x, y(p90), x, y(p75), "labs-whisker")
    yield line(x, y(p25), x, y(p10), "labs-whisker")
    yield rect(x - wide / 2, y(p75), wide, max(y(p25) - y(p75), 1.0), f"labs-box {kind}")
    yield line(x - wide / 2, y(median), x + wide / 2, y(median), "labs-median")


def _axis(
    panel: Panel, last: int, base: float, top: float
) -> tuple[Callable[[float], float], tuple[float, ...]]:
    """Where a value stands, cut at the edges, and the ticks: doublings, or five round steps at most."""
    drawn = [
        value
        for boxes in panel.boxes
        for box in boxes[: last + 1]
        for value in (box.values if box.few else (box.spread.p10, box.spread.p90))
        if value is not None
    ]
    low, high = min((*drawn, *panel.rules), default=0.0), max((*drawn, *panel.rules), default=1.0)
    if panel.doubling:
        lowest = max(-5, math.floor(math.log2(max(low, 1e-3)) - 0.05))
        highest = max(lowest + 1, min(7, math.ceil(math.log2(max(high, 1e-3)) + 0.05)))
        at = scale(lowest, highest, base, top)
        return (
            lambda value: at(min(max(math.log2(max(value, 1e-6)), lowest), highest)),
            tuple(2.0**power for power in range(lowest, highest + 1)),
        )
    step = max(_step(max(high - low, 0.1 * abs(high))), 1.0 if panel.whole else 0.0)
    first, end = math.floor(low / step), math.ceil(high / step)
    place = scale(first * step, max(end, first + 1) * step, base, top)
    return place, tuple(tick * step for tick in range(first, max(end, first + 1) + 1))


def _step(span: float) -> float:
    ten = 10.0 ** math.floor(math.log10(max(span, 1e-6) / 5))
    return next(ten * factor for factor in (1, 2, 5, 10) if ten * factor * 5 >= span)


def _tick(value: float, *, doubling: bool) -> str:
    text = f"1/{round(1 / value)}" if doubling and value < 1 else f"{value:g}"
    return text.replace("-", words.MINUS)


def _key(names: tuple[str, ...], left: float, top: float) -> Iterable[Mark]:
    """How to read a box, drawn as one."""
    y = scale(0, 100, top + 26 + _TALL - 16, top + 26 + 6)
    yield label(left, top + 14, "", bold="How to read a box")
    x, kind = left + 14, "labs-all" if len(names) == 1 else "labs-g0"
    yield line(x, y(100), x, y(75), "labs-whisker")
    yield line(x, y(25), x, y(0), "labs-whisker")
    yield rect(x - 8, y(75), 16, y(25) - y(75), f"labs-box {kind}")
    yield line(x - 8, y(50), x + 8, y(50), "labs-median")
    told = ("10 % of patients lie higher", "a quarter lies higher", "the median", "a quarter lies lower",
            "10 % lie lower")  # fmt: skip
    for share, text in zip((100, 75, 50, 25, 0), told, strict=True):
        yield label(x + 18, y(share) + 4.5, text, "small w-muted")
    yield label(
        left, top + 26 + _TALL + 17, f"Under {FEWEST_FOR_PERCENT} patients: a dot each", "small w-muted"
    )
    for group, name in enumerate(names if len(names) > 1 else ()):
        at = left + 240
        yield rect(at - 20, y(75) + 26 * group, 11, 18, f"labs-box labs-g{group}")
        yield label(at, y(75) + 26 * group + 13, name, "small")

"""The funnel: a site's rate of adverse events against the time its patients were watched, and what is expected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from milepost.core.site_funnel import funnel_limits
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
    round_step,
    scale,
    text_width,
)

_STEPS = 60
_MOST_NAMES = 15  # beyond this only marked sites are named
_Box = tuple[float, float, float, float]
_WORDS = {"LOW": "fewer than expected", "HIGH": "more than expected"}


@dataclass(frozen=True)
class Point:
    """One site or pool: months watched, events, and LOW, HIGH or nothing."""

    name: str
    months: float
    events: int
    mark: str

    @property
    def rate(self) -> float:
        """Events a month."""
        return self.events / self.months if self.months else 0.0


def funnel_figures(points: tuple[Point, ...], rate: float, z: float, dispersion: float) -> tuple[Figure, ...]:
    """Drawn for half a page and for a phone. rate: the study's; z, dispersion: as in `core.site_funnel`."""
    said = "; ".join(
        f"{p.name} {p.events} in {p.months:.0f} months, {p.rate:.2f}" + (f", {_WORDS[p.mark]}" if p.mark else "")
        for p in sorted(points, key=lambda p: p.name)
    )  # fmt: skip
    sentence = f"Adverse events a patient-month by site; the study’s rate is {rate:.2f}. {said}."
    return tuple(
        Figure(width, 330, sentence, tuple(_draw(points, rate, z, dispersion, float(width))), size)
        for width, size in ((HALF, "wide"), (PHONE, "phone"))
    )


def _draw(
    points: tuple[Point, ...], rate: float, z: float, dispersion: float, width: float
) -> Iterable[Mark]:
    left, right, top, base = 40.0, width - 8.0, 22.0, 282.0
    longest = max(point.months for point in points) * 1.12
    months = np.linspace(longest / _STEPS, longest, _STEPS)
    low, high = (counts / months for counts in funnel_limits(months * rate, z, dispersion))
    highest = max(max(point.rate for point in points) * 1.12, rate * 2.2)
    x, y = scale(0, longest, left, right), scale(0, highest, base, top)
    upper = [(x(m), y(r)) for m, r in zip(months, high, strict=True) if np.isfinite(r) and r <= highest]
    known = [(x(m), y(max(r, 0.0))) for m, r in zip(months, low, strict=True) if np.isfinite(r)]
    lower = [(x(0), base), (known[0][0] if known else right, base), *known]
    corner = [(x(0), top), (upper[0][0] if upper else right, top)]
    yield path([*corner, *upper, *reversed(lower)], "shade", closed=True)
    yield from _axes(longest, highest, x, y, (left, right, top, base))
    for curve in (upper, known):
        if len(curve) > 1:
            yield path(curve, "indicators-limit")
    yield line(left, y(rate), right, y(rate), "rule")
    yield label(left + 5, y(rate) - 6, " in all", "small halo", bold=f"{rate:.2f}")
    if known and base - known[-1][1] > 24:
        yield label(right, base - 8, "fewer than expected", "w-muted small halo", anchor="end")
    yield label(right, top + 12, "more than expected", "w-muted small halo", anchor="end")
    yield from _points(points, x, y, right)


def _axes(
    longest: float, highest: float, x: object, y: object, box: tuple[float, float, float, float]
) -> Iterable[Mark]:
    assert callable(x) and callable(y)
    left, right, _, base = box
    yield label(0, 12, "adverse events a patient-month", "w-muted small")
    step = next(s for s in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 1e9) if highest / s <= 6)
    for i in range(1, int(highest / step) + 1):
        yield line(left, y(i * step), right, y(i * step), "grid")
        yield label(left - 7, y(i * step) + 4, f"{i * step:.1f}", "tick", anchor="end")
    yield line(left, base, right, base, "axis")
    yield label(left - 7, base + 4, "0", "tick", anchor="end")
    by = round_step(longest, 6 if right > PHONE else 4)
    for tick in range(0, int(longest) + 1, by):
        yield line(x(tick), base, x(tick), base + 4, "axis")
        yield label(x(tick), base + 18, words.count(tick), "tick", anchor="middle")
    yield label(left, base + 38, "patient-months watched", "w-muted small")


def _points(points: tuple[Point, ...], x: object, y: object, right: float) -> Iterable[Mark]:
    """Marked sites last, so that they lie on top; a name stands beside its dot where nothing else does, or nowhere."""
    assert callable(x) and callable(y)
    ordered = sorted(points, key=lambda p: (bool(p.mark), p.name))
    taken: list[_Box] = []
    for point in ordered:
        at, height = x(point.months), y(point.rate)
        kind = "owed indicators-dot" if point.mark else "amount"
        title = f"{point.name}: {point.events} events in {point.months:.0f} months"
        yield dot(at, height, 5.0 if point.mark else 4.0, kind, title=title)
        taken.append((at - 5, height - 5, at + 5, height + 5))
    for point in reversed(ordered):
        if len(points) > _MOST_NAMES and not point.mark:
            continue
        said = f" {_WORDS[point.mark]}" if point.mark else ""
        wide = text_width(point.name + said, 13)
        for left, middle in _places(x(point.months), y(point.rate), wide):
            box = (left, middle - 7, left + wide, middle + 7)
            if box[2] < right and box[0] > 0 and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                yield label(left, middle + 4.5, said, "small halo", bold=point.name)
                break


def _places(x: float, y: float, wide: float) -> tuple[tuple[float, float], ...]:
    """Left edge and middle of a name: right of its dot, left of it, above, below, and there to the left."""
    beside = ((x + 9, y), (x - 9 - wide, y))
    return *beside, *((left, y + up) for left in (x - wide / 2, x - wide) for up in (-14, 14))


def _overlap(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]

"""eDISH and mDISH: highest ALT against highest bilirubin of each patient, both on a scale of decades."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from milepost.reports import words
from milepost.reports.drawing import (
    HALF,
    PHONE,
    WIDE,
    Figure,
    Mark,
    dot,
    label,
    line,
    place,
    rect,
    scale,
    text_width,
)

MOST_DOTS = 600
MOST_NAMED = 8
QUADRANTS = ("HYS", "CHOLESTASIS", "TEMPLE", "NORMAL")
QUADRANT_WORDS = {
    "HYS": "Hy’s law range", "CHOLESTASIS": "bilirubin only", "TEMPLE": "ALT only", "NORMAL": "neither",
}  # fmt: skip
_TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)
_SHADES = ((1, 1), (2, 5), (6, 20), (21, None))  # patients of a hexagon, lighter to darker
Scale = Callable[[float], float]


@dataclass(frozen=True)
class Point:
    """One patient. quadrant None: a result beyond the assay's limit reaches over a line. case: potential Hy's law."""

    subject: str
    alt: float
    bili: float
    quadrant: str | None
    case: bool = False


@dataclass(frozen=True)
class Plot:
    """One group's patients. own: in multiples of baseline, not of ULN; limits: of ALT and bilirubin."""

    name: str
    own: bool
    points: tuple[Point, ...]
    limits: tuple[float, float]

    @property
    def unit(self) -> str:
        """× ULN or × baseline."""
        return "× baseline" if self.own else "× ULN"

    def words(self, quadrant: str) -> str:
        """What a quadrant is called: in multiples of baseline the upper right is no range of Hy's law."""
        return "both" if self.own and quadrant == "HYS" else QUADRANT_WORDS[quadrant]

    def count(self, quadrant: str) -> int:
        """How many patients lie in a quadrant."""
        return sum(1 for point in self.points if point.quadrant == quadrant)


def dish_figures(plots: list[Plot]) -> tuple[Figure, ...]:
    """One plot at half a page's width, or those of two groups side by side; below each other on a phone."""
    if not any(plot.points for plot in plots):
        return ()
    sentence = " ".join(_sentence(plot) for plot in plots)
    span = _spans(plots)
    if len(plots) == 1:
        return (
            _draw(plots, sentence, span, HALF, 1, "wide"),
            _draw(plots, sentence, span, PHONE, 1, "phone"),
        )
    return (
        _draw(plots, sentence, span, WIDE, len(plots), "wide"), _draw(plots, sentence, span, PHONE, 1, "phone"),
    )  # fmt: skip


def _sentence(plot: Plot) -> str:
    alt, bili = (f"{limit:g}" for limit in plot.limits)
    told = ", ".join(f"{words.count(plot.count(q))} {plot.words(q)}" for q in QUADRANTS)
    cases = sorted(point.subject for point in plot.points if point.case)
    named = f" Potential Hy’s law: {words.listed(cases[:MOST_NAMED])}." if cases else ""
    more = f" {words.count(len(cases) - MOST_NAMED)} more in the list." if len(cases) > MOST_NAMED else ""
    whose = f"{plot.name}: " if plot.name else ""
    return (
        f"{whose}highest ALT against highest bilirubin on treatment, {plot.unit}, "
        f"{words.many(len(plot.points), 'patient')}; lines at {alt} and {bili}: {told}.{named}{more}"
    )


def _spans(plots: list[Plot]) -> tuple[tuple[float, float], tuple[float, float]]:
    """From the tick below the lowest to the one above the highest, the same for every group."""
    found = []
    for at, limit in enumerate(plots[0].limits):
        values = [max((p.alt, p.bili)[at], _TICKS[0]) for plot in plots for p in plot.points]
        low, high = min([*values, 0.5]), max([*values, limit * 2.5])
        found.append((
            max(tick for tick in _TICKS if tick <= low), min((t for t in _TICKS if t >= high), default=_TICKS[-1]),
        ))  # fmt: skip
    return found[0], found[1]


def _draw(
    plots: list[Plot], sentence: str, span: tuple[tuple[float, float], tuple[float, float]], width: int,
    across: int, size: str,
) -> Figure:  # fmt: skip
    each = (width - 60.0 * (across - 1)) / across
    tall = 330.0 if size == "wide" else 300.0
    heading = 20.0 if plots[0].name else 0.0
    marks: list[Mark] = []
    for at, plot in enumerate(plots):
        left, top = (at % across) * (each + 60), (at // across) * (tall + heading + 18)
        if plot.name:
            marks.append(label(left, top + 14, f", n = {words.count(len(plot.points))}", bold=plot.name))
        marks += _plot(plot, span, left, top + heading, each, tall, size == "phone")
    rows = -(-len(plots) // across)
    return Figure(width, int(rows * (tall + heading) + 18 * (rows - 1)), sentence, tuple(marks), size)


def _plot(
    plot: Plot, span: tuple[tuple[float, float], tuple[float, float]], left: float, top: float, width: float,
    tall: float, phone: bool,
) -> Iterable[Mark]:  # fmt: skip
    x0, x1, y0, y1 = left + 38, left + width - 9, top + tall - 44, top + 24
    x, y = _decades(span[0], x0, x1), _decades(span[1], y0, y1)
    alt, bili = plot.limits
    yield label(left, top + 13, f"highest bilirubin, {plot.unit}", "small w-muted")
    yield rect(x(alt), y1, x1 - x(alt), y(bili) - y1, "labs-range")
    yield line(x0, y0, x1, y0, "axis")
    yield line(x0, y1, x0, y0, "axis")
    for at, (axis, limit) in enumerate(((x, alt), (y, bili))):
        for tick in (t for t in _TICKS if span[at][0] <= t <= span[at][1]):
            if tick != limit and abs(axis(tick) - axis(limit)) < (18 if at == 0 else 12):
                continue
            yield from _tick(at, axis(tick), tick, x0, y0, bold=tick == limit)
        if limit not in _TICKS:
            yield from _tick(at, axis(limit), limit, x0, y0, bold=True)
    yield label((x0 + x1) / 2, y0 + 38, f"highest ALT, {plot.unit}", "small w-muted", anchor="middle")
    if len(plot.points) > MOST_DOTS:
        yield from _hexagons([p for p in plot.points if not _is_single(p)], x, y, 6.5 if phone else 8.0)
    else:
        for point in plot.points:
            if not _is_single(point):
                kind = "labs-point" if point.quadrant else "labs-open"
                yield dot(x(point.alt), y(point.bili), 3.4, kind, subject=point.subject)
    yield line(x(alt), y1, x(alt), y0, "rule")
    yield line(x0, y(bili), x1, y(bili), "rule")
    for point in (p for p in plot.points if _is_single(p)):
        kind = "labs-case" if point.case else "labs-high"
        yield dot(x(point.alt), y(point.bili), 5.4 if point.case else 4.2, kind, title=point.subject,
                  subject=point.subject)  # fmt: skip
    yield from _names(plot, x, y, x1, y1)
    yield from _corners(plot, x0, x1, y0, y1)


def _is_single(point: Point) -> bool:
    """Shown by itself however many there are: in the upper right, or a potential case."""
    return point.case or point.quadrant == "HYS"


def _decades(span: tuple[float, float], start: float, end: float) -> Scale:
    """A scale of decades; what lies outside is drawn at the edge."""
    low, high = (math.log10(one) for one in span)
    at = scale(low, high, start, end)
    return lambda value: at(min(max(math.log10(max(value, 1e-9)), low), high))


def _tick(at: int, place: float, value: float, x0: float, y0: float, *, bold: bool) -> Iterable[Mark]:
    text = f"{value:g}"
    plain, strong = ("", text) if bold else (text, "")
    if at == 0:
        yield line(place, y0, place, y0 + 4, "axis")
        yield label(place, y0 + 18, plain, "tick", bold=strong, anchor="middle")
    else:
        yield line(x0 - 4, place, x0, place, "axis")
        yield label(x0 - 8, place + 4.5, plain, "tick", bold=strong, anchor="end")


def _corners(plot: Plot, x0: float, x1: float, y0: float, y1: float) -> Iterable[Mark]:
    """How many lie in each quadrant, written in its corner."""
    places = {
        "HYS": (x1 - 6, y1 + 16, "end"), "CHOLESTASIS": (x0 + 7, y1 + 16, "start"),
        "TEMPLE": (x1 - 6, y0 - 8, "end"), "NORMAL": (x0 + 7, y0 - 8, "start"),
    }  # fmt: skip
    for quadrant, (x, y, anchor) in places.items():
        n = words.count(plot.count(quadrant))
        yield label(x, y, f" {plot.words(quadrant)}", "small halo", bold=n, anchor=anchor)


def _names(plot: Plot, x: Scale, y: Scale, right: float, top: float) -> Iterable[Mark]:
    """Who lies in the upper right, potential cases first and bold, beside their dots where there is room.

    Where they are too many, the cases alone; where those are too many, nobody: the list has them.
    """
    singles = [point for point in plot.points if _is_single(point)]
    taken = [(right - 130, top, right, top + 20)]
    taken += [(x(p.alt) - 4, y(p.bili) - 4, x(p.alt) + 4, y(p.bili) + 4) for p in singles]
    if len(singles) > MOST_NAMED:
        singles = [point for point in singles if point.case]
    if len(singles) > MOST_NAMED:
        return
    for point in sorted(singles, key=lambda p: (not p.case, -p.bili, p.subject)):
        wide = text_width(point.subject, 13) + 2
        for down, to_right in itertools.product((4.5, 18.0, -9.0, 31.0), (True, False)):
            start = x(point.alt) + 8 if to_right else x(point.alt) - 8 - wide
            box = (start, y(point.bili) + down - 11, start + wide, y(point.bili) + down + 3)
            if box[2] <= right and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                plain, bold = ("", point.subject) if point.case else (point.subject, "")
                yield label(start, y(point.bili) + down, plain, "halo small", bold=bold, names=point.subject)
                break


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _hexagons(points: list[Point], x: Scale, y: Scale, radius: float) -> Iterable[Mark]:
    """For very many patients: hexagons, darker by the number of patients in them."""
    wide, tall = radius * math.sqrt(3), radius * 1.5
    counted: Counter[tuple[int, int]] = Counter()
    for point in points:
        row = round(y(point.bili) / tall)
        counted[row, round(x(point.alt) / wide - (row % 2) / 2)] += 1
    half, quarter = place(wide / 2), place(radius / 2)
    outline = f"l{half} {quarter}v{place(radius)}l-{half} {quarter}l-{half} -{quarter}v-{place(radius)}z"
    outlines: dict[int, list[str]] = defaultdict(list)
    for (row, column), n in sorted(counted.items()):
        shade = next(
            at for at, (low, high) in enumerate(_SHADES, start=1) if high is None or low <= n <= high
        )
        outlines[shade].append(
            f"M{place((column + (row % 2) / 2) * wide)} {place(row * tall - radius)}{outline}"
        )
    for shade, drawn in sorted(
        outlines.items()
    ):  # one path for all of a shade: a patient each would cost 300 kB
        yield Mark("path", (("class", f"labs-hex h{shade}"), ("d", "".join(drawn))))


def hexagon_words(points: int) -> str:
    """How the hexagons are to be read; empty where every patient is a dot."""
    if points <= MOST_DOTS:
        return ""
    steps = [words.days(low, high) if high is not None else f"{low} or more" for low, high in _SHADES]
    return (
        f" Hexagons: darker by the number of patients in them ({', '.join(steps)}); single dots are patients."
    )

"""The paper of a profile's figure: one time axis for all panels, and a place for every word where no other stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from milepost.reports.drawing import PHONE, WIDE, Mark, label, line, path, rect, text_width
from milepost.reports.profile.days import said_day

Scale = Callable[[float], float]
Drawn = tuple[list[Mark], float]  # the marks of a panel, and where it ends
BOLD = 14.0  # size that bold words of 13 px take
_TICK = 13.0  # least distance of two numbers on an axis
_ROW = 16.0  # height of a line of words


@dataclass(frozen=True)
class Canvas:
    """Where the plot lies between its margins, and the days it reaches over."""

    size: str
    width: int
    left: float
    right: float
    first: int
    last: int

    @property
    def wide(self) -> bool:
        """Whether it is the drawing for a wide page."""
        return self.size == "wide"

    def x(self, at: float) -> float:
        """The left edge of a day."""
        span = self.last + 1 - self.first
        return self.left + (at - self.first) / span * (self.right - self.left)

    def mid(self, at: float) -> float:
        """The middle of a day, where a sample stands."""
        return self.x(at + 0.5)

    def space(self) -> Space:
        """Free paper from the plot's left edge to the right edge of the page."""
        return Space(self.left, float(self.width))


def canvases(first: int, last: int) -> tuple[Canvas, Canvas]:
    """The wide drawing and the one for a phone."""
    return (
        Canvas("wide", WIDE, 152.0, 918.0, first, last),
        Canvas("phone", PHONE, 74.0, 292.0, first, last),
    )


@dataclass
class Space:
    """Remembers where words stand, so that the next ones are put beside them or left out."""

    left: float
    right: float
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)

    def put(
        self,
        x: float,
        y: float,
        text: str,
        kind: str = "small",
        *,
        anchor: str = "start",
        bold: str = "",
    ) -> Mark | None:
        """The words at this place, or None where others stand or the paper ends."""
        size = BOLD if bold or "b" in kind.split() else 13.0
        wide = text_width(bold + text, size)
        x0 = x - wide if anchor == "end" else x - wide / 2 if anchor == "middle" else x
        box = (x0, y - size, x0 + wide, y + 3)
        if box[0] < self.left or box[2] > self.right or any(_meet(box, other) for other in self.boxes):
            return None
        self.boxes.append(box)
        return label(x, y, text, kind, anchor=anchor, bold=bold)

    def block(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Nothing is to be written here."""
        self.boxes.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))

    def force(
        self, x: float, heights: tuple[float, ...], text: str, limit: float, kind: str = "small"
    ) -> Mark:
        """The words from this place on, moved to the left so far that they end at the limit: at the first of these
        heights that is free, else at the first of all."""
        wide = text_width(text, BOLD)
        start = max(0.0, min(x, limit - wide))
        boxes = [(start, y - BOLD, start + wide, y + 3) for y in heights]
        free = [box for box in boxes if not any(_meet(box, other) for other in self.boxes)]
        chosen = [*free, *boxes][0]
        self.boxes.append(chosen)
        return label(start, chosen[3] - 3, text, kind)

    def first_of(self, *tries: tuple[float, float, str], text: str, kind: str = "small") -> Mark | None:
        """The words at the first of these places (x, y, anchor) that is free."""
        for x, y, anchor in tries:
            mark = self.put(x, y, text, kind, anchor=anchor)
            if mark is not None:
                return mark
        return None


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] + 3 and b[0] < a[2] + 3 and a[1] < b[3] and b[1] < a[3]


def title(canvas: Canvas, top: float, name: str, unit: str) -> list[Mark]:
    """A panel's name and unit: in the left margin, or above it on a phone."""
    if canvas.wide:
        return [label(0, top + 14, "", bold=name), label(0, top + 31, unit, "w-muted small")]
    return [
        label(0, top + 14, "", bold=name),
        label(canvas.width, top + 14, unit, "w-muted small", anchor="end"),
    ]


def head(canvas: Canvas) -> float:
    """How much height a panel's name takes above its plot."""
    return 6.0 if canvas.wide else 26.0


def margin(
    canvas: Canvas, items: Iterable[tuple[float, str, str, str]], top: float, bottom: float
) -> list[Mark]:
    """Words in the right margin, each near its height (y, bold, text, class), pushed apart where they are close."""
    ordered = sorted(items, key=lambda item: item[0])
    places: list[float] = []
    for y, *_ in ordered:
        places.append(max(y, places[-1] + _ROW) if places else max(y, top + 4))
    for i in range(len(places) - 1, -1, -1):
        limit = bottom + 4 if i == len(places) - 1 else places[i + 1] - _ROW
        places[i] = min(places[i], limit)
    room = canvas.width - canvas.right - 8
    return [
        label(canvas.right + 8, y + 4, fit(text, room - text_width(bold, BOLD)), kind, bold=bold)
        for y, (_, bold, text, kind) in zip(places, ordered, strict=True)
    ]


def fit(text: str, room: float, size: float = 13) -> str:
    """The text, cut with … where it is wider than the room."""
    if text_width(text, size) <= room:
        return text
    most = max(int(room / text_width("x", size)) - 1, 0)
    return text[:most].rstrip(" ,;:") + "…" if most > 2 else ""


def logarithmic(low: float, high: float, top: float, bottom: float) -> Scale:
    """A log scale from low (bottom) to high (top); what lies beyond is cut at the edge."""
    start, span = math.log10(low), (math.log10(high) - math.log10(low)) or 1.0

    def y(value: float) -> float:
        if value <= 0:
            return bottom
        return min(max(bottom - (math.log10(value) - start) / span * (bottom - top), top), bottom)

    return y


def log_ticks(low: float, high: float) -> list[float]:
    """Round numbers between the ends of a log scale: more of them within one decade, powers of ten over many."""
    decades = math.log10(high / low)
    factors: tuple[float, ...] = (1.0, 2.0, 5.0) if decades <= 2.2 else (1.0,)
    if decades < 0.9:
        factors = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
    step = 1 if decades <= 5 else 2
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1, step)
    ticks = [f * 10.0**e for e in exponents for f in factors]
    return [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]


def spaced(ticks: Iterable[float], y: Scale, taken: Iterable[float] = ()) -> list[float]:
    """The ticks whose numbers do not touch each other, nor those at the heights already taken."""
    heights, kept = list(taken), []
    for tick in ticks:
        if all(abs(y(tick) - other) >= _TICK for other in heights):
            heights.append(y(tick))
            kept.append(tick)
    return kept


def said_tick(value: float) -> str:
    """2000, 0.5."""
    return said_day(int(value)) if value >= 1 else f"{value:g}"


def diamond(x: float, y: float, half: float, kind: str, text: str = "") -> Mark:
    """A square on its corner."""
    return path([(x, y - half), (x + half, y), (x, y + half), (x - half, y)], kind, closed=True, title=text)


def arrow(x: float, y: float, half: float, kind: str) -> Mark:
    """A head that points on to the right."""
    return path([(x, y - half), (x + half * 1.3, y), (x, y + half)], kind, closed=True)


def weeks(canvas: Canvas, top: float) -> list[Mark]:
    """The axis of weeks since first dose above all panels."""
    marks = [label(0, top + 14, "week since first dose" if canvas.wide else "week", "w-muted small")]
    for week in _weeks(canvas):
        x = canvas.x(week * 7)
        marks += [
            label(x, top + 14, str(week), "tick", anchor="middle"),
            line(x, top + 20, x, top + 26, "axis"),
        ]
    return marks


def study_days(canvas: Canvas, top: float) -> list[Mark]:
    """The axis of study days below all panels."""
    marks = [label(0, top + 18, "study day", "w-muted small")]
    for week in _weeks(canvas):
        x = canvas.x(week * 7)
        marks += [
            line(x, top, x, top + 6, "axis"),
            label(x, top + 18, said_day(week * 7 + 1), "tick", anchor="middle"),
        ]
    return marks


def week_lines(canvas: Canvas, top: float, bottom: float) -> list[Mark]:
    """A hairline through all panels at each week of the axis."""
    return [line(canvas.x(week * 7), top, canvas.x(week * 7), bottom, "grid") for week in _weeks(canvas)]


def _weeks(canvas: Canvas) -> range:
    """Weeks marked: so many that their numbers stand apart; 0 is the first dose."""
    least = 46 if canvas.wide else 34
    per_week = canvas.x(7) - canvas.x(0)
    step = next((s for s in (1, 2, 3, 6, 12, 24, 48) if s * per_week >= least), 96)
    return range(0, canvas.last // 7 + 1, step)


def box(x0: float, y0: float, x1: float, y1: float, kind: str, text: str = "") -> Mark:
    """A rectangle between two corners, with words for whoever points at it."""
    return rect(min(x0, x1), min(y0, y1), max(abs(x1 - x0), 0.5), abs(y1 - y0), kind, title=text)

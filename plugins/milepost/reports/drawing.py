"""Marks on paper: rectangles, lines, paths, dots and words with their places worked out; a template only draws them.

Every figure is drawn twice, for a wide page and for a phone, so that words never shrink below 12 px.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from milepost.reports.section import Table

WIDE = 1120
HALF = 530
PHONE = 358
LETTER = 6.7  # mean width of a letter of 14 px text, by which words are kept apart


@dataclass(frozen=True)
class Mark:
    """One thing drawn: the SVG element, its attributes in order, its words, and whom it stands for.

    names: the patient whose number the words are. href: where they lead (`profile.links`).
    """

    element: str
    attributes: tuple[tuple[str, str], ...]
    bold: str = ""
    text: str = ""
    title: str = ""
    subject: str = ""
    names: str = ""
    href: str = ""


@dataclass(frozen=True)
class Figure:
    """One drawing: its size, the sentence that says what it shows, and its marks, back to front."""

    width: int
    height: int
    label: str
    marks: tuple[Mark, ...]
    size: str = "wide"

    @property
    def leads_on(self) -> bool:
        """Whether words in it are links: then a reader of the page must get at them one by one."""
        return any(mark.href for mark in self.marks)


@dataclass(frozen=True)
class Exhibit:
    """One numbered table or figure: title, what it counts, drawings, source and the way back to the rows.

    unmasks: by group it would give away which arm is which (amounts of drug, days of visits).
    """

    id: str
    title: str
    sub: str
    counted: str
    source: str
    receipt: str
    rows: int
    sha256: str
    rule: str
    population: str
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()
    empty: str = ""
    table: Table | None = None
    definition: str = ""
    unmasks: bool = False


def scale(first: float, last: float, start: float, end: float) -> Callable[[float], float]:
    """A straight scale from [first, last] to [start, end] in pixels."""
    span = (last - first) or 1.0
    return lambda value: start + (value - first) / span * (end - start)


def round_step(largest: float, most: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50 … by which an axis up to `largest` has at most so many steps."""
    step, factors = 1, (2, 5, 10)
    while largest / step > most:
        ten = 10 ** (len(str(step)) - 1)
        step = next(ten * factor for factor in factors if ten * factor > step)
    return step


def place(number: float) -> str:
    """A coordinate with at most one decimal: finer is never seen and costs bytes."""
    text = f"{number:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


def rect(x: float, y: float, width: float, height: float, kind: str, **more: str) -> Mark:
    """A rectangle; `kind` is its class in report.css."""
    return _mark("rect", kind, {"x": x, "y": y, "width": width, "height": max(height, 0.0)}, **more)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Mark:
    """A straight line."""
    return _mark("line", kind, {"x1": x1, "y1": y1, "x2": x2, "y2": y2})


def dot(x: float, y: float, radius: float, kind: str, **more: str) -> Mark:
    """A filled or hollow dot."""
    return _mark("circle", kind, {"cx": x, "cy": y, "r": radius}, **more)


def path(points: Iterable[tuple[float, float]], kind: str, *, closed: bool = False, **more: str) -> Mark:
    """A line through these points, or the area they enclose."""
    steps = "L".join(f"{place(x)} {place(y)}" for x, y in points)
    return Mark("path", (("class", kind), ("d", f"M{steps}{'Z' if closed else ''}")), **more)


def label(
    x: float, y: float, text: str, kind: str = "", *, bold: str = "", anchor: str = "start", names: str = ""
) -> Mark:
    """Words at a place; `bold` stands before `text`. names: the patient whose number they are."""
    places = (("x", place(x)), ("y", place(y)))
    styled = (("class", kind),) if kind else ()
    anchored = (("text-anchor", anchor),) if anchor != "start" else ()
    return Mark("text", (*places, *styled, *anchored), bold, text, names=names)


def text_width(text: str, size: float = 14) -> float:
    """About how wide these words are, in pixels."""
    return len(text) * LETTER * size / 14


def _mark(element: str, kind: str, numbers: dict[str, float], title: str = "", subject: str = "") -> Mark:
    places = tuple((name, place(value)) for name, value in numbers.items())
    return Mark(element, (("class", kind), *places), title=title, subject=subject)

"""One drawing for each group, side by side on a wide page and below each other on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from milepost.reports.drawing import HALF, PHONE, WIDE, Figure, Mark, label, path, place

_GAP = WIDE - 2 * HALF
_HEADING = 22.0
# draws itself into a frame: its left edge, its top, its width, whether it is for a phone
Draw = Callable[[float, float, float, bool], Iterable[Mark]]


@dataclass(frozen=True)
class Panel:
    """One group's drawing and its heading, which is left out where there is one group alone."""

    heading: str
    draw: Draw


def panel_figures(
    panels: Sequence[Panel], sentence: str, height: float, phone_height: float | None = None
) -> tuple[Figure, ...]:
    """The same panels drawn wide (half a page where there is one) and for a phone. height: of one panel."""
    phone_height = phone_height or height
    alone = len(panels) == 1
    top = 0.0 if alone else _HEADING
    rows = -(-len(panels) // 2)
    wide: list[Mark] = []
    tall: list[Mark] = []
    for i, panel in enumerate(panels):
        row, column = divmod(i, 2)
        left, above = column * (HALF + _GAP), row * (height + top + 18)
        if not alone:
            wide.append(label(left, above + 14, "", bold=panel.heading))
            tall.append(label(0, i * (phone_height + top + 14) + 14, "", bold=panel.heading))
        wide += panel.draw(left, above + top, HALF, False)
        tall += panel.draw(0, i * (phone_height + top + 14) + top, PHONE, True)
    return (
        Figure(HALF if alone else WIDE, round(rows * (height + top + 18) - 18), sentence, tuple(wide)),
        Figure(PHONE, round(len(panels) * (phone_height + top + 14) - 14), sentence, tuple(tall), "phone"),
    )


def steps(points: Iterable[tuple[float, float]], kind: str) -> Mark:
    """A line that runs level and drops: each point is where it drops to. Cheaper than its corners one by one."""
    start, *rest = points
    drawn = [f"M{place(start[0])} {place(start[1])}"]
    at = start[1]
    for x, y in rest:
        drawn.append(f"H{place(x)}" if y == at else f"H{place(x)}V{place(y)}")
        at = y
    return Mark("path", (("class", kind), ("d", "".join(drawn))))


def strokes(points: Iterable[tuple[float, float]], tall: float, kind: str) -> Mark:
    """Upright strokes around these points, as one path."""
    d = "".join(f"M{place(x)} {place(y - tall / 2)}v{place(tall)}" for x, y in points)
    return Mark("path", (("class", kind), ("d", d)))


def diamond(x: float, y: float, r: float, kind: str) -> Mark:
    """A diamond."""
    return path([(x, y - r), (x + r, y), (x, y + r), (x - r, y)], kind, closed=True)


def cross(x: float, y: float, r: float, kind: str) -> Mark:
    """Two crossed strokes."""
    low, high, size = place(x - r), place(y - r), place(2 * r)
    d = f"M{low} {high}l{size} {size}M{low} {place(y + r)}l{size} -{size}"
    return Mark("path", (("class", kind), ("d", d)))

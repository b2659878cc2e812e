"""Patients by classes of a number, one bar a class, one panel a group; parts of a bar stand on each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from milepost.reports import words
from milepost.reports.drawing import HALF, PHONE, Figure, Mark, label, line, rect, scale, text_width

_TALL = 92.0
_GAP = 2.0


@dataclass(frozen=True)
class Part:
    """One part of every bar: its name, the class of its colour, and how many patients it has in each class."""

    name: str
    kind: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All patients of this part."""
        return sum(self.counts)


@dataclass(frozen=True)
class Panel:
    """One group. counted False: its counts are not written (the dry run)."""

    name: str
    parts: tuple[Part, ...]
    counted: bool = True

    @property
    def totals(self) -> tuple[int, ...]:
        """Patients of each class."""
        return tuple(map(sum, zip(*(part.counts for part in self.parts), strict=True)))

    def share(self, number: int) -> float:
        """Of the patients of the group; bars of groups of different sizes are drawn to be compared."""
        return number / (sum(self.totals) or 1)


def histogram(
    title: str, classes: tuple[str, ...], axis: str, panels: tuple[Panel, ...]
) -> tuple[Figure, ...]:
    """Drawn for half a page and for a phone. classes: names under the bars, axis: what they are of.

    Bars of one group are as high as its share; where a class is too narrow for its name every second, third … is named.
    """
    highest = max((panel.share(n) for panel in panels for n in panel.totals), default=0) or 1
    named = len(panels) > 1 or len(panels[0].parts) > 1
    each = _TALL + (66 if named else 46)
    made = []
    for width, size in ((HALF, "wide"), (PHONE, "phone")):
        marks: list[Mark] = []
        for place, panel in enumerate(panels):
            marks += _panel(panel, classes, place * each + (22 if named else 6), float(width), highest)
        marks.append(label(0, len(panels) * each + 12, axis, "w-muted small"))
        sentence = f"{title}. {' '.join(_said(panel, classes) for panel in panels)}"
        made.append(Figure(width, int(len(panels) * each + 18), sentence, tuple(marks), size))
    return tuple(made)


def _said(panel: Panel, classes: tuple[str, ...]) -> str:
    name = f"{panel.name}: " if panel.name else ""
    if not panel.counted:
        told = [
            f"{name_} {100 * panel.share(n):.0f} %" for name_, n in zip(classes, panel.totals, strict=True)
        ]
        return f"{name}{', '.join(told)} of patients."
    parts = []
    for part in panel.parts:
        each = [f"{name_} {n}" for name_, n in zip(classes, part.counts, strict=True) if n]
        parts.append(f"{part.total} {part.name} ({', '.join(each) or 'none'})")
    return f"{name}{'; '.join(parts)}."


def _panel(
    panel: Panel, classes: tuple[str, ...], top: float, width: float, highest: float
) -> Iterable[Mark]:
    base = top + _TALL + 14
    step = min(width / len(classes), 64.0)
    y = scale(0, highest, 0, _TALL)
    yield from _key(panel, top)
    for i, total in enumerate(panel.totals):
        below = base
        for part in panel.parts:
            tall = y(panel.share(part.counts[i]))
            if part.counts[i]:
                yield rect(i * step + _GAP / 2, below - tall, step - _GAP, max(tall, 1.0), f"seg {part.kind}")
                below -= max(tall, 1.0)
        if total and panel.counted and text_width(words.count(total), 13) < step:
            yield label((i + 0.5) * step, below - 4, words.count(total), "small", anchor="middle")
    yield line(0, base, len(classes) * step, base, "axis")
    widest = max(text_width(name, 13) for name in classes) + 6
    every = max(1, int(-(-widest // step)))
    for i, name in enumerate(classes):
        if i % every == 0:
            yield label((i + 0.5) * step, base + 17, name, "tick", anchor="middle")


def _key(panel: Panel, top: float) -> Iterable[Mark]:
    """The group's name, and what its parts mean where it has several."""
    x = 0.0
    if panel.name:
        yield label(x, top - 6, "", bold=panel.name)
        x += text_width(panel.name) + 18
    if len(panel.parts) < 2:
        return
    for part in panel.parts:
        count = words.count(part.total) if panel.counted else ""
        text = f" {part.name}" if count else part.name
        yield rect(x, top - 16, 11, 11, f"seg {part.kind}")
        yield label(x + 17, top - 6, text, "small", bold=count)
        x += 17 + text_width(count + text, 13) + 18

"""The flow of patients drawn: stages as bars of one scale, exits under the stage, where everybody is now at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from milepost.reports import words
from milepost.reports.drawing import PHONE, WIDE, Figure, Mark, label, line, rect, scale, text_width

_TALLEST = 150.0
_BAR = 56.0
_LINE = 17.0
_NOW_LINE = 19.0


@dataclass(frozen=True)
class Stage:
    """One stage: its name, how many reached it, and what those who left under it left for, in words."""

    name: str
    n: int
    exits: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class Exit:
    """Where some of the last stage are now. kind: the class of their colour."""

    name: str
    n: int
    kind: str


@dataclass(frozen=True)
class Panel:
    """The flow of one group; name empty where there is one group only."""

    name: str
    stages: tuple[Stage, ...]
    now: tuple[Exit, ...]


def flow_figures(panels: tuple[Panel, ...]) -> tuple[Figure, ...]:
    """All panels under each other, drawn wide and for a phone, to one scale."""
    most = max(max(stage.n for stage in panel.stages) for panel in panels)
    made = []
    for width, size in ((WIDE, "wide"), (PHONE, "phone")):
        marks: list[Mark] = []
        top = 0.0
        for panel in panels:
            draw = _tall if width > PHONE else _flat
            drawn, height = draw(panel, most, top, float(width))
            marks += drawn
            top += height + 26
        made.append(Figure(width, int(top - 20), _sentence(panels), tuple(marks), size))
    return tuple(made)


def _sentence(panels: tuple[Panel, ...]) -> str:
    said = []
    for panel in panels:
        stages = "; ".join(
            f"{stage.n} {stage.name}" + (f" ({', '.join(stage.exits).replace(':,', ':')})" if stage.exits else "")
            for stage in panel.stages
        )  # fmt: skip
        now = ", ".join(f"{part.n} {part.name}" for part in panel.now)
        said.append(f"{panel.name + ': ' if panel.name else ''}{stages}. Of the treated now: {now}.")
    return f"Flow of patients. {' '.join(said)}"


def _tall(panel: Panel, most: int, top: float, width: float) -> tuple[list[Mark], float]:
    """Stages from left to right, bars hanging from one line."""
    marks: list[Mark] = []
    start = top + (26 if panel.name else 6)
    if panel.name:
        marks.append(label(0, top + 14, "", bold=panel.name))
    y = scale(0, max(most, 1), 0, _TALLEST)
    step = (width - 214) / len(panel.stages)
    places = [i * step for i in range(len(panel.stages) + 1)]
    lowest = start + _TALLEST
    for i, (stage, after) in enumerate(zip(panel.stages, (*panel.stages[1:], None), strict=True)):
        follows = after.n if after else stage.n
        marks.append(rect(places[i] + _BAR, start, step - _BAR, y(follows), "shade"))
    for i, stage in enumerate(panel.stages):
        x = places[i]
        marks.append(rect(x, start, _BAR, max(y(stage.n), 1.5), f"seg {stage.kind}"))
        marks.append(label(x + _BAR + 10, start + 24, words.count(stage.n), "flow-n"))
        marks.append(label(x + _BAR + 10, start + 45, stage.name))
        foot = start + max(y(stage.n), 52)
        for k, text in enumerate(stage.exits):
            bold, _, rest = text.partition(" ")
            marks.append(label(x, foot + 19 + k * _LINE, f" {rest}", "small w-muted", bold=bold))
        lowest = max(lowest, foot + 10 + len(stage.exits) * _LINE)
    drawn, end = _now(panel.now, places[-1], start, y)
    marks += drawn
    return marks, max(lowest, end) - top


def _now(parts: tuple[Exit, ...], x: float, start: float, y: object) -> tuple[list[Mark], float]:
    """The treated, parted; each name beside its bar, and never over another name."""
    assert callable(y)
    marks: list[Mark] = []
    bar, text_at = start, start - _NOW_LINE + 6
    for part in parts:
        if not part.n:
            continue
        tall = max(y(part.n) - 2, 1.5)
        marks.append(rect(x, bar, _BAR, tall, f"seg {part.kind}"))
        text_at = max(bar + tall / 2 + 5, text_at + _NOW_LINE)
        if abs(text_at - bar - tall / 2) > 9:
            marks.append(line(x + _BAR + 2, bar + tall / 2, x + _BAR + 8, text_at - 5, "axis"))
        marks.append(label(x + _BAR + 11, text_at, f" {part.name}", bold=words.count(part.n)))
        bar += tall + 2
    return marks, max(bar, text_at + 4)


def _flat(panel: Panel, most: int, top: float, width: float) -> tuple[list[Mark], float]:
    """Stages under each other, bars from the left."""
    marks: list[Mark] = []
    x = scale(0, max(most, 1), 0, width)
    at = top
    if panel.name:
        marks.append(label(0, at + 14, "", bold=panel.name))
        at += 24
    for stage in panel.stages:
        marks.append(label(0, at + 15, f" {stage.name}", bold=words.count(stage.n)))
        marks.append(rect(0, at + 21, max(x(stage.n), 1.5), 14, f"seg {stage.kind}"))
        at += 41
        for text in _wrapped(stage.exits, width - 14):
            marks.append(label(14, at + 11, text, "small w-muted"))
            at += _LINE
        at += 8
    marks.append(label(0, at + 12, "of the treated now", "small w-muted"))
    at += 20
    for part in panel.now:
        marks.append(label(0, at + 13, f" {part.name}", bold=words.count(part.n)))
        marks.append(rect(0, at + 18, max(x(part.n), 1.5), 8, f"seg {part.kind}"))
        at += 32
    return marks, at - top


def _wrapped(texts: tuple[str, ...], width: float) -> Iterable[str]:
    """Exits side by side as far as a line holds them, never broken inside."""
    held = ""
    for text in texts:
        joined = f"{held} {text}" if held.endswith(":") else f"{held}, {text}" if held else text
        if held and text_width(joined, 13) > width:
            yield f"{held},"
            held = text
        else:
            held = joined
    if held:
        yield held

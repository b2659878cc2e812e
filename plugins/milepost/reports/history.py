"""The five numbers of the first page: each with its change since the last report and 28 mornings of history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from milepost.reports import words
from milepost.reports.drawing import Figure, Mark, line, rect

MORNINGS = 28
_CELL, _TALL = 6.0, 26.0


@dataclass(frozen=True)
class Headline:
    """One of the five numbers. `kind`: `stock` is drawn as its level, `flow` as what was new each morning."""

    id: str
    label: str
    definition: str
    value: str
    change: str
    quiet: bool
    meaning: str
    bars: Figure


@dataclass(frozen=True)
class Asked:
    """What a headline is to show, before its history is known."""

    id: str
    label: str
    value: int
    meaning: str
    kind: str
    definition: str = ""


def history(
    predecessor: dict[str, Any] | None, as_of: str, values: Mapping[str, int]
) -> list[dict[str, Any]]:
    """The last 28 reports' headline values, this one last; a report of the same cut-off is replaced."""
    before = list((predecessor or {}).get("history", []))
    kept = [entry for entry in before if entry["as_of"] < as_of]
    return [*kept, {"as_of": as_of, "values": dict(sorted(values.items()))}][-MORNINGS - 1 :]


def headlines(
    asked: list[Asked], told: list[dict[str, Any]], predecessor: dict[str, Any] | None
) -> tuple[Headline, ...]:
    """The numbers with change and bars. A number the last report did not have yet is a first."""
    before = {entry["id"]: entry["value"] for entry in (predecessor or {}).get("numbers", [])}
    made = []
    for one in asked:
        then = before.get(one.id)
        moved = None if then is None else one.value - int(then)
        change = "first report" if moved is None else words.signed(moved) if moved else "no change"
        levels = [entry["values"].get(one.id) for entry in told]
        made.append(
            Headline(
                one.id,
                one.label,
                one.definition,
                words.count(one.value),
                change,
                not moved,
                one.meaning,
                _bars(one, levels),
            )
        )
    return tuple(made)


def _bars(one: Asked, levels: list[int | None]) -> Figure:
    """Right-aligned, the last morning darkest; a dash where nothing was new or no report was made."""
    if one.kind == "stock":
        heights = levels[-MORNINGS:]
    else:
        heights = [
            None if a is None or b is None else max(b - a, 0)
            for a, b in zip(levels, levels[1:], strict=False)
        ][-MORNINGS:]
    tallest = max([1, *(h for h in heights if h is not None)])
    marks: list[Mark] = []
    for slot in range(MORNINGS):
        index = slot - (MORNINGS - len(heights))
        height = heights[index] if index >= 0 else None
        x = slot * _CELL
        if not height:
            marks.append(line(x, _TALL - 0.5, x + _CELL - 2, _TALL - 0.5, "axis"))
        else:
            tall = max(2.0, (_TALL - 2) * height / tallest)
            kind = "owed" if one.kind == "stock" else "ink" if slot == MORNINGS - 1 else "amount"
            marks.append(rect(x, _TALL - tall, _CELL - 2, tall, kind))
    spoken = ", ".join("none" if h is None else str(h) for h in heights[-7:]) or "no earlier report"
    what = "how many waited" if one.kind == "stock" else "new on each morning"
    sentence = f"{one.label}: {what}, the last {min(len(heights), 7)} reports: {spoken}."
    return Figure(int(_CELL * MORNINGS), int(_TALL), sentence, tuple(marks), "bars")

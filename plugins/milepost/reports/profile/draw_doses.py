"""The panel of doses: bars as high as the dose of the day."""

from __future__ import annotations

from collections.abc import Iterator

from milepost.reports.drawing import Mark, label, line, path, scale
from milepost.reports.profile.canvas import Canvas, Drawn, Scale, Space, box, head, margin, title
from milepost.reports.profile.course import Course
from milepost.reports.profile.dosing import Dosing, amount_of


def draw_doses(course: Course, canvas: Canvas, top: float) -> Drawn:
    """Bars as high as the dose of the day; days off and pauses are blank."""
    dosing = course.dosing
    names = list(dict.fromkeys(drug for _, drug in dosing.drugs))
    marks = title(canvas, top, "Dose", "mg a day" if dosing.weighed else "as reported")
    y0 = top + head(canvas) + 18
    base = y0 + 46
    y = {drug: scale(0, float(dosing.highest_of(drug)) or 1.0, base, y0) for drug in names}
    space = canvas.space()
    for level in _levels(dosing, y[names[0]]) if len(names) == 1 else ():
        at = y[names[0]](level)
        marks += [line(canvas.left, at, canvas.right, at, "grid"),
                  label(canvas.left - 8, at + 4, f"{level:g}", "tick", anchor="end")]  # fmt: skip
    for bar in dosing.bars:
        height = base - (y[bar.drug](float(bar.mg)) if bar.mg is not None else y0 + 16)
        kind = "amount" if bar.mg is not None else "seg hatch"
        marks.append(
            box(canvas.x(bar.first), base - height, canvas.x(bar.last + 1), base, kind, f"{bar.shown}")
        )
    marks.append(line(canvas.left, base, canvas.right, base, "axis"))
    marks += _named_drugs(dosing, canvas, space, y0, base)
    marks += _named_changes(dosing, canvas, space, y0, base)
    if not dosing.bars:
        marks.append(label(canvas.left + 6, base - 8, "no dose known", "w-muted small"))
    last = [(y0 + 12, dosing.last[0], "", "small"), (y0 + 28, "", dosing.last[1], "w-muted small")]
    if not canvas.wide:
        last = [(y0 + 12, dosing.last[0].removesuffix(" a day"), "", "small"),
                (y0 + 28, "", dosing.last[1].removeprefix("last dose "), "w-muted small")]  # fmt: skip
    if len(names) == 1 and canvas.wide:
        marks.append(label(0, top + 48, names[0], "w-muted small"))
    return marks + margin(canvas, [item for item in last if item[1] or item[2]], y0, base), base + 8


def _levels(dosing: Dosing, y: Scale) -> list[float]:
    """Up to three amounts of a day that get a number on the axis, the largest first, apart from each other."""
    levels = sorted({float(bar.mg) for bar in dosing.bars if bar.mg is not None}, reverse=True)[:3]
    return [level for i, level in enumerate(levels) if i == 0 or y(level) - y(levels[i - 1]) >= 13]


def _named_drugs(dosing: Dosing, canvas: Canvas, space: Space, y0: float, base: float) -> Iterator[Mark]:
    """Each drug's name above its first bar, where there are several (then with its amount) or the page is a phone."""
    if len({drug for _, drug in dosing.drugs}) < 2 and canvas.wide:
        return
    for line_number, drug in dosing.drugs:
        bar = next((b for b in dosing.bars if (b.line, b.drug) == (line_number, drug)), None)
        if bar is None:
            continue
        amount = f" {amount_of(bar)} mg" if bar.mg is not None else ""
        mark = space.put(canvas.x(bar.first) + 3, y0 - 5, amount, "small halo", bold=drug)
        mark = mark or space.put(canvas.x(bar.first) + 3, base + 14, amount, "small halo", bold=drug)
        if mark is not None:
            yield mark


def _named_changes(dosing: Dosing, canvas: Canvas, space: Space, y0: float, base: float) -> Iterator[Mark]:
    for change in dosing.changes:
        if change.kind == "paused":
            yield line(canvas.x(change.first), base - 3.5, canvas.x(change.last + 1), base - 3.5, "owed-line")
        else:
            x = canvas.x(change.first)
            yield path([(x - 4, y0 - 2), (x + 4, y0 - 2), (x, y0 + 5)], "ink", closed=True)
    for first, last, text in _sentences(dosing) if canvas.wide else ():
        mark = space.put(canvas.x(first) + 7, y0 - 5, text, "small halo")
        mark = mark or space.put(canvas.x(last + 1) - 7, y0 - 5, text, "small halo", anchor="end")
        if mark is not None:
            yield mark


def _sentences(dosing: Dosing) -> Iterator[tuple[int, int, str]]:
    """What changed, a dose that is another after a pause in one sentence with the pause."""
    changes = list(dosing.changes)
    while changes:
        one = changes.pop(0)
        text = one.said
        if one.kind == "paused" and changes and changes[0].first == one.last + 1:
            text += f", then {changes.pop(0).said}"
        yield one.first, one.last, text

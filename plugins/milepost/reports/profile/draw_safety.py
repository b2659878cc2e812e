"""The panels of harm: liver tests, grades of every abnormal test, adverse events."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from milepost.reports.drawing import Mark, dot, label, line, path, text_width
from milepost.reports.profile.canvas import (
    Canvas,
    Drawn,
    Scale,
    arrow,
    box,
    fit,
    head,
    log_ticks,
    logarithmic,
    margin,
    said_tick,
    spaced,
    title,
)
from milepost.reports.profile.course import Course
from milepost.reports.profile.events import EventBar, EventLane
from milepost.reports.profile.laboratory import GradeCell, GradeRow, LiverTest, Multiple

_LINES = ("liver0", "liver1", "liver2", "liver3")
_ROW, _LANE, _PHONE_LANE = 18.0, 19.0, 31.0


def draw_liver(course: Course, canvas: Canvas, top: float) -> Drawn:
    """All liver tests in multiples of their limit on one log scale, with the protocol's limits."""
    panel = course.liver
    marks = title(canvas, top, "Liver tests", "× ULN, log scale")
    y0 = top + head(canvas) + 8
    base = y0 + (96 if canvas.wide else 88)
    points = [p for test in panel.tests for p in test.points if p.at >= canvas.first]
    if not points:
        return [*marks, label(canvas.left + 6, y0 + 18, "no result with a limit", "w-muted small")], y0 + 34
    limits = [float(limit) for limit, _ in panel.limits]
    bounds = [b for p in points for b in (p.lo, p.hi) if b is not None and b > 0]
    low, high = min([0.5, *bounds]) / 1.15, max([*limits, *bounds]) * 1.2
    y = logarithmic(low, high, y0, base)
    taken = [y(limit) + shift for limit in limits for shift in (-4, 0, 4)]
    for tick in spaced(log_ticks(low, high), y, taken):
        marks += [line(canvas.left, y(tick), canvas.right, y(tick), "grid"),
                  label(canvas.left - 8, y(tick) + 4, said_tick(tick), "tick", anchor="end")]  # fmt: skip
    space, above = canvas.space(), base + 99
    for limit, tests in sorted(panel.limits, key=lambda pair: pair[0]):
        at = y(float(limit))
        above = min(
            at + 4, above - 14
        )  # two limits close to each other: the higher one's number stands higher
        marks += [line(canvas.left, at, canvas.right, at, "rule"),
                  label(canvas.left - 8, above, "", "tick", bold=f"{limit:f}", anchor="end")]  # fmt: skip
        if canvas.wide and (words := space.put(canvas.left + 4, at - 4, tests, "w-muted small halo")):
            marks.append(words)
    beside = []
    for kind, test in reversed(list(zip(_LINES, panel.tests, strict=False))):
        shown = [p for p in test.points if p.at >= canvas.first]
        marks += _course(shown, kind, canvas, y, y0, base, limits)
        if shown:
            newest = shown[-1]
            name = test.label if canvas.wide else test.code
            beside.append((y(newest.lo if newest.lo > 0 else newest.hi or low), "",
                           f"{name} {test.last}", f"small w-{kind}"))  # fmt: skip
    return marks + _key(panel.tests, canvas, top) + margin(canvas, beside, y0, base), base + 10


def _course(
    points: list[Multiple], kind: str, canvas: Canvas, y: Scale, y0: float, base: float, limits: list[float]
) -> Iterator[Mark]:
    runs: list[list[Multiple]] = [[]]
    for p in points:
        if p.is_exact:
            runs[-1].append(p)
        else:
            runs.append([])
    for run in runs:
        if len(run) > 1:
            yield path([(canvas.mid(p.at), y(p.lo)) for p in run], f"liver {kind}")
    for place, p in enumerate(points):
        x = canvas.mid(p.at)
        if not p.is_exact:
            upper = y0 if p.hi is None else y(p.hi)
            lower = base if p.lo <= 0 else y(p.lo)
            yield box(x - 3, upper, x + 3, lower, "seg hatch", f"{p.text}, {p.day}")
        elif place == len(points) - 1 or p.lo >= min(limits, default=2):
            yield dot(x, y(p.lo), 3.2, f"liver-dot {kind}", title=f"{p.text}, {p.lo:.1f} × ULN, {p.day}")
        else:
            yield dot(x, y(p.lo), 1.9, f"liver-dot {kind}", title=f"{p.text}, {p.lo:.1f} × ULN, {p.day}")


def _key(tests: tuple[LiverTest, ...], canvas: Canvas, top: float) -> list[Mark]:
    """Which line is which test, in the left margin."""
    if not canvas.wide:
        return []
    marks: list[Mark] = []
    for place, (kind, test) in enumerate(zip(_LINES, tests, strict=False)):
        y = top + 49 + 16 * place
        marks += [path([(0, y - 4), (22, y - 4)], f"liver {kind}"), label(28, y, test.label, "w-muted small")]
    return marks


def draw_grades(course: Course, canvas: Canvas, top: float) -> Drawn:
    """A row for each abnormal test: a cell a result, darker with the grade, the number in it."""
    panel = course.grades
    marks = title(canvas, top, "Grades", f"CTCAE {panel.version}")
    if canvas.wide:
        marks = [label(0, top + 14, f" CTCAE {panel.version}", "", bold="Grades")]
    y = top + (22 if canvas.wide else head(canvas) + 4)
    if not panel.rows:
        marks.append(
            label(
                canvas.left + 6,
                top + head(canvas) + 12,
                "no grade of 1 or more after first dose",
                "w-muted small",
            )
        )
        return marks, top + head(canvas) + 34
    for row in panel.drawn:
        marks += _row(row, canvas, y)
        y += _ROW
    return marks, y + 6


def _row(row: GradeRow, canvas: Canvas, y: float) -> Iterator[Mark]:
    name = row.label if canvas.wide else (row.code if len(row.label) > 9 else row.label)
    yield label(canvas.left - 8, y + 12, fit(name, canvas.left - 10), "small", anchor="end")
    cells = [cell for cell in row.cells if cell.at >= canvas.first]
    # of one day the highest grade is on top
    for cell, nxt in pairwise([*sorted(cells, key=lambda c: (c.at, c.grade or 0)), None]):
        if cell is not None:
            yield from _cell(cell, nxt, canvas, y)
    worst = row.worst >= 3
    last = fit(row.last if canvas.wide else row.last.split(" ")[0], canvas.width - canvas.right - 10)
    yield label(canvas.right + 8, y + 12, "" if worst else last, "small", bold=last if worst else "")


def _cell(cell: GradeCell, following: GradeCell | None, canvas: Canvas, y: float) -> Iterator[Mark]:
    half = 6.5 if canvas.wide else 5.0
    x0, x1 = canvas.mid(cell.at) - half, canvas.mid(cell.at) + half
    if following is not None:
        x1 = min(x1, canvas.mid(following.at) - half)
    if x1 - x0 < 1.5:
        return
    grade = "not graded" if cell.grade is None else f"grade {cell.grade} {cell.direction}".rstrip()
    kind = "gx" if cell.grade is None else f"g{cell.grade}"
    yield box(x0, y + 2, x1, y + 15, f"cell {kind}", f"{cell.text}, {grade}, {cell.day}")
    if cell.grade and x1 - x0 >= 8:
        yield label((x0 + x1) / 2, y + 13, str(cell.grade), f"num on-g{cell.grade}", anchor="middle")


def draw_events(course: Course, canvas: Canvas, top: float) -> Drawn:
    """A lane for each term: bars in the colour of their grade, framed where serious, with an arrow where they go on."""
    panel = course.events
    marks = title(canvas, top, "Adverse events", "by term, worst grade")
    y = top + head(canvas) + (0 if canvas.wide else -2)
    if not panel.lanes:
        return [*marks, label(canvas.left + 6, y + 14, "none reported", "w-muted small")], y + 36
    for lane in panel.lanes:
        marks += _lane(lane, course, canvas, y)
        y += _LANE if canvas.wide else _PHONE_LANE
    return marks, max(y, top + 36) + 8


def _lane(lane: EventLane, course: Course, canvas: Canvas, y: float) -> Iterator[Mark]:
    at = y + (4 if canvas.wide else 16)
    bars = [b for b in lane.bars if b.first <= canvas.last and (b.last is None or b.last >= canvas.first)]
    goes_on = False
    ends = []
    for bar in bars:
        end = _end(bar, course, canvas)
        x0, x1 = (
            canvas.x(max(bar.first, canvas.first)),
            max(canvas.x(end + 1), canvas.x(max(bar.first, canvas.first)) + 3),
        )
        kind = f"cell g{bar.grade}" if bar.grade is not None else "seg hatch"
        yield box(x0, at, x1, at + 10, kind + (" serious" if bar.serious or bar.fatal else ""), lane.term)
        if bar.last is None and course.death is None:
            goes_on = True
            yield arrow(x1, at + 5, 6.5, f"cell g{bar.grade}" if bar.grade is not None else "seg hatch")
        if bar.fatal:
            yield path([(x1 - 4, at + 1), (x1 + 4, at + 9)], "star ink-line")
            yield path([(x1 - 4, at + 9), (x1 + 4, at + 1)], "star ink-line")
        ends.append((x0, x1))
    if not ends:
        return
    grave = "serious" in lane.said or "fatal" in lane.said
    if not canvas.wide:
        text = fit(f"{lane.term}, {lane.said}", canvas.width - 2)
        x = min(max(ends[0][0], 0.0), canvas.width - text_width(text, 13))
        yield label(max(x, 0.0), y + 12, text, "small b halo" if grave else "small halo")
        return
    yield from _lane_words(lane, ends, canvas, at, grave, goes_on)


def _lane_words(
    lane: EventLane, ends: list[tuple[float, float]], canvas: Canvas, at: float, grave: bool, goes_on: bool
) -> Iterator[Mark]:
    """Term and grade right of the last bar where there is room, else left of the first, else in the margin."""
    text = f"{lane.term}, {lane.said}"
    kind = "small b halo" if grave else "small halo"
    room = text_width(text, 13)
    after = ends[-1][1] + (14 if goes_on else 6)
    if after + room <= canvas.width - 4:
        yield label(after, at + 10, text, kind)
    elif ends[0][0] - 6 - room >= canvas.left - 6:
        yield label(ends[0][0] - 6, at + 10, text, kind, anchor="end")
    else:
        yield label(canvas.right + 14, at + 10, fit(text, canvas.width - canvas.right - 14), kind)


def _end(bar: EventBar, course: Course, canvas: Canvas) -> int:
    over = canvas.last if course.death is None else min(course.death, canvas.last)
    return over if bar.last is None else min(bar.last, canvas.last)

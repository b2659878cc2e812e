"""The figure of a profile: the panels one above the other on one axis, drawn for a wide page and for a phone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from milepost.reports import words
from milepost.reports.drawing import Figure, Mark
from milepost.reports.profile.canvas import Canvas, Drawn, canvases, study_days, week_lines, weeks
from milepost.reports.profile.course import Course
from milepost.reports.profile.days import day_of, said_day
from milepost.reports.profile.draw_doses import draw_doses
from milepost.reports.profile.draw_marker import draw_marker
from milepost.reports.profile.draw_marks import draw_moments, draw_told, through_lines
from milepost.reports.profile.draw_safety import draw_events, draw_grades, draw_liver
from milepost.reports.profile.draw_tumours import draw_tumours

_GAP = {"wide": 10.0, "phone": 12.0}


def draw_profile(course: Course) -> tuple[Figure, ...]:
    """Both drawings; their label says in words what they show."""
    sentence = _sentence(course)
    return tuple(_draw(course, canvas, sentence) for canvas in canvases(course.first, course.last))


def _draw(course: Course, canvas: Canvas, sentence: str) -> Figure:
    marks: list[Mark] = []
    named, top = draw_moments(course, canvas, 0.0)
    marks += named + weeks(canvas, top)
    top += 26
    y = top + _GAP[canvas.size] / 2
    for draw in _panels(course):
        found, bottom = draw(canvas, y)
        marks += found
        y = bottom + _GAP[canvas.size]
    y -= _GAP[canvas.size] / 2
    back = [*week_lines(canvas, top, y), *through_lines(course, canvas, top, y)]
    marks += study_days(canvas, y)
    return Figure(canvas.width, int(y + 26), sentence, tuple([*back, *marks]), canvas.size)


def _panels(course: Course) -> list[Callable[[Canvas, float], Drawn]]:
    """The panels in order from top to bottom."""
    first, *others = (draw_doses, draw_tumours, draw_liver, draw_grades, draw_events, draw_told)
    markers = [partial(draw_marker, panel) for panel in course.markers]
    return [partial(first, course), *markers, *(partial(draw, course) for draw in others)]


def _sentence(course: Course) -> str:
    """What somebody who does not see the figure is told of it; every value stands in the lists below it."""
    parts = [f"Study days {said_day(day_of(course.first))} to {said_day(day_of(course.last))}"]
    parts += [
        f"{panel.label}: {words.many(len(panel.readings), 'result')}, last {panel.last[0]}"
        for panel in course.markers
        if panel.readings
    ]
    scans = max((len(series.sums) for series in course.tumours.series if series.primary), default=0)
    parts.append(
        f"{words.many(scans, 'scan')}"
        + (f", last sum {course.tumours.last[0]}" if course.tumours.last[0] else "")
    )
    tests = [f"{test.label} {test.last}" for test in course.liver.tests if test.last]
    if tests:
        parts.append(f"liver tests at last × ULN: {', '.join(tests)}")
    graded = [f"{row.label} {row.worst}" for row in course.grades.rows]
    parts.append(
        f"worst laboratory grades: {', '.join(graded)}" if graded else "no abnormal laboratory grade"
    )
    events = [f"{lane.term} {lane.said}" for lane in course.events.lanes]
    parts.append(f"adverse events: {'; '.join(events)}" if events else "no adverse event")
    parts.append(words.many(len(course.told), "alert"))
    parts += [moment.said for moment in course.moments]
    return ". ".join(words.upper_first(part) for part in parts) + "."

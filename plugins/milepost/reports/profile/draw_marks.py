"""What goes through all panels: days that mark the course, named above, and what was told, named below."""

from __future__ import annotations

from collections.abc import Iterator

from milepost.reports.drawing import Mark, label, line, rect, text_width
from milepost.reports.profile.canvas import BOLD, Canvas, Drawn, diamond, fit, head, title
from milepost.reports.profile.course import Course
from milepost.reports.profile.moments import Moment
from milepost.reports.profile.told import Told

_LANE = 17.0
_MOST_LANES = {"wide": 9, "phone": 7}


def draw_moments(course: Course, canvas: Canvas, top: float) -> Drawn:
    """The names of the days that mark the course, each beside its own line."""
    marks: list[Mark] = []
    lanes: list[float] = []
    for moment in course.moments:
        if moment.at < canvas.first:
            continue
        x = _x(moment, canvas)
        text = fit(moment.said if canvas.wide else _short(moment), canvas.width * 0.6)
        wide = text_width(text, 13) + 10
        to_left = x + wide > canvas.width - 2
        start = x - wide if to_left else x
        place = next((i for i, end in enumerate(lanes) if end <= start), len(lanes))
        if place == len(lanes):
            lanes.append(0.0)
        lanes[place] = start + wide
        y = top + place * _LANE
        marks += [
            line(x, y + 2, x, y + _LANE, f"moment {moment.kind}"),
            label(
                x + (-5 if to_left else 5),
                y + 13,
                text,
                f"small halo w-{_tone(moment)}",
                anchor="end" if to_left else "start",
            ),
        ]
    return marks, top + max(len(lanes), 1) * _LANE + 4


def through_lines(course: Course, canvas: Canvas, top: float, bottom: float) -> Iterator[Mark]:
    """The lines of those days and of what was told, and the tint since the sign behind an open acute alert."""
    since = course.tinted
    if since is not None and since <= canvas.last:
        x = canvas.x(max(since, canvas.first))
        yield rect(x, top, canvas.x(canvas.last + 1) - x, bottom - top, "tint")
    for at, mark in dict.fromkeys((t.at, t.mark) for t in drawn_of(course, canvas)):
        if at is not None and mark in ("harm", "non"):
            yield line(canvas.mid(at), top, canvas.mid(at), bottom, f"told-line {mark}")
    for moment in course.moments:
        if moment.at >= canvas.first:
            yield line(_x(moment, canvas), top, _x(moment, canvas), bottom, f"moment {moment.kind}")


def draw_told(course: Course, canvas: Canvas, top: float) -> Drawn:
    """A mark on the day each alert was owed: filled where it was sent, hollow where nobody was told."""
    marks = title(canvas, top, "What was told", "alerts by day")
    y = top + head(canvas)
    told = drawn_of(course, canvas)
    if not told:
        return [*marks, label(canvas.left + 6, y + 14, "no alert", "w-muted small")], y + 36
    lanes: list[float] = []
    left_out = 0
    for one in told:
        x = canvas.mid(one.at or 0)
        text = fit(_words(one, canvas), max(x, canvas.width - x) - 20, BOLD)
        wide = text_width(text, BOLD) + 18
        to_left = x + wide > canvas.width - 2
        start = x - wide if to_left else x - 7
        place = next((i for i, end in enumerate(lanes) if end <= start), len(lanes))
        if place == _MOST_LANES[canvas.size]:
            left_out += 1
            continue
        if place == len(lanes):
            lanes.append(0.0)
        lanes[place] = start + wide + 6
        at = y + place * _LANE + 9
        kind = f"told {one.mark}" + ("" if one.sent else " unsent")
        marks += [
            diamond(x, at, 5.2, kind, f"{one.name}: {one.about}"),
            label(x + (-9 if to_left else 9), at + 4.5, text, "small b halo" if one.is_open else "small w-muted halo",
                  anchor="end" if to_left else "start"),
        ]  # fmt: skip
    y += len(lanes) * _LANE
    if left_out:
        marks.append(
            label(canvas.left + 6, y + 14, f"and {left_out} more in the list of alerts", "w-muted small")
        )
        y += _LANE
    return marks, max(y, top + 36) + 8


def drawn_of(course: Course, canvas: Canvas) -> list[Told]:
    """What was told on days of the axis; of one matter told again on later days each time."""
    return [one for one in course.told if one.at is not None and canvas.first <= one.at <= canvas.last]


def _words(one: Told, canvas: Canvas) -> str:
    name = f"{one.name}: {one.short}" if one.short else one.name
    if not canvas.wide:
        return one.short or one.name
    day = one.day.split(" (")[0]
    return f"{name}, {day}" + ("" if one.is_open else f", {one.status}")


def _x(moment: Moment, canvas: Canvas) -> float:
    if moment.edge:
        return canvas.x(moment.at + 1)
    return canvas.mid(moment.at) if moment.kind.startswith("verdict") else canvas.x(moment.at)


def _short(moment: Moment) -> str:
    return moment.said.split(": ")[0] if moment.kind == "stop" else moment.said


def _tone(moment: Moment) -> str:
    kind = moment.kind.split()[-1].split("-")[0]
    return kind if kind in ("resp", "non") else "ink"

"""Every value the figure draws, in a list with its day and its way back: what can be seen can be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from milepost.reports.profile.course import Course
from milepost.reports.profile.days import day_of
from milepost.reports.profile.laboratory import multiple
from milepost.reports.profile.tumours import READER_WORDS, millimetres


@dataclass(frozen=True)
class ValueRow:
    """One value. said: what was made of it, such as a multiple or a grade."""

    what: str
    day: int
    value: str
    said: str
    source: str


def list_values(course: Course) -> tuple[ValueRow, ...]:
    """Marker, tumour sums, then laboratory, each by day."""
    return tuple([*_markers(course), *_sums(course), *_laboratory(course)])


def _markers(course: Course) -> Iterator[ValueRow]:
    for panel in course.markers:
        for reading in panel.readings:
            yield ValueRow(panel.label, day_of(reading.at), reading.text, "", reading.source)


def _sums(course: Course) -> Iterator[ValueRow]:
    for series in course.tumours.series:
        line = f", line {series.line}" if course.several else ""
        name = (
            f"Tumour sum, {series.criteria}, {READER_WORDS.get(series.reader, series.reader.lower())}{line}"
        )
        for s in series.sums:
            value = "not measured" if s.mm is None else f"{millimetres(s.mm)} mm"
            said = [s.response, "a lesion missing" if s.missing else "", "new lesion" if s.new else ""]
            yield ValueRow(name, day_of(s.at), value, ", ".join(text for text in said if text), s.source)


def _laboratory(course: Course) -> Iterator[ValueRow]:
    graded = {row.code for row in course.grades.rows}
    for test in course.liver.tests:
        if test.code not in graded:
            for point in test.points:
                times = "" if not point.is_exact else f"{multiple(point.lo)} × ULN"
                yield ValueRow(test.label, day_of(point.at), point.text, times, point.source)
    liver = {test.code: {p.at: p for p in test.points if p.is_exact} for test in course.liver.tests}
    for row in course.grades.rows:
        for cell in row.cells:
            exact = liver.get(row.code, {}).get(cell.at)
            grade = "" if cell.grade is None else f"grade {cell.grade} {cell.direction}".rstrip()
            times = "" if exact is None else f"{multiple(exact.lo)} × ULN"
            yield ValueRow(
                row.label,
                day_of(cell.at),
                cell.text,
                ", ".join(t for t in (grade, times) if t),
                cell.source,
            )

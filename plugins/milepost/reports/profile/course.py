"""What the figure shows: every panel of a patient on one axis, and what it leaves to the lists."""

from __future__ import annotations

from dataclasses import dataclass

from milepost.reports import words
from milepost.reports.profile.days import StudyDays
from milepost.reports.profile.dosing import Dosing
from milepost.reports.profile.events import EventPanel, build_events
from milepost.reports.profile.inputs import Judgements, ProfileInputs
from milepost.reports.profile.laboratory import GradePanel, LiverPanel, build_grades, build_liver
from milepost.reports.profile.marker import MarkerPanel, build_markers
from milepost.reports.profile.moments import EARLIEST, Moment, axis_end, build_moments, death_of
from milepost.reports.profile.sources import Sources
from milepost.reports.profile.told import Told
from milepost.reports.profile.tumours import TumourPanel, build_tumours

_RECENT = 28  # days before the cut-off from which an open acute matter is tinted
_LEAST_BEFORE = 7  # days before first dose that are drawn at least


@dataclass(frozen=True)
class Course:
    """All panels on the axis from first to last (days since first dose, both included).

    today: the place of the cut-off, which may lie beyond the axis of somebody who left. several: lines of therapy.
    """

    first: int
    last: int
    today: int
    death: int | None
    several: bool
    dosing: Dosing
    markers: tuple[MarkerPanel, ...]
    tumours: TumourPanel
    liver: LiverPanel
    grades: GradePanel
    events: EventPanel
    told: tuple[Told, ...]
    moments: tuple[Moment, ...]

    @property
    def tinted(self) -> int | None:
        """Where the sign behind the newest open acute alerts began: those of the last weeks before the cut-off."""
        signs = [one.since for one in self.told if one.acute and one.since is not None]
        return min((at for at in signs if at > self.today - _RECENT), default=None)

    @property
    def key(self) -> tuple[str, ...]:
        """What the marks mean that this figure has and that do not name themselves."""
        ranged = any(not r.is_exact for panel in self.markers for r in panel.readings)
        bars = [bar for lane in self.events.lanes for bar in lane.bars]
        said = (
            (ranged, "Hatched bar: a result beyond the assay’s limit, over all it may be."),
            (any(bar.grade is None for bar in bars), "Hatched event: its grade is missing."),
            (any(bar.serious or bar.fatal for bar in bars), "Framed: serious."),
            (any(change.kind == "paused" for change in self.dosing.changes), "Amber: dose paused."),
            (any(not one.sent for one in self.told), "Hollow diamond: not sent."),
            (self.tinted is not None, "Tinted: since the first sign of what cannot wait."),
        )
        return tuple(text for holds, text in said if holds)


def build_course(
    own: ProfileInputs,
    days: StudyDays,
    judged: Judgements,
    sources: Sources,
    told: tuple[Told, ...],
    dosing: Dosing,
) -> Course | None:
    """The course by the cut-off; None before the first dose, when no day has a number yet."""
    today = days.at(own.as_of)
    if today is None:
        return None
    liver, grades, events = build_liver(own, days), build_grades(own, days), build_events(own, days)
    drawn = [
        *(at for frame in (own.labs, own.adtr, own.adrs) for at in map(days.at, frame["ADT"]) if at is not None),
        *(cell.at for row in grades.rows for cell in row.cells), *(p.at for test in liver.tests for p in test.points),
        *(bar.first for lane in events.lanes for bar in lane.bars), *(bar.last for bar in dosing.bars),
    ]  # fmt: skip
    last = axis_end(own, days, max([0, *(at for at in drawn if at <= today)]))
    return Course(
        first=min([-_LEAST_BEFORE, *(at for at in drawn if at >= EARLIEST)]), last=last, today=today,
        death=death_of(own, days), several=days.several, dosing=dosing,
        markers=build_markers(own, days, judged, last), tumours=build_tumours(own, days, sources, last), liver=liver,
        grades=grades, events=events, told=told, moments=build_moments(own, days, judged, last),
    )  # fmt: skip


def notes_of(course: Course) -> tuple[str, ...]:
    """What the figure leaves out, in sentences."""
    early = sum(reading.at < course.first for panel in course.markers for reading in panel.readings)
    counts = (
        (early, "older result", "listed below, not drawn"),
        (course.grades.more, "more test", "with grade 1 or more listed below, not drawn"),
        (course.grades.silent, "test", "never abnormal after first dose"),
        (course.events.more, "milder term", "listed below, not drawn"),
        (course.events.undated, "event", "without a known day of onset listed below"),
        (
            sum(one.at is not None and one.at > course.last for one in course.told),
            "alert",
            "of later days listed below",
        ),
    )
    left = [f"{panel.label}: {panel.left_out}." for panel in course.markers if panel.left_out]
    return (*left, *(f"{words.many(n, one)} {what}." for n, one, what in counts if n))

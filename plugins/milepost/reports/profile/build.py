"""A patient's profile: every number and word of it, worked out; `render` only sets it on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from milepost.errors import NotPermitted
from milepost.protocol import StudyProtocol
from milepost.reports import words
from milepost.reports.checkpoint_words import CheckpointWords
from milepost.reports.drawing import Figure
from milepost.reports.judged import Judged, read_verdicts
from milepost.reports.profile.course import Course, build_course, notes_of
from milepost.reports.profile.days import StudyDays, study_days
from milepost.reports.profile.dosing import build_dosing
from milepost.reports.profile.events import EventRow, counted, list_events
from milepost.reports.profile.figure import draw_profile
from milepost.reports.profile.header import Header, build_header
from milepost.reports.profile.inputs import ProfileInputs, readers
from milepost.reports.profile.peaks import list_peaks, peak_heads
from milepost.reports.profile.sources import Sources
from milepost.reports.profile.tables import (
    Row,
    Verdict,
    build_verdicts,
    exposure_words,
    list_doses,
    list_queries,
    list_responses,
    list_times,
)
from milepost.reports.profile.told import Told, build_told
from milepost.reports.profile.values import ValueRow, list_values


@dataclass(frozen=True)
class Profile:
    """The whole page, ready to be set. nothing: what stands in place of the figure where nothing can be drawn."""

    template: ClassVar[str] = "profile"

    id: str
    header: Header
    course: Course | None
    figures: tuple[Figure, ...]
    nothing: str
    verdicts: tuple[Verdict, ...]
    responses: tuple[Row, ...]
    times: tuple[Row, ...]
    told: tuple[Told, ...]
    queries: tuple[Row, ...]
    events: tuple[EventRow, ...]
    events_lead: str
    peaks: tuple[Row, ...]
    peak_heads: tuple[str, ...]
    doses: tuple[Row, ...]
    exposure: str
    values: tuple[ValueRow, ...]
    notes: tuple[str, ...]


def check_reader(protocol: StudyProtocol, reader: str) -> None:
    """Refuse a role that may not see the arm. Raises NotPermitted."""
    allowed = [role.id for role in readers(protocol)]
    if reader not in allowed:
        raise NotPermitted(
            f"profile: a profile shows the drug, and role {reader} may not see it. Roles of protocol.toml with "
            f"sees_arm = true: {words.listed(allowed) or 'none'}. Nothing was written."
        )


def build_profile(inputs: ProfileInputs) -> Profile:
    """The profile of `inputs.subject`. Raises NotPermitted where the reader's role may not see the arm."""
    check_reader(inputs.protocol, inputs.reader)
    own = inputs.own()
    days, sources = study_days(own.lines, own.as_of), Sources(own.records)
    judged = judged_of(own)
    told, dosing, events = build_told(own, days), build_dosing(own, days), list_events(own, days)
    course = build_course(own, days, judged, sources, told, dosing)
    return Profile(
        id=own.id, header=build_header(own, days, judged, dosing, told), course=course,
        figures=() if course is None else draw_profile(course), nothing=_nothing(own, days),
        verdicts=build_verdicts(own, days, judged), responses=list_responses(own, days, sources),
        times=list_times(own, days, sources), told=told, queries=list_queries(own, days), events=events,
        events_lead=counted(events), peaks=list_peaks(own, days, sources), peak_heads=peak_heads(own),
        doses=list_doses(own, days), exposure=exposure_words(own, days),
        values=() if course is None else list_values(course), notes=() if course is None else notes_of(course),
    )  # fmt: skip


def judged_of(own: ProfileInputs) -> dict[str, tuple[CheckpointWords, list[Judged]]]:
    """Checkpoint id -> its words and this patient's verdicts, in the protocol's order."""
    rules = own.protocol.checkpoints
    return {
        r.id: (CheckpointWords(r, own.protocol.test(r.test)), read_verdicts(own.verdicts, r, own.as_of))
        for r in rules
    }


def _nothing(own: ProfileInputs, days: StudyDays) -> str:
    if days.origin is not None:
        return ""
    counts = [(len(own.adlb), "laboratory result"), (len(own.adae), "adverse event")]
    known = words.listed([words.many(n, name) for n, name in counts if n])
    before = f" Recorded so far: {known}." if known else ""
    return (
        f"Study days begin with the first dose, and none is known: there is no axis to draw on yet.{before}"
    )

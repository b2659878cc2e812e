"""Rare adverse events, told on purpose: fatal ones, thromboembolism, events before treatment, and those behind a bout.

Also what sites leave out or get wrong in an event: the grade, the day, the order of its dates.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from milepost.simulator.course import Course
from milepost.simulator.dirt import Planted
from milepost.simulator.people import Patient, stream
from milepost.simulator.reactions import (
    FATAL,
    GASTRO,
    GENERAL,
    HEPATIC,
    INFECTIONS,
    INVESTIGATIONS,
    METABOLIC,
    NERVOUS,
    NO_DRUG,
    NOT_RELATED,
    OPEN,
    PAUSED,
    POSSIBLY,
    RELATED,
    RESOLVED,
    RESPIRATORY,
    UNCHANGED,
    VASCULAR,
    Event,
)
from milepost.simulator.stories import Choice, Story, on_drug_until
from milepost.simulator.toxicity import ANTICOAGULATED, Disturbed

Pause = tuple[dt.date, dt.date]
SYSTEMS = {
    "Drug-induced liver injury": HEPATIC, "Hepatic function abnormal": HEPATIC, "Hyperkalaemia": METABOLIC,
    "Hypokalaemia": METABOLIC, "Hyponatraemia": METABOLIC,
}  # fmt: skip
FATAL_EVENTS = (
    ("Hepatic failure", HEPATIC, NOT_RELATED), ("Upper gastrointestinal haemorrhage", GASTRO, RELATED),
    ("Pneumonia", INFECTIONS, NOT_RELATED), ("Hepatic encephalopathy", NERVOUS, NOT_RELATED),
)  # fmt: skip
EARLY_EVENTS = (
    ("Fatigue", GENERAL),
    ("Abdominal pain", GASTRO),
    ("Ascites", GASTRO),
    ("Hypertension", VASCULAR),
)


@dataclass(frozen=True)
class Medicine:
    """One medication that goes with a story."""

    name: str
    category: str
    start: dt.date | str
    end: dt.date | None = None


@dataclass(frozen=True)
class Incidents:
    """By patient: events, pauses of the drug, medications; and the stories told."""

    events: dict[str, list[Event]] = field(default_factory=dict)
    pauses: dict[str, Pause] = field(default_factory=dict)
    medicines: dict[str, list[Medicine]] = field(default_factory=dict)
    stories: list[Story] = field(default_factory=list)

    def add(self, patient: Patient, event: Event) -> None:
        self.events.setdefault(patient.usubjid, []).append(event)

    def tell(self, kind: str, patient: Patient, on: dt.date, expected: str) -> None:
        self.stories.append(Story(kind, patient.site, patient.usubjid, on, expected))


def incidents(
    seed: int, people: Sequence[tuple[Patient, Course]], disturbed: Sequence[Disturbed], *, end: dt.date
) -> Incidents:
    """Who has which rare event; those with a disturbed laboratory get the event the site enters for it."""
    rng = stream(seed, "incidents")
    made = Incidents()
    for one in disturbed:
        _behind(made, one, end)
    written = {one.patient.usubjid for one in disturbed}
    choice = Choice(rng, [person for person in people if person[0].usubjid not in written])
    _thrombosis(made, choice, end)
    _fatal(made, choice, end)
    _before_treatment(rng, made, choice)
    _taken_back(made, choice, end)
    return made


def _behind(made: Incidents, one: Disturbed, end: dt.date) -> None:
    usubjid = one.patient.usubjid
    if one.bout in ANTICOAGULATED:
        started = one.patient.consent - dt.timedelta(days=300)
        made.medicines.setdefault(usubjid, []).append(
            Medicine("Warfarin", "ANTICOAGULANT", f"{started:%Y-%m}")
        )
    if one.bout.event is None:
        return
    term, grade = one.bout.event
    worst = one.onset + dt.timedelta(days=one.bout.course[min(1, len(one.bout.course) - 1)][0])
    start = worst if one.bout.pauses else one.onset
    over = one.onset + dt.timedelta(days=one.bout.course[-1][0] + 5)
    ended = over if over <= end and one.bout.days_to_end is None else None
    serious = one.bout.kind.startswith("HYS") or grade == 4
    made.add(
        one.patient,
        Event(term, SYSTEMS.get(term, INVESTIGATIONS), grade, start, ended, serious, RELATED,
              PAUSED if one.bout.pauses else UNCHANGED, RESOLVED if ended else OPEN),
    )  # fmt: skip


def _thrombosis(made: Incidents, choice: Choice, end: dt.date) -> None:
    for term, system, grade, sites, pauses in (
        ("Pulmonary embolism", RESPIRATORY, 4, ("S01", "S03", "S05"), True),
        ("Deep vein thrombosis", VASCULAR, 3, ("S02",), False),
    ):
        person = choice.take(lambda p, c: (on_drug_until(c, end) - c.treatments[0].start).days >= 110, sites)
        if person is None:
            continue
        patient, course = person
        start = course.treatments[0].start + dt.timedelta(days=62)
        ended = start + dt.timedelta(days=40)
        action = PAUSED if pauses else UNCHANGED
        made.add(patient, Event(term, system, grade, start, ended, True, POSSIBLY, action, RESOLVED))
        if pauses:
            made.pauses[patient.usubjid] = (start, start + dt.timedelta(days=18))
        made.medicines[patient.usubjid] = [Medicine("Enoxaparin", "ANTICOAGULANT", start, ended)]
        made.tell("THROMBOEMBOLISM", patient, start, f"{term}, grade {grade}, serious: of special interest")


def _fatal(made: Incidents, choice: Choice, end: dt.date) -> None:
    """A few of the deaths have an event that led to them; one, if there is one, in the last nights."""
    news = {usubjid for usubjid, (_, course) in choice.free.items()
            if course.death and dt.timedelta(days=3) <= end - course.death <= dt.timedelta(days=12)}  # fmt: skip
    for place, (term, system, related) in enumerate(FATAL_EVENTS):

        def fits(patient: Patient, course: Course, first: bool = place == 0) -> bool:
            return course.death is not None and (not news or (patient.usubjid in news) == first)

        person = choice.take(fits)
        if person is None:
            continue
        patient, course = person
        assert course.death is not None
        last = course.treatments[-1].end or course.death
        start = max(course.death - dt.timedelta(days=3 + place), course.treatments[0].start)
        action = NO_DRUG if last < start else UNCHANGED
        made.add(patient, Event(term, system, 5, start, course.death, True, related, action, FATAL))
        made.tell("FATAL_EVENT", patient, course.death, f"{term} ended in death")


def _before_treatment(rng: random.Random, made: Incidents, choice: Choice) -> None:
    for number in range(8):
        person = choice.take(lambda p, c: True)
        if person is None:
            return
        patient, course = person
        start = patient.consent + dt.timedelta(days=rng.randint(1, 6))
        term, system = EARLY_EVENTS[number % len(EARLY_EVENTS)]
        over = start + dt.timedelta(days=rng.randint(4, 12))
        event = Event(term, system, 1 + number % 2, start, over, False, NOT_RELATED, NO_DRUG, RESOLVED)
        if number == 0:  # only its month is known, and that may be the month of the first dose
            event = replace(
                event, start_text=f"{course.treatments[0].start:%Y-%m}", start=course.treatments[0].start
            )
            event = replace(event, end=event.start + dt.timedelta(days=9), action=UNCHANGED)
            made.tell(
                "MONTH_OF_FIRST_DOSE", patient, event.start, "could be after first dose: counts as emergent"
            )
        else:
            made.tell("BEFORE_TREATMENT", patient, start, "not treatment-emergent")
        if event.end is not None and event.end > course.last_day:
            event = replace(event, end=None, outcome=OPEN)
        made.add(patient, event)


def _taken_back(made: Incidents, choice: Choice, end: dt.date) -> None:
    """An event called serious, then not: the alert is taken back in the last nights."""
    person = choice.take(lambda p, c: c.last_day >= end and c.treatments[0].end is None
                         and c.treatments[0].start < end - dt.timedelta(days=30), ("S01",))  # fmt: skip
    if person is not None:
        patient, _ = person
        start = end - dt.timedelta(days=14)
        made.add(patient, Event("Diarrhoea", GASTRO, 2, start, end - dt.timedelta(days=9), False, RELATED, UNCHANGED,
                                RESOLVED, first_serious=True, entered=end - dt.timedelta(days=2)))  # fmt: skip
        made.tell("SERIOUS_TAKEN_BACK", patient, start, "called serious, then not: the alert is taken back")


def spoil_events(
    seed: int, people: Mapping[str, tuple[Patient, Course]], events: dict[str, list[Event]], *, end: dt.date
) -> list[Planted]:
    """Grades left out, onsets of which only the month is told, and one event that ends before it begins."""
    rng = stream(seed, "event faults")
    planted = []
    for kind, times, expected in (
        ("GRADE_MISSING", 4, "no grade, counted apart, never as mild"),
        ("MONTH_ONLY", 5, "the earliest day of the month not before first dose; flagged"),
        ("ENDS_BEFORE_START", 1, "a question; its dates stay empty"),
    ):
        for _ in range(times):
            open_ = [
                (usubjid, place) for usubjid, own in events.items() for place, event in enumerate(own)
                if not event.dirt and event.start_text is None and event.action == UNCHANGED and not event.serious
                and event.outcome == RESOLVED and event.grade in (1, 2) and event.first_serious is None
                and people[usubjid][0].character is None and event.start < end - dt.timedelta(days=60)
            ]  # fmt: skip
            if not open_:
                break
            usubjid, place = rng.choice(open_)
            event = events[usubjid][place]
            events[usubjid][place] = _spoilt(event, kind)
            planted.append(Planted(kind, people[usubjid][0].site, usubjid, event.start, expected))
    return planted


def _spoilt(event: Event, kind: str) -> Event:
    if kind == "GRADE_MISSING":
        return replace(event, grade=None, dirt=kind)
    if kind == "MONTH_ONLY":
        return replace(event, start_text=f"{event.start:%Y-%m}", dirt=kind)
    return replace(event, end=event.start - dt.timedelta(days=5), dirt=kind)

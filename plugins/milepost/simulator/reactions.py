"""The usual adverse events of both drugs, and what is done with the drug because of them.

What an event says of the drug is borne out by the doses: a pause, a reduction or a stop stands behind its action.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from milepost.simulator.course import Course, Dosing
from milepost.simulator.people import Patient, stream

INVESTIGATIONS, VASCULAR, GASTRO = "Investigations", "Vascular disorders", "Gastrointestinal disorders"
SKIN, GENERAL = (
    "Skin and subcutaneous tissue disorders",
    "General disorders and administration site conditions",
)
HEPATIC, METABOLIC = "Hepatobiliary disorders", "Metabolism and nutrition disorders"
RENAL, RESPIRATORY = "Renal and urinary disorders", "Respiratory, thoracic and mediastinal disorders"
ENDOCRINE, NERVOUS, INFECTIONS = (
    "Endocrine disorders",
    "Nervous system disorders",
    "Infections and infestations",
)
RELATED, POSSIBLY, NOT_RELATED = "RELATED", "POSSIBLY RELATED", "NOT RELATED"
UNCHANGED, PAUSED, REDUCED, STOPPED, NO_DRUG = (
    "DOSE NOT CHANGED", "DRUG INTERRUPTED", "DOSE REDUCED", "DRUG WITHDRAWN", "NOT APPLICABLE",
)  # fmt: skip
RESOLVED, OPEN, FATAL = "RECOVERED/RESOLVED", "NOT RECOVERED/NOT RESOLVED", "FATAL"
PAUSE_FROM_DAY, PAUSE_SHARE = 45, {2: 0.2, 3: 0.7, 4: 1.0}  # share by grade


@dataclass(frozen=True)
class Event:
    """One adverse event as the site knows it in the end. start may be the text of a month; first_serious: what the
    form said at first; entered: the day on which its last state is entered, where that is written."""

    term: str
    system: str
    grade: int | None
    start: dt.date
    end: dt.date | None
    serious: bool
    related: str
    action: str
    outcome: str
    start_text: str | None = None
    first_serious: bool | None = None
    entered: dt.date | None = None
    dirt: str = ""


@dataclass(frozen=True)
class Reaction:
    """A usual event: share under anlotinib and sorafenib, first and last day of onset, shares of grades 1, 2 …, how
    often it is held for related."""

    term: str
    system: str
    share: tuple[float, float]
    onset: tuple[int, int]
    grades: tuple[float, ...]
    lasts: tuple[int, int] = (10, 60)
    related: float = 0.85


REACTIONS = (
    Reaction("Hypertension", VASCULAR, (0.55, 0.28), (3, 40), (0.35, 0.45, 0.20), (30, 200), 0.95),
    Reaction("Palmar-plantar erythrodysaesthesia syndrome", SKIN, (0.38, 0.55), (12, 60), (0.45, 0.38, 0.17),
             related=0.98),
    Reaction("Proteinuria", RENAL, (0.25, 0.10), (14, 90), (0.5, 0.4, 0.1)),
    Reaction("Fatigue", GENERAL, (0.40, 0.35), (5, 90), (0.55, 0.38, 0.07), related=0.6),
    Reaction("Diarrhoea", GASTRO, (0.22, 0.42), (4, 90), (0.55, 0.35, 0.10), (3, 20)),
    Reaction("Decreased appetite", METABOLIC, (0.28, 0.25), (5, 90), (0.6, 0.35, 0.05), related=0.6),
    Reaction("Platelet count decreased", INVESTIGATIONS, (0.26, 0.18), (10, 90), (0.5, 0.35, 0.12, 0.03)),
    Reaction("Hypothyroidism", ENDOCRINE, (0.22, 0.05), (20, 120), (0.55, 0.45), (60, 300)),
    Reaction("Hypertriglyceridaemia", METABOLIC, (0.20, 0.06), (15, 80), (0.6, 0.3, 0.1), (20, 150)),
    Reaction("Stomatitis", GASTRO, (0.16, 0.10), (7, 60), (0.6, 0.35, 0.05), (5, 25)),
    Reaction("Dysphonia", RESPIRATORY, (0.18, 0.08), (7, 60), (0.85, 0.15)),
    Reaction("Upper gastrointestinal haemorrhage", GASTRO, (0.04, 0.04), (20, 200), (0.0, 0.3, 0.5, 0.2), (3, 14), 0.5),
    Reaction("Ascites", GASTRO, (0.07, 0.07), (30, 200), (0.3, 0.5, 0.2), related=0.15),
)  # fmt: skip
_BEHIND_A_REDUCTION = (
    ("Palmar-plantar erythrodysaesthesia syndrome", SKIN), ("Hypertension", VASCULAR), ("Proteinuria", RENAL),
    ("Diarrhoea", GASTRO),
)  # fmt: skip
_BEHIND_A_STOP = (
    ("Proteinuria", RENAL),
    ("Palmar-plantar erythrodysaesthesia syndrome", SKIN),
    ("Fatigue", GENERAL),
)


def usual(seed: int, patient: Patient, course: Course) -> list[Event]:
    """The usual events of one patient's first treatment; none has changed a dose yet."""
    if not course.treatments:
        return []
    rng = stream(seed, "reactions", patient.number)
    one, found = course.treatments[0], []
    for reaction in REACTIONS:
        if rng.random() >= reaction.share[0 if patient.arm == "ANL" else 1]:
            continue
        start = one.start + dt.timedelta(days=rng.randint(*reaction.onset))
        grade = rng.choices(range(1, len(reaction.grades) + 1), weights=reaction.grades)[0]
        over = start + dt.timedelta(days=rng.randint(*reaction.lasts))
        serious = grade >= 4 or (grade == 3 and rng.random() < 0.3)
        chance = rng.random()
        related = (
            RELATED
            if chance < 0.8 * reaction.related
            else POSSIBLY
            if chance < reaction.related
            else NOT_RELATED
        )
        on_drug = one.end is None or start <= one.end
        if start <= course.last_day:
            ended = over if over <= course.last_day else None
            found.append(
                Event(reaction.term, reaction.system, grade, start, ended, serious, related,
                      UNCHANGED if on_drug else NO_DRUG, RESOLVED if ended else OPEN)
            )  # fmt: skip
    return found


def pausing(
    seed: int, patient: Patient, course: Course, events: Sequence[Event]
) -> tuple[list[Event], tuple[dt.date, dt.date] | None]:
    """The events again, and the pause that one of them led to (none before the checkpoint is over)."""
    rng = stream(seed, "pause", patient.number)
    made = list(events)
    if patient.character is not None or not course.treatments:
        return made, None
    one = course.treatments[0]
    for place, event in enumerate(made):
        late = event.start >= one.start + dt.timedelta(days=PAUSE_FROM_DAY)
        on_drug = one.end is None or event.start + dt.timedelta(days=30) <= one.end
        if late and on_drug and rng.random() < PAUSE_SHARE.get(event.grade or 0, 0.0):
            first = event.start + dt.timedelta(days=rng.randint(1, 3))
            again = first + dt.timedelta(days=rng.randint(15, 24))
            made[place] = replace(event, action=PAUSED)
            return made, (first, again)
    return made, None


def behind_doses(seed: int, patient: Patient, course: Course, doses: Sequence[Dosing]) -> list[Event]:
    """The events for which a dose was lowered or the drug was stopped."""
    rng = stream(seed, "behind doses", patient.number)
    found = []
    for dose in doses:
        if dose.adjusted is not None:
            start = dose.start - dt.timedelta(days=rng.randint(3, 9))
            term, system = rng.choice(_BEHIND_A_REDUCTION)
            found.append(_event(rng, term, system, rng.choice((2, 3, 3)), start, course, REDUCED))
    for treatment in course.treatments:
        if treatment.reason == "ADVERSE EVENT" and treatment.end is not None:
            start = treatment.end - dt.timedelta(days=rng.randint(1, 5))
            term, system = rng.choice(_BEHIND_A_STOP)
            found.append(_event(rng, term, system, 3, start, course, STOPPED))
    return found


def _event(
    rng: random.Random, term: str, system: str, grade: int, start: dt.date, course: Course, action: str
) -> Event:
    over = start + dt.timedelta(days=rng.randint(12, 40))
    ended = over if over <= course.last_day else None
    return Event(term, system, grade, start, ended, grade >= 3 and rng.random() < 0.3, RELATED, action,
                 RESOLVED if ended else OPEN)  # fmt: skip

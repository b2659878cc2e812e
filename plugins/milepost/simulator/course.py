"""What becomes of a patient: doses, pauses, reductions, progression, stop, second line, death, withdrawal, loss.

Medians follow the published cohorts loosely: progression after about five months, death after about thirteen.
An AFP responder does better, as in those cohorts.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from milepost.simulator.people import Patient, stream

MONTH = 30.44
MEDIAN_PROGRESSION = {"ANL": 5.7 * MONTH}
OTHER_MEDIAN_PROGRESSION = 5.0 * MONTH
MEDIAN_AFTER_PROGRESSION = 8.0 * MONTH
RESPONDERS_LONGER, OTHERS_SHORTER = 1.6, 0.8
DAILY_DEATH_BEFORE_PROGRESSION = 0.0006
LEVELS = {"ANL": (("12", "QD"), ("10", "QD"), ("8", "QD")), "SOR": (("400", "BID"), ("400", "QD"))}
DRUG = {"ANL": "ANLOTINIB", "SOR": "SORAFENIB"}
DAYS_ON, CYCLE = {"ANL": 14, "SOR": 28}, {"ANL": 21, "SOR": 28}


@dataclass(frozen=True)
class Treatment:
    """One line of therapy as it went: `end` is the last dose, empty while it goes on; `pause` is the first day without
    the drug and the day on which it is taken again."""

    line: int
    arm: str
    start: dt.date
    end: dt.date | None
    reason: str | None
    reduced: dt.date | None
    ratio: float
    pause: tuple[dt.date, dt.date] | None = None


@dataclass(frozen=True)
class Course:
    """Everything that happened to one patient up to the study's end; an empty date has not happened."""

    treatments: tuple[Treatment, ...]
    progression: dt.date | None
    death: dt.date | None
    withdrew: dt.date | None
    lost: dt.date | None
    last_day: dt.date

    @property
    def on_study_until(self) -> dt.date:
        """Last day on which the site can have seen the patient alive."""
        return self.last_day


def follow(seed: int, patient: Patient, *, end: dt.date) -> Course:
    """The course of one patient, cut off at `end`."""
    if patient.first_dose is None:
        return Course((), None, None, None, None, patient.consent + dt.timedelta(days=10))
    rng = stream(seed, "course", patient.number)
    first = patient.first_dose
    if patient.character is not None:
        return Course(
            (Treatment(1, patient.arm, first, None, None, None, patient.ratio),), None, None, None, None, end
        )
    progression = first + dt.timedelta(days=max(30, round(_until_progression(rng, patient))))
    death = min(progression + _days(rng, MEDIAN_AFTER_PROGRESSION), first + _hazard_days(rng))
    withdrew = first + dt.timedelta(days=rng.randint(10, 300)) if rng.random() < 0.05 else None
    lost = first + dt.timedelta(days=rng.randint(15, 300)) if rng.random() < 0.04 else None
    leaves = min([day for day in (death - dt.timedelta(days=1), withdrew, lost, end) if day is not None])
    treatments = _treatments(rng, patient, first, progression, leaves, end)
    if withdrew is not None and withdrew > leaves:
        withdrew = None
    if lost is not None and (lost > leaves or withdrew is not None):
        lost = None
    known_dead = death <= end and withdrew is None and lost is None
    return Course(
        treatments=treatments,
        progression=progression if progression <= leaves else None,
        death=death if known_dead else None,
        withdrew=withdrew,
        lost=lost,
        last_day=leaves,
    )


def _until_progression(rng: random.Random, patient: Patient) -> float:
    median = MEDIAN_PROGRESSION.get(patient.arm, OTHER_MEDIAN_PROGRESSION)
    factor = RESPONDERS_LONGER if patient.ratio <= 0.75 else OTHERS_SHORTER
    return rng.expovariate(0.6931 / (median * factor))


def _days(rng: random.Random, median: float) -> dt.timedelta:
    return dt.timedelta(days=max(5, round(rng.expovariate(0.6931 / median))))


def _hazard_days(rng: random.Random) -> dt.timedelta:
    return dt.timedelta(days=max(6, round(rng.expovariate(DAILY_DEATH_BEFORE_PROGRESSION))))


def _treatments(
    rng: random.Random, patient: Patient, first: dt.date, progression: dt.date, leaves: dt.date, end: dt.date
) -> tuple[Treatment, ...]:
    """The first treatment and, for some whose disease progressed in first line, a second one with the other drug."""
    toxic = first + dt.timedelta(days=rng.randint(12, 150)) if rng.random() < 0.09 else None
    stops = [(progression + dt.timedelta(days=rng.randint(0, 6)), "PROGRESSIVE DISEASE")]
    if toxic is not None:
        stops.append((toxic, "ADVERSE EVENT"))
    if leaves < end:
        stops.append((leaves, "OTHER"))
    stop, reason = min(stops)
    reduced = first + dt.timedelta(days=rng.randint(20, 120)) if rng.random() < 0.25 else None
    ended = stop <= leaves
    one = Treatment(
        patient.line, patient.arm, first, stop if ended else None, reason if ended else None,
        reduced if reduced is not None and reduced < min(stop, leaves) else None, patient.ratio,
    )  # fmt: skip
    again = stop + dt.timedelta(days=rng.randint(14, 30))
    wanted = rng.random() < 0.3
    ratio = rng.choice((0.5, 0.6, 0.95, 1.2))
    if (
        patient.line != 1
        or reason != "PROGRESSIVE DISEASE"
        or not wanted
        or again >= leaves - dt.timedelta(days=20)
    ):
        return (one,)
    last = again + _days(rng, 3.5 * MONTH)
    other = "SOR" if patient.arm == "ANL" else "ANL"
    over = last <= leaves
    two = Treatment(
        2, other, again, last if over else None, "PROGRESSIVE DISEASE" if over else None, None, ratio
    )
    if not over and leaves < end:
        two = Treatment(2, other, again, leaves, "OTHER", None, ratio)
    return (one, two)


def with_pauses(course: Course, pauses: Mapping[int, tuple[dt.date, dt.date]]) -> Course:
    """The same course with the pauses of its treatments, by line of therapy."""
    treatments = tuple(replace(one, pause=pauses.get(one.line)) for one in course.treatments)
    return replace(course, treatments=treatments)


@dataclass(frozen=True)
class Dosing:
    """One stretch of one dose, as the site records it: an anlotinib cycle's 14 days, a month of sorafenib."""

    number: int
    line: int
    drug: str
    dose: str
    frequency: str
    start: dt.date
    end: dt.date | None
    adjusted: str | None


def dosings(patient: Patient, course: Course, *, end: dt.date) -> list[Dosing]:
    """Every dosing up to `end`; the anlotinib off-week is a gap between two of them, not a stop.

    A pause cuts a dosing short; the next one begins when the drug is taken again.
    """
    rows: list[Dosing] = []
    for treatment in course.treatments:
        levels = LEVELS[treatment.arm]
        level = 1 if treatment.arm == "ANL" and patient.start_dose == 10 else 0
        last = treatment.end or end
        paused, resumed = treatment.pause or (dt.date.max, dt.date.max)
        start, lowered = treatment.start, False
        while start <= last:
            adjusted = None
            if treatment.reduced is not None and start >= treatment.reduced and level + 1 < len(levels):
                if not lowered:
                    level, adjusted, lowered = level + 1, "ADVERSE EVENT", True
            planned = start + dt.timedelta(days=DAYS_ON[treatment.arm] - 1)
            following = start + dt.timedelta(days=CYCLE[treatment.arm])
            if start < paused <= following:
                planned, following = min(planned, paused - dt.timedelta(days=1)), max(following, resumed)
                if treatment.arm != "ANL":  # no cycle to wait for
                    following = resumed
            still = treatment.end is None and planned > end
            dose, frequency = levels[level]
            rows.append(
                Dosing(
                    len(rows) + 1, treatment.line, DRUG[treatment.arm], dose, frequency, start,
                    None if still else min(planned, last), adjusted,
                )
            )  # fmt: skip
            start = following
    return rows

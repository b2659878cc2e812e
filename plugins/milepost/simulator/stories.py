"""Rare things that happen to some patients on purpose, so that every rule has somebody to be tried on.

A story is true: the patient's potential Hy's law case, the scan that nobody made. What is wrong with the data
themselves is planted by `dirt`. Both lists say what a careful reader should make of each.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from milepost.simulator.course import Course
from milepost.simulator.people import Patient

# no file at all in these study days: the site's server was being replaced
SILENT = {"S06": (205, 275)}


@dataclass(frozen=True)
class Story:
    """One written event: what, at which site, whose, the day on which it happens, what should be made of it."""

    kind: str
    site: str
    usubjid: str
    on: dt.date
    expected: str


Person = tuple[Patient, Course]
Fits = Callable[[Patient, Course], bool]


class Choice:
    """Treated patients whose course is not written otherwise; each is given out once."""

    def __init__(self, rng: random.Random, people: Iterable[Person]) -> None:
        self.rng = rng
        self.free = {
            patient.usubjid: (patient, course)
            for patient, course in people
            if patient.character is None and course.treatments
        }

    def take(self, fits: Fits, sites: Iterable[str] = ()) -> Person | None:
        """A patient of these sites (of any, if none is named) whom it fits; None where there is none left."""
        wanted = frozenset(sites)
        found = [
            person
            for person in self.free.values()
            if (not wanted or person[0].site in wanted) and fits(*person)
        ]
        if not found:
            return None
        patient, course = self.rng.choice(found)
        del self.free[patient.usubjid]
        return patient, course


def on_drug_until(course: Course, end: dt.date) -> dt.date:
    """Last day of the first treatment as far as the study goes."""
    return course.treatments[0].end or end

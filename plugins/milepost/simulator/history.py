"""The made-up study as a whole: everything that happened, as frames, before any site writes a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from milepost.errors import ConfigurationError
from milepost.protocol import Site, StudyProtocol
from milepost.simulator.analytes import LABORATORIES
from milepost.simulator.clinical import forms
from milepost.simulator.course import Course, follow
from milepost.simulator.dirt import Planted, move_first_dose, spoil
from milepost.simulator.imaging import scans
from milepost.simulator.laboratory import results
from milepost.simulator.people import Patient, enrol

DAYS = 425
START = dt.date(2025, 3, 3)
FORMS = ("DM", "EX", "DS", "SS", "AE", "CM", "PR", "MH", "VS", "FA", "RS")
Row = dict[str, Any]


@dataclass(frozen=True)
class History:
    """A whole made-up study.

    people: one row a patient (USUBJID, SITEID, ARMCD, LINE, FIRSTDOSE, AFP ng/mL, RATIO, DEATH, WITHDREW, LOST,
    DISCONTINUED, CHARACTER); labs, scans (by TU, TR, RS) and forms (by domain): one row a fact and revision, with
    REF, REVISION, ENTERED (day from which the site can send it) and DIRT (what was planted, else empty);
    planted: the list of faults. No person, hospital or laboratory in it exists.
    """

    seed: int
    start: dt.date
    end: dt.date
    time_zone: str
    patients: tuple[Patient, ...]
    people: pd.DataFrame
    labs: pd.DataFrame
    scans: dict[str, pd.DataFrame]
    forms: dict[str, pd.DataFrame]
    planted: pd.DataFrame


def simulate(
    seed: int,
    *,
    protocol: StudyProtocol,
    sites: Sequence[Site],
    patients: int | None = None,
    start: dt.date | None = None,
    days: int = DAYS,
) -> History:
    """The same study for the same seed and arguments, to the byte.

    patients defaults to the arms' planned numbers, start to the protocol's enrolment start. Raises
    ConfigurationError for a protocol that does not say it is made up, and for a site whose formats are unknown.
    """
    _check_simulable(protocol, sites)
    start = start or protocol.enrolment.start or START
    end = start + dt.timedelta(days=days)
    total = patients or sum(arm.planned for arm in protocol.arms)
    people = enrol(seed, protocol, sites, patients=total, start=start, days=days)
    courses = {patient.usubjid: follow(seed, patient, end=end) for patient in people}
    labs = [row for patient in people for row in results(seed, patient, courses[patient.usubjid])]
    labs, planted = spoil(seed, labs, people, courses, end=end)
    book: dict[str, list[Row]] = {domain: [] for domain in FORMS}
    pictures: dict[str, list[Row]] = {"TU": [], "TR": [], "RS": []}
    for patient in people:
        for domain, rows in forms(seed, patient, courses[patient.usubjid], end=end).items():
            book[domain] += rows
        for domain, rows in scans(seed, patient, courses[patient.usubjid]).items():
            pictures[domain] += rows
    planted += move_first_dose(seed, book["EX"], people, site="S05", before=end - dt.timedelta(days=150))
    return History(
        seed=seed,
        start=start,
        end=end,
        time_zone=protocol.time_zone,
        patients=tuple(people),
        people=pd.DataFrame([_person(patient, courses[patient.usubjid]) for patient in people]),
        labs=_frame(labs),
        scans={domain: _frame(rows) for domain, rows in pictures.items()},
        forms={domain: _frame(rows) for domain, rows in book.items()},
        planted=pd.DataFrame(
            [asdict(fault) for fault in planted], columns=list(Planted.__dataclass_fields__)
        ),
    )


def _check_simulable(protocol: StudyProtocol, sites: Sequence[Site]) -> None:
    if not protocol.made_up:
        raise ConfigurationError(
            f"protocol.toml: study {protocol.id} does not say made_up = true. Simulated data never go into a study "
            "that is not declared made up."
        )
    unknown = [site.id for site in sites if site.id not in LABORATORIES]
    if unknown or not sites:
        known = ", ".join(LABORATORIES)
        raise ConfigurationError(
            f"sites.toml: the simulator does not know how site {unknown[0] if unknown else '(none)'} writes its files. "
            f"Known: {known}. Simulate with the default study's sites."
        )


def _frame(rows: list[Row]) -> pd.DataFrame:
    """Facts as a frame: object columns, None where there is nothing."""
    frame = pd.DataFrame(rows, dtype=object)
    return frame.where(frame.notna(), None)


def _person(patient: Patient, course: Course) -> Row:
    last = course.treatments[-1] if course.treatments else None
    return {
        "USUBJID": patient.usubjid, "SITEID": patient.site, "ARMCD": patient.arm, "LINE": patient.line,
        "FIRSTDOSE": patient.first_dose, "AFP": patient.afp, "RATIO": patient.ratio, "DEATH": course.death,
        "WITHDREW": course.withdrew, "LOST": course.lost, "DISCONTINUED": last.end if last else None,
        "LAST_DAY": course.last_day, "TREATMENTS": len(course.treatments),
        "CHARACTER": patient.character.name if patient.character else None,
    }  # fmt: skip

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
from milepost.simulator.course import Course, Dosing, dosings, follow, with_pauses
from milepost.simulator.dirt import Planted, move_first_dose, spoil, spoil_doses
from milepost.simulator.imaging import pictures
from milepost.simulator.incidents import Incidents, incidents, spoil_events
from milepost.simulator.laboratory import results
from milepost.simulator.people import Patient, enrol
from milepost.simulator.reactions import Event, behind_doses, pausing, usual
from milepost.simulator.stories import SILENT, Story
from milepost.simulator.toxicity import disturb, pauses, poison

DAYS = 425
START = dt.date(2025, 3, 3)
FORMS = ("DM", "EX", "DS", "SS", "AE", "CM", "PR", "MH", "VS", "FA", "RS")
Row = dict[str, Any]
Pause = tuple[dt.date, dt.date]


@dataclass(frozen=True)
class History:
    """A whole made-up study.

    people: one row a patient (USUBJID, SITEID, ARMCD, LINE, FIRSTDOSE, AFP ng/mL, RATIO, DEATH, WITHDREW, LOST,
    DISCONTINUED, CHARACTER); labs, scans (by TU, TR, RS) and forms (by domain): one row a fact and revision, with
    REF, REVISION, ENTERED (day from which the site can send it) and DIRT (what was planted, else empty);
    planted: the list of faults; stories: rare things that are true; responses: the response of each time point by the
    reader's own measurements; doses: what was truly taken. No person, hospital or laboratory in it exists.
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
    stories: pd.DataFrame
    responses: pd.DataFrame
    doses: pd.DataFrame


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
    pairs = [(patient, courses[patient.usubjid]) for patient in people]
    disturbed = disturb(seed, pairs, end=end)
    told = incidents(seed, pairs, disturbed, end=end)
    events, doses, paused = _treated(seed, pairs, told, pauses(disturbed), end)
    book, faults = _book(seed, pairs, told, events, doses, end)
    labs = [row for patient, course in pairs for row in results(seed, patient, course)]
    labs, planted = spoil(seed, labs, people, courses, end=end)
    stories, more = poison(seed, labs, disturbed, end=end)
    seen = pictures(seed, pairs, spared=frozenset(one.patient.usubjid for one in disturbed), end=end)
    planted += [*more, *seen.planted, *faults]
    planted += move_first_dose(seed, book["EX"], people, site="S05", before=end - dt.timedelta(days=150))
    planted += spoil_doses(seed, book["EX"], pairs, end=end)
    stories += [*told.stories, *seen.stories, *_silences(sites, start)]
    return History(
        seed=seed,
        start=start,
        end=end,
        time_zone=protocol.time_zone,
        patients=tuple(people),
        people=pd.DataFrame([_person(patient, courses[patient.usubjid]) for patient in people]),
        labs=_frame(labs),
        scans={domain: _frame(rows) for domain, rows in seen.rows.items()},
        forms={domain: _frame(rows) for domain, rows in book.items()},
        planted=pd.DataFrame(
            [asdict(fault) for fault in planted], columns=list(Planted.__dataclass_fields__)
        ),
        stories=pd.DataFrame([asdict(story) for story in stories], columns=list(Story.__dataclass_fields__)),
        responses=_frame(seen.responses),
        doses=_frame([dose | {"PAUSED": paused.get(dose["USUBJID"])} for dose in _dosed(pairs, doses)]),
    )


def _treated(
    seed: int,
    people: Sequence[tuple[Patient, Course]],
    told: Incidents,
    of_bouts: dict[str, Pause],
    end: dt.date,
) -> tuple[dict[str, list[Event]], dict[str, list[Dosing]], dict[str, Pause]]:
    """Events and doses of each patient, each borne out by the other, and the pauses of the drug."""
    events, doses, paused = {}, {}, of_bouts | told.pauses
    for patient, course in people:
        own = usual(seed, patient, course)
        if patient.usubjid not in paused:
            own, pause = pausing(seed, patient, course, own)
            if pause is not None:
                paused[patient.usubjid] = pause
        if patient.usubjid in paused:
            course = with_pauses(course, {course.treatments[0].line: paused[patient.usubjid]})
        doses[patient.usubjid] = dosings(patient, course, end=end)
        own += [
            *behind_doses(seed, patient, course, doses[patient.usubjid]),
            *told.events.get(patient.usubjid, ()),
        ]
        events[patient.usubjid] = own
    return events, doses, paused


def _book(
    seed: int,
    people: Sequence[tuple[Patient, Course]],
    told: Incidents,
    events: dict[str, list[Event]],
    doses: dict[str, list[Dosing]],
    end: dt.date,
) -> tuple[dict[str, list[Row]], list[Planted]]:
    """The forms of everybody by domain, and what is wrong with the events in them."""
    faults = spoil_events(
        seed, {patient.usubjid: (patient, course) for patient, course in people}, events, end=end
    )
    book: dict[str, list[Row]] = {domain: [] for domain in FORMS}
    for patient, course in people:
        who = patient.usubjid
        found = forms(
            seed,
            patient,
            course,
            doses=doses[who],
            events=events[who],
            medicines=told.medicines.get(who, ()),
            end=end,
        )
        for domain, rows in found.items():
            book[domain] += rows
    return book, faults


def _silences(sites: Sequence[Site], start: dt.date) -> list[Story]:
    return [
        Story("SITE_SILENT", site.id, "", start + dt.timedelta(days=SILENT[site.id][0]),
              f"nothing comes for {SILENT[site.id][1] - SILENT[site.id][0]} days")
        for site in sites
        if site.id in SILENT
    ]  # fmt: skip


def _dosed(people: Sequence[tuple[Patient, Course]], doses: dict[str, list[Dosing]]) -> list[Row]:
    """Every dosing as it truly was."""
    return [
        {"USUBJID": patient.usubjid, "SITEID": patient.site, "LINE": dose.line, "EXTRT": dose.drug, "EXDOSE": dose.dose,
         "EXDOSFRQ": dose.frequency, "START": dose.start, "END": dose.end, "ADJUSTED": dose.adjusted}
        for patient, _ in people
        for dose in doses[patient.usubjid]
    ]  # fmt: skip


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

"""Scans every six weeks as each site sends them, what response they truly show, and what is wrong with a few.

Four sites measure lesion by lesion, as does the central reader of their scans (viable diameters at two of them); one
sends sums of diameters with its response, one its response alone: no central reader sees their scans.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any, NamedTuple

from milepost.simulator.course import Course
from milepost.simulator.dirt import Planted
from milepost.simulator.people import Patient, stream
from milepost.simulator.readings import CENTRAL, SITE, Note, Reading, read
from milepost.simulator.responses import Answer, answers
from milepost.simulator.scan_stories import MEASURING, tell
from milepost.simulator.stories import Choice, Story
from milepost.simulator.tumours import Disease, Scan, disease

VIABLE_AT, IN_CM, TWO_DAYS = ("S01", "S04"), ("S03",), ("S03",)
SUMS_FROM, ANSWERS_FROM = "S05", "S06"
RECIST, MRECIST = "RECIST 1.1", "mRECIST"
CORRECTED_AFTER = dt.timedelta(days=60)  # longer than that site waits between two files
Row = dict[str, Any]


class Pictures(NamedTuple):
    """Rows by domain (TU, TR, RS), the true response of every time point, stories, and planted faults."""

    rows: dict[str, list[Row]]
    responses: list[Row]
    stories: list[Story]
    planted: list[Planted]


def pictures(
    seed: int, people: Sequence[tuple[Patient, Course]], *, spared: frozenset[str], end: dt.date
) -> Pictures:
    """The scans of the whole study up to `end`; no story is told of the spared patients."""
    rng = stream(seed, "scan stories")
    ill = {patient.usubjid: found for patient, course in people if (found := disease(seed, patient, course))}
    made = Pictures({"TU": [], "TR": [], "RS": []}, [], [], [])
    choice = Choice(rng, [person for person in people if person[0].usubjid not in spared])
    made.stories.extend(tell(choice, ill))
    for one in ill.values():
        _report(one, made)
    _spoil(rng, made, ill, end)
    return made


# ---------------------------------------------------------------- what the sites send


def _report(one: Disease, made: Pictures) -> None:
    site = one.patient.site
    rng = stream(one.seed, "scan forms", one.patient.number)
    for reader in (SITE, CENTRAL) if site in MEASURING else (SITE,):
        readings = read(one, reader, viable=reader == CENTRAL and site in VIABLE_AT)
        truth = _truth(one, reader, readings)
        made.responses.extend(truth)
        by_day = {(row["ADT"], row["CRITERIA"]): row for row in truth}
        two_days = site in TWO_DAYS and reader == SITE and bool(one.others) and rng.random() < 0.4
        for reading in readings:
            scan, slow = reading.scan, 4 if reader == SITE else 12
            head = {
                "SITEID": site, "USUBJID": one.patient.usubjid, "VISIT": scan.visit, "REVISION": 1, "STATUS": "",
                "ENTERED": scan.day + dt.timedelta(days=rng.randint(slow, slow + 6)), "DTC": scan.day, "DIRT": "",
            }  # fmt: skip
            answered = {
                criteria: by_day[scan.day, criteria]
                for criteria in (RECIST, MRECIST)
                if (scan.day, criteria) in by_day
            }
            if site in MEASURING:
                later = two_days and "UNSCHEDULED" not in scan.visit and scan.day < one.course.last_day
                made.rows["TU"] += [head | _named(found, reader) for found in reading.named]
                made.rows["TR"] += [
                    head | _measured(note, reader, site, scan.day, later) for note in reading.notes
                ]
                made.rows["RS"] += [
                    head | _said("OVRLRESP", row["OVRLRESP"], reader, criteria)
                    for criteria, row in answered.items()
                ]
            else:
                made.rows["TR"] += [head | row for row in _sum_of(reading, site)]
                made.rows["RS"] += [
                    head | _said(test, answered[RECIST][test], reader, RECIST)
                    for test in ("TRGRESP", "NTRGRESP", "NEWLPROG", "OVRLRESP")
                    if RECIST in answered and not (site == SUMS_FROM and test == "TRGRESP")
                ]


def _truth(one: Disease, reader: str, readings: Sequence[Reading]) -> list[Row]:
    """The response of each time point by the reader's own measurements; none where there is no baseline."""
    if one.story == "NO_SCREENING_SCAN":
        return []
    found = []
    for criteria, least_rise in ((RECIST, 5), (MRECIST, 0)):
        looks = [(r.scan, r.look if criteria == RECIST else r.viable) for r in readings]
        known = [(scan, look) for scan, look in looks if look is not None]
        for line in sorted({scan.line for scan, _ in known}):
            place = next(n for n, (scan, _) in enumerate(known) if scan.line == line)
            base = known[place][1] if known[place][0].number == 0 else known[place - 1][1]
            own = [(scan, look) for scan, look in known if scan.line == line and scan.number]
            judged = answers(base, [look for _, look in own], least_rise=least_rise)
            found += [
                _response(one, reader, criteria, scan, answer)
                for (scan, _), answer in zip(own, judged, strict=True)
            ]
    return found


def _response(one: Disease, reader: str, criteria: str, scan: Scan, answer: Answer) -> Row:
    dated = scan.day
    if answer.new == "Y" and one.story == "EQUIVOCAL":
        dated = one.before_progression[-1].day
    return {
        "USUBJID": one.patient.usubjid, "SITEID": one.patient.site, "LINE": scan.line, "CRITERIA": criteria,
        "READER": reader, "VISIT": scan.visit, "ADT": scan.day, "TRGRESP": answer.target,
        "NTRGRESP": answer.non_target, "NEWLPROG": answer.new, "OVRLRESP": answer.overall,
        "PDDT": dated if answer.overall == "PD" else None,
    }  # fmt: skip


def _named(found: tuple[str, str, str], reader: str) -> Row:
    lesion, role, place = found
    return {"TULNKID": lesion, "TUORRES": role, "TULOC": place, "TUMETHOD": "CT SCAN", "TUEVAL": reader}


def _measured(note: Note, reader: str, site: str, day: dt.date, later: bool) -> Row:
    """One measurement: mm, or cm at one site, where the liver is measured by MRI two days later in some patients."""
    number = note.test != "TUMSTATE" and note.text.isdigit()
    in_cm = number and site in IN_CM
    mri = later and note.place.startswith("LIVER")
    return {
        "TRLNKID": note.lesion, "TRGRPID": note.role, "TRTESTCD": note.test, "TREVAL": reader,
        "TRORRES": f"{int(note.text) / 10:.1f}" if in_cm else note.text,
        "TRORRESU": ("cm" if in_cm else "mm") if number else None, "TRMETHOD": "MRI" if mri else "CT SCAN",
        "DTC": day + dt.timedelta(days=1) if mri else day,
    }  # fmt: skip


def _sum_of(reading: Reading, site: str) -> list[Row]:
    if site != SUMS_FROM or not reading.look.targets:
        return []
    total = sum(size for size in reading.look.targets.values() if size is not None)
    return [{"TRLNKID": None, "TRGRPID": "TARGET", "TRTESTCD": "SUMDIAM", "TREVAL": SITE, "TRORRES": str(total),
             "TRORRESU": "mm", "TRMETHOD": "CT SCAN"}]  # fmt: skip


def _said(test: str, answer: str, reader: str, criteria: str) -> Row:
    return {"RSTESTCD": test, "RSCAT": criteria, "RSORRES": answer, "RSEVAL": reader}


# ---------------------------------------------------------------- what is wrong


def _spoil(rng: random.Random, made: Pictures, ill: dict[str, Disease], end: dt.date) -> None:
    """A response that its own measurements do not bear out, at five sites; a measurement put right later."""
    settled = end - dt.timedelta(days=30)
    written = {usubjid for usubjid, one in ill.items() if one.story or one.patient.character}
    for site, right, wrong in (
        ("S01", "PR", "SD"), ("S02", "PD", "SD"), ("S04", "SD", "PR"), (SUMS_FROM, "SD", "PD"),
        (ANSWERS_FROM, "SD", "PR"),
    ):  # fmt: skip
        choice = [
            row for row in made.rows["RS"]
            if row["SITEID"] == site and row["RSTESTCD"] == "OVRLRESP" and row["RSCAT"] == RECIST
            and row["RSEVAL"] == SITE and row["RSORRES"] == right and row["USUBJID"] not in written
            and row["ENTERED"] < settled
        ]  # fmt: skip
        if choice:
            row = rng.choice(choice)
            row["RSORRES"] = wrong
            _note(made, "RESPONSE_DISAGREES", row, f"{right} by what the site sent, which calls it {wrong}")
            written.add(row["USUBJID"])
    measured = [
        row for row in made.rows["TR"]
        if row["SITEID"] == "S01" and row["TREVAL"] == SITE and row["TRTESTCD"] == "LDIAM" and row["VISIT"] == "WEEK12"
        and row["USUBJID"] not in written and row["TRORRES"].isdigit() and len(ill[row["USUBJID"]].targets) == 1
        and row["ENTERED"] + CORRECTED_AFTER < settled
    ]  # fmt: skip
    if measured:
        row = rng.choice(measured)
        corrected = row | {
            "REVISION": 2,
            "ENTERED": row["ENTERED"] + CORRECTED_AFTER,
            "DIRT": "SCAN_CORRECTED",
        }
        row["TRORRES"] = str(int(row["TRORRES"]) * 2)
        made.rows["TR"].append(corrected)
        _note(made, "SCAN_CORRECTED", row, "PD by a wrong measurement, taken back when it is put right")


def _note(made: Pictures, kind: str, row: Row, expected: str) -> None:
    row["DIRT"] = kind
    made.planted.append(Planted(kind, row["SITEID"], row["USUBJID"], row["ENTERED"], expected))

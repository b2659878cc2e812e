"""What goes wrong between a laboratory and a study: planted row by row, each under its name.

Each function takes the clean results and returns them with one kind of dirt in; DIRT names the rows it touched and
`Planted` lists what a careful reader should make of it. Dirt of whole files is planted by `deliveries`.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from milepost.simulator.course import Course
from milepost.simulator.people import Patient, stream

Row = dict[str, Any]
LATER = dt.timedelta(days=21)
# faults that move no sample, dose or death: the verdict of the checkpoint is as true as without them
BESIDE_THE_CHECKPOINT = frozenset(
    {
        "RESPONSE_DISAGREES",
        "SCAN_CORRECTED",
        "TOXICITY_CORRECTED",
        "GRADE_MISSING",
        "MONTH_ONLY",
        "ENDS_BEFORE_START",
    }
)


@dataclass(frozen=True)
class Planted:
    """One planted fault: what, at which site, in whose data, on which day it can first be sent, what should happen."""

    kind: str
    site: str
    usubjid: str
    on: dt.date
    expected: str


class _Plot:
    """The results being spoilt: gives out week-4 AFP rows, each patient at most once, and keeps the list."""

    def __init__(
        self, rng: random.Random, rows: list[Row], patients: Sequence[Patient], before: dt.date
    ) -> None:
        self.rng, self.rows, self.planted = rng, rows, list[Planted]()
        self.free = {
            p.usubjid for p in patients if p.character is None and p.first_dose and p.first_dose < before
        }

    def take(self, site: str, test: str = "AFP", visits: Sequence[str] = ("WEEK4", "DAY22")) -> Row:
        """A clean result of a patient nothing was planted for yet."""
        choice = [
            row for row in self.rows
            if row["SITEID"] == site and row["LBTESTCD"] == test and row["VISIT"] in visits
            and row["USUBJID"] in self.free and row["LBORRES"][0] not in "<>"
        ]  # fmt: skip
        if not choice:
            return {}
        row = self.rng.choice(choice)
        self.free.discard(row["USUBJID"])
        return row

    def note(self, kind: str, row: Row, expected: str) -> None:
        row["DIRT"] = kind
        self.planted.append(Planted(kind, row["SITEID"], row["USUBJID"], row["ENTERED"], expected))


def spoil(
    seed: int, rows: list[Row], patients: Sequence[Patient], courses: dict[str, Course], *, end: dt.date
) -> tuple[list[Row], list[Planted]]:
    """The results with every kind of row dirt planted, and the list of what was planted."""
    plot = _Plot(stream(seed, "dirt"), rows, patients, end - dt.timedelta(days=100))
    plans: list[tuple[str, Callable[[_Plot, Row], None], int]] = [
        ("S01", _corrected, 2), ("S03", _corrected, 1), ("S04", _preliminary, 5), ("S01", _cancelled, 1),
        ("S03", _wrong_unit, 1), ("S03", _wrong_unit_then_right, 1), ("S04", _unknown_unit, 1), ("S01", _mom, 1),
        ("S06", _l3, 1), ("S04", _after_receipt, 1), ("S03", _haemolysed, 1), ("S01", _twice_in_one_file, 1),
        ("S05", _vanished, 1), ("S04", _unknown_subject, 1),
    ]  # fmt: skip
    for site, plant, times in plans:
        for _ in range(times):
            row = plot.take(site)
            if row:
                plant(plot, row)
    potassium = plot.take("S01", "K", ("WEEK6", "WEEK12"))
    if potassium:
        potassium["LBORRES"] = f"{float(potassium['LBORRES']) * 10:.1f}"
        plot.note("IMPOSSIBLE_VALUE", potassium, "quarantined: outside the hard limits")
    _after_death(plot, patients, courses, end)
    _last_nights(plot, patients, end)
    return plot.rows, plot.planted


def _again(plot: _Plot, row: Row, **changed: Any) -> Row:
    """The same result once more, entered later, as its next revision."""
    new = row | {"REVISION": row["REVISION"] + 1, "ENTERED": row["ENTERED"] + LATER} | changed
    plot.rows.append(new)
    return new


def _corrected(plot: _Plot, row: Row) -> None:
    right, wrong = row["LBORRES"], f"{float(row['LBORRES']) / 10:.2f}"
    row["LBORRES"] = wrong
    plot.note("CORRECTED", row, "a first version, replaced by the correction")
    _again(plot, row, LBORRES=right, STATUS="C" if row["SITEID"] != "S03" else "F")


def _preliminary(plot: _Plot, row: Row) -> None:
    final = row["LBORRES"]
    row["LBORRES"], row["STATUS"] = f"{float(final) * 1.18:.1f}", "P"
    plot.note("PRELIMINARY", row, "waits: a preliminary result is not used")
    _again(plot, row, LBORRES=final, STATUS="F", ENTERED=row["ENTERED"] + dt.timedelta(days=1))


def _cancelled(plot: _Plot, row: Row) -> None:
    plot.note("CANCELLED", row, "used until the laboratory cancels it")
    _again(plot, row, STATUS="X")


def _wrong_unit(plot: _Plot, row: Row) -> None:
    row["LBORRESU"] = "mg"
    plot.note("WRONG_UNIT", row, "quarantined: AFP in mg; a sample that cannot be used")


def _wrong_unit_then_right(plot: _Plot, row: Row) -> None:
    unit = row["LBORRESU"]
    row["LBORRESU"] = "mg"
    plot.note("WRONG_UNIT_CORRECTED", row, "quarantined, then released by the corrected row")
    _again(plot, row, LBORRESU=unit)


def _unknown_unit(plot: _Plot, row: Row) -> None:
    row["LBORRESU"] = "arb.U/mL"
    plot.note("UNKNOWN_UNIT", row, "quarantined: nobody knows this unit")


def _mom(plot: _Plot, row: Row) -> None:
    extra = row | {"REF": row["REF"] + "9", "LBLOINC": "20450-3", "LBORRES": "2.1", "LBORRESU": "MoM"}
    plot.rows.append(extra)
    plot.note("MOM", extra, "quarantined: a multiple of the median, another quantity")


def _l3(plot: _Plot, row: Row) -> None:
    extra = row | {"LBTESTCD": "甲胎蛋白异质体", "LBORRES": "12.5", "LBORRESU": "%", "LBORNRHI": "10.0"}
    plot.rows.append(extra)
    plot.note("AFP_L3", extra, "quarantined: another analyte")


def _after_receipt(plot: _Plot, row: Row) -> None:
    right = row["LBDTC"]
    row["LBDTC"] = right.replace(year=right.year + 1, day=min(right.day, 28))
    plot.note("AFTER_RECEIPT", row, "quarantined: collected after we received it; then corrected")
    _again(plot, row, LBDTC=right, STATUS="C")


def _haemolysed(plot: _Plot, row: Row) -> None:
    row["LBORRES"] = "haemolysed"
    plot.note("HAEMOLYSED", row, "quarantined: no number; a sample that cannot be used")


def _twice_in_one_file(plot: _Plot, row: Row) -> None:
    plot.note("ROW_TWICE", row, "one record: the second row is unchanged")
    plot.rows.append(dict(row))


def _vanished(plot: _Plot, row: Row) -> None:
    plot.note("VANISHED", row, "a query, never a deletion: gone from later exports")
    row["GONE_FROM"] = row["ENTERED"] + dt.timedelta(days=70)


def _unknown_subject(plot: _Plot, row: Row) -> None:
    extra = row | {"REF": row["REF"] + "9", "USUBJID": f"{row['SITEID']}-999"}
    plot.rows.append(extra)
    plot.note("UNKNOWN_SUBJECT", extra, "a question: no such subject is enrolled")


def _after_death(plot: _Plot, patients: Sequence[Patient], courses: dict[str, Course], end: dt.date) -> None:
    """One result dated three days after its patient's death."""
    for patient in patients:
        death = courses[patient.usubjid].death
        own = [row for row in plot.rows if row["USUBJID"] == patient.usubjid and row["LBTESTCD"] == "AFP"]
        if patient.site != "S01" or patient.usubjid not in plot.free or death is None or not own:
            continue
        if death < end - dt.timedelta(days=30):
            day = death + dt.timedelta(days=3)
            at = dt.datetime.combine(day, dt.time(8, 15))
            extra = own[-1] | {"REF": own[-1]["REF"] + "8", "LBDTC": at, "LBRCVDTC": at + dt.timedelta(hours=1),
                               "ENTERED": day + dt.timedelta(days=10), "VISIT": None}  # fmt: skip
            plot.rows.append(extra)
            plot.note("AFTER_DEATH", extra, "quarantined: a row dated after death is no sample")
            return


def _last_nights(plot: _Plot, patients: Sequence[Patient], end: dt.date) -> None:
    """The correction and the withdrawal that the last nights' characters wait for."""
    for patient in patients:
        part = patient.character
        if part is None:
            continue
        own = [
            r
            for r in plot.rows
            if r["USUBJID"] == patient.usubjid and r["LBTESTCD"] == "AFP" and r["VISIT"] == "WEEK4"
        ]
        if part.name == "response corrected to no response":
            plot.note("CORRECTED", own[0], "a response, then corrected to no response")
            text = f"{patient.afp * 0.88:.0f}"
            _again(plot, own[0], LBORRES=text, STATUS="C", ENTERED=end - dt.timedelta(days=3))
        if part.name == "result withdrawn":
            plot.note("CANCELLED", own[0], "no response, then withdrawn by the laboratory")
            _again(plot, own[0], STATUS="X", ENTERED=end - dt.timedelta(days=2))


def move_first_dose(
    seed: int, rows: list[Row], patients: Sequence[Patient], *, site: str, before: dt.date
) -> list[Planted]:
    """One patient's first dose is entered a week late and put right a month after; changes the EX rows in place."""
    rng = stream(seed, "moved dose")
    choice = [
        p
        for p in patients
        if p.site == site and p.character is None and p.first_dose and p.first_dose < before
    ]
    if not choice:
        return []
    patient = rng.choice(choice)
    own = [row for row in rows if row["USUBJID"] == patient.usubjid and row["REF"].endswith("-1")]
    right, last = own[0]["EXSTDTC"], max(own, key=lambda row: row["REVISION"])
    rows.append(
        last
        | {
            "REVISION": last["REVISION"] + 1,
            "ENTERED": right.date() + dt.timedelta(days=62),
            "STATUS": "changed",
            "DIRT": "MOVED_FIRST_DOSE",
        }  # fmt: skip
    )
    for row in own:
        row["EXSTDTC"], row["DIRT"] = right + dt.timedelta(days=7), "MOVED_FIRST_DOSE"
    expected = "every study day moves by a week when the date is put right"
    return [Planted("MOVED_FIRST_DOSE", site, patient.usubjid, right.date(), expected)]


def spoil_doses(
    seed: int, rows: list[Row], people: Sequence[tuple[Patient, Course]], *, end: dt.date
) -> list[Planted]:
    """Two doses of one drug that overlap, and a dose dated after its patient's death; changes the EX rows."""
    rng = stream(seed, "dose faults")
    planted = []
    treated = [
        (patient, course) for patient, course in people if patient.character is None and len(course.treatments) == 1
    ]  # fmt: skip
    long = [
        patient for patient, course in treated
        if patient.site == "S04" and ((course.treatments[0].end or end) - course.treatments[0].start).days > 120
        and course.treatments[0].start < end - dt.timedelta(days=150)
    ]  # fmt: skip
    if long:
        patient = rng.choice(long)
        third = [row for row in rows if row["USUBJID"] == patient.usubjid and row["REF"].endswith("-3")]
        for row in third:
            row["EXSTDTC"], row["DIRT"] = row["EXSTDTC"] - dt.timedelta(days=10), "DOSES_OVERLAP"
        expected = "a question: two doses at once, and no dose intensity"
        planted.append(Planted("DOSES_OVERLAP", patient.site, patient.usubjid, third[0]["ENTERED"], expected))
    dead = [
        (patient, course.death) for patient, course in treated
        if patient.site == "S03" and course.death is not None and course.death < end - dt.timedelta(days=60)
    ]  # fmt: skip
    if dead:
        patient, death = rng.choice(dead)
        last = [row for row in rows if row["USUBJID"] == patient.usubjid][-1]
        day = death + dt.timedelta(days=4)
        extra = last | {
            "REF": last["REF"] + "9", "REVISION": 1, "STATUS": "", "EXSTDTC": day, "EXENDTC": day,
            "EXADJ": None, "ENTERED": day + dt.timedelta(days=6), "DIRT": "DOSE_AFTER_DEATH",
        }  # fmt: skip
        rows.append(extra)
        expected = "a question: one of the two dates is wrong"
        planted.append(Planted("DOSE_AFTER_DEATH", patient.site, patient.usubjid, extra["ENTERED"], expected))
    return planted

"""What the site enters in its case report forms: everything but laboratory results and scans.

A form entered early and completed later (a dose that ends, an event that resolves, a death) appears twice: the
same REF with a higher REVISION, ENTERED on the day of the change.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any

from milepost.simulator.course import Course, Dosing
from milepost.simulator.incidents import Medicine
from milepost.simulator.people import Patient, stream
from milepost.simulator.reactions import FATAL, OPEN, Event

Row = dict[str, Any]


VISIT_DAYS = ((-7, "SCREENING"), (1, "DAY1"), (15, "DAY15"), (29, "WEEK4"), (43, "WEEK6"), (85, "WEEK12"),
              (127, "WEEK18"), (169, "WEEK24"), (253, "WEEK36"), (337, "WEEK48"))  # fmt: skip


def forms(
    seed: int,
    patient: Patient,
    course: Course,
    *,
    doses: Sequence[Dosing],
    events: Sequence[Event],
    medicines: Sequence[Medicine],
    end: dt.date,
) -> dict[str, list[Row]]:
    """The forms of one patient by domain; every row names its REF, REVISION and the day it was ENTERED."""
    rng = stream(seed, "forms", patient.number)
    book: dict[str, list[Row]] = {
        code: [] for code in ("DM", "EX", "DS", "SS", "AE", "CM", "PR", "MH", "VS", "FA", "RS")
    }

    def enter(domain: str, ref: str, day: dt.date, lag: int = 4, revision: int = 1, **values: Any) -> None:
        entered = day + dt.timedelta(days=rng.randint(0, lag))
        row = {
            "SITEID": patient.site,
            "USUBJID": patient.usubjid,
            "REF": f"{domain}-{patient.number:03d}-{ref}",
        }
        status = "changed" if revision > 1 else ""
        book[domain].append(
            row | {"REVISION": revision, "ENTERED": entered, "STATUS": status, "DIRT": ""} | values
        )

    _demographics(enter, patient, course)
    _treatment(enter, patient, doses)
    _disposition(enter, patient, course, end)
    if patient.first_dose is not None:
        _events(enter, course, events)
        _visits(rng, enter, patient, course, patient.first_dose)
        _therapies(rng, enter, patient, course, patient.first_dose)
        for number, medicine in enumerate(medicines, start=5):
            day = medicine.start if isinstance(medicine.start, dt.date) else patient.consent
            enter("CM", str(number), day, 3, CMTRT=medicine.name, CMCAT=medicine.category, CMSTDTC=medicine.start,
                  CMENDTC=medicine.end)  # fmt: skip
    for rows in book.values():
        rows[:] = [row for row in rows if row["ENTERED"] <= end]
    return book


def _demographics(enter: Any, patient: Patient, course: Course) -> None:
    values = {
        "RFICDTC": patient.consent, "DTHDTC": None, "AGE": str(patient.age), "SEX": patient.sex, "ARMCD": patient.arm,
        "DMLINE": str(patient.line), "DMHBV": "Y" if patient.hbv else "N", "DMCPUGH": patient.child_pugh,
        "DMSCRF": None,
    }  # fmt: skip
    enter("DM", "1", patient.consent, 1, **values)
    if patient.first_dose is None:
        enter("DM", "1", course.last_day, 3, 2, **(values | {"DMSCRF": "Y"}))
    elif course.death is not None:
        enter("DM", "1", course.death, 5, 2, **(values | {"DTHDTC": course.death}))
    enter("MH", "1", patient.consent, 1, MHTERM="Hepatocellular carcinoma", MHOCCUR="Y",
          MHSTDTC=f"{patient.consent.year - 1}-{patient.number % 12 + 1:02d}")  # fmt: skip
    enter(
        "MH",
        "2",
        patient.consent,
        1,
        MHTERM="Chronic hepatitis B",
        MHOCCUR="Y" if patient.hbv else "N",
        MHSTDTC=None,
    )
    enter(
        "MH",
        "3",
        patient.consent,
        1,
        MHTERM="Liver cirrhosis",
        MHOCCUR="Y" if patient.number % 4 else "N",
        MHSTDTC=None,
    )


def _treatment(enter: Any, patient: Patient, doses: Sequence[Dosing]) -> None:
    first_of: set[int] = set()
    for dose in doses:
        start: Any = dose.start
        if (
            dose.line not in first_of
        ):  # the first dose of a line carries its time: a sample of that day may precede it
            hour, minute = patient.dose_time.split(":")
            start = dt.datetime.combine(dose.start, dt.time(int(hour), int(minute)))
            first_of.add(dose.line)
        values = {
            "EXTRT": dose.drug, "EXDOSE": dose.dose, "EXDOSU": "mg", "EXDOSFRQ": dose.frequency, "EXSTDTC": start,
            "EXADJ": dose.adjusted, "EXLINE": str(dose.line),
        }  # fmt: skip
        enter("EX", str(dose.number), dose.start, 2, **values, EXENDTC=None)
        if dose.end is not None:
            enter("EX", str(dose.number), dose.end, 4, 2, **values, EXENDTC=dose.end)


def _disposition(enter: Any, patient: Patient, course: Course, end: dt.date) -> None:
    event = "DISPOSITION EVENT"
    if patient.first_dose is None:
        enter("DS", "1", course.last_day, 3, DSCAT=event, DSDECOD="SCREEN FAILURE", DSTERM="ELIGIBILITY",
              DSSTDTC=course.last_day, DSLINE=None)  # fmt: skip
        return
    for treatment in course.treatments:
        if treatment.end is not None:
            enter("DS", f"T{treatment.line}", treatment.end, 5, DSCAT="TREATMENT", DSDECOD="DRUG DISCONTINUED",
                  DSTERM=treatment.reason, DSSTDTC=treatment.end, DSLINE=str(treatment.line))  # fmt: skip
    for day, what in (
        (course.death, "DEATH"),
        (course.withdrew, "WITHDRAWAL BY SUBJECT"),
        (course.lost, "LOST TO FOLLOW-UP"),
    ):
        if day is not None:
            enter(
                "DS",
                what.split()[0],
                day,
                5,
                DSCAT=event,
                DSDECOD=what,
                DSTERM=None,
                DSSTDTC=day,
                DSLINE=None,
            )
    contact, number = patient.first_dose + dt.timedelta(days=84), 1
    while contact <= course.last_day:
        enter("SS", str(number), contact, 3, SSORRES="ALIVE", SSDTC=contact)
        contact, number = contact + dt.timedelta(days=56), number + 1
    if course.death is not None:
        enter("SS", str(number), course.death, 5, SSORRES="DEAD", SSDTC=course.death)


def _events(enter: Any, course: Course, events: Sequence[Event]) -> None:
    """Each event when it begins and again when it is over; a fatal one when its patient has died."""
    for number, event in enumerate(sorted(events, key=lambda one: (one.start, one.term)), start=1):
        values = {
            "AETERM": event.term, "AEBODSYS": event.system,
            "AETOXGR": None if event.grade is None else str(event.grade),
            "AESER": "Y" if event.serious else "N", "AEREL": event.related, "AEACN": event.action,
            "AESTDTC": event.start_text or event.start, "DIRT": event.dirt,
        }  # fmt: skip
        if event.outcome == FATAL:
            enter("AE", str(number), course.death, 2, **values, AEOUT=FATAL, AEENDTC=event.end)
            continue
        at_first = (
            values if event.first_serious is None else values | {"AESER": "Y" if event.first_serious else "N"}
        )
        enter("AE", str(number), event.start, 4, **at_first, AEOUT=OPEN, AEENDTC=None)
        if event.end is not None and event.end <= course.last_day:
            day = event.entered or max(event.start, event.end)
            enter(
                "AE",
                str(number),
                day,
                0 if event.entered else 6,
                2,
                **values,
                AEOUT=event.outcome,
                AEENDTC=event.end,
            )


def _visits(rng: random.Random, enter: Any, patient: Patient, course: Course, first_dose: dt.date) -> None:
    weight, pressure = rng.gauss(64, 9), rng.gauss(126, 8)
    for number, (day, visit) in enumerate(VISIT_DAYS, start=1):
        date = first_dose + dt.timedelta(days=day if day < 0 else day - 1)
        if date > course.last_day:
            break
        drug = (14 if patient.arm == "ANL" else 7) if 5 < day < 200 else 0
        systolic = round(pressure + drug + rng.gauss(0, 6))
        signs = (
            ("SYSBP", systolic, "mmHg"),
            ("DIABP", round(systolic * 0.62), "mmHg"),
            ("WEIGHT", round(weight), "kg"),
        )
        for test, value, unit in signs:
            enter("VS", f"{number}-{test}", date, 3, VSTESTCD=test, VSORRES=str(value), VSORRESU=unit, VSDTC=date,
                  VISIT=visit)  # fmt: skip
        if visit in ("SCREENING", "WEEK6", "WEEK12", "WEEK24"):
            enter("RS", f"{number}-ECOG", date, 3, RSTESTCD="ECOG", RSCAT="ECOG", RSORRES=str(rng.choice((0, 1, 1))),
                  RSDTC=date, VISIT=visit)  # fmt: skip
        if visit in ("SCREENING", "WEEK12", "WEEK24"):
            ascites = "MILD" if patient.child_pugh == "B" and rng.random() < 0.6 else "NONE"
            enter("FA", f"{number}-A", date, 3, FAOBJ="ASCITES", FAORRES=ascites, FADTC=date)
            enter("FA", f"{number}-E", date, 3, FAOBJ="ENCEPHALOPATHY", FAORRES="NONE", FADTC=date)


def _therapies(rng: random.Random, enter: Any, patient: Patient, course: Course, first_dose: dt.date) -> None:
    if patient.hbv:
        start = first_dose - dt.timedelta(days=rng.randint(60, 900))
        enter(
            "CM",
            "1",
            patient.consent,
            2,
            CMTRT="Entecavir",
            CMCAT="ANTIVIRAL",
            CMSTDTC=f"{start:%Y-%m}",
            CMENDTC=None,
        )
    if rng.random() < 0.03:
        day = first_dose + dt.timedelta(days=rng.randint(5, 20))
        if day <= course.last_day:
            enter("PR", "1", day, 4, PRTRT="TACE", PRCAT="LOCOREGIONAL THERAPY", PRSTDTC=day)
    last = course.treatments[-1]
    if last.end is None or course.progression is None:
        return
    after = last.end + dt.timedelta(days=rng.randint(10, 40))
    if after > course.last_day or rng.random() > 0.4:
        return
    if rng.random() < 0.6:
        drug = rng.choice(("Regorafenib", "Lenvatinib", "Camrelizumab"))
        enter(
            "CM", "2", after, 5, CMTRT=drug, CMCAT="SYSTEMIC ANTICANCER THERAPY", CMSTDTC=after, CMENDTC=None
        )
    else:
        enter("PR", "2", after, 5, PRTRT="TACE", PRCAT="LOCOREGIONAL THERAPY", PRSTDTC=after)

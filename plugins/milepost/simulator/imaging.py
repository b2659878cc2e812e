"""Scans every six weeks: each lesion measured by the site and by the central reader, and each reader's response.

The response is worked out from the reader's own sums by the plain RECIST 1.1 limits, so that the two readers
sometimes differ, as they do.
"""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from milepost.simulator.course import Course
from milepost.simulator.people import Patient, stream

READERS = ("INVESTIGATOR", "INDEPENDENT ASSESSOR")
PLACES = ("LIVER SEGMENT VIII", "LIVER SEGMENT VI", "LIVER SEGMENT IV", "LIVER SEGMENT II")
ELSEWHERE = ("PORTAL VEIN", "LUNG", "PERITONEUM")
Row = dict[str, Any]


def scans(seed: int, patient: Patient, course: Course) -> dict[str, list[Row]]:
    """TU, TR and RS rows of one patient, in order of time."""
    found: dict[str, list[Row]] = {"TU": [], "TR": [], "RS": []}
    if patient.first_dose is None or not course.treatments:
        return found
    rng = stream(seed, "imaging", patient.number)
    targets = [(f"T{n + 1:02d}", PLACES[n], rng.uniform(18, 85)) for n in range(rng.randint(1, 3))]
    others = [(f"NT{n + 1:02d}", ELSEWHERE[n]) for n in range(rng.choice((0, 1, 1, 2)))]
    depth = rng.uniform(0.55, 0.95) if patient.ratio <= 0.75 else rng.uniform(0.82, 1.12)
    sums: dict[str, list[float]] = {reader: [] for reader in READERS}
    for number, day in enumerate(_days(rng, patient.first_dose, course)):
        visit = "SCREENING" if number == 0 else f"WEEK{6 * number}"
        progressed = course.progression is not None and day >= course.progression and number > 0
        head = {"SITEID": patient.site, "USUBJID": patient.usubjid, "VISIT": visit, "REVISION": 1, "STATUS": "",
                "ENTERED": day + dt.timedelta(days=rng.randint(3, 9)), "DTC": day, "DIRT": ""}  # fmt: skip
        for reader in READERS:
            if number == 0:
                found["TU"] += [head | _lesion(name, "TARGET", place, reader) for name, place, _ in targets]
                found["TU"] += [head | _lesion(name, "NON-TARGET", place, reader) for name, place in others]
            growth = 1.0 if number == 0 else (1.35 if progressed else depth ** min(1.0, number / 2))
            sizes = [max(0, round(size * growth * rng.uniform(0.96, 1.04))) for _, _, size in targets]
            for (name, _, _), size in zip(targets, sizes, strict=True):
                found["TR"].append(head | _measured(name, "TARGET", reader, "LDIAM", str(size), "mm"))
            for name, _ in others:
                state = "UNEQUIVOCAL PROGRESSION" if progressed and rng.random() < 0.2 else "PRESENT"
                found["TR"].append(head | _measured(name, "NON-TARGET", reader, "TUMSTATE", state, None))
            sums[reader].append(float(sum(sizes)))
            new = progressed and rng.random() < 0.4
            if new:
                found["TU"].append(head | _lesion("NEW01", "NEW", ELSEWHERE[1], reader))
                found["TR"].append(head | _measured("NEW01", "NEW", reader, "TUMSTATE", "PRESENT", None))
            if number > 0:
                response = "PD" if new else response_of(sums[reader])
                found["RS"].append(
                    head
                    | {"RSTESTCD": "OVRLRESP", "RSCAT": "RECIST 1.1", "RSORRES": response, "RSEVAL": reader}
                )
    return found


def response_of(sums: list[float]) -> str:
    """PD, CR, PR or SD of the newest sum of diameters against the first and the smallest before it (RECIST 1.1)."""
    baseline, nadir, now = sums[0], min(sums[:-1]), sums[-1]
    if now >= nadir * 1.2 and now - nadir >= 5:
        return "PD"
    if now == 0:
        return "CR"
    return "PR" if now <= baseline * 0.7 else "SD"


def _days(rng: random.Random, first_dose: dt.date, course: Course) -> list[dt.date]:
    """Screening scan, then one every six weeks until the first that shows progression, or the patient leaves."""
    days = [first_dose - dt.timedelta(days=rng.randint(3, 18))]
    for number in range(1, 12):
        day = first_dose + dt.timedelta(days=42 * number + rng.randint(-4, 4))
        if day > course.last_day:
            break
        if course.progression is not None and day >= course.progression:
            days.append(day)
            break
        days.append(day)
    return days


def _lesion(name: str, role: str, place: str, reader: str) -> Row:
    return {"TULNKID": name, "TUORRES": role, "TULOC": place, "TUMETHOD": "CT SCAN", "TUEVAL": reader}


def _measured(name: str, role: str, reader: str, test: str, value: str, unit: str | None) -> Row:
    return {"TRLNKID": name, "TRGRPID": role, "TRTESTCD": test, "TRORRES": value, "TRORRESU": unit,
            "TRMETHOD": "CT SCAN", "TREVAL": reader}  # fmt: skip

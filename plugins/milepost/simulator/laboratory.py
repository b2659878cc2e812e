"""Blood drawn and measured: the AFP course of each patient and the panel of each visit, as each laboratory reports.

A row of the frame is one result as its laboratory reports it, in the laboratory's own unit. ENTERED is the day
from which the site could send it; REVISION orders the versions of one result; DIRT names what was planted.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from typing import Any

from milepost.simulator.analytes import (
    AFP_LOINC,
    AFP_NORMAL_NG_ML,
    ANALYTES,
    LABORATORIES,
    NG_IN_IU,
    Analyte,
    Laboratory,
)
from milepost.simulator.course import Course, Treatment
from milepost.simulator.people import Patient, stream

LATER_VISITS = (
    (43, "WEEK6"),
    (85, "WEEK12"),
    (127, "WEEK18"),
    (169, "WEEK24"),
    (253, "WEEK36"),
    (337, "WEEK48"),
)
NO_WEEK_4, LATE_WEEK_4, EARLY_WEEK_4 = 0.06, 0.03, 0.02
AFTER_STOP = dt.timedelta(days=30)
LIVER_PANEL, TWO_PANELS = ("ALT", "AST", "ALP", "BILI", "ALB"), 0.88
STRIP = ("-", "1+", "2+", "3+")
Row = dict[str, Any]


def results(seed: int, patient: Patient, course: Course) -> list[Row]:
    """Every result of one patient, by draw and test."""
    laboratory = LABORATORIES[patient.site]
    rng = stream(seed, "laboratory", patient.number)
    person = {code: math.exp(rng.gauss(0, 1)) for code in laboratory.panel}
    rows: list[Row] = []
    for treatment in course.treatments:
        for at, visit in _draws(rng, patient, course, treatment, laboratory):
            head = draw(rng, patient, laboratory, at, visit)
            if visit != "SCREENING" or patient.character is None or patient.character.baseline:
                rows.append(head | _afp(rng, laboratory, afp_at(rng, patient, course, treatment, at.date())))
            for code in laboratory.panel:
                amount = _amount(rng, patient, treatment, ANALYTES[code], person[code], at)
                rows.append(head | printed(laboratory, patient, ANALYTES[code], amount))
            if laboratory.urine:
                rows.append(head | _urine(seed, patient, treatment, at))
    return _first_panel(seed, patient, course, laboratory, person) + rows


def _first_panel(
    seed: int, patient: Patient, course: Course, laboratory: Laboratory, person: dict[str, float]
) -> list[Row]:
    """The liver panel of the day of consent, which most patients have: liver safety wants two before treatment."""
    rng = stream(seed, "first panel", patient.number)
    if not course.treatments or rng.random() >= TWO_PANELS:
        return []
    at = dt.datetime.combine(patient.consent, dt.time(rng.randint(9, 11), rng.choice((5, 20, 35))))
    head = draw(rng, patient, laboratory, at, "SCREENING")
    amounts = {
        code: _amount(rng, patient, course.treatments[0], ANALYTES[code], person[code], at)
        for code in LIVER_PANEL
        if code in laboratory.panel
    }
    return [head | printed(laboratory, patient, ANALYTES[code], amount) for code, amount in amounts.items()]


def draw(rng: random.Random, patient: Patient, laboratory: Laboratory, at: dt.datetime, visit: str) -> Row:
    """What the results of one draw share."""
    order = f"{patient.site[1:]}{patient.number:03d}{(at.date() - dt.date(2020, 1, 1)).days:05d}{at.hour:02d}"
    return _head(rng, patient, laboratory, at, visit, order)


def afp_at(rng: random.Random, patient: Patient, course: Course, treatment: Treatment, day: dt.date) -> float:
    """AFP in ng/mL: a fall or rise to `ratio` at four weeks, on to a nadir, then up with the disease."""
    t = (day - treatment.start).days
    character = patient.character
    if character is not None:
        wanted = dict(character.draws).get(t + 1, 1.0 if t <= 0 else character.ratio)
        return patient.afp * wanted
    noise = math.exp(rng.gauss(0, 0.04))
    base = patient.afp if treatment is course.treatments[0] else patient.afp * 1.8
    if t <= 0:
        return base * noise
    level = treatment.ratio ** (min(t, 28) / 28)
    if t > 28 and treatment.ratio < 1:
        level *= treatment.ratio ** (0.35 * min(t - 28, 70) / 70)
    turn = (course.progression - treatment.start).days - 40 if course.progression else 200
    if t > max(28, turn):
        level *= math.exp(min(3.0, 0.010 * (t - max(28, turn))))
    return min(4_000_000.0, base * level * noise)


def _draws(
    rng: random.Random, patient: Patient, course: Course, treatment: Treatment, laboratory: Laboratory
) -> list[tuple[dt.datetime, str]]:
    """When blood is drawn, in order: screening, the weeks around day 29 by the site's habit, then every six weeks."""
    until = min(course.last_day, (treatment.end + AFTER_STOP) if treatment.end else course.last_day)
    if patient.character is not None:
        days = [(-6, "SCREENING"), *((day, "WEEK4") for day, _ in patient.character.draws)]
    else:
        days = [(-rng.randint(2, 12), "SCREENING"), *_week_4(rng, laboratory, treatment.arm)]
        days += [(day + round(rng.gauss(0, 2)), visit) for day, visit in LATER_VISITS]
    planned = []
    for day, visit in days:
        date = treatment.start + dt.timedelta(days=day if day < 0 else day - 1)
        planned.append(
            (dt.datetime.combine(date, dt.time(rng.randint(6, 9), rng.choice((5, 15, 25, 40)))), visit)
        )
    if laboratory.day_1 and patient.character is None and rng.random() < 0.4:
        hour = 7 if rng.random() < 0.7 else 14  # before the dose, or after it: then it is no baseline
        planned.insert(1, (dt.datetime.combine(treatment.start, dt.time(hour, 10)), "DAY1"))
    return [(at, visit) for at, visit in planned if at.date() <= until]


def _week_4(rng: random.Random, laboratory: Laboratory, arm: str) -> list[tuple[int, str]]:
    chance = rng.random()
    if chance < NO_WEEK_4:
        return []
    if chance < NO_WEEK_4 + LATE_WEEK_4:
        return [(rng.randint(38, 41), "WEEK4")]
    if chance < NO_WEEK_4 + LATE_WEEK_4 + EARLY_WEEK_4:
        return [(rng.randint(16, 20), "WEEK4")]
    days = [(22, "DAY22")] if arm in laboratory.day_22 else []
    if arm in laboratory.day_29:
        days.append((min(36, max(23, 29 + round(rng.gauss(0, laboratory.spread_days)))), "WEEK4"))
    return days


def _head(
    rng: random.Random, patient: Patient, laboratory: Laboratory, at: dt.datetime, visit: str, order: str
) -> Row:
    received = at + dt.timedelta(minutes=rng.randint(20, 180))
    return {
        "SITEID": patient.site, "USUBJID": patient.usubjid, "REF": order, "VISIT": visit, "LBDTC": at,
        "LBRCVDTC": received, "LBMETHOD": laboratory.platform, "STATUS": "F", "REVISION": 1,
        "ENTERED": at.date() + dt.timedelta(days=rng.choice((1, 1, 1, 2, 3))), "DIRT": "",
    }  # fmt: skip


def _afp(rng: random.Random, laboratory: Laboratory, ng_ml: float) -> Row:
    """The AFP result as this laboratory prints it: in its unit, rounded as it rounds, cut at its limits."""
    in_iu = laboratory.afp_unit == "IU/mL"
    return {
        "LBTESTCD": "AFP", "LBLOINC": AFP_LOINC["IU/mL" if in_iu else "ng/mL"], "LBSPEC": "SERUM",
        "LBORRES": afp_text(laboratory, ng_ml), "LBORRESU": laboratory.afp_unit, "LBORNRLO": "0",
        "LBORNRHI": f"{AFP_NORMAL_NG_ML / (NG_IN_IU if in_iu else 1):.1f}",
    }  # fmt: skip


def afp_text(laboratory: Laboratory, ng_ml: float) -> str:
    """How this laboratory prints so much AFP."""
    amount = ng_ml / NG_IN_IU if laboratory.afp_unit == "IU/mL" else ng_ml
    low, high = laboratory.afp_limits
    if amount < low:
        return f"<{low:g}"
    if amount > high:
        return f">{high:g}"
    return f"{amount:.{2 if amount < 100 else 1 if amount < 1000 else 0}f}"


def _amount(
    rng: random.Random, patient: Patient, treatment: Treatment, analyte: Analyte, own: float, at: dt.datetime
) -> float:
    """How much there is, in SI units: the patient's own level, the drug's usual effect, a little noise."""
    weeks = max(0.0, (at.date() - treatment.start).days / 7)
    amount = analyte.typical * own ** (0.6 * analyte.spread) * math.exp(rng.gauss(0, 0.3 * analyte.spread))
    if patient.child_pugh == "B" and analyte.code in ("ALB", "BILI"):
        amount *= 0.86 if analyte.code == "ALB" else 1.7
    return amount * math.exp(_drug_effect(treatment.arm, analyte.code) * min(1.0, weeks / 8))


def limits(patient: Patient, analyte: Analyte) -> tuple[float, float]:
    """The laboratory's range for this patient, in SI units."""
    return analyte.men if patient.sex == "M" else analyte.women


def printed(laboratory: Laboratory, patient: Patient, analyte: Analyte, amount: float) -> Row:
    """One result of the panel as this laboratory prints it, with its range."""
    low, high = limits(patient, analyte)
    unit, divide, digits = analyte.unit, 1.0, analyte.digits
    if laboratory.us_units and analyte.us is not None:
        unit, divide, digits = analyte.us
    shown = max(analyte.digits, digits)
    return {
        "LBTESTCD": analyte.code, "LBLOINC": analyte.loinc, "LBSPEC": analyte.specimen,
        "LBORRES": f"{amount / divide:.{digits}f}", "LBORRESU": unit,
        "LBORNRLO": f"{low / divide:.{shown}f}", "LBORNRHI": f"{high / divide:.{shown}f}",
    }  # fmt: skip


def _urine(seed: int, patient: Patient, treatment: Treatment, at: dt.datetime) -> Row:
    """Protein on the test strip, in words: more of it under anlotinib."""
    rng = stream(seed, "urine", patient.number, at)
    weeks = max(0.0, (at.date() - treatment.start).days / 7)
    level = rng.gauss(0, 0.7) + min(1.0, weeks / 6) * (1.0 if treatment.arm == "ANL" else 0.4)
    strip = STRIP[max(0, min(len(STRIP) - 1, round(level)))]
    return {"LBTESTCD": "UPROT", "LBLOINC": "20454-5", "LBSPEC": "URINE", "LBORRES": strip, "LBORRESU": "",
            "LBORNRLO": "", "LBORNRHI": ""}  # fmt: skip


def _drug_effect(arm: str, code: str) -> float:
    """Logarithm of the change after eight weeks of treatment."""
    effects = {
        "ALT": 0.12,
        "AST": 0.15,
        "BILI": 0.08,
        "ALB": -0.03,
        "PLAT": -0.16,
        "WBC": -0.12,
        "NEUT": -0.14,
    }
    if arm == "ANL":
        effects = effects | {"TSH": 0.75, "PLAT": -0.24}
    return effects.get(code, 0.0)

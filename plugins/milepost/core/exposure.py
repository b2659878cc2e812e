"""Exposure: how long, how much, and how much of what was planned (relative dose intensity), for each line of therapy.

The planned amount follows the drug's regimen: on the days off of a cycle nothing is planned, and a pause of their
length is no interruption. The planned dose is the patient's own starting dose, unless the protocol fixes one. Source:
clinical specification, section 3.6 and trap 6.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from milepost.core.dose_amounts import amounts, days_taken
from milepost.core.dose_checks import DEATH, END, OTHER_DRUG, QUESTIONS, contradictions, unclear_amounts
from milepost.core.dose_records import ENDS, Course, Dose, closed, to_courses, to_doses
from milepost.core.problems import to_problems
from milepost.core.regimens import regimen_of
from milepost.core.treatment_ends import consent_days, stop_reasons
from milepost.protocol import StudyProtocol, Treatment

EXPOSURE_COLUMNS = (
    "USUBJID", "SITEID", "LINE", "ARMCD", "TREATMENT", "TRTSDT", "TRTEDT", "TRTDURD", "NCYCLES", "DOSEDAYS",
    "STARTDOSE", "CUMDOSE", "PLANDOSE", "RDI", "NREDUCE", "NINTERRUPT", "LASTDOSELEVEL", "ONGOING", "STOPREASON",
    "REASON", "SRC", "DATAERR",
)  # fmt: skip


class Exposure(NamedTuple):
    """exposure: one row a line, of the drug it began with. problems: what to ask the sites. drugs: the same columns,
    one row a line and drug, for lines in which several are given."""

    exposure: pd.DataFrame
    problems: pd.DataFrame
    drugs: pd.DataFrame


def derive_exposure(
    ex: pd.DataFrame,
    lines: pd.DataFrame,
    ds: pd.DataFrame,
    *,
    protocol: StudyProtocol,
    as_of: dt.date,
    dm: pd.DataFrame | None = None,
) -> Exposure:
    """Exposure of every line in `lines`, as known at the cut-off: later doses are not seen, running ones end with it.

    Needs the record frames of EX and DS and `derive_lines`; dm, where given, tells the line at enrolment and the date
    of consent (else the milestone INFORMED CONSENT OBTAINED of DS does).

    Columns: TREATMENT; TRTSDT, TRTEDT (first and last day of dosing, datetime64); TRTDURD (days, both included);
    NCYCLES (cycles begun; empty for a drug taken every day); DOSEDAYS (days of intake); STARTDOSE, CUMDOSE, PLANDOSE
    (mg, Decimal: of a day of intake at the start, taken in all, planned from TRTSDT to TRTEDT); RDI (100 x CUMDOSE /
    PLANDOSE, Decimal, %); NREDUCE (times the dose fell); NINTERRUPT (pauses between two doses longer than the regimen's
    days off); LASTDOSELEVEL (as reported); ONGOING (bool: dosing goes on at the cut-off as far as known, days off
    included); STOPREASON
    (why the line was stopped); REASON (a key of dose_checks.REASONS: why there is no amount); SRC; DATAERR: then
    amounts, counts and RDI are empty, and the last day too where it is what is wrong.
    """
    day = as_of.toordinal()
    doses = to_doses(ex, lines, protocol=protocol, as_of=as_of, dm=dm)
    courses = to_courses(lines, as_of)
    reasons = stop_reasons(lines, ds, as_of)
    consents = consent_days(ds, dm)
    treatments = {drug.code: drug for drug in protocol.treatments}
    given_together = {arm.code: set(arm.treatments) for arm in protocol.arms}
    made: list[dict[str, Any]] = []
    asked: list[dict[str, Any]] = []
    for row in lines[["USUBJID", "SITEID", "LINE", "ARMCD", "TREATMENT"]].to_dict("records"):
        key = (row["USUBJID"], int(row["LINE"]))
        of_line = doses.get(key, [])
        course = courses[key]
        drugs = list(
            dict.fromkeys([d.drug for d in of_line if d.drug == row["TREATMENT"]] + [d.drug for d in of_line])
        )
        for drug in drugs:
            mine = [dose for dose in of_line if dose.drug == drug]
            values, rules = _of_drug(mine, course, treatments.get(drug), consents.get(row["USUBJID"]), day)
            made.append({**row, "TREATMENT": drug, **values, **_stopped(values, reasons.get(key), course)})
            asked += [_problem(row, dose_key, rule) for dose_key, rule in rules]
        # a study that names no drugs takes every name for one
        if len(drugs) > 1 and treatments and not set(drugs) <= given_together.get(row["ARMCD"], set()):
            other = next(dose for dose in of_line if dose.drug != drugs[0])
            asked.append(_problem(row, other.key, OTHER_DRUG))
        if not drugs:
            made.append({**row, "ONGOING": False, "REASON": "NOT_TREATED", "SRC": ()})
    every = _frame(made)
    first = every.drop_duplicates(["USUBJID", "LINE"]).reset_index(drop=True)
    dosed = every["REASON"].ne("NOT_TREATED").to_numpy(bool)
    return Exposure(first, to_problems(asked), every[dosed].reset_index(drop=True))


def _of_drug(
    doses: list[Dose], course: Course, treatment: Treatment | None, consent: int | None, as_of: int
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The row of one drug of one line, and the rules its records break."""
    regimen = regimen_of(treatment)
    taken, goes_on, ended_by = closed(doses, course, as_of)
    asked = list(contradictions(taken, course, consent))
    error = asked[0][1] if asked else None
    unclear = list(unclear_amounts(taken))
    asked += [(key, rule) for key, rule, _ in unclear if rule is not None]
    start = min((dose.first for dose in taken if dose.first == dose.told_first), default=None)
    end = max(dose.last or dose.first for dose in taken)
    last_day = None if error in (END, DEATH) else end
    duration = None if start is None or last_day is None else last_day - start + 1
    if not goes_on and ended_by is None and (later := course.end_of(end)) is not None:
        ended_by = later[1]
    # in the days off of a cycle nothing is taken, and nothing has stopped
    goes_on = goes_on or (ended_by is None and regimen.off > 0 and as_of - end <= regimen.off)
    values: dict[str, Any] = {
        "TRTSDT": start, "TRTEDT": last_day, "TRTDURD": duration,
        "LASTDOSELEVEL": taken[-1].shown, "ONGOING": goes_on, "ENDEDBY": ended_by, "DATAERR": error,
        "REASON": unclear[0][2] if unclear and error is None else None,
        "SRC": tuple(f"EX|{dose.key}" for dose in taken),
    }  # fmt: skip
    if error is None and not any(dose.partial for dose in taken):
        days = days_taken(taken, regimen)
        values |= {
            "NCYCLES": regimen.cycles(days) if regimen.cycle_days > 1 else None,
            "NINTERRUPT": int((np.diff(days) - 1 > regimen.off).sum()),
        }
        if not unclear and duration is not None:
            values |= amounts(taken, regimen, treatment, duration)
    return values, asked


def _stopped(values: dict[str, Any], stop: tuple[str, str] | None, course: Course) -> dict[str, Any]:
    if stop is not None:
        return {"STOPREASON": stop[0], "SRC": (*values["SRC"], f"DS|{stop[1]}"), "ONGOING": False}
    return {"STOPREASON": ENDS.get(values["ENDEDBY"] or "")}


def _problem(row: dict[str, Any], key: str, rule: str) -> dict[str, Any]:
    return {
        "USUBJID": row["USUBJID"], "SITEID": row["SITEID"], "LINE": int(row["LINE"]), "DOMAIN": "EX", "RECKEY": key,
        "RULE": rule, "SEVERITY": "warning", "QUESTION": QUESTIONS[rule],
    }  # fmt: skip


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(EXPOSURE_COLUMNS), dtype=object)
    days = {
        name: frame[name].map(lambda day: None if pd.isna(day) else dt.date.fromordinal(int(day)))
        for name in ("TRTSDT", "TRTEDT")
    }
    counts = ("TRTDURD", "NCYCLES", "DOSEDAYS", "NREDUCE", "NINTERRUPT")
    objects = [name for name in frame if name not in (*days, *counts)]
    frame[objects] = frame[objects].where(frame[objects].notna(), None)
    return frame.assign(
        **{name: pd.to_datetime(values) for name, values in days.items()},
        **{name: frame[name].astype("Int64") for name in counts},
        LINE=frame["LINE"].astype(int), ONGOING=frame["ONGOING"].astype(bool),
    )  # fmt: skip

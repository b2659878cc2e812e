"""What each patient's verdict must be on the last night, worked out a second, plain way from the true facts.

Written apart from `core` and by hand from the clinical specification (section 3), with the default study's numbers
typed in: an acceptance test of the whole path compares the two. Patients whose verdict depends on planted dirt, on a
censored result or on a tie are left out; so are those still under way, but for the characters of the last nights.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from milepost.simulator.dirt import BESIDE_THE_CHECKPOINT
from milepost.simulator.history import History

SETTLED_DAYS = 43 + 45  # the checkpoint is over and every file about it has come
COLUMNS = ["USUBJID", "SITEID", "LINE", "STATE", "REASON"]
Result = tuple[dt.datetime, str, str]


def expected_verdicts(history: History) -> pd.DataFrame:
    """One row a patient and line whose verdict is beyond doubt: USUBJID, SITEID, LINE (text), STATE, REASON."""
    planted = history.planted
    spoilt = set(planted.loc[~planted["kind"].isin(BESIDE_THE_CHECKPOINT), "usubjid"])
    starts, stops, facts = _starts(history), _stops(history), history.people.set_index("USUBJID")
    results = _afp(history)
    rows: list[dict[str, Any]] = []
    for patient in history.patients:
        head = {"USUBJID": patient.usubjid, "SITEID": patient.site}
        if patient.character is not None:
            part = patient.character
            rows.append(head | {"LINE": "1", "STATE": part.ends_as, "REASON": part.reason})
        elif patient.first_dose is None:
            rows.append(head | {"LINE": str(patient.line), "STATE": "NOT_STARTED", "REASON": "NEVER_TREATED"})
        elif patient.usubjid not in spoilt:
            for line, first_dose in starts.get(patient.usubjid, {}).items():
                if first_dose.date() + dt.timedelta(days=SETTLED_DAYS) <= history.end:
                    ends = _ends(
                        facts.loc[patient.usubjid], stops.get((patient.usubjid, line)), first_dose.date()
                    )
                    verdict = _judge(results.get(patient.usubjid, ()), first_dose, ends)
                    rows += [
                        head | {"LINE": line, "STATE": state, "REASON": reason} for state, reason in verdict
                    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _starts(history: History) -> dict[str, dict[str, dt.datetime]]:
    """First dose of each line of each patient, with its time."""
    starts: dict[str, dict[str, dt.datetime]] = {}
    for usubjid, line, start in history.forms["EX"][["USUBJID", "EXLINE", "EXSTDTC"]].itertuples(index=False):
        if isinstance(start, dt.datetime):
            starts.setdefault(usubjid, {}).setdefault(line, start)
    return starts


def _stops(history: History) -> dict[tuple[str, str], dt.date]:
    stopped = history.forms["DS"].query("DSDECOD == 'DRUG DISCONTINUED'")
    return {(row.USUBJID, row.DSLINE): row.DSSTDTC for row in stopped.itertuples(index=False)}


def _afp(history: History) -> dict[str, list[Result]]:
    results: dict[str, list[Result]] = {}
    afp = history.labs[history.labs["LBTESTCD"] == "AFP"]
    for usubjid, at, text, unit in afp[["USUBJID", "LBDTC", "LBORRES", "LBORRESU"]].itertuples(index=False):
        results.setdefault(usubjid, []).append((at, text, unit))
    return results


def _ends(facts: Any, stopped: dt.date | None, first_dose: dt.date) -> list[tuple[int, int, str]]:
    """(study day, last day on which it ends the checkpoint, reason), in the order in which reasons are given."""
    found = ((facts["DEATH"], 36, "DIED"), (facts["WITHDREW"], 36, "WITHDREW"), (facts["LOST"], 36, "LOST"),
             (stopped, 21, "DISCONTINUED"))  # fmt: skip
    return [(_study_day(day, first_dose), last, why) for day, last, why in found if isinstance(day, dt.date)]


def _study_day(day: dt.date, first_dose: dt.date) -> int:
    days = (day - first_dose).days
    return days + 1 if days >= 0 else days


def _judge(
    results: Sequence[Result], first_dose: dt.datetime, ends: Sequence[tuple[int, int, str]]
) -> list[tuple[str, str | None]]:
    """The verdict as a list of one, or of none where it is not beyond doubt."""
    by_day = [(_study_day(at.date(), first_dose.date()), at, text, unit) for at, text, unit in results]
    before = [row for row in by_day if -28 <= row[0] and row[1] < first_dose]
    window = sorted((row for row in by_day if 22 <= row[0] <= 36), key=lambda row: abs(row[0] - 29))
    if not window:
        return [_without_sample({row[0] for row in by_day}, ends)]
    if len(window) > 1 and abs(window[0][0] - 29) == abs(window[1][0] - 29):
        return []
    if not before:
        return [("NOT_EVALUABLE", "NO_BASELINE")]
    _, _, base, unit = max(before, key=lambda row: row[1])
    _, _, now, _ = window[0]
    if base[0] in "<>" or now[0] in "<>":
        return []
    if Decimal(base) * (Decimal("1.21") if unit == "IU/mL" else 1) < 20:
        return [("NOT_EVALUABLE", "BASELINE_BELOW_MIN")]
    return [("RESPONDER" if Decimal(now) * 4 <= Decimal(base) * 3 else "NON_RESPONDER", None)]


def _without_sample(days: set[int], ends: Sequence[tuple[int, int, str]]) -> tuple[str, str | None]:
    for day, last, why in ends:
        if day <= last:
            return "NOT_REACHED", why
    early, late = any(2 <= day <= 21 for day in days), any(37 <= day <= 50 for day in days)
    reason = "EARLY_AND_LATE" if early and late else "EARLY_ONLY" if early else "LATE_ONLY" if late else None
    return "MISSED", reason

"""From when to when an adverse event counts as treatment-emergent, and how long each patient was watched for one.

As seen on the data cut-off: doses after it are not known, so a drug taken up again later does not reach back.
Source: clinical specification, sections 3.3 and 7.2 (onset from first dose to 30 days after the last dose).
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from milepost.core.dosing import last_dose_by
from milepost.core.partial_dates import second_of_day

PERIOD_COLUMNS = (
    "USUBJID",
    "LINE",
    "SITEID",
    "ARMCD",
    "START",
    "SECOND",
    "LAST",
    "EMERGENTTO",
    "UNTIL",
    "DEATH",
)
_END_OF_DAY = 86_399
_ONE_DAY = pd.Timedelta(days=1)


class Period(NamedTuple):
    """One line of therapy of a patient. Days are ordinals (1 = 0001-01-01).

    start None: not treated as far as known. second: time of first dose, 0 where it is not known. emergent_to: last
    day on which an onset is treatment-emergent (None: no end yet).
    """

    line: int
    site: str
    arm: str | None
    start: int | None
    second: int
    emergent_to: int | None

    def begun_by(self, day: int, second: int | None) -> bool:
        """Whether the first dose had been taken by then. A day without a time counts as its end: on the day of first
        dose an event may be due to the drug."""
        if self.start is None:
            return False
        return (self.start, self.second) <= (day, _END_OF_DAY if second is None else second)


def derive_emergent_periods(lines: pd.DataFrame, *, emergent_days: int, as_of: dt.date) -> pd.DataFrame:
    """One row for each line: START (first dose; NaT where none by the cut-off), SECOND (its second of day, 0 where not
    known), LAST (last dose by the cut-off; the cut-off while dosing goes on), EMERGENTTO (last day of the emergent
    period, NaT while dosing goes on), UNTIL (last day under observation for it), DEATH.

    UNTIL is the earliest of EMERGENTTO, the cut-off, death, withdrawal of consent, loss to follow-up and the day before
    the next line's first dose (the day before START where both began on one day, so that no day is watched twice);
    other ends dated before the first dose are not believed here (they are asked elsewhere).
    Lines may come without ARMCD, as the open report's do; it is empty then.
    """
    cut = pd.Timestamp(as_of)
    start = lines["FIRSTDOSE"].where(lines["FIRSTDOSE"] <= cut)
    last, ongoing = _last_doses(lines, as_of)
    last = last.where(start.notna())
    emergent_to = (last + pd.Timedelta(days=emergent_days)).where(~ongoing)
    following = _next_start(lines.assign(START=start))
    ends = pd.DataFrame(
        {
            "EMERGENTTO": emergent_to,
            "CUT": pd.Series(cut, index=lines.index),
            "NEXT": following - _ONE_DAY,
            **{name: lines[name] for name in ("DEATH", "WITHDREW", "LOST")},
        }
    )
    believed = ends.where(ends.ge(start, axis=0)).assign(NEXT=ends["NEXT"])
    seconds = [
        second_of_day(time) or 0
        for time in lines["FIRSTDOSETM"].astype(object).where(lines["FIRSTDOSETM"].notna(), None)
    ]
    periods = lines.reindex(columns=["USUBJID", "LINE", "SITEID", "ARMCD"]).assign(
        START=start, SECOND=seconds, LAST=last, EMERGENTTO=emergent_to, UNTIL=believed.min(axis=1).where(start.notna()),
        DEATH=lines["DEATH"],
    )  # fmt: skip
    return periods[list(PERIOD_COLUMNS)].reset_index(drop=True)


def to_periods(periods: pd.DataFrame) -> dict[str, list[Period]]:
    """Of each subject its lines in the order in which they began, those not begun last."""
    ordered = periods.sort_values(["USUBJID", "START", "LINE"], na_position="last", kind="stable")
    found: dict[str, list[Period]] = {}
    for subject, line, site, arm, start, second, to in zip(
        *(
            ordered[name].tolist()
            for name in ("USUBJID", "LINE", "SITEID", "ARMCD", "START", "SECOND", "EMERGENTTO")
        ),
        strict=True,
    ):
        arm_or_none = arm if isinstance(arm, str) else None
        found.setdefault(subject, []).append(
            Period(int(line), site, arm_or_none, _ordinal(start), int(second), _ordinal(to))
        )
    return found


def _ordinal(day: Any) -> int | None:
    return None if day is pd.NaT or day is None else int(day.toordinal())


def _last_doses(lines: pd.DataFrame, as_of: dt.date) -> tuple[pd.Series, pd.Series]:
    """Last dose by the cut-off, and whether dosing goes on at the cut-off as far as known."""
    cut = pd.Timestamp(as_of)
    day = (cut - pd.Timestamp(0)).days
    known = last_dose_by(lines["DOSES"], np.full(len(lines), day, dtype=np.int64))
    last = pd.Series(
        [pd.NaT if found is None else pd.Timestamp(0) + pd.Timedelta(days=found) for found in known],
        index=lines.index, dtype="datetime64[ns]",
    )  # fmt: skip
    running = [
        isinstance(spans, tuple)
        and any(since <= day and (until is None or until > day) for since, until in spans)
        for spans in lines["DOSES"]
    ]
    # lines that come without their doses are taken by their last dose alone
    untold = ~lines["DOSES"].map(lambda spans: isinstance(spans, tuple)).astype(bool)
    goes_on = lines["ONGOING"].eq(True) | (lines["LASTDOSE"] > cut)
    last = last.where(~untold, lines["LASTDOSE"].where(~goes_on, cut))
    return last, pd.Series(running, index=lines.index).where(~untold, goes_on).astype(bool)


def _next_start(lines: pd.DataFrame) -> pd.Series:
    """First dose of the line that began next; NaT where none has."""
    ordered = lines.sort_values(["USUBJID", "START", "LINE"], na_position="last", kind="stable")
    following = ordered.groupby("USUBJID", sort=False)["START"].shift(-1)
    return following.reindex(lines.index)

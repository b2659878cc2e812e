"""CDISC study days: the day of first dose is day 1, the day before is day -1, and there is no day 0.

Source: clinical specification section 3.3.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd


def study_day(day: dt.date, first_dose: dt.date) -> int:
    """The study day of a calendar day, both local to the site."""
    apart = (day - first_dose).days
    return apart + 1 if apart >= 0 else apart


def calendar_day(day: int, first_dose: dt.date) -> dt.date:
    """The calendar day of a study day. There is no day 0: asking for it raises ValueError."""
    if day == 0:
        raise ValueError("there is no study day 0: the day before first dose is day -1")
    return first_dose + dt.timedelta(days=day - 1 if day > 0 else day)


def derive_study_day(
    frame: pd.DataFrame, *, date: str = "ADT", reference: str = "FIRSTDOSE", into: str = "ADY"
) -> pd.DataFrame:
    """Add the study day of each row's date.

    Needs two datetime64 columns, `date` and `reference`; adds `into` (Int64), empty where either date is.
    """
    apart = (frame[date] - frame[reference]).dt.days
    days = apart.where(apart < 0, apart + 1)
    return frame.assign(**{into: days.astype("Int64")})

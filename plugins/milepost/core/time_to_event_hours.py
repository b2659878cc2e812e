"""By how much a time to event is longer or shorter than whole days, where the protocol counts the time of day.

A time of day that nobody tells is the beginning of its day: a scan, a day of death that was imputed, the cut-off.
"""

from __future__ import annotations

import pandas as pd

from milepost.core.partial_dates import second_of_day

_KEYS = ["USUBJID", "LINE"]
_FROM_RESPONSE = ("RSD", "CRSD")  # a response has no time of day


def derive_hours(adtte: pd.DataFrame, people: pd.DataFrame, *, from_first_dose: bool) -> pd.Series:
    """Of each row the time of day of its end minus that of its start (timedelta, less than a day either way).

    adtte: USUBJID, LINE, PARAMCD, CNSR, SRCVAR (what the end rests on). people: one row a line with FIRSTDOSETM (text),
    DTHTM and LSTALVTM (timedelta, of `core.follow_up`), LSTALVDT, ALIVE (day of censoring). from_first_dose: time
    counts from first dose; a randomisation has no time of day.
    """
    seconds = [_second(time) if from_first_dose else 0 for time in people["FIRSTDOSETM"]]
    told = people[_KEYS].assign(
        START=pd.to_timedelta(seconds, unit="s"),
        DEATH=people["DTHTM"],
        ALIVE=people["LSTALVTM"].where(people["LSTALVDT"].eq(people["ALIVE"])),
    )
    told = adtte[[*_KEYS, "PARAMCD", "CNSR", "SRCVAR"]].merge(told, on=_KEYS, how="left", validate="m:1")
    died = told["SRCVAR"].eq("DTHDTC") & told["CNSR"].eq(0)
    end = told["DEATH"].where(died, told["ALIVE"].where(told["SRCVAR"].eq("LSTALVDT")))
    start = told["START"].where(~told["PARAMCD"].isin(_FROM_RESPONSE))
    midnight = pd.Timedelta(0)
    return end.fillna(midnight) - start.fillna(midnight)


def _second(time: object) -> int:
    return (second_of_day(time) if isinstance(time, str) else None) or 0

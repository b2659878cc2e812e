"""How long each treated patient was watched for adverse events, and on which day of that time each event came.

Rates by time and times to the first event are made from the same days. Source: clinical specification, section 7.2.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from milepost.core.event_counts import select_safety_set
from milepost.core.event_periods import derive_emergent_periods
from milepost.protocol import StudyProtocol

_LINE = ["USUBJID", "LINE"]


def select_watched_lines(
    lines: pd.DataFrame, *, protocol: StudyProtocol, as_of: dt.date, kept: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The treated lines with START (first dose), UNTIL (last day watched, see `derive_emergent_periods`), DAYS (from
    START to UNTIL, both included) and DIEDFL (True: death ended the watch).

    kept: USUBJID and LINE of the lines to be kept; without it all are. The others are needed too, since a next line
    ends the watch of the one before; of two begun on one day the first is watched for 0 days.
    """
    treated = select_safety_set(lines, as_of=as_of)
    periods = derive_emergent_periods(lines, emergent_days=protocol.safety.emergent_days, as_of=as_of)
    periods = periods[[*_LINE, "START", "UNTIL"]]
    treated = treated.merge(periods, on=_LINE, how="left", validate="1:1")
    if kept is not None:
        treated = treated.merge(kept[_LINE], on=_LINE, how="inner", validate="1:1")
    return treated.assign(
        DAYS=(treated["UNTIL"] - treated["START"]).dt.days + 1, DIEDFL=treated["UNTIL"].eq(treated["DEATH"])
    )


def derive_days_before(watched: pd.DataFrame) -> pd.DataFrame:
    """Add BEFORE: for how many days the earlier of these lines of the patient were watched, 0 for the first.

    So the lines of a patient are one course of time, in the order in which they began. The days between two of them on
    which nobody was watched are not in it.
    """
    ordered = watched.sort_values(["START", "LINE"], kind="stable")
    return watched.assign(BEFORE=ordered.groupby("USUBJID")["DAYS"].cumsum() - ordered["DAYS"])


def derive_onsets_in_time(adae: pd.DataFrame, watched: pd.DataFrame) -> pd.DataFrame:
    """The treatment-emergent events of the watched lines: USUBJID, LINE, ATERM, AESI, FIRSTDAYS (days from first dose
    to onset, both included) and UNDATED (True: no part of the onset's date can be used).

    An event without a usable onset counts from the first day; none comes after the end of the time it is counted in.
    """
    columns = [*_LINE, "ASTDT", "ASTDTF", "ATERM", "AESI"]
    events = adae.loc[adae["TRTEMFL"].eq("Y").to_numpy(bool), columns]
    events = events.merge(
        watched[[*_LINE, "START", "DAYS"]].astype({"LINE": "Int64"}), on=_LINE, how="inner", validate="m:1"
    )
    days = (events["ASTDT"] - events["START"]).dt.days + 1
    undated = events["ASTDT"].isna() | events["ASTDTF"].eq("Y")
    return events.assign(
        FIRSTDAYS=np.clip(days.fillna(1), 1, events["DAYS"].clip(lower=1)), UNDATED=undated.astype(bool)
    )

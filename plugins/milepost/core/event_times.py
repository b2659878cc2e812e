"""How long it took until a patient first had an event of special interest, or until nobody could tell any more.

Source: clinical specification, section 7.2 ("time to first AESI").
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from milepost.core.watched_time import derive_days_before, derive_onsets_in_time
from milepost.protocol import StudyProtocol

NEITHER, EVENT, DIED = 0, 1, 2


def derive_times_to_first(
    adae: pd.DataFrame, watched: pd.DataFrame, *, protocol: StudyProtocol
) -> pd.DataFrame:
    """One row for each group of `safety.interest` and treated patient: AESI, USUBJID, DAYS, STATUS, UNDATED.

    watched: as `select_watched_lines` gives it; several lines of a patient are one course of the days watched, without
    those between them (`derive_days_before`). DAYS counts from first dose (day 1) to the first treatment-emergent event
    of the group (STATUS 1), else to death (2) or to the end of the time watched (0), the day itself included; an event
    on the day of death is an event. UNDATED: the first event has no usable onset, so it stands at day 1. Sorted by the
    protocol's order of groups, then by patient.
    """
    course = derive_days_before(watched).astype({"LINE": "Int64"})
    onsets = derive_onsets_in_time(adae, watched).merge(
        course[["USUBJID", "LINE", "BEFORE"]], on=["USUBJID", "LINE"], how="left", validate="m:1"
    )
    onsets = onsets.assign(FIRSTDAYS=onsets["FIRSTDAYS"] + onsets["BEFORE"])
    ordered = course.sort_values(["USUBJID", "START", "LINE"], kind="stable")
    people = ordered.groupby("USUBJID", as_index=False).agg(DAYS=("DAYS", "sum"), DIEDFL=("DIEDFL", "last"))
    parts = [
        _of_group(onsets[_named(onsets["AESI"], group.id)], people).assign(AESI=group.id)
        for group in protocol.safety.interest
    ]
    none = pd.DataFrame({"AESI": [], "USUBJID": [], "DAYS": [], "STATUS": [], "UNDATED": []})
    told = pd.concat(parts, ignore_index=True) if parts else none
    return told[["AESI", "USUBJID", "DAYS", "STATUS", "UNDATED"]]


def _named(groups: pd.Series, id_: str) -> np.ndarray:
    return np.array([id_ in named for named in groups], dtype=bool)


def _of_group(onsets: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    # of two on one day the dated one stands
    first = onsets.sort_values(["USUBJID", "FIRSTDAYS", "UNDATED"], kind="stable").drop_duplicates("USUBJID")
    told = people.merge(first[["USUBJID", "FIRSTDAYS", "UNDATED"]], on="USUBJID", how="left", validate="1:1")
    had = told["FIRSTDAYS"].notna()
    status = np.where(had, EVENT, np.where(told["DIEDFL"], DIED, NEITHER))
    return told.assign(
        DAYS=told["FIRSTDAYS"].where(had, told["DAYS"]).astype(int), STATUS=status,
        UNDATED=told["UNDATED"].eq(True),
    )  # fmt: skip


def summarise_first_days(times: pd.DataFrame) -> pd.DataFrame:
    """Of each group of interest, among the patients who had an event of it: AESI, EVENTS (patients), UNDATED (of them
    without a usable onset), MEDIAN, Q1, Q3 (study day of the first event of the dated ones, empty where there are none;
    quartiles between two days lie proportionally between them, type 7 of Hyndman and Fan 1996) and DAYS (those days in
    order). Sorted as in `derive_times_to_first`.
    """
    rows = []
    for id_, own in times.groupby("AESI", sort=False):
        had = own[own["STATUS"].eq(EVENT)]
        days = np.sort(had.loc[~had["UNDATED"].astype(bool), "DAYS"].to_numpy(dtype=float))
        low, middle, high = np.quantile(days, (0.25, 0.5, 0.75)) if len(days) else (None, None, None)
        rows.append(
            {
                "AESI": id_, "EVENTS": len(had), "UNDATED": len(had) - len(days), "MEDIAN": middle, "Q1": low,
                "Q3": high, "DAYS": tuple(int(day) for day in days),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=["AESI", "EVENTS", "UNDATED", "MEDIAN", "Q1", "Q3", "DAYS"])

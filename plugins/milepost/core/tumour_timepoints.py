"""Which scans make one time point, of which line of therapy.

Baseline: the scans up to and on the day of a line's first dose, not older than the protocol allows and later than the
first dose of the line before. Time points: later scans, up to and on the day of the next line's first dose; a scan of
that day serves both lines. What is scanned after it belongs to the next line, and for the line before is marked
AFTERNEXT: only an analysis that follows a patient regardless of other therapy looks at it. Scans of one reader with the
same visit name, no further apart than the scan window is wide, are one time point; so are scans of one day, and scans
of different lesions within the scan window of each other that name no visit at all. An unscheduled visit is its day.
Source: clinical specification sections 6.1 and 6.6.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from milepost.protocol import StudyProtocol

KEYS = ["USUBJID", "LINE", "READER"]
_DEFAULT_WINDOW = 7


def to_windows(lines: pd.DataFrame, protocol: StudyProtocol) -> pd.DataFrame:
    """One row a treated line: USUBJID SITEID LINE ARMCD FIRSTDOSE, EARLIEST (day of the oldest scan that may be its
    baseline) and NEXT (first dose of the next line, or far in the future)."""
    treated = lines.loc[lines["FIRSTDOSE"].notna(), ["USUBJID", "SITEID", "LINE", "ARMCD", "FIRSTDOSE"]]
    treated = treated.sort_values(["USUBJID", "FIRSTDOSE", "LINE"], ignore_index=True)
    before = treated.groupby("USUBJID")["FIRSTDOSE"].shift(1)
    after = treated.groupby("USUBJID")["FIRSTDOSE"].shift(-1)
    oldest = treated["FIRSTDOSE"] - pd.Timedelta(days=protocol.response.baseline_lookback_days)
    # a scan from before the line before belongs to that line's baseline, never to this one's
    earliest = oldest.where(before.isna() | (before < oldest), before + pd.Timedelta(days=1))
    return treated.assign(EARLIEST=earliest, NEXT=after.fillna(pd.Timestamp("2200-01-01")))


def derive_phase(rows: pd.DataFrame, windows: pd.DataFrame) -> pd.DataFrame:
    """The rows of each line: PHASE is BASE, POST, OLD (before the baseline's look-back) or NONE (no date).

    A scan that ends one line and begins the next stands twice. Adds LINE ARMCD FIRSTDOSE PHASE AFTERNEXT (later than
    the day on which the next line began).
    """
    both = rows.merge(
        windows.rename(columns={"SITEID": "LINESITE"}), on="USUBJID", how="inner", validate="m:m"
    )
    day = both["ADT"]
    phase = np.select(
        [day.isna(), day > both["FIRSTDOSE"], day >= both["EARLIEST"]], ["NONE", "POST", "BASE"], "OLD"
    )
    both = both.assign(PHASE=phase, AFTERNEXT=day > both["NEXT"])
    return both.drop(columns=["EARLIEST", "NEXT"]).reset_index(drop=True)


def window_days(days: pd.Series, protocol: StudyProtocol) -> np.ndarray:
    """The scan window (± days) in force on each study day."""
    schedule = protocol.scans
    if schedule is None:
        return np.full(len(days), _DEFAULT_WINDOW)
    found = np.full(len(days), schedule.window_days)
    for change in schedule.later:
        found = np.where(days.to_numpy() >= change.from_day, change.window_days, found)
    return found


def derive_timepoint(rows: pd.DataFrame, protocol: StudyProtocol) -> pd.Series:
    """The number of the time point of each row (USUBJID LINE READER VISIT ADT FIRSTDOSE AFTERNEXT), in the order of the
    rows. None reaches beyond the day on which the next line began. With LESION (what was looked at) scans without a
    visit name are joined to their neighbours, unless the same was looked at twice.

    The numbers are those of the time point's first row and mean nothing else.
    """
    if not len(rows):
        return pd.Series([], dtype="int64", index=rows.index)
    visit = rows["VISIT"].map(lambda text: " ".join(text.upper().split()) if text else "").astype(object)
    visit = visit.where(~visit.str.contains("UNSCHED|非计划|计划外", regex=True), "")
    dates = rows[[*KEYS, "AFTERNEXT", "ADT"]].assign(VISIT=visit.to_numpy())
    width = 2 * window_days((rows["ADT"] - rows["FIRSTDOSE"]).dt.days + 1, protocol)
    one = [*KEYS, "AFTERNEXT", "VISIT"]
    order = dates.assign(WIDTH=width).sort_values([*one, "ADT"], kind="stable")
    # rows without a visit name stay apart day by day; the same day is joined below
    gap = order["ADT"].diff().dt.days
    same = (order[one] == order[one].shift()).all(axis=1)
    near = (gap <= order["WIDTH"]) & (order["VISIT"] != "") | (gap == 0)
    of_visit = (~(same & near)).cumsum().reindex(rows.index).to_numpy()
    of_day = dates.groupby([*KEYS, "ADT"], sort=False).ngroup().to_numpy()
    groups = [of_visit, of_day]
    if "LESION" in rows:
        groups.append(_of_neighbours(rows, protocol))
    label = np.arange(len(rows))
    while True:
        found = label
        for group in groups:
            found = pd.Series(found).groupby(group).transform("min").to_numpy()
        if (found == label).all():
            return pd.Series(label, index=rows.index)
        label = found


def _of_neighbours(rows: pd.DataFrame, protocol: StudyProtocol) -> np.ndarray:
    """A number for the days of one reading that follow each other within the scan window, name no visit at all, and
    look at different lesions."""
    day_of = [*KEYS, "AFTERNEXT", "ADT"]
    named = rows["VISIT"].map(lambda text: bool(text and text.strip())).astype(bool).to_numpy()
    marked = rows[[*day_of, "FIRSTDOSE"]].assign(NAMED=named, DAY=rows.groupby(day_of, sort=True).ngroup())
    days = marked.groupby("DAY", sort=True).agg(
        {**dict.fromkeys(day_of, "first"), "FIRSTDOSE": "first", "NAMED": "any"}
    )
    width = window_days((days["ADT"] - days["FIRSTDOSE"]).dt.days + 1, protocol)
    reading = day_of[:-1]
    near = (days[reading] == days[reading].shift()).all(axis=1) & (days["ADT"].diff().dt.days <= width)
    near = near & ~days["NAMED"] & ~days["NAMED"].shift(fill_value=True)
    joined = near.to_numpy(copy=True)
    if joined.any():
        some = marked["DAY"].isin([*days.index[joined], *(days.index[joined] - 1)]).to_numpy()
        seen = rows["LESION"][some].groupby(marked["DAY"][some]).agg(frozenset)
        whole: frozenset[object] = frozenset()
        for day in seen.index:
            joined[day] = joined[day] and whole.isdisjoint(seen[day])
            whole = whole | seen[day] if joined[day] else seen[day]
    return np.cumsum(~joined)[marked["DAY"].to_numpy()]


def text_where(holds: pd.Series, text: str) -> pd.Series:
    """The text where it holds, None elsewhere."""
    return pd.Series([text if one else None for one in holds.tolist()], index=holds.index, dtype=object)


def none_for_empty(texts: np.ndarray | pd.Series, index: pd.Index) -> pd.Series:
    """The same texts; an empty one is None."""
    return pd.Series([text or None for text in texts.tolist()], index=index, dtype=object)

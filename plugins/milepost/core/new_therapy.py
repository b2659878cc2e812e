"""The start of another anticancer therapy after a line of therapy began: from then on its scans judge that one too.

Source: clinical specification sections 6.4 and 6.6 (systemic, TACE, radiotherapy, resection, transplant).
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from milepost.core.partial_dates import span


def derive_new_therapy(lines: pd.DataFrame, therapies: pd.DataFrame, *, as_of: dt.date) -> pd.DataFrame:
    """First other anticancer therapy of each line: USUBJID, LINE, NEWTRT (datetime64, empty where there is none).

    It counts from the day after the line's first dose; what came with or before that dose is no new therapy. The first
    dose of a later line is one for the line before. A partial date counts from the first day it may mean that lies
    after first dose: a response is never credited to the study drug when another may have done it.
    """
    keys = ["USUBJID", "LINE"]
    starts = lines[[*keys, "FIRSTDOSE"]]
    given = therapies[["USUBJID", "ADT", "DTC"]].assign(
        LATEST=_latest(therapies), EARLIEST=_earliest(therapies)
    )
    given = given[given["EARLIEST"].notna()].assign(OFLINE=-1)
    later = pd.DataFrame(
        {
            "USUBJID": lines["USUBJID"], "EARLIEST": lines["FIRSTDOSE"], "LATEST": lines["FIRSTDOSE"],
            "OFLINE": lines["LINE"],
        }
    )  # fmt: skip
    later = later[later["EARLIEST"].notna()]
    columns = ["USUBJID", "EARLIEST", "LATEST", "OFLINE"]
    parts = [part[columns] for part in (given, later) if len(part)]
    if not parts:
        return lines[keys].assign(NEWTRT=pd.Series(pd.NaT, index=lines.index, dtype="datetime64[ns]"))
    both = starts.merge(pd.concat(parts, ignore_index=True), on="USUBJID", how="inner", validate="m:m")
    own = both["OFLINE"].eq(both["LINE"])
    both = both[~own & (both["LATEST"] > both["FIRSTDOSE"])]
    day_after = both["FIRSTDOSE"] + pd.Timedelta(days=1)
    both = both.assign(NEWTRT=both["EARLIEST"].where(both["EARLIEST"] > both["FIRSTDOSE"], day_after))
    both = both[both["NEWTRT"] <= pd.Timestamp(as_of)]
    first = both.groupby(keys, sort=False)["NEWTRT"].min().reset_index()
    return lines[keys].merge(first, on=keys, how="left", validate="1:1")


def select_undated_therapies(therapies: pd.DataFrame) -> pd.DataFrame:
    """The therapies whose date says nothing at all: whether they are new cannot be told."""
    return therapies[_earliest(therapies).isna()]


def _earliest(therapies: pd.DataFrame) -> pd.Series:
    return _bound(therapies, 0)


def _latest(therapies: pd.DataFrame) -> pd.Series:
    return _bound(therapies, 1)


def _bound(therapies: pd.DataFrame, which: int) -> pd.Series:
    days = {text: span(text) for text in therapies["DTC"].dropna().unique()}
    meant = pd.to_datetime(
        therapies["DTC"].map({text: pd.Timestamp(pair[which]) for text, pair in days.items() if pair})
    )
    told = pd.to_datetime(therapies["ADT"])
    return told.where(told.notna(), meant)

"""The start of another anticancer therapy after a line of therapy began: from then on its scans judge that one too.

Source: clinical specification sections 6.4 and 6.6 (systemic, TACE, radiotherapy, resection, transplant).
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from milepost.core.partial_dates import span


def derive_new_therapy(lines: pd.DataFrame, therapies: pd.DataFrame, *, as_of: dt.date) -> pd.DataFrame:
    """First other anticancer therapy of each line: USUBJID, LINE, NEWTRT (datetime64, empty where there is none).

    It counts from the day after the line's first dose; what came with or before that dose is no new therapy, nor is
    what had ended (ENDTC, where given) before it. The first dose of a later line is one for the line before. A partial
    date counts from the first day it may mean that lies after first dose: a response is never credited to the study
    drug when another may have done it.
    """
    keys = ["USUBJID", "LINE"]
    later = pd.DataFrame(
        {
            "USUBJID": lines["USUBJID"], "EARLIEST": lines["FIRSTDOSE"], "LATEST": lines["FIRSTDOSE"],
            "ENDED": pd.Series(pd.NaT, index=lines.index, dtype="datetime64[ns]"), "OFLINE": lines["LINE"],
        }
    )  # fmt: skip
    parts = [part for part in (_given(therapies), later[later["EARLIEST"].notna()]) if len(part)]
    if not parts:
        return lines[keys].assign(NEWTRT=pd.Series(pd.NaT, index=lines.index, dtype="datetime64[ns]"))
    both = _after_first_dose(lines, pd.concat(parts, ignore_index=True))
    both = both[both["NEWTRT"] <= pd.Timestamp(as_of)]
    first = both.groupby(keys, sort=False)["NEWTRT"].min().reset_index()
    return lines[keys].merge(first, on=keys, how="left", validate="1:1")


def select_undated_therapies(lines: pd.DataFrame, therapies: pd.DataFrame) -> pd.DataFrame:
    """The therapies whose start says nothing at all: whether they are new cannot be told, unless they ended before."""
    first = therapies["USUBJID"].map(lines.groupby("USUBJID")["FIRSTDOSE"].min())
    over = _meant(_column(therapies, "ENDTC"), 1) < pd.to_datetime(first)
    return therapies[_bound(therapies, 0).isna() & ~over]


def select_partly_dated_therapies(
    lines: pd.DataFrame, therapies: pd.DataFrame, *, as_of: dt.date
) -> pd.DataFrame:
    """Medications with an incomplete start that may have begun after a line's first dose: USUBJID, LINE, RECKEY.

    Whether, and from when on, they are a new therapy hangs on it. Procedures are asked about at the gate.
    """
    given = _given(therapies)
    given = given[(given["EARLIEST"] < given["LATEST"]) & given["DOMAIN"].ne("PR")]
    both = _after_first_dose(lines, given)
    both = both[both["NEWTRT"] <= pd.Timestamp(as_of)]
    return both[["USUBJID", "LINE", "RECKEY"]].sort_values(["USUBJID", "LINE", "RECKEY"], ignore_index=True)


def _given(therapies: pd.DataFrame) -> pd.DataFrame:
    """The dated therapies: USUBJID, EARLIEST and LATEST day they may have begun, ENDED (last day), DOMAIN, RECKEY."""
    given = pd.DataFrame(
        {
            "USUBJID": therapies["USUBJID"], "EARLIEST": _bound(therapies, 0), "LATEST": _bound(therapies, 1),
            "ENDED": _meant(_column(therapies, "ENDTC"), 1), "OFLINE": -1,
            **{name: _column(therapies, name) for name in ("DOMAIN", "RECKEY")},
        }
    )  # fmt: skip
    return given[given["EARLIEST"].notna()]


def _column(therapies: pd.DataFrame, name: str) -> pd.Series:
    return therapies.get(name, pd.Series(None, index=therapies.index, dtype=object))


def _after_first_dose(lines: pd.DataFrame, given: pd.DataFrame) -> pd.DataFrame:
    """Each line with what may have begun after its first dose, and from when on that counts (NEWTRT)."""
    both = lines[["USUBJID", "LINE", "FIRSTDOSE"]].merge(given, on="USUBJID", how="inner", validate="m:m")
    own = both["OFLINE"].eq(both["LINE"])
    # an end before the start is a slip: then the start counts
    over = (both["ENDED"] < both["FIRSTDOSE"]) & (both["EARLIEST"] <= both["ENDED"])
    both = both[~own & ~over & (both["LATEST"] > both["FIRSTDOSE"])]
    day_after = both["FIRSTDOSE"] + pd.Timedelta(days=1)
    return both.assign(NEWTRT=both["EARLIEST"].where(both["EARLIEST"] > both["FIRSTDOSE"], day_after))


def _bound(therapies: pd.DataFrame, which: int) -> pd.Series:
    told = pd.to_datetime(therapies["ADT"])
    return told.where(told.notna(), _meant(therapies["DTC"], which))


def _meant(texts: pd.Series, which: int) -> pd.Series:
    """The first (0) or last (1) day that each text may mean."""
    days = {text: span(text) for text in texts.dropna().unique()}
    return pd.to_datetime(texts.map({text: pd.Timestamp(pair[which]) for text, pair in days.items() if pair}))

"""How the sum of a patient's target lesions went, and its best change: what the waterfall and the spider draw.

Sums with every target lesion measured, after first dose, up to the first progression and on or before the start of
another anticancer therapy: the scans that count for best response. A progression may be drawn below +20 %, since it is
counted from the smallest sum or comes from a new lesion. Source: clinical specification, sections 6.1 and 6.4.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd

from milepost.core.confirmation import BEST_FIRST
from milepost.core.new_therapy import derive_new_therapy

SUMS = {"RECIST 1.1": "SDIAM", "mRECIST": "SVDIAM"}


def derive_sum_courses(
    adtr: pd.DataFrame,
    adrs: pd.DataFrame,
    lines: pd.DataFrame,
    therapies: pd.DataFrame,
    *,
    criteria: str,
    reader: str,
    as_of: dt.date,
) -> pd.DataFrame:
    """USUBJID, ADY and PCHG (percent change of the sum from baseline, float) of every sum that counts, in order.

    One line a patient: give its rows of ADTR, ADRS and the lines. lines: all lines of the patients, so that a later
    one ends the earlier.
    """
    sums = adtr[
        adtr["PARAMCD"].eq(SUMS[criteria]) & adtr["PARCAT2"].eq(reader) & adtr["PARCAT3"].eq(criteria)
        & ~adtr["ABLFL"].eq("Y") & ~adtr["SUMFL"].eq("INCOMPLETE") & adtr["DATAERR"].isna()
    ]  # fmt: skip
    sums = sums.assign(PCHG=pd.to_numeric(sums["PCHG"]).astype(float))
    sums = sums[sums["PCHG"].notna() & sums["ADT"].le(pd.Timestamp(as_of)) & sums["ADY"].gt(1)]
    progressed = _own(adrs, criteria, reader, "PD")
    progressed = progressed.loc[progressed["AVALC"].eq("Y"), ["USUBJID", "ADT"]].rename(
        columns={"ADT": "PDDT"}
    )
    new = derive_new_therapy(lines, therapies, as_of=as_of)
    found = sums[["USUBJID", "LINE", "ADT", "ADY", "PCHG"]].merge(
        progressed, on="USUBJID", how="left", validate="m:1"
    )
    found = found.merge(new, on=["USUBJID", "LINE"], how="left", validate="m:1")
    ended = (found["ADT"] > found["PDDT"]) | (found["ADT"] > found["NEWTRT"])
    found = (
        found[~ended].sort_values(["USUBJID", "ADY", "PCHG"]).drop_duplicates(["USUBJID", "ADY"], keep="last")
    )
    return found[["USUBJID", "ADY", "PCHG"]].reset_index(drop=True)


def derive_best_changes(
    courses: pd.DataFrame, adrs: pd.DataFrame, *, criteria: str, reader: str
) -> pd.DataFrame:
    """One row a patient with a sum: USUBJID, PCHG the smallest, BOR (NE where it is held), NEWLESION (True: seen at
    some scan). Largest change first, then by subject."""
    best = courses.groupby("USUBJID", sort=True)["PCHG"].min().reset_index()
    bor = _own(adrs, criteria, reader, "BOR").set_index("USUBJID")["AVALC"]
    told = best["USUBJID"].map(bor)
    new = _own(adrs, criteria, reader, "NEWLPROG")
    seen = set(new.loc[new["AVALC"].eq("Y"), "USUBJID"])
    best = best.assign(
        BOR=told.where(told.isin(BEST_FIRST), "NE"), NEWLESION=best["USUBJID"].isin(list(seen)).astype(bool)
    )
    return best.sort_values(["PCHG", "USUBJID"], ascending=[False, True]).reset_index(drop=True)


def _own(adrs: pd.DataFrame, criteria: str, reader: str, parameter: str) -> pd.DataFrame:
    return adrs[adrs["PARAMCD"].eq(parameter) & adrs["PARCAT2"].eq(reader) & adrs["PARCAT3"].eq(criteria)]


def shown_responses(best: pd.DataFrame) -> Sequence[str]:
    """The best responses that occur, best first."""
    return [name for name in BEST_FIRST if best["BOR"].eq(name).any()]

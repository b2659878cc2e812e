"""The tumour marker as RECIST reads it: raised or not, by the range of its own report.

A marker raised at baseline must be normal before a response is complete; a rise alone is never progression.
Source: clinical specification, section 6.1 (RECIST 1.1, non-target lesions).
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import pandas as pd

from milepost.core.censored_values import parse_result

MARKER_COLUMNS = ("USUBJID", "ADT", "HIGH")


def select_marker_results(labs: pd.DataFrame, test: str | None) -> pd.DataFrame:
    """MARKER_COLUMNS of each dated result of the marker that can be compared with its own upper limit.

    labs: record frame of LB. A result such as `<7` or `>1210` is compared by the bound it names; one whose range leaves
    it open, or that has no limit, says nothing and is left out.
    """
    mine = labs[labs["LBTESTCD"].eq(test) & labs["ADT"].notna()] if test else labs.iloc[:0]
    high = [_is_high(result, limit) for result, limit in zip(mine["LBORRES"], mine["LBORNRHI"], strict=True)]
    found = mine[["USUBJID", "ADT"]].assign(HIGH=pd.Series(high, index=mine.index, dtype=object))
    found = found[found["HIGH"].notna()].sort_values(["USUBJID", "ADT", "HIGH"], ignore_index=True)
    return found.astype({"HIGH": bool})


def _is_high(result: str | None, limit: str | None) -> bool | None:
    amount = parse_result(result)
    try:
        upper = Decimal(limit) if limit else None
    except InvalidOperation:
        upper = None
    if amount is None or upper is None:
        return None
    if amount.lo > upper or (amount.lo == upper and amount.lo_open):
        return True
    return False if amount.hi is not None and amount.hi <= upper else None

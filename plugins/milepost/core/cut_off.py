"""The lines of therapy as they were at a data cut-off: what happens after it is not known to happen.

Source: clinical specification, sections 3.4 (as-of date A) and 6.5 (deaths after the cut-off).
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

_ENDS = ("DEATH", "WITHDREW", "LOST", "DISCONTINUED")


def select_lines_by(lines: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """The lines begun by `as_of`, with later ends removed; a subject without any keeps its first row, not yet begun.

    Needs the columns of `core.populations.derive_lines`. LASTDOSE is capped at the cut-off, ONGOING where dosing went
    on beyond it.
    """
    day = pd.Timestamp(as_of)
    begun = lines["FIRSTDOSE"].le(day)
    first = ~lines.duplicated("USUBJID")
    any_begun = begun.groupby(lines["USUBJID"]).transform("any")
    kept = lines[begun | (first & ~any_begun)].copy()
    later = kept["FIRSTDOSE"].gt(day)
    kept["FIRSTDOSE"] = kept["FIRSTDOSE"].where(~later)
    kept["FIRSTDOSETM"] = kept["FIRSTDOSETM"].where(~later, None)
    went_on = kept["LASTDOSE"].gt(day) & ~later
    kept["LASTDOSE"] = kept["LASTDOSE"].where(~kept["LASTDOSE"].gt(day), day).where(~later)
    kept["ONGOING"] = ((kept["ONGOING"] | went_on) & ~later).astype(bool)
    for name in _ENDS:
        kept[name] = kept[name].where(kept[name].le(day))
    return kept.reset_index(drop=True)

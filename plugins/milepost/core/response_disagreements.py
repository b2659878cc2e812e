"""Where the response derived from the measurements is not the one the site reported.

Source: clinical specification section 6.3; both stand side by side, and the site is asked.
"""

from __future__ import annotations

import pandas as pd

from milepost.core.tumour_words import NO_SIZE, to_mm

_PAIRS = (("TRGRESP", "R_TRG"), ("NTRGRESP", "R_NTRG"), ("NEWLPROG", "R_NEW"), ("OVRLRESP", "R_OVR"))
DISAGREEMENT_COLUMNS = (
    "USUBJID", "SITEID", "LINE", "CRITERIA", "READER", "VISIT", "ADT", "WHAT", "DERIVED", "REPORTED", "SRC",
)  # fmt: skip


def select_disagreements(judged: pd.DataFrame) -> pd.DataFrame:
    """One row a time point and WHAT (TRGRESP NTRGRESP NEWLPROG OVRLRESP SUM): DERIVED and REPORTED differ.

    What was taken from the report itself cannot disagree with it. Sums are compared where every target was measured.
    """
    parts = []
    derived = judged.assign(NEWLPROG=judged["NEWLES"])
    for name, reported in _PAIRS:
        both = derived[name].notna() & derived[reported].notna() & derived[name].ne(derived[reported])
        parts.append(_rows(derived[both], name, derived.loc[both, name], derived.loc[both, reported]))
    sent = derived["SENT"].fillna(NO_SIZE).astype("int64")
    differs = derived["TSOURCE"].eq("LESIONS") & derived["COMPLETE"] & sent.ge(0) & sent.ne(derived["TOTAL"])
    total = derived.loc[differs, "TOTAL"].map(lambda size: str(to_mm(size)))
    parts.append(_rows(derived[differs], "SUM", total, sent[differs].map(lambda size: str(to_mm(size)))))
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled, ignore_index=True)


def _rows(rows: pd.DataFrame, what: str, derived: pd.Series, reported: pd.Series) -> pd.DataFrame:
    return rows.assign(WHAT=what, DERIVED=derived, REPORTED=reported)[list(DISAGREEMENT_COLUMNS)]

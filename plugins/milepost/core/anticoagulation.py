"""Whether a patient took an anticoagulant on the day of a sample.

Only then does INR have limits in multiples of baseline. Source: clinical specification, section 4.2 (INR), trap 30.
"""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pandas as pd

from milepost.core.partial_dates import span
from milepost.protocol.words import fold

# Chinese is written without blanks: salt and form may follow the name of a drug, other words may not
_FORM = r"[钠钙钾酯]{0,2}(?:(?:薄膜衣|肠溶|缓释|分散)?片|(?:肠溶|缓释)?胶囊|注射液|注射剂|针剂?)?"
_FIRST, _LAST = dt.date(1900, 1, 1), dt.date(9999, 12, 31)


def is_anticoagulated(samples: pd.DataFrame, cm: pd.DataFrame, names: tuple[str, ...]) -> np.ndarray:
    """Of each sample (USUBJID, ADT) whether a medication of these names may have been taken on its day.

    cm: record frame of CM. names: upper and lower case alike. A medication is one of them where its text begins with
    the name as a whole word, and strength or salt follow (Warfarin sodium tablets 3 mg, 华法林钠片); a name within
    another word (heparinoid) or further on in the text is another medication. An incomplete or missing date may be
    any day it can mean; a medication without an end goes on.
    """
    wanted = _pattern(names)
    meant = {text: wanted.match(fold(text)) is not None for text in cm["CMTRT"].dropna().unique()}
    taken = cm[cm["CMTRT"].map(meant).eq(True).to_numpy(bool) & ~cm["RETRACTED"].eq(True).to_numpy(bool)]
    spells: dict[str, list[tuple[dt.date, dt.date]]] = {}
    for usubjid, start, end in taken[["USUBJID", "CMSTDTC", "CMENDTC"]].itertuples(index=False):
        since, until = span(start), span(end)
        spell = (since[0] if since else _FIRST, until[1] if until else _LAST)
        spells.setdefault(usubjid, []).append(spell)
    answer = np.zeros(len(samples), dtype=bool)
    for row in np.flatnonzero(samples["USUBJID"].isin(list(spells))).tolist():
        day = samples["ADT"].iat[row].date()
        answer[row] = any(first <= day <= last for first, last in spells[samples["USUBJID"].iat[row]])
    return answer


def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """One of the names at the beginning; the word ends with it. Without names nothing matches."""
    each = "|".join(re.escape(fold(name)) for name in names)
    return re.compile(rf"(?:{each}){_FORM}(?!-?[^\W\d_])" if each else r"(?!)")

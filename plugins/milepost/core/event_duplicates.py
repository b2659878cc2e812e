"""One serious event that may have been recorded twice: under another record number, or in other letters.

Two records are never made one here, since two events of one kind may begin on one day: both are kept and counted, and
the site is asked. Source: clinical specification, section 7.2; trap 26.
"""

from __future__ import annotations

import pandas as pd

from milepost.core.interest_groups import term_key

POSSIBLE_DUPLICATE = "AE-POSSIBLE-DUPLICATE"
_FULL_DAY = 10  # length of YYYY-MM-DD


def select_possible_duplicates(adae: pd.DataFrame) -> pd.Series:
    """Whether a serious event begins on the same day as one of that subject we knew before, with the same term as
    reported or the same preferred term (case, width and spelling ignored). Of a pair only the later known is marked, so
    that each pair is asked about once; of two known at once, the later by record.

    Needs USUBJID, AETERM, ATERM, AESTDTC, AESERFL, KNOWN_FROM, RECKEY, OCCURRENCE. An onset without a full date is
    compared with none.
    """
    day = adae["AESTDTC"].astype(object).str[:_FULL_DAY]
    compared = adae[adae["AESERFL"].eq("Y") & (day.str.len() == _FULL_DAY)]
    compared = compared.sort_values(["KNOWN_FROM", "RECKEY", "OCCURRENCE"], kind="stable")
    marked = pd.Series(False, index=adae.index)
    for name in ("AETERM", "ATERM"):
        told = compared[compared[name].notna()]
        keys = pd.DataFrame(
            {"USUBJID": told["USUBJID"], "DAY": day[told.index], "TERM": told[name].map(term_key)}
        )
        marked[told.index[keys.duplicated()]] = True
    return marked

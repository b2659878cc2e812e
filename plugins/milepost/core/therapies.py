"""Anticancer therapy other than the study drug: what may move the marker, and what ends the study drug's own course.

Source: clinical specification sections 2.2, 3.4 (step 5e) and 6.6; trap 21. The words are the protocol's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from milepost.protocol import AnticancerRules, StudyProtocol
from milepost.protocol.words import fold

THERAPY_COLUMNS = ("USUBJID", "ADT", "DTC", "KIND", "ENDTC", "DOMAIN", "RECKEY")
_ENDS = {"CM": "CMENDTC", "PR": None}


def select_therapies(
    cm: pd.DataFrame, pr: pd.DataFrame, protocol: StudyProtocol | None = None
) -> pd.DataFrame:
    """The rows that are locoregional or systemic anticancer therapy: THERAPY_COLUMNS.

    cm: SYSTEMIC or LOCOREGIONAL by its category (CMCAT); whatever the category, SYSTEMIC where CMTRT is an anticancer
    drug (the protocol's `anticancer.drugs` and the study's own), LOCOREGIONAL where it is a procedure. pr: LOCOREGIONAL
    where PRTRT is a procedure or PRCAT says so, SYSTEMIC by its category or drug else. The whole cell is compared.
    Without a protocol its default words count. DTC and ENDTC: start and end as sent, incomplete ones too; ADT: the
    start where it is a whole day; DOMAIN and RECKEY: the record.
    """
    rules = AnticancerRules() if protocol is None else protocol.anticancer
    category = {
        **dict.fromkeys(map(fold, rules.locoregional_categories), "LOCOREGIONAL"),
        **dict.fromkeys(map(fold, rules.systemic_categories), "SYSTEMIC"),
    }
    named = {
        **dict.fromkeys(known_drugs(protocol), "SYSTEMIC"),
        **dict.fromkeys(map(fold, rules.procedures), "LOCOREGIONAL"),
    }
    parts = []
    for domain, frame in (("CM", cm), ("PR", pr)):
        by_category = _kinds(frame[f"{domain}CAT"], category.get)
        by_name = _kinds(frame[f"{domain}TRT"], named.get)
        # a procedure is one whatever the page it is recorded on is called
        local = by_name.eq("LOCOREGIONAL") if domain == "PR" else pd.Series(False, index=frame.index)
        kind = by_name.where(local | by_category.isna(), by_category)
        end = _ENDS[domain]
        part = pd.DataFrame(
            {
                "USUBJID": frame["USUBJID"], "ADT": frame["ADT"], "DTC": frame[f"{domain}STDTC"], "KIND": kind,
                "ENDTC": None if end is None else frame[end], "DOMAIN": domain, "RECKEY": frame["RECKEY"],
            }
        )  # fmt: skip
        parts.append(part[kind.notna()])
    filled = [part for part in parts if len(part)] or parts[:1]
    therapies = pd.concat(filled, ignore_index=True)
    return therapies.sort_values(["USUBJID", "DTC", "KIND"], ignore_index=True)


def known_drugs(protocol: StudyProtocol | None) -> frozenset[str]:
    """Names of anticancer drugs, folded: the protocol's list and the names of the study's own drugs."""
    rules = AnticancerRules() if protocol is None else protocol.anticancer
    own = () if protocol is None else protocol.treatments
    names: Iterable[str] = (*rules.drugs, *(name for drug in own for name in (drug.code, *drug.names)))
    return frozenset(map(fold, names))


def _kinds(texts: pd.Series, kind_of: Callable[[str], str | None]) -> pd.Series:
    """What each text is, told once for each different one; None where it is nothing known."""
    kinds = texts.map({text: kind_of(fold(text)) for text in texts.dropna().unique()}).astype(object)
    return kinds.where(kinds.notna(), None)

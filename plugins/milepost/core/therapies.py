"""Anticancer therapy other than the study drug, as far as it may move the marker.

Source: clinical specification sections 2.2 and 3.4, step 5e.
"""

from __future__ import annotations

import pandas as pd

_SYSTEMIC = ("SYSTEMIC ANTICANCER THERAPY", "ANTICANCER THERAPY", "SYSTEMIC THERAPY", "SYSTEMIC")
_LOCOREGIONAL = ("LOCOREGIONAL THERAPY", "LOCOREGIONAL", "LOCAL THERAPY")
_PROCEDURES = (
    "TACE", "DEB-TACE", "TAE", "TARE", "Y90", "SIRT", "HAIC", "EMBOLIZATION", "EMBOLISATION", "RADIOTHERAPY", "RT",
    "SBRT", "ABLATION", "RFA", "MWA", "PEI", "CRYOABLATION", "RESECTION", "HEPATECTOMY", "TRANSPLANT",
    "TRANSPLANTATION", "LIVER TRANSPLANT", "LIVER TRANSPLANTATION",
)  # fmt: skip


def select_therapies(cm: pd.DataFrame, pr: pd.DataFrame) -> pd.DataFrame:
    """The rows that are locoregional or systemic anticancer therapy: USUBJID, ADT, DTC, KIND.

    cm: rows whose CMCAT says so are SYSTEMIC (or LOCOREGIONAL). pr: rows whose PRCAT says so, or whose PRTRT is a
    known procedure (TACE, HAIC, radiotherapy, ablation, resection, transplant …), are LOCOREGIONAL.
    """
    parts = []
    for frame, category, name, dtc in ((cm, "CMCAT", "CMTRT", "CMSTDTC"), (pr, "PRCAT", "PRTRT", "PRSTDTC")):
        kind = frame[category].map(_kind_of_category)
        by_name = frame[name].map(lambda text: "LOCOREGIONAL" if _plain(text) in _PROCEDURES else None)
        kind = kind.where(kind.notna(), by_name)
        part = pd.DataFrame(
            {"USUBJID": frame["USUBJID"], "ADT": frame["ADT"], "DTC": frame[dtc], "KIND": kind}
        )
        parts.append(part[kind.notna()])
    filled = [part for part in parts if len(part)] or parts[:1]
    therapies = pd.concat(filled, ignore_index=True)
    return therapies.sort_values(["USUBJID", "DTC", "KIND"], ignore_index=True)


def _kind_of_category(text: str | None) -> str | None:
    plain = _plain(text)
    return "SYSTEMIC" if plain in _SYSTEMIC else "LOCOREGIONAL" if plain in _LOCOREGIONAL else None


def _plain(text: str | None) -> str | None:
    return " ".join(text.upper().split()) if isinstance(text, str) else None

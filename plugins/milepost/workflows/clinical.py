"""The frames of the clinical sections: derived once, and rid of arms, drugs and amounts before anybody counts."""

from __future__ import annotations

import pandas as pd

from milepost.protocol import StudyProtocol
from milepost.reports.clinical import ClinicalFrames
from milepost.reports.masking import Mask, without_arms
from milepost.workflows.deriving import Derivations

_AMOUNTS = ("STARTDOSE", "CUMDOSE", "PLANDOSE", "LASTDOSELEVEL", "DOSEDAYS", "ACTARMCD")
# free text in which a site may have written a drug's name
_TEXTS = ("AETERM", "AEDECOD", "ATERM", "AEBODSYS", "AEACN", "STOPREASON", "EVNTDESC", "CNSDTDSC", "DSTERM", "DSDECOD",
          "MHTERM", "CMTRT", "PRTRT", "NAME", "THERAPY")  # fmt: skip


def clinical_frames(derived: Derivations, verdicts: pd.DataFrame, *, cycles: bool = False) -> ClinicalFrames:
    """The frames of a report. cycles: the closed one; elsewhere they are empty, as only one drug has them."""
    mask = Mask(derived.study.protocol)
    frames = {
        "lines": derived.lines, "verdicts": verdicts, "adsl": derived.subjects, "adae": derived.events.adae,
        "adex": derived.exposure.exposure, "adlb": derived.labs.adlb, "scores": derived.scores.scores,
        "adtr": derived.tumour.lesions, "adrs": derived.responses, "adtte": derived.times.adtte,
        "liver": derived.liver.patients, "liver_cases": derived.liver.cases, "therapies": derived.therapies,
        "dm": derived.known("DM"), "ds": derived.known("DS"), "mh": derived.known("MH"), "vs": derived.known("VS"),
    }  # fmt: skip
    rid = {name: _without_drugs(frame, mask) for name, frame in frames.items()}
    if not cycles and "NCYCLES" in rid["adex"]:
        rid["adex"] = rid["adex"].assign(NCYCLES=None)
    return ClinicalFrames(**rid)


def arms_of(derived: Derivations, protocol: StudyProtocol) -> dict[str, str]:
    """Subject -> code of the arm of the line with which he entered; patients of no arm of the protocol are left out."""
    known = {arm.code for arm in protocol.arms}
    lines = derived.lines.sort_values(["USUBJID", "LINE"])
    begun = lines[(lines["FIRSTDOSE"] <= pd.Timestamp(derived.as_of)).to_numpy(bool)].drop_duplicates(
        "USUBJID"
    )
    arms = dict(zip(derived.subjects["USUBJID"], derived.subjects["ARMCD"], strict=True))
    arms |= dict(zip(begun["USUBJID"], begun["ARMCD"], strict=True))
    return {str(subject): str(arm) for subject, arm in sorted(arms.items()) if arm in known}


def _without_drugs(frame: pd.DataFrame, mask: Mask) -> pd.DataFrame:
    kept = without_arms(frame)
    kept = kept.drop(columns=[name for name in kept.columns if name in _AMOUNTS])
    return kept.assign(**{name: _neutral(kept[name], mask) for name in _TEXTS if name in kept})


def _neutral(column: pd.Series, mask: Mask) -> pd.Series:
    """The texts without names of drugs; each distinct one looked at once."""
    said = {text: mask.neutral(text) for text in column.dropna().unique() if isinstance(text, str)}
    return column.map(lambda text: said.get(text, text) if isinstance(text, str) else text)

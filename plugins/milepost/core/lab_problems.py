"""What laboratory grading has to ask a site: once a patient, line, test and rule, naming the first such record."""

from __future__ import annotations

import numpy as np
import pandas as pd

from milepost.core.corrected_calcium import CORRECTED
from milepost.core.problems import to_problems

QUESTIONS: dict[str, tuple[str, str]] = {
    "LB-NO-RANGE": (
        "warning",
        "Results of this test carry no limits of normal, so they cannot be graded. Please send the lower and "
        "upper limit printed on each report.",
    ),
    "LB-NO-UNIT": (
        "warning",
        "Results of this test have no unit, or one that we cannot convert, so they cannot be graded. Please send the "
        "unit printed on the report.",
    ),
    "LB-RANGE-REVERSED": (
        "warning",
        "The lower limit of normal of this result is above its upper limit. Please send both as printed on the report.",
    ),
    "LB-COUNT-NO-RANGE": (
        "warning",
        "Of these cells only the percentage was sent, so their count was computed, and not every such count can be "
        "graded without limits of normal. Please send the absolute count with its limits.",
    ),
    "LB-PART-ABOVE-WHOLE": (
        "warning",
        "This result is higher than the whole it is part of in the same sample (direct and total bilirubin, "
        "neutrophils or lymphocytes and leucocytes). Please check both against the report.",
    ),
    "LB-SPECIMEN-UNKNOWN": (
        "warning",
        "The specimen of this result is a word we do not know. Results of blood, serum or plasma are graded, others "
        "are not. Please tell us which specimen it was.",
    ),
    "LB-NO-BASELINE": (
        "warning",
        "No result of this test from before first dose can be used as baseline. Please send one if it exists.",
    ),
    "LB-BASELINE-NO-RANGE": (
        "warning",
        "The last result of this test before first dose carries no limits of normal, so later results are graded as if "
        "it had been normal. Please send its limits.",
    ),
    "LB-DATE-INCOMPLETE": (
        "warning",
        "The date of collection of this result is missing or incomplete, so it belongs to no treatment period. Please "
        "send the full date.",
    ),
}  # fmt: skip
_BY_REASON = {
    "NO_ULN": "LB-NO-RANGE",
    "NO_LLN": "LB-NO-RANGE",
    "UNIT": "LB-NO-UNIT",
    "NO_BASELINE": "LB-NO-BASELINE",
}
_OF_COUNTS = {"NO_ULN": "LB-COUNT-NO-RANGE", "NO_LLN": "LB-COUNT-NO-RANGE"}
_BY_NOTE = {
    "NO_BASELINE": "LB-NO-BASELINE",
    "BASELINE_RANGE": "LB-BASELINE-NO-RANGE",
    "RANGE_REVERSED": "LB-RANGE-REVERSED",
    "PART_ABOVE_WHOLE": "LB-PART-ABOVE-WHOLE",
    "SPECIMEN_UNKNOWN": "LB-SPECIMEN-UNKNOWN",
}


def find_problems(adlb: pd.DataFrame, undated: pd.DataFrame) -> pd.DataFrame:
    """The problems of an ADLB, and of results that have no full date."""
    asked = []
    keys = adlb[["USUBJID", "SITEID", "LINE", "PARAMCD", "RECKEY"]]
    reported = adlb["DTYPE"].isna().to_numpy(bool)
    # a corrected calcium says nothing that its own row does not say
    counts = ~reported & adlb["PARAMCD"].ne(CORRECTED).to_numpy(bool)
    for column, rules, here in (
        ("REASONL", _BY_REASON, reported),
        ("REASONH", _BY_REASON, reported),
        ("NOTE", _BY_NOTE, reported),
        ("REASONL", _OF_COUNTS, counts),
        ("REASONH", _OF_COUNTS, counts),
    ):
        words, codes = adlb[column].cat.categories, adlb[column].cat.codes.to_numpy()
        for word, rule in rules.items():
            meant = np.array([*(word in text.split() for text in words), False])
            asked.append(_first(keys, meant[codes] & here, rule))
    rows = pd.concat(asked, ignore_index=True).drop_duplicates(["USUBJID", "LINE", "PARAMCD", "RULE"])
    told = pd.concat(
        [rows, undated[["USUBJID", "SITEID", "RECKEY"]].assign(LINE=None, RULE="LB-DATE-INCOMPLETE")]
    )
    return to_problems(
        {
            "USUBJID": usubjid, "SITEID": site, "LINE": None if pd.isna(line) else int(line), "DOMAIN": "LB",
            "RECKEY": reckey, "RULE": rule, "SEVERITY": QUESTIONS[rule][0], "QUESTION": QUESTIONS[rule][1],
        }
        for usubjid, site, line, reckey, rule in told[["USUBJID", "SITEID", "LINE", "RECKEY", "RULE"]].itertuples(
            index=False
        )
    )  # fmt: skip


def _first(keys: pd.DataFrame, holds: np.ndarray, rule: str) -> pd.DataFrame:
    rows = keys.iloc[np.flatnonzero(holds)].drop_duplicates(["USUBJID", "LINE", "PARAMCD"])
    return rows.astype({"PARAMCD": object, "LINE": object}).assign(RULE=rule)

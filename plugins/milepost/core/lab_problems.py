"""What laboratory grading has to ask a site: once a patient, line, test and rule, naming the first such record."""

from __future__ import annotations

import numpy as np
import pandas as pd

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
_BY_NOTE = {"NO_BASELINE": "LB-NO-BASELINE", "BASELINE_RANGE": "LB-BASELINE-NO-RANGE"}


def find_problems(adlb: pd.DataFrame, undated: pd.DataFrame) -> pd.DataFrame:
    """The problems of an ADLB, and of results that have no full date."""
    asked = []
    keys = adlb[["USUBJID", "SITEID", "LINE", "PARAMCD", "RECKEY"]]
    for column, rules in (("REASONL", _BY_REASON), ("REASONH", _BY_REASON), ("NOTE", _BY_NOTE)):
        categories = adlb[column].cat
        place = np.array(
            [*(list(rules).index(word) if word in rules else -1 for word in categories.categories), -1]
        )
        found = place[categories.codes.to_numpy()]
        for number, rule in enumerate(rules.values()):
            asked.append(_first(keys, found == number, rule))
    asked.append(_first(keys, adlb["DATAERR"].notna().to_numpy(bool), "LB-RANGE-REVERSED"))
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

"""Shift of a graded liver score: class at baseline, the worst and the last on treatment.

Source: clinical specification, sections 5.1 and 7.2 (drift of ALBI and Child-Pugh).
"""

from __future__ import annotations

import pandas as pd

from milepost.core.lab_shift import MISSING

COLUMNS = ("USUBJID", "LINE", "BASELINE", "WORST", "LAST")
_KEYS = ["USUBJID", "LINE"]


def select_on_treatment(scores: pd.DataFrame, lines: pd.DataFrame, *, lab_days: int) -> pd.DataFrame:
    """The known scores of each line after first dose and up to `lab_days` after the last one, by day.

    scores: of `derive_liver_scores`; lines: of `derive_lines`. On the day of first dose the baseline itself is not
    meant.
    """
    known = scores[scores["AVAL"].notna() & (scores["ADY"] > 0).fillna(False).to_numpy(bool)]
    known = known[~((known["ADY"] == 1) & known["ABLFL"].eq("Y")).to_numpy(bool)]
    ends = lines[["USUBJID", "LINE", "LASTDOSE", "ONGOING"]].astype({"LINE": "int64"})
    joined = known.assign(LINE=known["LINE"].astype("int64")).merge(
        ends, on=_KEYS, how="left", validate="m:1"
    )
    endless = joined["ONGOING"].eq(True) | joined["LASTDOSE"].isna()
    inside = endless | (joined["ADT"] <= joined["LASTDOSE"] + pd.to_timedelta(lab_days, "D"))
    kept = joined[inside.to_numpy(bool)].drop(columns=["LASTDOSE", "ONGOING"])
    return kept.sort_values([*_KEYS, "PARAMCD", "ADT"], kind="stable", ignore_index=True)


def select_score_shift(scores: pd.DataFrame, on_treatment: pd.DataFrame, *, code: str) -> pd.DataFrame:
    """One row a subject and line with the score at baseline or on treatment: COLUMNS.

    code: a score in classes (ALBIGR, CPCLASS), graver the higher its number AVAL; told as it is written (AVALC).
    on_treatment: of `select_on_treatment`. Of equally grave ones the first is the worst. "missing" where there is none.
    """
    before = scores[scores["PARAMCD"].eq(code) & scores["ABLFL"].eq("Y") & scores["AVAL"].notna()]
    after = on_treatment[on_treatment["PARAMCD"].eq(code)]
    worst = after.sort_values([*_KEYS, "AVAL", "ADT"], ascending=[True, True, False, True])
    parts = {
        "BASELINE": before.assign(LINE=before["LINE"].astype("int64")).drop_duplicates(_KEYS, keep="last"),
        "WORST": worst.drop_duplicates(_KEYS), "LAST": after.drop_duplicates(_KEYS, keep="last"),
    }  # fmt: skip
    people = pd.concat([part[_KEYS] for part in parts.values()]).drop_duplicates().sort_values(_KEYS)
    for name, part in parts.items():
        told = part[[*_KEYS, "AVALC"]].rename(columns={"AVALC": name})
        people = people.merge(told, on=_KEYS, how="left", validate="1:1")
        people[name] = people[name].where(people[name].notna(), MISSING)
    return people[list(COLUMNS)].reset_index(drop=True)

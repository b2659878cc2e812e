"""What the site itself judged: target, non-target and overall response, new lesions. Kept beside what is derived.

Source: clinical specification sections 6.1, 6.3 and 9.1 (RS). Two overall responses of one date: the worst counts.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from milepost.core.row_sources import gather_sources
from milepost.core.tumour_timepoints import KEYS, derive_phase, derive_timepoint, text_where, window_days
from milepost.core.tumour_words import read_criteria, read_new_lesion, read_response
from milepost.protocol import StudyProtocol

REPORTED = ("R_TRG", "R_NTRG", "R_NEW", "R_OVR")
_TESTS = dict(zip(("TRGRESP", "NTRGRESP", "NEWLPROG", "OVRLRESP"), REPORTED, strict=True))
_ALLOWED = {
    "TRGRESP": ("CR", "PR", "SD", "PD", "NE", "ND"), "NTRGRESP": ("CR", "NON-CR/NON-PD", "PD", "NE", "ND"),
    "OVRLRESP": ("CR", "PR", "SD", "PD", "NE", "NON-CR/NON-PD", "NED"),
}  # fmt: skip
# the worst answer first, where one date has several
_WORST = ("PD", "NON-CR/NON-PD", "SD", "PR", "CR", "NED", "NE", "ND", "Y", "E", "N")


def select_answers(rs: pd.DataFrame) -> pd.DataFrame:
    """The rows of RS that say something of tumour response; the others are scores and best responses."""
    return rs[rs["RSTESTCD"].isin(list(_TESTS))]


def to_answers(rs: pd.DataFrame, windows: pd.DataFrame) -> pd.DataFrame:
    """RS rows of tumour response after first dose: KEYS CRITERIA WHAT (one of REPORTED) ANSWER ISSUE ADT VISIT KEY.

    Rows of other criteria, best responses and scores are no answers. An unknown word is an ISSUE and no answer.
    """
    rows = select_answers(rs)
    criteria = {text: read_criteria(text) for text in rows["RSCAT"].dropna().unique()}
    named = rows["RSCAT"].map(criteria).astype(object).where(rows["RSCAT"].notna(), read_criteria(None))
    rows = rows.assign(CRITERIA=named)[named.notna()]
    not_done = rows["RSORRES"].isna()
    asked = list(zip(rows["RSTESTCD"], rows["RSORRES"], strict=True))
    read = {pair: _read_answer(*pair) for pair in set(asked)}
    answer = pd.Series([read[pair] for pair in asked], index=rows.index, dtype=object)
    said_not_done = not_done & rows["RSSTAT"].notna()
    answer = answer.where(~said_not_done, "NE")
    issue = text_where(answer.isna() & ~not_done, "RS-WORD-UNKNOWN")
    answers = pd.DataFrame(
        {
            "USUBJID": rows["USUBJID"], "SITEID": rows["SITEID"], "READER": rows["READER"],
            "CRITERIA": rows["CRITERIA"], "WHAT": rows["RSTESTCD"].map(_TESTS), "ANSWER": answer, "ISSUE": issue,
            "ADT": rows["ADT"], "VISIT": rows["VISIT"], "KEY": "RS|" + rows["RECKEY"].astype(str),
        }
    ).reset_index(drop=True)  # fmt: skip
    return derive_phase(answers, windows)


def _read_answer(test: str, text: str | None) -> str | None:
    """The answer in our words; None where the word is unknown, or is no answer to this question."""
    if test == "NEWLPROG":
        return read_new_lesion(text)
    answer = read_response(text)
    if test != "OVRLRESP" and answer == "NED":
        answer = "ND"  # none at baseline, hence nothing to judge
    return answer if answer in _ALLOWED[test] else None


def derive_answer_timepoint(
    answers: pd.DataFrame, points: pd.DataFrame, protocol: StudyProtocol, next_number: int
) -> pd.Series:
    """The time point of each answer: that of its visit and line, else of its day, else the nearest within the window
    where one of both names no visit; -1 where it has no date and no visit fits. Answers that fit no scans make time
    points of their own, numbered from `next_number`."""
    found = pd.Series(-1, index=answers.index, dtype="int64")
    if not len(answers):
        return found
    places = points[[*KEYS, "TP", "VISIT", "ADT", "ADTLAST", "AFTERNEXT"]].rename(
        columns={"VISIT": "PVISIT", "ADT": "PADT", "ADTLAST": "PLAST"}
    )
    dates = answers[[*KEYS, "VISIT", "ADT", "FIRSTDOSE"]].drop_duplicates()
    pairs = dates.merge(places, on=KEYS, how="inner", validate="m:m")
    before = (pairs["PADT"] - pairs["ADT"]).dt.days.clip(lower=0)
    after = (pairs["ADT"] - pairs["PLAST"]).dt.days.clip(lower=0)
    apart = (before + after).astype(float)
    window = window_days((pairs["PADT"] - pairs["FIRSTDOSE"]).dt.days + 1, protocol)
    same = _spelt(pairs["VISIT"]).eq(_spelt(pairs["PVISIT"])) & pairs["VISIT"].notna()
    unnamed = pairs["VISIT"].isna() | pairs["PVISIT"].isna()
    # the site may judge a visit's scans some days after; without a date the visit's name alone decides
    fits = np.select(
        [same & (apart.isna() | (apart <= 3 * window)), apart.eq(0), unnamed & (apart <= window)],
        [0, 1, 2],
        9,
    )
    # without a date it is the answer of the line on which the visit was
    fits = np.where(pairs["ADT"].isna() & pairs["AFTERNEXT"], 9, fits)
    pairs = pairs.assign(FITS=fits, APART=apart.fillna(0))[fits < 9]
    pairs = pairs.sort_values(["FITS", "APART", "PADT"], kind="stable")
    of_date = ["USUBJID", "LINE", "READER", "VISIT", "ADT"]
    best = pairs.drop_duplicates(of_date)[[*of_date, "TP"]]
    joined = answers[of_date].merge(best, on=of_date, how="left", validate="m:1")
    found = joined["TP"].fillna(-1).to_numpy(dtype="int64", copy=True)
    alone = (found == -1) & answers["ADT"].notna().to_numpy(bool)
    found[alone] = derive_timepoint(answers[alone], protocol).to_numpy() + next_number
    return pd.Series(found, index=answers.index)


def _spelt(visits: pd.Series) -> pd.Series:
    return visits.map(lambda text: " ".join(text.upper().split()) if isinstance(text, str) else None)


def summarise_answers(answers: pd.DataFrame) -> pd.DataFrame:
    """One row a time point and criteria: R_TRG R_NTRG R_NEW R_OVR, RSRC, TWICE (two different answers of one day)."""
    keys = [*KEYS, "CRITERIA", "TP"]
    told = answers[answers["ANSWER"].notna()]
    order = told["ANSWER"].map({word: rank for rank, word in enumerate(_WORST)}).fillna(99)
    told = told.assign(ORDER=order).sort_values(["ADT", "ORDER"], ascending=[False, True], kind="stable")
    wide = told.drop_duplicates([*keys, "WHAT"]).pivot(index=keys, columns="WHAT", values="ANSWER")
    wide = wide.reindex(columns=list(REPORTED)).astype(object)
    wide = wide.where(wide.notna(), None)
    newest = told.groupby([*keys, "WHAT"])["ADT"].transform("max")
    one_day = told[told["ADT"].eq(newest)].groupby([*keys, "WHAT"])["ANSWER"].nunique().gt(1)
    twice = one_day.groupby(level=list(range(len(keys)))).any().rename("TWICE")
    sources = gather_sources(told, keys, "KEY", "RSRC")
    found = wide.join(twice).reset_index().merge(sources, on=keys, how="left", validate="1:1")
    return found.assign(TWICE=found["TWICE"].eq(True))

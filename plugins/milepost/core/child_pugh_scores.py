"""Child-Pugh on each day with a new answer: score and class, or what is missing for them.

Source: clinical specification section 5.1, trap 33 (a missing answer is never taken as "none").
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from milepost.core import child_pugh
from milepost.core.liver_formulas import child_pugh_class
from milepost.core.liver_labs import LiverLabs
from milepost.core.liver_panels import is_near, to_rows

TESTS = ("BILI", "ALB", "INR", "PT")
_KEYS = ["POS", "DAY", "BEFORE"]
_LABS = ("BILI", "ALB", "INR")


def to_child_pugh_rows(
    results: LiverLabs, of_day: pd.DataFrame, findings: pd.DataFrame, *, within: int
) -> list[pd.DataFrame]:
    """Score and class on each day with a new answer, from the last answers no more than `within` days old.

    of_day: one result a line, day and test. findings: `Findings.rows`. Two answers of one day that contradict each
    other leave neither (DATAERR). SHOWN: the row belongs in the frame of scores: something is known, the answers
    contradict each other, or the day's own laboratory tests are all there but one at most (prothrombin time stands in
    for INR).
    """
    subject = pd.factorize(results.lines["USUBJID"])[0].astype(np.int64)
    answers = {code: child_pugh.lab_answers(results, of_day, code, subject) for code in TESTS}
    for code in ("ASCITES", "ENCEPHALOPATHY"):
        answers[code] = child_pugh.finding_answers(findings, code, subject)
    moments = _moments(of_day, findings)
    pos, day = moments["POS"].to_numpy(np.int64), moments["DAY"].to_numpy(np.int64)
    key = child_pugh.time_key(subject[pos], day, moments["BEFORE"].to_numpy(bool))
    found = {
        code: _answer(one, child_pugh.last_answers(one, key, day, within=within))
        for code, one in answers.items()
    }
    found["INR"] = _either(found["INR"], found.pop("PT"))
    items = [found[code] for code in child_pugh.ITEMS]
    missing = _named("MISSING", [item.fewest == 0 for item in items])
    censored = _named("CENSORED", [item.fewest != item.most for item in items])
    clash = np.any([item.clash for item in items], axis=0)
    none = ~pd.isna(missing) | clash
    low, high = (
        np.where(none, np.nan, sum(getattr(item, side) for item in items)) for side in ("fewest", "most")
    )
    rule = "LIVER-TWO-ANSWERS"
    frame = moments.assign(
        SRC=[
            tuple(one for part in parts for one in part)
            for parts in zip(*(i.source for i in items), strict=True)
        ],
        AVALRAW=np.nan,
        DATAERR=[rule if one else None for one in clash.tolist()],
        SHOWN=clash | pd.isna(missing) | is_near(_tests_of_day(moments, of_day), len(_LABS)),
    )
    classes = (child_pugh_class(low), child_pugh_class(high))
    # to_rows asks `censored` only where there is no other reason
    ranged = [
        None if without else text for text, without in zip(censored.tolist(), none.tolist(), strict=True)
    ]
    return [
        to_rows(frame, "CPSCORE", low, high, (), missing, ranged),
        to_rows(frame, "CPCLASS", *classes, ("A", "B", "C"), missing, ranged),
    ]


class _Found(NamedTuple):
    """Of each moment: fewest and most points (0: no answer), the records, and whether two answers clash."""

    fewest: np.ndarray
    most: np.ndarray
    source: list[tuple[str, ...]]
    clash: np.ndarray


def _moments(of_day: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """Line, day and side of first dose of everything that may change the score."""
    asked = [
        of_day[of_day["CODE"].isin(TESTS)][_KEYS],
        findings[_KEYS].astype({"POS": "int64", "DAY": "int64"}),
    ]
    filled = [frame for frame in asked if len(frame)] or asked[:1]
    return pd.concat(filled, ignore_index=True).drop_duplicates().reset_index(drop=True)


def _tests_of_day(moments: pd.DataFrame, of_day: pd.DataFrame) -> np.ndarray:
    """How many of the three laboratory tests were measured on each moment's own day."""
    mine = of_day[of_day["CODE"].isin(TESTS)]
    mine = mine.assign(CODE=mine["CODE"].replace({"PT": "INR"})).drop_duplicates([*_KEYS, "CODE"])
    counts = mine.groupby(_KEYS).size().rename("TESTS").reset_index()
    joined = moments[_KEYS].merge(counts, on=_KEYS, how="left", validate="1:1")
    return joined["TESTS"].fillna(0).to_numpy(np.int64)


def _answer(answers: child_pugh.Answers, at: np.ndarray) -> _Found:
    sources = [*answers.source, ()]
    return _Found(
        np.append(answers.fewest, 0)[at],
        np.append(answers.most, 0)[at],
        [sources[one] for one in at.tolist()],
        np.append(answers.clash, False)[at].astype(bool),
    )


def _either(inr: _Found, prothrombin_time: _Found) -> _Found:
    """Prothrombin time stands in where no INR is known."""
    swap = (inr.fewest == 0) & (prothrombin_time.fewest > 0)
    source = [
        other if one else own
        for own, other, one in zip(inr.source, prothrombin_time.source, swap.tolist(), strict=True)
    ]
    fewest = np.where(swap, prothrombin_time.fewest, inr.fewest)
    return _Found(fewest, np.where(swap, prothrombin_time.most, inr.most), source, inr.clash)


def _named(word: str, holds: list[np.ndarray]) -> np.ndarray:
    """`WORD: A, B` of each moment, with the items for which it holds; None where it holds for none."""
    code = np.sum([mask.astype(np.int64) << bit for bit, mask in enumerate(holds)], axis=0, dtype=np.int64)
    texts: list[str | None] = [None]
    for pattern in range(1, 1 << len(holds)):
        names = [name for bit, name in enumerate(child_pugh.ITEMS) if pattern >> bit & 1]
        texts.append(f"{word}: {', '.join(names)}")
    return np.array(texts, dtype=object)[code]

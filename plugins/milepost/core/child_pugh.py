"""Child-Pugh: five answers of 1 to 3 points, each of the last 14 days; one that is not known leaves no score.

Bilirubin is scored in the unit the laboratory reported (2.0 mg/dL is 34.2 umol/L, the two scales differ at their
edges); albumin 28 g/L, not 30. Source: clinical specification section 5.1, traps 32 and 33.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pandas as pd

from milepost.core.checkpoint_samples import to_days
from milepost.core.liver_labs import Amount, LiverLabs, place_in_lines

ITEMS = ("BILI", "ALB", "INR", "ASCITES", "ENCEPHALOPATHY")
Points = tuple[int, int]
_EDGE = tuple[Fraction, int]

# What the forms of the sites say. Plain numbers are grades: ascites 0 to 3, encephalopathy West Haven 0 to 4.
_NONE = ("NONE", "ABSENT", "NO", "N", "NEGATIVE", "0", "GRADE 0", "G0", "无", "没有", "否", "阴性")
_SOME = ("MILD", "SLIGHT", "SMALL", "GRADE 1", "G1", "1", "I", "GRADE I", "轻度", "少量", "轻", "1级", "I级")
_MIDDLE = ("MODERATE", "GRADE 2", "G2", "2", "II", "GRADE II", "中度", "中量", "中等量", "2级", "II级")
_GREAT = ("SEVERE", "GRADE 3", "G3", "3", "III", "GRADE III", "重度", "大量", "3级", "III级")
WORDS: Mapping[str, Mapping[int, tuple[str, ...]]] = {
    "ASCITES": {
        1: _NONE,
        2: (*_SOME, "CONTROLLED", "DIURETIC-CONTROLLED", "CONTROLLED BY DIURETICS"),
        3: (*_MIDDLE, *_GREAT, "LARGE", "GROSS", "TENSE", "MASSIVE", "REFRACTORY", "MODERATE TO SEVERE", "顽固性"),
    },
    "ENCEPHALOPATHY": {
        1: _NONE,
        2: (*_SOME, *_MIDDLE, "GRADE 1-2", "1-2", "I-II", "MILD TO MODERATE", "1-2级"),
        3: (*_GREAT, "GRADE 4", "G4", "4", "IV", "GRADE IV", "GRADE 3-4", "3-4", "III-IV", "COMA", "昏迷", "4级",
            "IV级", "3-4级"),
    },
}  # fmt: skip


class Findings(NamedTuple):
    """Answers about ascites and encephalopathy within lines: CODE, POS, DAY, BEFORE, LO, HI (points), RECKEY (tuple),
    CLASH (two answers of one day); and the records whose word is not known."""

    rows: pd.DataFrame
    unknown: pd.DataFrame


def points_of_word(item: str, text: str) -> int | None:
    """Points of what a form says about ascites or encephalopathy; None where the word is not known."""
    plain = " ".join(text.upper().split())
    return next((points for points, words in WORDS[item].items() if plain in words), None)


def points_of_amount(code: str, amount: Amount) -> Points | None:
    """Fewest and most points that a laboratory result may stand for; None where its unit has no factor.

    PT counts by the seconds above the upper limit of its own report; None without that limit.
    """
    if code == "BILI" and amount.unit == "mg/dL":
        reported = amount.reported
        edges = _edges(Fraction(reported.lo), None if reported.hi is None else Fraction(reported.hi), amount)
        return _between(*edges, Fraction(2), Fraction(3))
    if amount.lo is None:
        return None
    lo, hi = _edges(amount.lo, amount.hi, amount)
    if code == "BILI":
        return _between(lo, hi, Fraction(34), Fraction(51))
    if code == "INR":
        return _between(lo, hi, Fraction("1.7"), Fraction("2.3"))
    if code == "PT":
        if amount.uln is None:
            return None
        over = None if hi is None else (hi[0] - amount.uln, hi[1])
        return _between((lo[0] - amount.uln, lo[1]), over, Fraction(4), Fraction(6))
    fewest = 1 if hi is None or hi > (Fraction(35), 0) else 2 if hi >= (Fraction(28), 0) else 3
    most = 1 if lo > (Fraction(35), 0) else 2 if lo >= (Fraction(28), 0) else 3
    return fewest, most


def _edges(lo: Fraction, hi: Fraction | None, amount: Amount) -> tuple[_EDGE, _EDGE | None]:
    """The bounds with what an open one means: the values just above the lower, just below the upper."""
    return (lo, 1 if amount.lo_open else 0), None if hi is None else (hi, -1 if amount.hi_open else 0)


def _between(lo: _EDGE, hi: _EDGE | None, few: Fraction, many: Fraction) -> Points:
    """1 point below `few`, 2 up to `many`, that included, 3 above."""

    def points(edge: _EDGE) -> int:
        return 1 if edge < (few, 0) else 2 if edge <= (many, 0) else 3

    return points(lo), 3 if hi is None else points(hi)


def select_findings(fa: pd.DataFrame, lines: pd.DataFrame, *, as_of: pd.Timestamp) -> Findings:
    """The answers about ascites and encephalopathy up to the cut-off, one a day; of a day's differing ones the worse,
    marked as CLASH. fa: record frame of FA; lines: as `order_lines` gives them."""
    item = fa["FAOBJ"].map({text: _item(text) for text in fa["FAOBJ"].dropna().unique()}).astype(object)
    seen = fa["ADT"].notna() & (fa["ADT"] <= as_of) & item.notna() & fa["FAORRES"].notna()
    seen &= ~fa["STATUS"].isin(("PRELIMINARY", "CANCELLED", "ENTERED_IN_ERROR", "REJECTED")) & ~fa[
        "RETRACTED"
    ].eq(True)
    rows = fa.assign(CODE=item)[seen].reset_index(drop=True)
    day = to_days(rows["ADT"])
    position, before = place_in_lines(rows["USUBJID"], day, np.full(len(rows), -1), lines)
    points = [points_of_word(code, text) for code, text in zip(rows["CODE"], rows["FAORRES"], strict=True)]
    told = pd.DataFrame(
        {"USUBJID": rows["USUBJID"], "CODE": rows["CODE"], "POS": position, "DAY": day, "BEFORE": before,
         "POINTS": pd.array(points, dtype="Int64"), "RECKEY": rows["RECKEY"], "SITEID": rows["SITEID"]}
    )  # fmt: skip
    told = told[told["POS"] >= 0]
    known = told[told["POINTS"].notna()].astype({"POINTS": "int64"})
    keys = ["POS", "DAY", "BEFORE", "CODE"]
    grouped = known.groupby(keys, sort=True)
    once = grouped.agg(
        LO=("POINTS", "max"), LEAST=("POINTS", "min"), RECKEY=("RECKEY", lambda k: tuple(sorted(k)))
    )
    once = once.reset_index() if len(known) else pd.DataFrame(columns=[*keys, "LO", "LEAST", "RECKEY"])
    once = once.assign(HI=once["LO"], CLASH=once["LO"] != once["LEAST"]).drop(columns="LEAST")
    return Findings(once, told[told["POINTS"].isna()].reset_index(drop=True))


def _item(text: str) -> str | None:
    plain = " ".join(text.upper().split())
    return {
        "ASCITES": "ASCITES", "腹水": "ASCITES", "ENCEPHALOPATHY": "ENCEPHALOPATHY",
        "HEPATIC ENCEPHALOPATHY": "ENCEPHALOPATHY", "肝性脑病": "ENCEPHALOPATHY",
    }.get(plain)  # fmt: skip


class Answers(NamedTuple):
    """The answers to one item, in order of time: sort key, day, fewest and most points (0: not scorable), sources."""

    key: np.ndarray
    day: np.ndarray
    fewest: np.ndarray
    most: np.ndarray
    source: list[tuple[str, ...]]
    clash: np.ndarray


def lab_answers(labs: LiverLabs, picked: pd.DataFrame, code: str, subject: np.ndarray) -> Answers:
    """Answers from results of one test; `picked`: one row a day. subject: number of each line's subject."""
    rows = picked[picked["CODE"] == code]
    used = {int(place) for place in rows["AMOUNT"].unique()}
    points = {place: points_of_amount(code, labs.amounts[place]) or (0, 0) for place in used}
    table = np.array([points.get(place, (0, 0)) for place in range(len(labs.amounts))], dtype=np.int64)
    found = table.reshape(-1, 2)[rows["AMOUNT"].to_numpy(np.int64)]
    source: list[tuple[str, ...]] = [(f"LB|{key}",) for key in rows["RECKEY"]]
    return _answers(rows, found[:, 0], found[:, 1], source, np.zeros(len(rows), bool), subject)


def finding_answers(findings: pd.DataFrame, code: str, subject: np.ndarray) -> Answers:
    """Answers from what was found out about ascites or encephalopathy."""
    rows = findings[findings["CODE"] == code]
    source = [tuple(f"FA|{key}" for key in keys) for keys in rows["RECKEY"]]
    return _answers(
        rows,
        rows["LO"].to_numpy(np.int64),
        rows["HI"].to_numpy(np.int64),
        source,
        rows["CLASH"].to_numpy(bool),
        subject,
    )


def time_key(subject: np.ndarray, day: np.ndarray, before: np.ndarray) -> np.ndarray:
    """One number that sorts by subject, day, and before or after first dose."""
    return subject * (np.int64(1) << 32) + (day + (1 << 20)) * 2 + ~before


def _answers(
    rows: pd.DataFrame,
    fewest: np.ndarray,
    most: np.ndarray,
    source: list[tuple[str, ...]],
    clash: np.ndarray,
    subject: np.ndarray,
) -> Answers:
    day = rows["DAY"].to_numpy(np.int64)
    key = time_key(subject[rows["POS"].to_numpy(np.int64)], day, rows["BEFORE"].to_numpy(bool))
    order = np.argsort(key, kind="stable")
    return Answers(
        key[order], day[order], fewest[order], most[order], [source[at] for at in order], clash[order]
    )


def last_answers(answers: Answers, key: np.ndarray, day: np.ndarray, *, within: int) -> np.ndarray:
    """Of each moment (key, day) the place of the last answer up to then, at most `within` days old; -1: none."""
    at = np.searchsorted(answers.key, key, side="right") - 1
    there = at >= 0
    same = np.zeros(len(key), dtype=bool)
    same[there] = (answers.key[at[there]] >> 32) == (key[there] >> 32)
    fresh = np.zeros(len(key), dtype=bool)
    fresh[same] = day[same] - answers.day[at[same]] <= within
    return np.where(fresh, at, -1)

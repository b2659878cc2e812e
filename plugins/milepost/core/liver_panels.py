"""Scores of one panel: the results of one day, or of one sample, put into a formula; ranges kept as ranges.

A result reported as a range (`<3`, `>1000`) gives a number only where every value of the range gives the same; what is
missing is named. Source: clinical specification sections 2.6 and 5.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from milepost.core.liver_labs import LiverLabs

# of several results of one time the less favourable counts: of these the lowest, of the others the highest
_WORSE_IS_LOW = ("ALB", "SODIUM", "LYM")
_GREAT, _SMALL, _DIGITS = 1e12, 1e-12, 6
Formula = Callable[..., np.ndarray]


@dataclass(frozen=True)
class Score:
    """One score of one day: what it needs, its formula, how it is written, and which inputs cannot be zero."""

    code: str
    inputs: tuple[str, ...]
    formula: Formula
    graded: tuple[tuple[str, Formula, tuple[str, ...]], ...] = ()
    states: Formula | None = None
    not_zero: tuple[str, ...] = ()
    in_limits: bool = False
    needs_sex: bool = False


@dataclass(frozen=True)
class Panels:
    """The results that belong together: of each panel its line, day, side of first dose, and the row of each test."""

    pos: np.ndarray
    day: np.ndarray
    before: np.ndarray
    row: Mapping[str, np.ndarray]


def in_order(rows: pd.DataFrame, results: LiverLabs) -> pd.DataFrame:
    """Rows by line, day, before and after first dose, time, the less favourable last; equal ones by record key."""
    place = rows["AMOUNT"].to_numpy(np.int64)
    known = results.known[place] if len(place) else np.zeros(0)
    worse = np.where(rows["CODE"].isin(_WORSE_IS_LOW), -known, known)
    # record keys decide only among several results of one test and day, and sorting texts is slow
    several = rows.duplicated(["POS", "DAY", "BEFORE", "CODE"], keep=False).to_numpy(bool)
    rank = np.zeros(len(rows), dtype=np.int64)
    rank[several] = pd.factorize(rows["RECKEY"].to_numpy(object)[several], sort=True)[0]
    before = rows["BEFORE"].to_numpy(bool)
    worst = np.where(np.isnan(worse), -np.inf, worse)
    keys = (rank, worst, rows["SECOND"].to_numpy(), ~before, rows["DAY"].to_numpy(), rows["POS"].to_numpy())
    return rows.iloc[np.lexsort(keys)]


def to_panels(
    rows: pd.DataFrame, more: list[str], codes: tuple[str, ...], results: LiverLabs | None = None
) -> Panels:
    """Rows that share line, day and side of first dose (and `more`), as panels in order of time.

    With `results` the rows are first put in order, so that of several results of one test the right one counts.
    """
    keys = ["POS", "DAY", "BEFORE", *more]
    if results is not None:
        rows = in_order(rows, results).drop_duplicates([*keys, "CODE"], keep="last")
    number = rows.groupby(keys, sort=False).ngroup().to_numpy(np.int64)
    panels = rows.drop_duplicates(keys)
    row = {}
    for code in codes:
        mine = (rows["CODE"] == code).to_numpy(bool)
        at = np.full(len(panels), -1, dtype=np.int64)
        at[number[mine]] = rows.index.to_numpy(np.int64)[mine]
        row[code] = at
    return Panels(
        panels["POS"].to_numpy(np.int64),
        panels["DAY"].to_numpy(np.int64),
        panels["BEFORE"].to_numpy(bool),
        row,
    )


def is_near(there: np.ndarray, wanted: int) -> np.ndarray:
    """Enough of a score's tests are there for a row of it: all, or all but one with two others.

    One bilirubin is not nearly an ALBI: a day's enzymes would otherwise fill the frame with scores nobody meant.
    """
    return np.asarray((there >= wanted) | ((there == wanted - 1) & (there >= 2)))


def to_score_rows(score: Score, panels: Panels, results: LiverLabs, female: np.ndarray) -> list[pd.DataFrame]:
    """The rows of a score and of the grades made of it, of each panel that holds enough of its tests."""
    table = np.stack([panels.row[code] for code in score.inputs])
    there = table >= 0
    kept = is_near(there.sum(axis=0), len(score.inputs))
    table, there = table[:, kept], there[:, kept]
    pos = panels.pos[kept]
    place = (
        np.where(there, results.rows["AMOUNT"].to_numpy(np.int64)[table], 0) if len(results.rows) else table
    )
    lo, hi = _bounds(results, score.in_limits)
    lows, highs = (np.where(there, side[place] if len(side) else np.nan, np.nan) for side in (lo, hi))
    sex = female[pos]
    reason = _reasons(score, there, lows, highs, sex)
    made = np.array([one is None for one in reason], dtype=bool)
    least, most = np.full(len(pos), np.nan), np.full(len(pos), np.nan)
    extra = (sex[made],) if score.needs_sex else ()
    least[made], most[made] = _evaluate(score.formula, lows[:, made], highs[:, made], extra)
    if score.states is not None:
        stated = (score.states(least), score.states(most))
    else:
        stated = (least, most)
    ranged = ["CENSORED: " + ", ".join(c for c, r in zip(score.inputs, row, strict=True) if r)
              for row in (lows != highs).T.tolist()]  # fmt: skip
    frame = pd.DataFrame(
        {
            "POS": pos,
            "DAY": panels.day[kept],
            "BEFORE": panels.before[kept],
            "SRC": _sources(table, results.rows),
        }
    )
    outputs: list[tuple[str, np.ndarray, np.ndarray, tuple[str, ...]]] = [(score.code, *stated, ())]
    outputs += [(code, grade(least), grade(most), words) for code, grade, words in score.graded]
    raw = np.where(least == most, least, np.nan) if score.states is not None else np.full(len(pos), np.nan)
    return [
        to_rows(frame.assign(AVALRAW=np.round(raw, _DIGITS)), code, few, many, words, reason, ranged)
        for code, few, many, words in outputs
    ]


def to_rows(
    frame: pd.DataFrame,
    code: str,
    few: np.ndarray,
    many: np.ndarray,
    words: tuple[str, ...],
    reason: np.ndarray,
    ranged: Sequence[str | None],
) -> pd.DataFrame:
    """One score's rows: a number where its least and its greatest value are the same, else why not."""
    sure = few == many
    value = np.where(sure, np.round(few, _DIGITS), np.nan)
    why = np.where(pd.isna(reason), np.array(ranged, dtype=object), reason)
    why[sure] = None
    texts = [None if np.isnan(one) else _written(one, words) for one in value.tolist()]
    return frame.assign(PARAMCD=code, AVAL=value, AVALC=pd.Series(texts, dtype=object), REASON=why)


def _written(value: float, words: tuple[str, ...]) -> str:
    if words:
        return words[int(value) - 1]
    return str(int(value)) if value == int(value) else f"{value:.3f}"


def _bounds(results: LiverLabs, in_limits: bool) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest value of each amount as numbers; an open bound is moved by the least step."""
    lows, highs = [], []
    for one in results.amounts:
        lo, hi = (one.times_lo, one.times_hi) if in_limits else (one.lo, one.hi)
        low = np.nan if lo is None else float(lo)
        high = low if lo == hi else _GREAT if lo is not None and hi is None else float(hi or 0)
        lows.append(np.nextafter(low, np.inf) if one.lo_open else low)
        highs.append(np.nextafter(high, 0) if one.hi_open else high)
    return np.array(lows, dtype=float), np.array(highs, dtype=float)


def _reasons(
    score: Score, there: np.ndarray, lows: np.ndarray, highs: np.ndarray, sex: np.ndarray
) -> np.ndarray:
    """Why a score cannot be computed, the first that holds; None where it can."""
    reason = np.full(there.shape[1], None, dtype=object)
    no_number = there & np.isnan(lows)
    zero = np.array([code in score.not_zero for code in score.inputs])[:, None] & (highs == 0)
    checks = [(~there, "MISSING")]
    if score.in_limits:
        checks.append((no_number, "NO_LIMIT"))
    checks += [(no_number, "UNIT"), (zero, "ZERO")]
    if score.needs_sex:
        reason[np.isnan(sex)] = "SEX"
    for holds, word in reversed(checks):
        code = (holds * (1 << np.arange(len(score.inputs)))[:, None]).sum(axis=0)
        for pattern in np.unique(code[code > 0]):
            names = [name for bit, name in enumerate(score.inputs) if pattern >> bit & 1]
            reason[code == pattern] = f"{word}: {', '.join(names)}"
    return reason


def _evaluate(
    formula: Formula, lows: np.ndarray, highs: np.ndarray, extra: tuple[np.ndarray, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest value of the formula over the ranges of its inputs.

    Every score is monotone in each of its inputs while the others stand still, so both lie at corners.
    """
    lows, highs = np.maximum(lows, 0), np.maximum(highs, 0)
    ranged = (lows != highs).any(axis=0)
    least = np.empty(lows.shape[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        least[~ranged] = formula(*lows[:, ~ranged], *(one[~ranged] for one in extra))
    most = least.copy()
    if ranged.any():
        pairs = [np.maximum(side[:, ranged], _SMALL) for side in (lows, highs)]
        more = [one[ranged] for one in extra]
        corners = [
            formula(*(pairs[side][row] for row, side in enumerate(sides)), *more)
            for sides in product((0, 1), repeat=len(lows))
        ]
        least[ranged], most[ranged] = np.min(corners, axis=0), np.max(corners, axis=0)
    return least, most


def _sources(table: np.ndarray, rows: pd.DataFrame) -> list[tuple[str, ...]]:
    """The records each panel rests on."""
    named = np.append(rows["SOURCE"].to_numpy(object), [None])[table]
    if (table >= 0).all():
        return list(zip(*named.tolist(), strict=True))
    return [
        tuple(key for key in of_panel if key is not None) for of_panel in zip(*named.tolist(), strict=True)
    ]

"""Pairs of a raised transaminase and a raised bilirubin: where liver tests may tell of severe liver injury.

Bilirubin counts on the day of ALT or AST and up to `pairing_days` later, never before it. Every limit is compared
exactly, each result with the limit of its own report; a result known only as a range counts where all of it does.
Source: clinical specification section 5.2, trap 31.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd

from milepost.core.liver_baseline import Baseline
from milepost.core.liver_labs import Amount, LiverLabs
from milepost.protocol.safety import LiverRules

ENZYMES = ("ALT", "AST")
Baselines = Mapping[tuple[int, str], Baseline]
Test = Callable[[Amount, "Baseline | None", bool], bool]


def under_treatment(labs: LiverLabs, *, lab_days: int) -> np.ndarray:
    """Rows after first dose and up to `lab_days` after the last one (without an end while dosing goes on)."""
    rows, lines = labs.rows, labs.lines
    pos = rows["POS"].to_numpy(np.int64)
    last = lines["LASTDOSE"].to_numpy("datetime64[D]")
    open_end = lines["ONGOING"].eq(True).to_numpy(bool) | np.isnat(last)
    until = np.where(open_end, np.iinfo(np.int64).max, last.astype(np.int64) + lab_days)
    return ~rows["BEFORE"].to_numpy(bool) & (rows["DAY"].to_numpy(np.int64) <= until[pos])


def reaches(times: Decimal) -> Test:
    """At least so many times the upper limit."""
    limit = Fraction(times)
    return lambda one, baseline, raised: one.times_lo is not None and one.times_lo >= limit


def exceeds(times: Decimal) -> Test:
    """More than so many times the upper limit."""
    limit = Fraction(times)
    return lambda one, baseline, raised: one.times_lo is not None and one.times_lo > limit


def reaches_of_baseline(times: Decimal) -> Test:
    """At least so many times the patient's own baseline (which is not 0)."""
    factor = Fraction(times)
    return lambda one, base, raised: (
        one.lo is not None and base is not None and bool(base.value) and one.lo >= factor * (base.value or 0)
    )


def is_injury(rules: LiverRules) -> Test:
    """ALT or AST: `alt` x ULN; from a raised baseline `raised_alt_times` x baseline and `alt` x ULN, or
    `raised_alt_uln` x ULN, whichever is less."""
    plain, enough = reaches(rules.alt), reaches(rules.raised_alt_uln)
    own = reaches_of_baseline(rules.raised_alt_times)

    def test(one: Amount, base: Baseline | None, raised: bool) -> bool:
        if not raised or base is None or base.value is None or one.lo is None:
            return plain(one, base, raised)
        return (plain(one, base, raised) and own(one, base, raised)) or enough(one, base, raised)

    return test


def is_jaundice(rules: LiverRules) -> Test:
    """Bilirubin: `bili` x ULN; from a raised baseline (of ALT or AST) a rise of `raised_bili_rise` x ULN over its own
    baseline, or `raised_bili_uln` x ULN, whichever is less."""
    plain, enough = reaches(rules.bili), reaches(rules.raised_bili_uln)
    rise = Fraction(rules.raised_bili_rise)

    def test(one: Amount, base: Baseline | None, raised: bool) -> bool:
        if not raised or base is None or base.value is None or one.lo is None or one.uln is None:
            return plain(one, base, raised)
        return one.lo - base.value >= rise * one.uln or enough(one, base, raised)

    return test


def select_hits(
    labs: LiverLabs, among: np.ndarray, code: str, baselines: Baselines, raised: np.ndarray, test: Test
) -> pd.DataFrame:
    """Of these rows those of one test for which `test` holds, one a line and day (the highest): POS, DAY, ROW.

    raised: of each line whether the rule for raised baselines holds.
    """
    rows = labs.rows
    at = np.flatnonzero(among & (rows["CODE"] == code).to_numpy(bool))
    pos, place = rows["POS"].to_numpy(np.int64)[at], rows["AMOUNT"].to_numpy(np.int64)[at]
    keys = zip(pos.tolist(), place.tolist(), strict=True)
    holds = [test(labs.amounts[one], baselines.get((line, code)), bool(raised[line])) for line, one in keys]
    hits = at[np.array(holds, dtype=bool)]
    found = pd.DataFrame(
        {
            "POS": rows["POS"].to_numpy(np.int64)[hits],
            "DAY": rows["DAY"].to_numpy(np.int64)[hits],
            "ROW": hits,
            "TIMES": -labs.times[rows["AMOUNT"].to_numpy(np.int64)[hits]],
        }
    )
    found = found.sort_values(["POS", "DAY", "TIMES", "ROW"]).drop_duplicates(["POS", "DAY"])
    return found.drop(columns="TIMES").reset_index(drop=True)


def pair_up(injuries: pd.DataFrame, jaundices: pd.DataFrame, *, within: int) -> pd.DataFrame:
    """Each injury with the first jaundice of its line on that day or up to `within` days later: POS, DAY, ROW, BILIDAY,
    BILIROW; injuries without one are left out."""
    wide = np.int64(1) << 32
    keys = jaundices["POS"].to_numpy(np.int64) * wide + jaundices["DAY"].to_numpy(np.int64)
    pos, day = injuries["POS"].to_numpy(np.int64), injuries["DAY"].to_numpy(np.int64)
    at = np.searchsorted(keys, pos * wide + day, side="left")
    inside = at < len(keys)
    found = np.zeros(len(injuries), dtype=bool)
    found[inside] = keys[at[inside]] <= pos[inside] * wide + day[inside] + within
    return injuries[found].assign(
        BILIDAY=jaundices["DAY"].to_numpy(np.int64)[at[found]],
        BILIROW=jaundices["ROW"].to_numpy(np.int64)[at[found]],
    )


def alp_of(labs: LiverLabs, subjects: set[str]) -> dict[str, list[tuple[int, float, int]]]:
    """Every ALP of these subjects: day, multiple of its limit (infinite: not known), row; the lowest of a day first."""
    rows = labs.rows[(labs.rows["CODE"] == "ALP") & labs.rows["USUBJID"].isin(subjects)]
    times = labs.times[rows["AMOUNT"].to_numpy(np.int64)]
    times = np.where(np.isnan(times), np.inf, times)
    found: dict[str, list[tuple[int, float, int]]] = {}
    for subject, *of_day in zip(
        rows["USUBJID"], rows["DAY"].tolist(), times.tolist(), rows.index.tolist(), strict=True
    ):
        found.setdefault(subject, []).append((of_day[0], of_day[1], of_day[2]))
    return {subject: sorted(days) for subject, days in found.items()}


def nearest_alp(alps: list[tuple[int, float, int]], day: int, *, within: int) -> int:
    """Row of the ALP nearest to the day and at most `within` days from it; -1: none.

    Of two as near the earlier (the question is how it began), of one day the lowest (a case is not dismissed lightly).
    """
    near = [(abs(on - day), on, times, row) for on, times, row in alps if abs(on - day) <= within]
    return min(near)[3] if near else -1


def alp_condition(one: Amount | None, limit: Decimal) -> str:
    """MET: ALP below so many times its limit; NOT_MET: at or above it; UNKNOWN: not measured, or not to be told."""
    if one is None or one.times_lo is None:
        return "UNKNOWN"
    if one.times_lo >= Fraction(limit):
        return "NOT_MET"
    below = one.times_hi is not None and (
        one.times_hi < Fraction(limit) or (one.times_hi == Fraction(limit) and one.hi_open)
    )
    return "MET" if below else "UNKNOWN"

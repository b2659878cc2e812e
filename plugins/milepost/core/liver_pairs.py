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
Test = Callable[[Amount, "Baseline | None"], bool]


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
    return lambda one, base: one.times_lo is not None and one.times_lo >= limit


def may_reach(times: Decimal) -> Test:
    """Perhaps at least so many times the upper limit: not all of its range lies below."""
    limit = Fraction(times)
    return lambda one, base: one.times_lo is not None and not _lies_below(one.times_hi, one.hi_open, limit)


def exceeds(times: Decimal) -> Test:
    """More than so many times the upper limit."""
    limit = Fraction(times)
    return lambda one, base: (
        one.times_lo is not None and (one.times_lo > limit or (one.times_lo == limit and one.lo_open))
    )


def reaches_of_baseline(times: Decimal) -> Test:
    """At least so many times the patient's own baseline (which is not 0), whatever both may be within their ranges."""
    factor = Fraction(times)
    return lambda one, base: (
        one.lo is not None and base is not None and bool(base.most) and one.lo >= factor * (base.most or 0)
    )


def may_reach_of_baseline(times: Decimal) -> Test:
    """Perhaps at least so many times the patient's own baseline."""
    factor = Fraction(times)
    return lambda one, base: (
        one.lo is not None
        and base is not None
        and base.least is not None
        and base.most != 0
        and not _lies_below(one.hi, one.hi_open, factor * base.least)
    )


def _lies_below(highest: Fraction | None, is_open: bool, limit: Fraction) -> bool:
    return highest is not None and (highest < limit or (highest == limit and is_open))


def either(*tests: Test) -> Test:
    """One of these holds."""
    return lambda one, base: any(test(one, base) for test in tests)


def is_injury(rules: LiverRules) -> Test:
    """ALT or AST: `alt` x ULN; where its own baseline is raised `raised_alt_times` x baseline and `alt` x ULN, or
    `raised_alt_uln` x ULN, whichever is less. A baseline known only as a range counts as the bound reported."""
    plain, enough = reaches(rules.alt), reaches(rules.raised_alt_uln)
    factor = Fraction(rules.raised_alt_times)

    def test(one: Amount, base: Baseline | None) -> bool:
        if base is None or base.times is None or not base.is_raised or one.times_lo is None:
            return plain(one, base)
        if one.lo is not None and base.value is not None:
            risen = one.lo >= factor * base.value
        else:  # a unit nobody can convert: both in multiples of their own limits
            risen = one.times_lo >= factor * base.times
        return (plain(one, base) and risen) or enough(one, base)

    return test


def is_jaundice(rules: LiverRules) -> Test:
    """Bilirubin: `bili` x ULN; where its own baseline is raised a rise of `raised_bili_rise` x ULN over baseline, or
    `raised_bili_uln` x ULN, whichever is less."""
    plain, enough = reaches(rules.bili), reaches(rules.raised_bili_uln)
    rise = Fraction(rules.raised_bili_rise)

    def test(one: Amount, base: Baseline | None) -> bool:
        if base is None or base.times is None or not base.is_raised or one.times_lo is None:
            return plain(one, base)
        if one.lo is not None and one.uln is not None and base.value is not None:
            risen = one.lo - base.value >= rise * one.uln
        else:
            risen = one.times_lo - base.times >= rise
        return risen or enough(one, base)

    return test


def adds_to_layer(rules: LiverRules) -> Test:
    """Bilirubin at which one acts at a lower ALT: `bili` x ULN, from a raised baseline `raised_bili_uln` x ULN."""
    plain, raised = reaches(rules.bili), reaches(rules.raised_bili_uln)
    return lambda one, base: raised(one, base) if base is not None and base.is_raised else plain(one, base)


def select_hits(
    labs: LiverLabs, among: np.ndarray, code: str, baselines: Baselines, test: Test
) -> pd.DataFrame:
    """Of these rows those of one test for which `test` holds, one a line and day (the highest): POS, DAY, ROW."""
    rows = labs.rows
    at = np.flatnonzero(among & (rows["CODE"] == code).to_numpy(bool))
    pos, place = rows["POS"].to_numpy(np.int64)[at], rows["AMOUNT"].to_numpy(np.int64)[at]
    keys = zip(pos.tolist(), place.tolist(), strict=True)
    holds = [test(labs.amounts[one], baselines.get((line, code))) for line, one in keys]
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


def with_followers(
    labs: LiverLabs, on: np.ndarray, baselines: Baselines, test: Test, *, within: int
) -> np.ndarray:
    """Rows on treatment, and every bilirubin that belongs to an ALT or AST of that time for which `test` holds: of its
    line, on that day or up to `within` days later, though the time on treatment is over by then."""
    rows = labs.rows
    wide = np.int64(1) << 32
    hits = pd.concat([select_hits(labs, on, enzyme, baselines, test) for enzyme in ENZYMES])
    starts = np.sort(hits["POS"].to_numpy(np.int64) * wide + hits["DAY"].to_numpy(np.int64))
    open_to = (~on & ~rows["BEFORE"].to_numpy(bool) & (rows["CODE"] == "BILI").to_numpy(bool)) & bool(
        len(starts)
    )
    key = rows["POS"].to_numpy(np.int64)[open_to] * wide + rows["DAY"].to_numpy(np.int64)[open_to]
    last = np.searchsorted(starts, key, side="right") - 1
    found = on.copy()
    found[open_to] = (last >= 0) & (key - starts[np.maximum(last, 0)] <= within) if len(key) else False
    return found


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

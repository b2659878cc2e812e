"""Laboratory records as exact amounts in one unit a test, each with its own laboratory's range.

The range is the one printed with the result: of that laboratory, that day, that sex; never a constant. Preliminary,
cancelled and mistaken results are no results; what is dated after the cut-off is not seen yet. Source: clinical
specification, sections 3.4 and 4.1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from milepost.core.censored_values import EXACT, Interval, parse_result
from milepost.core.checkpoint_samples import NO_DAY, to_days
from milepost.core.exact_numbers import Numbers
from milepost.core.samples import NO_SAMPLE
from milepost.core.units import known_factors, unit_among
from milepost.protocol import LabTest, StudyProtocol

SiteFactors = Mapping[str, Mapping[str, Mapping[str, Decimal]]]
NO_FACTORS: SiteFactors = {}
CANONICAL = 0


@dataclass(frozen=True)
class Amounts:
    """Bounds of each row's result, its limits of normal, and in which unit they stand.

    unit_key: 0 where all is in the test's canonical unit; else a number that only rows of the same unknown unit share.
    factor: by which the reported number was multiplied. code: place in `intervals` (-1: no amount).
    reversed_range: the lower limit lies above the upper; each is kept as it was sent.
    """

    intervals: np.ndarray
    code: np.ndarray
    value: Numbers
    lln: Numbers
    uln: Numbers
    unit_key: np.ndarray
    factor: np.ndarray
    reversed_range: np.ndarray

    @property
    def censored(self) -> np.ndarray:
        """Which results are ranges such as <3 or >1000."""
        return np.asarray((self.code >= 0) & np.isnan(self.value.near))

    def take(self, rows: np.ndarray) -> Amounts:
        """The amounts at these positions."""
        return Amounts(
            self.intervals, self.code[rows], self.value.take(rows), self.lln.take(rows), self.uln.take(rows),
            self.unit_key[rows], self.factor[rows], self.reversed_range[rows],
        )  # fmt: skip


def select_results(labs: pd.DataFrame, as_of: dt.date) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the results dated on or before the cut-off, and of results whose date is incomplete."""
    is_result = ~(labs["STATUS"].isin(NO_SAMPLE) | labs["RETRACTED"].eq(True)).to_numpy(bool)
    day = to_days(labs["ADT"])
    limit = (as_of - dt.date(1970, 1, 1)).days
    return np.flatnonzero(is_result & (day != NO_DAY) & (day <= limit)), np.flatnonzero(
        is_result & (day == NO_DAY)
    )


def to_amounts(
    labs: pd.DataFrame, protocol: StudyProtocol, site_factors: SiteFactors = NO_FACTORS
) -> Amounts:
    """The amounts of record rows of LB, exactly.

    Needs SITEID LBTESTCD LBORRES LBORRESU LBORNRLO LBORNRHI STATUS. site_factors: a site's own factors by test and
    unit. Limits of normal are read as the result is: in the reported unit; "<40" is an upper limit of 40.
    """
    lot, factors, keys = _lots(labs, protocol, site_factors)
    code, pairs, texts = _pairs(lot, labs["LBORRES"])
    intervals = np.empty(len(pairs) + 1, dtype=object)
    for place, (of_lot, text) in enumerate(pairs):
        interval = parse_result(texts[text]) if text >= 0 else None
        intervals[place] = None if interval is None else interval.times(factors[of_lot])
    code = np.where(labs["STATUS"].eq("REJECTED").to_numpy(bool), len(pairs), code)
    exact = _objects([one.lo if one is not None and one.is_exact else None for one in intervals])
    value = Numbers(exact[code], _near(exact)[code])
    has_amount = np.array([one is not None for one in intervals], dtype=bool)
    low, high = (
        _limit(lot, factors, labs[name], lower=name == "LBORNRLO") for name in ("LBORNRLO", "LBORNRHI")
    )
    high = high.where(~(high.near <= 0))
    with np.errstate(invalid="ignore"):
        reversed_range = low.near > high.near
    return Amounts(
        intervals, np.where(has_amount[code], code, -1), value, low, high, keys[lot], _objects(list(factors))[lot],
        reversed_range,
    )  # fmt: skip


def _lots(
    labs: pd.DataFrame, protocol: StudyProtocol, site_factors: SiteFactors
) -> tuple[np.ndarray, list[Decimal], np.ndarray]:
    """Rows of one site, test and unit: which lot each row is of, each lot's factor and its unit key."""
    columns = [pd.factorize(labs[name]) for name in ("SITEID", "LBTESTCD", "LBORRESU")]
    combined = np.zeros(len(labs), dtype=np.int64)
    for codes, words in columns:
        combined = combined * (len(words) + 1) + codes + 1
    lot, first = _renumber(combined)
    tests: dict[str, LabTest] = {test.code: test for test in protocol.tests}
    sites, codes_of, units = (words for _, words in columns)
    factors, keys = [], []
    for row in first.tolist():
        site, test, unit = (int(codes[row]) for codes, _ in columns)
        meant = tests.get(codes_of[test]) if test >= 0 else None
        own = site_factors.get(sites[site], {}).get(codes_of[test], {}) if site >= 0 and test >= 0 else {}
        known = known_factors(meant, own) if meant is not None else {}
        # a quantity without dimension is reported without a unit
        factor = known.get(unit_among(units[unit], known) if unit >= 0 else "1")
        factors.append(Decimal(1) if factor is None else factor)
        keys.append(CANONICAL if factor is not None else unit + 2)
    return lot, factors, np.array(keys, dtype=np.int32)


def _renumber(combined: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers from 0 for the distinct values, and for each the position of its first row."""
    codes, distinct = pd.factorize(combined)
    first = np.full(len(distinct), -1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return codes, first


def _pairs(lot: np.ndarray, column: pd.Series) -> tuple[np.ndarray, list[tuple[int, int]], np.ndarray]:
    """Of each row the number of its (lot, text); the pairs; the texts. A text that is not there has number -1."""
    text, texts = pd.factorize(column)
    code, first = _renumber(lot.astype(np.int64) * (len(texts) + 1) + text + 1)
    return (
        code,
        list(zip(lot[first].tolist(), text[first].tolist(), strict=True)),
        np.asarray(texts, dtype=object),
    )


def _limit(lot: np.ndarray, factors: list[Decimal], column: pd.Series, *, lower: bool) -> Numbers:
    code, pairs, texts = _pairs(lot, column)
    found: list[Decimal | None] = []
    for of_lot, text in pairs:
        interval = parse_result(texts[text]) if text >= 0 else None
        bound = _bound(interval, lower=lower)
        found.append(None if bound is None else EXACT.multiply(bound, factors[of_lot]))
    exact = _objects(found)
    return Numbers(exact[code], _near(exact)[code])


def _bound(interval: Interval | None, *, lower: bool) -> Decimal | None:
    """The one number in a limit's text: 40, <40 or <=40 as upper limit; 60, >60 or >=60 as lower limit."""
    if interval is None or interval.is_exact:
        return None if interval is None else interval.lo
    if lower:
        return interval.lo if interval.is_above_limit else None
    return interval.hi


def _objects(items: list[Decimal | None]) -> np.ndarray:
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def _near(exact: np.ndarray) -> np.ndarray:
    return np.array([np.nan if one is None else float(one) for one in exact], dtype=float)


def to_bound(amounts: Amounts, direction: str, *, worse: bool) -> tuple[Numbers, np.ndarray]:
    """One end of each result: the end that is worse in this direction, or the milder one, with its nudge.

    An open end is nudged inwards (see `lab_grading.Measured`). The ends of an exact result are the same.
    """
    exact, near = amounts.value.exact.copy(), amounts.value.near.copy()
    nudge = np.zeros(len(near), dtype=np.int8)
    upper = (direction == "H") == worse
    for row in np.flatnonzero(amounts.censored).tolist():
        interval: Interval = amounts.intervals[amounts.code[row]]
        bound = interval.hi if upper else interval.lo
        exact[row], near[row] = bound, np.inf if bound is None else float(bound)
        nudge[row] = -int(interval.hi_open) if upper else int(interval.lo_open)
    return Numbers(exact, near), nudge

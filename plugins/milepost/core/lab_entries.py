"""Laboratory rows ready to be graded: which record, which test, how much, in which line.

An entry is usually one record; a record makes a second one where calcium is corrected for albumin, where a count is
computed from a percentage, and where a row of one therapy line is the baseline of the next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from milepost.core.exact_numbers import Numbers, sign_against
from milepost.core.lab_amounts import Amounts
from milepost.core.lab_periods import Periods

LOW, NORMAL, HIGH, UNKNOWN = -1, 0, 1, 2


@dataclass(frozen=True)
class Entries:
    """Column by column. at: position of the record. test: number of the test. range: LOW, NORMAL, HIGH or UNKNOWN
    against the record's own limits of normal. corrected: place of the entry by whose value this calcium is graded, -1
    where it is graded by its own. second: position of the other record a computed entry rests on, -1 where the entry
    is as reported. foreign: of another specimen than the test's grades are made for."""

    at: np.ndarray
    test: np.ndarray
    amounts: Amounts
    periods: Periods
    range: np.ndarray
    corrected: np.ndarray
    second: np.ndarray
    foreign: np.ndarray

    @property
    def derived(self) -> np.ndarray:
        """Which are computed here, not reported."""
        return np.asarray(self.second >= 0)

    def __len__(self) -> int:
        return len(self.at)

    def take(self, rows: np.ndarray) -> Entries:
        """The entries at these places; `corrected` still names places among all."""
        return Entries(
            self.at[rows], self.test[rows], self.amounts.take(rows), self.periods.take(rows), self.range[rows],
            self.corrected[rows], self.second[rows], self.foreign[rows],
        )  # fmt: skip


def to_entries(test: np.ndarray, amounts: Amounts, periods: Periods, foreign: np.ndarray) -> Entries:
    """One entry a record."""
    none = np.full(len(test), -1, dtype=np.int64)
    return Entries(np.arange(len(test)), test, amounts, periods, to_range(amounts), none, none, foreign)


def to_range(amounts: Amounts) -> np.ndarray:
    """Where each result lies against its own limits: UNKNOWN where that cannot be told.

    A report without a lower limit is usual (<40) and leaves a result at or below the upper limit NORMAL; without an
    upper limit nothing is called NORMAL. A range such as <3 that reaches over a limit is UNKNOWN, and so is every
    result whose limits contradict each other.
    """
    above, below = sign_against(amounts.value, amounts.uln), sign_against(amounts.value, amounts.lln)
    found = np.full(len(above), UNKNOWN, dtype=np.int8)
    found[~np.isnan(above)] = NORMAL
    found[below < 0] = LOW
    found[above > 0] = HIGH
    for row in np.flatnonzero(amounts.censored).tolist():
        found[row] = _range_of_interval(amounts, row)
    found[amounts.reversed_range] = UNKNOWN
    return found


def _range_of_interval(amounts: Amounts, row: int) -> int:
    interval = amounts.intervals[amounts.code[row]]
    low, high = amounts.lln.exact[row], amounts.uln.exact[row]
    if high is not None and (interval.lo > high or (interval.lo == high and interval.lo_open)):
        return HIGH
    if low is not None and interval.lies_below(low):
        return LOW
    within_high = high is not None and interval.hi is not None and interval.hi <= high
    within_low = low is None or interval.lo >= low
    return NORMAL if within_high and within_low else UNKNOWN


def join(one: Entries, other: Entries) -> Entries:
    """Both, one after the other. Both must be of the same records."""
    return Entries(
        _both(one.at, other.at), _both(one.test, other.test), _join_amounts(one.amounts, other.amounts),
        Periods(*map(_both, one.periods, other.periods)), _both(one.range, other.range),
        _both(one.corrected, other.corrected), _both(one.second, other.second), _both(one.foreign, other.foreign),
    )  # fmt: skip


def _join_amounts(one: Amounts, other: Amounts) -> Amounts:
    value, lln, uln = (
        Numbers(_both(first.exact, second.exact), _both(first.near, second.near))
        for first, second in ((one.value, other.value), (one.lln, other.lln), (one.uln, other.uln))
    )
    return Amounts(
        one.intervals, _both(one.code, other.code), value, lln, uln, _both(one.unit_key, other.unit_key),
        _both(one.factor, other.factor), _both(one.reversed_range, other.reversed_range),
    )  # fmt: skip


def _both(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.concatenate([one, other])

"""Many exact decimals compared at once: floats decide what is far apart, decimals what is close.

A limit of a rule is often met exactly (75 x 10^9/L, 3.0 x ULN), and a float product misses it. Comparing every number
as a Decimal would be exact and slow; a float comparison is right wherever the two sides differ by more than a
thousand-millionth, so only the few closer ones are compared exactly. Source: clinical specification, section 4.2.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import numpy as np

from milepost.core.censored_values import EXACT

_CLOSE = 1e-9
_ONE, _ZERO = Decimal(1), Decimal(0)


class Numbers(NamedTuple):
    """A column of exact numbers: `exact` (Decimal or None) and `near`, the same as floats (NaN where None).

    An unbounded end of a range is None with `near` infinite.
    """

    exact: np.ndarray
    near: np.ndarray

    def take(self, rows: np.ndarray) -> Numbers:
        """The numbers at these positions."""
        return Numbers(self.exact[rows], self.near[rows])

    def where(self, holds: np.ndarray) -> Numbers:
        """The numbers where this holds; unknown elsewhere."""
        return Numbers(only(self.exact, holds), np.where(holds, self.near, np.nan))

    @property
    def known(self) -> np.ndarray:
        """Which are numbers at all."""
        return ~np.isnan(self.near)


def only(values: np.ndarray, holds: np.ndarray) -> np.ndarray:
    """A copy as objects, None where this does not hold."""
    kept = values.astype(object)
    kept[~holds] = None
    return kept


def to_numbers(values: list[Decimal | None]) -> Numbers:
    """A column of Numbers from decimals."""
    exact = np.empty(len(values), dtype=object)
    exact[:] = values
    return Numbers(
        exact, np.array([np.nan if value is None else float(value) for value in values], dtype=float)
    )


def sign_against(
    values: Numbers, limits: Numbers | None, *, times: Decimal = _ONE, plus: Decimal = _ZERO
) -> np.ndarray:
    """Sign of value - (times x limit + plus) as floats 1, 0, -1; NaN where either is unknown.

    limits None: the limit is the number `plus`.
    """
    near = float(plus) if limits is None else limits.near * float(times) + float(plus)
    with np.errstate(invalid="ignore"):
        apart = values.near - near
        sign = np.sign(apart)
        close = np.isfinite(apart) & (np.abs(apart) <= _CLOSE * np.maximum(np.abs(values.near), np.abs(near)))
    for row in np.flatnonzero(close).tolist():
        limit = plus if limits is None else EXACT.add(EXACT.multiply(times, limits.exact[row]), plus)
        sign[row] = int(EXACT.compare(values.exact[row], limit))
    return np.asarray(sign)

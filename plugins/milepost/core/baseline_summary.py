"""What describes patients at the start: quartiles, also of values known only as ranges, and how far two groups differ.

A quartile of values beyond an assay's limit is itself a range, or none at all; no value is put in a range's place.
Groups are compared by standardised differences, which do not depend on their sizes and test nothing. Sources: clinical
specification, sections 2.6 and 7.2; quantiles as R's type 7; Austin, Statistics in Medicine 2009;28:3083.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from milepost.core.censored_values import Interval

Range = tuple[float, float]


def quantile(values: Sequence[Interval], share: float) -> Range | None:
    """Least and greatest value the quantile of these can have; both alike where it is known. None without values.

    A bound without limit is infinite: the median of 1, 2 and >60 is 2, of 1, >60 and >60 it is above 60.
    """
    if not values:
        return None
    lows = np.sort([float(value.lo) for value in values])
    highs = np.sort([math.inf if value.hi is None else float(value.hi) for value in values])
    return _at(lows, share), _at(highs, share)


def _at(ordered: np.ndarray, share: float) -> float:
    """R's type 7; an infinite neighbour counts only where it has weight."""
    place = (len(ordered) - 1) * share
    below, weight = int(place), place - int(place)
    if weight < 1e-9:
        return float(ordered[below])
    return float(ordered[below] * (1 - weight) + ordered[below + 1] * weight)


def difference_of_means(comparison: Sequence[float], reference: Sequence[float]) -> float | None:
    """Standardised difference of a number, comparison less reference, over the root of the mean of both variances.

    None where a group has fewer than two patients, or neither varies though the means differ.
    """
    if min(len(comparison), len(reference)) < 2:
        return None
    ours, theirs = np.asarray(comparison, float), np.asarray(reference, float)
    return _standardised(ours.mean() - theirs.mean(), ours.var(ddof=1), theirs.var(ddof=1))


def difference_of_shares(events1: int, n1: int, events2: int, n2: int) -> float | None:
    """Standardised difference of two shares, group 1 less group 2. None where a group is empty, or where neither
    varies though they differ."""
    if not n1 or not n2:
        return None
    one, two = events1 / n1, events2 / n2
    return _standardised(one - two, one * (1 - one), two * (1 - two))


def _standardised(difference: float, variance1: float, variance2: float) -> float | None:
    spread = math.sqrt((variance1 + variance2) / 2)
    if spread > 0:
        return float(difference / spread)
    return 0.0 if difference == 0 else None

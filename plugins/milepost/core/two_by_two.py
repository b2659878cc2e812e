"""Tests of a table of two arms and two outcomes: Fisher's exact test and the chi-square test, each by its name.

The chi-square test comes with and without Yates's continuity correction: they differ, so the method's text says which.
Source: clinical specification section 7.1 (tests only where the protocol plans them); R's fisher.test and prop.test.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, gammaln

from milepost.core.limits import Estimate, Significance, normal_quantile, not_estimable, not_tested
from milepost.core.proportions import Alternative, wrong_arms

SAME = 1 + 1e-7  # tables this little more likely than the one seen count as equally likely (R's rule)
_FARTHEST = 600.0  # log odds ratio: beyond it numbers end


@dataclass(frozen=True)
class _Table:
    """All tables with the margins of the one seen: counts in the first cell, log weight of each, count seen."""

    counts: np.ndarray
    weights: np.ndarray
    seen: int

    def chances(self, log_odds: float) -> np.ndarray:
        """Chance of every table when the odds ratio is exp(log_odds) (non-central hypergeometric)."""
        weighted = self.weights + log_odds * self.counts
        chances = np.exp(weighted - weighted.max())
        return np.asarray(chances / chances.sum())

    def at_most(self, log_odds: float) -> float:
        return float(self.chances(log_odds)[self.counts <= self.seen].sum())

    def at_least(self, log_odds: float) -> float:
        return float(self.chances(log_odds)[self.counts >= self.seen].sum())


def fisher(
    events1: int, n1: int, events2: int, n2: int, *, alternative: Alternative = "two-sided"
) -> Significance:
    """Fisher's exact test. two-sided: all tables no more likely than the one seen; greater: arm 1 has more events."""
    method = f"Fisher's exact test, {alternative}"
    if wrong := wrong_arms(events1, n1, events2, n2):
        return not_tested(wrong, n=max(n1, 0) + max(n2, 0), method=method)
    table = _table(events1, n1, events2, n2)
    if alternative == "greater":
        p = table.at_least(0.0)
    elif alternative == "less":
        p = table.at_most(0.0)
    else:
        chances = table.chances(0.0)
        p = float(chances[chances <= chances[table.counts == table.seen][0] * SAME].sum())
    return Significance(min(p, 1.0), None, None, n1 + n2, method)


def conditional_odds_ratio(events1: int, n1: int, events2: int, n2: int, *, level: float = 0.95) -> Estimate:
    """The odds ratio that goes with Fisher's test (conditional maximum likelihood), with exact limits.

    An empty cell gives 0 or infinity with one finite limit. Where all patients or none have the event, every odds ratio
    fits the table equally well: no value, limits 0 and infinity.
    """
    method = "conditional odds ratio, exact limits"
    tail = (1 - level) / 2
    normal_quantile(level)
    if wrong := wrong_arms(events1, n1, events2, n2):
        return not_estimable(wrong, level=level, n=max(n1, 0) + max(n2, 0), method=method)
    table, n = _table(events1, n1, events2, n2), n1 + n2
    least, most = int(table.counts[0]), int(table.counts[-1])
    if least == most:
        return Estimate(None, 0.0, math.inf, level, n, method, "both arms have no event, or only events")

    def expected(log_odds: float) -> float:
        return float(table.chances(log_odds) @ table.counts) - table.seen

    lo, value, hi = 0.0, 0.0, math.inf
    if table.seen > least:
        lo = _odds(lambda log_odds: table.at_least(log_odds) - tail)
        value = math.inf if table.seen == most else _odds(expected)
    if table.seen < most:
        hi = _odds(lambda log_odds: tail - table.at_most(log_odds))
    return Estimate(value, lo, hi, level, n, method)


def chi_square(events1: int, n1: int, events2: int, n2: int, *, corrected: bool = False) -> Significance:
    """Pearson's chi-square test; corrected: with Yates's continuity correction, never beyond a difference of 0."""
    method = f"chi-square test {'with' if corrected else 'without'} continuity correction"
    if wrong := wrong_arms(events1, n1, events2, n2):
        return not_tested(wrong, n=max(n1, 0) + max(n2, 0), method=method)
    n, events = n1 + n2, events1 + events2
    if events in (0, n):
        return not_tested("both arms have no event, or only events", n=n, method=method)
    off = abs(events1 * n2 - events2 * n1) / n  # seen less expected, the same in every cell
    if corrected:
        off -= min(0.5, off)
    statistic = off**2 * n**3 / (n1 * n2 * events * (n - events))
    return Significance(float(chdtrc(1, statistic)), statistic, 1, n, method)


def _table(events1: int, n1: int, events2: int, n2: int) -> _Table:
    events = events1 + events2
    counts = np.arange(max(0, events - n2), min(events, n1) + 1)
    return _Table(counts, _log_choose(n1, counts) + _log_choose(n2, events - counts), events1)


def _log_choose(n: int, k: np.ndarray) -> np.ndarray:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _odds(rising: Callable[[float], float]) -> float:
    return math.exp(float(brentq(rising, -_FARTHEST, _FARTHEST, xtol=1e-12, rtol=1e-13)))

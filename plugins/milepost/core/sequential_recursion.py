"""Chances of crossing bounds at several looks at the same growing data, by numerical integration.

The test statistic Z at information fraction t, times the root of t, behaves like a Brownian motion with drift: B(t) is
normal with mean drift x t and variance t, and grows by independent steps. The density of B among courses that have not
crossed is carried from look to look (Armitage, McPherson and Rowe, JRSS A 1969;132:235) on Gauss-Legendre nodes, as
many as the shortest step asks for. Drift: the expected Z at full information; 0 under the null hypothesis, z(1 - alpha)
+ z(power) under the design of a fixed sample.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr

FAR = 8.5  # standard deviations beyond which nothing is left (2e-17)
HIGHEST = 38.0  # a bound above it has no chance at all in floating point
_NODES_A_STEP = 4.0  # nodes in the range of one standard deviation of the shortest step
_FEWEST, _MOST = 48, 1600


class Course:
    """The distribution of B at the last look among courses still between the bounds."""

    def __init__(self, drift: float = 0.0) -> None:
        self.drift = drift
        self.fraction = 0.0
        self.nodes = np.zeros(1)
        self.mass = np.ones(1)  # at the start all courses stand at 0

    def above(self, fraction: float, z: float) -> float:
        """The chance to have stayed between the bounds so far and to be at or above z at this fraction."""
        step = fraction - self.fraction
        gap = z * math.sqrt(fraction) - self.nodes - self.drift * step
        return float(self.mass @ ndtr(-gap / math.sqrt(step)))

    def below(self, fraction: float, z: float) -> float:
        """The chance to have stayed between the bounds so far and to be at or below z at this fraction."""
        step = fraction - self.fraction
        gap = z * math.sqrt(fraction) - self.nodes - self.drift * step
        return float(self.mass @ ndtr(gap / math.sqrt(step)))

    def go_on(self, fraction: float, lower: float, upper: float, until: float | None = None) -> None:
        """Keep the courses between both bounds (as Z). until: the fraction of the look after this one."""
        step, root = fraction - self.fraction, math.sqrt(fraction)
        middle, reach = self.drift * fraction, FAR * root
        low, high = max(lower * root, middle - reach), min(upper * root, middle + reach)
        if high <= low:
            self.fraction, self.nodes, self.mass = fraction, np.zeros(1), np.zeros(1)
            return
        shortest = step if until is None else min(step, until - fraction)
        wanted = math.ceil(_NODES_A_STEP * (high - low) / math.sqrt(shortest))
        # rounded up to a multiple, so that few sets of nodes are ever made
        at, weight = _legendre(min(max(48 * math.ceil(wanted / 48), _FEWEST), _MOST))
        nodes = (high - low) / 2 * at + (high + low) / 2
        away = (nodes[:, None] - self.nodes - self.drift * step) ** 2
        density = np.exp(-away / (2 * step)) @ self.mass / math.sqrt(2 * math.pi * step)
        self.fraction, self.nodes, self.mass = fraction, nodes, (high - low) / 2 * weight * density

    def bound(self, fraction: float, chance: float) -> float:
        """The Z that is reached for the first time at this fraction with exactly this chance; infinite for none."""
        if chance <= 0 or self.above(fraction, HIGHEST) >= chance:
            return math.inf
        if self.above(fraction, -HIGHEST) <= chance:
            return -math.inf
        wanted = math.log(chance)
        step = fraction - self.fraction

        def excess(z: float) -> float:
            gap = z * math.sqrt(fraction) - self.nodes - self.drift * step
            tails = log_ndtr(-gap / math.sqrt(step))
            top = tails.max()
            return float(top + math.log(max(self.mass @ np.exp(tails - top), 1e-300))) - wanted

        return float(brentq(excess, -HIGHEST, HIGHEST, xtol=1e-12))


def crossing(
    fractions: Sequence[float],
    upper: Sequence[float],
    *,
    lower: Sequence[float] | None = None,
    drift: float = 0.0,
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The chances of having crossed the upper bounds, and the lower ones, up to and with each look.

    Whoever crosses either bound is out. lower: as Z, -infinity where there is none.
    """
    course = Course(drift)
    lowest = lower if lower is not None else [-math.inf] * len(fractions)
    ups, downs = 0.0, 0.0
    found_up, found_down = [], []
    for look, (fraction, up, down) in enumerate(zip(fractions, upper, lowest, strict=True)):
        ups += course.above(fraction, up)
        downs += course.below(fraction, down)
        found_up.append(ups)
        found_down.append(downs)
        if look + 1 < len(fractions):
            course.go_on(fraction, down, up, fractions[look + 1])
    return tuple(found_up), tuple(found_down)


@lru_cache(maxsize=64)
def _legendre(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    at, weight = np.polynomial.legendre.leggauss(nodes)
    return at, weight

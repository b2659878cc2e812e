"""How far a site's rate or share lies from the study's, in standard deviations, and the funnel of what is expected.

The distance is that of the exact Poisson or binomial probability (mid-p), written as a normal deviate, so that it holds
for small counts too. Several events of one patient go together: where patients differ more than chance has it, the
distance is divided by the root of the dispersion, told from the residuals of patients. Source: clinical specification,
section 7.4; Spiegelhalter, Statistics in Medicine 2005;24:1185 (funnel plots, multiplicative overdispersion);
Lancaster, Journal of the American Statistical Association 1961;56:223 (mid-p).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, bdtrc, gammaln, ndtr, ndtri, pdtr, pdtrc, xlog1py, xlogy

_FARTHEST = 8.0  # standard deviations: beyond it probabilities of both tails run out of digits


class Deviate(NamedTuple):
    """z: standard deviations from what is expected (below 0: fewer); None and a reason where it cannot be told."""

    z: float | None
    reason: str | None = None


def rate_deviate(events: int, expected: float, dispersion: float = 1.0) -> Deviate:
    """How far a count lies from the one expected (the study's rate by the site's time)."""
    if expected <= 0:
        return Deviate(None, "no time was watched, or nothing was reported anywhere")
    half = float(_poisson(events, expected)) / 2
    lower = half + (float(pdtr(events - 1, expected)) if events else 0.0)
    return Deviate(_deviate(lower, float(pdtrc(events, expected)) + half, dispersion))


def share_deviate(k: int, n: int, share: float, dispersion: float = 1.0) -> Deviate:
    """How far k of n lies from what a share makes expected."""
    if n <= 0:
        return Deviate(None, "nobody is counted")
    if not 0 < share < 1:
        return Deviate(None, "there is none anywhere, or it is so everywhere")
    chance = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + xlogy(k, share) + xlog1py(n - k, -share)
    half = math.exp(chance) / 2
    lower = half + (float(bdtr(k - 1, n, share)) if k else 0.0)
    return Deviate(_deviate(lower, float(bdtrc(k, n, share)) + half, dispersion))


def _poisson(counts: ArrayLike, mean: float) -> np.ndarray:
    seen = np.asarray(counts, float)
    return np.asarray(np.exp(xlogy(seen, mean) - mean - gammaln(seen + 1)))


def _deviate(lower: float, upper: float, dispersion: float) -> float:
    """From both tails, as the smaller one has more digits."""
    z = float(ndtri(lower)) if lower < upper else -float(ndtri(upper))
    return max(-_FARTHEST, min(_FARTHEST, z)) / math.sqrt(max(dispersion, 1.0))


def dispersion(events: ArrayLike, expected: ArrayLike, variance: ArrayLike) -> float:
    """By how much patients differ more than chance has it: 1 is chance (never less). One entry a patient.

    Sum of squared residuals by the sum of the variances chance gives (expected events for counts, n p (1 - p) for
    shares), with one degree of freedom less than patients.
    """
    seen, mean, spread = (np.asarray(values, float) for values in (events, expected, variance))
    if len(seen) < 2 or spread.sum() <= 0:
        return 1.0
    factor = ((seen - mean) ** 2).sum() / spread.sum() * len(seen) / (len(seen) - 1)
    return max(1.0, float(factor))


def funnel_limits(expected: ArrayLike, z: float, dispersion: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Counts at which the deviate is -z and +z, for each count expected: where `rate_deviate` marks a site.

    Between whole counts the mid-p probability is a straight line. No lower limit (NaN) where even none is not far.
    """
    wanted = float(ndtr(z * math.sqrt(max(dispersion, 1.0))))
    means = np.asarray(expected, float)
    return (
        np.array([_count_at(1 - wanted, mean) for mean in means]),
        np.array([_count_at(wanted, mean) for mean in means]),
    )


def _count_at(probability: float, mean: float) -> float:
    """The count, straight between whole ones, at which the mid-p probability of fewer is this."""
    if mean <= 0:
        return math.nan
    spare = 12 * math.sqrt(mean) + 20
    counts = np.arange(max(math.floor(mean - spare), 0), math.ceil(mean + spare) + 1)
    below = pdtr(counts, mean) - _poisson(counts, mean) / 2
    if probability < below[0]:
        return math.nan
    return float(np.interp(probability, below, counts))

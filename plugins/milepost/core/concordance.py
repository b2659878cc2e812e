"""Harrell's concordance of a Cox model: how often, of two patients, the one with the higher risk had the event first.

A pair is compared where one had the event while the other was still under observation without it; censored on the same
day counts as later, two events on one day are not compared, equal risks count half. 0.5: no better than chance; 1: the
order is told perfectly. The standard error is the infinitesimal jackknife's, as in R. Judged on the patients the model
was fitted to, so it flatters the model. Source: clinical specification section 6.7; R's concordance().
"""

from __future__ import annotations

import math

import numpy as np

from milepost.core.cox_likelihood import PartialLikelihood
from milepost.core.cox_model import CoxFit
from milepost.core.limits import normal_quantile
from milepost.core.survival_data import Floats
from milepost.core.survival_estimate import (
    NO_MODEL,
    NO_PAIRS,
    UNWEIGHTED_ONLY,
    SurvivalEstimate,
    missing,
    number_or_none,
)

METHOD = "Harrell's concordance, infinitesimal jackknife"
_AT_ONCE = 500  # events compared with everybody at a time, to bound the memory


def concordance(fit: CoxFit, *, level: float = 0.95) -> SurvivalEstimate:
    """The share of comparable pairs that the model orders rightly, within strata, with normal limits (within 0 and 1).

    None where a ratio of the model is not estimable, no pair can be compared, or rows are weighted or enter late.
    """
    z = normal_quantile(level)
    likelihood = fit.likelihood
    reason = None
    if likelihood is None or not fit.settled:
        reason = NO_MODEL
    elif likelihood.weights is not None or likelihood.entry is not None:
        reason = UNWEIGHTED_ONLY
    if likelihood is None or reason:
        return missing(reason or NO_MODEL, level=level, n=fit.n, events=fit.events, method=METHOD)
    right, pairs = _pairs(likelihood)
    total = pairs.sum() / 2
    if not total:
        return missing(NO_PAIRS, level=level, n=fit.n, events=fit.events, method=METHOD)
    value = float(right.sum() / 2 / total)
    se = math.sqrt(float((((right - value * pairs) / total) ** 2).sum()))
    lo, hi = max(value - z * se, 0.0), min(value + z * se, 1.0)
    return SurvivalEstimate(value, lo, hi, level, fit.n, METHOD, None, fit.events, number_or_none(se))


def _pairs(likelihood: PartialLikelihood) -> tuple[Floats, Floats]:
    """For each row the pairs it is in: how many the model orders rightly (equal risks a half), and how many in all."""
    time, event, strata = likelihood.time, likelihood.event, likelihood.strata
    # equal covariates must give equal risks, whatever the rounding of a sum
    risk = np.round(likelihood.beta @ likelihood.values, 12)
    right, pairs = np.zeros(len(time)), np.zeros(len(time))
    for start in range(0, len(likelihood.events_at), _AT_ONCE):
        had = likelihood.events_at[start : start + _AT_ONCE, None]
        later = (strata == strata[had]) & ((time > time[had]) | ((time == time[had]) & ~event))
        won = np.where(later, np.sign(risk[had] - risk) / 2 + 0.5, 0.0)
        right[had[:, 0]] += won.sum(axis=1)
        pairs[had[:, 0]] += later.sum(axis=1)
        right += won.sum(axis=0)
        pairs += later.sum(axis=0)
    return right, pairs

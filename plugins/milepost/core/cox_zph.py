"""Do the hazards stay proportional? The score test of a coefficient that changes with time, for a fitted Cox model.

For each covariate (and all together): the test of beta(t) = beta + theta g(t), theta = 0, exact as in version 3 of R's
survival package, not the older approximation from scaled residuals. g: "km" (1 - S just before t, of all patients,
without strata or weights), "rank" (of all times, censored ones included), "identity", "log". A small p says that the
hazard ratio is an average over ratios that change. Source: clinical specification section 6.7 (PH check).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from milepost.core.cox_likelihood import PartialLikelihood, inverse
from milepost.core.cox_model import CoxFit
from milepost.core.limits import Significance, not_tested
from milepost.core.survival_data import Floats
from milepost.core.survival_estimate import NO_MODEL, TIME_ZERO, chi_square

Transform = Literal["km", "rank", "identity", "log"]


@dataclass(frozen=True, slots=True)
class ProportionalityTest:
    """The test of each covariate by name, and of all together, by a transform of time."""

    transform: Transform
    terms: dict[str, Significance]
    overall: Significance


def check_proportionality(fit: CoxFit, transform: Transform = "km") -> ProportionalityTest:
    """Test a fitted model. None, with the reason, where the model or one of its ratios is not estimable."""
    method = f"score test of proportional hazards, time as {transform}"
    if fit.likelihood is None or not fit.settled:
        return _none(fit, transform, NO_MODEL, method)
    likelihood = fit.likelihood
    if transform == "log" and likelihood.time[likelihood.events_at].min() <= 0:
        return _none(fit, transform, TIME_ZERO, method)
    g = time_scale(likelihood, transform)
    g = g - g.mean()
    away = (likelihood.values[:, likelihood.events_at] - likelihood.tied_mean()) * likelihood.event_weight
    slope = (away * g).sum(axis=1)
    spread = likelihood.spread * likelihood.mean_weight
    mixed, squared = likelihood.full((spread * g).sum(axis=1)), likelihood.full((spread * g * g).sum(axis=1))
    among = squared - mixed @ likelihood.variance @ mixed
    # rounding leaves a trace of variance where the events fix no trend over time (one day of events)
    poor = among.diagonal() <= 1e-10 * squared.diagonal()
    by_term = np.full(len(poor), np.nan)
    by_term[~poor] = slope[~poor] ** 2 / among.diagonal()[~poor]
    tests = {
        name: chi_square(float(statistic), 1, n=fit.n, method=method)
        for name, statistic in zip(fit.fitted, by_term, strict=True)
    }
    together = float("nan") if poor.any() else float(slope @ inverse(among) @ slope)
    overall = chi_square(together, len(tests), n=fit.n, method=method)
    for term in fit.terms:  # a covariate that does not vary is in no model
        tests.setdefault(term.name, not_tested(term.hazard_ratio.reason or NO_MODEL, n=fit.n, method=method))
    return ProportionalityTest(transform, {term.name: tests[term.name] for term in fit.terms}, overall)


def time_scale(likelihood: PartialLikelihood, transform: Transform) -> Floats:
    """g at each event: time as the transform sees it."""
    time = likelihood.time
    at_events = time[likelihood.events_at]
    if transform == "identity":
        return at_events
    if transform == "log":
        return np.log(at_events)
    times, inverse, counts = np.unique(time, return_inverse=True, return_counts=True)
    if transform == "rank":
        return (np.cumsum(counts) - (counts - 1) / 2)[inverse][likelihood.events_at]
    at_risk = counts[::-1].cumsum()[::-1]
    if likelihood.entry is not None:
        at_risk = at_risk - (len(time) - np.searchsorted(np.sort(likelihood.entry), times))
    events = np.bincount(inverse[likelihood.events_at], minlength=len(times))
    before = np.concatenate(([1.0], np.cumprod(1 - events / np.maximum(at_risk, 1))[:-1]))
    return 1 - before[inverse[likelihood.events_at]]


def _none(fit: CoxFit, transform: Transform, reason: str, method: str) -> ProportionalityTest:
    refused = not_tested(reason, n=fit.n, method=method)
    return ProportionalityTest(transform, {term.name: refused for term in fit.terms}, refused)

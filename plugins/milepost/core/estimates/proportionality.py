"""Proportional hazards beyond single covariates: the joint test of a factor's columns, and the older approximation.

The test the product goes by is the exact score test of `cox_zph`. The approximation of Grambsch and Therneau (1994, in
R's survival before version 3 and in lifelines) is told beside it, because other programs still print it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from milepost.core.cox_model import CoxFit
from milepost.core.cox_zph import Transform, check_proportionality, time_scale
from milepost.core.estimates.answers import Answer, with_reason
from milepost.core.limits import Significance, not_tested
from milepost.core.survival_estimate import (
    NO_MODEL,
    NO_VARIATION,
    TIME_ZERO,
    TOO_FEW_EVENTS,
    chi_square,
    number_or_none,
)


def check_term(fit: CoxFit, columns: Sequence[str], transform: Transform = "km") -> Significance:
    """The exact score test of one term: of several columns (a factor's levels) all together, as R's cox.zph."""
    single = check_proportionality(fit, transform)
    if len(columns) == 1:
        return single.terms[columns[0]]
    method = single.overall.method
    likelihood = fit.likelihood
    if likelihood is None or not fit.settled:
        return not_tested(NO_MODEL, n=fit.n, method=method)
    own = [fit.fitted.index(name) for name in columns if name in fit.fitted]
    if not own:
        return not_tested(NO_VARIATION, n=fit.n, method=method)
    if transform == "log" and likelihood.time[likelihood.events_at].min() <= 0:
        return not_tested(TIME_ZERO, n=fit.n, method=method)
    g = time_scale(likelihood, transform)
    g = g - g.mean()
    away = (likelihood.values[:, likelihood.events_at] - likelihood.tied_mean()) * likelihood.event_weight
    slope = (away * g).sum(axis=1)[own]
    spread = likelihood.spread * likelihood.mean_weight
    mixed, squared = likelihood.full((spread * g).sum(axis=1)), likelihood.full((spread * g * g).sum(axis=1))
    among = (squared - mixed @ likelihood.variance @ mixed)[np.ix_(own, own)]
    poor = among.diagonal() <= 1e-10 * squared.diagonal()[own]
    statistic = float("nan") if poor.any() else float(slope @ np.linalg.pinv(among) @ slope)
    return chi_square(statistic, len(own), n=fit.n, method=method)


def approximate(fit: CoxFit, transform: Transform) -> Answer:
    """The approximation of 1994 for a model of one covariate: chi-square, p, and the correlation of the scaled
    Schoenfeld residuals with (transformed) time. Ranks are those of the event times."""
    likelihood = fit.likelihood
    nothing: Answer = {"chisq": None, "p": None, "rho": None}
    if likelihood is None or not fit.settled or likelihood.covariates != 1:
        return with_reason(nothing, fit.reason or NO_MODEL)
    times = likelihood.time[likelihood.events_at]
    if transform == "log" and times.min() <= 0:
        return with_reason(nothing, TIME_ZERO)
    if transform == "rank":
        _, place, counts = np.unique(times, return_inverse=True, return_counts=True)
        g = (np.cumsum(counts) - (counts - 1) / 2)[place]
    else:
        g = time_scale(likelihood, transform)
    residual = (likelihood.values[:, likelihood.events_at] - likelihood.tied_mean())[0]
    g = g - g.mean()
    apart = residual - residual.mean()
    size = float(g @ g) * float(apart @ apart)
    if not size > 0:
        return with_reason(nothing, TOO_FEW_EVENTS)
    events, variance = len(times), float(likelihood.variance[0, 0])
    statistic = float((g @ residual) ** 2 * variance * events / (g @ g))
    test = chi_square(statistic, 1, n=fit.n, method="approximation of 1994")
    return {"chisq": test.statistic, "p": test.p, "rho": number_or_none(float(g @ apart) / np.sqrt(size))}

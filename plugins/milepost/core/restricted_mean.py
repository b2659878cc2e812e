"""Restricted mean survival time: the average time without event up to a horizon, the area under the curve.

It compares groups whose hazards cross or where an arm has no events. The standard error is that of the estimated area
(Greenwood's weights), not the spread of the patients' own times. The horizon may not lie behind the longest follow-up
of a group unless everybody has had the event by then. Source: clinical specification section 6.7 ("RMST at 12 months").
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from milepost.core.limits import normal_quantile
from milepost.core.survival import Curve
from milepost.core.survival_estimate import (
    BEYOND_FOLLOW_UP,
    NO_MEAN,
    NO_PATIENTS,
    NO_SPREAD,
    SurvivalEstimate,
    missing,
    two_sided_p,
)


@dataclass(frozen=True, slots=True)
class MeansCompared:
    """Two restricted means: comparison minus reference, and comparison over reference."""

    horizon: float
    comparison: SurvivalEstimate
    reference: SurvivalEstimate
    difference: SurvivalEstimate
    ratio: SurvivalEstimate


def restricted_mean(curve: Curve, horizon: float) -> SurvivalEstimate:
    """The mean time without event up to `horizon`, in the curve's unit, with normal limits.

    `events` are those before the horizon. Caution NO_SPREAD: no event before it with others still at risk, so the
    standard error is 0 and the limits equal the value.
    """
    if not horizon > 0:
        raise ValueError(f"a horizon lies after time 0; this is {horizon}")
    method = f"restricted mean survival time up to {horizon:g}, Greenwood's standard error, normal limits"
    before = curve.time < horizon
    events = int(curve.events[before].sum())
    if not curve.n:
        return missing(NO_PATIENTS, level=curve.level, n=0, events=0, method=method)
    if horizon > curve.time[-1] and curve.survival[-1] > 0:
        return missing(BEYOND_FOLLOW_UP, level=curve.level, n=curve.n, events=events, method=method)
    ends = np.concatenate(([0.0], curve.time[before], [horizon]))
    area = np.diff(ends) * np.concatenate(([1.0], curve.survival[before]))
    rest = area[::-1].cumsum()[::-1][1:]
    d, y = curve.events[before], curve.at_risk[before].astype(float)
    # where the last patients at risk have the event nothing is left under the curve
    counted = (d > 0) & (y > d)
    d, y, rest = d[counted], y[counted], rest[counted]
    se = math.sqrt(float((rest**2 * d / (y * (y - d))).sum()))
    value = float(area.sum())
    reach = normal_quantile(curve.level) * se
    return SurvivalEstimate(
        value, value - reach, value + reach, curve.level, curve.n, method, None, events, se,
        caution=None if se > 0 else NO_SPREAD,
    )  # fmt: skip


def compare_restricted_means(comparison: Curve, reference: Curve, horizon: float) -> MeansCompared:
    """Difference (comparison minus reference) and ratio of two restricted means; p of no difference.

    The ratio's limits are made on the logarithm. Either is missing, for the same reason, where a mean is.
    """
    theirs, ours = restricted_mean(reference, horizon), restricted_mean(comparison, horizon)
    return MeansCompared(horizon, ours, theirs, _difference(ours, theirs), _ratio(ours, theirs))


def _difference(ours: SurvivalEstimate, theirs: SurvivalEstimate) -> SurvivalEstimate:
    method = f"difference of {ours.method}"
    if ours.value is None or theirs.value is None:
        return _neither(ours, theirs, method)
    return _normal(ours.value - theirs.value, math.hypot(ours.se or 0, theirs.se or 0), ours, theirs, method)


def _ratio(ours: SurvivalEstimate, theirs: SurvivalEstimate) -> SurvivalEstimate:
    method = f"ratio of {ours.method}"
    if ours.value is None or theirs.value is None:
        return _neither(ours, theirs, method)
    if not (ours.value > 0 and theirs.value > 0):  # everybody of a group had the event at time 0
        return _neither(ours, theirs, method, NO_MEAN)
    se = math.hypot((ours.se or 0) / ours.value, (theirs.se or 0) / theirs.value)
    log = _normal(math.log(ours.value / theirs.value), se, ours, theirs, method)
    lo, hi = (None if limit is None else math.exp(limit) for limit in (log.lo, log.hi))
    return replace(log, value=ours.value / theirs.value, lo=lo, hi=hi)


def _neither(
    ours: SurvivalEstimate, theirs: SurvivalEstimate, method: str, reason: str | None = None
) -> SurvivalEstimate:
    n, events = ours.n + theirs.n, ours.events + theirs.events
    why = reason or ours.reason or theirs.reason or NO_MEAN
    return missing(why, level=ours.level, n=n, events=events, method=method)


def _normal(
    value: float, se: float, ours: SurvivalEstimate, theirs: SurvivalEstimate, method: str
) -> SurvivalEstimate:
    n, events, level = ours.n + theirs.n, ours.events + theirs.events, ours.level
    if not se > 0:
        return SurvivalEstimate(value, None, None, level, n, method, NO_SPREAD, events, se)
    reach = normal_quantile(level) * se
    p = two_sided_p(value / se)
    # limits made of one group's spread alone are too narrow
    caution = ours.caution or theirs.caution
    return SurvivalEstimate(
        value, value - reach, value + reach, level, n, method, None, events, se, p, caution
    )

"""Kaplan-Meier curves and what is read off them: rates, medians, numbers at risk, median follow-up.

Conventions, each printed in `method`: limits by log(-log S) unless asked otherwise, with Greenwood's variance; a
quantile is the middle of the flat stretch where S is exactly 1 - q (as R), or the first time with S at or below it;
who is at risk at t has time >= t; a rate at t counts the events on day t. Where S is 1 or 0 the log-log limits are not
defined and None. Source: clinical specification section 6.7.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from milepost.core.limits import normal_quantile
from milepost.core.survival_data import Floats, Ints, count_by_time, to_codes, to_times
from milepost.core.survival_estimate import (
    ALL_ENDED,
    BEYOND_FOLLOW_UP,
    LIMITS_NOT_REACHED,
    NO_LIMITS,
    NO_PATIENTS,
    NOT_REACHED,
    UPPER_NOT_REACHED,
    SurvivalEstimate,
    missing,
    number_or_none,
)

Interval = Literal["log-log", "log", "plain"]
Rule = Literal["midpoint", "first"]
_RULES = {
    "midpoint": "middle of the flat stretch where the curve is exactly at the level",
    "first": "first time with the curve at or below the level",
}
# Two survival probabilities closer than this are one: products of fractions end a little off the exact half.
_SAME = 1.5e-8


@dataclass(frozen=True, eq=False, slots=True)
class Curve:
    """A Kaplan-Meier curve: one entry at each distinct time of follow-up, of event or censoring.

    `survival`, `se` (Greenwood), `lo`, `hi` hold from their time up to the next (NaN: not defined); before the first
    time the survival is 1. `at_risk`: time >= t. `n` patients, `n_events` events,
    `left_out` rows without time or event.
    """

    time: Floats
    at_risk: Ints
    events: Ints
    censored: Ints
    survival: Floats
    se: Floats
    lo: Floats
    hi: Floats
    n: int
    n_events: int
    left_out: int
    level: float
    interval: Interval

    @property
    def method(self) -> str:
        """For the footnote."""
        return f"Kaplan-Meier, {100 * self.level:g} % {self.interval} limits with Greenwood's variance"

    @property
    def last(self) -> float | None:
        """The longest follow-up."""
        return float(self.time[-1]) if self.n else None


@dataclass(frozen=True, slots=True)
class AtRisk:
    """Under a curve at one time: patients still at risk (time >= t), events and censored patients up to and on it."""

    time: float
    at_risk: int
    events: int
    censored: int


@dataclass(frozen=True, slots=True)
class Rate:
    """The proportion without event at a time, and how many patients were still at risk then."""

    time: float
    at_risk: int
    estimate: SurvivalEstimate


def kaplan_meier(
    time: ArrayLike, event: ArrayLike, *, level: float = 0.95, interval: Interval = "log-log"
) -> Curve:
    """The curve of one group. time: days (or any unit); event: 1 (or True) where the event came, 0 where censored.

    Raises DataProblem for a negative time. Rows without time or event are left out and counted.
    """
    times, status, usable = to_times(time, event)
    return _curve(times[usable], status[usable], int((~usable).sum()), level, interval)


def kaplan_meier_by(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike | Sequence[Any],
    *,
    groups: Sequence[Hashable] | None = None,
    level: float = 0.95,
    interval: Interval = "log-log",
) -> dict[Hashable, Curve]:
    """The curve of each group, in the order of `groups` (a group without patients has an empty curve) or sorted.

    A row without a group is in no curve and counted in none: only its owner can say where it belongs.
    """
    times, status, usable = to_times(time, event)
    codes, known = to_codes(group)
    curves: dict[Hashable, Curve] = {}
    for name in known if groups is None else groups:
        own = codes == (known.index(name) if name in known else -2)
        use = own & usable
        curves[name] = _curve(times[use], status[use], int((own & ~usable).sum()), level, interval)
    return curves


def _curve(time: Floats, event: np.ndarray, left_out: int, level: float, interval: Interval) -> Curve:
    z = normal_quantile(level)
    times, (at_risk,), (events,), (censored,) = count_by_time(time, event)
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(1 - events / at_risk)
        # Greenwood's sum is infinite from the time on at which everybody left has the event
        hazard = np.where(events > 0, events / (at_risk * (at_risk - events.astype(float))), 0.0)
        spread = np.sqrt(np.cumsum(hazard))
        se = survival * spread
        lo, hi = _limits(survival, se, spread, z, interval)
    ended = survival == 0
    se[ended] = lo[ended] = hi[ended] = np.nan
    return Curve(
        times, at_risk, events, censored, survival, se, lo, hi, len(time), int(events.sum()), left_out, level, interval
    )  # fmt: skip


def _limits(
    survival: Floats, se: Floats, spread: Floats, z: float, interval: Interval
) -> tuple[Floats, Floats]:
    if interval == "log-log":
        log = np.log(survival)
        away = z * spread / log
        middle = np.log(-log)
        lo, hi = np.exp(-np.exp(middle - away)), np.exp(-np.exp(middle + away))
        flat = survival == 1
        lo[flat] = hi[flat] = np.nan
        return lo, hi
    if interval == "log":
        return survival * np.exp(-z * spread), np.minimum(survival * np.exp(z * spread), 1.0)
    return np.maximum(survival - z * se, 0.0), np.minimum(survival + z * se, 1.0)


def survival_at(curve: Curve, times: Sequence[float]) -> tuple[Rate, ...]:
    """The proportion without event at each of the times (landmark rates), with the curve's limits.

    Behind the longest follow-up the curve's last value is carried on with the caution BEYOND_FOLLOW_UP unless it is 0.
    """
    found = []
    for when, counts in zip(times, counts_at(curve, times), strict=True):
        found.append(Rate(counts.time, counts.at_risk, _rate(curve, when, counts)))
    return tuple(found)


def _rate(curve: Curve, when: float, counts: AtRisk) -> SurvivalEstimate:
    if not curve.n:
        return missing(NO_PATIENTS, level=curve.level, n=0, events=0, method=curve.method)
    step = int(np.searchsorted(curve.time, when, side="right")) - 1
    if step < 0:  # nobody's follow-up ended before: certain, as R says it
        return SurvivalEstimate(1.0, 1.0, 1.0, curve.level, curve.n, curve.method, se=0.0)
    value = float(curve.survival[step])
    lo, hi = number_or_none(curve.lo[step]), number_or_none(curve.hi[step])
    return SurvivalEstimate(
        value, lo, hi, curve.level, curve.n, curve.method, NO_LIMITS if lo is None else None, counts.events,
        number_or_none(curve.se[step]),
        caution=BEYOND_FOLLOW_UP if when > curve.time[-1] and value > 0 else None,
    )  # fmt: skip


def counts_at(curve: Curve, times: Sequence[float]) -> tuple[AtRisk, ...]:
    """The rows printed under a curve: at risk at each time, events and censored patients so far (this day included)."""
    grid = np.asarray(times, dtype=float)
    before = np.searchsorted(curve.time, grid, side="left")
    upto = np.searchsorted(curve.time, grid, side="right")
    at_risk = np.concatenate((curve.at_risk, [0]))[before]
    events = np.concatenate(([0], curve.events.cumsum()))[upto]
    censored = np.concatenate(([0], curve.censored.cumsum()))[upto]
    return tuple(
        AtRisk(float(when), int(risk), int(had), int(lost))
        for when, risk, had, lost in zip(grid, at_risk, events, censored, strict=True)
    )


def quantile(curve: Curve, share: float = 0.5, *, rule: Rule = "midpoint") -> SurvivalEstimate:
    """The time by which this share of patients has had the event (0.5: the median), with limits from the curve's.

    None with reason NOT_REACHED where the curve does not come down so far. A value with `hi` None: the upper limit is
    not reached.
    """
    if not 0 < share < 1:
        raise ValueError(f"a share of patients lies between 0 and 1; this is {share}")
    method = f"{curve.method}; {_RULES[rule]}"
    if not curve.n:
        return missing(NO_PATIENTS, level=curve.level, n=0, events=0, method=method)
    value, lo, hi = (_crossing(curve, line, 1 - share, rule) for line in (curve.survival, curve.lo, curve.hi))
    reason = None
    if value is None:
        reason = NOT_REACHED
    elif lo is None:
        reason = LIMITS_NOT_REACHED
    elif hi is None:
        reason = UPPER_NOT_REACHED
    return SurvivalEstimate(value, lo, hi, curve.level, curve.n, method, reason, curve.n_events)


def _crossing(curve: Curve, line: Floats, level: float, rule: Rule) -> float | None:
    at_or_below = np.flatnonzero(line <= level + _SAME)
    if not len(at_or_below):
        return None
    first = at_or_below[0]
    if rule == "first" or line[first] < level - _SAME:
        return float(curve.time[first])
    below = np.flatnonzero(line < level - _SAME)
    end = curve.time[below[0]] if len(below) else curve.time[-1]
    return float((curve.time[first] + end) / 2)


def median(curve: Curve, *, rule: Rule = "midpoint") -> SurvivalEstimate:
    """The median time to the event."""
    return quantile(curve, 0.5, rule=rule)


def follow_up(
    time: ArrayLike, event: ArrayLike, *, level: float = 0.95, rule: Rule = "midpoint"
) -> SurvivalEstimate:
    """Median follow-up by reverse Kaplan-Meier: censoring is what is waited for, an event ends the waiting early.

    `events` counts the censored patients. None with reason ALL_ENDED where nobody is censored.
    """
    times, status, usable = to_times(time, event)
    curve = _curve(times[usable], ~status[usable], int((~usable).sum()), level, "log-log")
    found = quantile(curve, 0.5, rule=rule)
    reason = ALL_ENDED if curve.n and not curve.n_events else found.reason
    return replace(found, method=f"reverse {found.method}", reason=reason)

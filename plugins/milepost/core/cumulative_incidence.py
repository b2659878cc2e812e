"""The share of patients who have had an event by a time, where death may come first.

One minus Kaplan-Meier would count on events that patients who died can no longer have. This is the estimate of Aalen
and Johansen (1978) with the standard error R gives it (the infinitesimal jackknife of survfit), limits by log(-log).
Source: clinical specification, section 7.2 ("time to first AESI").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from milepost.core.limits import Estimate, normal_quantile, not_estimable
from milepost.core.survival_data import Floats, Ints, to_numbers
from milepost.errors import DataProblem

_CENSORED, _EVENT, _OTHER = 0, 1, 2
_METHOD = "Aalen-Johansen, the other event competing; log-log limits, infinitesimal jackknife"


@dataclass(frozen=True, eq=False, slots=True)
class Incidence:
    """One entry at each distinct time: `share` with the event by then, its `se`, `at_risk` (time >= t), `events`."""

    time: Floats
    at_risk: Ints
    events: Ints
    share: Floats
    se: Floats
    n: int
    n_events: int
    n_other: int


def cumulative_incidence(time: ArrayLike, status: ArrayLike) -> Incidence:
    """The curve of one group. time: days; status: 1 the event, 2 the other one that ends the waiting, 0 censored.

    Raises DataProblem for a negative or missing time, or another status.
    """
    times, ends = to_numbers(time), to_numbers(status)
    if np.isnan(times).any() or (times < 0).any() or not np.isin(ends, (_CENSORED, _EVENT, _OTHER)).all():
        raise DataProblem("a time is missing or negative, or a status is none of 0, 1, 2; check the dates")
    grid, place = np.unique(times, return_inverse=True)
    by_end = [np.bincount(place[ends == end], minlength=len(grid)) for end in (_CENSORED, _EVENT, _OTHER)]
    ending = np.sum(by_end, axis=0)
    at_risk = ending[::-1].cumsum()[::-1]
    free = np.cumprod(1 - (by_end[_EVENT] + by_end[_OTHER]) / at_risk) if len(grid) else np.array([])
    before = np.append(1.0, free[:-1])[: len(grid)]
    share = np.cumsum(before * by_end[_EVENT] / at_risk) if len(grid) else np.array([])
    return Incidence(
        grid, at_risk, by_end[_EVENT], share, _standard_errors(by_end, at_risk, before), len(times),
        int(by_end[_EVENT].sum()), int(by_end[_OTHER].sum()),
    )  # fmt: skip


def _standard_errors(by_end: list[Ints], at_risk: Ints, before: Floats) -> Floats:
    """How much each patient moves the curve, squared and summed. Patients of one time and end move it alike."""
    steps = len(at_risk)
    ends, places = np.divmod(np.arange(3 * steps), max(steps, 1))
    weight = np.concatenate(by_end).astype(float) if steps else np.array([])
    on_free, on_share = np.zeros(3 * steps), np.zeros(3 * steps)
    found = np.zeros(steps)
    for step in range(steps):
        waiting = places >= step
        here = places == step
        event = by_end[_EVENT][step] / at_risk[step]
        either = event + by_end[_OTHER][step] / at_risk[step]
        moved_event = ((here & (ends == _EVENT)) - waiting * event) / at_risk[step]
        moved_either = ((here & (ends != _CENSORED)) - waiting * either) / at_risk[step]
        on_share = on_share + on_free * event + before[step] * moved_event
        on_free = on_free * (1 - either) - before[step] * moved_either
        found[step] = np.sqrt(np.sum(weight * on_share**2))
    return found


def incidence_at(curve: Incidence, times: Sequence[float], *, level: float = 0.95) -> tuple[Estimate, ...]:
    """The share with the event by each of the times, both included; none behind the longest time watched."""
    z = normal_quantile(level)
    return tuple(_at(curve, when, z, level) for when in times)


def _at(curve: Incidence, when: float, z: float, level: float) -> Estimate:
    if not curve.n:
        return not_estimable("no patient", level=level, n=0, method=_METHOD)
    if when > curve.time[-1]:
        return not_estimable("nobody was watched that long", level=level, n=curve.n, method=_METHOD)
    step = int(np.searchsorted(curve.time, when, side="right")) - 1
    share = float(curve.share[step]) if step >= 0 else 0.0
    if share <= 0 or share >= 1:
        reason = "no limits are defined where nobody, or everybody, has had the event"
        return Estimate(share, None, None, level, curve.n, _METHOD, reason)
    away = z * float(curve.se[step]) / share / np.log(share)
    middle = np.log(-np.log(share))
    ends = sorted(float(np.exp(-np.exp(middle + side * away))) for side in (-1, 1))
    return Estimate(share, ends[0], ends[1], level, curve.n, _METHOD)

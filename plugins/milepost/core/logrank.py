"""The log-rank test of two or more groups, plain or stratified, and its Peto-Peto form.

At each time of an event the patients at risk (time >= t) share the events in proportion to their number; what a group
had (observed) is held against what fell to it (expected), with the hypergeometric variance, so tied events need no
other rule. Stratified: the same within each stratum, summed. rho = 1 weighs each time by the pooled survival just
before it (Peto-Peto), which looks at early differences more. Source: clinical specification section 6.7.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from milepost.core.limits import Significance, not_tested
from milepost.core.survival_data import Bools, Floats, Ints, count_by_time, to_codes, to_times
from milepost.core.survival_estimate import NO_EVENTS, NO_OVERLAP, NO_PATIENTS, ONE_GROUP, chi_square


@dataclass(frozen=True, slots=True)
class GroupCount:
    """One group in a log-rank test. Observed and expected events are weighted where rho is not 0."""

    label: Hashable
    n: int
    observed: float
    expected: float


@dataclass(frozen=True, eq=False, slots=True)
class LogRank:
    """A log-rank test: the statistic, what each group had and was expected to have.

    `variance` of observed minus expected, a row and column for each group. `n` patients used, `events` among them,
    `left_out` rows without time, event, group or stratum; `strata` the number of strata.
    """

    test: Significance
    groups: tuple[GroupCount, ...]
    variance: Floats
    n: int
    events: int
    left_out: int
    strata: int
    method: str


def logrank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike | Sequence[Any],
    *,
    strata: ArrayLike | Sequence[Any] | None = None,
    rho: float = 0.0,
) -> LogRank:
    """Compare the groups' times to event. group, strata: a label a row; rows without either are left out and counted.

    Several stratification factors: give one label a combination. Without patients, events, or a second group, and
    where the groups were never at risk together at an event, the test has no statistic and says why.
    """
    times, status, usable = to_times(time, event)
    codes, labels = to_codes(group)
    layers, known = to_codes(strata) if strata is not None else (np.zeros(len(times), np.intp), (None,))
    usable = usable & (codes >= 0) & (layers >= 0)
    times, status, codes, layers = times[usable], status[usable], codes[usable], layers[usable]
    arms, strata_n = len(labels), len(known)
    observed, expected, variance = _sums(times, status, layers * arms + codes, strata_n, arms, rho)
    size = np.bincount(codes, minlength=arms)
    counts = tuple(
        GroupCount(label, int(n), float(had), float(due))
        for label, n, had, due in zip(labels, size, observed, expected, strict=True)
    )
    name = "log-rank test" if not rho else f"Peto-Peto test (weights S to the power {rho:g})"
    method = name if strata is None else f"stratified {name}"
    return LogRank(
        _test(size, status, observed, expected, variance, method), counts, variance, len(times), int(status.sum()),
        int((~usable).sum()), int(np.count_nonzero(np.bincount(layers))), method,
    )  # fmt: skip


def _sums(
    time: Floats, event: Bools, cell: Ints, strata: int, arms: int, rho: float
) -> tuple[Floats, Floats, Floats]:
    """Observed, expected and variance, summed over times and strata. cell: stratum times arms plus arm."""
    _, at_risk, events, _ = count_by_time(time, event, cell, strata * arms)
    # only times with an event add anything
    busy = np.flatnonzero(events.any(axis=0))
    at_risk = at_risk[:, busy].reshape(strata, arms, len(busy))
    events = events[:, busy].reshape(strata, arms, len(busy))
    n, d = at_risk.sum(axis=1).astype(float), events.sum(axis=1).astype(float)
    share = at_risk / np.maximum(n, 1)[:, None]
    spread = d * (n - d) / np.maximum(n - 1, 1)
    weight = np.ones_like(d)
    if rho:
        pooled = np.cumprod(1 - d / np.maximum(n, 1), axis=1)
        weight = np.hstack([np.ones((strata, 1)), pooled[:, :-1]]) ** rho
    observed = (events * weight[:, None]).sum(axis=(0, 2))
    expected = (share * (d * weight)[:, None]).sum(axis=(0, 2))
    spread = spread * weight**2
    scaled = share * spread[:, None]
    variance = np.diag(scaled.sum(axis=(0, 2))) - (scaled @ share.transpose(0, 2, 1)).sum(axis=0)
    return observed, expected, variance


def _test(
    size: Ints, event: Bools, observed: Floats, expected: Floats, variance: Floats, method: str
) -> Significance:
    n = len(event)
    compared = np.flatnonzero(expected > 0)
    away = (observed - expected)[compared[1:]]
    among = variance[np.ix_(compared[1:], compared[1:])]
    if not n:
        return not_tested(NO_PATIENTS, n=n, method=method)
    if (size > 0).sum() < 2:
        return not_tested(ONE_GROUP, n=n, method=method)
    if not event.any():
        return not_tested(NO_EVENTS, n=n, method=method)
    if len(compared) < 2 or np.diag(among).min() <= 0:
        return not_tested(NO_OVERLAP, n=n, method=method)
    statistic = away[0] ** 2 / among[0, 0] if len(away) == 1 else away @ np.linalg.pinv(among) @ away
    return chi_square(float(statistic), len(away), n=n, method=method, otherwise=NO_OVERLAP)

"""The hazard ratio of two groups with ties handled exactly: tied events are one draw out of those at risk.

At each time of an event the number of events in the comparison group is, given all of them, non-central hypergeometric
with the hazard ratio as odds ratio (the discrete model of R's coxph(ties = "exact")). Its score test is the log-rank
test. Offered beside Efron's approximation, which the product uses. Source: Cox 1972; conventions as R.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from milepost.core.survival_data import Bools, Floats, count_by_time
from milepost.core.survival_estimate import (
    GROUP_EMPTY,
    GROUP_WITHOUT_EVENTS,
    NO_EVENTS,
    NO_PATIENTS,
    SEPARATED,
)

_SETTLED, _STEPS = 1e-9, 60


@dataclass(frozen=True)
class ExactFit:
    """The logarithm of the hazard ratio and its standard error; None with a reason where no finite one fits best.
    The likelihoods (then at an infinite ratio) and the score statistic stand even then."""

    coef: float | None
    se: float | None
    loglik_null: float | None
    loglik: float | None
    score: float | None
    steps: int | None
    reason: str | None = None


def fit_exact(time: Floats, event: Bools, compared: Bools) -> ExactFit:
    """Fit to complete rows; compared: of the comparison group."""
    if not len(time):
        return ExactFit(None, None, None, None, None, None, NO_PATIENTS)
    if compared.all() or not compared.any():
        return ExactFit(None, None, None, None, None, None, GROUP_EMPTY)
    if not event.any():
        return ExactFit(None, None, None, None, None, None, NO_EVENTS)
    _, at_risk, events, _ = count_by_time(time, event, compared.astype(np.intp), 2)
    draws = [_Draw(*counts) for counts in zip(*at_risk, *events, strict=True) if counts[2] + counts[3]]
    null, slope, bend = _sums(draws, 0.0)
    score = slope**2 / bend if bend > 0 else None
    for end in (0, -1):
        if all(draw.seen == draw.counts[end] for draw in draws):
            top = -math.fsum(draw.weights[end] for draw in draws)
            one_sided = bool(compared[event].all() or not compared[event].any())
            reason = GROUP_WITHOUT_EVENTS if one_sided else SEPARATED
            return ExactFit(None, None, null, top, score, None, reason)
    beta, reached, steps = 0.0, null, 0
    while steps < _STEPS:
        step, factor = slope / bend, 1.0
        loglik, slope, bend = _sums(draws, beta + step)
        while loglik < reached - _SETTLED * abs(reached):
            factor /= 2
            loglik, slope, bend = _sums(draws, beta + factor * step)
        beta, steps, change, reached = beta + factor * step, steps + 1, loglik - reached, loglik
        if abs(change) <= _SETTLED * abs(loglik):
            break
    return ExactFit(beta, 1 / math.sqrt(bend), null, reached, score, steps)


class _Draw:
    """The events of one time, drawn from those at risk in both groups."""

    def __init__(self, others: int, ours: int, their_events: int, our_events: int) -> None:
        drawn = their_events + our_events
        self.seen = our_events
        self.counts = np.arange(max(0, drawn - others), min(drawn, ours) + 1)
        self.weights = _log_choose(ours, self.counts) + _log_choose(others, drawn - self.counts)

    def at(self, beta: float) -> tuple[float, float, float]:
        """Log-likelihood, its slope, and the variance of the count."""
        logs = self.weights + beta * self.counts
        top = float(logs.max())
        chances = np.exp(logs - top)
        total = float(chances.sum())
        mean = float(chances @ self.counts) / total
        spread = float(chances @ (self.counts - mean) ** 2) / total
        return beta * self.seen - top - math.log(total), self.seen - mean, spread


def _sums(draws: list[_Draw], beta: float) -> tuple[float, float, float]:
    parts = [draw.at(beta) for draw in draws]
    # the weights of the draw seen are left out: as in R the likelihood is that of which patients, not how many
    return math.fsum(p[0] for p in parts), math.fsum(p[1] for p in parts), math.fsum(p[2] for p in parts)


def _log_choose(n: int, k: np.ndarray) -> np.ndarray:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))

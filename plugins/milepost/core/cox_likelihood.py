"""The partial likelihood of Cox's model, maximised: the arithmetic under `cox` and `cox_zph`.

Everything is cumulative sums over rows sorted by stratum and time, so a step costs about the same for one day of events
as for a hundred. Ties by Efron (tied events leave the risk set one share after another; with weights each share weighs
the mean of the tied events' weights) or Breslow (all stay). At risk at t: entry < t <= time. Checked against R's
survival package; the equations are those of its `coxph`, the stopping rule included (the log-likelihood changes by less
than 1e-9 of itself). Source: clinical specification section 6.7.
"""

from __future__ import annotations

from functools import cache, cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from milepost.core.survival_data import Bools, Floats, Ints

Ties = Literal["efron", "breslow"]
_SETTLED = 1e-9
_STEPS = 30
_WELL_CONDITIONED = 1e10


class PartialLikelihood:
    """Rows (at least one an event), covariates centred, and the maximum once `maximise` has run.

    `values`: (covariates, rows). All arrays of the instance are in the order `order` of the rows given.
    """

    def __init__(
        self,
        time: Floats,
        event: Bools,
        values: Floats,
        *,
        strata: Ints,
        ties: Ties,
        weights: Floats | None = None,
        entry: Floats | None = None,
    ) -> None:
        self.order = np.lexsort((time, strata))
        self.time, self.event, self.strata = time[self.order], event[self.order], strata[self.order]
        self.weights = None if weights is None else weights[self.order]
        self.covariates, self.rows = values.shape
        # centring changes no estimate and keeps exp() within range
        self.values = np.ascontiguousarray((values - values.mean(axis=1, keepdims=True))[:, self.order])
        self._pairs = _upper(self.covariates)
        self._moments = np.vstack(
            [np.ones(self.rows), self.values, self.values[self._pairs[0]] * self.values[self._pairs[1]]]
        )
        self._stratum_start = np.concatenate(([True], self.strata[1:] != self.strata[:-1])).nonzero()[0]
        self._stratum_size = np.concatenate((self._stratum_start[1:], [self.rows])) - self._stratum_start
        self._find_ties(ties)
        self.entry = None if entry is None else entry[self.order]
        if self.entry is not None:
            self._find_late_entries(self.entry)
        self.beta = np.zeros(self.covariates)
        self.steps, self.converged = 0, False
        self.loglik_null = self.loglik = self.score = np.nan
        self.information: Floats = np.zeros((self.covariates, self.covariates))
        self.variance: Floats = self.information

    def _find_ties(self, ties: Ties) -> None:
        """Blocks of rows with one time in one stratum; those with events, and each event's place among its ties."""
        later = (self.time[1:] != self.time[:-1]) | (self.strata[1:] != self.strata[:-1])
        new = np.concatenate(([True], later))
        self.block = new.cumsum() - 1
        self.block_start = new.nonzero()[0]
        self.events_at = self.event.nonzero()[0]
        in_block = np.bincount(self.block[self.events_at], minlength=len(self.block_start))
        self.event_blocks = in_block.nonzero()[0]
        self.tied = in_block[self.event_blocks]
        self.tie_start = self.tied.cumsum() - self.tied
        self.tie_of = np.repeat(np.arange(len(self.tied)), self.tied)
        place = np.arange(len(self.events_at)) - self.tie_start[self.tie_of]
        self.left = place / self.tied[self.tie_of] if ties == "efron" else np.zeros(len(place))
        self.shared = bool(self.left.any())
        own = np.ones(len(place)) if self.weights is None else self.weights[self.events_at]
        self.event_weight = own
        self.mean_weight = (self.sum_ties(own) / self.tied)[self.tie_of]
        self.weighted_sum = (self.values[:, self.events_at] * own).sum(axis=1)
        self._from = self.block_start[self.event_blocks]
        # risk sets change at these rows only: what lies between two of them is summed once
        opening = np.zeros(self.rows, dtype=bool)
        opening[self._from] = opening[self._stratum_start] = True
        self._opening = opening.nonzero()[0]
        self._of_event = self._opening.searchsorted(self._from)
        self._stratum_opening = self._opening.searchsorted(self._stratum_start)

    def _find_late_entries(self, entry: Floats) -> None:
        """For each block of events, which rows (sorted by stratum and entry) had not come in yet: entry >= time."""
        self._by_entry = np.lexsort((entry, self.strata))
        strata, entries = self.strata[self._by_entry], entry[self._by_entry]
        place = np.searchsorted(sort_key(strata, entries), sort_key(self.strata, self.time)[self._from])
        self._late_from = place
        self._late = place < np.searchsorted(self.strata, self.strata[self._from], side="right")

    def sum_ties(self, of_events: Floats) -> Floats:
        """Sums over the events tied with each other, along the last axis."""
        return np.add.reduceat(of_events, self.tie_start, axis=-1)

    def full(self, upper: Floats) -> Floats:
        """The symmetric matrix of its upper triangle."""
        matrix = np.empty((self.covariates, self.covariates))
        matrix[self._pairs] = matrix[self._pairs[::-1]] = upper
        return matrix

    def log_risk(self, beta: Floats) -> Floats:
        """Each row's linear predictor, less the largest of its stratum: nothing overflows, no estimate changes."""
        eta = beta @ self.values
        largest = np.maximum.reduceat(eta, self._stratum_start)
        return np.asarray(eta - np.repeat(largest, self._stratum_size))

    def risk_sets(self, beta: Floats) -> tuple[float, Floats, Floats, Floats]:
        """Log-likelihood; for each event the risk set's weight, mean and variance (upper triangle) of covariates."""
        eta = self.log_risk(beta)
        risk = np.exp(eta) if self.weights is None else np.exp(eta) * self.weights
        terms = self._moments * risk
        between = np.add.reduceat(terms, self._opening, axis=1)
        sums = _from_here_on(between, self._stratum_opening)[:, self._of_event]
        if self.entry is not None:
            late = _from_here_on(terms[:, self._by_entry], self._stratum_start)
            sums -= np.where(self._late, late[:, np.minimum(self._late_from, self.rows - 1)], 0.0)
        sums = sums.take(self.tie_of, axis=1)
        if self.shared:
            tied = self.sum_ties(terms.take(self.events_at, axis=1))
            sums -= self.left * tied.take(self.tie_of, axis=1)
        p = self.covariates
        mean = sums[1 : 1 + p] / sums[0]
        variance = sums[1 + p :] / sums[0] - mean[self._pairs[0]] * mean[self._pairs[1]]
        loglik = (self.event_weight * eta[self.events_at]).sum() - (self.mean_weight * np.log(sums[0])).sum()
        return float(loglik), sums[0], mean, variance

    @cached_property
    def _at_zero(self) -> tuple[float, Floats, Floats, Floats]:
        return self.risk_sets(np.zeros(self.covariates))

    def information_at_zero(self) -> Floats:
        """The information about the coefficients where all are 0."""
        _, _, _, variance = self._at_zero
        return self.full((variance * self.mean_weight).sum(axis=1))

    def maximise(self) -> None:
        """Newton's steps, halved where the likelihood falls, until it settles."""
        beta: Floats = self.beta
        before = beta
        reached = -np.inf
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for step in range(_STEPS + 1):
                loglik, weight, mean, variance = self.risk_sets(beta) if step else self._at_zero
                # without a top the sums run out of digits; such a point is no step either
                usable = np.isfinite(loglik) and bool(np.isfinite(variance).all())
                if step and not (usable and loglik >= reached - _SETTLED * abs(reached)):
                    beta = (beta + before) / 2
                    continue
                self.beta, self.loglik, self.steps = beta, loglik, step
                self.loglik_null = loglik if not step else self.loglik_null
                self.weight, self.mean, self.spread = weight, mean, variance
                slope = self.weighted_sum - (mean * self.mean_weight).sum(axis=1)
                self.information = self.full((variance * self.mean_weight).sum(axis=1))
                try:
                    move = _solve(self.information, slope)
                except np.linalg.LinAlgError:
                    break
                if not step:
                    self.score = float(slope @ move)
                elif abs(loglik - reached) <= _SETTLED * abs(loglik):
                    self.converged = True
                    break
                before, reached = beta, loglik
                beta = beta + move
        self.variance = inverse(self.information)

    def score_residuals(self) -> Floats:
        """Each row's share in the slope of the likelihood, (rows, covariates) in sorted order, before weighting."""
        risk = np.exp(self.log_risk(self.beta))
        hazard = self.mean_weight / self.weight
        parts = np.vstack([hazard, hazard * self.mean])
        blocks = len(self.block_start)
        upto = np.zeros((len(parts), blocks + 1))
        upto[:, 1 + self.event_blocks] = self.sum_ties(parts)
        np.cumsum(upto, axis=1, out=upto)
        gone = np.repeat(upto[:, self.block[self._stratum_start]], self._stratum_size, axis=1)
        if self.entry is not None:
            key = sort_key(self.strata[self.block_start], self.time[self.block_start])
            gone = upto[:, np.searchsorted(key, sort_key(self.strata, self.entry), side="right")]
        met = upto[:, self.block + 1] - gone
        if self.shared:
            # an event in a tie is at risk for a part of its own day's hazard only
            part = self.sum_ties(parts * self.left)
            met[:, self.events_at] -= part[:, self.tie_of]
        residuals = -risk * (self.values * met[0] - met[1:])
        residuals[:, self.events_at] += self.values[:, self.events_at] - self.tied_mean()
        return residuals.T

    def tied_mean(self) -> Floats:
        """For each event the risk set's mean of the covariates, averaged over the events tied with it."""
        return (self.sum_ties(self.mean) / self.tied)[:, self.tie_of]

    def robust_variance(self, cluster: Ints | None = None) -> Floats:
        """The sandwich variance of the coefficients; rows of one cluster (in the order given) count together."""
        influence = self.score_residuals() @ self.variance
        if self.weights is not None:
            influence *= self.weights[:, None]
        if cluster is not None:
            sorted_cluster = cluster[self.order]
            influence = np.array(
                [np.bincount(sorted_cluster, column) for column in influence.T], dtype=float
            ).T
        return influence.T @ influence


def inverse(matrix: Floats) -> Floats:
    """The inverse of a symmetric matrix; the pseudo-inverse, which takes ten times as long, where it hardly has one."""
    if matrix.size == 1 and matrix[0, 0]:
        return 1 / matrix
    try:
        found = np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        found = np.full_like(matrix, np.inf)
    if np.abs(matrix).max() * np.abs(found).max() < _WELL_CONDITIONED:
        return np.asarray(found, dtype=float)
    return np.asarray(np.linalg.pinv(matrix), dtype=float)


def _solve(matrix: Floats, right: Floats) -> Floats:
    """numpy's, without the long way there for a single number."""
    if matrix.size == 1 and matrix[0, 0]:
        return right / matrix[0]
    return np.asarray(np.linalg.solve(matrix, right), dtype=float)


def _from_here_on(terms: Floats, stratum_start: Ints) -> Floats:
    """Sums over each column and all behind it in its stratum, by stratum: no sum of one is lost in another's."""
    if len(stratum_start) == 1:
        return terms[:, ::-1].cumsum(axis=1)[:, ::-1]
    summed = np.empty_like(terms)
    for start, end in zip(stratum_start, (*stratum_start[1:], terms.shape[1]), strict=True):
        np.cumsum(terms[:, start:end][:, ::-1], axis=1, out=summed[:, start:end][:, ::-1])
    return summed


@cache
def _upper(covariates: int) -> tuple[Ints, Ints]:
    return np.triu_indices(covariates)


def sort_key(strata: Ints, time: Floats) -> NDArray[np.complex128]:
    """Stratum and time as one number that sorts by the first, then by the second."""
    return strata + 1j * time

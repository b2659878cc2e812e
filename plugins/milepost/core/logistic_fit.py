"""The numerical side of logistic regression: largest likelihood, with or without Firth's penalty, and separation.

Newton's steps on columns made orthogonal, halved where they would lose; coefficients may be held (profile likelihood).
Separation is found exactly, by linear programming, not guessed from large numbers: it exists if and only if a
combination of the predictors never points to the wrong outcome and sometimes to the right one. Sources: Albert and
Anderson 1984;71:1; Konis 2007; Firth 1993;80:27; Heinze and Schemper 2002;21:2409.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr, solve_triangular
from scipy.optimize import brentq, linprog
from scipy.special import expit

Numbers = np.ndarray
_STEPS, _HALVINGS = 200, 40
_LONGEST = 10.0  # log odds of a patient in one step
_CLOSE, _NEAR = 1e-20, 1e-10  # squared distance to the top, in standard errors: aimed at, and allowed
_BESIDE = 1e-14  # aimed at where only the likelihood is asked for, which is flat at the top


@dataclass(frozen=True)
class Fit:
    """Coefficients, their covariance (inverse information), the log-likelihood (penalised with Firth), converged."""

    beta: Numbers
    covariance: Numbers
    loglik: float
    converged: bool


class Likelihood:
    """The (penalised) likelihood of outcomes 0 and 1 given the columns of a design; the first column is 1.

    Patients alike in every column are one row: `size` of them, `y` with the outcome.
    """

    def __init__(self, design: Numbers, outcome: Numbers, *, firth: bool = False) -> None:
        self.n, self.firth = len(outcome), firth
        self.x, alike, size = np.unique(design, axis=0, return_inverse=True, return_counts=True)
        self.size = size.astype(float)
        self.y = np.bincount(alike.ravel(), outcome, len(size)).astype(float)
        self.q, self.r = self._orthogonal(self.x)
        self.log_size = float(np.log(np.abs(np.diag(self.r))).sum())

    def _orthogonal(self, columns: Numbers) -> tuple[Numbers, Numbers]:
        root = np.sqrt(self.size)[:, None]
        q, r = qr(root * columns, mode="economic")
        return q / root, r

    def maximise(
        self, free: Numbers | None = None, start: Numbers | None = None, close: float = _CLOSE
    ) -> Fit:
        """The largest likelihood; free: places of the coefficients sought, the others stay at `start` (else at 0).

        close: the squared distance to the top, in standard errors, at which the search ends.
        """
        p = self.x.shape[1]
        free = np.arange(p) if free is None else free
        beta = np.zeros(p) if start is None else start.copy()
        q, r = (self.q, self.r) if len(free) == p else self._orthogonal(self.x[:, free])
        eta = self.x @ beta
        value, weight = self._at(eta)
        distance = 0.0
        for _ in range(_STEPS if len(free) else 0):
            slope, bend = self._slope(eta, weight, q)
            try:
                np.linalg.cholesky(bend)  # refuses what is not positive definite
                step = np.linalg.solve(bend, slope)
            except np.linalg.LinAlgError:
                distance = math.inf
                break
            distance = float(slope @ step)
            along = q @ step
            factor = min(1.0, _LONGEST / max(float(np.abs(along).max()), 1e-300))
            for _ in range(_HALVINGS):
                tried, tried_weight = self._at(eta + factor * along)
                if tried >= value - 1e-12 * (1 + abs(value)):  # to the digits there are
                    break
                factor /= 2
            else:
                break  # no step gains
            beta[free] += factor * solve_triangular(r, step)
            eta, value, weight = eta + factor * along, tried, tried_weight
            if distance < close:
                break
        back = solve_triangular(self.r, np.eye(p))
        covariance = back @ _inverse((self.q.T * weight) @ self.q) @ back.T
        return Fit(beta, covariance, value, distance < _NEAR)

    def profile_limit(self, best: Fit, place: int, drop: float, side: int) -> float | None:
        """Where, below (side -1) or above (1) the best value, the profile log-likelihood has lost `drop`; infinite
        where it never does, None where the search fails."""
        free = np.delete(np.arange(len(best.beta)), place)
        reach = math.sqrt(2 * drop * best.covariance[place, place])
        # the best of the rest at each distance looked at: the next search starts beside it
        path = {0.0: best.beta}

        def lost(away: float) -> float:
            start = path[min(path, key=lambda known: abs(known - away))].copy()
            start[place] = best.beta[place] + side * away
            found = self.maximise(free, start, _BESIDE)
            if not found.converged:
                raise ArithmeticError
            path[away] = found.beta
            # the root of the loss is nearly a straight line
            return math.sqrt(max(best.loglik - found.loglik, 0.0)) - math.sqrt(drop)

        inner, outer = 0.0, reach / 2
        try:
            # in small steps: far from its start the search may end nowhere
            while lost(outer) < 0:
                inner, outer = outer, outer + max(reach / 4, outer / 2)
                if outer > 100 * reach:
                    return side * math.inf
            away = float(brentq(lost, inner, outer, xtol=1e-10 * reach, rtol=1e-12))
        except (ArithmeticError, ValueError):
            return None
        return float(best.beta[place] + side * away)

    def _at(self, eta: Numbers) -> tuple[float, Numbers]:
        """The log-likelihood at these log odds, and the weight of every patient."""
        weight = self.size * expit(eta) * expit(-eta)
        value = float(self.y @ eta - self.size @ np.logaddexp(0, eta))
        if self.firth:
            sign, log_det = np.linalg.slogdet((self.q.T * weight) @ self.q)
            value += 0.5 * float(log_det) + self.log_size if sign > 0 else -math.inf
        return value, weight

    def _slope(self, eta: Numbers, weight: Numbers, q: Numbers) -> tuple[Numbers, Numbers]:
        """First derivative along the columns q, and what a step is measured with: the information. With the penalty it
        is that of patients weighing their leverage more; the plain one would step too far, to and fro."""
        fitted = expit(eta)
        residual = self.y - self.size * fitted
        if self.firth:
            inverse = _inverse((self.q.T * weight) @ self.q)
            leverage = weight * ((self.q @ inverse) * self.q).sum(axis=1)
            residual = residual + leverage * (0.5 - fitted)
            weight = weight * (1 + leverage / self.size)
        return q.T @ residual, (q.T * weight) @ q


def separation(design: Numbers, outcome: Numbers) -> str | None:
    """Whether the predictors tell all outcomes apart ("complete"), those of some patients ("partial"), or none."""
    # centring changes no answer next to an intercept, and keeps small differences of large numbers (dates) in sight
    columns = np.column_stack([design[:, :1], design[:, 1:] - design[:, 1:].mean(axis=0)])
    signed = np.where(outcome > 0, 1.0, -1.0)[:, None] * columns / np.abs(columns).max(axis=0)
    p = design.shape[1]
    exact = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
    # the same patients many times over ask nothing new
    signed = np.unique(signed, axis=0)
    some = linprog(
        -signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=[(-1, 1)] * p, method="highs",
        options=exact,
    )  # fmt: skip
    if -float(some.fun) <= 1e-7:
        return None
    margin = linprog(
        np.append(np.zeros(p), -1.0), A_ub=np.column_stack([-signed, np.ones(len(signed))]),
        b_ub=np.zeros(len(signed)), bounds=[(-1, 1)] * p + [(None, 1)], method="highs", options=exact,
    )  # fmt: skip
    return "complete" if -float(margin.fun) > 1e-9 else "partial"


def dependent_columns(design: Numbers) -> list[int]:
    """The columns that say nothing the columns before them do not say (a constant next to the intercept, a sum)."""
    size = np.sqrt((design**2).mean(axis=0))
    spare: list[int] = []
    kept: list[int] = []
    for place in range(design.shape[1]):
        columns = design[:, [*kept, place]] / np.where(size[[*kept, place]] > 0, size[[*kept, place]], 1.0)
        triangle = qr(columns, mode="r")[0]
        (kept if len(columns) > len(kept) and abs(triangle[len(kept), len(kept)]) > 1e-7 * math.sqrt(len(columns))
         else spare).append(place)  # fmt: skip
    return spare


def _inverse(information: Numbers) -> Numbers:
    try:
        np.linalg.cholesky(information)  # refuses what is not positive definite
        return np.asarray(np.linalg.inv(information))
    except np.linalg.LinAlgError:
        return np.full_like(information, np.nan)

"""One Cox model on complete rows: what it gives, and the rules by which it gives nothing.

Refused as a whole: no patient, no event, covariates of which one follows from the others (their coefficients would
depend on the order they were named in). Refused alone: a covariate that is the same for everybody at risk, a 0/1
covariate with events on one side only, and one whose likelihood has no top. Source: clinical specification section 6.7.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from milepost.core.cox_likelihood import PartialLikelihood, Ties, inverse
from milepost.core.limits import Significance, normal_quantile, not_tested
from milepost.core.survival_data import Bools, Floats, Ints
from milepost.core.survival_estimate import (
    COLLINEAR,
    GROUP_WITHOUT_EVENTS,
    NO_EVENTS,
    NO_PATIENTS,
    NO_VARIATION,
    NOT_CONVERGED,
    OUT_OF_RANGE,
    SEPARATED,
    TOO_FEW_EVENTS,
    SurvivalEstimate,
    chi_square,
    missing,
    number_or_none,
    two_sided_p,
)

# A standard error beyond this, for a change of one standard deviation, means that the likelihood has no top: with d
# events it is about 1/sqrt(d) otherwise. So does a coefficient beyond it that does not settle.
_NO_TOP = 10.0
_NO_INFORMATION = 1e-10
_DEPENDENT = 1e-9


@dataclass(frozen=True, slots=True)
class CoxTerm:
    """One covariate: its hazard ratio with limits and p; the coefficient (its logarithm), its standard error and z."""

    name: str
    hazard_ratio: SurvivalEstimate
    coef: float | None = None
    se: float | None = None
    z: float | None = None


@dataclass(frozen=True, eq=False, slots=True)
class CoxFit:
    """A fitted model.

    `n` rows used, `events` among them, `left_out` rows in which anything the model needs is empty (or that were not
    under observation before their end). `reason`: why the model as a whole has no estimates. `likelihood_ratio`,
    `score` and `wald` test all covariates at once; the first two hold where a single ratio is not estimable.
    `variance` of the coefficients that are estimable (NaN elsewhere), robust where `robust`. `fitted` names the
    covariates in `likelihood`: those that vary.
    """

    terms: tuple[CoxTerm, ...]
    n: int
    events: int
    left_out: int
    strata: int
    ties: Ties
    robust: bool
    method: str
    likelihood_ratio: Significance
    score: Significance
    wald: Significance
    loglik_null: float | None
    loglik: float | None
    variance: Floats
    reason: str | None = None
    likelihood: PartialLikelihood | None = field(default=None, repr=False)
    fitted: tuple[str, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether every covariate that varies has a finite estimate: what is built on the model may be computed."""
        known = {term.name for term in self.terms if term.coef is not None}
        return bool(self.fitted) and known.issuperset(self.fitted)

    def term(self, name: str) -> CoxTerm:
        """The covariate of this name."""
        return next(term for term in self.terms if term.name == name)


def refused(fitted: CoxFit, reason: str) -> CoxFit:
    """The same data without any estimate."""
    none = not_tested(reason, n=fitted.n, method=fitted.method)
    emptied = refused_terms(fitted, {term.name: reason for term in fitted.terms})
    return replace(
        emptied, likelihood_ratio=none, score=none, wald=none, loglik_null=None, loglik=None,
        variance=np.full_like(fitted.variance, np.nan), reason=reason, likelihood=None, fitted=(),
    )  # fmt: skip


def refused_terms(fitted: CoxFit, reasons: Mapping[str, str]) -> CoxFit:
    """The same model, with another reason for terms (by name) that have no estimate."""
    terms = []
    for term in fitted.terms:
        was = term.hazard_ratio
        if reason := reasons.get(term.name):
            absent = missing(reason, level=was.level, n=was.n, events=was.events, method=was.method)
            term = CoxTerm(term.name, absent)
        terms.append(term)
    return replace(fitted, terms=tuple(terms))


@dataclass(frozen=True, eq=False, slots=True)
class Model:
    """The complete rows, and what was asked of them."""

    names: tuple[str, ...]
    time: Floats
    event: Bools
    values: Floats
    strata: Ints
    weights: Floats | None
    entry: Floats | None
    cluster: Ints | None
    robust: bool
    ties: Ties
    level: float
    left_out: int
    method: str

    def fit(self) -> CoxFit:
        """Estimates, or the reasons why there are none."""
        if not len(self.time):
            return refused(self._shell(), NO_PATIENTS)
        if not self.event.any():
            return refused(self._shell(), NO_EVENTS)
        everything = np.arange(len(self.names))
        likelihood = self._likelihood(everything)
        information = likelihood.information_at_zero()
        variance = self.values.var(axis=1)
        scale = variance * self._weight()[self.event].sum()
        varies = information.diagonal() > _NO_INFORMATION * scale
        free = everything[varies]
        reasons = {int(i): NO_VARIATION for i in everything[~varies]}
        if not len(free):
            return refused(self._shell(), NO_VARIATION)
        if len(free) > 1 and _is_dependent(information[np.ix_(free, free)]):
            return refused(self._shell(), COLLINEAR)
        if not varies.all():
            likelihood = self._likelihood(free)
        likelihood.maximise()
        separated = self._separated(likelihood, free, np.sqrt(variance[free]))
        if not likelihood.converged:
            if not separated:
                return refused(self._shell(), NOT_CONVERGED)
            # the others' numbers rest on where the fit happened to stop
            separated = {int(i): separated.get(int(i), SEPARATED) for i in free}
        return self._result(likelihood, free, {**reasons, **separated})

    def _shell(self) -> CoxFit:
        """What is known of the model without fitting it."""
        n, events, size = len(self.time), int(self.event.sum()), len(self.names)
        strata = int(np.count_nonzero(np.bincount(self.strata)))
        none = not_tested(NO_EVENTS, n=n, method=self.method)
        absent = missing(NO_EVENTS, level=self.level, n=n, events=events, method=self.method)
        return CoxFit(
            tuple(CoxTerm(name, absent) for name in self.names), n, events, self.left_out,
            strata, self.ties, self.robust, self.method, none, none, none, None, None, np.full((size, size), np.nan),
        )  # fmt: skip

    def _likelihood(self, free: Ints) -> PartialLikelihood:
        return PartialLikelihood(
            self.time, self.event, self.values[free], strata=self.strata, ties=self.ties, weights=self.weights,
            entry=self.entry,
        )  # fmt: skip

    def _weight(self) -> Floats:
        return np.ones(len(self.time)) if self.weights is None else self.weights

    def _separated(self, likelihood: PartialLikelihood, free: Ints, unit: Floats) -> dict[int, str]:
        """The covariates whose ratio is not finite. unit: one standard deviation of each."""
        found = {}
        typical = math.sqrt(self._weight()[self.event].mean())
        spread = likelihood.variance.diagonal()
        se = np.sqrt(np.where(spread > 0, spread, np.inf))
        for i, wide, far in zip(free, se * unit * typical, np.abs(likelihood.beta) * unit, strict=True):
            column = self.values[i]
            had = column[self.event]
            if (had == had[0]).all() and ((column == 0) | (column == 1)).all():
                found[int(i)] = GROUP_WITHOUT_EVENTS
            elif not wide < _NO_TOP or (far > _NO_TOP and not likelihood.converged):
                found[int(i)] = SEPARATED
        return found

    def _result(self, likelihood: PartialLikelihood, free: Ints, reasons: dict[int, str]) -> CoxFit:
        with np.errstate(over="ignore", invalid="ignore"):  # of covariates without a top
            variance = likelihood.robust_variance(self.cluster) if self.robust else likelihood.variance
        variances = variance.diagonal()
        place = {int(i): position for position, i in enumerate(free)}
        shell = self._shell()
        terms = tuple(
            self._missing(name, reasons[i])
            if i in reasons
            else self._term(name, float(likelihood.beta[place[i]]), math.sqrt(max(variances[place[i]], 0.0)))
            for i, name in enumerate(self.names)
        )
        stated = [i for i in place if i not in reasons]
        inside = [place[i] for i in stated]
        whole = variance
        if len(stated) < len(self.names):
            whole = shell.variance
            whole[np.ix_(stated, stated)] = variance[np.ix_(inside, inside)]
        df, n, ratio = len(free), len(self.time), 2 * (likelihood.loglik - likelihood.loglik_null)
        if len(stated) == df:
            statistic = float(likelihood.beta @ inverse(variance) @ likelihood.beta)
            wald = chi_square(statistic, df, n=n, method=f"Wald test, {self.method}")
        else:
            wald = not_tested(next(reasons[i] for i in place if i in reasons), n=n, method=self.method)
        return replace(
            shell, terms=terms, variance=whole, wald=wald,
            likelihood_ratio=chi_square(ratio, df, n=n, method=f"likelihood-ratio test, {self.method}"),
            score=chi_square(likelihood.score, df, n=n, method=f"score test, {self.method}"),
            loglik_null=likelihood.loglik_null, loglik=likelihood.loglik,
            reason=None if stated else reasons[int(free[0])], likelihood=likelihood,
            fitted=tuple(self.names[i] for i in free),
        )  # fmt: skip

    def _term(self, name: str, coef: float, se: float) -> CoxTerm:
        if not se > 0:
            return self._missing(name, TOO_FEW_EVENTS)
        reach = normal_quantile(self.level) * se
        with np.errstate(over="ignore"):
            value, lo, hi = (number_or_none(np.exp(log)) for log in (coef, coef - reach, coef + reach))
        ratio = SurvivalEstimate(
            value, lo, hi, self.level, len(self.time), self.method, OUT_OF_RANGE if hi is None else None,
            int(self.event.sum()), se, two_sided_p(coef / se),
        )  # fmt: skip
        return CoxTerm(name, ratio, coef, se, coef / se)

    def _missing(self, name: str, reason: str) -> CoxTerm:
        events = int(self.event.sum())
        absent = missing(reason, level=self.level, n=len(self.time), events=events, method=self.method)
        return CoxTerm(name, absent)


def _is_dependent(information: Floats) -> bool:
    """Whether one covariate follows from the others, as far as the information can tell."""
    root = np.sqrt(information.diagonal())
    return bool(np.linalg.eigvalsh(information / np.outer(root, root)).min() <= _DEPENDENT)

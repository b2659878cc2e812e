"""What predicts an outcome: logistic regression, and how well one sign foretells it in single patients.

Used for disease control at the first scan given the AFP response (clinical specification section 6.8). Where a
predictor tells the outcomes apart the ordinary estimates do not exist: then there is no number but a reason, and
`fit_firth` gives estimates that are finite there, and less biased wherever few patients have the outcome.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtr

from milepost.core.limits import Estimate, Significance, normal_quantile, not_estimable, not_tested
from milepost.core.logistic_fit import Fit, Likelihood, dependent_columns, separation
from milepost.core.proportions import clopper_pearson

INTERCEPT = "(Intercept)"
ORDINARY = "logistic regression, maximum likelihood"
FIRTH = "logistic regression with Firth's penalty"
_OFFER = "; Firth's penalised regression can be used instead"


@dataclass(frozen=True)
class Term:
    """One predictor. `coefficient` is a log odds ratio with Wald limits, `se` its standard error, `wald` its test;
    odds ratios have Wald and profile-likelihood limits; `likelihood_ratio` compares with the model without it."""

    name: str
    coefficient: Estimate
    se: float | None
    wald: Significance
    odds_ratio: Estimate
    odds_ratio_profile: Estimate
    likelihood_ratio: Significance


@dataclass(frozen=True)
class LogisticModel:
    """A fitted model; `reason` says why there is none (then no term has a number). dropped: rows with a gap in them."""

    terms: tuple[Term, ...]
    n: int
    events: int
    dropped: int
    loglik: float | None
    null_loglik: float | None
    likelihood_ratio: Significance
    method: str
    reason: str | None = None

    @property
    def deviance(self) -> float | None:
        """-2 log-likelihood."""
        return None if self.loglik is None else -2 * self.loglik

    @property
    def null_deviance(self) -> float | None:
        """-2 log-likelihood of the model without predictors."""
        return None if self.null_loglik is None else -2 * self.null_loglik

    @property
    def aic(self) -> float | None:
        """Akaike's criterion; none for a penalised likelihood, which depends on the predictors' units."""
        if self.loglik is None or self.method != ORDINARY:
            return None
        return -2 * self.loglik + 2 * len(self.terms)

    def term(self, name: str) -> Term:
        """The term of that name."""
        return next(term for term in self.terms if term.name == name)


@dataclass(frozen=True)
class Foretelling:
    """How a sign foretells an outcome, each share with exact limits and its own number of patients.

    true_positive: sign and outcome; false_positive: sign, no outcome; false_negative: outcome without sign;
    true_negative: neither. dropped: patients of whom one of both is not known.
    """

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int
    sensitivity: Estimate
    specificity: Estimate
    positive_value: Estimate
    negative_value: Estimate
    dropped: int = 0


def fit_logistic(outcome: Any, predictors: Mapping[str, Any], *, level: float = 0.95) -> LogisticModel:
    """Logistic regression of an outcome (0, 1) on numeric predictors, by maximum likelihood, with an intercept.

    Predictors by name, in order; a group of k kinds needs k - 1 columns of 0 and 1, an interaction the product. A row
    with a gap is dropped and counted. Not estimable, with the reason: nobody or everybody has the outcome, a predictor
    that is constant or follows from others, separation, no convergence.
    """
    return _fit(outcome, predictors, level, firth=False)


def fit_firth(outcome: Any, predictors: Mapping[str, Any], *, level: float = 0.95) -> LogisticModel:
    """The same with Firth's penalty: finite also under separation and with few events.

    Read the profile-likelihood limits and the (penalised) likelihood-ratio test; Wald limits are given, but mislead
    just where the penalty is needed.
    """
    return _fit(outcome, predictors, level, firth=True)


def foretell(
    true_positive: int, false_positive: int, false_negative: int, true_negative: int, *, level: float = 0.95
) -> Foretelling:
    """Sensitivity, specificity, positive and negative predictive value of the four counts."""
    tp, fp, fn, tn = true_positive, false_positive, false_negative, true_negative

    def share(events: int, others: int) -> Estimate:
        if min(events, others) < 0:
            return not_estimable("a count is below 0", level=level, n=0, method="exact (Clopper-Pearson)")
        return clopper_pearson(events, events + others, level=level)

    return Foretelling(tp, fp, fn, tn, share(tp, fn), share(tn, fp), share(tp, fp), share(tn, fn))


def foretell_by(sign: Any, outcome: Any, *, level: float = 0.95) -> Foretelling:
    """The same from one row a patient; patients without sign or outcome are dropped and counted."""
    signs, outcomes = _numbers("sign", sign), _numbers("outcome", outcome)
    known = np.isfinite(signs) & np.isfinite(outcomes)
    _check_binary("sign", signs[known])
    _check_binary("outcome", outcomes[known])
    counts = [int(((signs == s) & (outcomes == o)).sum()) for s, o in ((1, 1), (1, 0), (0, 1), (0, 0))]
    found = foretell(*counts, level=level)
    return replace(found, dropped=int((~known).sum()))


def _fit(outcome: Any, predictors: Mapping[str, Any], level: float, *, firth: bool) -> LogisticModel:
    normal_quantile(level)
    y = _numbers("outcome", outcome)
    columns = [_numbers(name, values) for name, values in predictors.items()]
    if any(len(column) != len(y) for column in columns):
        raise ValueError("outcome and predictors have different numbers of rows")
    names = [INTERCEPT, *predictors]
    full = np.column_stack([np.ones(len(y)), *columns])
    usable = np.isfinite(y) & np.isfinite(full).all(axis=1)
    design, y, dropped = full[usable], y[usable], int((~usable).sum())
    _check_binary("outcome", y)
    method = FIRTH if firth else ORDINARY
    reason = _not_fit(design, y, names, firth)
    if reason is None:
        likelihood = Likelihood(design, y, firth=firth)
        best, null = likelihood.maximise(), _null(design, y, firth)
        if best.converged and np.isfinite(best.covariance).all():
            terms = [_term(likelihood, best, i, name, level, method) for i, name in enumerate(names)]
            test = _ratio_test(best.loglik, null, len(names) - 1, len(y), "the model without predictors")
            return LogisticModel(tuple(terms), len(y), int(y.sum()), dropped, best.loglik, null, test, method)
        reason = "the search for the largest likelihood did not end" + ("" if firth else _OFFER)
    empty = [_empty_term(name, reason, level, len(y), method) for name in names]
    test = not_tested(reason, n=len(y), method="likelihood-ratio test")
    return LogisticModel(tuple(empty), len(y), int(y.sum()), dropped, None, None, test, method, reason)


def _not_fit(design: np.ndarray, y: np.ndarray, names: list[str], firth: bool) -> str | None:
    """Why the model cannot be fitted, or None."""
    if not len(y):
        return "no patient without a gap"
    if spare := dependent_columns(design):
        listed = ", ".join(names[place] for place in spare)
        return f"constant, or told by the other predictors: {listed}"
    if y.min() == y.max():
        return "nobody has the outcome" if y[0] == 0 else "everybody has the outcome"
    if not firth and (kind := separation(design, y)):
        told = "all outcomes" if kind == "complete" else "the outcomes of some patients"
        return f"not estimable: {kind} separation, the predictors tell {told} without error{_OFFER}"
    return None


def _null(design: np.ndarray, y: np.ndarray, firth: bool) -> float:
    """The log-likelihood without predictors. Firth: with all slopes held at 0 under the full model's penalty, which is
    what a penalised likelihood ratio compares with."""
    if firth:
        return Likelihood(design, y, firth=True).maximise(np.arange(1)).loglik
    return Likelihood(design[:, :1], y).maximise().loglik


def _term(likelihood: Likelihood, best: Fit, place: int, name: str, level: float, method: str) -> Term:
    n, z = likelihood.n, normal_quantile(level)
    value, se = float(best.beta[place]), math.sqrt(best.covariance[place, place])
    lo, hi = value - z * se, value + z * se
    wald = Significance(float(2 * ndtr(-abs(value / se))), value / se, None, n, "Wald test")
    below, above = (likelihood.profile_limit(best, place, z * z / 2, side) for side in (-1, 1))
    profile = Estimate(
        _exp(value), None if below is None else _exp(below), None if above is None else _exp(above), level, n,
        f"{method}, profile-likelihood limits",
        "the search for a profile limit did not end" if below is None or above is None else None,
    )  # fmt: skip
    others = np.delete(np.arange(len(best.beta)), place)
    without = likelihood.maximise(others)
    ratio = _ratio_test(best.loglik, without.loglik, 1, n, "the model without it")
    return Term(
        name, Estimate(value, lo, hi, level, n, f"{method}, Wald limits"), se, wald,
        Estimate(_exp(value), _exp(lo), _exp(hi), level, n, f"{method}, Wald limits"), profile, ratio,
    )  # fmt: skip


def _empty_term(name: str, reason: str, level: float, n: int, method: str) -> Term:
    nothing = not_estimable(reason, level=level, n=n, method=method)
    return Term(
        name, nothing, None, not_tested(reason, n=n, method="Wald test"), nothing, nothing,
        not_tested(reason, n=n, method="likelihood-ratio test"),
    )  # fmt: skip


def _ratio_test(best: float, less: float, df: int, n: int, against: str) -> Significance:
    method = f"likelihood-ratio test against {against}"
    if df == 0:
        return not_tested("no predictor", n=n, method=method)
    statistic = max(2 * (best - less), 0.0)
    return Significance(float(chdtrc(df, statistic)), statistic, df, n, method)


def _numbers(name: str, values: Any) -> np.ndarray:
    """Numbers, NaN for what is missing (None, NA, NaT); words are a mistake of the caller."""
    try:
        return pd.Series(values).reset_index(drop=True).astype("Float64").to_numpy(float, na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name}: numbers, or True and False, are needed") from error


def _check_binary(name: str, values: np.ndarray) -> None:
    if not np.isin(values, (0, 1)).all():
        raise ValueError(f"{name}: only 0 and 1, or True and False, can be told apart here")


def _exp(log: float) -> float:
    return math.exp(log) if log < 709 else math.inf

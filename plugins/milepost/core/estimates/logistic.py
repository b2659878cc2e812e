"""A logistic model of an outcome: odds ratios with Wald and profile-likelihood limits, a test of each term.

Where the predictors tell the outcomes apart no largest likelihood exists: then there is no number but a reason, and
Firth's penalised model beside it. Source: clinical specification section 6.8; conventions and names as R's glm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from scipy.special import chdtrc

from milepost.core.estimates.answers import Answer, with_reason
from milepost.core.estimates.formula import (
    Term,
    columns_of,
    complete_rows,
    design,
    event_of,
    split_formula,
    split_terms,
)
from milepost.core.estimates.spec import Column, Columns, Label, Spec
from milepost.core.estimates.table import Table
from milepost.core.predictors import LogisticModel, fit_firth, fit_logistic
from milepost.core.predictors import Term as FittedTerm

Columns_ = dict[str, Any]


class Logistic(Spec):
    """The model as a formula (`resp ~ trt + age`), or outcome and terms. firth: also without separation."""

    other_names: ClassVar[Mapping[str, str]] = {
        "formula": "model", "covariates": "terms", "predictors": "terms", "response": "outcome", "y": "outcome",
        "event": "outcome", "event_value": "outcome_value", "references": "reference_levels", "penalised": "firth",
    }  # fmt: skip

    model: Label | None = None
    outcome: Column | None = None
    outcome_value: Label | None = None
    terms: Columns = ()
    reference_levels: dict[str, Label] = {}
    firth: bool = False


def estimate_logistic(spec: Logistic, table: Table) -> Answer:
    """Fit the model to the rows without a gap, and describe it."""
    if spec.model is not None:
        left, terms = split_formula(spec.model, "model")
    else:
        left = spec.outcome or next((name for name in ("resp", "y", "outcome") if table.has(name)), "outcome")
        terms = split_terms(" + ".join(spec.terms), "terms") if spec.terms else []
    column, value = event_of(left)
    table.cells(column, "outcome")
    whole = table.keep(complete_rows(table, [column, *columns_of(terms)], "model"))
    outcome = whole.happened(column, "outcome", spec.outcome_value or value)
    parts = design(whole, terms, "model", spec.reference_levels)
    columns: Columns_ = {name: values for part in parts for name, values in part.columns.items()}
    fit = fit_logistic(outcome, columns)
    answer: Answer = {"input": table.source, "model": spec.model or f"{left} ~ {' + '.join(terms) or '1'}"}
    if fit.reason is not None and " separation" in fit.reason:
        kind = "complete" if "complete separation" in fit.reason else "partial"
        answer["expected"] = f"NOT_ESTIMABLE ({kind} separation; MLE does not exist)"
    answer |= _describe(fit, len(table) - len(whole), lambda term: _ordinary(term))
    answer["drop1_lrt"] = _dropped(fit, fit_logistic, outcome, parts)
    if spec.firth or "expected" in answer:
        penalised = fit_firth(outcome, columns)
        answer["firth"] = _describe(penalised, len(table) - len(whole), lambda term: _penalised(term)) | {
            "drop1_lrt": _dropped(penalised, None, outcome, parts)
        }
    return answer


def _describe(fit: LogisticModel, dropped: int, describe: Callable[[FittedTerm], Answer]) -> Answer:
    answer: Answer = {
        "n": fit.n, "n_events": fit.events, "n_dropped_missing": dropped, "converged": fit.reason is None,
        "deviance": fit.deviance, "null_deviance": fit.null_deviance, "loglik": fit.loglik, "aic": fit.aic,
        "terms": {term.name: describe(term) for term in fit.terms}, "method": fit.method,
    }  # fmt: skip
    return with_reason(answer, fit.reason)


def _ordinary(term: FittedTerm) -> Answer:
    return {
        "coef": term.coefficient.value, "se": term.se, "z": term.wald.statistic, "p_wald": term.wald.p,
        "or": term.odds_ratio.value, "or_wald_lo": term.odds_ratio.lo, "or_wald_hi": term.odds_ratio.hi,
        "or_profile_lo": term.odds_ratio_profile.lo, "or_profile_hi": term.odds_ratio_profile.hi,
    }  # fmt: skip


def _penalised(term: FittedTerm) -> Answer:
    """Profile limits and the likelihood-ratio test only: Wald's mislead where the penalty is needed."""
    return {
        "coef": term.coefficient.value, "or": term.odds_ratio.value, "or_profile_lo": term.odds_ratio_profile.lo,
        "or_profile_hi": term.odds_ratio_profile.hi, "lrt_chisq": term.likelihood_ratio.statistic,
        "lrt_p": term.likelihood_ratio.p,
    }  # fmt: skip


def _dropped(
    fit: LogisticModel, refit: Callable[..., LogisticModel] | None, outcome: np.ndarray, parts: list[Term]
) -> Answer:
    """The likelihood-ratio test of each term that no interaction contains, as R's drop1. A penalised likelihood depends
    on the columns, so that only terms of one column have a test there."""
    answer: Answer = {}
    for part in parts:
        if any(part.variables < other.variables for other in parts) or not part.columns:
            continue
        if len(part.columns) == 1:
            test = fit.term(next(iter(part.columns))).likelihood_ratio
            answer[part.name] = {"df": test.df, "chisq": test.statistic, "p": test.p}
        elif refit is not None:
            rest: Columns_ = {
                name: values for other in parts if other is not part for name, values in other.columns.items()
            }
            less = refit(outcome, rest).loglik
            statistic = None if less is None or fit.loglik is None else max(2 * (fit.loglik - less), 0.0)
            p = None if statistic is None else float(chdtrc(len(part.columns), statistic))
            answer[part.name] = {
                "df": None if statistic is None else len(part.columns),
                "chisq": statistic,
                "p": p,
            }
    return answer

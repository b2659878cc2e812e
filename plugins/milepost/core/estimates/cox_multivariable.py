"""A Cox model of several covariates: hazard ratios, proportionality of each term, concordance.

One unit more of a number, or a factor's level against its reference. Rows with a gap in what the model uses are left
out. Source: clinical specification section 6.7; conventions and names as R's coxph.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np

from milepost.core.concordance import concordance
from milepost.core.cox import fit_cox
from milepost.core.cox_model import CoxFit
from milepost.core.cox_zph import check_proportionality
from milepost.core.estimates.answers import Answer, significance, with_reason
from milepost.core.estimates.formula import (
    Term,
    columns_of,
    complete_rows,
    design,
    event_of,
    split_formula,
    split_terms,
)
from milepost.core.estimates.groups import Labels, as_labels
from milepost.core.estimates.proportionality import check_term
from milepost.core.estimates.spec import Column, Columns, Label, Spec
from milepost.core.estimates.table import Table
from milepost.core.survival_data import Floats
from milepost.core.survival_estimate import NO_VARIATION
from milepost.errors import ConfigurationError

_OUTCOME = re.compile(r"(?:Surv\()?\s*(.+?)\s*\)?")
_SPECIAL = re.compile(r"(strata|cluster)\((.+)\)")
_TERM = ("coef", "se", "hr", "lo", "hi", "p")


class CoxMultivariable(Spec):
    """The model as a formula, or column by column; a formula goes first."""

    other_names: ClassVar[Mapping[str, str]] = {
        "status": "event", "terms": "covariates", "predictors": "covariates", "model": "formula", "start": "entry",
        "weight": "weights", "stratum": "strata", "references": "reference_levels", "method": "ties",
    }  # fmt: skip

    formula: Label | None = None
    time: Column = "time"
    event: Column = "event"
    event_value: Label | None = None
    covariates: Columns = ()
    reference_levels: dict[str, Label] = {}
    strata: Columns = ()
    ties: Literal["efron", "breslow"] = "efron"
    weights: Column | None = None
    entry: Column | None = None
    cluster: Column | None = None


def estimate_cox_multivariable(spec: CoxMultivariable, table: Table) -> Answer:
    """Fit the model and describe it."""
    spec, terms = _terms(spec)
    key = "covariates" if spec.formula is None else "formula"
    column, value = event_of(spec.event)
    optional = [name for name in (spec.weights, spec.entry, spec.cluster) if name is not None]
    used = [spec.time, column, *columns_of(terms), *spec.strata, *optional]
    whole = table.keep(complete_rows(table, used, key))
    parts = design(whole, terms, key, spec.reference_levels)

    def numbers(name: str | None, key: str) -> Floats | None:
        return None if name is None else whole.numbers(name, key)

    def labels(names: tuple[str, ...], key: str) -> Labels | None:
        return as_labels(whole.labels(names, key)) if names else None

    columns = {name: values for part in parts for name, values in part.columns.items()}
    fit = fit_cox(
        whole.numbers(spec.time, "time"), whole.happened(column, "event", spec.event_value or value),
        # of factors with one level only nothing is left: a constant, which the model refuses by itself
        columns or {terms[0]: np.zeros(len(whole))},
        strata=labels(spec.strata, "strata"), weights=numbers(spec.weights, "weights"),
        entry=numbers(spec.entry, "entry"), ties=spec.ties,
        cluster=None if spec.cluster is None else labels((spec.cluster,), "cluster"),
    )  # fmt: skip
    shared = concordance(fit)
    answer: Answer = {
        "input": table.source, "formula": spec.formula or f"{spec.time}, {spec.event} ~ {' + '.join(terms)}",
        "ties": spec.ties, "n": fit.n, "events": fit.events, "n_dropped_missing": len(table) - fit.n,
        "loglik": [fit.loglik_null, fit.loglik], "concordance": [shared.value, shared.se],
        "terms": _describe(fit, parts), "zph_km": _proportionality(fit, parts),
        "lrt": significance(fit.likelihood_ratio), "score": significance(fit.score), "wald": significance(fit.wald),
        "robust_variance": fit.robust,
    }  # fmt: skip
    if shared.value is None:
        answer["concordance_reason"] = shared.reason
    return with_reason(answer, fit.reason)


def _terms(spec: CoxMultivariable) -> tuple[CoxMultivariable, list[str]]:
    """The terms, and the spec with what the formula says of outcome, strata and clusters."""
    said: dict[str, object] = {}
    if spec.formula is None:
        terms = split_terms(" + ".join(spec.covariates), "covariates") if spec.covariates else []
    else:
        left, terms = split_formula(spec.formula, "formula")
        inside = _OUTCOME.fullmatch(left)
        named = [part.strip() for part in inside[1].split(",")] if inside else []
        if len(named) == 3:
            said["entry"] = named.pop(0)
        if len(named) != 2:
            raise ConfigurationError(
                f'spec, key formula: found "{left}" before ~. Allowed: TIME, EVENT or Surv(TIME, EVENT), e.g. '
                'formula = "time, status == 2 ~ age + sex".'
            )
        said |= {"time": named[0], "event": named[1]}
    special = {term: found for term in terms if (found := _SPECIAL.fullmatch(term))}
    strata = tuple(found[2] for found in special.values() if found[1] == "strata")
    cluster = next((found[2] for found in special.values() if found[1] == "cluster"), spec.cluster)
    spec = spec.model_copy(update={**said, "strata": (*spec.strata, *strata), "cluster": cluster})
    left_over = [term for term in terms if term not in special]
    if not left_over:
        raise ConfigurationError(
            'spec: the model has no covariate. Name some: covariates = ["age"], or formula = "time, event ~ age".'
        )
    return spec, left_over


def _describe(fit: CoxFit, parts: list[Term]) -> Answer:
    terms: Answer = {}
    for part in parts:
        for name in part.columns:
            term = fit.term(name)
            ratio = term.hazard_ratio
            numbers = (term.coef, term.se, ratio.value, ratio.lo, ratio.hi, ratio.p)
            terms[name] = with_reason(dict(zip(_TERM, numbers, strict=True)), ratio.reason)
        if not part.columns:
            terms[part.name] = {**dict.fromkeys(_TERM), "reason": NO_VARIATION}
    return terms


def _proportionality(fit: CoxFit, parts: list[Term]) -> Answer:
    tests = {part.name: significance(check_term(fit, list(part.columns))) for part in parts if part.columns}
    return tests | {"GLOBAL": significance(check_proportionality(fit).overall)}

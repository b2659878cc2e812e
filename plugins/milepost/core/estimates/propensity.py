"""Two groups that were not drawn by lot: propensity weights, their balance, and both hazard ratios side by side.

Source: clinical specification section 6.7; standardised differences below 0.1 are taken as balanced.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from milepost.core.cox import compare_groups
from milepost.core.cox_model import CoxFit
from milepost.core.estimates.answers import Answer, with_reason
from milepost.core.estimates.formula import event_of
from milepost.core.estimates.group_comparison import describe_term
from milepost.core.estimates.groups import GROUP_NAMES, Grouped, read_two_groups
from milepost.core.estimates.spec import Column, Columns, Label
from milepost.core.estimates.table import Table
from milepost.core.propensity import Balance, compare_weighted, fit_propensity


class PropensityWeights(Grouped):
    """Groups, what was known at the start, and (for hazard ratios) time and event. factors: covariates that are kinds
    although they are written as numbers."""

    other_names: ClassVar[Mapping[str, str]] = {
        **GROUP_NAMES, "terms": "covariates", "status": "event", "baseline": "covariates",
    }  # fmt: skip

    covariates: Columns
    factors: Columns = ()
    time: Column | None = None
    event: Column | None = None
    event_value: Label | None = None


def estimate_propensity(spec: PropensityWeights, table: Table) -> Answer:
    """Weights of each row of the frame in its order, balance, and the hazard ratios."""
    group, reference, comparison = read_two_groups(spec, table)
    covariates: dict[str, Any] = {}
    for name in dict.fromkeys((*spec.covariates, *spec.factors)):
        as_number = name not in spec.factors and table.is_numeric(name, "covariates")
        covariates[name] = table.numbers(name, "covariates") if as_number else table.labels([name], "factors")
    found = fit_propensity(group, covariates, reference=reference, comparison=comparison)
    answer: Answer = {
        "input": table.source, "reference_group": reference, "comparison_group": comparison, "n": found.n,
        "left_out": {"gap_in_a_covariate": found.left_out, "other_group": len(table) - found.n - found.left_out},
        "method": found.method, "balance": [_balance(row) for row in found.balance], "balanced": found.balanced,
        "effective_n": found.effective and dict(zip((reference, comparison), found.effective, strict=True)),
        "n_extreme_scores": found.extreme, "largest_weight": found.largest_weight,
    }  # fmt: skip
    if found.note:
        answer["note"] = found.note
    time = spec.time or ("time" if table.has("time") else None)
    event = spec.event or ("event" if table.has("event") else None)
    if time is not None and event is not None:
        column, value = event_of(event)
        data = (
            table.numbers(time, "time"),
            table.happened(column, "event", spec.event_value or value),
            group,
        )
        plain = compare_groups(*data, reference=reference, groups=(reference, comparison))
        weighted = compare_weighted(*data, found, reference=reference, comparison=comparison)
        answer |= {"cox_unadjusted": _ratio(plain, comparison), "cox_weighted": _ratio(weighted, comparison)}
    answer |= {"scores": found.score, "weights": found.weights}
    return with_reason(answer, found.reason)


def _balance(row: Balance) -> Answer:
    return {
        "covariate": row.covariate, "level": row.level, "comparison": row.comparison, "reference": row.reference,
        "comparison_weighted": row.comparison_weighted, "reference_weighted": row.reference_weighted,
        "smd_before": row.before, "smd_after": row.after,
    }  # fmt: skip


def _ratio(fit: CoxFit, comparison: str) -> Answer:
    return {
        "ties": fit.ties, "n": fit.n, "events": fit.events, **describe_term(fit.term(comparison)),
        "robust_variance": fit.robust,
    }  # fmt: skip

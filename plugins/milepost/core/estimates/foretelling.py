"""How well a sign foretells an outcome: sensitivity, specificity and predictive values, each with exact limits.

Source: clinical specification section 6.8 (AFP response as a sign of disease control).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from milepost.core.estimates.answers import Answer, estimate
from milepost.core.estimates.formula import event_of
from milepost.core.estimates.spec import Column, Label, Spec, Whole
from milepost.core.estimates.table import Table
from milepost.core.predictors import Foretelling, foretell, foretell_by
from milepost.errors import ConfigurationError


class PredictiveValues(Spec):
    """Four counts, or columns of sign and outcome (a row a patient)."""

    other_names: ClassVar[Mapping[str, str]] = {
        "true_positive": "tp", "false_positive": "fp", "false_negative": "fn", "true_negative": "tn", "test": "sign",
        "predictor": "sign", "response": "outcome", "event": "outcome", "event_value": "outcome_value",
    }  # fmt: skip

    tp: Whole | None = None
    fp: Whole | None = None
    fn: Whole | None = None
    tn: Whole | None = None
    sign: Column = "sign"
    sign_value: Label | None = None
    outcome: Column = "outcome"
    outcome_value: Label | None = None


def estimate_predictive_values(spec: PredictiveValues, table: Table) -> Answer:
    """The four shares."""
    counts = (spec.tp, spec.fp, spec.fn, spec.tn)
    given = [count for count in counts if count is not None]
    if given and len(given) < 4:
        raise ConfigurationError(
            "spec: give all of tp, fp, fn and tn, or none of them and the columns sign and outcome."
        )
    if given:
        return describe_foretelling(foretell(*given))
    sign, sign_value = event_of(spec.sign)
    outcome, outcome_value = event_of(spec.outcome)
    found = foretell_by(
        table.happened(sign, "sign", spec.sign_value or sign_value),
        table.happened(outcome, "outcome", spec.outcome_value or outcome_value),
    )
    return {"input": table.source, **describe_foretelling(found), "left_out": {"n": found.dropped}}


def describe_foretelling(found: Foretelling) -> Answer:
    """Counts and shares."""
    shares = {
        "sensitivity": found.sensitivity, "specificity": found.specificity, "ppv": found.positive_value,
        "npv": found.negative_value,
    }  # fmt: skip
    counts: Answer = {
        "tp": found.true_positive, "fp": found.false_positive, "fn": found.false_negative, "tn": found.true_negative,
    }  # fmt: skip
    return counts | {name: {**estimate(share), "n": share.n} for name, share in shares.items()}

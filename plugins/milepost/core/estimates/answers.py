"""Estimates and tests as the branches of an answer: null where there is no number, and the reason beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from milepost.core.limits import Estimate, Significance
from milepost.core.survival_estimate import SurvivalEstimate

Answer = dict[str, Any]


def limits(found: Estimate) -> Answer:
    """Both limits, and why one is missing."""
    return with_reason({"lo": found.lo, "hi": found.hi}, found.reason)


def estimate(found: Estimate, value: str = "est") -> Answer:
    """Value and limits, and why one is missing."""
    answer = with_reason({value: found.value, "lo": found.lo, "hi": found.hi}, found.reason)
    caution = found.caution if isinstance(found, SurvivalEstimate) else None
    return answer if caution is None else {**answer, "caution": caution}


def significance(found: Significance, statistic: str = "chisq", *, df: bool = True) -> Answer:
    """Statistic, degrees of freedom and p of a test, and why it was not made."""
    answer: Answer = {statistic: found.statistic}
    if df:
        answer["df"] = found.df
    return with_reason({**answer, "p": found.p}, found.reason)


def with_reason(answer: Answer, reason: str | None) -> Answer:
    """The answer, with its reason where there is one."""
    return answer if reason is None else {**answer, "reason": reason}


def settle(node: Any) -> Any:
    """The answer in plain numbers, texts and null: what JSON can hold. A number without end, or that is none, is null:
    where infinity is an answer it stands as the text "Inf"."""
    if isinstance(node, Mapping):
        return {str(key): settle(value) for key, value in node.items()}
    if isinstance(node, str) or node is None:
        return node
    if isinstance(node, bool | np.bool_):
        return bool(node)
    if isinstance(node, int | np.integer):
        return int(node)
    if isinstance(node, float | np.floating):
        return float(node) if math.isfinite(node) else None
    if isinstance(node, Sequence | np.ndarray):
        return [settle(item) for item in node]
    raise TypeError(f"{type(node).__name__} is no part of an answer")

"""Shares of patients with an event: one arm with its limits, two arms compared.

Arm 1 is compared with arm 2: differences are share 1 minus share 2, ratios 1 over 2. The counts come from a table with
a row for each case, or from one row a patient. Source: clinical specification section 6.4; Newcombe 1998.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np

from milepost.core.estimates.answers import Answer, limits, with_reason
from milepost.core.estimates.formula import event_of
from milepost.core.estimates.groups import GROUP_NAMES, Grouped, read_two_groups
from milepost.core.estimates.spec import Column, Label, Share, Spec, Whole
from milepost.core.estimates.table import Table, sort_labels
from milepost.core.limits import Estimate, Significance
from milepost.core.proportions import (
    Alternative,
    DifferenceMethod,
    clopper_pearson,
    difference,
    exact_test,
    odds_ratio,
    risk_ratio,
    wilson,
)
from milepost.core.two_by_two import chi_square, conditional_odds_ratio, fisher

_DIFFERENCES: dict[str, DifferenceMethod] = {
    "newcombe": "newcombe", "newcombe_cc": "newcombe_corrected", "miettinen_nurminen": "miettinen_nurminen",
    "mee_no_n_minus_1": "mee", "wald": "wald",
}  # fmt: skip


class TwoByTwo(Grouped):
    """Counts in the spec, in columns of the frame (a row a table), or an outcome and a group (a row a patient)."""

    other_names: ClassVar[Mapping[str, str]] = {
        **GROUP_NAMES, "table_id": "id", "response": "outcome", "event": "outcome", "event_value": "outcome_value",
    }  # fmt: skip

    x1: Whole | Column = "x1"
    n1: Whole | Column = "n1"
    x2: Whole | Column = "x2"
    n2: Whole | Column = "n2"
    id: Column | None = None
    note: Column = "note"
    outcome: Column | None = None
    outcome_value: Label | None = None


class Proportion(Spec):
    """Counts in the spec, in columns of the frame (a row a share), or an outcome (a row a patient), by group if any."""

    other_names: ClassVar[Mapping[str, str]] = {
        "events": "x", "total": "n", "response": "outcome", "event": "outcome", "event_value": "outcome_value",
        "arm": "group", "p0": "null_share", "null": "null_share", "against": "null_share",
    }  # fmt: skip

    x: Whole | Column = "x"
    n: Whole | Column = "n"
    id: Column = "id"
    outcome: Column | None = None
    outcome_value: Label | None = None
    group: Column | None = None
    null_share: Share = 0.2
    alternative: Literal["two-sided", "greater", "less"] = "greater"


def estimate_two_by_two(spec: TwoByTwo, table: Table) -> Answer:
    """Every table of the frame by its id; a table in the spec, or of patients, by itself."""
    counts = (spec.x1, spec.n1, spec.x2, spec.n2)
    if spec.outcome is not None:
        arms, left_out = _arms(spec, table)
        (first, *one), (second, *other) = arms
        answer = {"arm_1": first, "arm_2": second, **describe_table(*one, *other)}
        return {"input": table.source, **answer, "left_out": left_out}
    if all(isinstance(count, int) for count in counts):
        return describe_table(*(float(count) for count in counts))
    columns = [
        _column(table, count, key) for key, count in zip(("x1", "n1", "x2", "n2"), counts, strict=True)
    ]
    named = spec.id or next((name for name in ("table_id", "id") if table.has(name)), None)
    names = _names(table, named)
    notes = table.cells(spec.note, "note") if table.has(spec.note) else (None,) * len(table)
    return {
        name: describe_table(*row, note=note) for name, note, *row in zip(names, notes, *columns, strict=True)
    }


def describe_table(x1: float, n1: float, x2: float, n2: float, *, note: str | None = None) -> Answer:
    """Everything about two arms."""
    arms: Any = tuple(_count(count) for count in (x1, n1, x2, n2))
    one, two = clopper_pearson(*arms[:2]), clopper_pearson(*arms[2:])
    answer: Answer = dict(zip(("x1", "n1", "x2", "n2"), arms, strict=True))
    if note is not None:
        answer["note"] = note
    answer |= {
        "p1": one.value,
        "p2": two.value,
        "clopper_pearson_1": limits(one),
        "clopper_pearson_2": limits(two),
    }
    for name, corrected in (("wilson", False), ("wilson_cc", True)):
        answer |= {
            f"{name}_{arm}": limits(wilson(*arms[at : at + 2], corrected=corrected))
            for arm, at in ((1, 0), (2, 2))
        }
    answer["clopper_pearson_1_90"] = limits(clopper_pearson(*arms[:2], level=0.90))
    answer["diff"] = difference(*arms).value
    answer |= {name: limits(difference(*arms, method=method)) for name, method in _DIFFERENCES.items()}
    answer["fisher"] = _fisher(arms)
    answer |= {
        name: _statistic(chi_square(*arms, corrected=corrected))
        for name, corrected in (("chisq_pearson", False), ("chisq_yates", True))
    }
    for name, ratio in (("rr_wald_log", risk_ratio(*arms)), ("or_wald", odds_ratio(*arms))):
        answer[name] = None if ratio.value is None else {"est": ratio.value, "lo": ratio.lo, "hi": ratio.hi}
        if ratio.value is None:
            answer[f"{name}_reason"] = ratio.reason
    return answer


def estimate_proportion(spec: Proportion, table: Table) -> Answer:
    """Every share of the frame, in its order."""
    if spec.outcome is not None:
        column, value = event_of(spec.outcome)
        outcome = table.happened(column, "outcome", spec.outcome_value or value)
        group = [None] * len(table) if spec.group is None else table.labels([spec.group], "group")
        names: list[Any] = [None] if spec.group is None else sort_labels(group)
        known = np.isfinite(outcome) & np.array([label in names for label in group], dtype=bool)
        own = [known & np.array([label == name for label in group], dtype=bool) for name in names]
        rows = [
            (name, int(outcome[mine].sum()), int(mine.sum())) for name, mine in zip(names, own, strict=True)
        ]
        single = [_share(*row, spec) for row in rows]
        return {"input": table.source, "single": single, "left_out": {"n": int((~known).sum())}}
    if isinstance(spec.x, int) and isinstance(spec.n, int):
        return {"single": [_share(None, spec.x, spec.n, spec)]}
    columns = [_column(table, count, key) for key, count in (("x", spec.x), ("n", spec.n))]
    ids = table.cells(spec.id, "id") if table.has(spec.id) else _names(table, None)
    return {"single": [_share(name, x, n, spec) for name, x, n in zip(ids, *columns, strict=True)]}


def _share(name: str | None, x: float, n: float, spec: Proportion) -> Answer:
    counts: Any = (_count(x), _count(n))
    exact = clopper_pearson(*counts)
    tested = exact_test(counts[0], counts[1], spec.null_share, alternative=spec.alternative)
    answer = {
        "id": name, "x": counts[0], "n": counts[1], "p": exact.value, "clopper_pearson_95": limits(exact),
        "clopper_pearson_90": limits(clopper_pearson(*counts, level=0.90)), "wilson_95": limits(wilson(*counts)),
        "wilson_cc_95": limits(wilson(*counts, corrected=True)),
        f"binom_p_vs_{spec.null_share:g}_{spec.alternative}": tested.p,
    }  # fmt: skip
    return with_reason(answer, exact.reason)


def _fisher(arms: Any) -> Answer:
    answer: Answer = {}
    sides: tuple[tuple[str, Alternative], ...] = (
        ("two_sided", "two-sided"),
        ("greater", "greater"),
        ("less", "less"),
    )
    for name, alternative in sides:
        answer[f"p_{name}"] = fisher(*arms, alternative=alternative).p
    odds: Estimate = conditional_odds_ratio(*arms)
    numbers = (odds.value, odds.lo, odds.hi)
    answer |= dict(zip(("or_cmle", "or_lo", "or_hi"), map(_or_infinite, numbers), strict=True))
    return with_reason(answer, odds.reason)


def _or_infinite(number: float | None) -> float | str | None:
    """An infinite odds ratio is an answer: it stands as a text, which JSON can hold."""
    return "Inf" if number is not None and math.isinf(number) else number


def _statistic(found: Significance) -> Answer:
    return with_reason({"stat": found.statistic, "p": found.p}, found.reason)


def _arms(spec: TwoByTwo, table: Table) -> tuple[list[tuple[str, int, int]], Answer]:
    """Name, events and patients of the comparison and of the reference, and the rows that are in neither."""
    column, value = event_of(spec.outcome or "")
    outcome = table.happened(column, "outcome", spec.outcome_value or value)
    group, reference, comparison = read_two_groups(spec, table)
    known = np.isfinite(outcome)
    own = {name: np.asarray(group == name, dtype=bool) & known for name in (comparison, reference)}
    arms = [(name, int(outcome[rows].sum()), int(rows.sum())) for name, rows in own.items()]
    return arms, {"n": len(table) - sum(n for _, _, n in arms)}


def _column(table: Table, count: int | str, key: str) -> np.ndarray:
    return np.full(len(table), float(count)) if isinstance(count, int) else table.numbers(count, key)


def _names(table: Table, column: str | None) -> list[str]:
    """The id of each row, its number where it has none; repeated ids are told apart by their numbers."""
    given = (None,) * len(table) if column is None else table.cells(column, "id")
    names = [str(place) if name is None else name for place, name in enumerate(given, start=1)]
    return [
        name if names.count(name) == 1 else f"{name}#{place}" for place, name in enumerate(names, start=1)
    ]


def _count(number: float) -> float:
    """A whole number as one; what is none stays, and is refused with its reason."""
    return int(number) if math.isfinite(number) and number == int(number) else float(number)

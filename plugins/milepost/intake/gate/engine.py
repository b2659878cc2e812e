"""Great Expectations, and nothing else: build the expectations of some rules, run them, take every failing row.

Measured traps this module closes: a rule that cannot be built is dropped with a log line (counted here); failing
rows beyond 200 are cut from every list but the index list (checked against the count here); an exception inside
an expectation looks like "no failing rows" (an error here). A context is made for each call and never shared.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any

import numpy as np
import pandas as pd

from milepost.intake.gate.rules import Rule

_RESULT_FORMAT = {"result_format": "COMPLETE", "return_unexpected_index_query": False}


@dataclass(frozen=True)
class Outcome:
    """What one rule found: positions of the failing rows, or that the whole batch fails, or why it could not run."""

    rule: Rule
    positions: np.ndarray
    batch_failed: bool = False
    error: str | None = None


def refused(rules: Sequence[Rule]) -> list[tuple[str, str]]:
    """Rules Great Expectations would not run, with the reason; empty when it runs them all."""
    _quiet()
    built, problems = [], []
    for rule in rules:
        try:
            built.append(_expectation(rule))
        except Exception as error:  # whatever the library raises, this rule would be lost
            problems.append(
                (rule.id, f"type {rule.type!r} with these kwargs cannot be built. {_first_line(error)}")
            )
    if not problems and len(_suite("check", built).expectations) != len(rules):
        problems.append(("(all)", "Great Expectations kept fewer rules than the file has. Make them differ."))
    return problems


def run(name: str, rules: Sequence[Rule], rows: pd.DataFrame, parameters: Mapping[str, Any]) -> list[Outcome]:
    """Every rule's outcome over rows (RangeIndex, prepared columns), in the rules' order."""
    gx = _quiet()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    asset = context.data_sources.add_pandas("rows").add_dataframe_asset(name)
    suite = _suite(name, [_expectation(rule) for rule in rules])
    if len(suite.expectations) != len(rules):
        raise RuntimeError(f"{name}: {len(rules)} rules but {len(suite.expectations)} expectations")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": rows})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = batch.validate(suite, result_format=_RESULT_FORMAT, expectation_parameters=dict(parameters))
    by_rule = {item.expectation_config.meta["rule"]: item for item in result.results}
    if len(result.results) != len(rules) or set(by_rule) != {rule.id for rule in rules}:
        raise RuntimeError(f"{name}: {len(rules)} rules but {len(result.results)} results")
    return [_outcome(rule, by_rule[rule.id]) for rule in rules]


def _quiet() -> Any:
    """Great Expectations, imported late (seconds) and silent but for its errors, which tell of dropped rules."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    return gx


def _expectation(rule: Rule) -> Any:
    from great_expectations.expectations.registry import get_expectation_impl

    kwargs = {**rule.kwargs, "severity": rule.severity, "meta": {"rule": rule.id}}
    if rule.where:
        kwargs["row_condition"] = _condition(rule.where)
    return get_expectation_impl(rule.type)(**kwargs)


def _condition(where: Mapping[str, str | list[str]]) -> Any:
    from great_expectations.expectations.row_conditions import Column

    parts = [
        Column(name).is_in(texts) if isinstance(texts, list) else Column(name) == texts
        for name, texts in where.items()
    ]
    return reduce(and_, parts)


def _suite(name: str, expectations: list[Any]) -> Any:
    return _quiet().ExpectationSuite(name=name, expectations=expectations)


def _outcome(rule: Rule, result: Any) -> Outcome:
    none = np.empty(0, dtype=np.int64)
    raised = next(_raised(result.exception_info), None)
    if raised is not None:
        return Outcome(rule, none, error=raised)
    found = result.result or {}
    count = found.get("unexpected_count")
    if count is None:  # a rule about the whole batch: a number of rows, a maximum …
        return Outcome(rule, none, batch_failed=not result.success)
    positions = found.get("unexpected_index_list") or []
    if len(positions) != count:
        return Outcome(rule, none, error=f"{count} rows fail but {len(positions)} were named")
    if not count and not result.success:
        return Outcome(rule, none, batch_failed=True)
    return Outcome(rule, np.asarray(positions, dtype=np.int64))


def _raised(info: Any) -> Iterator[str]:
    """Kinds of exception in a result: either one such dict or one for each metric. Never the text: it may quote
    a patient's value."""
    for item in (info, *info.values()) if isinstance(info, dict) else ():
        if isinstance(item, dict) and item.get("raised_exception"):
            trace = str(item.get("exception_traceback") or "").strip().splitlines()
            kind = trace[-1].split(":")[0].split(".")[-1] if trace else ""
            yield kind if kind.isidentifier() else "Exception"


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:4])[:300]

"""A forest plot in numbers: the comparison in each level of each factor, and whether it differs between levels.

Hazard ratios of a time to event, or differences of shares of an outcome. Source: clinical specification section 6.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from milepost.core.estimates.answers import Answer, estimate, significance
from milepost.core.estimates.formula import event_of
from milepost.core.estimates.groups import GROUP_NAMES, Grouped, as_labels, read_two_groups
from milepost.core.estimates.spec import Column, Columns, Label, Whole
from milepost.core.estimates.table import Table, sort_labels
from milepost.core.subgroups import MIN_EVENTS, SubgroupLevel, Subgroups, subgroup_rates, subgroup_ratios


class SubgroupsSpec(Grouped):
    """Groups, factors, and time and event; or an outcome (0 and 1) in their place."""

    other_names: ClassVar[Mapping[str, str]] = {
        **GROUP_NAMES, "subgroups": "factors", "by": "factors", "covariates": "factors", "status": "event",
        "minimum_events": "min_events", "response": "outcome",
    }  # fmt: skip

    factors: Columns
    time: Column = "time"
    event: Column = "event"
    event_value: Label | None = None
    outcome: Column | None = None
    outcome_value: Label | None = None
    strata: Columns = ()
    min_events: Whole = MIN_EVENTS


def estimate_subgroups(spec: SubgroupsSpec, table: Table) -> Answer:
    """All patients, then factor by factor."""
    group, reference, comparison = read_two_groups(spec, table)
    factors = {name: as_labels(table.labels([name], "factors")) for name in spec.factors}
    planned = {name: sort_labels(list(labels)) for name, labels in factors.items()}
    if spec.outcome is not None:
        column, value = event_of(spec.outcome)
        found = subgroup_rates(
            table.happened(column, "outcome", spec.outcome_value or value), group, factors, reference=reference,
            comparison=comparison, levels=planned, min_events=spec.min_events,
        )  # fmt: skip
    else:
        column, value = event_of(spec.event)
        found = subgroup_ratios(
            table.numbers(spec.time, "time"), table.happened(column, "event", spec.event_value or value), group,
            factors, reference=reference, comparison=comparison, levels=planned, min_events=spec.min_events,
            strata=as_labels(table.labels(spec.strata, "strata")) if spec.strata else None,
        )  # fmt: skip
    answer: Answer = {"input": table.source, "reference_group": reference, "comparison_group": comparison}
    return answer | _describe(found, "hr" if spec.outcome is None else "diff")


def _describe(found: Subgroups, value: str) -> Answer:
    return {
        "min_events": found.min_events,
        "overall": _level(found.overall, value),
        "factors": {
            factor.factor: {
                "levels": {str(row.level): _level(row, value) for row in factor.levels},
                "interaction": significance(factor.interaction),
                "left_out": {"n": factor.left_out},
            }
            for factor in found.factors
        },
    }


def _level(row: SubgroupLevel, value: str) -> Answer:
    cells = {"reference": row.reference, "comparison": row.comparison}
    counts = {name: {"n": cell.n, "events": cell.events} for name, cell in cells.items()}
    return {**counts, **estimate(row.estimate, value)}

"""The forest plot: how two groups compare in everybody and in each subgroup the protocol names."""

from __future__ import annotations

from collections.abc import Mapping

from milepost.core.subgroups import SubgroupLevel, Subgroups
from milepost.reports.clinical import ClinicalInputs, Group
from milepost.reports.drawing import WIDE, Figure
from milepost.reports.efficacy_words import p_number, ratio_text
from milepost.reports.interval_rows import IntervalRow, interval_figures, ratio_axis, ratio_row
from milepost.reports.proportions import part_text


def forest_figures(
    inputs: ClinicalInputs, found: Subgroups, labels: Mapping[str, str], name: str
) -> tuple[Figure, ...]:
    """Events of patients in either group, the ratio, and at a look of the protocol the p of each interaction.

    labels: id of a factor -> what it is called. No figure without patients.
    """
    reference, comparison = inputs.groups[:2]
    if not found.overall.reference.n + found.overall.comparison.n:
        return ()
    rows = [_row(inputs, "All patients", found.overall, kind="all")]
    for factor in found.factors:
        p = p_number(factor.interaction.p) if inputs.tested and factor.interaction.p is not None else ""
        rows.append(IntervalRow(labels[factor.factor], kind="group", after=p))
        rows += [_row(inputs, str(level.level), level) for level in factor.levels]
    spoken = "; ".join(f"{row.name} {row.shown}".strip() for row in rows)
    axis = ratio_axis(
        [row for row in rows if row.kind != "group"],
        f"hazard ratio, {comparison.name} against {reference.name}, 95 % interval",
        f"later in {comparison.name}", f"later in {reference.name}",
    )  # fmt: skip
    return interval_figures(
        rows, axis, f"{name}: hazard ratios by subgroup. {spoken}.", width=WIDE, name=210, shown=170,
        heads=() if inputs.masked else _heads(comparison, reference), shown_head="hazard ratio",
        after_head="interaction p" if inputs.tested else "",
    )  # fmt: skip


def count_words(level: SubgroupLevel) -> tuple[str, str]:
    """Events of patients, the comparison group first."""
    ours, theirs = (part_text(cell.events, cell.n) for cell in (level.comparison, level.reference))
    return ours, theirs


def _heads(comparison: Group, reference: Group) -> tuple[str, ...]:
    return (comparison.name, reference.name)


def _row(inputs: ClinicalInputs, name: str, level: SubgroupLevel, kind: str = "") -> IntervalRow:
    counts = () if inputs.masked else count_words(level)
    shown = ratio_text(level.estimate) if level.estimate.value is not None else _few(level)
    return ratio_row(name, level.estimate, shown, counts=counts, kind=kind, look="eff-square")


def _few(level: SubgroupLevel) -> str:
    if not level.reference.n + level.comparison.n:
        return "no patient"
    reason = level.estimate.reason or ""
    return "too few events" if reason.startswith("not estimated") else "not estimable"

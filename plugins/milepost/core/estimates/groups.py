"""Which groups are compared: the column, the reference, and the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from milepost.core.estimates.spec import Column, Label, Spec
from milepost.core.estimates.table import Table, same_label, sort_labels
from milepost.errors import ConfigurationError

Labels = NDArray[np.object_]
ALL = "all"
_NOBODY = "(none)"
GROUP_NAMES = {
    "arm": "group", "treatment": "group", "trt": "group", "reference_group": "reference", "control": "reference",
    "comparison_group": "comparison", "comparator": "comparison", "experimental": "comparison",
}  # fmt: skip


class Grouped(Spec):
    """The column of groups. reference: the first by letter or number where left open; comparison: all the others."""

    group: Column | None = None
    reference: Label | None = None
    comparison: Label | None = None


def read_groups(spec: Grouped, table: Table) -> tuple[Labels, tuple[str, ...]]:
    """Each row's group, and the groups compared, the reference first. Without a column everybody is one group.

    A group named in the spec that nobody is in stays, without patients.
    """
    column = spec.group or ("group" if table.has("group") else None)
    if column is None:
        if spec.reference is not None or spec.comparison is not None:
            table.cells("group", "group")  # says that it is not there
        return np.full(len(table), ALL, dtype=object), (ALL,)
    labels = table.labels([column], "group")
    there = sort_labels(labels)

    def named(wanted: str) -> str:
        return next((label for label in there if same_label(label, wanted)), wanted)

    comparison = [] if spec.comparison is None else [named(spec.comparison)]
    others = [label for label in there if label not in comparison]
    if spec.reference is not None:
        reference = named(spec.reference)
    elif comparison and len(others) > 1:
        raise ConfigurationError(
            f"spec, key reference: needed beside comparison, as there are {len(there)} groups. Allowed: "
            f"{', '.join(others)}."
        )
    else:
        reference = others[0] if others else _NOBODY if comparison else ALL
    if reference in comparison:
        raise ConfigurationError("spec: reference and comparison are one group. Name two.")
    groups = (reference, *(comparison or [label for label in there if label != reference]))
    return as_labels(labels), groups


def read_two_groups(spec: Grouped, table: Table) -> tuple[Labels, str, str]:
    """Each row's group, the reference, and the one group compared with it."""
    labels, groups = read_groups(spec, table)
    if groups == (ALL,) and "group" not in table.columns and spec.group is None:
        table.cells("group", "group")
    if len(groups) > 2:
        raise ConfigurationError(
            f"spec, key comparison: needed, as there are {len(groups)} groups. Allowed: {', '.join(groups[1:])}."
        )
    return labels, groups[0], groups[1] if len(groups) == 2 else _NOBODY


def as_labels(labels: list[str | None]) -> Labels:
    """The labels as an array that holds texts and None."""
    array = np.empty(len(labels), dtype=object)
    array[:] = labels
    return array

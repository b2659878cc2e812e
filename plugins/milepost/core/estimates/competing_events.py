"""The share of patients with an event by a time where another event (death) may come first.

Source: clinical specification section 7.2 ("time to first AESI"); Aalen and Johansen, as R's survfit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from milepost.core.cumulative_incidence import cumulative_incidence, incidence_at
from milepost.core.estimates.answers import Answer, estimate
from milepost.core.estimates.groups import GROUP_NAMES, Grouped, read_groups
from milepost.core.estimates.spec import Column, Label, Numbers
from milepost.core.estimates.table import Table, same_label
from milepost.core.survival_data import Bools, Floats
from milepost.errors import DataProblem


class CumulativeIncidence(Grouped):
    """Time, how it ended (`event_value`, `other_value`; all else is censored), groups if any, and times to tell."""

    other_names: ClassVar[Mapping[str, str]] = {
        **GROUP_NAMES, "status": "event", "competing_value": "other_value", "landmarks": "times",
    }  # fmt: skip

    time: Column = "time"
    event: Column = "event"
    event_value: Label = "1"
    other_value: Label = "2"
    times: Numbers = (182.625, 365.25)


def estimate_cumulative_incidence(spec: CumulativeIncidence, table: Table) -> Answer:
    """Each group's curve at the times asked for."""
    time = table.numbers(spec.time, "time")
    if (time < 0).any():
        raise DataProblem(
            f'column "{spec.time}": a follow-up time is negative; check the dates it is made from.'
        )
    ends = np.array([_end(cell, spec) for cell in table.cells(spec.event, "event")], dtype=float)
    group, groups = read_groups(spec, table)
    known = np.isfinite(time) & np.isfinite(ends) & np.isin(group, groups)
    found = {name: _describe(time, ends, known & (group == name), spec.times) for name in groups}
    return {"input": table.source, "groups": found, "left_out": {"n": int((~known).sum())}}


def _describe(time: Floats, ends: Floats, own: Bools, times: tuple[float, ...]) -> Answer:
    curve = cumulative_incidence(time[own], ends[own])
    rates = [
        {"time": when, **estimate(rate, "share"), "n_risk": int((time[own] >= when).sum())}
        for when, rate in zip(times, incidence_at(curve, times), strict=True)
    ]
    return {"n": curve.n, "events": curve.n_events, "competing": curve.n_other, "share_at": rates}


def _end(cell: str | None, spec: CumulativeIncidence) -> float:
    if cell is None:
        return np.nan
    return 1.0 if same_label(cell, spec.event_value) else 2.0 if same_label(cell, spec.other_value) else 0.0

"""Events for the time patients were watched, with exact Poisson limits, per patient-year and per 100.

Source: clinical specification section 7.2 (exposure-adjusted incidence); limits of Garwood, as R's poisson.test.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np

from milepost.core.estimates.answers import Answer, with_reason
from milepost.core.estimates.spec import Column, Number, Spec, Whole
from milepost.core.estimates.table import Table, sort_labels
from milepost.core.incidence import DAYS_A_YEAR, poisson_rate
from milepost.core.survival_data import DAYS_IN_MONTH

_A_YEAR = {"years": 1.0, "months": DAYS_A_YEAR / DAYS_IN_MONTH, "weeks": DAYS_A_YEAR / 7, "days": DAYS_A_YEAR}


class Rates(Spec):
    """Events and time of each row: of a row a rate, or added up by group where one is named."""

    other_names: ClassVar[Mapping[str, str]] = {
        "person_years": "py", "years": "py", "exposure": "py", "time": "py", "x": "events", "event": "events",
        "arm": "group",
    }  # fmt: skip

    events: Whole | Column = "events"
    py: Number | Column = "py"
    unit: Literal["years", "months", "weeks", "days"] = "years"
    id: Column = "id"
    group: Column | None = None


def estimate_rates(spec: Rates, table: Table) -> Answer:
    """The rates in the frame's order, of groups by name."""
    if isinstance(spec.events, int) and isinstance(spec.py, float):
        return {"single": [describe_rate(None, spec.events, spec.py / _A_YEAR[spec.unit])]}
    events = _column(table, spec.events, "events")
    years = _column(table, spec.py, "py") / _A_YEAR[spec.unit]
    if spec.group is None:
        names = (
            table.cells(spec.id, "id")
            if table.has(spec.id)
            else tuple(str(row + 1) for row in range(len(table)))
        )
        return {"single": [describe_rate(*row) for row in zip(names, events, years, strict=True)]}
    group = table.labels([spec.group], "group")
    known = np.isfinite(events) & np.isfinite(years)
    single = []
    for name in sort_labels(group):
        own = known & np.array([label == name for label in group], dtype=bool)
        single.append(describe_rate(name, float(events[own].sum()), float(years[own].sum())))
    unknown = ~known | np.array([label is None for label in group], dtype=bool)
    return {"single": single, "left_out": {"n": int(unknown.sum())}}


def describe_rate(name: str | None, events: float, years: float) -> Answer:
    """One rate; without time, or with a count that cannot be, none and why."""
    reason = None
    if not (np.isfinite(events) and np.isfinite(years)):
        reason = "events or time are missing"
    elif events < 0 or events != int(events):
        reason = "events are no whole number from 0"
    elif years <= 0:
        reason = "no time under observation"
    count = int(events) if reason is None else 0
    rate, low, high = poisson_rate(count, years if reason is None else 0.0)
    _, low90, high90 = poisson_rate(count, years if reason is None else 0.0, level=0.90)

    def per_100(number: float | None) -> float | None:
        return None if number is None else 100 * number

    answer: Answer = {
        "id": name, "events": int(events) if np.isfinite(events) and events == int(events) else events,
        "person_years": years, "rate_per_py": rate, "rate_per_100py": per_100(rate), "lo": low, "hi": high,
        "lo_per_100py": per_100(low), "hi_per_100py": per_100(high), "lo90": low90, "hi90": high90,
    }  # fmt: skip
    return with_reason(answer, reason)


def _column(table: Table, given: float | str, key: str) -> np.ndarray:
    return table.numbers(given, key) if isinstance(given, str) else np.full(len(table), float(given))

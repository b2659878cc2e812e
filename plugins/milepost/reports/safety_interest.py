"""Adverse events of special interest: the protocol's groups of terms, by grade, by time, and when they first came."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd

from milepost.core.event_times import derive_times_to_first, summarise_first_days
from milepost.core.incidence import summarise_watched_incidence
from milepost.core.limits import Estimate
from milepost.reports import words
from milepost.reports.drawing import Exhibit, Figure
from milepost.reports.exhibits import make_exhibit
from milepost.reports.proportions import FEWEST_FOR_PERCENT
from milepost.reports.safety_interest_figure import RateLine, rate_figures
from milepost.reports.safety_numbers import SafetyNumbers, rate_text
from milepost.reports.safety_overview import PER_100, poisson_estimate
from milepost.reports.safety_set import SafetyGroup, SafetySet, event_ids
from milepost.reports.safety_terms import (
    GRADED_HEAD,
    Counted,
    by_grade,
    enter_graded,
    graded_cells,
    no_event,
)
from milepost.reports.section import Cell, Row, Table


def read_interest(safety: SafetySet) -> list[Counted]:
    """The protocol's groups in its order, with or without patients."""
    told = safety.interest
    return [
        Counted(group.id, group.label, "", by_grade(safety, told[told["AESI"] == group.id]))
        for group in safety.inputs.protocol.safety.interest
    ]


def read_times(safety: SafetySet) -> list[pd.DataFrame]:
    """Of each group of patients the times to the first event, as `core.event_times` tells them."""
    return [
        derive_times_to_first(group.events, group.watched, protocol=safety.inputs.protocol)
        for group in safety.groups
    ]


def interest_exhibit(numbers: SafetyNumbers, found: list[Counted], times: list[pd.DataFrame]) -> Exhibit:
    """Every group of special interest: patients by grade, rate by time, day of the first event."""
    safety = numbers.safety
    rates = _rates(safety, found)
    firsts = [summarise_first_days(part).set_index("AESI").to_dict("index") for part in times]
    rows: list[Row] = []
    had = [one for one in found if any(one.patients(place) for place in range(len(safety.groups)))]
    for one in found:
        enter_graded(numbers, one, f"ae.interest.{one.key}")
        if numbers.compared and one in had:
            rows.append(Row(one.name, kind="group"))
        for place, group in enumerate(safety.groups):
            first = firsts[place].get(one.key, {"EVENTS": 0, "MEDIAN": None})
            _enter(numbers, group, one, one.patients(place), rates[one.key][place], first)
            cells = (
                *graded_cells(one, numbers, place), _rate_cell(rates[one.key][place], one.patients(place), numbers),
                _first_cell(first, numbers),
            )  # fmt: skip
            if one in had:
                rows.append(
                    Row(group.group.name if numbers.compared else one.name, cells, int(numbers.compared))
                )
    head = (
        "Group of terms",
        *GRADED_HEAD,
        f"Patients {PER_100}",
        "First on day, median (quartiles)",
    )
    return make_exhibit(
        "ae.interest", "Adverse events of special interest",
        "The protocol’s groups of terms. Rates by the time to the first event, with exact 95 % intervals.",
        event_ids(_of_interest(safety.events)), "ADAE, safety set", "safety.interest", "events of these groups",
        _figures(numbers, had, rates),
        no_interest(safety, found),
        table=Table(head, tuple(rows), wide=True) if rows else None, notes=_nobody_had(found, had),
        definition="ae.interest",
    )  # fmt: skip


def _nobody_had(found: list[Counted], had: list[Counted]) -> tuple[str, ...]:
    """The groups of terms without an event, which have no row."""
    none = [one.name for one in found if one not in had]
    return (f"Nobody had an event of these groups: {'; '.join(none)}.",) if none and had else ()


def no_interest(safety: SafetySet, found: list[Counted]) -> str:
    """What stands in place of an exhibit of special interest."""
    if not found:
        return "The protocol names no events of special interest."
    if not len(safety.events):
        return no_event(safety)
    return f"No event of special interest has been reported of {words.many(safety.n, 'treated patient')}."


def _figures(
    numbers: SafetyNumbers, had: list[Counted], rates: dict[str, list[Estimate]]
) -> tuple[Figure, ...]:
    """Those groups of terms that anybody had, highest rate first, then in the protocol's order."""
    groups = numbers.safety.groups
    drawn = [
        RateLine(
            one.name,
            tuple(numbers.share(len(one.patients(i)), group).text for i, group in enumerate(groups)),
            tuple(rates[one.key]),
        )
        for one in had
    ]
    drawn.sort(key=lambda line: -max(rate.value or 0.0 for rate in line.rates))
    names = tuple(group.group.name for group in groups) if numbers.compared else ()
    return rate_figures(drawn, names)


def _of_interest(events: pd.DataFrame) -> pd.DataFrame:
    return events[events["AESI"].map(bool).astype(bool)]


def _rates(safety: SafetySet, found: list[Counted]) -> dict[str, list[Estimate]]:
    """Of each group of interest the rate in each group of patients; none where nobody was treated."""
    rates: dict[str, list[Estimate]] = {one.key: [] for one in found}
    for group in safety.groups:
        rows = summarise_watched_incidence(
            group.events, group.watched, protocol=safety.inputs.protocol, kinds=("AESI",)
        ).to_dict("records")
        by_id = {str(row["ID"]): row for row in rows}
        for one in found:
            row = by_id.get(one.key, {"RATE": None})
            rates[one.key].append(
                poisson_estimate(row, "RATE", group.n, "patients by the time to their first event")
            )
    return rates


def _rate_cell(rate: Estimate, who: tuple[str, ...], numbers: SafetyNumbers) -> Cell:
    return Cell(rate_text(rate), "n" if who else "n zero")


def _first_cell(first: dict[str, Any], numbers: SafetyNumbers) -> Cell:
    """29 (15–57); the single days where they are few."""
    dated = first["EVENTS"] - first.get("UNDATED", 0)
    if not dated:
        return Cell(words.DASH, "n zero")
    if dated < FEWEST_FOR_PERCENT:
        return Cell(", ".join(str(day) for day in first["DAYS"]))
    low, middle, high = (_day(first[name]) for name in ("Q1", "MEDIAN", "Q3"))
    return Cell(f"{middle} ({low}{words.DASH}{high})")


def _day(number: float) -> str:
    return words.amount(words.one_decimal(Decimal(repr(float(number)))))


def _enter(
    numbers: SafetyNumbers, group: SafetyGroup, one: Counted, who: tuple[str, ...], rate: Estimate,
    first: dict[str, Any],
) -> None:  # fmt: skip
    id_ = f"ae.interest.{one.key}"
    numbers.estimate(f"{id_}.rate", group, f"{one.name}: patients {PER_100}", rate, who, PER_100)
    if first["MEDIAN"] is not None and pd.notna(first["MEDIAN"]):
        numbers.said(
            f"{id_}.first_day", group, f"{one.name}: median day of the first event", float(first["MEDIAN"]), who,
            "study day", "median of the patients with a dated event",
        )  # fmt: skip

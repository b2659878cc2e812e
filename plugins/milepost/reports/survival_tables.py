"""The tables under the survival curves: estimates, why times are censored, and the same counted otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from milepost.core.group_survival import EndpointEstimate, GroupEstimate
from milepost.core.time_to_event_sources import CNSR
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.efficacy_words import survival_text, time_text
from milepost.reports.proportions import part_text
from milepost.reports.section import Cell, Row, Table, count_cell

Told = tuple[str, EndpointEstimate]  # what an endpoint is called, and its estimate


@dataclass(frozen=True)
class Otherwise:
    """An endpoint counted in another way: an id for its numbers, what it is called, its estimate.

    unread: of each group (by id), the treated patients of whom this reader has given no scan.
    """

    id: str
    name: str
    estimate: EndpointEstimate
    unread: Mapping[str, tuple[str, ...]]

    def left_out(self, group: str) -> tuple[str, ...]:
        """The treated patients of a group who are in no number of this endpoint."""
        return (*self.estimate.of(group).held, *self.unread[group])


def heads(
    inputs: ClinicalInputs, names: Sequence[str]
) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...]]:
    """Names of the columns and headings over them: a column an endpoint, or one an endpoint and group."""
    if not inputs.compared:
        return tuple(names), ()
    groups = tuple(group.name for group in inputs.groups)
    return groups * len(names), tuple((name, len(groups)) for name in names)


def estimates_table(inputs: ClinicalInputs, told: Sequence[Told], unseen: Sequence[int]) -> Table:
    """Everything estimated of each endpoint. unseen: of each group, patients not seen for too long, for survival."""
    rules, cells = inputs.protocol.analysis, _cells(told)
    names, spans = heads(inputs, [name for name, _ in told])
    counted = (
        Row("Patients", cells(lambda one: count_cell(one.curve.n))),
        Row("Events", cells(lambda one: count_cell(one.curve.n_events))),
        Row("Censored", cells(lambda one: count_cell(one.curve.n - one.curve.n_events))),
        *_held(cells, told),
    )
    rates = [
        Row(f"Without the event at {month} months", cells(_rate_cell(i)))
        for i, month in enumerate(rules.rate_months)
    ]
    rows = (
        *(() if inputs.masked else counted),
        Row("Times in months (95 % interval)", kind="group"),
        Row("Median", cells(lambda one: Cell(time_text(one.median))), kind="sum"),
        Row("25 % had the event by", cells(lambda one: Cell(time_text(one.quartiles[0])))),
        Row("75 % had the event by", cells(lambda one: Cell(time_text(one.quartiles[1])))),
        Row(f"Mean without the event, to {rules.mean_months} months", cells(lambda one: Cell(time_text(one.mean)))),
        Row("Shares (95 % interval)", kind="group"),
        *rates,
        Row("Follow-up", kind="group"),
        Row("Median follow-up, months", cells(lambda one: Cell(time_text(one.follow_up)))),
        *(() if inputs.masked else (_unseen_row(inputs, told, unseen),)),
    )  # fmt: skip
    return Table(("Estimate", *names), rows, spans=spans, wide=True)


def censoring_table(inputs: ClinicalInputs, told: Sequence[Told], counts: Sequence[pd.Series]) -> Table:
    """Events and reasons of censoring. counts: for each endpoint, patients by (group, CNSR)."""
    names, spans = heads(inputs, [name for name, _ in told])
    found = sorted({int(code) for by in counts for _, code in by.index})
    columns = [(by, group.id) for by in counts for group in inputs.groups]
    said = {0: "Event"}
    rows = [
        Row(said.get(code, words.upper_first(CNSR[code])),
            tuple(count_cell(int(by.get((group, code), 0))) for by, group in columns), kind="sum" if code == 0 else "")
        for code in found
    ]  # fmt: skip
    return Table(("End", *names), tuple(rows), spans=spans, wide=True)


def otherwise_table(inputs: ClinicalInputs, told: Sequence[Otherwise]) -> Table:
    """The same endpoint counted in other ways: events of patients, who is left out, and the median."""
    groups = inputs.groups
    head = ("median, months",) if inputs.masked else ("events / patients", "left out", "median, months")
    spans = tuple((group.name, len(head)) for group in groups) if inputs.compared else ()

    def cells(other: Otherwise, group: str) -> tuple[Cell, ...]:
        one = other.estimate.of(group)
        events = Cell(part_text(one.curve.n_events, one.curve.n))
        counted = (events, count_cell(len(other.left_out(group))))
        return (*(() if inputs.masked else counted), Cell(time_text(one.median)))

    rows = tuple(
        Row(other.name, tuple(cell for group in groups for cell in cells(other, group.id))) for other in told
    )
    return Table(("Counted", *(head * len(groups))), rows, spans=spans, wide=True)


def _cells(told: Sequence[Told]) -> Callable[[Callable[[GroupEstimate], Cell]], tuple[Cell, ...]]:
    return lambda cell: tuple(cell(one) for _, estimate in told for one in estimate.groups)


def _rate_cell(place: int) -> Callable[[GroupEstimate], Cell]:
    return lambda one: Cell(survival_text(one.rates[place]))


def _held(
    cells: Callable[[Callable[[GroupEstimate], Cell]], tuple[Cell, ...]], told: Sequence[Told]
) -> tuple[Row, ...]:
    if not any(one.held for _, estimate in told for one in estimate.groups):
        return ()
    return (Row("Left out: their data contradict each other", cells(lambda one: count_cell(len(one.held)))),)


def _unseen_row(inputs: ClinicalInputs, told: Sequence[Told], unseen: Sequence[int]) -> Row:
    days = inputs.protocol.time_to_event.follow_up_gap_days
    others = len(unseen) * (len(told) - 1)
    return Row(
        f"Without event and not seen for over {words.count(days)} days",
        (*(count_cell(n) for n in unseen), *(Cell("", "n") for _ in range(others))),
    )

"""Adverse events at a glance: patients by what they had at least once, and how often events came by time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from milepost.core.event_counts import SEVERE
from milepost.core.incidence import summarise_watched_incidence
from milepost.core.limits import Estimate, not_estimable
from milepost.reports import words
from milepost.reports.drawing import Exhibit
from milepost.reports.exhibits import make_exhibit
from milepost.reports.safety_numbers import SafetyNumbers, interval_cell, rate_text, years_text
from milepost.reports.safety_set import SafetyGroup, SafetySet, event_ids
from milepost.reports.section import Cell, Row, Table

PER_100 = "per 100 patient-years"
_POISSON = "exact Poisson limits (Garwood 1936)"


@dataclass(frozen=True)
class _Kind:
    """One row of the overview. only: it is shown only where there is anybody (what is missing)."""

    id: str
    kind: str
    name: str
    level: int = 0
    only: bool = False
    followed: bool = False


_KINDS = (
    _Kind("any", "SUBJECTS", "Any adverse event", followed=True),
    _Kind("grade3", "G3PLUS", f"Grade {SEVERE} or more", followed=True),
    _Kind("grade3.open", "G3OPEN", "none known, but a grade is missing", 1, True),
    _Kind("related", "RELATED", "Related to the study drug"),
    _Kind("related.open", "RELATEDOPEN", "none known, but a relation is missing", 1, True),
    _Kind("related.grade3", "RELATEDG3", f"Related, grade {SEVERE} or more"),
    _Kind("serious", "SERIOUS", "Serious", followed=True),
    _Kind("serious.open", "SERIOUSOPEN", "none known, but for one it is not said", 1, True),
    _Kind("stop", "STOP", "Drug stopped for it"),
    _Kind("reduce", "REDUCE", "Dose reduced for it"),
    _Kind("interrupt", "INTERRUPT", "Drug interrupted for it"),
    _Kind("fatal", "FATAL", "Fatal", followed=True),
)


def overview_exhibit(numbers: SafetyNumbers) -> Exhibit:
    """Patients with at least one event of each kind, of all treated."""
    safety = numbers.safety
    rows = []
    for kind in _KINDS:
        who = [(group, group.having(kind.kind)) for group in safety.groups]
        if kind.only and not any(ids for _, ids in who):
            continue
        cells: list[Cell] = []
        for group, ids in who:
            numbers.count(f"ae.{kind.id}", group, _label(kind), ids, of=group.n, followed=kind.followed)
            cells.append(numbers.share(len(ids), group))
            cells.append(interval_cell(len(ids), group.n))
        rows.append(Row(kind.name, tuple(cells), kind.level))
    head = ("At least once", *(("Patients", "95 % interval") * len(safety.groups)))
    return make_exhibit(
        "ae.overview", "Adverse events at a glance", "Patients with at least one treatment-emergent event.",
        safety.treated, "ADAE, safety set", "adverse events: patients counted", "all treated",
        empty=_nobody(safety),
        table=Table(head, tuple(rows), spans=numbers.spans(2), wide=numbers.compared) if safety.n else None,
        notes=_later_notes(safety), definition="ae.emergent",
    )  # fmt: skip


def _label(kind: _Kind) -> str:
    """The row's name as it stands alone."""
    return f"{_above(kind)}: {kind.name}" if kind.level else kind.name


def _above(kind: _Kind) -> str:
    return next(one.name for one in _KINDS if one.id == kind.id.removesuffix(".open"))


def _nobody(safety: SafetySet) -> str:
    return "" if safety.n else "Nobody has been treated yet."


def _later_notes(safety: SafetySet) -> tuple[str, ...]:
    """What came on later lines of therapy: counted of everybody together, left out by group and said of each."""
    went_on = [group for group in safety.groups if group.went_on]
    if not went_on:
        return ()
    if not safety.inputs.together:
        where = "Serious events of later lines are in the list of serious events."
        return (*(_left_out(group) for group in went_on), where)
    (group,) = went_on
    who = f"{words.many(len(group.went_on), 'patient')} went on to a later line of therapy in this study"
    if not len(group.later):
        return (f"{who}; no event on it is recorded. Its time is counted here.",)
    are = "is" if len(group.later) == 1 else "are"
    return (
        f"{who}; {_events_of(group)} on it {are} counted here, and so is its time. A patient counts once.",
    )


def _left_out(group: SafetyGroup) -> str:
    who = (
        f"{group.group.name}: {words.many(len(group.went_on), 'patient')} went on to a later line of therapy"
    )
    if not len(group.later):
        return f"{who}; no event on it is recorded."
    are = "is" if len(group.later) == 1 else "are"
    serious, fatal = (words.count(int(group.later[name].eq("Y").sum())) for name in ("AESERFL", "AFATAL"))
    return (
        f"{who}, which may be the other group’s drug; {_events_of(group)} on it {are} not counted here, {serious} "
        f"serious and {fatal} fatal."
    )


def _events_of(group: SafetyGroup) -> str:
    return f"{words.many(len(group.later), 'event')} of {words.many(group.later['USUBJID'].nunique(), 'patient')}"


# ---- by time


def incidence_exhibit(numbers: SafetyNumbers) -> Exhibit:
    """Patients by the time to their first event, and events by all time, per 100 patient-years."""
    safety = numbers.safety
    rows: list[Row] = []
    for id_, name, wanted in _TIMED:
        found = [(group, _incidence(safety, group, wanted)) for group in safety.groups]
        if numbers.compared:
            rows.append(Row(name, kind="group"))
        for group, row in found:
            _enter(numbers, group, id_, name, row, group.events[wanted(group.events)])
            rows.append(
                Row(
                    group.group.name if numbers.compared else name,
                    _cells(row),
                    int(numbers.compared),
                )
            )
    head = (
        "At least once",
        "Patients / years",
        f"per 100{words.THIN}years",
        "Events / years",
        f"per 100{words.THIN}years",
    )
    spans = (("to the first event", 2), ("over all time watched", 2))
    watched = any(row.cells for row in rows) and safety.n
    return make_exhibit(
        "ae.incidence", "Adverse events by time", "Exact 95 % intervals (Poisson).", safety.treated,
        "ADAE, safety set", "exposure-adjusted incidence", "all treated", empty=_nobody(safety),
        table=Table(head, tuple(rows), spans=spans, wide=True) if watched else None, definition="ae.incidence",
    )  # fmt: skip


def _all(events: pd.DataFrame) -> pd.Series:
    return pd.Series(True, index=events.index)


_TIMED = (
    ("any", "Any adverse event", _all),
    ("grade3", f"Grade {SEVERE} or more", lambda events: events["ATOXGRN"].ge(SEVERE).fillna(False).astype(bool)),
    ("related", "Related", lambda events: events["AREL"].eq("Y")),
    ("serious", "Serious", lambda events: events["AESERFL"].eq("Y")),
    ("fatal", "Fatal", lambda events: events["AFATAL"].eq("Y")),
)  # fmt: skip


def _incidence(safety: SafetySet, group: SafetyGroup, wanted: Any) -> dict[str, Any]:
    events = group.events[wanted(group.events)].reset_index(drop=True)
    rates = summarise_watched_incidence(
        events, group.watched, protocol=safety.inputs.protocol, kinds=("ANY",)
    )
    none = {"SUBJECTS": 0, "YEARSFIRST": 0.0, "RATE": None, "EVENTS": 0, "YEARS": 0.0, "EVENTRATE": None}
    return rates.to_dict("records")[0] if len(rates) else none


def poisson_estimate(row: dict[str, Any], name: str, n: int, what: str) -> Estimate:
    """The rate of `core.incidence` under this name (RATE, EVENTRATE) as an estimate."""
    method = f"{what}, {_POISSON}"
    if row[name] is None or pd.isna(row[name]):
        return not_estimable("nobody was watched", level=0.95, n=n, method=method)
    return Estimate(float(row[name]), float(row[f"{name}LO"]), float(row[f"{name}HI"]), 0.95, n, method)


def _enter(
    numbers: SafetyNumbers, group: SafetyGroup, id_: str, name: str, row: dict[str, Any], events: pd.DataFrame
) -> None:
    first = poisson_estimate(row, "RATE", group.n, "patients by the time to their first event")
    every = poisson_estimate(row, "EVENTRATE", group.n, "events by all time")
    ids = sorted(set(events["USUBJID"]))
    numbers.estimate(f"ae.{id_}.rate", group, f"{name}: patients {PER_100}", first, ids, PER_100)
    numbers.estimate(
        f"ae.{id_}.event_rate", group, f"{name}: events {PER_100}", every, event_ids(events), PER_100
    )
    for part, years in (("years_to_first", row["YEARSFIRST"]), ("years", row["YEARS"])):
        if part == "years_to_first" or id_ == "any":  # the time watched in all is the same for every kind
            what = "patient-years to the first" if part == "years_to_first" else "patient-years in all"
            label = f"{name}: {what}" if part == "years_to_first" else "Patient-years watched in all"
            numbers.said(f"ae.{id_}.{part}", group, label, years, group.treated, "patient-years", what)
    numbers.count(f"ae.{id_}.events", group, f"{name}: events", event_ids(events), value=int(row["EVENTS"]))


def _cells(row: dict[str, Any]) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for rate, k, years in (("RATE", "SUBJECTS", "YEARSFIRST"), ("EVENTRATE", "EVENTS", "YEARS")):
        counted = f"{words.count(int(row[k]))} / {years_text(row[years])}"
        zero = "n" if row[k] else "n zero"
        cells += [Cell(counted, zero), Cell(rate_text(poisson_estimate(row, rate, 0, "")), zero)]
    return tuple(cells)

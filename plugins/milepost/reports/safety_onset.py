"""When events of special interest first came: the share of patients with one by each day, death competing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from milepost.core.cumulative_incidence import Incidence, cumulative_incidence, incidence_at
from milepost.core.limits import Estimate
from milepost.reports import words
from milepost.reports.drawing import Exhibit
from milepost.reports.exhibits import make_exhibit
from milepost.reports.proportions import FEWEST_FOR_PERCENT
from milepost.reports.safety_interest import no_interest
from milepost.reports.safety_numbers import SafetyNumbers, percent_estimate
from milepost.reports.safety_onset_figure import CurvePanel, onset_figures
from milepost.reports.safety_terms import Counted
from milepost.reports.section import Cell, Row, Table

MOST_PANELS = 4
LANDMARKS = (29, 85, 169)  # the ends of weeks 4, 12 and 24
_STEP = 28


@dataclass(frozen=True)
class _Curve:
    """One group of interest in one group of patients."""

    curve: Incidence
    at: tuple[Estimate, ...]


def onset_exhibit(numbers: SafetyNumbers, found: list[Counted], times: list[pd.DataFrame]) -> Exhibit:
    """Curves of the commonest groups of special interest, their shares at three days, patients at risk beneath."""
    safety = numbers.safety
    chosen = _commonest(found, len(safety.groups))
    days = _ticks(times)
    curves = {one.key: [_curve(part, one.key) for part in times] for one in chosen}
    for one in chosen:
        for place, group in enumerate(safety.groups):
            for day, share in zip(LANDMARKS, curves[one.key][place].at, strict=True):
                label = f"{one.name}: share of patients with a first event by day {day}"
                numbers.estimate(
                    f"ae.interest.{one.key}.by_{day}", group, label, share, group.treated, "share"
                )
    panels = [
        CurvePanel(
            one.name, tuple(one_.curve for one_ in curves[one.key]), _spoken(one, curves[one.key], numbers)
        )
        for one in chosen
    ]
    names = tuple(group.group.name for group in safety.groups) if numbers.compared else ()
    return make_exhibit(
        "ae.onset", "Time to the first event of special interest",
        f"The {words.many(len(chosen), 'group')} of terms most patients had: the share with a first event by each day; "
        "death competes." if chosen else "",
        safety.treated, "ADAE, safety set", "time to first event: Aalen-Johansen", "all treated",
        onset_figures(panels, names, days),
        no_interest(safety, found) if not len(safety.interest) or not found
        else f"No group of terms has {words.count(FEWEST_FOR_PERCENT)} patients yet.",
        table=_table(numbers, chosen, curves) if chosen else None, notes=_undated(chosen, times),
        definition="ae.first",
    )  # fmt: skip


def _commonest(found: list[Counted], groups: int) -> list[Counted]:
    """At most four, of five patients or more; of two as common the one the protocol names first."""
    counted = [(sum(len(one.patients(place)) for place in range(groups)), one) for one in found]
    ordered = sorted(
        (entry for entry in counted if entry[0] >= FEWEST_FOR_PERCENT), key=lambda entry: -entry[0]
    )
    return [one for _, one in ordered[:MOST_PANELS]]


def _curve(times: pd.DataFrame, id_: str) -> _Curve:
    own = times[times["AESI"] == id_]
    curve = cumulative_incidence(own["DAYS"].to_numpy(float), own["STATUS"].to_numpy(float))
    return _Curve(curve, incidence_at(curve, LANDMARKS))


def _ticks(times: list[pd.DataFrame]) -> tuple[int, ...]:
    """Days of the axis, four weeks apart or a multiple of it, up to where under ten patients are still watched."""
    parts = [part["DAYS"].to_numpy(float) for part in times if len(part)]
    longest = np.sort(np.concatenate(parts)) if parts else np.array([1.0])
    # each patient stands in the frame once for each group of terms
    last = max(LANDMARKS[-1], float(longest[int(len(longest) * 0.9)]))
    every = next(n for n in (1, 2, 3, 6, 12, 24, 48) if (last - 1) / (_STEP * n) <= 7)
    steps = int(-(-(last - 1) // (_STEP * every)))
    return tuple(1 + _STEP * every * step for step in range(steps + 1))


def _spoken(one: Counted, curves: list[_Curve], numbers: SafetyNumbers) -> str:
    told = []
    for group, curve in zip(numbers.safety.groups, curves, strict=True):
        name = f"{group.group.name} " if numbers.compared else ""
        shares = ", ".join(
            f"{percent_estimate(share)} by day {day}"
            for day, share in zip(LANDMARKS, curve.at, strict=True)
            if share.value is not None
        )
        counted = f"{words.count(curve.curve.n_events)} of {words.many(curve.curve.n, 'patient')}"
        counted = counted if curve.curve.n else "no patient"
        told.append(f"{name}{counted}{', ' if shares else ''}{shares}")
    return f"{one.name}: {'; '.join(told)}"


def _table(numbers: SafetyNumbers, chosen: list[Counted], curves: dict[str, list[_Curve]]) -> Table:
    rows: list[Row] = []
    for one in chosen:
        if numbers.compared:
            rows.append(Row(one.name, kind="group"))
        for group, curve in zip(numbers.safety.groups, curves[one.key], strict=True):
            cells = tuple(_share_cell(share) for share in curve.at)
            rows.append(Row(group.group.name if numbers.compared else one.name, cells, int(numbers.compared)))
    return Table(("First event", *(f"By day {day}" for day in LANDMARKS)), tuple(rows), wide=True)


def _share_cell(share: Estimate) -> Cell:
    if share.value is None:
        return Cell(share.reason or words.DASH, "n zero")
    return Cell(percent_estimate(share))


def _undated(chosen: list[Counted], times: list[pd.DataFrame]) -> tuple[str, ...]:
    """Events that stand at day 1 because nobody said when they began."""
    keys = {one.key for one in chosen}
    rows = [part[part["AESI"].isin(keys) & part["UNDATED"].astype(bool)] for part in times]
    n = sum(len(part) for part in rows)
    if not n:
        return ()
    return (
        f"{words.many(n, 'first event has', 'first events have')} no usable date of onset and "
        f"{'stands' if n == 1 else 'stand'} at day 1.",
    )  # fmt: skip

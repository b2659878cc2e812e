"""How much was taken on which days, and how much was planned.

Exact: Decimal from the texts of the records. Source: clinical specification, section 3.6.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np

from milepost.core.dose_records import Dose
from milepost.core.regimens import Regimen
from milepost.protocol import Treatment

_HUNDRED = Decimal(100)


def days_taken(doses: list[Dose], regimen: Regimen) -> np.ndarray:
    """The days of intake in order, days off inside long records left out."""
    days = [_days_of(dose, anchor, regimen) for dose, anchor in _anchored(doses)]
    return np.unique(np.concatenate(days))


def _anchored(doses: list[Dose]) -> Iterator[tuple[Dose, int]]:
    """Each dose with the day its cycle is counted from: a dose that follows on another without a gap goes on in its
    cycle, any other begins one."""
    anchor, previous = 0, None
    for dose in doses:
        if previous is None or dose.first > previous + 1:
            anchor = dose.first
        previous = dose.last
        yield dose, anchor


def _days_of(dose: Dose, anchor: int, regimen: Regimen) -> np.ndarray:
    days = np.arange(dose.first, (dose.last or dose.first) + 1)
    if regimen.off == 0 or len(days) <= regimen.days_on:
        return days  # no longer than the days on: taken as it says
    return days[(days - anchor) % regimen.cycle_days < regimen.days_on]


def amounts(
    doses: list[Dose], regimen: Regimen, treatment: Treatment | None, duration: int
) -> dict[str, Any]:
    """What was taken, what was planned, and the share."""
    total, spaced = Decimal(0), 0
    daily = [np.empty(0, dtype=np.int64)]
    for dose, anchor in _anchored(doses):
        taken = _days_of(dose, anchor, regimen)
        total += _given(dose, regimen, len(taken))
        if dose.frequency is not None and dose.frequency.days > 1 and not dose.of_day:
            spaced += regimen.administrations(dose.frequency, len(taken))
        else:
            daily.append(taken)
    first = doses[0]
    planned_days = regimen.days_in(duration)
    fixed = treatment.daily_dose if treatment is not None else None
    planned = _given(first, regimen, planned_days) if fixed is None else fixed * planned_days
    levels = [dose.of_a_day for dose in doses]
    return {
        "STARTDOSE": _given(first, regimen, 1), "CUMDOSE": total, "PLANDOSE": planned,
        "RDI": total * _HUNDRED / planned if planned > 0 else None,
        "DOSEDAYS": len(np.unique(np.concatenate(daily))) + spaced,
        "NREDUCE": sum(after < before for before, after in pairwise(levels)),
    }  # fmt: skip


def _given(dose: Dose, regimen: Regimen, days: int) -> Decimal:
    """mg on so many days of intake."""
    if dose.amount is None:
        return Decimal(0)
    if dose.of_day or dose.frequency is None:
        return dose.amount * days
    return dose.amount * regimen.administrations(dose.frequency, days)

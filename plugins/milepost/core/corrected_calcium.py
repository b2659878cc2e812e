"""Calcium corrected for albumin, the value that CTCAE grades.

Corrected calcium (mmol/L) = calcium + 0.02 x (40 - albumin in g/L). Source: clinical specification, section 4.2, rules.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np

from milepost.core.censored_values import EXACT
from milepost.core.exact_numbers import Numbers
from milepost.core.lab_amounts import CANONICAL
from milepost.core.lab_entries import Entries, join, to_range
from milepost.core.units import standard_unit
from milepost.protocol import LabTest

CALCIUM, ALBUMIN, CORRECTED = "CA", "ALB", "CACORR"
LABEL = "Calcium, corrected for albumin"
_UNITS = {CALCIUM: "mmol/L", ALBUMIN: "g/L"}
_SLOPE, _NORMAL = Decimal("0.02"), Decimal(40)
_DAY = 86_401


def is_correctable(tests: dict[str, LabTest]) -> bool:
    """Whether the study computes calcium and albumin in the units of the formula."""
    return all(code in tests and standard_unit(tests[code].unit) == unit for code, unit in _UNITS.items())


def derive_corrected_calcium(entries: Entries, subject: np.ndarray, number: dict[str, int]) -> Entries:
    """Adds an entry of test CACORR for each calcium with an albumin of the same subject and day; that calcium itself
    is marked as corrected.

    subject: of each entry. number: of each test. Of several albumins that of the same time counts, else the last of
    the day. Its limits of normal are the calcium's. A result given as a range (<1.5) is not corrected.
    """
    usable = entries.amounts.value.known & (entries.amounts.unit_key == CANONICAL)
    calcium = np.flatnonzero(usable & (entries.test == number[CALCIUM]))
    albumin = np.flatnonzero(usable & (entries.test == number[ALBUMIN]))
    if not len(calcium) or not len(albumin):
        return entries
    day, second = entries.periods.day, entries.periods.second
    days = (subject * (1 << 26) + day + (1 << 24)).astype(np.int64)
    times = days * _DAY + second + 1
    albumin = albumin[np.lexsort((entries.at[albumin], times[albumin]))]
    at_time = np.searchsorted(times[albumin], times[calcium], side="right") - 1
    on_day = np.searchsorted(days[albumin], days[calcium], side="right") - 1
    timed = (at_time >= 0) & (times[albumin[at_time]] == times[calcium])
    found = np.where(timed, at_time, on_day)
    has = (found >= 0) & (days[albumin[found]] == days[calcium])
    calcium, albumin = calcium[has], albumin[found[has]]
    added = entries.take(calcium)
    value = _corrected(entries.amounts.value.take(calcium), entries.amounts.value.take(albumin))
    amounts = replace(added.amounts, value=value)
    added = replace(
        added, amounts=amounts, range=to_range(amounts), test=np.full(len(calcium), number[CORRECTED]),
        derived=np.ones(len(calcium), dtype=bool),
    )  # fmt: skip
    marked = entries.corrected.copy()
    marked[calcium] = True
    return join(replace(entries, corrected=marked), added)


def _corrected(calcium: Numbers, albumin: Numbers) -> Numbers:
    exact = np.empty(len(calcium.exact), dtype=object)
    for row, (amount, protein) in enumerate(zip(calcium.exact, albumin.exact, strict=True)):
        exact[row] = EXACT.add(amount, EXACT.multiply(_SLOPE, EXACT.subtract(_NORMAL, protein)))
    # a very high albumin over a very low calcium could go below zero, which is no amount
    exact[exact < 0] = Decimal(0)
    return Numbers(exact, exact.astype(float))

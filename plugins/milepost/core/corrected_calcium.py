"""Calcium corrected for albumin, the value that CTCAE grades.

Corrected calcium (mmol/L) = calcium + 0.02 x (40 - albumin in g/L); in mg/dL = calcium + 0.8 x (4.0 - albumin in g/dL).
The two are not each other's conversion: a report in mg/dL that is graded as reported is corrected in mg/dL. Source:
clinical specification, section 4.2, rules.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np

from milepost.core.censored_values import EXACT
from milepost.core.exact_numbers import Numbers
from milepost.core.lab_amounts import CANONICAL
from milepost.core.lab_draws import Draws
from milepost.core.lab_entries import Entries, join, to_range
from milepost.core.units import standard_unit
from milepost.protocol import LabTest

CALCIUM, ALBUMIN, CORRECTED = "CA", "ALB", "CACORR"
LABEL = "Calcium, corrected for albumin"
_UNITS = {CALCIUM: "mmol/L", ALBUMIN: "g/L"}
US_UNIT = "mg/dL"
# for each g/L of albumin below normal
_SLOPE, _US_SLOPE, _NORMAL = Decimal("0.02"), Decimal("0.08"), Decimal(40)


def is_correctable(tests: dict[str, LabTest]) -> bool:
    """Whether the study computes calcium and albumin in the units of the formula."""
    return all(code in tests and standard_unit(tests[code].unit) == unit for code, unit in _UNITS.items())


def derive_corrected_calcium(
    entries: Entries, draws: Draws, number: dict[str, int], in_us_units: np.ndarray
) -> Entries:
    """Adds an entry of test CACORR for each calcium with an albumin of the same subject and day, and lets that calcium
    be graded by it.

    draws: of these entries. number: of each test. in_us_units: entries reported, and graded, in mg/dL. Of several
    albumins that of the same time counts, else the last of the day. Its limits of normal are the calcium's. A result
    given as a range (<1.5) is not corrected.
    """
    usable = entries.amounts.value.known & (entries.amounts.unit_key == CANONICAL) & ~entries.foreign
    calcium = np.flatnonzero(usable & (entries.test == number[CALCIUM]))
    albumin = np.flatnonzero(usable & (entries.test == number[ALBUMIN]))
    at_time = draws.last_of(draws.time, calcium, albumin)
    found = np.where(at_time >= 0, at_time, draws.last_of(draws.day, calcium, albumin))
    calcium, albumin = calcium[found >= 0], found[found >= 0]
    added = entries.take(calcium)
    values = entries.amounts.value
    slope = np.full(len(calcium), _SLOPE, dtype=object)
    for row in np.flatnonzero(in_us_units[calcium]).tolist():
        slope[row] = EXACT.multiply(_US_SLOPE, added.amounts.factor[row])
    amounts = replace(added.amounts, value=_corrected(values.take(calcium), values.take(albumin), slope))
    added = replace(
        added, amounts=amounts, range=to_range(amounts), test=np.full(len(calcium), number[CORRECTED]),
        second=entries.at[albumin],
    )  # fmt: skip
    corrected = entries.corrected.copy()
    corrected[calcium] = len(entries) + np.arange(len(calcium))
    return join(replace(entries, corrected=corrected), added)


def _corrected(calcium: Numbers, albumin: Numbers, slope: np.ndarray) -> Numbers:
    exact = np.empty(len(calcium.exact), dtype=object)
    for row, (amount, protein, each) in enumerate(zip(calcium.exact, albumin.exact, slope, strict=True)):
        exact[row] = EXACT.add(amount, EXACT.multiply(each, EXACT.subtract(_NORMAL, protein)))
    # a very high albumin over a very low calcium could go below zero, which is no amount
    exact[exact < 0] = Decimal(0)
    return Numbers(exact, exact.astype(float))

"""Counts of white cells: computed from percentages, and checked against the whole they are part of.

A count is percentage x leucocytes / 100 of the same sample. A part above its whole is a contradiction that only both
rows together show, so it is asked about here and not at the gate. Source: clinical specification, section 4.1.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np

from milepost.core.censored_values import EXACT
from milepost.core.exact_numbers import Numbers, sign_against
from milepost.core.lab_amounts import CANONICAL, to_bound
from milepost.core.lab_draws import Draws
from milepost.core.lab_entries import UNKNOWN, Entries, join
from milepost.core.units import standard_unit
from milepost.protocol import LabTest

LEUCOCYTES = "WBC"
PERCENTAGES = {"NEUTPCT": "NEUT", "LYMPCT": "LYM"}
# part, its whole, and by how much of the whole it may be exceeded
PARTS = (
    ("BILDIR", "BILI", Decimal("1.1")),
    ("NEUT", LEUCOCYTES, Decimal(1)),
    ("LYM", LEUCOCYTES, Decimal(1)),
)
_COUNT, _HUNDREDTH = "10^9/L", Decimal("0.01")


def countable(tests: dict[str, LabTest]) -> dict[str, str]:
    """Percentage -> count, for those that the study has in the units of the formula."""
    units = {code: standard_unit(test.unit) for code, test in tests.items()}
    return {
        part: count for part, count in PERCENTAGES.items()
        if units.get(part) == "%" and units.get(count) == units.get(LEUCOCYTES) == _COUNT
    }  # fmt: skip


def derive_counts(
    entries: Entries, draws: Draws, number: dict[str, int], percentages: dict[str, str]
) -> Entries:
    """Adds an entry of NEUT or LYM for each percentage with leucocytes of the same sample and no count of its own.

    draws: of these entries. number: of each test; percentages: see `countable`. Where the time of either is unknown, a
    count of the same day is taken as that sample's own. Such a count has no limits of normal, for the report gives
    those of the percentage. A percentage or leucocytes given as a range (<0.1) make no count.
    """
    usable = entries.amounts.value.known & (entries.amounts.unit_key == CANONICAL) & ~entries.foreign
    made = entries
    for code, count in percentages.items():
        if code not in number or LEUCOCYTES not in number:
            continue
        of_test = usable & (entries.test == number[code])
        rows = np.flatnonzero(of_test)
        counted = np.flatnonzero((entries.test == number[count]) & (entries.amounts.code >= 0))
        rows = rows[~_has_count(rows, counted, entries.periods.second, draws)]
        whole = draws.last_of(draws.time, rows, np.flatnonzero(usable & (entries.test == number[LEUCOCYTES])))
        made = join(made, _counts(entries, rows[whole >= 0], whole[whole >= 0], number[count]))
    return made


def _has_count(rows: np.ndarray, counted: np.ndarray, second: np.ndarray, draws: Draws) -> np.ndarray:
    untimed = counted[second[counted] < 0]
    return np.asarray(
        np.isin(draws.time[rows], draws.time[counted])
        | np.isin(draws.day[rows], draws.day[untimed])
        | ((second[rows] < 0) & np.isin(draws.day[rows], draws.day[counted]))
    )


def _counts(entries: Entries, rows: np.ndarray, whole: np.ndarray, test: int) -> Entries:
    added = entries.take(rows)
    exact = np.empty(len(rows), dtype=object)
    values = zip(entries.amounts.value.exact[rows], entries.amounts.value.exact[whole], strict=True)
    exact[:] = [EXACT.multiply(EXACT.multiply(share, of), _HUNDREDTH) for share, of in values]
    nothing = Numbers(np.full(len(rows), None, dtype=object), np.full(len(rows), np.nan))
    amounts = replace(
        added.amounts, value=Numbers(exact, exact.astype(float)), lln=nothing, uln=nothing,
        reversed_range=np.zeros(len(rows), dtype=bool),
    )  # fmt: skip
    return replace(
        added, amounts=amounts, test=np.full(len(rows), test), second=entries.at[whole],
        range=np.full(len(rows), UNKNOWN, dtype=np.int8),
    )  # fmt: skip


def find_parts_above_whole(entries: Entries, draws: Draws, number: dict[str, int]) -> np.ndarray:
    """Which entries are a part that surely lies above the whole of the same sample."""
    usable = (entries.amounts.code >= 0) & (entries.amounts.unit_key == CANONICAL) & ~entries.foreign
    found = np.zeros(len(entries), dtype=bool)
    for part, whole, times in PARTS:
        if part not in number or whole not in number:
            continue
        rows = np.flatnonzero(usable & (entries.test == number[part]))
        of = draws.last_of(draws.time, rows, np.flatnonzero(usable & (entries.test == number[whole])))
        rows, of = rows[of >= 0], of[of >= 0]
        least, least_nudge = to_bound(entries.amounts.take(rows), "H", worse=False)
        most, most_nudge = to_bound(entries.amounts.take(of), "H", worse=True)
        sign = sign_against(least, most, times=times)
        found[rows] = (sign > 0) | ((sign == 0) & (least_nudge > most_nudge))
    return found

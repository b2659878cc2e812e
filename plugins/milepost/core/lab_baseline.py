"""The baseline of a laboratory test in a therapy line: the last value before that line's first dose.

It is judged by its own range. Source: clinical specification, sections 3.4 (end: one baseline rule per parameter
group) and 4.2, rules.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from milepost.core.lab_entries import Entries, join
from milepost.core.lab_periods import LineOrder

_SOURCE = ("RECKEY", "SRCLINE", "DELIVERY", "KNOWN_FROM")


def with_baselines(
    entries: Entries, ordered: LineOrder, records: pd.DataFrame, tests: int
) -> tuple[Entries, np.ndarray]:
    """The entries, and of each (line, test) the place of its baseline entry (-1: none).

    Last day first, then latest time (an untimed result ranks before, so loses to, every timed one of its day), then
    what reached us last: KNOWN_FROM, DELIVERY, SRCLINE, RECKEY. For a later line every row before its first dose comes
    into question, also one of the line before: such a row is added as an entry of the later line. Needs a result with
    an amount, exact or a range, of the specimen that is graded. tests: how many tests there are.
    """
    place, line = _candidates(entries, ordered)
    source = records.iloc[entries.at[place]]
    rank = [pd.factorize(source[name], sort=True)[0] for name in _SOURCE]
    periods, test = entries.periods, entries.test[place].astype(np.int64)
    key = line * tests + test
    order = np.lexsort((*rank, periods.second[place], periods.day[place], key))
    last = np.append(key[order][1:] != key[order][:-1], True)[: len(order)]
    place, line, key = place[order][last], line[order][last], key[order][last]
    baseline = np.full(len(ordered.order) * tests, -1, dtype=np.int64)
    baseline[key] = place
    moved = np.flatnonzero(line != periods.line[place])
    if not len(moved):
        return entries, baseline
    added = entries.take(place[moved])
    apart = added.periods.day - ordered.first[line[moved]]
    added = replace(
        added,
        periods=added.periods._replace(
            line=line[moved],
            ady=np.where(apart >= 0, apart + 1, apart),
            before_dose=np.ones(len(moved), dtype=bool),
        ),
    )
    baseline[key[moved]] = len(entries) + np.arange(len(moved))
    return join(entries, added), baseline


def _candidates(entries: Entries, ordered: LineOrder) -> tuple[np.ndarray, np.ndarray]:
    """Entries with an amount and a dosed line whose first dose they lie before."""
    amount = np.flatnonzero((entries.amounts.code >= 0) & (entries.periods.ady != 0) & ~entries.foreign)
    own = amount[entries.periods.before_dose[amount]]
    places, lines = [own], [entries.periods.line[own]]
    further = 1
    while True:
        later = ordered.later(entries.periods.line[amount], further)
        if not (later >= 0).any():
            return np.concatenate(places), np.concatenate(lines)
        places.append(amount[later >= 0])
        lines.append(later[later >= 0])
        further += 1

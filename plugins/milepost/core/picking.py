"""Which of several samples counts: the rule for ties, written out.

Nearest first; then the later day; on one day the latest time, a sample without a time ranking before (so losing
to) every timed one; of one result at one time the highest result version; what is still tied is decided by the
rule's `tie_rule`. Source: clinical specification section 3.1, `pick_rule`.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from milepost.core.censored_values import Interval
from milepost.core.checkpoint_samples import Samples

TieRule = Literal["LEAST_FAVOURABLE", "LAST_ROW"]
Amount = Literal["lowest", "highest"]
_INFINITE = Decimal("Infinity")


class Picks(NamedTuple):
    """For each line of therapy: the position of its sample (-1: none), and whether different results were tied."""

    position: np.ndarray
    tied: np.ndarray


def select_nearest(
    samples: Samples,
    position: np.ndarray,
    line: np.ndarray,
    distance: np.ndarray,
    *,
    lines: int,
    tie_rule: TieRule,
    least_favourable: Amount,
) -> Picks:
    """The sample of each line with the smallest `distance`.

    position, line, distance: one entry a candidate (a sample within a line of therapy). least_favourable: which
    amount tells against a response among results that are still tied.
    """
    day, second = samples.last_day[position], samples.second[position]
    order = np.lexsort((-second, -day, distance, line))
    position, line = position[order], line[order]
    rank = np.stack([distance[order], day[order], second[order]])
    opens = np.append(True, line[1:] != line[:-1])[: len(line)]
    head = np.maximum.accumulate(np.where(opens, np.arange(len(line)), 0))
    equals_head = (rank == rank[:, head]).all(axis=0)

    best = np.full(lines, -1, dtype=np.int64)
    best[line[opens]] = position[opens]
    tied = np.zeros(lines, dtype=bool)
    rivals_of = np.bincount(head[equals_head], minlength=1)
    several = np.flatnonzero(rivals_of > 1)
    if len(several):
        decider = _TieDecider(samples, tie_rule, least_favourable)
        for first in several:
            rivals = position[first : first + rivals_of[first]].tolist()
            best[line[first]], tied[line[first]] = decider.decide(rivals)
    return Picks(best, tied)


class _TieDecider:
    """Decides between samples of one line, day and time, whatever order they come in."""

    def __init__(self, samples: Samples, tie_rule: TieRule, least_favourable: Amount) -> None:
        self._samples, self._tie_rule, self._amount = samples, tie_rule, least_favourable
        names = ("RECKEY", "OCCURRENCE", "RESVER", "KNOWN_FROM", "DELIVERY", "SRCLINE", "LBORRES")
        self._cell = {name: samples.rows[name].to_numpy(object) for name in names}

    def decide(self, rivals: list[int]) -> tuple[int, bool]:
        """The sample that counts, and whether it was chosen among different results."""
        newest = self._newest_versions(rivals)
        differ = len({self._content(position) for position in newest}) > 1
        in_order = sorted(newest, key=self._source_order)
        if self._tie_rule == "LEAST_FAVOURABLE" and differ:
            pick = max if self._amount == "highest" else min
            worst = pick(self._rank(position) for position in in_order)
            in_order = [position for position in in_order if self._rank(position) == worst]
        return in_order[-1], differ

    def _newest_versions(self, rivals: list[int]) -> list[int]:
        """Versions are compared within one result only: of each record key, those with the highest version."""
        highest: dict[Any, Any] = {}
        for position in rivals:
            key, version = self._cell["RECKEY"][position], _version(self._cell["RESVER"][position])
            highest[key] = max(highest.get(key, version), version)
        return [
            position
            for position in rivals
            if self._cell["RECKEY"][position] is None
            or _version(self._cell["RESVER"][position]) == highest[self._cell["RECKEY"][position]]
        ]

    def _rank(self, position: int) -> tuple[bool, Decimal, Decimal]:
        """Order by amount in the canonical unit; a result without a factor can never show a response."""
        value, factor = self._samples.value[position], self._samples.factor[position]
        if value is None:
            return (False, Decimal(0), Decimal(0))
        amount: Interval = value if factor is None else value.times(factor)
        highest = _INFINITE if amount.hi is None else amount.hi
        if self._amount == "highest":
            return (factor is None, highest, amount.lo)
        return (factor is not None, amount.lo, highest)

    def _content(self, position: int) -> tuple[Any, Any]:
        return self._samples.value[position], self._samples.factor[position]

    def _source_order(self, position: int) -> tuple[Any, ...]:
        """The order in which the rows reached us; the last entries only make the order total."""
        cell = {name: column[position] for name, column in self._cell.items()}
        order = ("KNOWN_FROM", "DELIVERY", "SRCLINE", "OCCURRENCE", "RECKEY", "LBORRES")
        return (
            *((0, 0) if pd.isna(cell[name]) else (1, cell[name]) for name in order),
            _version(cell["RESVER"]),
        )


def _version(text: str | None) -> tuple[int, Decimal, str]:
    """Result versions in order: none, numbers by size, then texts such as time stamps."""
    if text is None:
        return (0, Decimal(0), "")
    try:
        number = Decimal(text)
    except InvalidOperation:
        return (2, Decimal(0), text)
    return (1, number, "") if number.is_finite() else (2, Decimal(0), text)

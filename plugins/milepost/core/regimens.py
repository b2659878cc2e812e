"""Days of intake of a regimen: two weeks on and one off, every day, or one infusion a cycle.

The days off are part of the regimen: no interruption, no stop, and nothing was planned on them. Source: clinical
specification, section 3.6 and trap 6.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from milepost.core.dose_words import Frequency
from milepost.protocol import Treatment


class Regimen(NamedTuple):
    """Intake on the first days_on of every cycle_days."""

    days_on: int
    cycle_days: int

    @property
    def off(self) -> int:
        """Days off at the end of a cycle."""
        return self.cycle_days - self.days_on

    def days_in(self, days: int) -> int:
        """Days of intake among the first so many days."""
        if days <= 0:
            return 0
        whole, rest = divmod(days, self.cycle_days)
        return whole * self.days_on + min(rest, self.days_on)

    def days_between(self, first: int, last: int, anchor: int) -> int:
        """Days of intake from first to last, both included, where a cycle began on the anchor day."""
        return self.days_in(last - anchor + 1) - self.days_in(first - anchor)

    def administrations(self, frequency: Frequency, days: int) -> int:
        """On so many days of intake. A frequency of weeks in a regimen of cycles says once more what the cycle says
        (every three weeks, day 1 of 21): one for each day of intake."""
        if frequency.days > 1 and self.cycle_days > 1:
            return days
        return frequency.administrations(days)

    def cycles(self, taken: np.ndarray) -> int:
        """Cycles begun. taken: the days of intake in order. A cycle begins with the first intake at least a cycle's
        length after the one before began: a delayed one begins late and does not count twice."""
        begun, since = 0, None
        place = 0
        while place < len(taken):
            since = int(taken[place])
            begun += 1
            place = int(np.searchsorted(taken, since + self.cycle_days))
        return begun


EVERY_DAY = Regimen(1, 1)


def regimen_of(treatment: Treatment | None) -> Regimen:
    """The treatment's regimen; every day where the protocol does not list it."""
    return EVERY_DAY if treatment is None else Regimen(treatment.days_on, treatment.cycle_days)

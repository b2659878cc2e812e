"""The Kaplan-Meier curve of weighted patients: what the curve would be had the groups been alike.

Each patient counts as many times as the weight says, among those at risk and among the events. Only the curve itself is
given: its limits would have to know that the weights are estimated and that one patient counts for several. Shown
beside the weighted hazard ratio, whose variance is robust. Source: clinical specification section 6.7; R's survfit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from milepost.core.survival_data import Floats, to_numbers, to_times
from milepost.errors import DataProblem

METHOD: Final = "Kaplan-Meier with weights, without limits"
_SAME = 1.5e-8


@dataclass(frozen=True, eq=False, slots=True)
class WeightedCurve:
    """One entry at each distinct time. at_risk, events: sums of weights; `n` patients, `left_out` rows with a gap."""

    time: Floats
    at_risk: Floats
    events: Floats
    survival: Floats
    n: int
    n_events: int
    left_out: int
    method: str = METHOD

    @property
    def median(self) -> float | None:
        """The first time with the curve at or below one half; None where it does not come down so far."""
        low = np.flatnonzero(self.survival <= 0.5 + _SAME)
        return float(self.time[low[0]]) if len(low) else None

    def at(self, when: float) -> float | None:
        """The proportion without event at a time, events of that day counted; None without patients."""
        if not self.n:
            return None
        step = int(np.searchsorted(self.time, when, side="right")) - 1
        return 1.0 if step < 0 else float(self.survival[step])


def weighted_kaplan_meier(time: ArrayLike, event: ArrayLike, weights: ArrayLike) -> WeightedCurve:
    """The curve of one group. A row without time, event or weight, or with weight 0, is left out and counted.

    Raises DataProblem for a negative time or weight.
    """
    times, status, usable = to_times(time, event)
    weight = to_numbers(weights)
    if (weight < 0).any() or np.isinf(weight).any():
        raise DataProblem("a weight is negative or infinite; check the model the weights come from")
    use = usable & (weight > 0)
    times, status, weight = times[use], status[use], weight[use]
    grid, place = np.unique(times, return_inverse=True)
    ending = np.bincount(place, weight, minlength=len(grid)).astype(float)
    events = np.bincount(place[status], weight[status], minlength=len(grid)).astype(float)
    at_risk = ending[::-1].cumsum()[::-1]
    survival = np.cumprod(1 - np.minimum(events / at_risk, 1.0))
    return WeightedCurve(grid, at_risk, events, survival, len(times), int(status.sum()), int((~use).sum()))

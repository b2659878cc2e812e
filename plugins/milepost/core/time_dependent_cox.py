"""A class that is known only later, as a covariate that changes: responders count as such from the day it is known.

Everybody starts without the class, and follow-up is split on the day the class becomes known, so the time before is
nobody's merit (Mantel and Byar): a sensitivity of the landmark analysis that leaves nobody out and needs no day to be
chosen. Who never gets the class, or dies, is lost or progresses before it is known, stays in the reference throughout:
patients known to respond are compared with all others at risk, not with non-responders alone. Source: clinical
specification section 6.8; Mantel and Byar, JASA 1974;69:81.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from milepost.core.cox import fit_cox
from milepost.core.cox_model import CoxFit
from milepost.core.survival_data import to_numbers, to_times
from milepost.core.survival_estimate import SurvivalEstimate


@dataclass(frozen=True, eq=False, slots=True)
class TimeDependent:
    """The model, and what follow-up it rests on.

    `n` patients, `events` among them; `changed`: patients who came into the class while followed; `before`: days of
    follow-up outside the class, `after`: in it; `events_after` events in it. `left_out` patients with a gap.
    """

    name: str
    fit: CoxFit
    n: int
    events: int
    changed: int
    before: float
    after: float
    events_after: int
    left_out: int
    method: str

    @property
    def hazard_ratio(self) -> SurvivalEstimate:
        """Of the time in the class against the time outside it."""
        found = self.fit.term(self.name).hazard_ratio
        return replace(found, n=self.n, method=self.method)  # the model counts parts of patients


def compare_over_time(
    time: ArrayLike,
    event: ArrayLike,
    since: ArrayLike,
    *,
    name: str = "RESPONDER",
    covariates: Mapping[str, ArrayLike] | None = None,
    strata: ArrayLike | Sequence[Any] | None = None,
    level: float = 0.95,
) -> TimeDependent:
    """Hazard ratio of being in the class against not (yet) being in it.

    One row a patient. time, event: as for `kaplan_meier`. since: the day, on the scale of `time`, from which the class
    is known; empty for patients who never come into it. It counts from the day after: an event on the very day still
    belongs to the time before. covariates: numbers known at the start; strata: a label a patient.
    """
    times, status, usable = to_times(time, event)
    known = to_numbers(since)
    beside = {key: to_numbers(values) for key, values in (covariates or {}).items()}
    layers = None if strata is None else np.array(strata, dtype=object)
    complete = usable & np.all([np.isfinite(column) for column in beside.values()] or [usable], axis=0)
    if layers is not None:
        complete &= np.asarray(~pd.isna(layers))
    rows = np.flatnonzero(complete)
    end, had = times[rows], status[rows]
    change = np.where(np.isnan(known[rows]), np.inf, known[rows])
    changed = change < end
    outside = np.flatnonzero(change >= 0)  # who is in the class from the start has no time outside it
    inside = np.flatnonzero(changed)
    parts = np.concatenate([outside, inside])
    is_after = np.repeat([0.0, 1.0], [len(outside), len(inside)])
    fit = fit_cox(
        np.concatenate([np.minimum(change, end)[outside], end[inside]]),
        np.concatenate([(had & ~changed)[outside], had[inside]]),
        {name: is_after} | {key: column[rows][parts] for key, column in beside.items()},
        strata=None if layers is None else layers[rows][parts],
        entry=np.concatenate([np.full(len(outside), -1.0), np.maximum(change[inside], -1.0)]),
        level=level,
    )
    before = float(np.clip(np.minimum(change, end), 0, None).sum())
    method = f"class as a time-dependent covariate (Mantel-Byar), {fit.method}"
    return TimeDependent(
        name, fit, len(rows), int(had.sum()), len(inside), before, float(end.sum()) - before,
        int(had[inside].sum()), len(times) - len(rows), method,
    )  # fmt: skip

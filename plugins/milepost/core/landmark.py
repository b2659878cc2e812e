"""Responders against non-responders, from a landmark on: curves, medians, log-rank test, hazard ratio, and how well the
class foretells disease control.

Who comes in is decided in `landmark_selection.py`; time counts from the landmark. The hazard ratio compares the
comparison class with the reference class, so below 1 responders have the event later. It says that the class goes along
with the outcome, not that it causes it. Source: clinical specification section 6.8.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from milepost.core.cox import compare_groups
from milepost.core.cox_model import CoxFit
from milepost.core.landmark_selection import LandmarkSet, select_at_landmark
from milepost.core.logrank import LogRank, logrank
from milepost.core.predictors import Foretelling, foretell_by
from milepost.core.survival import Curve, kaplan_meier_by, median
from milepost.core.survival_data import Ints, to_codes, to_numbers
from milepost.core.survival_estimate import SurvivalEstimate, missing

RESPONDER, NON_RESPONDER = "RESPONDER", "NON_RESPONDER"


@dataclass(frozen=True, eq=False, slots=True)
class LandmarkComparison:
    """The classes of one set of patients compared. `curves` and `medians` by class, the reference first.

    `adjusted`: the same ratio beside covariates, where any were given. `foretelling`: the class as a sign of the
    outcome (positive: the comparison class), where one was given.
    """

    comparison: str
    n: int
    events: int
    curves: dict[str, Curve]
    medians: dict[str, SurvivalEstimate]
    logrank: LogRank
    cox: CoxFit
    adjusted: CoxFit | None
    foretelling: Foretelling | None

    @property
    def hazard_ratio(self) -> SurvivalEstimate:
        """Of the comparison class against the reference, unadjusted."""
        return self.cox.term(self.comparison).hazard_ratio


@dataclass(frozen=True, eq=False, slots=True)
class LandmarkAnalysis:
    """A landmark analysis: who is compared, all of them together, and by band of the baseline.

    `reason`: why there is none; then `overall` is None and there are no bands.
    """

    selection: LandmarkSet
    overall: LandmarkComparison | None
    bands: dict[Hashable, LandmarkComparison]
    level: float
    method: str
    reason: str | None = None

    @property
    def hazard_ratio(self) -> SurvivalEstimate:
        """Of all patients compared; None with the reason where the analysis is refused."""
        if self.overall is None:
            return missing(self.reason or "", level=self.level, n=0, events=0, method=self.method)
        return self.overall.hazard_ratio


def analyse_landmark(
    subject: ArrayLike | Sequence[Any],
    state: ArrayLike | Sequence[Any],
    time: ArrayLike,
    event: ArrayLike,
    *,
    landmark: float,
    known_by: float,
    comparison: str = RESPONDER,
    reference: str = NON_RESPONDER,
    known_on: ArrayLike | None = None,
    ending: ArrayLike | Sequence[Any] | None = None,
    outcome: ArrayLike | None = None,
    covariates: Mapping[str, ArrayLike] | None = None,
    band: ArrayLike | Sequence[Any] | None = None,
    bands: Sequence[Hashable] | None = None,
    level: float = 0.95,
) -> LandmarkAnalysis:
    """Compare the two classes from the landmark on; subject to ending as for `select_at_landmark`, one row a subject.

    outcome: 1 where the patient had it (disease control), 0 where not, empty where it is not known. covariates: numbers
    to adjust for. band: a label a patient, such as high and low baseline AFP; bands: those planned, in order (one
    without patients is told too), left open those that occur.
    """
    selection = select_at_landmark(
        subject, state, time, event, landmark=landmark, known_by=known_by, classes=(reference, comparison),
        known_on=known_on, ending=ending,
    )  # fmt: skip
    method = (
        f"landmark analysis on day {landmark:g}: patients followed beyond it without the event, in the class known by "
        f"day {known_by:g}; time counts from the landmark"
    )
    if selection.reason:
        return LandmarkAnalysis(selection, None, {}, level, method, selection.reason)
    chosen = selection.rows
    adjust = {name: to_numbers(values)[chosen] for name, values in (covariates or {}).items()}
    had = None if outcome is None else to_numbers(outcome)[chosen]

    def compare(places: Ints) -> LandmarkComparison:
        time, event, group = selection.time[places], selection.event[places], selection.group[places]
        curves = kaplan_meier_by(time, event, group, groups=(reference, comparison), level=level)
        options: dict[str, Any] = {"reference": reference, "groups": (reference, comparison), "level": level}
        beside = {name: values[places] for name, values in adjust.items()}
        return LandmarkComparison(
            comparison, len(time), int(event.sum()),
            {str(name): curve for name, curve in curves.items()},
            {str(name): median(curve) for name, curve in curves.items()},
            logrank(time, event, group),
            compare_groups(time, event, group, **options),
            compare_groups(time, event, group, covariates=beside, **options) if beside else None,
            None if had is None else foretell_by(group == comparison, had[places], level=level),
        )  # fmt: skip

    by_band: dict[Hashable, LandmarkComparison] = {}
    if band is not None:
        codes, known = to_codes(band)
        for name in known if bands is None else bands:
            own = codes[chosen] == (known.index(name) if name in known else -2)
            by_band[name] = compare(np.flatnonzero(own))
    return LandmarkAnalysis(selection, compare(np.arange(len(chosen))), by_band, level, method)

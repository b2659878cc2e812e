"""What the benchmark of the estimates asks in each of its forty cells, of the engine in `core`; `estimates.R` asks the
same of R in the same order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from milepost.core.cox import compare_groups
from milepost.core.cox_model import CoxFit
from milepost.core.cox_zph import check_proportionality
from milepost.core.limits import Significance
from milepost.core.logrank import logrank
from milepost.core.restricted_mean import compare_restricted_means
from milepost.core.survival import counts_at, kaplan_meier_by, median, survival_at
from milepost.core.survival_estimate import SurvivalEstimate

LANDMARKS = (182, 365)
GRID = (0, 90, 180, 270, 360, 450, 540, 630, 720, 810, 900)
HORIZON = 300
Numbers = list[tuple[str, Sequence[float | None] | np.ndarray]]


def all_cells(trial: pd.DataFrame, endpoints: Sequence[str], subgroups: Sequence[str]) -> Numbers:
    """The numbers of every cell by kind. Each endpoint is sorted once; a subgroup is a mask of what is sorted."""
    found: Numbers = []
    for endpoint in endpoints:
        rows = trial.iloc[np.argsort(trial[endpoint].to_numpy(), kind="stable")]
        columns = [
            rows[name].to_numpy()
            for name in (endpoint, f"{endpoint}_EVENT", "ARM", "STRATUM", "AGE", "WEIGHT")
        ]
        for subgroup in subgroups:
            own = rows[subgroup].to_numpy() == 1
            found += _cell(*(column[own] for column in columns))
    return found


def _cell(
    time: np.ndarray, event: np.ndarray, arm: np.ndarray, stratum: np.ndarray, age: np.ndarray, weight: np.ndarray
) -> Numbers:  # fmt: skip
    found: Numbers = []
    curves = kaplan_meier_by(time, event, arm, groups=(0, 1))
    for curve in curves.values():
        found.append(("Kaplan-Meier curves and limits", np.concatenate([curve.survival, curve.lo, curve.hi])))
        found.append(("medians", _limits(median(curve))))
        for rate in survival_at(curve, LANDMARKS):
            found.append(("landmark rates", [*_limits(rate.estimate), rate.estimate.se]))
        found.append(("numbers at risk", [row.at_risk for row in counts_at(curve, GRID)]))
    found.append(("log-rank", _test(logrank(time, event, arm).test)))
    found.append(("log-rank, stratified", _test(logrank(time, event, arm, strata=stratum).test)))
    found.append(("Cox", _cox(compare_groups(time, event, arm, reference=0))))
    found.append(("Cox, stratified", _cox(compare_groups(time, event, arm, reference=0, strata=stratum))))
    adjusted = compare_groups(time, event, arm, reference=0, strata=stratum, covariates={"age": age})
    found.append(("Cox, stratified, with age", _cox(adjusted)))
    weighted = compare_groups(time, event, arm, reference=0, weights=weight, robust=True)
    found.append(("Cox, weighted, robust", _cox(weighted)))
    hazards = check_proportionality(adjusted)
    for test in (*hazards.terms.values(), hazards.overall):
        found.append(("proportional hazards", _test(test)))
    means = compare_restricted_means(curves[1], curves[0], HORIZON)
    for mean in (means.reference, means.comparison, means.difference):
        found.append(("restricted means", [mean.value, mean.se]))
    return found


def _limits(estimate: SurvivalEstimate) -> list[float | None]:
    return [estimate.value, estimate.lo, estimate.hi]


def _test(test: Significance) -> list[float | None]:
    return [test.statistic, test.p]


def _cox(fit: CoxFit) -> list[float | None]:
    numbers = [
        value for term in fit.terms for value in (*_limits(term.hazard_ratio), term.se, term.hazard_ratio.p)
    ]
    # twice the difference of the two log-likelihoods says nothing new, and near 0 no digit of it is known
    return [*numbers, fit.loglik_null, fit.loglik, fit.score.statistic]

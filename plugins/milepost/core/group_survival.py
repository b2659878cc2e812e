"""One time-to-event endpoint of a report, estimated once for every group: table, curve, forest and file read this.

Times are days; they are divided by 30.4375 only where they are shown. A patient whose row has no time or no
event status (the data contradict themselves) is in no estimate and named. Comparisons of groups are made apart, in
`compare_endpoint`, and only where the report may show them. Source: clinical specification, section 6.7.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from milepost.core.cox import compare_groups
from milepost.core.cox_model import CoxFit
from milepost.core.cox_zph import check_proportionality
from milepost.core.limits import Significance
from milepost.core.logrank import LogRank, logrank
from milepost.core.propensity import Propensity, compare_weighted, fit_propensity
from milepost.core.restricted_mean import MeansCompared, compare_restricted_means, restricted_mean
from milepost.core.subgroups import Subgroups, subgroup_ratios
from milepost.core.survival import (
    AtRisk,
    Curve,
    Rate,
    counts_at,
    follow_up,
    kaplan_meier,
    quantile,
    survival_at,
)
from milepost.core.survival_data import DAYS_IN_MONTH, Bools, Floats
from milepost.core.survival_estimate import SurvivalEstimate
from milepost.errors import DataProblem
from milepost.protocol import AnalysisRules

_STEPS = (1, 3, 6, 12, 24, 60)  # months between two ticks of an axis
_MOST_STEPS = 8


@dataclass(frozen=True, eq=False, slots=True)
class GroupEstimate:
    """One group's times and what is estimated of them. `subjects` those counted, sorted, `time` and `event` theirs.

    held: patients without a time. quartiles: the times by which 25 and 75 % have had the event. rates: without event
    at the protocol's months. mean: restricted to its horizon. follow_up: median, by reverse Kaplan-Meier. axis: at
    risk, events and censored at the ticks of the endpoint's axis.
    """

    group: str
    subjects: tuple[str, ...]
    held: tuple[str, ...]
    time: Floats
    event: Bools
    curve: Curve
    median: SurvivalEstimate
    quartiles: tuple[SurvivalEstimate, SurvivalEstimate]
    rates: tuple[Rate, ...]
    mean: SurvivalEstimate
    follow_up: SurvivalEstimate
    axis: tuple[AtRisk, ...]

    @property
    def had_event(self) -> tuple[str, ...]:
        """Those with the event."""
        return tuple(subject for subject, had in zip(self.subjects, self.event, strict=True) if had)


@dataclass(frozen=True, eq=False, slots=True)
class EndpointEstimate:
    """An endpoint (its PARAMCD) estimated in each group. axis: the months at the ticks of its axis, from 0."""

    endpoint: str
    groups: tuple[GroupEstimate, ...]
    axis: tuple[int, ...]

    def of(self, group: str) -> GroupEstimate:
        """The group with this id."""
        return next(one for one in self.groups if one.group == group)

    @property
    def n(self) -> int:
        """Patients with a time, in all groups."""
        return sum(one.curve.n for one in self.groups)


@dataclass(frozen=True, eq=False, slots=True)
class Weighting:
    """The weights that make two groups alike, by patient: one set for every endpoint of a report."""

    subjects: tuple[str, ...]
    propensity: Propensity

    def of(self, subjects: Sequence[str]) -> Propensity:
        """The same with a row for each of these patients; who has no weight is left out of what is weighted."""
        weight = dict(zip(self.subjects, self.propensity.weights, strict=True))
        return replace(
            self.propensity, weights=np.array([weight.get(one, np.nan) for one in subjects], float)
        )


@dataclass(frozen=True, eq=False, slots=True)
class EndpointComparison:
    """Two groups compared by one endpoint; each estimate and test has its reason where there is none.

    stratified: by the protocol's factors together; adjusted: beside the protocol's factors in one model; weighted: by
    inverse probability of the group, robust variance, None where patients were randomised. proportionality: of the
    unadjusted ratio.
    """

    endpoint: str
    reference: str
    comparison: str
    logrank: LogRank
    stratified_logrank: LogRank
    unadjusted: SurvivalEstimate
    stratified: SurvivalEstimate
    adjusted: SurvivalEstimate
    weighted: SurvivalEstimate | None
    proportionality: Significance
    means: MeansCompared
    subgroups: Subgroups


def estimate_survival(
    rows: pd.DataFrame, groups: Mapping[str, Collection[str]], rules: AnalysisRules, *, level: float = 0.95
) -> EndpointEstimate:
    """Estimate one endpoint. rows: ADTTE of one PARAMCD, reader and criteria, one row a patient (USUBJID, PARAMCD,
    AVAL in days, CNSR). groups: id -> its patients; others are left out.

    Raises DataProblem where a patient has two rows.
    """
    if rows["USUBJID"].duplicated().any():
        raise DataProblem(
            "a patient has several times of one endpoint; give the rows of one line, reader and criteria"
        )
    ordered = rows.sort_values("USUBJID")
    time = pd.to_numeric(ordered["AVAL"]).to_numpy(float, na_value=np.nan)
    censored = pd.to_numeric(ordered["CNSR"]).to_numpy(float, na_value=np.nan)
    subjects = ordered["USUBJID"].to_numpy(dtype=object)
    known = ~(np.isnan(time) | np.isnan(censored))
    longest = 0.0
    members = {}
    for group, patients in groups.items():
        own = ordered["USUBJID"].isin(list(patients)).to_numpy()
        members[group] = own
        longest = max([longest, *time[own & known]])
    axis = axis_months(longest)
    endpoint = str(ordered["PARAMCD"].iloc[0]) if len(ordered) else ""
    return EndpointEstimate(
        endpoint,
        tuple(
            _group(
                group, subjects[own & known], subjects[own & ~known], time[own & known], censored[own & known] == 0,
                axis, rules, level,
            )
            for group, own in members.items()
        ),
        axis,
    )  # fmt: skip


def axis_months(longest: float) -> tuple[int, ...]:
    """The ticks of an axis that holds so many days: whole months, at most eight steps, the last at or after the end."""
    months = longest / DAYS_IN_MONTH
    step = next((step for step in _STEPS if months <= step * _MOST_STEPS), _STEPS[-1])
    last = max(1, int(np.ceil(months / step - 1e-9)))
    return tuple(step * tick for tick in range(last + 1))


def compare_endpoint(
    estimate: EndpointEstimate,
    factors: pd.DataFrame,
    levels: Mapping[str, Sequence[str]],
    rules: AnalysisRules,
    *,
    reference: str,
    comparison: str,
    weighting: Weighting | None = None,
    level: float = 0.95,
) -> EndpointComparison:
    """Compare two groups of an endpoint: below 1 the event comes later in `comparison`.

    factors: USUBJID and a column of labels for each of `rules.factors` (`core.baseline_factors`); levels: their labels
    in order, the reference first. A patient without a label the model needs is left out of it and counted. weighting:
    of `weigh_groups`, where the patients were not randomised.
    """
    ours, theirs = estimate.of(comparison), estimate.of(reference)
    subjects = [*theirs.subjects, *ours.subjects]
    time, event = np.concatenate([theirs.time, ours.time]), np.concatenate([theirs.event, ours.event])
    group = np.array([reference] * len(theirs.subjects) + [comparison] * len(ours.subjects), dtype=object)
    labels = factors.set_index("USUBJID").reindex(subjects)
    strata = [
        None if any(pd.isna(part) for part in parts) else " / ".join(parts)
        for parts in zip(*(labels[name] for name in rules.stratify_by), strict=True)
    ] or ["all"] * len(subjects)
    names: dict[str, Any] = {"reference": reference, "groups": (reference, comparison), "level": level}
    plain = compare_groups(time, event, group, **names)
    weighted = None
    if weighting is not None:
        weights = weighting.of(subjects)
        fit = compare_weighted(
            time, event, group, weights, reference=reference, comparison=comparison, level=level
        )
        weighted = _ratio(fit, comparison)
    return EndpointComparison(
        estimate.endpoint, reference, comparison,
        logrank(time, event, group), logrank(time, event, group, strata=strata),
        _ratio(plain, comparison),
        _ratio(compare_groups(time, event, group, strata=strata, **names), comparison),
        _ratio(compare_groups(time, event, group, covariates=_dummies(labels, levels, rules), **names), comparison),
        weighted, check_proportionality(plain).overall,
        compare_restricted_means(ours.curve, theirs.curve, rules.mean_months * DAYS_IN_MONTH),
        subgroup_ratios(
            time, event, group, {name: labels[name].to_numpy(object) for name in rules.subgroups},
            reference=reference, comparison=comparison,
            levels={name: levels[name] for name in rules.subgroups}, min_events=rules.subgroup_events, level=level,
        ),
    )  # fmt: skip


def weigh_groups(
    groups: Mapping[str, Collection[str]],
    factors: pd.DataFrame,
    rules: AnalysisRules,
    *,
    reference: str,
    comparison: str,
) -> Weighting:
    """Weigh two groups so that they are alike in `rules.adjust_for`; `factors` as for `compare_endpoint`."""
    subjects = (*sorted(groups[reference]), *sorted(groups[comparison]))
    labels = factors.set_index("USUBJID").reindex(subjects)
    group = [reference] * len(groups[reference]) + [comparison] * len(groups[comparison])
    propensity = fit_propensity(
        group, {name: labels[name].to_numpy(object) for name in rules.adjust_for},
        reference=reference, comparison=comparison,
    )  # fmt: skip
    return Weighting(subjects, propensity)


def _group(
    group: str,
    subjects: np.ndarray,
    held: np.ndarray,
    time: Floats,
    event: Bools,
    axis: Sequence[int],
    rules: AnalysisRules,
    level: float,
) -> GroupEstimate:
    curve = kaplan_meier(time, event, level=level)
    return GroupEstimate(
        group, tuple(map(str, subjects)), tuple(map(str, held)), time, event, curve,
        quantile(curve, 0.5), (quantile(curve, 0.25), quantile(curve, 0.75)),
        survival_at(curve, [month * DAYS_IN_MONTH for month in rules.rate_months]),
        restricted_mean(curve, rules.mean_months * DAYS_IN_MONTH),
        follow_up(time, event, level=level),
        counts_at(curve, [month * DAYS_IN_MONTH for month in axis]),
    )  # fmt: skip


def _dummies(
    labels: pd.DataFrame, levels: Mapping[str, Sequence[str]], rules: AnalysisRules
) -> dict[str, np.ndarray]:
    """A 0/1 column for each level that occurs but the first that does; empty where the label is not known."""
    columns = {}
    for name in rules.adjust_for:
        own = labels[name]
        present = [one for one in levels[name] if own.eq(one).any()]
        for one in present[1:]:
            columns[f"{name}: {one}"] = np.where(own.isna(), np.nan, own.eq(one).astype(float))
    return columns


def _ratio(fit: CoxFit, comparison: str) -> SurvivalEstimate:
    return fit.term(comparison).hazard_ratio

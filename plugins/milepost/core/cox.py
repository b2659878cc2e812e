"""Cox's proportional-hazards model: hazard ratios with Wald limits, plain, stratified, adjusted or weighted.

A hazard ratio compares the covariate's value 1 with 0 (or one unit more): the comparison group against the reference;
below 1 the event comes later in the comparison group. Ties by Efron unless asked otherwise. A factor comes in as
one 0/1 column for each level but the reference. Where the data fix no finite ratio (a group without events, values that
order the events completely) there is none, with the reason: the fit's diverging number is never shown.

Source: clinical specification section 6.7; conventions as R's coxph.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from milepost.core.cox_likelihood import Ties
from milepost.core.cox_model import CoxFit, Model, refused, refused_terms
from milepost.core.survival_data import to_codes, to_numbers, to_times
from milepost.core.survival_estimate import GROUP_EMPTY, ONE_GROUP
from milepost.errors import DataProblem


def fit_cox(
    time: ArrayLike,
    event: ArrayLike,
    covariates: Mapping[str, ArrayLike],
    *,
    strata: ArrayLike | Sequence[Any] | None = None,
    weights: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    cluster: ArrayLike | Sequence[Any] | None = None,
    robust: bool | None = None,
    ties: Ties = "efron",
    level: float = 0.95,
) -> CoxFit:
    """Fit the model to complete rows.

    time, event: as for `kaplan_meier`. covariates: numbers by name. strata: a label a row; each has its own baseline.
    weights: inverse-probability or case weights; a row of weight 0 is left out, a negative weight raises DataProblem.
    entry: time from which the row was at risk (at risk at t: entry < t <= time), for delayed entry and time-dependent
    covariates. cluster: rows of one label belong to one patient. robust: the sandwich variance; left open it is used
    with clusters and with weights that are no whole numbers, as R does. The weights are taken as known.
    """
    times, status, usable = to_times(time, event)
    if not covariates:
        raise ValueError("a Cox model needs at least one covariate")
    values = np.array([to_numbers(column) for column in covariates.values()]).reshape(
        len(covariates), len(times)
    )
    layers, _ = to_codes(strata) if strata is not None else (np.zeros(len(times), np.intp), ())
    owners, _ = to_codes(cluster) if cluster is not None else (layers, ())
    weight = np.ones(len(times)) if weights is None else to_numbers(weights)
    start = np.full(len(times), -1.0) if entry is None else to_numbers(entry)
    if (weight < 0).any() or np.isinf(weight).any():
        raise DataProblem("a weight is negative or infinite; check the model the weights come from")
    use = (
        usable
        & np.isfinite(values).all(axis=0)
        & (layers >= 0)
        & (owners >= 0)
        & (weight > 0)
        & (start < times)
    )
    whole = weights is None or bool((weight[use] == np.round(weight[use])).all())
    is_robust = (cluster is not None or not whole) if robust is None else robust
    model = Model(
        tuple(covariates), times[use], status[use], values[:, use], layers[use],
        None if weights is None else weight[use], None if entry is None else start[use],
        None if cluster is None else owners[use], is_robust, ties, level, int((~use).sum()),
        _method(ties, strata is not None, weights is not None, is_robust, level),
    )  # fmt: skip
    return model.fit()


def compare_groups(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike | Sequence[Any],
    *,
    reference: Hashable,
    groups: Sequence[Hashable] | None = None,
    covariates: Mapping[str, ArrayLike] | None = None,
    **options: Any,
) -> CoxFit:
    """Hazard ratio of every other group against `reference`, in one model; a term is named for its group.

    groups: all that are planned, so that one without patients has its term; left open, those that occur. Rows without
    a group, or of another, are left out and counted. covariates: what to adjust for. options: as `fit_cox`. Without a
    patient in the reference the model has the reason GROUP_EMPTY, without any other group ONE_GROUP.
    """
    _, _, usable = to_times(time, event)
    codes, labels = to_codes(group)
    place = {label: position for position, label in enumerate(labels)}
    others = [label for label in (labels if groups is None else groups) if label != reference]
    own = {str(label): usable & (codes == place.get(label, -2)) for label in others}
    if overlap := set(own) & set(covariates or ()):
        raise ValueError(f"a covariate has the name of a group: {', '.join(sorted(overlap))}")
    of_reference = usable & (codes == place.get(reference, -2))
    known = reduce(or_, own.values(), of_reference)
    levels = {name: np.where(known, rows, np.nan) for name, rows in own.items()}
    if not levels:
        alone = fit_cox(time, event, {str(reference): np.where(known, 1.0, np.nan)}, **options)
        return refused(alone, ONE_GROUP) if alone.n else alone
    fitted = fit_cox(time, event, {**levels, **(covariates or {})}, **options)
    if not fitted.n:
        return fitted
    if not of_reference.any():
        return refused(fitted, GROUP_EMPTY)
    empty = {name: GROUP_EMPTY for name, rows in own.items() if not rows.any()}
    return refused_terms(fitted, empty) if empty else fitted


def _method(ties: Ties, stratified: bool, weighted: bool, robust: bool, level: float) -> str:
    parts = [
        "Cox model", "stratified" if stratified else "", "weighted" if weighted else "",
        f"{ties.capitalize()}'s handling of ties", f"{100 * level:g} % Wald limits",
        "robust variance" if robust else "",
    ]  # fmt: skip
    return ", ".join(part for part in parts if part)

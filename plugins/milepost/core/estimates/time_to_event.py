"""Two (or more) groups of patients and the time to an event: everything that is said about them at once.

The hazard ratio compares the comparison group with the reference: below 1 its events come later. Groups beyond two are
each held against the reference under `pairwise`. Source: clinical specification section 6.7.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

import numpy as np

from milepost.core.estimates.answers import Answer
from milepost.core.estimates.curves import describe_curve
from milepost.core.estimates.formula import columns_of, complete_rows, design, event_of, split_terms
from milepost.core.estimates.group_comparison import (
    TIES,
    Patients,
    compare_by_logrank,
    describe_cox,
    describe_exact,
    describe_means,
    describe_proportionality,
    describe_terms,
    fit_groups,
    strata_of,
)
from milepost.core.estimates.groups import GROUP_NAMES, Grouped, Labels, as_labels, read_groups
from milepost.core.estimates.spec import Column, Columns, Label, Numbers, Positive
from milepost.core.estimates.table import Table
from milepost.core.survival_data import Floats, to_times
from milepost.errors import ConfigurationError

_NO_ENTRY = "not made for patients who come under observation late"


class _Unit(NamedTuple):
    """When rates are told, and how far apart the rows under a curve are (up to `last`, else to the longest time)."""

    rates: tuple[float, ...]
    step: float
    last: float | None = None


_UNITS = {
    "days": _Unit((182.625, 365.25), 182.625),
    "weeks": _Unit((182.625 / 7, 365.25 / 7), 5.0),
    "months": _Unit((6.0, 12.0), 6.0),
    "years": _Unit((0.5, 1.0), 0.5),
}
_OTHER_UNIT = _Unit((3.0, 5.0, 7.0), 2.0, 30.0)


class TimeToEvent(Grouped):
    """Which columns hold what, which groups are compared, and at what times rates are told."""

    other_names: ClassVar[Mapping[str, str]] = {
        **GROUP_NAMES, "status": "event", "stratum": "strata", "landmarks": "times", "landmark_times": "times",
        "surv_at": "times", "at_risk_times": "at_risk", "horizon": "tau", "rmst_tau": "tau", "adjust": "covariates",
        "weight": "weights", "start": "entry", "time_unit": "unit", "references": "reference_levels",
    }  # fmt: skip

    time: Column = "time"
    event: Column = "event"
    event_value: Label | None = None
    strata: Columns | None = None
    covariates: Columns = ()
    reference_levels: dict[str, Label] = {}
    weights: Column | None = None
    entry: Column | None = None
    cluster: Column | None = None
    unit: Label = "days"
    times: Numbers | None = None
    at_risk: Numbers | None = None
    tau: Positive | None = None


def estimate_time_to_event(spec: TimeToEvent, table: Table) -> Answer:
    """Curves of all groups, their tests, hazard ratios, proportionality and restricted means."""
    patients, rows, left_out = read_patients(spec, table)
    unit = _UNITS.get(f"{spec.unit.lower().rstrip('s')}s", _OTHER_UNIT)
    answer: Answer = {
        "input": table.source,
        "unit": spec.unit,
        "reference_group": patients.reference,
        "comparison_group": patients.others[0]
        if len(patients.others) == 1
        else list(patients.others) or None,
        "n": len(patients.time),
        "left_out": left_out,
        "km": None,
    }
    if patients.entry is None:
        rates_at = unit.rates if spec.times is None else spec.times
        at_risk_at = _grid(unit, patients) if spec.at_risk is None else spec.at_risk
        answer["km"] = {
            name: describe_curve(*patients.of(name), rates_at=rates_at, at_risk_at=at_risk_at)
            for name in patients.groups
        }
    else:
        answer["km_reason"] = _NO_ENTRY
    answer |= _compare(patients, spec.tau)
    answer |= _adjusted(spec, rows, patients) | _weighted(patients)
    if len(patients.others) > 1:
        answer["pairwise"] = {
            name: _compare(patients.only(patients.reference, name), spec.tau) for name in patients.others
        }
    return answer


def _compare(patients: Patients, tau: float | None) -> Answer:
    """Everything that compares the groups, plain and (with two strata or more) stratified, in R's order."""
    strata, late = strata_of(patients), patients.entry is not None
    stratified = len(strata) > 1
    efron = fit_groups(patients, "efron")
    in_strata = fit_groups(patients, "efron", stratified=True) if stratified else None
    answer: Answer = {}
    if late:
        answer |= dict.fromkeys(("logrank", "peto_peto_rho1")) | {"logrank_reason": _NO_ENTRY}
    else:
        answer["logrank"] = compare_by_logrank(patients)
        answer["peto_peto_rho1"] = compare_by_logrank(patients, rho=1)
    if patients.strata is not None:
        # one level alone stands without brackets, as R writes it
        answer["strata_levels"] = strata[0] if len(strata) == 1 else strata
        answer["strata_missing_n"] = sum(label is None for label in patients.strata)
    if stratified and not late:
        answer["logrank_stratified"] = compare_by_logrank(patients, stratified=True)
    answer["cox_efron"] = describe_cox(efron, patients)
    answer["cox_breslow"] = describe_cox(fit_groups(patients, "breslow"), patients)
    if len(patients.others) == 1 and not late:
        answer["cox_exact"] = describe_exact(patients)
    if in_strata is not None:
        answer["cox_stratified_efron"] = describe_cox(in_strata, patients)
        breslow = fit_groups(patients, "breslow", stratified=True)
        answer["cox_stratified_breslow"] = describe_cox(breslow, patients)
    answer |= {"rmst": None, "rmst_reason": _NO_ENTRY} if late else {"rmst": describe_means(patients, tau)}
    answer["cox_zph_efron"] = describe_proportionality(efron, patients)
    if in_strata is not None:
        answer["cox_zph_stratified_efron"] = describe_proportionality(in_strata, patients)
    return answer


def _adjusted(spec: TimeToEvent, rows: Table, patients: Patients) -> Answer:
    """The ratio beside covariates, of the patients in whom all of them are known; also within strata."""
    if not spec.covariates:
        return {}
    terms = split_terms(" + ".join(spec.covariates), "covariates")
    known = complete_rows(rows, columns_of(terms), "covariates")
    columns: dict[str, Floats] = {}
    for term in design(rows.keep(known), terms, "covariates", spec.reference_levels):
        columns |= term.columns
    if clash := sorted(set(columns) & set(patients.groups)):
        raise ConfigurationError(
            f"spec, key covariates: {clash[0]} is also the name of a group. Rename the column."
        )
    some = patients.where(known)
    answer = {"cox_adjusted_efron": describe_terms(fit_groups(some, "efron", covariates=columns))}
    if len(strata_of(some)) > 1:
        fitted = fit_groups(some, "efron", stratified=True, covariates=columns)
        answer["cox_adjusted_stratified_efron"] = describe_terms(fitted)
    return answer


def _weighted(patients: Patients) -> Answer:
    """The ratio of weighted (or clustered) patients with the robust variance; also within strata."""
    if patients.weights is None and patients.cluster is None:
        return {}
    answer: Answer = {}
    for stratified in (False, True)[: 1 + (len(strata_of(patients)) > 1)]:
        for ties in TIES:
            fitted = fit_groups(patients, ties, stratified=stratified, weighted=True)
            name = f"cox_weighted{'_stratified' if stratified else ''}_{ties}"
            answer[name] = describe_cox(fitted, patients) | {"robust_variance": fitted.robust}
    return answer


def _grid(unit: _Unit, patients: Patients) -> list[float]:
    last = float(patients.time.max(initial=0.0)) if unit.last is None else unit.last
    return [unit.step * step for step in range(math.ceil(last / unit.step - 1e-9) + 1)]


def read_patients(spec: TimeToEvent, table: Table) -> tuple[Patients, Table, Answer]:
    """The patients who can be evaluated, their rows of the frame, and how many are left out for which reason."""
    column, value = event_of(spec.event)
    times = table.numbers(spec.time, "time")
    happened = table.happened(column, "event", spec.event_value or value)
    group, groups = read_groups(spec, table)
    entry = None if spec.entry is None else table.numbers(spec.entry, "entry")
    times, status, _ = to_times(times, happened)
    late = np.zeros(len(table), bool) if entry is None else ~(entry < times)
    unset = np.zeros(len(table), bool) if entry is None else np.isnan(entry)
    reasons = {
        "no_time": np.isnan(times), "no_event_status": np.isnan(happened),
        "no_group": np.array([label is None for label in group], dtype=bool),
        "other_group": ~np.isin(group, groups), "no_entry": unset, "entry_not_before_time": late,
    }  # fmt: skip
    usable = np.ones(len(table), dtype=bool)
    left_out: Answer = {}
    for reason, rows in reasons.items():
        if found := int((rows & usable).sum()):
            left_out[reason] = found
        usable &= ~rows
    strata = (("strata",) if table.has("strata") else ()) if spec.strata is None else spec.strata

    def labels(names: Sequence[str], key: str) -> Labels | None:
        return as_labels(table.labels(names, key)) if names else None

    weights = None if spec.weights is None else table.numbers(spec.weights, "weights")
    cluster = labels(() if spec.cluster is None else (spec.cluster,), "cluster")
    everybody = Patients(times, status, group, groups, labels(strata, "strata"), weights, entry, cluster)
    return everybody.where(usable), table.keep(usable), {"n": int((~usable).sum()), **left_out}

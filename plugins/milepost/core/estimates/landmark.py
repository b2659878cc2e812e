"""Responders against non-responders from a landmark on: who is compared, curves, tests, hazard ratios, and what a naive
analysis from day 0 would have said.

The frame has a row a sample; follow-up and its end stand on every row of a patient. Who had the event, or was not
followed, by the landmark is left out and counted. A landmark before the end of the window looks ahead: no analysis.
Source: clinical specification section 6.8.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from milepost.core.cox import compare_groups
from milepost.core.cox_model import CoxFit
from milepost.core.estimates.answers import Answer, estimate, significance, with_reason
from milepost.core.estimates.formula import columns_of, complete_rows, design, event_of, split_terms
from milepost.core.estimates.landmark_rule import NO_SAMPLE, Class, Rule, classify, samples_by_patient
from milepost.core.estimates.spec import Column, Columns, Label, Number, Numbers, Spec, read_spec
from milepost.core.estimates.table import Table, same_label
from milepost.core.landmark import NON_RESPONDER, RESPONDER, LandmarkAnalysis, analyse_landmark
from milepost.core.landmark_selection import CENSORED_BEFORE, EVENT_BEFORE
from milepost.core.survival import survival_at
from milepost.core.time_dependent_cox import compare_over_time
from milepost.errors import ConfigurationError, DataProblem

_RATIO = ("hr", "lo", "hi", "p")


class Landmark(Spec):
    """The rule, and which columns hold what."""

    other_names: ClassVar[Mapping[str, str]] = {
        "patient": "id", "subject": "id", "futime": "time", "status": "event", "follow_up": "time",
        "sample_day": "day", "result": "value", "adjust": "covariates", "landmarks": "times",
    }  # fmt: skip

    rule: dict[str, Any] = {}
    id: Column = "id"
    time: Column = "futime"
    event: Column = "status"
    event_value: Label | None = None
    endings: dict[str, Label] = {"2": "dead", "1": "transplant", "0": "censored"}
    day: Column = "day"
    value: Column = "bili"
    baseline_day: Number = 0
    covariates: Columns | None = None
    times: Numbers = (365.25, 730.5, 1826.25)


def estimate_landmark(spec: Landmark, table: Table) -> Answer:
    """Apply the rule, select, compare."""
    rule = read_spec(Rule, spec.rule, "spec, key rule")
    if not rule.lo <= rule.target <= rule.hi:
        raise ConfigurationError(
            "spec, key rule: lo, target and hi must follow each other, e.g. lo = 22, target = 29, hi = 36."
        )
    patients = table.labels([spec.id], "id")
    samples = samples_by_patient(table, patients, spec.day, spec.value)
    whole, ids = _one_row_each(table, patients, spec), list(samples)
    classes = [classify(samples[patient], rule, spec.baseline_day) for patient in ids]
    states = [found.state for found in classes]
    column, value = event_of(spec.event)
    time = whole.numbers(spec.time, "time")
    event = whole.happened(
        column, "event", spec.event_value or value or "2" * (spec.event == "status") or None
    )
    endings = [_ending(cell, spec.endings) for cell in whole.cells(column, "event")]
    adjust, adjusted = _covariates(spec, whole, classes)
    found = analyse_landmark(
        ids, states, time, event, landmark=rule.landmark, known_by=rule.hi, ending=endings, covariates=adjust,
        known_on=[one.day for one in classes],
    )  # fmt: skip
    answer: Answer = {
        "rule": {"lo": rule.lo, "hi": rule.hi, "target": rule.target, "num": rule.num, "LM": rule.landmark},
        "valid_design": found.reason is None,
        "n_total": len(ids),
        "class_counts": dict(sorted(Counter(states).items())),
        "n_on_boundary_exact": sum(one.on_boundary for one in classes),
        "boundary_ids": [_id(name) for name, one in zip(ids, classes, strict=True) if one.on_boundary],
        "naive_float_misclassified_ids": [
            _id(name) for name, one in zip(ids, classes, strict=True) if one.misread
        ],
    }
    if found.reason is not None:
        return with_reason(
            answer | dict.fromkeys((*_SELECTION, *_ANALYSIS, adjusted, *_NAIVE, *_OVER_TIME)), found.reason
        )
    answer |= _selection(found, spec) | _analysis(found, spec, adjusted)
    since = [one.day if one.state == RESPONDER else math.nan for one in classes]
    answer |= _naive(time, event, states) | {"cox_time_dependent": _over_time(time, event, since)}
    return answer | {"left_out": {"n_without_id": patients.count(None)}}


_SELECTION = (
    "excluded_before_landmark",
    "excluded_detail",
    "no_sample_at_landmark",
    "sampled_but_excluded",
    "n_analysed",
)
_ANALYSIS = ("km_nonresponder", "km_responder", "logrank", "cox_efron", "cox_breslow")
_OVER_TIME = ("cox_time_dependent",)
_NAIVE = ("naive_from_day0_sampled_only", "naive_from_day0_nosample_as_nonresponder")


def _selection(found: LandmarkAnalysis, spec: Landmark) -> Answer:
    chosen = found.selection
    early = [one for one in chosen.exclusions if one.reason in (EVENT_BEFORE, CENSORED_BEFORE)]
    detail = {name: sum(one.n for one in early if one.ending == name) for name in spec.endings.values()}
    for one in early:
        if one.ending not in detail:
            detail[str(one.ending)] = detail.get(str(one.ending), 0) + one.n
    return {
        "excluded_before_landmark": sum(one.n for one in early),
        "excluded_detail": detail,
        "no_sample_at_landmark": chosen.excluded(state=NO_SAMPLE)
        - sum(one.n for one in early if one.state == NO_SAMPLE),
        "sampled_but_excluded": sum(one.n for one in early if one.state in (RESPONDER, NON_RESPONDER)),
        "n_analysed": len(chosen.rows),
        "exclusions": [
            {"reason": one.reason, "ending": one.ending, "class": one.state, "n": one.n}
            for one in chosen.exclusions
        ],
    }


def _analysis(found: LandmarkAnalysis, spec: Landmark, adjusted: str) -> Answer:
    overall, chosen = found.overall, found.selection
    assert overall is not None
    answer: Answer = {}
    for name, group in (("km_nonresponder", NON_RESPONDER), ("km_responder", RESPONDER)):
        curve = overall.curves[group]
        rates = survival_at(curve, spec.times)
        answer[name] = {
            "n": curve.n, "events": curve.n_events, "median": estimate(overall.medians[group]),
            "surv": [
                {"time": rate.time, **estimate(rate.estimate, "surv"), "n_risk": rate.at_risk} for rate in rates
            ],
        }  # fmt: skip
    breslow = compare_groups(
        chosen.time, chosen.event, chosen.group, reference=NON_RESPONDER, groups=(NON_RESPONDER, RESPONDER),
        ties="breslow",
    )  # fmt: skip
    answer["logrank"] = significance(overall.logrank.test, df=False)
    answer |= {"cox_efron": _ratio(overall.cox), "cox_breslow": _ratio(breslow)}
    if overall.adjusted is not None:
        answer[adjusted] = _ratio(overall.adjusted)
    return answer


def _naive(time: np.ndarray, event: np.ndarray, states: Sequence[str]) -> Answer:
    """What an analysis from day 0 says: it credits responders with the time they had to survive to become one."""
    sampled = np.array(
        [state if state in (RESPONDER, NON_RESPONDER) else None for state in states], dtype=object
    )
    counted = np.array([RESPONDER if state == RESPONDER else NON_RESPONDER for state in states], dtype=object)
    both = (NON_RESPONDER, RESPONDER)
    return {
        name: _ratio(compare_groups(time, event, group, reference=NON_RESPONDER, groups=both))
        for name, group in zip(_NAIVE, (sampled, counted), strict=True)
    }


def _over_time(time: np.ndarray, event: np.ndarray, since: Sequence[float]) -> Answer:
    """The class as a covariate that changes on the day of the deciding sample; nobody is left out."""
    found = compare_over_time(time, event, since)
    return {
        **_ratio(found.fit), "n": found.n, "events": found.events, "responders_while_followed": found.changed,
        "events_as_responder": found.events_after,
    }  # fmt: skip


def _ratio(fit: CoxFit) -> Answer:
    ratio = fit.term(RESPONDER).hazard_ratio
    return with_reason(
        dict(zip(_RATIO, (ratio.value, ratio.lo, ratio.hi, ratio.p), strict=True)), ratio.reason
    )


def _covariates(spec: Landmark, whole: Table, classes: Sequence[Class]) -> tuple[dict[str, Any], str]:
    """The logarithm of the baseline and the columns to adjust for; the name of that model."""
    names = (("trt",) if whole.has("trt") else ()) if spec.covariates is None else spec.covariates
    terms = split_terms(" + ".join(names), "covariates") if names else []
    columns: dict[str, Any] = {
        "log(baseline)": [math.nan if one.baseline is None else math.log(one.baseline) for one in classes]
    }
    known = complete_rows(whole, columns_of(terms), "covariates")
    for term in design(whole.keep(known), terms, "covariates"):
        for name, values in term.columns.items():
            columns[name] = np.full(len(whole), np.nan)
            columns[name][known] = values
    return columns, "_".join(("cox_adj_logbase", *names))


def _one_row_each(table: Table, patients: Sequence[str | None], spec: Landmark) -> Table:
    """The first row of each patient; follow-up and its end must be the same on all of them."""
    column, _ = event_of(spec.event)
    facts = list(zip(table.cells(spec.time, "time"), table.cells(column, "event"), strict=True))
    first: dict[str, int] = {}
    differ = set()
    for place, patient in enumerate(patients):
        if patient is not None and facts[first.setdefault(patient, place)] != facts[place]:
            differ.add(patient)
    if differ:
        raise DataProblem(
            f'patients whose rows differ in "{spec.time}" or "{column}": {len(differ)}. Give follow-up and its end '
            "the same on every row of a patient."
        )
    chosen = np.zeros(len(table), dtype=bool)
    chosen[list(first.values())] = True
    return table.keep(chosen)


def _ending(cell: str | None, names: Mapping[str, str]) -> str | None:
    if cell is None:
        return None
    return next((name for value, name in names.items() if same_label(cell, value)), cell)


def _id(name: str) -> int | str:
    return int(name) if name.isdecimal() else name

"""Laws of the survival estimates, over any patients: what a number may depend on, and what it must not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from milepost.core.concordance import concordance
from milepost.core.cox import compare_groups, fit_cox
from milepost.core.cox_model import CoxFit
from milepost.core.cox_zph import check_proportionality
from milepost.core.logrank import LogRank, logrank
from milepost.core.restricted_mean import compare_restricted_means, restricted_mean
from milepost.core.survival import (
    Interval,
    counts_at,
    follow_up,
    kaplan_meier,
    kaplan_meier_by,
    median,
    quantile,
)
from milepost.core.survival_data import DAYS_IN_MONTH

LAW = settings(max_examples=60, deadline=None)
SAME: dict[str, float] = {"rel": 1e-7, "abs": 1e-9}
patient = st.tuples(
    st.integers(1, 30),
    st.sampled_from([True, True, False]),
    st.sampled_from("AB"),
    st.sampled_from("xxyz"),
    st.integers(-3, 3),
)
patients = st.lists(patient, min_size=1, max_size=40)
many = st.lists(patient, min_size=20, max_size=40)
intervals = st.sampled_from(["log-log", "log", "plain"])


def columns(drawn: list[tuple[int, bool, str, str, int]]) -> tuple[Any, Any, Any, Any, Any]:
    time, event, group, stratum, x = (np.array(column) for column in zip(*drawn, strict=True))
    return time.astype(float), event, group, stratum, x.astype(float)


def numbers(fit: CoxFit) -> list[float | None]:
    """All a model says, for comparing two."""
    found = [fit.loglik_null, fit.loglik, fit.score.statistic, fit.likelihood_ratio.p]
    for term in fit.terms:
        found += [term.coef, term.se, term.hazard_ratio.value, term.hazard_ratio.lo, term.hazard_ratio.hi]
    return found


def settled(fit: CoxFit) -> CoxFit:
    """Only models whose every ratio is estimable, and not by a hair: their numbers can be compared."""
    assume(fit.settled and all(term.se is not None and term.se < 5 for term in fit.terms))
    return fit


def agree(one: list[Any], other: list[Any]) -> bool:
    return all(
        (a is None and b is None) or (a is not None and b is not None and a == pytest.approx(b, **SAME))
        for a, b in zip(one, other, strict=True)
    )


def said_by(found: LogRank) -> list[Any]:
    groups = [(group.observed, group.expected) for group in found.groups]
    return [found.test.statistic, found.test.p, *(number for pair in groups for number in pair)]


@LAW
@given(patients, intervals)
def test_a_curve_falls_and_lies_within_its_limits(drawn: Any, interval: Interval) -> None:
    time, event, *_ = columns(drawn)
    curve = kaplan_meier(time, event, interval=interval)
    line = np.concatenate(([1.0], curve.survival))
    assert (np.diff(line) <= 0).all() and (line >= 0).all()
    known = ~np.isnan(curve.lo)
    assert (known == ~np.isnan(curve.hi)).all()
    assert (curve.lo[known] <= curve.survival[known] + 1e-12).all() and (curve.lo[known] >= 0).all()
    assert (curve.hi[known] >= curve.survival[known] - 1e-12).all() and (curve.hi[known] <= 1).all()


@LAW
@given(patients)
def test_everybody_is_at_risk_or_had_the_event_or_is_censored(drawn: Any) -> None:
    time, event, *_ = columns(drawn)
    for row in counts_at(kaplan_meier(time, event), [-1, 0, 0.5, *range(1, 32)]):
        assert row.at_risk == (time >= row.time).sum()
        assert row.events == (event & (time <= row.time)).sum()
        assert row.events + row.censored + (time > row.time).sum() == len(time)


@LAW
@given(patients)
def test_without_censoring_the_curve_is_the_share_still_without_event(drawn: Any) -> None:
    time, *_ = columns(drawn)
    curve = kaplan_meier(time, np.ones(len(time)))
    assert curve.survival == pytest.approx([(time > when).mean() for when in curve.time])
    mean = restricted_mean(curve, 15)
    assert mean.value == pytest.approx(np.minimum(time, 15).mean())
    assert mean.se == pytest.approx(np.minimum(time, 15).std() / np.sqrt(len(time)))


@LAW
@given(patients, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(drawn: Any, random: Any) -> None:
    mixed = random.sample(drawn, len(drawn))
    one, other = columns(drawn), columns(mixed)
    curves = [kaplan_meier(time, event) for time, event, *_ in (one, other)]
    assert (curves[0].survival == curves[1].survival).all() and median(curves[0]) == median(curves[1])
    assert agree(*(said_by(logrank(c[0], c[1], c[2], strata=c[3])) for c in (one, other)))
    options = [{"strata": c[3], "covariates": {"x": c[4]}} for c in (one, other)]
    fits = [
        compare_groups(*c[:3], reference="A", groups="AB", **o)
        for c, o in zip((one, other), options, strict=True)
    ]
    assert [term.hazard_ratio.reason for term in fits[0].terms] == [
        t.hazard_ratio.reason for t in fits[1].terms
    ]
    if fits[0].settled:
        assert agree(numbers(fits[0]), numbers(fits[1]))


@LAW
@given(patients, st.sampled_from([1 / DAYS_IN_MONTH, 1 / 7, 24.0]))
def test_a_unit_of_time_scales_times_and_nothing_else(drawn: Any, unit: float) -> None:
    time, event, group, stratum, x = columns(drawn)
    days, other = kaplan_meier(time, event), kaplan_meier(time * unit, event)
    assert (days.survival == other.survival).all()
    for share in (0.25, 0.5, 0.75):
        one, two = quantile(days, share), quantile(other, share)
        scaled = [None if v is None else v * unit for v in (one.value, one.lo, one.hi)]
        assert agree(scaled, [two.value, two.lo, two.hi])
    horizon = time.max()
    assert restricted_mean(other, horizon * unit).value == pytest.approx(
        restricted_mean(days, horizon).value * unit
    )
    assert agree(said_by(logrank(time, event, group)), said_by(logrank(time * unit, event, group)))
    fits = [fit_cox(t, event, {"x": x}, strata=stratum) for t in (time, time * unit)]
    assert numbers(fits[0]) == numbers(fits[1])


@LAW
@given(patients)
def test_weights_of_one_and_one_stratum_change_nothing(drawn: Any) -> None:
    time, event, group, _, x = columns(drawn)
    plain = compare_groups(time, event, group, reference="A", groups="AB", covariates={"x": x})
    for options in (
        {"weights": np.ones(len(time))},
        {"strata": ["all"] * len(time)},
        {"entry": np.zeros(len(time))},
    ):
        other = compare_groups(time, event, group, reference="A", groups="AB", covariates={"x": x}, **options)
        assert numbers(other) == numbers(plain) and not other.robust
    assert agree(
        said_by(logrank(time, event, group)),
        said_by(logrank(time, event, group, strata=np.ones(len(time)))),
    )


@LAW
@given(many, st.integers(2, 4))
def test_a_weight_of_two_is_the_patient_twice_by_breslow(drawn: Any, times: int) -> None:
    time, event, group, _, x = columns(drawn)
    weight = np.where(x > 0, times, 1)
    weighted = settled(fit_cox(time, event, {"x": x, "b": group == "B"}, weights=weight, ties="breslow"))
    rows = np.repeat(np.arange(len(time)), weight)
    repeated = fit_cox(time[rows], event[rows], {"x": x[rows], "b": group[rows] == "B"}, ties="breslow")
    assert agree([t.coef for t in weighted.terms], [t.coef for t in repeated.terms])
    assert agree([t.se for t in weighted.terms], [t.se for t in repeated.terms])


@LAW
@given(many, st.floats(0.1, 10))
def test_the_scale_of_weights_does_not_matter_to_the_robust_variance(drawn: Any, scale: float) -> None:
    time, event, group, stratum, x = columns(drawn)
    weight = 0.3 + (x + 3) / 7
    one = settled(fit_cox(time, event, {"b": group == "B"}, weights=weight, robust=True, strata=stratum))
    other = fit_cox(time, event, {"b": group == "B"}, weights=weight * scale, robust=True, strata=stratum)
    # the search stops once the likelihood no longer rises, and weights scale it: a millionth of the standard error
    (first,), (second,) = one.terms, other.terms
    assert first.coef == pytest.approx(second.coef, abs=1e-6 * first.se)
    assert first.se == pytest.approx(second.se, rel=1e-6)


@LAW
@given(many)
def test_the_groups_exchanged_turn_the_ratio_over(drawn: Any) -> None:
    time, event, group, stratum, _ = columns(drawn)
    one = settled(compare_groups(time, event, group, reference="A", strata=stratum)).terms[0].hazard_ratio
    other = compare_groups(time, event, group, reference="B", strata=stratum).terms[0].hazard_ratio
    assert agree(
        [one.value, one.lo, one.hi, one.p], [1 / v for v in (other.value, other.hi, other.lo)] + [other.p]
    )  # type: ignore[operator, list-item]


@LAW
@given(many)
def test_a_moved_or_stretched_covariate_is_the_same_covariate(drawn: Any) -> None:
    time, event, group, stratum, x = columns(drawn)
    one = settled(fit_cox(time, event, {"x": x, "b": group == "B"}, strata=stratum))
    other = fit_cox(time, event, {"x": 1000 + x / 365.25, "b": group == "B"}, strata=stratum)
    assert agree(
        [one.loglik, one.terms[0].z, one.terms[1].coef], [other.loglik, other.terms[0].z, other.terms[1].coef]
    )
    assert agree(*([t.statistic for t in check_proportionality(f).terms.values()] for f in (one, other)))
    assert concordance(one).value == concordance(other).value


@LAW
@given(many, st.integers(2, 20))
def test_follow_up_cut_in_two_rows_is_the_same_follow_up(drawn: Any, cut: int) -> None:
    """A patient seen from 0 to t, or from 0 to the cut and from the cut to t: rows of one patient, one answer."""
    time, event, group, stratum, x = columns(drawn)
    patient = np.arange(len(time))
    long = time > cut
    start = np.concatenate((np.zeros(len(time)), np.full(long.sum(), float(cut))))
    end = np.concatenate((np.where(long, cut, time), time[long]))
    status = np.concatenate((event & ~long, event[long]))
    rows = np.concatenate((patient, patient[long]))
    weight = 0.5 + (x + 3) / 6
    whole = settled(
        fit_cox(time, event, {"b": group == "B", "x": x}, strata=stratum, weights=weight, cluster=patient)
    )
    parted = fit_cox(
        end, status, {"b": (group == "B")[rows], "x": x[rows]}, entry=start, strata=stratum[rows],
        weights=weight[rows], cluster=rows,
    )  # fmt: skip
    assert agree(numbers(whole), numbers(parted))
    for transform in ("km", "identity"):
        tests = [check_proportionality(fit, transform) for fit in (whole, parted)]  # type: ignore[arg-type]
        assert agree(*([test.statistic for test in found.terms.values()] for found in tests))


@LAW
@given(many)
def test_without_ties_efron_is_breslow_and_the_score_test_is_the_logrank_test(drawn: Any) -> None:
    time, event, group, stratum, _ = columns(drawn)
    time = np.argsort(np.argsort(time, kind="stable")) + 1.0
    one = compare_groups(time, event, group, reference="A", groups="AB", strata=stratum)
    other = compare_groups(time, event, group, reference="A", groups="AB", strata=stratum, ties="breslow")
    assert numbers(one) == numbers(other)
    test = logrank(time, event, group, strata=stratum).test
    assert agree([one.score.statistic], [test.statistic])


@LAW
@given(patients)
def test_a_row_that_cannot_be_used_is_counted_and_changes_nothing(drawn: Any) -> None:
    time, event, group, stratum, x = columns(drawn)
    longer = [
        np.append(column, value) for column, value in ((time, np.nan), (event.astype(float), 1), (x, 2))
    ]
    names = [np.append(column.astype(object), value) for column, value in ((group, "B"), (stratum, "x"))]
    one, other = logrank(time, event, group, strata=stratum), logrank(*longer[:2], names[0], strata=names[1])
    assert (one.n, one.left_out, other.n, other.left_out) == (len(time), 0, len(time), 1)
    assert one.test.statistic == other.test.statistic
    fits = fit_cox(time, event, {"x": x}), fit_cox(*longer[:2], {"x": longer[2]})
    assert numbers(fits[0]) == numbers(fits[1]) and fits[1].left_out == 1
    curves = kaplan_meier(time, event), kaplan_meier(*longer[:2])
    assert (curves[0].survival == curves[1].survival).all() and curves[1].left_out == 1


@LAW
@given(patients)
def test_observed_and_expected_events_are_the_same_in_all(drawn: Any) -> None:
    time, event, group, stratum, _ = columns(drawn)
    for options in ({}, {"strata": stratum}, {"rho": 1.0}):
        found = logrank(time, event, group, **options)  # type: ignore[arg-type]
        assert sum(g.observed for g in found.groups) == pytest.approx(sum(g.expected for g in found.groups))
        assert found.variance.sum() == pytest.approx(0, abs=1e-9)
        assert sum(g.n for g in found.groups) == found.n == len(time)


@LAW
@given(patients)
def test_follow_up_is_the_curve_with_event_and_censoring_exchanged(drawn: Any) -> None:
    time, event, *_ = columns(drawn)
    one, other = follow_up(time, event), median(kaplan_meier(time, ~event))
    assert (one.value, one.lo, one.hi) == (other.value, other.lo, other.hi)


@LAW
@given(many, st.integers(1, 8))
def test_the_difference_of_means_turns_its_sign_with_the_groups(drawn: Any, horizon: int) -> None:
    time, event, group, *_ = columns(drawn)
    a, b = kaplan_meier_by(time, event, group, groups="AB").values()
    one, other = compare_restricted_means(a, b, horizon), compare_restricted_means(b, a, horizon)
    assume(one.difference.lo is not None)
    assert agree(
        [one.difference.value, one.difference.lo, one.difference.hi, one.difference.p],
        [-other.difference.value, -other.difference.hi, -other.difference.lo, other.difference.p],  # type: ignore[operator]
    )
    assert 0 <= one.comparison.value <= horizon  # type: ignore[operator]

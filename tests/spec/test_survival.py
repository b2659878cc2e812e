"""Survival estimates worked out on paper, and what is refused in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from milepost.core.cox import compare_groups, fit_cox
from milepost.core.cox_zph import check_proportionality
from milepost.core.logrank import logrank
from milepost.core.restricted_mean import compare_restricted_means, restricted_mean
from milepost.core.survival import counts_at, follow_up, kaplan_meier, kaplan_meier_by, median, survival_at
from milepost.core.survival_estimate import (
    ALL_ENDED,
    BEYOND_FOLLOW_UP,
    COLLINEAR,
    NO_LIMITS,
    NO_MEAN,
    NO_MODEL,
    NO_PATIENTS,
    NO_SPREAD,
    NO_VARIATION,
    NOT_REACHED,
    ONE_GROUP,
    OUT_OF_RANGE,
    SEPARATED,
    TIME_ZERO,
    TOO_FEW_EVENTS,
    UPPER_NOT_REACHED,
)
from milepost.errors import DataProblem
from tests.spec.cases_survival import COMPARED, CURVES, CurveCase, GroupsCase, patients, rows

curves = pytest.mark.parametrize("case", CURVES, ids=lambda case: case.title)
compared = pytest.mark.parametrize("case", COMPARED, ids=lambda case: case.title)


@curves
def test_what_is_read_off_a_curve(case: CurveCase) -> None:
    times, events = patients(case.patients)
    curve = kaplan_meier(times, events)
    rates = survival_at(curve, list(case.survival))
    assert [rate.estimate.value for rate in rates] == pytest.approx(list(case.survival.values()))
    counts = [(row.at_risk, row.events, row.censored) for row in counts_at(curve, list(case.at_risk))]
    assert counts == list(case.at_risk.values())
    found = median(curve)
    assert (found.value, median(curve, rule="first").value) == (case.median, case.first)
    assert (found.n, found.events) == (len(times), sum(events))
    if case.median is None:
        assert (found.reason, found.hi) == (case.reason, None)
    followed = follow_up(times, events)
    assert followed.value == case.follow_up
    assert followed.value is not None or followed.reason in (NO_PATIENTS, NOT_REACHED, ALL_ENDED)
    if case.mean:
        horizon, mean, se = case.mean
        estimate = restricted_mean(curve, horizon)
        assert (estimate.value, estimate.se) == (pytest.approx(mean), pytest.approx(se))
        assert estimate.caution == (None if se else NO_SPREAD)


@compared
def test_two_groups_by_logrank(case: GroupsCase) -> None:
    found = logrank(*rows(case.groups))
    assert [group.observed for group in found.groups] == pytest.approx(list(case.observed))
    assert [group.expected for group in found.groups] == pytest.approx(list(case.expected))
    assert (found.test.statistic, found.test.reason) == (
        case.chi2 if case.chi2 is None else pytest.approx(case.chi2),
        case.untested,
    )


@compared
def test_two_groups_by_hazard_ratio(case: GroupsCase) -> None:
    found = compare_groups(*rows(case.groups), reference="A", groups=["A", "B"])
    term = found.term("B")
    assert term.hazard_ratio.reason == case.reason
    if case.ratio is None:
        assert {term.coef, term.se, term.z, term.hazard_ratio.value, term.hazard_ratio.lo, term.hazard_ratio.hi,
                term.hazard_ratio.p} == {None}  # fmt: skip
        assert check_proportionality(found).overall.reason == NO_MODEL
        return
    assert term.hazard_ratio.value == pytest.approx(case.ratio, rel=1e-8)
    assert found.loglik_null == pytest.approx(case.likelihood)
    if case.se is not None:
        assert term.se == pytest.approx(case.se, rel=1e-8)
    if case.breslow is not None:
        other = compare_groups(*rows(case.groups), reference="A", ties="breslow")
        assert other.term("B").hazard_ratio.value == pytest.approx(case.breslow, rel=1e-8)


def test_strata_are_summed_not_pooled() -> None:
    """The first case of the tables twice, as two strata: twice the difference and twice the variance of one."""
    times, events, groups = rows(COMPARED[0].groups)
    found = logrank(times * 2, events * 2, groups * 2, strata=["x"] * 4 + ["y"] * 4)
    assert found.test.statistic == pytest.approx(2 * COMPARED[0].chi2)  # type: ignore[operator]
    assert found.strata == 2


def test_a_rate_behind_the_longest_follow_up_is_marked() -> None:
    curve = kaplan_meier([2, 4, 9], [1, 0, 0])
    inside, behind = survival_at(curve, [9, 9.5])
    assert (inside.estimate.caution, inside.at_risk) == (None, 1)
    assert (behind.estimate.caution, behind.at_risk) == (BEYOND_FOLLOW_UP, 0)
    assert behind.estimate.value == inside.estimate.value == pytest.approx(2 / 3)
    gone = survival_at(kaplan_meier([2, 4], [1, 1]), [9])[0]
    assert (gone.estimate.value, gone.estimate.caution) == (0, None)


def test_limits_are_missing_where_they_are_not_defined() -> None:
    early, late = survival_at(kaplan_meier([3, 5, 5], [0, 1, 1]), [4, 6])
    for rate in (early, late):
        assert (rate.estimate.lo, rate.estimate.hi, rate.estimate.reason) == (None, None, NO_LIMITS)


def test_a_median_may_stand_without_its_upper_limit() -> None:
    found = median(kaplan_meier([2, 4, 6, 8], [1, 1, 1, 1]))
    assert (found.value, found.lo, found.hi, found.reason) == (5, 2, None, UPPER_NOT_REACHED)


def test_everybody_followed_to_the_event_has_no_median_follow_up() -> None:
    assert follow_up([2, 4], [1, 1]).reason == ALL_ENDED


def test_a_mean_is_not_restricted_behind_the_follow_up_of_a_group() -> None:
    short, long = kaplan_meier([2, 4], [1, 0]), kaplan_meier([2, 9], [1, 0])
    ended = kaplan_meier([2, 4], [1, 1])
    assert restricted_mean(short, 5).reason == BEYOND_FOLLOW_UP
    assert restricted_mean(ended, 5).value == 3
    found = compare_restricted_means(short, long, 5)
    assert (found.difference.reason, found.ratio.reason) == (BEYOND_FOLLOW_UP, BEYOND_FOLLOW_UP)
    assert found.reference.value == pytest.approx(2 + 3 / 2)


def test_two_means_without_spread_have_a_difference_but_no_limits() -> None:
    nobody = kaplan_meier([5, 6], [0, 0])
    found = compare_restricted_means(nobody, nobody, 5)
    assert (found.difference.value, found.difference.lo, found.difference.reason) == (0, None, NO_SPREAD)
    one = compare_restricted_means(nobody, kaplan_meier([2, 6], [1, 0]), 5)
    assert one.difference.caution == NO_SPREAD and one.difference.lo is not None
    zero = compare_restricted_means(kaplan_meier([0, 0], [1, 1]), nobody, 5)
    assert (zero.difference.value, zero.ratio.reason) == (-5, NO_MEAN)


def test_rows_without_time_event_group_or_stratum_are_left_out_and_counted() -> None:
    times = pd.Series([1, 2, None, 4, 5, 6], dtype="Int64")
    events = pd.Series([1, 1, 1, None, 1, 0], dtype="Int64")
    curve = kaplan_meier(times, events)
    assert (curve.n, curve.left_out) == (4, 2)
    test = logrank(
        times, events, ["A", "B", "A", "B", None, "B"], strata=pd.Series(["x", "x", "x", "x", "x", None])
    )
    assert (test.n, test.left_out) == (2, 4)
    fit = fit_cox(times, events, {"x": [1.0, 0.0, 1.0, 0.0, np.nan, 1.0]}, weights=[1, 1, 1, 1, 1, 0])
    assert (fit.n, fit.left_out) == (2, 4)
    by_group = kaplan_meier_by(times, events, ["A", "B", "A", "B", None, "B"], groups=["B", "A", "C"])
    assert [(name, curve.n, curve.left_out) for name, curve in by_group.items()] == [
        ("B", 2, 1), ("A", 1, 1), ("C", 0, 0)
    ]  # fmt: skip


@pytest.mark.parametrize(("time", "event"), [(-1, 1), (np.inf, 0), (3, 2)])
def test_what_cannot_be_a_follow_up_is_refused(time: float, event: float) -> None:
    with pytest.raises(DataProblem):
        kaplan_meier([1, time], [1, event])


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(DataProblem):
        fit_cox([1, 2], [1, 1], {"x": [0, 1]}, weights=[1, -1])


T, E = [1, 2, 3, 4, 5, 6, 7, 8], [1] * 8
ARM = [0, 1, 0, 1, 1, 0, 0, 1]


def test_a_covariate_that_is_the_same_for_all_leaves_the_others_their_estimates() -> None:
    found = fit_cox(T, E, {"same": [1] * 8, "arm": ARM})
    alone = fit_cox(T, E, {"arm": ARM})
    assert found.term("same").hazard_ratio.reason == NO_VARIATION
    assert found.term("arm").hazard_ratio.value == pytest.approx(alone.term("arm").hazard_ratio.value)
    assert (found.reason, found.score.df) == (None, 1)
    tested = check_proportionality(found)
    assert tested.terms["same"].reason == NO_VARIATION
    assert tested.overall.statistic == pytest.approx(check_proportionality(alone).overall.statistic)


def test_a_covariate_that_varies_between_strata_only_has_no_ratio() -> None:
    assert fit_cox(T, E, {"arm": ARM}, strata=ARM).term("arm").hazard_ratio.reason == NO_VARIATION


def test_covariates_of_which_one_follows_from_the_others_are_refused_together() -> None:
    found = fit_cox(T, E, {"arm": ARM, "other": [1 - arm for arm in ARM]})
    assert {term.hazard_ratio.reason for term in found.terms} == {found.reason} == {COLLINEAR}


def test_a_number_that_tells_the_order_of_all_events_has_no_ratio_and_keeps_its_tests() -> None:
    found = fit_cox(T, E, {"x": [-time for time in T]})
    assert found.term("x").hazard_ratio.reason == SEPARATED
    assert found.wald.statistic is None
    # the likelihood rises towards 1: twice log 8!
    assert found.likelihood_ratio.statistic == pytest.approx(2 * np.log(np.arange(1, 9)).sum(), rel=1e-6)


def test_a_ratio_too_large_to_be_written_is_not() -> None:
    x = np.array([3, 1, 4, 1, 5, 9, 2, 6]) * 1e-9
    assert fit_cox(T, E, {"x": x}).term("x").hazard_ratio.reason == OUT_OF_RANGE


def test_a_planned_group_without_patients_keeps_its_term() -> None:
    groups = ["B" if arm else "A" for arm in ARM]
    found = compare_groups(T, E, groups, reference="A", groups=["A", "B", "C"])
    assert found.term("C").hazard_ratio.reason == "a group to compare has no patients"
    assert found.term("B").hazard_ratio.value == pytest.approx(
        compare_groups(T, E, groups, reference="A").term("B").hazard_ratio.value
    )


def test_one_group_is_compared_with_nothing() -> None:
    assert compare_groups([1, 2], [1, 1], ["A", "A"], reference="A").reason == ONE_GROUP


def test_a_covariate_must_not_have_the_name_of_a_group() -> None:
    with pytest.raises(ValueError, match="B"):
        compare_groups([1, 2], [1, 1], ["A", "B"], reference="A", covariates={"B": [0, 1]})


def test_proportional_hazards_need_events_at_different_times() -> None:
    one_day = fit_cox([5, 5, 6, 7], [1, 1, 0, 0], {"x": [1, 0, 1, 0]})
    assert check_proportionality(one_day).overall.reason == TOO_FEW_EVENTS


def test_an_event_at_time_zero_has_no_logarithm() -> None:
    fit = fit_cox([0, *T[1:]], E, {"arm": ARM})
    assert check_proportionality(fit, "log").overall.reason == TIME_ZERO
    assert check_proportionality(fit, "km").overall.statistic is not None

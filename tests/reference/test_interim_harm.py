"""Bounds for harm against rpact, and what a look says of it.

rpact 3.3.4 (R 4.2.2): getDesignGroupSequential(sided = 1, alpha, informationRates, typeOfDesign = "asP" or "asOF"), the
same bounds mirrored; getPowerSurvival for the chance of being told of harm that is there.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
from scipy.special import ndtr

from milepost.core.interim_analysis import NOTHING_LEFT, power_by_look
from milepost.core.interim_harm import NO_STATISTIC, chance_worse, death_fractions, judge_harm
from milepost.core.survival_estimate import GROUP_WITHOUT_EVENTS, SurvivalEstimate, missing

BOUNDS: list[tuple[Any, list[float], list[float]]] = [
    ("pocock_spending", [0.5, 1], [1.538105173, 1.516087599]),
    ("pocock_spending", [1 / 3, 2 / 3, 1], [1.692417043, 1.64768263, 1.610800557]),
    ("pocock_spending", [0.2, 0.45, 0.8, 1], [1.887605689, 1.765571319, 1.640444942, 1.678523533]),
    ("obrien_fleming_spending", [0.25, 0.5, 0.75, 1], [3.089367236, 2.060477056, 1.630390026, 1.390163474]),
]
QUARTERS = [0.25, 0.5, 0.75, 1]


def ratio(value: float, se: float = 0.2) -> SurvivalEstimate:
    return SurvivalEstimate(value, None, None, 0.95, 300, "Cox model", se=se)


@pytest.mark.parametrize(("rule", "fractions", "expected"), BOUNDS)
def test_the_bounds_are_those_of_rpact_at_one_sided_a_tenth(
    rule: Any, fractions: list[float], expected: list[float]
) -> None:
    found = judge_harm(0.0, fractions, ratio(1), rule=rule)
    assert found.bounds.bounds == pytest.approx(expected, abs=1e-6)
    assert found.bounds.looks[-1].error == pytest.approx(0.1)


def test_harm_that_is_there_is_found_as_often_as_rpact_says() -> None:
    """300 deaths, four looks. The expected Z at the end is log(ratio) times the root of 300 quarters."""
    bounds = judge_harm(0.0, QUARTERS, ratio(1)).bounds
    for true, expected in ((1.2, 0.5508166934), (1.3, 0.7828650403), (1.5, 0.9759358573)):
        assert power_by_look(bounds, math.log(true) * math.sqrt(75))[-1] == pytest.approx(expected, abs=1e-5)
    by_look = power_by_look(bounds, math.log(1.3) * math.sqrt(75))
    assert by_look[0] == pytest.approx(0.2525846541, abs=1e-5)


@pytest.mark.parametrize(
    ("z", "crossed"), [(-1.69, False), (-1.70, True), (2.5, False), (0.0, False), (-4.0, True)]
)
def test_only_a_difference_against_the_experimental_arm_crosses(z: float, crossed: bool) -> None:
    """First of three looks at a third of the deaths: the bound is 1.6924."""
    found = judge_harm(z, [1 / 3], ratio(1.2))
    assert found.crossed is crossed and found.reason is None
    assert found.look is not None and found.look.nominal_p == pytest.approx(0.04528324, abs=1e-7)
    assert found.ratio_bound == pytest.approx(math.exp(1.692417043 * 0.2), rel=1e-6)


def test_how_probable_a_ratio_above_the_margin_is() -> None:
    """log 1.3 = 0.26236, a standard error of 0.2: 1.3118 standard errors above 1, 0.3998 above 1.2."""
    assert chance_worse(ratio(1.3)).value == pytest.approx(0.9052, abs=1e-4)
    assert chance_worse(ratio(1.3), margin=1.2).value == pytest.approx(float(ndtr(0.40021)), abs=1e-4)
    assert chance_worse(ratio(1.0)).value == 0.5
    assert judge_harm(-1, [0.5], ratio(1.3), margin=1.2).worse == chance_worse(ratio(1.3), margin=1.2)


def test_without_a_ratio_a_statistic_or_a_bound_the_answer_says_why() -> None:
    none = missing(GROUP_WITHOUT_EVENTS, level=0.95, n=20, events=3, method="Cox model")
    unknown = judge_harm(None, [0.5], none)
    assert (unknown.crossed, unknown.reason, unknown.ratio_bound) == (None, NO_STATISTIC, None)
    assert (unknown.worse.value, unknown.worse.reason) == (None, GROUP_WITHOUT_EVENTS)
    for fractions, reason in (
        ([], "no look"),
        ([0.0], "an information fraction is missing or not above 0"),
        ([0.5, 0.5], "the information does not grow from look to look"),
        ([1.0, 1.2], NOTHING_LEFT),
    ):
        found = judge_harm(-5, fractions, ratio(1.5))
        assert (found.crossed, found.reason) == (None, reason)
    assert chance_worse(ratio(1.3), margin=0).value is None


def test_the_information_on_harm_is_deaths_over_deaths_planned_at_the_looks_that_brought_some() -> None:
    """rpact's bounds at 0.2, 0.45 and 0.8, with a look between that brought no death."""
    fractions = death_fractions([0, 20, 20, 45, 80], 100)
    assert fractions == (0.2, 0.45, 0.8)
    assert judge_harm(0.0, fractions, ratio(1)).bounds.bounds == pytest.approx(BOUNDS[2][2][:3], abs=1e-6)
    assert judge_harm(-9, death_fractions([20, 20], 100), ratio(1)).reason == (
        "the information does not grow from look to look"
    )


def test_where_the_deaths_of_a_look_are_not_on_record_harm_is_not_judged() -> None:
    for fractions in (death_fractions([None, 45], 100), death_fractions([20, 45], None)):
        found = judge_harm(-9, fractions, ratio(1.5))
        assert (found.crossed, found.reason) == (None, "an information fraction is missing or not above 0")

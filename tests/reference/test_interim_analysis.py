"""Bounds of interim analyses, conditional power and Bayesian monitoring, against rpact and the specification's tables.

Bounds were made with rpact 3.3.4 and checked with mvtnorm 1.1.3 (R 4.2.2); `group_sequential.json` holds reference
cases of the project, tolerance in z 1e-3. mvtnorm integrates at random: each case says how far it was off. The tables
are those of clinical specification section 7.3, the type I errors of looking without bounds those of 7.1.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from milepost.core.alpha_spending import Rule, spent
from milepost.core.bayesian_monitoring import (
    TOXICITY_PRIOR,
    ToxicityRule,
    chance_above,
    chance_of_success,
    judge_toxicity,
    posterior,
    toxicity_limit,
    toxicity_limits,
)
from milepost.core.interim_analysis import (
    BEYOND,
    LEFT_OVER,
    NOTHING_LEFT,
    TOO_EARLY,
    boundaries,
    information_fractions,
    power_by_look,
    schoenfeld_events,
)
from milepost.core.interim_outlook import conditional_power, futility_bound, outlook, predictive_power
from milepost.core.sequential_recursion import crossing

DATA = Path(__file__).parent / "data"
CASES: dict[str, dict[str, Any]] = json.loads((DATA / "group_sequential.json").read_text(encoding="utf-8"))
CASES.pop("_provenance")
RULES: dict[str, Rule] = {
    "asOF": "obrien_fleming_spending", "asP": "pocock_spending", "asHSD": "hwang_shih_decani", "asKD": "kim_demets",
    "HP": "haybittle_peto", "OF": "obrien_fleming", "P": "pocock",
}  # fmt: skip
OF, POCOCK = RULES["asOF"], RULES["asP"]


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_bounds_and_errors_are_those_of_rpact(case: dict[str, Any]) -> None:
    found = boundaries(
        RULES[case["rpact_type"]], case["info"], alpha=case["alpha_total"], sided=case["sided"],
        parameter=case["parameter"],
    )  # fmt: skip
    assert found.bounds == pytest.approx(case["z"], abs=1e-6)
    assert [look.nominal_p for look in found.looks] == pytest.approx(case["nominal_one_sided_p"], abs=1e-7)
    errors = [look.error for look in found.looks]
    assert errors == pytest.approx(case["cum_alpha_spent_rpact"], abs=1.5e-8)
    off = case["max_abs_diff_mvtnorm"] + 1.5e-8
    assert errors == pytest.approx(case["cum_cross_prob_mvtnorm"], abs=off)


def test_every_case_of_the_reference_is_here() -> None:
    assert len(CASES) == 16 and {case["rpact_type"] for case in CASES.values()} == set(RULES)


@pytest.mark.parametrize(
    ("fractions", "obrien_fleming", "pocock"),
    [
        ((0.5, 1), (2.963, 1.969), (2.157, 2.201)),
        ((0.33, 0.67, 1), (3.731, 2.504, 1.994), (2.283, 2.291, 2.297)),
        ((0.5, 0.75, 1), (2.963, 2.359, 2.014), (2.157, 2.312, 2.327)),
        ((0.25, 0.5, 0.75, 1), (4.333, 2.963, 2.359, 2.014), (2.368, 2.368, 2.358, 2.350)),
    ],
)
def test_the_table_of_bounds_in_the_specification(
    fractions: tuple[float, ...], obrien_fleming: tuple[float, ...], pocock: tuple[float, ...]
) -> None:
    assert boundaries(OF, fractions).bounds == pytest.approx(obrien_fleming, abs=5.1e-4)
    assert boundaries(POCOCK, fractions).bounds == pytest.approx(pocock, abs=5.1e-4)


def test_five_equal_looks_one_sided_and_two_sided() -> None:
    """The O'Brien-Fleming type is spent per side: a two-sided 0.05 has the bounds of a one-sided 0.025."""
    fifths = (0.2, 0.4, 0.6, 0.8, 1.0)
    one, two = boundaries(OF, fifths), boundaries(OF, fifths, alpha=0.05, sided=2)
    for found in (one, two):
        assert found.bounds == pytest.approx((4.877, 3.357, 2.680, 2.290, 2.031), abs=5.1e-4)
    assert (one.looks[-1].error, two.looks[-1].error) == pytest.approx((0.025, 0.05), abs=1e-12)


@pytest.mark.parametrize(
    ("looks", "percent"), [(2, 8.3), (5, 14.2), (10, 19.3), (50, 32.0), (365, 46.6)], ids=str
)
def test_what_looking_without_bounds_costs(looks: int, percent: float) -> None:
    """Section 7.1: |Z| > 1.96 at equally spaced looks ("about 46 %" for 365)."""
    at, bounds = [(k + 1) / looks for k in range(looks)], [1.959964] * looks
    above, below = crossing(at, bounds, lower=[-z for z in bounds])
    assert 100 * (above[-1] + below[-1]) == pytest.approx(percent, abs=0.051)


@pytest.mark.parametrize(
    ("ratio", "events"), [((0.75, 1), 380), ((0.75, 2), 427), ((0.69, 1), 229), ((0.69, 2), 257)]
)
def test_events_needed(ratio: tuple[float, float], events: int) -> None:
    """Schoenfeld, 80 % power, two-sided 0.05."""
    assert schoenfeld_events(ratio[0], ratio=ratio[1]) == events
    assert schoenfeld_events(1 / ratio[0], ratio=1 / ratio[1]) == events


def test_no_number_of_events_shows_what_is_not_there() -> None:
    assert (schoenfeld_events(1), schoenfeld_events(0)) == (None, None)


def test_conditional_power_of_the_specification() -> None:
    found = outlook(1.5, 0.5, final_z=1.969, design_drift=3.242)
    values = (found.trend.value, found.null.value, found.design.value)
    assert values == pytest.approx((0.585, 0.099, 0.843), abs=5.1e-4)
    assert found.futile is False
    assert outlook(-0.5, 0.5, final_z=1.969, design_drift=3.242).futile is True


def test_at_the_futility_bound_the_conditional_power_is_the_limit() -> None:
    bound = futility_bound(0.6, final_z=1.98, design_drift=3.0)
    assert bound is not None
    found = conditional_power(bound, 0.6, final_z=1.98, drift=3.0)
    assert found.value == pytest.approx(0.2, abs=1e-12)
    assert outlook(bound - 1e-6, 0.6, final_z=1.98, design_drift=3.0).futile is True
    assert outlook(bound + 1e-6, 0.6, final_z=1.98, design_drift=3.0).futile is False


def test_conditional_power_counts_the_looks_in_between() -> None:
    """Crossing at 0.75 or at 1, given Z = 1 at 0.5, against the two-dimensional normal distribution."""
    z, t, drift, looks = 1.0, 0.5, 2.0, ((0.75, 2.36), (1.0, 2.01))
    b = z * math.sqrt(t)
    means = [b + drift * (at - t) for at, _ in looks]
    covariance = [[0.25, 0.25], [0.25, 0.5]]
    inside = multivariate_normal(means, covariance).cdf([bound * math.sqrt(at) for at, bound in looks])
    found = conditional_power(z, t, final_z=2.01, drift=drift, later=looks[:1])
    assert found.value == pytest.approx(1 - inside, abs=1e-5)


@pytest.mark.parametrize(("prior_drift", "weight"), [(0.0, 0.0), (3.0, 0.2)])
def test_predictive_power_is_conditional_power_averaged(prior_drift: float, weight: float) -> None:
    z, t, final_z = 1.2, 0.4, 1.99
    mean = (z * math.sqrt(t) + weight * prior_drift) / (t + weight)
    sd = math.sqrt(1 / (t + weight))

    def weighted(drift: float) -> float:
        power = conditional_power(z, t, final_z=final_z, drift=drift).value
        assert power is not None
        return power * float(norm.pdf(drift, mean, sd))

    averaged = quad(weighted, mean - 9 * sd, mean + 9 * sd, epsabs=1e-10)[0]
    found = predictive_power(z, t, final_z=final_z, prior_drift=prior_drift, prior_information=weight)
    assert found.value == pytest.approx(averaged, abs=1e-8)


@pytest.mark.parametrize(
    ("z", "fraction", "words"),
    [
        (1.5, 0.0, "no information yet"),
        (1.5, math.nan, "no information yet"),
        (1.5, 1.0, "nothing is left to predict"),
        (1.5, 1.2, "nothing is left to predict"),
        (math.nan, 0.5, "there is no test statistic"),
    ],
)
def test_an_outlook_that_cannot_be_says_why(z: float, fraction: float, words: str) -> None:
    found = outlook(z, fraction, final_z=1.97, design_drift=3.0)
    for chance in (found.null, found.trend, found.design, found.predictive):
        assert chance.value is None and chance.reason is not None and words in chance.reason
    assert found.futile is None


def test_more_information_than_planned_spends_the_rest_there() -> None:
    """Bound against the normal distribution of both looks with the correlation sqrt(0.5 / 1.08)."""
    found = boundaries(OF, (0.5, 1.08))
    assert found.looks[1].reason == BEYOND and found.looks[0].reason is None
    assert found.looks[1].error == pytest.approx(0.025)
    correlation = math.sqrt(0.5 / 1.08)
    inside = multivariate_normal([0, 0], [[1, correlation], [correlation, 1]]).cdf(list(found.bounds))
    assert 1 - inside == pytest.approx(0.025, abs=1e-6)


def test_after_the_planned_information_no_further_look_has_a_bound() -> None:
    found = boundaries(POCOCK, (0.5, 1.02, 1.3))
    assert found.looks[2].bound is None and found.looks[2].reason == NOTHING_LEFT
    assert found.looks[2].error == pytest.approx(0.025)


def test_a_last_look_short_of_the_plan_spends_the_rest() -> None:
    open_end, last = boundaries(OF, (0.5, 0.9)), boundaries(OF, (0.5, 0.9), last=True)
    assert open_end.looks[1].reason is None
    assert open_end.looks[1].error == pytest.approx(spent(OF, 0.9, 0.025))
    assert last.looks[1].reason == LEFT_OVER and last.looks[1].error == 0.025
    assert last.bounds[0] == open_end.bounds[0] and last.bounds[1] < open_end.bounds[1]


def test_a_bound_does_not_depend_on_looks_to_come() -> None:
    assert boundaries(OF, (0.3, 0.61)).bounds == boundaries(OF, (0.3, 0.61, 0.8, 1)).bounds[:2]


def test_the_classical_shapes_need_all_looks() -> None:
    assert boundaries("pocock", (0.5, 0.8)).looks == ()
    assert boundaries("pocock", (0.5, 0.8)).reason == "these bounds need all looks up to the last one"
    wang = boundaries("wang_tsiatis", (0.5, 1), parameter=0.5)
    assert wang.bounds == pytest.approx(boundaries("pocock", (0.5, 1)).bounds, abs=1e-9)


def test_haybittle_peto_keeps_its_bound_until_the_last_look() -> None:
    assert boundaries("haybittle_peto", (0.2, 0.4)).bounds == (3.0, 3.0)
    spent_before = boundaries("haybittle_peto", (0.3, 0.6, 1), alpha=0.001)
    assert spent_before.looks[2].bound is None and spent_before.looks[2].reason == NOTHING_LEFT


def test_a_look_so_early_that_nothing_can_cross() -> None:
    found = boundaries(OF, (0.002, 0.5, 1))
    assert found.looks[0].bound is None and found.looks[0].reason == TOO_EARLY
    assert found.bounds[1:] == pytest.approx(boundaries(OF, (0.5, 1)).bounds, abs=1e-9)


@pytest.mark.parametrize(
    ("fractions", "reason"),
    [
        ((), "no look"),
        ((0.0, 1.0), "an information fraction is missing or not above 0"),
        ((math.nan, 1.0), "an information fraction is missing or not above 0"),
        ((0.5, 0.5), "the information does not grow from look to look"),
        ((0.8, 0.5), "the information does not grow from look to look"),
    ],
)
def test_fractions_that_cannot_be_give_no_bound_but_a_reason(
    fractions: tuple[float, ...], reason: str
) -> None:
    found = boundaries(OF, fractions)
    assert found.looks == () and found.reason == reason


def test_what_nobody_can_have_meant_is_refused() -> None:
    for alpha in (0, 0.6):
        with pytest.raises(ValueError, match="cannot be planned with"):
            boundaries(OF, (1,), alpha=alpha)
    with pytest.raises(ValueError, match="one side or two"):
        boundaries(OF, (1,), sided=3)
    with pytest.raises(ValueError, match="must be above 0"):
        information_fractions([61], 0)


def test_fractions_are_events_over_planned_events() -> None:
    assert information_fractions([61, 122, 183], 183) == pytest.approx((1 / 3, 2 / 3, 1))


def test_power_grows_with_the_looks_and_loses_little_to_them() -> None:
    """A single look with drift z(0.975) + z(0.9) has power 0.9; one interim look more costs less than 0.01 of it."""
    drift = float(norm.ppf(0.975) + norm.ppf(0.9))
    assert power_by_look(boundaries(OF, (1,)), drift) == pytest.approx((0.9,), abs=1e-9)
    early, late = power_by_look(boundaries(OF, (0.5, 1)), drift)
    assert 0.2 < early < 0.3 and 0.89 < late < 0.9
    two = power_by_look(boundaries(OF, (0.5, 1), alpha=0.05, sided=2), drift)
    assert two == pytest.approx((early, late), abs=1e-4)


def test_many_close_looks_still_spend_exactly_the_error() -> None:
    """100 looks: the bounds put back into the integration cross with the error planned."""
    fractions = [(k + 1) / 100 for k in range(100)]
    found = boundaries(POCOCK, fractions)
    assert crossing(fractions, found.bounds)[0][-1] == pytest.approx(0.025, abs=1e-9)


# Bayesian monitoring, section 7.3


def test_the_response_of_the_specification() -> None:
    """Beta(0.1, 0.9) prior: 5/30 -> Pr(ORR > 0.10) = 0.838."""
    assert chance_above(5, 30, 0.10).value == pytest.approx(0.838, abs=5.1e-4)
    found = posterior(5, 30)
    assert found.value == pytest.approx(5.1 / 31)
    assert found.lo is not None and found.hi is not None and found.lo < 5.1 / 31 < found.hi


def test_the_toxicity_rule_of_the_specification() -> None:
    """Pr(p > 0.30) > 0.90 with Beta(0.3, 0.7): at least 6/10, 9/20, 13/30."""
    assert toxicity_limits([10, 20, 30]) == {10: 6, 20: 9, 30: 13}
    for n, limit in ((10, 6), (20, 9), (30, 13)):
        assert judge_toxicity(limit, n).stop is True and judge_toxicity(limit - 1, n).stop is False
        assert judge_toxicity(limit, n).limit == limit


def test_bayesian_monitoring_that_cannot_be_says_why() -> None:
    assert chance_above(11, 10, 0.1).reason == "more events than patients"
    assert posterior(11, 10).reason == "more events than patients"
    assert judge_toxicity(11, 10).stop is None
    assert chance_above(1, 10, 0.1, prior=(0, 1)).reason == "both numbers of the prior must be above 0"
    assert chance_above(1, 10, 1.5).reason == "a share lies between 0 and 1"
    assert chance_of_success(3, 30, 20, 0.1, 0.9).reason == "more patients seen than planned"


def test_before_the_first_patient_the_prior_speaks_and_nothing_stops() -> None:
    prior = chance_above(0, 0, 0.30, prior=TOXICITY_PRIOR)
    assert prior.value is not None and 0 < prior.value < 1
    assert judge_toxicity(0, 0).stop is False and toxicity_limit(0) is None
    assert toxicity_limit(1) is None and toxicity_limit(2) == 2  # 1/1: Pr 0.80; 2/2: 0.95


def test_a_rule_of_ones_own() -> None:
    """Flat prior Beta(1, 1): the posterior of 0/1 is Beta(1, 2), Pr(p > 0.3) = 0.7 x 0.7."""
    rule = ToxicityRule(share=0.3, certainty=0.4, prior=(1, 1))
    found = judge_toxicity(0, 1, rule)
    assert found.chance.value == pytest.approx(0.49) and found.stop is True and found.limit == 0


def test_the_chance_of_success_is_certain_at_the_end_and_averages_before() -> None:
    sure = chance_above(10, 54, 0.10).value
    assert sure is not None
    assert chance_of_success(10, 54, 54, 0.10, 0.90).value == float(sure > 0.90)
    rng = np.random.default_rng(7)
    shares = rng.beta(0.1 + 5, 0.9 + 25, 200_000)
    totals = 5 + rng.binomial(24, shares)
    wins = np.array([(chance_above(k, 54, 0.10).value or 0) > 0.90 for k in range(55)])
    found = chance_of_success(5, 30, 54, 0.10, 0.90)
    assert found.value == pytest.approx(wins[totals].mean(), abs=0.006)

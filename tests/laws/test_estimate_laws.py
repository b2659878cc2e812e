"""Laws of shares, comparisons, logistic models and interim bounds, whatever the counts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from milepost.core.alpha_spending import SPENDING, Rule, spent
from milepost.core.bayesian_monitoring import chance_above, toxicity_limit
from milepost.core.interim_analysis import boundaries
from milepost.core.interim_outlook import conditional_power
from milepost.core.limits import Estimate
from milepost.core.predictors import INTERCEPT, fit_firth, fit_logistic
from milepost.core.proportions import clopper_pearson, difference, odds_ratio, risk_ratio, wilson
from milepost.core.sequential_recursion import crossing
from milepost.core.two_by_two import chi_square, conditional_odds_ratio, fisher


@st.composite
def arm(draw: st.DrawFn, most: int = 60) -> tuple[int, int]:
    n = draw(st.integers(1, most))
    return draw(st.integers(0, n)), n


methods = st.sampled_from(["newcombe", "newcombe_corrected", "miettinen_nurminen", "mee", "wald"])
levels = st.sampled_from([0.8, 0.9, 0.95, 0.99])


def numbers(found: Estimate) -> tuple[float, float, float]:
    assert found.value is not None and found.lo is not None and found.hi is not None
    return found.value, found.lo, found.hi


@given(arm(), levels)
def test_a_share_lies_within_its_limits_and_they_within_zero_and_one(
    one: tuple[int, int], level: float
) -> None:
    for found in (clopper_pearson(*one, level=level), wilson(*one, level=level)):
        value, lo, hi = numbers(found)
        assert 0 <= lo <= value <= hi <= 1


@given(arm(), levels)
def test_patients_without_the_event_are_the_mirror(one: tuple[int, int], level: float) -> None:
    events, n = one
    for make in (clopper_pearson, wilson):
        value, lo, hi = numbers(make(events, n, level=level))
        assert numbers(make(n - events, n, level=level)) == pytest.approx(
            (1 - value, 1 - hi, 1 - lo), abs=1e-10
        )


@given(arm(), levels)
def test_one_more_event_moves_both_limits_up(one: tuple[int, int], level: float) -> None:
    events, n = one
    assume(events < n)
    for make in (clopper_pearson, wilson):
        _, lo, hi = numbers(make(events, n, level=level))
        _, lo_more, hi_more = numbers(make(events + 1, n, level=level))
        assert lo < lo_more and hi < hi_more


@given(arm())
def test_a_higher_level_gives_wider_limits_and_the_correction_too(one: tuple[int, int]) -> None:
    for make in (clopper_pearson, wilson):
        _, lo, hi = numbers(make(*one, level=0.9))
        _, lo_wide, hi_wide = numbers(make(*one, level=0.99))
        assert lo_wide <= lo and hi <= hi_wide
    _, lo, hi = numbers(wilson(*one))
    _, lo_wide, hi_wide = numbers(wilson(*one, corrected=True))
    assert lo_wide <= lo and hi <= hi_wide


@pytest.mark.parametrize("n", [1, 7, 22, 54])
def test_exact_limits_cover_every_true_share_at_least_as_often_as_they_say(n: int) -> None:
    limits = [numbers(clopper_pearson(events, n)) for events in range(n + 1)]
    for true in np.linspace(0.001, 0.999, 199):
        covered = sum(
            binom.pmf(events, n, true)
            for events in range(n + 1)
            if limits[events][1] <= true <= limits[events][2]
        )
        assert covered >= 0.95 - 1e-12


@given(arm(), arm(), methods, levels)
def test_exchanging_the_arms_turns_the_difference_round(
    one: tuple[int, int], two: tuple[int, int], method: str, level: float
) -> None:
    value, lo, hi = numbers(difference(*one, *two, method=method, level=level))  # type: ignore[arg-type]
    turned = numbers(difference(*two, *one, method=method, level=level))  # type: ignore[arg-type]
    assert turned == pytest.approx((-value, -hi, -lo), abs=1e-9)
    assert -1 <= lo <= value + 1e-12 and value - 1e-12 <= hi <= 1


@given(arm(), arm(), st.sampled_from(["newcombe", "miettinen_nurminen"]))
def test_counting_those_without_the_event_turns_the_difference_round(
    one: tuple[int, int], two: tuple[int, int], method: str
) -> None:
    (x1, n1), (x2, n2) = one, two
    value, lo, hi = numbers(difference(x1, n1, x2, n2, method=method))  # type: ignore[arg-type]
    turned = numbers(difference(n1 - x1, n1, n2 - x2, n2, method=method))  # type: ignore[arg-type]
    assert turned == pytest.approx((-value, -hi, -lo), abs=1e-9)


@pytest.mark.parametrize("shares", [(0.5, 0.3), (0.2, 0.2), (0.9, 0.6)])
@pytest.mark.parametrize("method", ["newcombe", "miettinen_nurminen"])
def test_limits_of_a_difference_cover_about_as_often_as_they_say(
    shares: tuple[float, float], method: str
) -> None:
    """All tables of 30 and 40 patients, weighed by their chance: within two percent points of 95 %."""
    n1, n2, covered = 30, 40, 0.0
    first, second = binom.pmf(range(n1 + 1), n1, shares[0]), binom.pmf(range(n2 + 1), n2, shares[1])
    for x1 in range(n1 + 1):
        for x2 in range(n2 + 1):
            if first[x1] * second[x2] > 1e-9:
                _, lo, hi = numbers(difference(x1, n1, x2, n2, method=method))  # type: ignore[arg-type]
                covered += first[x1] * second[x2] * (lo <= shares[0] - shares[1] <= hi)
    assert covered == pytest.approx(0.95, abs=0.02)


@given(arm(), arm())
def test_ratios_of_exchanged_arms_are_inverse(one: tuple[int, int], two: tuple[int, int]) -> None:
    for ratio in (risk_ratio, odds_ratio, conditional_odds_ratio):
        there, back = ratio(*one, *two), ratio(*two, *one)
        assert (there.value is None) == (back.value is None) == (there.reason is not None)
        if there.value is None or there.value in (0, math.inf):
            continue
        value, lo, hi = numbers(there)
        assert lo <= value <= hi
        assert numbers(back) == pytest.approx(
            (1 / value, 1 / hi if hi < math.inf else 0, 1 / lo if lo else math.inf), rel=1e-6
        )


@given(arm(), arm())
def test_a_p_value_does_not_depend_on_the_order_of_arms_or_outcomes(
    one: tuple[int, int], two: tuple[int, int]
) -> None:
    (x1, n1), (x2, n2) = one, two
    for test in (fisher, chi_square):
        found = [test(x1, n1, x2, n2), test(x2, n2, x1, n1), test(n1 - x1, n1, n2 - x2, n2)]
        ps = [each.p for each in found if each.p is not None]
        assert len(ps) in (0, 3)
        assert all(0 <= p <= 1 and p == pytest.approx(ps[0], rel=1e-7) for p in ps)
    plain, corrected = chi_square(x1, n1, x2, n2).p, chi_square(x1, n1, x2, n2, corrected=True).p
    if plain is not None and corrected is not None:
        assert plain <= corrected + 1e-12


@given(arm(), arm())
def test_the_exact_odds_ratio_excludes_one_just_when_a_one_sided_test_is_under_half_the_error(
    one: tuple[int, int], two: tuple[int, int]
) -> None:
    found = conditional_odds_ratio(*one, *two)
    above, below = fisher(*one, *two, alternative="greater").p, fisher(*one, *two, alternative="less").p
    assert found.lo is not None and found.hi is not None and above is not None and below is not None
    assume(min(abs(above - 0.025), abs(below - 0.025)) > 1e-9)
    assert (found.lo > 1) == (above < 0.025) and (found.hi < 1) == (below < 0.025)


@settings(deadline=None, max_examples=60)
@given(arm(25), arm(25))
def test_a_model_with_one_sign_is_the_two_by_two_table(
    with_sign: tuple[int, int], without: tuple[int, int]
) -> None:
    """Full cells: the odds ratio of the table and Woolf's error; an empty cell: separation. Firth: a half in each."""
    (a, n1), (c, n2) = with_sign, without
    b, d = n1 - a, n2 - c
    outcome, sign = [1] * a + [0] * b + [1] * c + [0] * d, [1] * n1 + [0] * n2
    assume(0 < a + c < n1 + n2)
    found = fit_logistic(outcome, {"sign": sign})
    if 0 in (a, b, c, d):
        assert found.reason is not None and "separation" in found.reason
        assert ("complete" in found.reason) == (0 in (a, b) and 0 in (c, d))
    else:
        term, table = found.term("sign"), odds_ratio(a, n1, c, n2)
        assert numbers(term.odds_ratio) == pytest.approx(numbers(table), rel=1e-8)
        profile = numbers(term.odds_ratio_profile)
        assert profile[1] < profile[0] < profile[2]
        # the profile limits leave out 1 just when the likelihood-ratio test does
        assert term.likelihood_ratio.p is not None
        if abs(term.likelihood_ratio.p - 0.05) > 1e-7:
            assert (profile[1] > 1 or profile[2] < 1) == (term.likelihood_ratio.p < 0.05)
    firth = fit_firth(outcome, {"sign": sign})
    expected = (a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5))
    assert firth.term("sign").odds_ratio.value == pytest.approx(expected, rel=1e-6)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.floats(0.01, 1000), st.floats(-50, 50))
def test_units_of_a_predictor_change_nothing_but_its_own_coefficient(
    seed: int, scale: float, shift: float
) -> None:
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=80), rng.integers(0, 2, 80)
    y = rng.random(80) < 1 / (1 + np.exp(-0.5 * x))
    assume(0 < y.sum() < 80)
    one, other = fit_logistic(y, {"x": x, "z": z}), fit_logistic(y, {"x": x * scale + shift, "z": z})
    assume(one.reason is None)
    assert one.loglik == pytest.approx(other.loglik, rel=1e-9)
    value, moved = one.term("x").coefficient.value, other.term("x").coefficient.value
    assert (
        value is not None and moved is not None and moved * scale == pytest.approx(value, rel=1e-5, abs=1e-7)
    )
    assert numbers(one.term("z").coefficient) == pytest.approx(
        numbers(other.term("z").coefficient), rel=1e-5, abs=1e-6
    )
    assert one.term(INTERCEPT).name == INTERCEPT


@given(st.sampled_from(list(SPENDING)), st.floats(0.01, 1.3), st.floats(0.01, 1.3), st.floats(0.001, 0.1))
def test_more_information_never_spends_less_and_never_more_than_all(
    rule: Rule, one: float, other: float, error: float
) -> None:
    early, late = sorted((one, other))
    assert 0 <= spent(rule, early, error) <= spent(rule, late, error) * (1 + 1e-12)
    assert spent(rule, late, error) <= error * (1 + 1e-12)
    assert spent(rule, 1.0, error) == error


looks = st.lists(st.integers(10, 130), min_size=1, max_size=6, unique=True).map(
    lambda percents: tuple(percent / 100 for percent in sorted(percents))
)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([*SPENDING, "haybittle_peto"]),
    looks,
    st.sampled_from([0.005, 0.025, 0.05]),
    st.sampled_from([1, 2]),
)
def test_the_bounds_hold_the_error_at_whatever_information_comes(
    rule: Rule, fractions: tuple[float, ...], alpha: float, sided: int
) -> None:
    found = boundaries(rule, fractions, alpha=alpha, sided=sided, last=True)
    bounds = list(found.bounds)
    above, below = crossing(fractions, bounds, lower=[-z for z in bounds] if sided == 2 else None)
    total = above[-1] + below[-1]
    assert total == pytest.approx(alpha, abs=1e-8) or (rule == "haybittle_peto" and math.isinf(bounds[-1]))
    errors = [look.error for look in found.looks]
    assert errors == pytest.approx([a + b for a, b in zip(above, below, strict=True)], abs=1e-8)
    assert all(look.bound is not None or look.reason is not None for look in found.looks)


@settings(deadline=None, max_examples=40)
@given(looks, st.floats(-1, 5))
def test_chances_of_crossing_grow_from_look_to_look_and_with_the_drift(
    fractions: tuple[float, ...], drift: float
) -> None:
    bounds = boundaries("pocock_spending", fractions, last=True).bounds
    assume(not any(math.isinf(z) for z in bounds))
    less, more = (
        crossing(fractions, bounds, drift=drift)[0],
        crossing(fractions, bounds, drift=drift + 0.5)[0],
    )
    assert all(a <= b + 1e-12 for a, b in zip(less, less[1:], strict=False))
    assert all(a < b for a, b in zip(less, more, strict=True)) and more[-1] <= 1 + 1e-9


@given(st.floats(-3, 4), st.floats(0.05, 0.95), st.floats(1.5, 2.5), st.floats(-1, 4))
def test_conditional_power_is_its_formula_and_grows_with_z(
    z: float, t: float, final_z: float, drift: float
) -> None:
    found, more = (conditional_power(at, t, final_z=final_z, drift=drift).value for at in (z, z + 0.1))
    formula = 0.5 * math.erfc(
        (final_z - z * math.sqrt(t) - drift * (1 - t)) / math.sqrt(1 - t) / math.sqrt(2)
    )
    assert found == pytest.approx(formula, abs=1e-12)
    assert found is not None and more is not None and found <= more


@given(arm(), st.floats(0.05, 0.95))
def test_one_more_event_makes_a_high_share_surer(one: tuple[int, int], share: float) -> None:
    events, n = one
    assume(events < n)
    fewer, more = chance_above(events, n, share).value, chance_above(events + 1, n, share).value
    assert fewer is not None and more is not None and fewer <= more


@given(st.integers(2, 80))
def test_the_toxicity_limit_never_falls_and_rises_by_one_at_most(n: int) -> None:
    now, then = toxicity_limit(n), toxicity_limit(n + 1)
    assert now is not None and then is not None and 0 <= then - now <= 1

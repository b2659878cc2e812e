"""Propensity scores, weights and balance against R's glm, coxph and survfit, and by hand.

`lung.csv`, women (sex 2) against men, on age, ECOG (0, 1, 2 or more: labels), weight loss and age 65 or over. Made with
R 4.2.2 and survival 3.5-3: glm (binomial), stabilised weights, coxph(weights=, robust=TRUE), survfit(weights=). Balance
by the formulas of Austin and Stuart 2015 written in R (weighted mean, weighted unbiased variance).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from milepost.core.propensity import TOLD_APART, Propensity, compare_weighted, fit_propensity
from milepost.core.survival_estimate import GROUP_EMPTY, NO_PATIENTS
from milepost.core.survival_weighted import weighted_kaplan_meier
from milepost.errors import DataProblem

DATA = Path(__file__).parent / "data"
LUNG = pd.read_csv(DATA / "lung.csv")
DEATH = LUNG["status"].eq(2)
ECOG = LUNG["ph.ecog"].map({0: "0", 1: "1", 2: "2+", 3: "2+"})
COVARIATES = {"age": LUNG["age"], "ECOG": ECOG, "wt.loss": LUNG["wt.loss"], "65 or over": LUNG["age"].ge(65)}
FITTED = fit_propensity(LUNG["sex"], COVARIATES, reference=1, comparison=2)
WOMEN = LUNG["sex"].eq(2)


def of(group: list[Any], **covariates: Any) -> Propensity:
    return fit_propensity(group, covariates, reference="A", comparison="B")


def test_scores_and_weights_are_those_of_r() -> None:
    assert (FITTED.n, FITTED.left_out, FITTED.reason) == (213, 15, None)
    used = np.isfinite(FITTED.score)
    assert used.sum() == 213 and (np.isfinite(FITTED.weights) == used).all()
    score, weights = FITTED.score[used], FITTED.weights[used]
    assert score[:3] == pytest.approx([0.30485807397535, 0.42518948689382, 0.42956252570386], rel=1e-6)
    assert weights[:3] == pytest.approx([0.85773006796637, 1.0372881460247, 1.0452401153888], rel=1e-6)
    assert (score.min(), score.max()) == pytest.approx((0.18914271495719, 0.66309082957792), rel=1e-6)
    assert FITTED.largest_weight == pytest.approx(1.7697474090967, rel=1e-6)
    assert FITTED.effective == pytest.approx((123.41657765913, 81.808238199096), rel=1e-6)
    assert FITTED.extreme == 0 and FITTED.note is None


# covariate, level: women and men before, standardised difference; women and men after, difference
BALANCE = {
    ("age", None): (61.093023255814, 63.456692913386, -0.25888652313393,
                    62.183102588169, 62.329128498104, -0.015827183305739),
    ("ECOG", "0"): (0.30232558139535, 0.2755905511811, 0.059007144287329,
                    0.27970641504202, 0.28493877234377, -0.011624312418154),
    ("ECOG", "1"): (0.47674418604651, 0.51181102362205, -0.070181438163697,
                    0.49732672444069, 0.4964023378455, 0.0018488103325784),
    ("ECOG", "2+"): (0.22093023255814, 0.21259842519685, 0.020221868467445,
                     0.22296686051729, 0.21865888981074, 0.010385933009919),
    ("wt.loss", None): (7.7674418604651, 11.055118110236, -0.25211226856893,
                        9.9385059244265, 9.8019945220258, 0.010169951917291),
    ("65 or over", None): (0.37209302325581, 0.49606299212598, -0.25210266144969,
                           0.4270831191679, 0.43918628925021, -0.024427560702257),
}  # fmt: skip


def test_the_balance_before_and_after_is_that_of_the_published_formulas() -> None:
    assert [(row.covariate, row.level) for row in FITTED.balance] == list(BALANCE)
    for row, expected in zip(FITTED.balance, BALANCE.values(), strict=True):
        found = (
            row.comparison,
            row.reference,
            row.before,
            row.comparison_weighted,
            row.reference_weighted,
            row.after,
        )
        assert found == pytest.approx(expected, rel=1e-5, abs=1e-8)
    assert FITTED.balanced is True


def test_the_weighted_ratio_and_its_robust_error_are_those_of_r() -> None:
    fit = compare_weighted(LUNG["time"], DEATH, LUNG["sex"], FITTED, reference=1, comparison=2)
    term = fit.term("2")
    assert (fit.n, fit.left_out, fit.robust) == (213, 15, True)
    assert (term.coef, term.se) == pytest.approx((-0.5334288762656, 0.17207483915843), rel=1e-7)
    ratio = term.hazard_ratio
    assert (ratio.value, ratio.lo, ratio.hi) == pytest.approx(
        (0.58659017228752, 0.41866283879828, 0.82187382862057), rel=1e-7
    )


def test_the_weighted_curves_are_those_of_r() -> None:
    expected = {
        False: (
            [0.85819482684401, 0.67979824564182, 0.36590880622655, 0.089657509759528],
            285,
            127.257017591996,
        ),
        True: (
            [0.91892495046986, 0.86312928166778, 0.57499626193521, 0.207247177956461],
            444,
            85.633270236852,
        ),
    }
    for women, (survival, middle, start) in expected.items():
        rows = WOMEN == women
        curve = weighted_kaplan_meier(LUNG["time"][rows], DEATH[rows], FITTED.weights[rows])
        assert [curve.at(day) for day in (100, 180, 365, 730)] == pytest.approx(survival, rel=1e-6)
        assert curve.median == middle
        assert curve.at_risk[0] == pytest.approx(start, rel=1e-6)
        assert curve.at(0) == 1.0 and curve.n + curve.left_out == rows.sum()


def test_weights_of_one_give_the_plain_curve_and_a_curve_without_patients_has_no_number() -> None:
    """2, 4+, 6, 8: three of four, then half of that, then nobody."""
    curve = weighted_kaplan_meier([2, 4, 6, 8, 9], [1, 0, 1, 1, 1], [1, 1, 1, 1, 0])
    assert curve.survival.tolist() == pytest.approx([0.75, 0.75, 0.375, 0])
    assert (curve.n, curve.n_events, curve.left_out, curve.median) == (4, 3, 1, 6)
    empty = weighted_kaplan_meier([], [], [])
    assert (empty.n, empty.median, empty.at(30)) == (0, None, None)
    with pytest.raises(DataProblem, match="weight is negative"):
        weighted_kaplan_meier([1], [1], [-1])


def test_with_one_binary_covariate_the_weights_are_known_without_a_fit() -> None:
    """Of 8 with the sign 6 are in B, of 8 without it 2. Score 3/4 and 1/4; half of all are in B, so weights 2/3 and 2.
    Weighted, a half of either group has the sign: (6 x 2/3) / (6 x 2/3 + 2 x 2)."""
    group = ["B"] * 6 + ["A"] * 2 + ["B"] * 2 + ["A"] * 6
    sign = [1] * 8 + [0] * 8
    found = of(group, sign=sign)
    assert found.score == pytest.approx([0.75] * 8 + [0.25] * 8, rel=1e-9)
    assert found.weights == pytest.approx([2 / 3] * 6 + [2] * 2 + [2] * 2 + [2 / 3] * 6, rel=1e-9)
    (row,) = found.balance
    assert (row.comparison, row.reference) == (0.75, 0.25)
    assert row.before == pytest.approx(0.5 / np.sqrt(0.1875))
    assert (row.comparison_weighted, row.reference_weighted) == pytest.approx((0.5, 0.5))
    assert row.after == pytest.approx(0, abs=1e-9)
    # Kish: (6 x 2/3 + 2 x 2)^2 / (6 x 4/9 + 2 x 4) = 64 / (32/3)
    assert found.effective == pytest.approx((6, 6))


def test_labels_of_two_kinds_and_truth_values_are_one_line_and_a_constant_changes_nothing() -> None:
    group = ["B"] * 6 + ["A"] * 2 + ["B"] * 2 + ["A"] * 6
    told = ["yes"] * 8 + ["no"] * 8
    found = of(group, sign=told, same=[7] * 16, also=[value == "yes" for value in told])
    assert [(row.covariate, row.level) for row in found.balance] == [
        ("sign", "yes"),
        ("same", None),
        ("also", None),
    ]
    assert found.score == pytest.approx([0.75] * 8 + [0.25] * 8, rel=1e-9)
    assert found.balance[1].before == found.balance[1].after == 0


@pytest.mark.parametrize(
    ("group", "covariates", "reason"),
    [
        ([], {"x": []}, NO_PATIENTS),
        (["A", "B"], {"x": [None, None]}, NO_PATIENTS),
        (["A", "A", "C"], {"x": [1, 2, 3]}, GROUP_EMPTY),
        (["A", "A", "B", "B"], {"x": [1, 2, 3, 4]}, TOLD_APART),
        (["A", "A", "A", "B", "B"], {"x": ["p", "p", "q", "q", "r"]}, TOLD_APART),
    ],
)
def test_where_there_is_no_score_the_weighted_ratio_gives_the_reason(
    group: list[Any], covariates: dict[str, Any], reason: str
) -> None:
    found = of(group, **covariates)
    assert found.reason == reason and found.balance == () and found.effective is None
    assert found.balanced is None and found.note is None and np.isnan(found.weights).all()
    fit = compare_weighted(
        np.arange(1, len(group) + 1), np.ones(len(group)), group, found, reference="A", comparison="B"
    )
    assert fit.reason == reason and fit.term("B").hazard_ratio.value is None


def test_a_patient_with_a_gap_is_left_out_and_counted_and_one_of_no_group_is_not() -> None:
    found = of(["A", "B", "A", "B", "A", None, "C"], x=[1, 1, 2, 2, None, 1, 1])
    assert (found.n, found.left_out) == (4, 1)
    assert np.isnan(found.weights[4:]).all()


def test_scores_near_nought_or_one_are_told_with_the_largest_weight() -> None:
    """One of 41 without the sign is in B: score 1/41, weight (2/42) x 41. Of two with it one is: score 1/2."""
    found = of(["A"] * 40 + ["B", "A", "B"], sign=[0] * 41 + [1, 1])
    assert found.extreme == 41
    assert found.largest_weight == pytest.approx(2 / 43 * 41, rel=1e-6)
    assert found.note == (
        "41 patients have a score below 0.05 or above 0.95: hardly anybody like them is in the other group "
        "(largest weight 1.9)"
    )


def test_a_group_of_one_patient_has_no_standardised_difference_of_a_number() -> None:
    found = of(["A", "A", "A", "B"], x=[1, 2, 3, 2])
    (row,) = found.balance
    assert (row.before, row.after, found.balanced) == (None, None, None)

"""Logistic regression and predictive values, against R and against closed forms.

The numbers were made with R 4.2.2 (glm; profile limits by MASS 7.3-58.2). The files `logistic_pbc_response.csv`,
`logistic_separation.csv` and `logistic.json` are reference cases of the project. Tolerance: relatively 1e-6. R reads
its profile limits off a spline, so those are held to 2e-4 of it, and closely to their definition.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from milepost.core.predictors import INTERCEPT, LogisticModel, fit_firth, fit_logistic, foretell, foretell_by

DATA = Path(__file__).parent / "data"
CASES: dict[str, dict[str, Any]] = json.loads((DATA / "logistic.json").read_text(encoding="utf-8"))
RESPONSE = pd.read_csv(DATA / "logistic_pbc_response.csv")
SEPARATED = pd.read_csv(DATA / "logistic_separation.csv")
MODELS = {"M1_trt_only": ["trt"], "M2_adjusted": ["trt", "age10", "female", "logbili", "albumin"]}
FITTED = {name: fit_logistic(RESPONSE["resp"], RESPONSE[columns]) for name, columns in MODELS.items()}

terms = pytest.mark.parametrize(
    ("model", "name"), [(model, name) for model in MODELS for name in CASES[model]["terms"]]
)


def test_every_case_of_the_reference_is_here() -> None:
    assert set(CASES) == {*MODELS, "M6_complete_separation", "_provenance"}
    for model, columns in MODELS.items():
        assert list(CASES[model]["terms"]) == [INTERCEPT, *columns]


@pytest.mark.parametrize("model", MODELS)
def test_the_model_as_a_whole(model: str) -> None:
    expected, found = CASES[model], FITTED[model]
    assert (found.n, found.events, found.dropped) == (
        expected["n"], expected["n_events"], expected["n_dropped_missing"],
    )  # fmt: skip
    assert found.deviance == pytest.approx(expected["deviance"], rel=1e-9)
    assert found.null_deviance == pytest.approx(expected["null_deviance"], rel=1e-9)
    assert found.loglik == pytest.approx(expected["loglik"], rel=1e-9)
    assert found.aic == pytest.approx(expected["aic"], rel=1e-9)
    assert found.reason is None and expected["converged"]
    test = found.likelihood_ratio
    assert test.statistic == pytest.approx(expected["null_deviance"] - expected["deviance"], rel=1e-8)
    assert test.df == len(MODELS[model])


@terms
def test_each_coefficient_its_error_and_its_wald_test(model: str, name: str) -> None:
    expected, found = CASES[model]["terms"][name], FITTED[model].term(name)
    assert found.coefficient.value == pytest.approx(expected["coef"], rel=1e-6)
    assert found.se == pytest.approx(expected["se"], rel=1e-6)
    assert found.wald.statistic == pytest.approx(expected["z"], rel=1e-6)
    assert found.wald.p == pytest.approx(expected["p_wald"], rel=1e-6)
    ratio = found.odds_ratio
    assert (ratio.value, ratio.lo, ratio.hi) == pytest.approx(
        (expected["or"], expected["or_wald_lo"], expected["or_wald_hi"]), rel=1e-6
    )
    low, high = found.coefficient.lo, found.coefficient.hi
    assert low is not None and high is not None
    assert (math.exp(low), math.exp(high)) == pytest.approx((ratio.lo, ratio.hi), rel=1e-12)


@terms
def test_the_profile_limits_and_the_test_without_the_predictor(model: str, name: str) -> None:
    expected, found = CASES[model]["terms"][name], FITTED[model].term(name)
    profile = found.odds_ratio_profile
    assert (profile.lo, profile.hi) == pytest.approx(
        (expected["or_profile_lo"], expected["or_profile_hi"]), rel=2e-4
    )
    dropped = CASES[model]["drop1_lrt"].get(name)
    if dropped is None:
        assert name == INTERCEPT  # which R does not drop
        return
    assert found.likelihood_ratio.df == dropped["df"]
    assert found.likelihood_ratio.statistic == pytest.approx(dropped["chisq"], rel=1e-6)
    assert found.likelihood_ratio.p == pytest.approx(dropped["p"], rel=1e-6)


@pytest.mark.parametrize("name", ["trt", "female", "albumin"])
def test_at_a_profile_limit_the_best_of_the_rest_has_lost_just_the_quantile(name: str) -> None:
    """Maximised by a general optimiser that knows nothing of the module: 2 x loss = 3.841459."""
    columns = MODELS["M2_adjusted"]
    design = np.column_stack([np.ones(len(RESPONSE)), RESPONSE[columns].to_numpy(float)])
    y, place = RESPONSE["resp"].to_numpy(float), 1 + columns.index(name)
    others = np.delete(np.arange(design.shape[1]), place)
    found = FITTED["M2_adjusted"]
    start = np.array([found.term(term).coefficient.value for term in [INTERCEPT, *columns]])[others]
    for limit in (found.term(name).odds_ratio_profile.lo, found.term(name).odds_ratio_profile.hi):
        assert limit is not None

        def loss(free: np.ndarray, held: float = math.log(limit)) -> float:
            eta = design[:, others] @ free + held * design[:, place]
            return float(np.logaddexp(0, eta).sum() - y @ eta)

        best = minimize(loss, start, method="BFGS", options={"gtol": 1e-9})
        assert found.loglik is not None
        assert 2 * (best.fun + found.loglik) == pytest.approx(3.841458820694124, abs=1e-6)


def assert_no_number(found: LogisticModel, words: str) -> None:
    assert found.reason is not None and words in found.reason
    assert (found.loglik, found.aic, found.likelihood_ratio.p) == (None, None, None)
    for term in found.terms:
        for estimate in (term.coefficient, term.odds_ratio, term.odds_ratio_profile):
            assert (estimate.value, estimate.lo, estimate.hi) == (None, None, None)
            assert estimate.reason == found.reason
        assert (term.se, term.wald.p, term.likelihood_ratio.p) == (None, None, None)


def test_complete_separation_is_not_estimable_and_offers_the_penalised_model() -> None:
    assert CASES["M6_complete_separation"]["expected"].startswith("NOT_ESTIMABLE")
    found = fit_logistic(SEPARATED["y"], SEPARATED[["x"]])
    assert_no_number(found, "not estimable: complete separation")
    assert found.reason is not None and found.reason.endswith(
        "Firth's penalised regression can be used instead"
    )
    assert fit_logistic(SEPARATED["y"], SEPARATED[["z"]]).reason is None


def test_firth_gives_the_separated_case_the_odds_ratio_of_the_table_with_halves_added() -> None:
    """x 1: 5 of 5, x 0: 0 of 7. A half in every cell: (5.5 x 7.5) / (0.5 x 0.5) = 165."""
    found = fit_firth(SEPARATED["y"], SEPARATED[["x"]])
    term = found.term("x")
    assert term.odds_ratio.value == pytest.approx(165, rel=1e-8)
    assert found.term(INTERCEPT).odds_ratio.value == pytest.approx(0.5 / 7.5, rel=1e-8)
    profile = term.odds_ratio_profile
    assert profile.lo is not None and profile.hi is not None
    assert 1 < profile.lo < 165 < profile.hi < math.inf
    assert term.likelihood_ratio.p is not None and term.likelihood_ratio.p < 0.001


def penalised(beta: np.ndarray, design: np.ndarray, y: np.ndarray) -> float:
    eta = design @ beta
    fitted = 1 / (1 + np.exp(-eta))
    information = (design.T * (fitted * (1 - fitted))) @ design
    return float(y @ eta - np.logaddexp(0, eta).sum() + 0.5 * np.linalg.slogdet(information)[1])


@pytest.mark.parametrize("data", ["adjusted", "separated"])
def test_firth_is_the_highest_point_of_the_penalised_likelihood(data: str) -> None:
    frame, outcome, columns = (
        (RESPONSE, "resp", MODELS["M2_adjusted"]) if data == "adjusted" else (SEPARATED, "y", ["x", "z"])
    )
    found = fit_firth(frame[outcome], frame[columns])
    design = np.column_stack([np.ones(len(frame)), frame[columns].to_numpy(float)])
    y = frame[outcome].to_numpy(float)
    mine = np.array([term.coefficient.value for term in found.terms], dtype=float)
    best = minimize(
        lambda beta: -penalised(beta, design, y), mine + 0.05, method="Nelder-Mead",
        options={"maxiter": 60000, "maxfev": 60000, "xatol": 1e-9, "fatol": 1e-13, "adaptive": True},
    )  # fmt: skip
    assert penalised(mine, design, y) >= -best.fun - 1e-10
    assert found.loglik == pytest.approx(-best.fun, abs=1e-8)
    assert mine == pytest.approx(best.x, abs=1e-4)
    for place, term in enumerate(found.terms[1:], start=1):
        others = np.delete(np.arange(design.shape[1]), place)
        for limit in (term.odds_ratio_profile.lo, term.odds_ratio_profile.hi):
            assert limit is not None

            def loss(free: np.ndarray, at: int = place, held: float = math.log(limit)) -> float:
                return -penalised(np.insert(free, at, held), design, y)

            rest = minimize(loss, mine[others], method="BFGS", options={"gtol": 1e-7})
            assert found.loglik is not None
            assert 2 * (found.loglik + rest.fun) == pytest.approx(3.841458820694124, abs=1e-5)


@pytest.mark.parametrize("seed", range(20))
def test_profile_limits_are_found_with_hardly_any_event(seed: int) -> None:
    """Two events in sixty, predictors of very different size: every limit is a number and stands on its own side."""
    rng = np.random.default_rng(seed)
    x, z, w = 30 * rng.normal(size=60), rng.normal(size=60), 0.1 * rng.integers(0, 2, 60)
    outcome = np.zeros(60)
    outcome[:2] = 1
    for term in fit_firth(outcome, {"x": x, "z": z, "w": w}).terms:
        found = term.odds_ratio_profile
        assert (
            found.reason is None and found.value is not None and found.lo is not None and found.hi is not None
        )
        assert found.lo < found.value < found.hi


def test_partial_separation_is_found_where_a_cell_of_a_group_is_empty() -> None:
    """3 of 3 with the sign respond, 2 of 5 without it: the odds ratio is infinite, the intercept is not."""
    outcome, sign = [1, 1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0, 0, 0]
    assert_no_number(fit_logistic(outcome, {"sign": sign}), "partial separation")
    found = fit_firth(outcome, {"sign": sign}).term("sign")
    assert found.odds_ratio.value == pytest.approx(3.5 * 3.5 / (0.5 * 2.5), rel=1e-8)


def test_separation_by_two_predictors_together_is_found() -> None:
    """Neither predictor tells the outcomes apart alone, their sum does."""
    a, b = [0, 1, 2, 3, 0, 1, 2, 3], [2, 1, 0, -1, 3, 2, 1, 0]
    outcome = [0, 0, 0, 0, 1, 1, 1, 1]
    assert_no_number(fit_logistic(outcome, {"a": a, "b": b}), "complete separation")
    assert fit_logistic(outcome, {"a": a}).reason is None


def test_separation_hides_behind_no_large_number() -> None:
    """Days counted from long ago, one day apart."""
    day = np.array([2460000.0, 2460001, 2460002, 2460003, 2460004, 2460005])
    assert_no_number(fit_logistic([0, 0, 0, 1, 1, 1], {"day": day}), "separation")


@pytest.mark.parametrize(
    ("outcome", "predictors", "words"),
    [
        ([0, 0, 0, 0], {"x": [1, 2, 3, 4]}, "nobody has the outcome"),
        ([1, 1, 1, 1], {"x": [1, 2, 3, 4]}, "everybody has the outcome"),
        ([0, 1, 0, 1], {"x": [2, 2, 2, 2]}, "constant, or told by the other predictors: x"),
        ([0, 1, 0, 1], {"x": [1, 2, 3, 4], "y": [3, 5, 7, 9]}, "told by the other predictors: y"),
        ([0, 1], {"x": [1, 2], "y": [1, 3]}, "told by the other predictors: y"),
        ([None, 1], {"x": [1, None]}, "no patient without a gap"),
        ([], {"x": []}, "no patient without a gap"),
    ],
)
def test_what_cannot_be_estimated_says_why(outcome: Any, predictors: Any, words: str) -> None:
    for fit in (fit_logistic, fit_firth):
        assert_no_number(fit(outcome, predictors), words)


def test_rows_with_a_gap_are_dropped_and_counted() -> None:
    whole = fit_logistic([0, 1, 0, 1, 1, 0], {"x": [1, 2, 3, 4, 2, 2]})
    gaps = fit_logistic([0, 1, None, 0, 1, 1, 0, 1], {"x": [1, 2, 5, 3, 4, 2, 2, None]})
    assert (gaps.n, gaps.dropped, whole.dropped) == (6, 2, 0)
    assert gaps.term("x") == whole.term("x")
    truths = fit_logistic([False, True, pd.NA, False, True, True, False], {"x": [1, 2, 5, 3, 4, 2, 2]})
    assert truths.term("x") == whole.term("x")


def test_words_and_other_numbers_are_no_outcome() -> None:
    with pytest.raises(ValueError, match="outcome: only 0 and 1"):
        fit_logistic([0, 1, 2], {"x": [1, 2, 3]})
    with pytest.raises(ValueError, match="x: numbers"):
        fit_logistic([0, 1, 1], {"x": ["low", "high", "low"]})
    with pytest.raises(ValueError, match="different numbers of rows"):
        fit_logistic([0, 1, 1], {"x": [1, 2]})


def test_the_four_shares_of_a_two_by_two_table() -> None:
    """40 of 54 with disease control had the sign, 30 of 50 without it had not. Limits: R's binom.test of 5/30 and so on
    are checked with the shares; here that each share has its own patients."""
    found = foretell(40, 20, 14, 30)
    shares = (found.sensitivity, found.specificity, found.positive_value, found.negative_value)
    assert [share.n for share in shares] == [54, 50, 60, 44]
    assert [share.value for share in shares] == pytest.approx([40 / 54, 30 / 50, 40 / 60, 30 / 44])
    assert all(share.method == "exact (Clopper-Pearson)" for share in shares)


def test_shares_without_patients_are_none_and_the_others_stand() -> None:
    found = foretell(0, 0, 5, 25)
    assert found.positive_value.reason == "no patient" and found.positive_value.value is None
    assert found.sensitivity.value == 0 and found.specificity.value == 1
    # 5 of 30 and its limits of the reference case S03
    assert found.negative_value.hi == pytest.approx(1 - 0.0564216964680715, abs=1e-9)
    assert foretell(-1, 2, 3, 4).sensitivity.reason == "a count is below 0"


def test_a_sign_and_an_outcome_patient_by_patient() -> None:
    found = foretell_by([1, 1, 0, 0, None, 1], [True, False, True, False, True, None])
    counts = (found.true_positive, found.false_positive, found.false_negative, found.true_negative)
    assert counts == (1, 1, 1, 1) and found.dropped == 2

"""Subgroups and interaction tests against R: coxph, anova and glm on `lung.csv` and `logistic_pbc_response.csv`.

Made with R 4.2.2 and survival 3.5-3 (Efron); women (sex 2) against men (sex 1), by ECOG and by age. The counts by cell
are R's `table`. Likelihood ratios: twice the difference of the log-likelihoods of arm * level and arm + level.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from milepost.core.subgroups import FEW_EVENTS, ONE_LEVEL, Subgroups, subgroup_rates, subgroup_ratios
from milepost.core.survival_estimate import GROUP_EMPTY, NO_PATIENTS, SEPARATED

DATA = Path(__file__).parent / "data"
LUNG = pd.read_csv(DATA / "lung.csv")
AGE = np.where(LUNG["age"] >= 65, "65+", "<65")
RESPONSE = pd.read_csv(DATA / "logistic_pbc_response.csv")


def ratios(**options: Any) -> Subgroups:
    options.setdefault("levels", {"AGE": ("<65", "65+")})
    return subgroup_ratios(
        LUNG["time"], LUNG["status"].eq(2), LUNG["sex"], {"ECOG": LUNG["ph.ecog"], "AGE": AGE},
        reference=1, comparison=2, **options,
    )  # fmt: skip


def limits(estimate: Any) -> tuple[float | None, float | None, float | None]:
    return estimate.value, estimate.lo, estimate.hi


def test_the_ratio_of_each_level_is_that_of_r_on_its_patients() -> None:
    found = ratios(min_events=9)
    assert limits(found.overall.estimate) == pytest.approx(
        (0.58800281856359, 0.42371783035391, 0.81598481317139), rel=1e-8
    )
    ecog, age = found.factors
    assert [(row.level, row.reference.n, row.reference.events, row.comparison.n, row.comparison.events)
            for row in ecog.levels] == [
        (0, 36, 28, 27, 9), (1, 71, 54, 42, 28), (2, 29, 28, 21, 16), (3, 1, 1, 0, 0),
    ]  # fmt: skip
    assert ecog.left_out == 1 and age.left_out == 0
    expected = [
        (0.54061047167379, 0.25309377192429, 1.1547486129797),
        (0.53088040489039, 0.33348253884347, 0.84512372154174),
        (0.69504990508729, 0.37203283657955, 1.298526159689),
    ]
    for row, numbers in zip(ecog.levels, expected, strict=False):
        assert limits(row.estimate) == pytest.approx(numbers, rel=1e-8)
    assert limits(age.levels[1].estimate) == pytest.approx(
        (0.52586228481516, 0.3217000682581, 0.85959304916641), rel=1e-8
    )


def test_whether_the_effect_differs_between_levels_is_tested_as_by_r() -> None:
    ecog, age = ratios(min_events=9).factors
    assert (ecog.interaction.statistic, ecog.interaction.p) == pytest.approx(
        (0.56019885358205, 0.7557086000392), rel=1e-7
    )
    assert ecog.interaction.df == 2 and ecog.interaction.n == 226  # ECOG 3 takes no part
    assert (age.interaction.statistic, age.interaction.p) == pytest.approx(
        (0.308326873738, 0.57870870174646), rel=1e-7
    )


def test_a_level_with_nine_events_in_a_group_has_no_ratio_and_no_part_in_the_test() -> None:
    ecog = ratios().factors[0]
    assert [row.estimate.reason for row in ecog.levels] == [FEW_EVENTS, None, None, FEW_EVENTS]
    assert limits(ecog.levels[0].estimate) == (None, None, None)
    assert (ecog.interaction.df, ecog.interaction.n) == (1, 163)
    assert (ecog.interaction.statistic, ecog.interaction.p) == pytest.approx(
        (0.41773669872828, 0.51806855345107), rel=1e-7
    )


def test_strata_are_kept_in_every_model() -> None:
    """AGE within strata of ECOG; one patient has no ECOG, hence no stratum."""
    age = ratios(strata=LUNG["ph.ecog"]).factors[1]
    expected = [
        (0.70989248053322, 0.44566760782679, 1.1307694906861),
        (0.50707046537764, 0.30254479533471, 0.84985913102168),
    ]
    for row, numbers in zip(age.levels, expected, strict=True):
        assert limits(row.estimate) == pytest.approx(numbers, rel=1e-8)
    assert (age.interaction.statistic, age.interaction.p) == pytest.approx(
        (1.2610924344535, 0.26144440891982), rel=1e-7
    )


def test_a_factor_that_makes_the_strata_can_be_tested_too() -> None:
    """R, strata(age) and arm + arm:age against arm: its main effect is in the strata already."""
    age = ratios(strata=AGE).factors[1]
    assert age.interaction.statistic == pytest.approx(0.35901021619998, rel=1e-7)
    assert age.interaction.df == 1


def test_planned_levels_keep_their_order_and_their_line() -> None:
    ecog = ratios(levels={"ECOG": (2, 1, 4)}).factors[0]
    assert [row.level for row in ecog.levels] == [2, 1, 4]
    assert ecog.levels[2].reference.n == ecog.levels[2].comparison.n == 0
    assert ecog.interaction.statistic == pytest.approx(0.41773669872828, rel=1e-7)


def test_one_level_alone_is_not_tested_against_itself() -> None:
    found = subgroup_ratios(
        LUNG["time"], LUNG["status"].eq(2), LUNG["sex"], {"ALL": ["x"] * len(LUNG)}, reference=1, comparison=2
    )
    assert found.factors[0].interaction.reason == ONE_LEVEL
    assert found.factors[0].levels[0].estimate == found.overall.estimate


@pytest.mark.parametrize(
    ("rows", "reason"), [(LUNG.iloc[:0], NO_PATIENTS), (LUNG[LUNG["sex"] == 2], GROUP_EMPTY)]
)
def test_without_patients_or_without_a_group_every_line_says_so(rows: pd.DataFrame, reason: str) -> None:
    found = subgroup_ratios(
        rows["time"], rows["status"].eq(2), rows["sex"], {"ECOG": rows["ph.ecog"]}, reference=1, comparison=2
    )
    assert found.overall.estimate.reason == reason and found.overall.estimate.value is None
    assert {row.estimate.reason for row in found.factors[0].levels} <= {FEW_EVENTS}
    assert found.factors[0].interaction.p is None


def test_shares_are_compared_level_by_level_and_the_odds_ratios_tested() -> None:
    """trt 1 against 0, by bilirubin of 1 mg/dL and by sex; R: glm(resp ~ trt * level, binomial)."""
    low = np.where(RESPONSE["logbili"] <= 0, "low", "high")
    found = subgroup_rates(
        RESPONSE["resp"], RESPONSE["trt"], {"BILI": low, "FEMALE": RESPONSE["female"]}, reference=0, comparison=1,
        min_events=8,
    )  # fmt: skip
    bili, female = found.factors
    high, below = bili.levels
    assert (high.level, high.comparison.events, high.comparison.n) == ("high", 27, 75)
    assert high.estimate.value == pytest.approx(27 / 75 - 23 / 75)
    assert (below.reference.events, below.reference.n) == (10, 54)
    assert (bili.interaction.statistic, bili.interaction.p) == pytest.approx(
        (0.052758359835764, 0.81833120488613), rel=1e-7
    )
    assert [row.estimate.reason for row in female.levels] == [FEW_EVENTS, None]  # 4 and 5 men responded
    assert female.interaction.reason == ONE_LEVEL
    fewer = subgroup_rates(
        RESPONSE["resp"],
        RESPONSE["trt"],
        {"FEMALE": RESPONSE["female"]},
        reference=0,
        comparison=1,
        min_events=4,
    )
    assert fewer.factors[0].interaction.statistic == pytest.approx(0.089551158825486, rel=1e-6)


def test_an_interaction_of_odds_ratios_that_are_not_finite_is_not_tested() -> None:
    """In level a all patients of the comparison group have the outcome."""
    level = np.repeat(["a", "b"], 8)
    group = np.tile(np.repeat([0, 1], 4), 2)
    outcome = np.array([1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0])
    found = subgroup_rates(outcome, group, {"L": level}, reference=0, comparison=1, min_events=1)
    assert found.factors[0].levels[0].estimate.value == 0.5
    assert found.factors[0].interaction.reason == SEPARATED and found.factors[0].interaction.p is None

"""Shares, differences, ratios and tests of two arms, against R.

The numbers were made with R 4.2.2 (binom.test, prop.test, fisher.test; Newcombe's and Miettinen-Nurminen's formulas
with N/(N-1)). The files `binary_tables.csv`, `binary_single.csv`, `binary.json` and `binary_single.json` are reference
cases of the project; the tables are those of Newcombe, Statistics in Medicine 1998;17:873, Table II. Tolerances as
stated with them: 1e-9; Miettinen-Nurminen 1e-6; Fisher's p relatively 1e-7.
"""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest
from scipy.stats.contingency import odds_ratio as scipy_odds_ratio

from milepost.core.limits import Estimate, Significance
from milepost.core.proportions import (
    clopper_pearson,
    difference,
    exact_test,
    odds_ratio,
    risk_ratio,
    what_is_wrong,
    wilson,
)
from milepost.core.two_by_two import chi_square, conditional_odds_ratio, fisher

DATA = Path(__file__).parent / "data"
TABLES: dict[str, dict[str, Any]] = json.loads((DATA / "binary.json").read_text(encoding="utf-8"))
PUBLISHED = TABLES.pop("_provenance")["newcombe_published"]
SINGLE = json.loads((DATA / "binary_single.json").read_text(encoding="utf-8"))["single"]

tables = pytest.mark.parametrize("name", TABLES)


def arms(name: str) -> tuple[int, int, int, int]:
    case = TABLES[name]
    return case["x1"], case["n1"], case["x2"], case["n2"]


def limits(found: Estimate) -> tuple[float | None, float | None]:
    return found.lo, found.hi


def near(expected: dict[str, float], tolerance: float = 1e-9) -> Any:
    return pytest.approx((expected["lo"], expected["hi"]), abs=tolerance)


def test_every_case_of_the_reference_is_here_with_its_counts() -> None:
    with (DATA / "binary_tables.csv").open(encoding="utf-8", newline="") as file:
        typed = {row["table_id"]: row for row in csv.DictReader(file)}
    assert list(typed) == list(TABLES) and len(TABLES) == 8
    for name, row in typed.items():
        assert arms(name) == (int(row["x1"]), int(row["n1"]), int(row["x2"]), int(row["n2"]))
    with (DATA / "binary_single.csv").open(encoding="utf-8", newline="") as file:
        single = [(row["id"], int(row["x"]), int(row["n"])) for row in csv.DictReader(file)]
    assert single == [(case["id"], case["x"], case["n"]) for case in SINGLE] and len(single) == 5


@tables
def test_the_share_of_each_arm_and_its_limits(name: str) -> None:
    case = TABLES[name]
    for arm in (1, 2):
        events, n = case[f"x{arm}"], case[f"n{arm}"]
        exact = clopper_pearson(events, n)
        assert exact.value == pytest.approx(case[f"p{arm}"], abs=1e-14) and exact.n == n
        assert limits(exact) == near(case[f"clopper_pearson_{arm}"])
        assert limits(wilson(events, n)) == near(case[f"wilson_{arm}"])
        assert limits(wilson(events, n, corrected=True)) == near(case[f"wilson_cc_{arm}"])
    assert limits(clopper_pearson(case["x1"], case["n1"], level=0.90)) == near(case["clopper_pearson_1_90"])


@tables
def test_the_difference_of_two_arms_by_every_method(name: str) -> None:
    case, counts = TABLES[name], arms(name)
    assert difference(*counts).value == pytest.approx(case["diff"], abs=1e-14)
    assert limits(difference(*counts)) == near(case["newcombe"])
    assert limits(difference(*counts, method="newcombe_corrected")) == near(case["newcombe_cc"])
    assert limits(difference(*counts, method="wald")) == near(case["wald"])
    assert limits(difference(*counts, method="mee")) == near(case["mee_no_n_minus_1"])
    score = limits(difference(*counts, method="miettinen_nurminen"))
    assert score == near(case["miettinen_nurminen"])
    # found by search over a grid; null where arm 1 has only events and arm 2 none
    searched = case["miettinen_nurminen_bruteforce"]
    assert searched["lo"] is None if case["diff"] == 1 else score == near(searched, 1e-6)


@pytest.mark.parametrize(("method", "named"), [("newcombe", "method10"), ("miettinen_nurminen", "mn")])
def test_the_limits_are_those_newcombe_printed(method: Any, named: str) -> None:
    for name, (lo, hi) in PUBLISHED[named].items():
        assert limits(difference(*arms(name), method=method)) == pytest.approx((lo, hi), abs=5.1e-5)


@tables
def test_fisher_in_all_three_directions(name: str) -> None:
    expected, counts = TABLES[name]["fisher"], arms(name)
    assert fisher(*counts).p == pytest.approx(expected["p_two_sided"], rel=1e-7)
    assert fisher(*counts, alternative="greater").p == pytest.approx(expected["p_greater"], rel=1e-7)
    assert fisher(*counts, alternative="less").p == pytest.approx(expected["p_less"], rel=1e-7)


@tables
def test_the_conditional_odds_ratio_and_its_exact_limits(name: str) -> None:
    """R's root search stops at 1.2e-4 of the odds ratio or its inverse; ours is held against SciPy's for the rest."""
    expected = {key: math.inf if value == "Inf" else value for key, value in TABLES[name]["fisher"].items()}
    x1, n1, x2, n2 = arms(name)
    found = conditional_odds_ratio(x1, n1, x2, n2)
    for mine, of_r in ((found.value, "or_cmle"), (found.lo, "or_lo"), (found.hi, "or_hi")):
        if mine is None:  # no event in both arms: R prints 0, though any odds ratio fits
            assert (x1, x2, expected[of_r]) == (0, 0, 0) and found.reason
        else:
            assert mine == pytest.approx(expected[of_r], rel=1e-2)
            if 0 < mine < math.inf:
                inverse = min(mine, 1 / mine)
                assert inverse == pytest.approx(min(expected[of_r], 1 / expected[of_r]), abs=1.3e-4)
    theirs = scipy_odds_ratio([[x1, n1 - x1], [x2, n2 - x2]])
    assert limits(found) == pytest.approx(tuple(theirs.confidence_interval()), rel=1e-8)
    if found.value is not None:
        assert found.value == pytest.approx(theirs.statistic, rel=1e-8)


@tables
def test_the_chi_square_test_with_and_without_correction(name: str) -> None:
    for key, corrected in (("chisq_pearson", False), ("chisq_yates", True)):
        expected, found = TABLES[name][key], chi_square(*arms(name), corrected=corrected)
        if expected["stat"] is None:
            assert (found.statistic, found.p) == (None, None) and found.reason
        else:
            assert found.statistic == pytest.approx(expected["stat"], abs=1e-9)
            assert found.p == pytest.approx(expected["p"], abs=1e-9)
    assert "without" in chi_square(*arms(name)).method
    assert "with continuity" in chi_square(*arms(name), corrected=True).method


@tables
def test_risk_ratio_and_odds_ratio(name: str) -> None:
    for key, ratio in (("rr_wald_log", risk_ratio), ("or_wald", odds_ratio)):
        expected, found = TABLES[name][key], ratio(*arms(name))
        if expected is None:
            assert (found.value, found.lo, found.hi) == (None, None, None) and found.reason
        else:
            found_numbers = (found.value, found.lo, found.hi)
            assert found_numbers == pytest.approx((expected["est"], expected["lo"], expected["hi"]), rel=1e-9)


@pytest.mark.parametrize("case", SINGLE, ids=lambda case: case["id"])
def test_a_single_arm(case: dict[str, Any]) -> None:
    events, n = case["x"], case["n"]
    assert clopper_pearson(events, n).value == pytest.approx(case["p"], abs=1e-14)
    assert limits(clopper_pearson(events, n)) == near(case["clopper_pearson_95"])
    assert limits(clopper_pearson(events, n, level=0.90)) == near(case["clopper_pearson_90"])
    assert limits(wilson(events, n)) == near(case["wilson_95"])
    assert limits(wilson(events, n, corrected=True)) == near(case["wilson_cc_95"])
    p = exact_test(events, n, 0.2, alternative="greater").p
    assert p == pytest.approx(case["binom_p_vs_0.2_greater"], rel=1e-9)


@pytest.mark.parametrize(("events", "n", "lo", "hi"), [(1, 22, 0.12, 22.8), (3, 54, 1.2, 15.4)])
def test_the_response_rates_printed_in_the_specification(events: int, n: int, lo: float, hi: float) -> None:
    """Clinical specification section 6.4."""
    found = clopper_pearson(events, n)
    assert found.lo is not None and found.hi is not None
    assert 100 * found.lo == pytest.approx(lo, abs=0.05) and 100 * found.hi == pytest.approx(hi, abs=0.05)


ALL_COMPARISONS = [difference, risk_ratio, odds_ratio, conditional_odds_ratio, chi_square, fisher]


@pytest.mark.parametrize("compare", ALL_COMPARISONS, ids=lambda compare: compare.__name__)
def test_an_empty_arm_or_a_count_that_cannot_be_gives_a_reason_and_no_number(compare: Any) -> None:
    for counts, arm, words in (
        ((0, 0, 3, 10), 1, "no patient"),
        ((3, 10, 0, 0), 2, "no patient"),
        ((11, 10, 3, 10), 1, "more events than patients"),
        ((3, 10, -1, 10), 2, "below 0"),
        ((3.5, 10, 3, 10), 1, "not whole"),
        ((math.nan, 10, 3, 10), 1, "missing"),
    ):
        found: Estimate | Significance = compare(*counts)
        number = found.value if isinstance(found, Estimate) else found.p
        assert number is None and found.reason is not None
        assert found.reason.startswith(f"arm {arm}: ") and words in found.reason


def test_a_single_arm_without_patients_has_no_share() -> None:
    for found in (clopper_pearson(0, 0), wilson(0, 0)):
        assert (found.value, found.lo, found.hi, found.reason) == (None, None, None, "no patient")
    assert exact_test(0, 0, 0.2).reason == "no patient"
    assert exact_test(1, 10, 1.0).p is None
    assert what_is_wrong(3, 10) is None


def test_a_level_that_is_no_share_is_refused() -> None:
    for level in (0, 1, 95):
        with pytest.raises(ValueError, match="between 0 and 1"):
            clopper_pearson(1, 10, level=level)


def test_a_risk_ratio_stands_when_one_arm_has_only_events() -> None:
    """10/10 against 5/10: ratio 2, variance of the logarithm 1/5 - 1/10 = 0.1."""
    found = risk_ratio(10, 10, 5, 10)
    assert (found.value, found.lo, found.hi) == pytest.approx(
        (2, 2 * math.exp(-0.6198), 2 * math.exp(0.6198)), rel=1e-4
    )
    assert risk_ratio(10, 10, 5, 5).reason == "every patient of both arms has the event"

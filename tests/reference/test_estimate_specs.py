"""What `milepost estimate` answers, leaf by leaf, against every reference case of R and rpact that the project has.

The cases were made with R 4.2.2, survival 3.5-3, MASS 7.3-58.2 and rpact 3.3.4; tolerances are those stated with them
or closer. A spec has as few lines as a stranger would write. What is not given, or null where R prints a number that
means nothing, is listed here by name.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from milepost.core.estimates import answer_spec, read_table

DATA = Path(__file__).parent / "data"
Leaf = tuple[tuple[str | int, ...], Any]

# R's notes on a fit without an answer, and the same limits by searches with fewer digits (docs/estimates.md)
NOT_GIVEN = {
    "_provenance", "r_warnings", "r_coef_meaningless", "epitools_lo", "epitools_hi", "miettinen_nurminen_bruteforce",
}  # fmt: skip
COUNTS = {"n", "n_used", "n_risk", "cum_events", "cum_censored", "events", "df", "n_total", "n_analysed"}


def reference(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def answer(spec: str, frame: str | None = None) -> Any:
    table = None if frame is None else read_table((DATA / frame).read_text(encoding="utf-8-sig"), frame)
    found = answer_spec(tomllib.loads(spec), table)
    json.dumps(found, allow_nan=False)
    return found


def leaves(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[Leaf]:
    if isinstance(node, dict | list):
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in items:
            if key not in NOT_GIVEN:
                yield from leaves(value, (*path, key))
        if not node:
            yield path, node
    else:
        yield path, node


def at(node: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        if node is None:  # a branch that is null as a whole
            return None
        node = node[key]
    return node


def assert_same(
    found: Any, expected: Any, *, rel: float = 1e-9, least: int, nulls: set[tuple[str, ...]] | None = None
) -> None:
    """Every leaf; `nulls`: beginnings of ways to leaves that must be null although the reference has a number."""
    wrong, compared = {}, 0
    for path, value in leaves(expected):
        compared += 1
        mine = at(found, path)
        if any(path[: len(way)] == way for way in nulls or ()):
            value = None
        if isinstance(value, str | bool | list) or value is None:
            same = mine == value
        elif path[-1] in COUNTS:
            same = mine == value and not isinstance(mine, bool)
        else:
            # without a number of its own size (0) the reference's own rounding counts
            same = mine is not None and mine == pytest.approx(value, rel=rel, abs=1e-12)
        if not same:
            wrong[path] = (mine, value)
    assert not wrong
    assert compared >= least


SPECS = {
    "lung_sex": "tau = 730",
    "gehan_6mp": 'unit = "weeks"\ntau = 20',
    "edge_noevents_B": 'unit = "t"\ntau = 25',
    "edge_flat_median": 'unit = "t"\ntau = 4',
    "edge_ties_cens": 'unit = "t"\ntau = 7',
}
DIVERGED = ("coef", "se", "hr", "lo95", "hi95", "z", "p_wald")


@pytest.mark.parametrize("name", SPECS)
def test_a_spec_of_two_or_three_lines_gives_the_whole_tree_of_a_time_to_event(name: str) -> None:
    expected = reference("tte")[name]
    nulls: set[tuple[str, ...]] = set()
    if name == "edge_noevents_B":
        nulls = {(f"cox_{ties}", field) for ties in ("efron", "breslow", "exact") for field in DIVERGED}
        nulls |= {("cox_zph_efron",), ("cox_exact", "iter")}
    found = answer(f'kind = "time_to_event"\n{SPECS[name]}', expected["input"])
    # R's fit without events in a group stops a little short of its limit
    assert_same(found, expected, rel=1e-7 if nulls else 1e-9, least=300, nulls=nulls)
    assert list(found["km"]) == list(expected["km"])


def test_a_group_without_events_says_why_it_has_no_ratio() -> None:
    found = answer('kind = "tte"\nunit = "t"', "tte_edge_noevents_B.csv")
    for ties in ("efron", "breslow", "exact"):
        assert found[f"cox_{ties}"]["reason"] == "not estimable: a group has no events"
    assert found["km"]["B"]["quantiles_loglog"]["median"]["reason"] == "not reached"


def test_a_formula_or_columns_give_the_same_cox_model() -> None:
    expected = reference("cox_multivariable")["lung_age_sex_ecog"]
    by_formula = answer(f'kind = "cox_multivariable"\nformula = "{expected["formula"]}"', "lung.csv")
    assert_same(by_formula, expected, least=30)
    by_columns = answer(
        'kind = "cox"\nevent = "status"\nevent_value = 2\ncovariates = ["age", "sex", "ph.ecog"]', "lung.csv"
    )
    assert {**by_columns, "formula": expected["formula"]} == by_formula
    assert by_formula["n_dropped_missing"] == 1


def test_every_table_of_two_arms() -> None:
    expected = reference("binary")
    found = answer('kind = "two_by_two"', "binary_tables.csv")
    ratios = {(name, "fisher", field) for name in expected for field in ("or_cmle", "or_lo", "or_hi")}
    # R finds them to about 1e-4; they are held against SciPy's with the core
    for name, _, field in sorted(
        ratios - {("_provenance", "fisher", f) for f in ("or_cmle", "or_lo", "or_hi")}
    ):
        mine, theirs = found[name]["fisher"].pop(field), expected[name]["fisher"].pop(field)
        if mine is None:
            assert theirs == 0 and found[name]["fisher"]["reason"]
        else:
            assert mine == theirs or mine == pytest.approx(theirs, rel=1e-2)
    assert_same(found, expected, rel=1e-7, least=300)


def test_every_single_arm() -> None:
    assert_same(answer('kind = "proportion"', "binary_single.csv"), reference("binary_single"), least=60)


def test_every_rate() -> None:
    assert_same(answer('kind = "rates"', "rates_single.csv"), reference("rates"), least=130)


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("M1_trt_only", 'model = "resp ~ trt (1=D-penicillamine,0=placebo)"'),
        ("M2_adjusted", 'model = "resp ~ trt + age10 + female + logbili + albumin"'),
    ],
)
def test_a_logistic_model(name: str, spec: str) -> None:
    expected = reference("logistic")[name]
    found = answer(f'kind = "logistic"\n{spec}', expected["input"])
    for term, numbers in expected["terms"].items():
        for field in ("or_profile_lo", "or_profile_hi"):
            # R reads them off a spline
            assert found["terms"][term][field] == pytest.approx(numbers.pop(field), rel=2e-4)
    assert_same(found, expected, rel=1e-8, least=20)


def test_separation_is_not_estimable_and_offers_firth() -> None:
    expected = reference("logistic")["M6_complete_separation"]
    found = answer('kind = "logistic"\nmodel = "y ~ x"', expected["input"])
    assert_same(found, expected, least=3)
    assert found["converged"] is False and found["loglik"] is None
    assert all(number is None for term in found["terms"].values() for number in term.values())
    # a half added to every cell: (5.5 x 7.5) / (0.5 x 0.5)
    assert found["firth"]["terms"]["x"]["or"] == pytest.approx(165, rel=1e-8)


def test_a_landmark_that_is_valid_and_one_that_looks_ahead() -> None:
    expected = reference("landmark")
    rules = "\n".join(
        f"[cases.{name}]\nrule = {{ {', '.join(f'{key} = {value}' for key, value in expected[name]['rule'].items())} }}"
        for name in ("A", "D")
    )
    found = answer(f'kind = "landmark"\n{rules}', "pbcseq.csv")
    assert_same(found["A"], expected["A"], least=60)
    refused = {(key,) for key in expected["D"]} - {
        ("rule",), ("valid_design",), ("n_total",), ("class_counts",), ("n_on_boundary_exact",), ("boundary_ids",),
        ("naive_float_misclassified_ids",),
    }  # fmt: skip
    assert ("cox_efron",) in refused and ("naive_from_day0_sampled_only",) in refused
    assert_same(found["D"], expected["D"], least=60, nulls=refused)
    assert "look ahead" in found["D"]["reason"]


def test_every_design_of_interim_looks() -> None:
    expected = {name: case for name, case in reference("group_sequential").items() if name not in NOT_GIVEN}
    lines = ['kind = "group_sequential"']
    for name, case in expected.items():
        lines += [f'[cases."{name}"]', f'design = "{case["design"]}"', f'rpact_type = "{case["rpact_type"]}"']
        lines += [f"{key} = {case[key]}" for key in ("sided", "alpha_total", "info")]
        lines += [f"parameter = {case['parameter']}"] if case["parameter"] is not None else []
    found = answer("\n".join(lines))
    assert list(found) == list(expected) and len(found) == 16
    for name, case in expected.items():
        # mvtnorm integrates at random and says how far it was off
        off = case.pop("max_abs_diff_mvtnorm") + 1e-7
        crossed = case.pop("cum_cross_prob_mvtnorm")
        assert found[name]["cum_cross_prob_mvtnorm"] == pytest.approx(crossed, abs=off)
        assert_same(found[name], case, rel=1e-6, least=10)


def test_factors_weights_clusters_and_strata_by_another_implementation() -> None:
    """`cox_weighted.json`: survival 2.0.0 on a made-up frame (see test_survival_weighted.py)."""
    cases = json.loads((DATA / "cox_weighted.json").read_text(encoding="utf-8"))["cox"]
    checked = 0
    for case in cases.values():
        options = "\n".join(f'{key} = "{column}"' for key, column in case["options"].items())
        found = answer(
            f'kind = "cox"\ncovariates = ["arm", "x"]\nties = "{case["ties"]}"\n{options}', "cox_weighted.csv"
        )
        assert [term["coef"] for term in found["terms"].values()] == pytest.approx(case["coef"], rel=1e-9)
        errors = [case["var"][place][place] ** 0.5 for place in (0, 1)]
        assert [term["se"] for term in found["terms"].values()] == pytest.approx(errors, rel=1e-9)
        proportional = [test["chisq"] for test in found["zph_km"].values()]
        assert proportional == pytest.approx(case["zph"]["km"], rel=1e-9, abs=1e-11)
        checked += 1
    assert checked == len(cases) > 3


def test_factors_interactions_exact_ties_late_entry_and_more_than_two_groups() -> None:
    """`cox_factors.json`: what survival 2.0.0 (PyPI, MIT) says of the same frame. R's own numbers for these are not
    among the reference cases."""
    cases = json.loads((DATA / "cox_factors.json").read_text(encoding="utf-8"))

    def close(found: Any, expected: Any) -> None:
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-11)

    formula = "Surv(time, event) ~ arm + factor(group)*x + strata(stratum)"
    model, case = (
        answer(f'kind = "cox"\nformula = "{formula}"', "cox_weighted.csv"),
        cases["factor_and_interaction"],
    )
    assert list(model["terms"]) == case["names"]
    close([term["coef"] for term in model["terms"].values()], case["coef"])
    close([term["se"] for term in model["terms"].values()], case["se"])
    close([*model["loglik"], *model["concordance"]], [*case["loglik"], *case["concordance"]])
    assert list(model["zph_km"]) == list(case["zph_km"])
    for name, test in model["zph_km"].items():
        close([test["chisq"], test["df"]], case["zph_km"][name])

    arms = answer('kind = "tte"\ngroup = "arm"\ncovariates = ["x"]', "cox_weighted.csv")
    late = answer('kind = "tte"\ngroup = "arm"\nentry = "entry"', "cox_weighted.csv")
    assert late["km"] is late["logrank"] is late["rmst"] is None and "late" in late["km_reason"]
    for found, case in ((arms["cox_exact"], cases["exact_ties"]), (late["cox_efron"], cases["late_entry"])):
        close(
            [found[key] for key in ("coef", "se", "score_chisq")],
            [case["coef"][0], case["se"][0], case["score"]],
        )
        close([found["loglik_null"], found["loglik"]], case["loglik"])
    adjusted = arms["cox_adjusted_efron"]["terms"]
    assert list(adjusted) == ["1", "x"]
    close([term["coef"] for term in adjusted.values()], cases["adjusted"]["coef"])

    three = answer('kind = "tte"\ngroup = "group"', "cox_weighted.csv")
    assert three["comparison_group"] == ["b", "c"] and three["logrank"]["df"] == 2
    close([term["coef"] for term in three["cox_efron"]["terms"].values()], cases["three_groups"]["coef"])
    close(three["logrank"]["chisq"], cases["three_groups"]["logrank"])
    for name in ("b", "c"):
        pair, case = three["pairwise"][name], cases[f"a_and_{name}"]
        close([pair["cox_efron"]["coef"], pair["logrank"]["chisq"]], [case["coef"][0], case["logrank"]])

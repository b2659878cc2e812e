"""Headline estimates computed twice: numbers typed by hand come out of both, and one that is off is named."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from milepost.core.group_response import estimate_response
from milepost.core.group_survival import EndpointEstimate, compare_endpoint, estimate_survival
from milepost.core.number_agreement import Agreement
from milepost.core.survival_estimate import SurvivalEstimate
from milepost.reports.clinical import ClinicalFrames, ClinicalInputs, Group
from milepost.reports.efficacy_estimates import Efficacy
from milepost.reports.ledger import Ledger
from milepost.reports.second_check import (
    MUST_NOT,
    TOO_FEW,
    agreement_facts,
    banner,
    build_second_check,
    check_headlines,
    second_check_definitions,
)
from milepost.reports.section import Section
from tests.report_builder import AS_OF, study

RULES = {
    "rate_months": [1, 2], "mean_months": 2, "stratify_by": ["SEX"],
    "factors": [{"id": "SEX", "label": "Sex", "source": "DM", "column": "SEX"}],
}  # fmt: skip
# eight patients who die on days 10, 20 … 80, nobody censored; four of them progress on day 5, the others on day 35
EVERYBODY = tuple(f"S01-{n:03d}" for n in range(1, 9))
OS = {subject: 10 * n for n, subject in enumerate(EVERYBODY, start=1)}
PFS = dict(zip(EVERYBODY, (5, 5, 5, 5, 35, 35, 35, 35), strict=True))
BEST = dict(zip(EVERYBODY, ("PR", "SD", "SD", "PD", "PD", "NE", "CR", "SD"), strict=True))
SEX = dict(zip(EVERYBODY, "MFMFMFMF", strict=True))


def made(
    groups: dict[str, tuple[str, ...]], *, subjects: tuple[str, ...] = EVERYBODY, **told: bool
) -> tuple[ClinicalInputs, Efficacy]:
    """Inputs and estimates of these patients, in these groups."""
    chosen = study(analysis=RULES)
    rules, response = chosen.protocol.analysis, chosen.protocol.response
    times = {"OS": OS, "PFS": PFS}
    endpoints = {
        code: estimate_survival(
            pd.DataFrame({"USUBJID": subjects, "PARAMCD": code, "AVAL": [days[s] for s in subjects], "CNSR": 0}),
            groups, rules,
        )
        for code, days in times.items()
    }  # fmt: skip
    reading = {
        "PARCAT2": str(response.readers[0]),
        "PARCAT3": str(response.criteria[0]),
        "DATAERR": pd.Series(dtype=object),
    }
    adrs = pd.concat([
        pd.DataFrame({"USUBJID": subjects, "PARAMCD": kind, "AVALC": [BEST[s] for s in subjects]}).assign(**reading)
        for kind in ("BOR", "CBOR")
    ])  # fmt: skip
    factors = pd.DataFrame({"USUBJID": subjects, "SEX": [SEX[s] for s in subjects]}, dtype=object)
    compared = {}
    if told.get("compared"):
        compared = {
            code: compare_endpoint(one, factors, {"SEX": ("F", "M")}, rules, reference="A", comparison="B")
            for code, one in endpoints.items()
        }
    lines = pd.DataFrame({"USUBJID": subjects, "LINE": 1, "SITEID": "S01", "FIRSTDOSE": pd.Timestamp(AS_OF)})
    inputs = ClinicalInputs(
        chosen, AS_OF, cast(ClinicalFrames, SimpleNamespace(lines=lines)),
        tuple(Group(id_, f"Arm {id_}", frozenset(members)) for id_, members in groups.items()), **told,
    )  # fmt: skip
    efficacy = SimpleNamespace(
        endpoints=endpoints, readings=estimate_response(adrs, groups, response), comparisons=compared,
        factors=factors, compared=("A", "B"),
    )  # fmt: skip
    return inputs, cast(Efficacy, efficacy)


def pooled(subjects: tuple[str, ...] = EVERYBODY) -> tuple[ClinicalInputs, Efficacy]:
    return made({"all": subjects}, subjects=subjects)


def by_arm(**told: bool) -> tuple[ClinicalInputs, Efficacy]:
    return made({"A": EVERYBODY[::2] + EVERYBODY[1:2], "B": EVERYBODY[3::2]}, compared=True, **told)


def doctored(efficacy: Efficacy, factor: float, what: str = "rate") -> Efficacy:
    """The same, with the survival at two months (or the median without progression) off by this factor."""
    code = "OS" if what == "rate" else "PFS"
    (one,) = efficacy.endpoints[code].groups
    if what == "rate":
        first, second = one.rates
        wrong = replace(one, rates=(first, replace(second, estimate=_times(second.estimate, factor))))
    else:
        wrong = replace(one, median=_times(one.median, factor))
    endpoint = EndpointEstimate(code, (wrong,), efficacy.endpoints[code].axis)
    changed = {**vars(efficacy), "endpoints": {**efficacy.endpoints, code: endpoint}}
    return cast(Efficacy, SimpleNamespace(**changed))


def _times(estimate: SurvivalEstimate, factor: float) -> SurvivalEstimate:
    assert estimate.value is not None
    return replace(estimate, value=estimate.value * factor)


def without_limits(found: tuple[Agreement, ...]) -> dict[str, float | None]:
    return {one.id: one.theirs for one in found if not one.id.endswith("limit")}


def texts(section: Section) -> list[tuple[str, ...]]:
    table = section.exhibits[0].table
    assert table is not None
    return [(row.name, *(cell.text for cell in row.cells)) for row in table.rows]


def test_the_second_programs_give_the_numbers_typed_by_hand() -> None:
    """OS: 5 and 2 of 8 alive after one and two months (days 30.4 and 60.9); day 40 is the first with a half; the area
    to day 60.875 is 10 × (8 + 7 + 6 + 5 + 4 + 3)/8 + 0.875 × 2/8. PFS: 4 of 8, none; 5 + 30 × 4/8 = 20 days."""
    inputs, efficacy = pooled()
    found = check_headlines(inputs, efficacy)
    assert without_limits(found) == pytest.approx({
        "survival.OS.rate.1": 5 / 8, "survival.OS.rate.2": 2 / 8, "survival.OS.median": 40.0,
        "survival.OS.mean.2": 41.46875, "survival.PFS.rate.1": 4 / 8, "survival.PFS.rate.2": 0.0,
        "survival.PFS.median": 5.0, "survival.PFS.mean.2": 20.0, "response.best.orr": 2 / 8, "response.best.dcr": 5 / 8,
        "response.confirmed.orr": 2 / 8, "response.confirmed.dcr": 5 / 8,
    })  # fmt: skip
    assert {one.agrees for one in found} == {True}
    assert banner(found) == ""


def test_the_open_report_checks_no_test_and_no_ratio_and_names_none() -> None:
    inputs, efficacy = pooled()
    found = check_headlines(inputs, efficacy)
    section = build_second_check(inputs, found, Ledger())
    said = f"{section} {second_check_definitions(inputs)}".lower()
    assert not any(word in said for word in ("hazard", "log-rank", "logrank", "p-value", ", p'"))


def test_the_closed_report_checks_ratios_and_at_a_look_the_tests_too() -> None:
    ratios = [
        f"comparison.{code}.hazard_ratio.{how}"
        for code in ("OS", "PFS")
        for how in ("unadjusted", "stratified")
    ]
    inputs, efficacy = by_arm()
    between = without_limits(check_headlines(inputs, efficacy))
    assert list(between)[:4] == ratios
    assert not any("logrank" in id_ for id_ in between)
    inputs, efficacy = by_arm(tested=True)
    looked = check_headlines(inputs, efficacy)
    tests = [one.id for one in looked if "logrank" in one.id]
    assert tests == [
        f"comparison.{code}.logrank{how}.{part}"
        for code in ("OS", "PFS") for how in ("", ".stratified") for part in ("chi-square", "p")
    ]  # fmt: skip
    assert {one.agrees for one in looked if one.reason is None} == {True}


def test_a_number_off_by_two_in_a_hundred_thousand_is_named_above_the_report_and_first_in_the_table() -> None:
    inputs, efficacy = pooled()
    found = check_headlines(inputs, doctored(efficacy, 1.00002))
    ledger = Ledger()
    section = build_second_check(inputs, found, ledger)
    assert banner(found) == (
        f"1 of {len(found)} numbers differs when another program computes them: survival.OS.rate.2. {MUST_NOT}"
    )
    assert section.lead == (f"1 of {len(found)} numbers computed twice differs.", f" {MUST_NOT}")
    assert texts(section)[:2] == [
        ("They differ",),
        ("survival.OS.rate.2", "0.250005", "0.25", "0.00002", "lifelines"),
    ]
    assert agreement_facts(found)["apart"] == ["survival.OS.rate.2"]
    assert ledger.numbers["second.apart"].value == 1
    assert str(ledger.numbers["second.survival.OS.rate.2"].value) == "0.25"


def test_a_number_off_by_less_than_one_in_a_hundred_thousand_agrees() -> None:
    inputs, efficacy = pooled()
    assert banner(check_headlines(inputs, doctored(efficacy, 1.000005))) == ""


def test_the_median_shown_is_what_is_checked_where_the_curve_does_not_run_along_one_half() -> None:
    inputs, efficacy = pooled(EVERYBODY[:5])  # progress on days 5, 5, 5, 5 and 35
    assert banner(check_headlines(inputs, efficacy)) == ""
    assert "survival.PFS.median" in banner(check_headlines(inputs, doctored(efficacy, 1.00002, "median")))


def test_under_five_patients_no_share_is_checked_or_shown() -> None:
    inputs, efficacy = pooled(EVERYBODY[:4])
    found = check_headlines(inputs, efficacy)
    assert {one.id for one in found if one.reason == TOO_FEW} == {
        "survival.OS.rate.1", "survival.OS.rate.2", "survival.PFS.rate.1", "survival.PFS.rate.2", "response.best.orr",
        "response.best.dcr", "response.confirmed.orr", "response.confirmed.dcr",
    }  # fmt: skip
    section = build_second_check(inputs, found, Ledger())
    assert section.lead[0] == "4 numbers computed twice, none differs."
    assert section.lead[1].endswith(" 8 numbers could not be compared.")
    assert texts(section)[-2:] == [
        ("survival.OS.rate.1 and 3 more", "–", "–", "–", f"lifelines: {TOO_FEW}"),
        ("response.best.orr and 3 more", "–", "–", "–", f"scipy: {TOO_FEW}"),
    ]


def test_with_nobody_treated_there_is_a_sentence_and_no_banner() -> None:
    inputs, efficacy = made({"all": ()}, subjects=())
    found = check_headlines(inputs, efficacy)
    section = build_second_check(inputs, found, Ledger())
    assert section.lead == ("No number could be computed a second time.", "")
    assert section.exhibits[0].empty == "Nothing to compare: no patient."
    assert banner(found) == ""


def test_an_empty_group_is_a_reason_and_no_difference() -> None:
    inputs, efficacy = made({"A": EVERYBODY, "B": ()}, compared=True, tested=True)
    found = check_headlines(inputs, efficacy)
    assert {one.reason for one in found if one.id.startswith("comparison.OS.hazard_ratio")} == {
        "a group to compare has no patients"
    }
    assert {one.reason for one in found if one.id.endswith(".B")} == {"no patient"}
    assert {one.agrees for one in found if one.reason is None} == {True}


def test_the_dry_run_counts_what_was_checked_and_shows_no_number_of_a_group() -> None:
    inputs, efficacy = by_arm(masked=True)
    ledger = Ledger()
    found = [replace(one, agrees=False) for one in check_headlines(inputs, efficacy)]
    section = build_second_check(inputs, found, ledger)
    assert section.exhibits[0].table is None
    assert section.exhibits[0].empty == "Numbers by group are left out of the dry run."
    assert set(ledger.numbers) == {"second.compared", "second.apart"}


def test_what_is_beyond_forty_lines_is_told_in_sum_and_limits_that_agree_are() -> None:
    inputs, _ = pooled()
    one = Agreement("n", 1.0, 1.0, 0.0, True, "lifelines")
    many = [replace(one, id=f"n{k}") for k in range(45)]
    many += [replace(one, id="n1, lower limit"), replace(one, id="n1, upper limit")]
    section = build_second_check(inputs, many, Ledger())
    table = section.exhibits[0].table
    assert table is not None and len(table.rows) == 41  # the heading too
    assert table.more == "2 limits of intervals agree as well. 5 numbers more are not listed."


def test_a_banner_names_eight_and_counts_the_rest() -> None:
    found = [Agreement(f"n{k}", 1.0, 2.0, 0.5, False, "scipy") for k in range(10)]
    assert banner(found) == (
        "10 of 10 numbers differ when another program computes them: n0; n1; n2; n3; n4; n5; n6; n7; and 2 more. "
        f"{MUST_NOT}"
    )


def test_what_neither_program_reaches_agrees_and_is_said_in_words() -> None:
    inputs, _ = pooled()
    found: list[Any] = [Agreement("survival.OS.median", None, None, None, True, "lifelines", "not reached")]
    assert texts(build_second_check(inputs, found, Ledger()))[1] == (
        "survival.OS.median", "not reached", "not reached", "none", "lifelines",
    )  # fmt: skip


def test_reports_do_not_load_the_second_program_before_they_check() -> None:
    code = "import sys, milepost.reports.second_check; sys.exit('lifelines' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""Liver safety is as the tables say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from milepost.core.liver_safety import CASE_COLUMNS, PATIENT_COLUMNS
from milepost.protocol.safety import LiverRules, SafetyRules
from tests.spec.cases_liver_safety import DAY15, GROUPS, Case, alp, alt, bili, then
from tests.spec.liver_case import PROTOCOL, Course, safety_of

CASES = [case for cases in GROUPS.values() for case in cases]


def plain(value: Any) -> Any:
    """Nothing as None."""
    return None if value is None or (not isinstance(value, tuple) and pd.isna(value)) else value


def wanted_of(frame: pd.DataFrame, wanted: dict[str, Any]) -> dict[str, Any]:
    assert len(frame) == 1
    return {name: plain(frame.iloc[0][name]) for name in wanted}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_liver_safety_is_that_in_the_table(case: Case) -> None:
    found = safety_of(case.course)
    patients = found.patients[found.patients["LINE"] == case.line]
    cases = found.cases[found.cases["LINE"] == case.line]
    if case.hys is None:
        assert cases.empty
    else:
        assert wanted_of(cases, case.hys) == pytest.approx(case.hys)
    assert wanted_of(patients, case.patient) == pytest.approx(case.patient)
    assert tuple(sorted(found.problems["RULE"])) == case.problems


def test_a_case_names_the_records_it_rests_on() -> None:
    found = safety_of(then(alt(DAY15, "120"), bili(DAY15, "40"), alp(DAY15, "100"), before=()))
    assert found.cases.iloc[0]["SRC"] == ("LB|LB|1", "LB|LB|2", "LB|LB|3")
    assert found.cases.iloc[0][["USUBJID", "SITEID", "ARMCD"]].tolist() == ["P1", "S01", "ANL"]


def test_a_treated_line_without_results_has_its_row() -> None:
    found = safety_of(Course())
    assert tuple(found.patients) == PATIENT_COLUMNS and tuple(found.cases) == CASE_COLUMNS
    assert found.patients[["LINE", "EDISH", "HYSFL"]].to_numpy().tolist() == [[1, None, "N"]]
    assert found.cases.empty and found.problems.empty


def test_a_patient_without_a_dose_has_no_row() -> None:
    assert safety_of(Course(doses=())).patients.empty


def test_a_limit_that_is_missing_is_asked_about_once_a_test() -> None:
    found = safety_of(then(*(alt(f"2026-03-{day}", "30", None) for day in (16, 17, 18))))
    assert found.problems[["RULE", "DOMAIN", "RECKEY"]].to_numpy().tolist() == [
        ["LIVER-NO-LIMIT", "LB", "LB|9"]
    ]


@pytest.mark.parametrize(
    ("rules", "bilirubin_on", "cases"),
    [
        ({}, "2026-04-01", 0),
        ({"pairing_days": 30}, "2026-04-01", 1),
        ({"alt": Decimal(5)}, DAY15, 0),
        ({"bili": Decimal(3)}, DAY15, 0),
        ({"alp": Decimal("0.8")}, DAY15, 0),
    ],
)
def test_the_numbers_are_those_of_the_protocol(rules: dict[str, Any], bilirubin_on: str, cases: int) -> None:
    protocol = PROTOCOL.model_copy(update={"safety": SafetyRules(liver=LiverRules(**rules))})
    course = then(alt(DAY15, "120"), bili(bilirubin_on, "40"), alp(DAY15, "100"))
    assert len(safety_of(course, protocol).cases) == cases

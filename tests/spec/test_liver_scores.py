"""Liver scores are those in the tables."""

from __future__ import annotations

import pandas as pd
import pytest

from milepost.core.liver_scores import COLUMNS, PARAMS
from tests.spec.cases_liver_scores import DAY, GROUPS, Case, day
from tests.spec.liver_case import Course, scores_of

CASES = [case for cases in GROUPS.values() for case in cases]


def plain(value: object) -> object:
    """Nothing as None."""
    return None if value is None or (not isinstance(value, tuple) and pd.isna(value)) else value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_the_scores_are_those_in_the_table(case: Case) -> None:
    found = scores_of(case.course)
    mine = found.scores[found.scores["LINE"] == case.line]
    for code, on, wanted in case.then:
        rows = mine[(mine["PARAMCD"] == code) & ((mine["ADT"] == on) if on else True)]
        if wanted is None:
            assert rows.empty, f"{code}: {len(rows)} rows"
            continue
        assert len(rows) == 1, f"{code}: {len(rows)} rows"
        row = {name: plain(rows.iloc[0][name]) for name in wanted}
        assert row == {name: approximately(value) for name, value in wanted.items()}
    assert tuple(sorted(found.problems["RULE"])) == case.problems


def approximately(value: object) -> object:
    """Numbers as the specification prints them, to three decimals."""
    return pytest.approx(value, abs=0.0006) if isinstance(value, float) else value


def test_a_score_names_the_records_it_rests_on() -> None:
    scores = scores_of(Course(day(("BILI", "17.1"), ("ALB", "40")))).scores
    albi = scores[scores["PARAMCD"] == "ALBI"].iloc[0]
    assert albi["SRC"] == ("LB|LB|1", "LB|LB|2")
    assert (albi["USUBJID"], albi["SITEID"], albi["LINE"], albi["ARMCD"]) == ("P1", "S01", 1, "ANL")
    assert (albi["ADT"], albi["PARAM"]) == (pd.Timestamp(DAY), PARAMS["ALBI"])


def test_before_any_result_there_are_no_scores_but_all_columns() -> None:
    scores = scores_of(Course()).scores
    assert (len(scores), tuple(scores)) == (0, COLUMNS)


def test_a_patient_not_yet_treated_has_scores_without_a_study_day() -> None:
    scores = scores_of(Course(day(("BILI", "17.1"), ("ALB", "40")), as_of="2026-03-01")).scores
    albi = scores[scores["PARAMCD"] == "ALBI"].iloc[0]
    assert (albi["AVALC"], plain(albi["ADY"]), albi["ABLFL"]) == ("-2.586", None, None)

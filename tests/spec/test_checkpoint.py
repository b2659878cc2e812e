"""The checkpoint, case by case; `docs/rules.md` is printed from the same tables."""

from __future__ import annotations

import datetime as dt

import pytest

from milepost.errors import ConfigurationError
from tests.spec.cases_checkpoint import GROUPS
from tests.spec.checkpoint_case import Case, Lab, Then, differences, judge_case, judge_lines, lines_frame

EVERY = [(case, then) for group in GROUPS.values() for case in group for then in case.then]


@pytest.mark.parametrize(
    ("case", "then"), EVERY, ids=[f"{case.title} ({then.as_of})" for case, then in EVERY]
)
def test_the_verdict_is_the_one_in_the_table(case: Case, then: Then) -> None:
    assert differences(then, judge_case(case, then.as_of)) == {}


def test_every_golden_vector_has_a_case() -> None:
    numbers = {int(case.title[1:].split("]")[0]) for case in GROUPS["Golden vectors"]}
    assert numbers == set(range(1, 26))


def test_titles_differ() -> None:
    titles = [case.title for group in GROUPS.values() for case in group]
    assert len(titles) == len(set(titles))


def test_each_site_is_cut_off_at_its_own_local_day() -> None:
    """At one instant it is day 37 in Shanghai and still day 36 in Berlin."""
    lines = lines_frame(
        {"USUBJID": "P1", "SITEID": "SHANGHAI", "FIRSTDOSE": "2026-03-02"},
        {"USUBJID": "P2", "SITEID": "BERLIN", "FIRSTDOSE": "2026-03-02"},
    )
    days = {"SHANGHAI": dt.date(2026, 4, 7), "BERLIN": dt.date(2026, 4, 6)}
    assert list(judge_lines(lines, as_of=days)["STATE"]) == ["OVERDUE", "WINDOW_OPEN"]


def test_a_site_without_a_cut_off_is_named() -> None:
    lines = lines_frame({"USUBJID": "P1", "SITEID": "BERLIN", "FIRSTDOSE": "2026-03-02"})
    with pytest.raises(ConfigurationError, match="no day for site BERLIN"):
        judge_lines(lines, as_of={"SHANGHAI": dt.date(2026, 4, 7)})


def test_each_line_of_therapy_is_judged_with_its_own_first_dose_and_baseline() -> None:
    """The second line begins on 2026-05-04; its baseline is the last sample before that, not the first line's."""
    lines = lines_frame(
        {"LINE": 1, "FIRSTDOSE": "2026-03-02"},
        {"LINE": 2, "FIRSTDOSE": "2026-05-04"},
    )
    labs = (
        Lab("2026-02-27", "500"),
        Lab("2026-03-30", "300"),
        Lab("2026-04-30", "1000"),
        Lab("2026-06-01", "800"),
    )
    verdicts = judge_lines(lines, labs, as_of=dt.date(2026, 6, 20))
    assert verdicts[["STATE", "BASE", "AVAL", "ADY"]].to_numpy().tolist() == [
        ["RESPONDER", "500", "300", 29],
        ["NON_RESPONDER", "1000", "800", 29],
    ]


def test_a_second_line_never_borrows_the_baseline_of_the_first() -> None:
    lines = lines_frame(
        {"LINE": 1, "FIRSTDOSE": "2026-03-02"},
        {"LINE": 2, "FIRSTDOSE": "2026-05-04"},
    )
    labs = (Lab("2026-02-27", "500"), Lab("2026-03-30", "300"), Lab("2026-06-01", "200"))
    second = judge_lines(lines, labs, as_of=dt.date(2026, 6, 20)).iloc[1]
    assert (second["STATE"], second["REASON"], second["DETAIL"]) == (
        "NOT_EVALUABLE",
        "NO_BASELINE",
        "STALE",
    )


def test_a_second_line_that_begins_before_the_sample_disturbs_the_first() -> None:
    lines = lines_frame(
        {"LINE": 1, "FIRSTDOSE": "2026-03-02"},
        {"LINE": 2, "FIRSTDOSE": "2026-03-25"},
    )
    labs = (Lab("2026-02-27", "500"), Lab("2026-03-30", "300"))
    first = judge_lines(lines, labs, as_of=dt.date(2026, 4, 14)).iloc[0]
    assert (first["STATE"], first["FLAGS"]) == ("RESPONDER", ("INTERCURRENT_LRT",))


def test_a_result_of_nobody_touches_nobody() -> None:
    lines = lines_frame({"USUBJID": "P1", "FIRSTDOSE": "2026-03-02"})
    verdicts = judge_lines(
        lines, (Lab("2026-03-30", "300", more={"USUBJID": "P9"}),), as_of=dt.date(2026, 4, 14)
    )
    assert list(verdicts["STATE"]) == ["MISSED"]


def test_nobody_gives_no_verdict() -> None:
    assert judge_lines(lines_frame(), as_of=dt.date(2026, 4, 14)).empty


def test_a_verdict_names_the_rows_it_rests_on() -> None:
    lines = lines_frame({"FIRSTDOSE": "2026-03-02"})
    labs = (Lab("2026-02-27", "500"), Lab("2026-03-30", "300", more={"DELIVERY": 7, "VERSION": 3}))
    verdict = judge_lines(lines, labs, as_of=dt.date(2026, 4, 14)).iloc[0]
    assert verdict["BASE_SRC"] == (1, 2, "R:AFP|1", 1, 1)
    assert verdict["AVAL_SRC"] == (7, 3, "R:AFP|2", 1, 3)

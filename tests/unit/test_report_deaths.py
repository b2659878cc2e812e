"""Deaths and serious events, how many and one by one: when, how long after the last dose, of what, in study days."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import pandas as pd
import pytest

from milepost.core.death_causes import derive_death_causes
from milepost.core.event_times import summarise_first_days
from milepost.reports.safety_narratives import Told, days_of, narrative
from milepost.reports.safety_serious import MOST_LISTED
from tests.safety_builder import TREATED, exhibit_of, rows_of, safety_inputs, sections_of


def fatal(who: str, term: str, day: str, **more: Any) -> dict[str, Any]:
    return {
        "USUBJID": who, "AETERM": term, "AETOXGR": "5", "AEOUT": "FATAL", "AESTDTC": day, "AESER": "Y", **more
    }  # fmt: skip


def serious(who: str, day: str, **more: Any) -> dict[str, Any]:
    return {"USUBJID": who, "AETERM": "Pneumonia", "AETOXGR": "3", "AESER": "Y", "AESTDTC": day, **more}


DOSES = {f"P{i}": TREATED for i in range(1, 6)} | {"P6": ()}
DEAD = {"P1": "2026-04-05", "P2": "2026-04-20", "P3": "2026-06-20", "P4": "2026-05-05", "P6": "2026-06-01"}


@cache
def deaths() -> tuple[Any, Any, Any]:
    return sections_of(
        safety_inputs(
            DOSES,
            (
                fatal("P2", "Melaena", "2026-04-18", AEREL="RELATED"),
                fatal("P3", "Sepsis", "2026-06-19", AEREL=None),
            ),
            dead=DEAD,
            dispositions=(
                {"USUBJID": "P1", "DSDECOD": "DEATH", "DSTERM": "DISEASE PROGRESSION", "DSSTDTC": DEAD["P1"]},
                {"USUBJID": "P4", "DSDECOD": "DEATH", "DSTERM": "Death", "DSSTDTC": DEAD["P4"]},
                {"USUBJID": "P3", "DSDECOD": "LOST TO FOLLOW-UP", "DSSTDTC": "2026-06-01"},
            ),
            stopped_for={"P3": "PROGRESSIVE DISEASE"},
        )
    )


def test_each_death_stands_with_its_days_and_the_cause_as_recorded_latest_first() -> None:
    _, found, _ = deaths()
    assert exhibit_of(found, "deaths.list").table.head == (
        "Patient", "Died on day", "Days after last dose", "Cause, as recorded", "Drug stopped for", "Note",
    )  # fmt: skip
    # first dose 2 March, last 5 April
    assert rows_of(found, "deaths.list") == [
        (
            "P3",
            "111",
            "76",
            "Sepsis (fatal event, relation not given)",
            "Progression",
            "after loss to follow-up",
        ),
        ("P6", "–", "–", "not recorded", "–", "never treated"),
        ("P4", "65", "30", "not recorded", "–", ""),
        ("P2", "50", "15", "Melaena (fatal event, related)", "–", ""),
        ("P1", "35", "0", "Disease progression", "–", ""),
    ]


def test_deaths_are_counted_of_all_treated_by_the_time_since_the_last_dose_and_by_cause() -> None:
    _, found, ledger = deaths()
    assert rows_of(found, "deaths") == [
        ("Died", "4/5 · 80.0 %"),
        ("up to 30 days after the last dose", "3/5 · 60.0 %"),
        ("later", "1/5 · 20.0 %"),
        ("after leaving the study", "1/5 · 20.0 %"),
        ("a fatal adverse event is recorded", "2/5 · 40.0 %"),
        ("of these related to the study drug", "1/5 · 20.0 %"),
        ("of these without a relation", "1/5 · 20.0 %"),
        ("another cause is recorded", "1/5 · 20.0 %"),
        ("no cause is recorded", "1/5 · 20.0 %"),
        ("Died without a dose", "1"),
    ]
    assert ledger.numbers["died.soon"].receipt.rows == ("P1", "P2", "P4")
    assert found.lead[0] == "5 patients died, 3 up to 30 days after the last dose."


def test_a_fatal_event_without_a_date_of_death_is_a_death_and_says_so() -> None:
    _, found, _ = sections_of(safety_inputs({"P1": TREATED}, (fatal("P1", "Melaena", "2026-03-10"),)))
    assert rows_of(found, "deaths.list")[0][:3] == ("P1", "no date", "–")
    assert ("date of death or last dose not known", "1/1") in rows_of(found, "deaths")
    (note,) = exhibit_of(found, "deaths").notes
    assert note.startswith(
        "1 of them has a fatal event and no date of death: not among the deaths of this morning"
    )
    assert exhibit_of(deaths()[1], "deaths").notes == ()


def test_a_death_known_to_the_month_has_the_days_it_can_have_been_on() -> None:
    lines = safety_inputs({"P1": TREATED}, dead={"P1": "2026-05-31"}).frames.lines
    adsl = pd.DataFrame(
        {"USUBJID": ["P1"], "DTHFL": ["Y"], "DTHDT": [pd.Timestamp("2026-05-01")], "DTHDTF": ["D"]}
    )
    nothing = safety_inputs({"P1": TREATED}).frames
    row = derive_death_causes(
        adsl, lines, nothing.adae, nothing.adex, nothing.ds, as_of=dt.date(2026, 5, 20)
    ).iloc[0]
    # the cut-off comes before the month's last day
    assert (row["DTHDY"], row["LATESTDY"], row["AFTERDAYS"]) == (61, 80, 45)


def test_without_deaths_and_serious_events_sentences_say_so() -> None:
    _, found, _ = sections_of(safety_inputs({"P1": TREATED}))
    assert found.lead == ("No death is known.", " No serious event is recorded.")
    assert exhibit_of(found, "deaths.list").empty == "No death is known."
    assert exhibit_of(found, "serious").empty == exhibit_of(found, "serious.list").empty
    assert rows_of(found, "deaths")[0] == ("Died", "0/1")


# ---- serious events


def test_serious_events_stand_newest_told_first_with_what_the_record_says() -> None:
    rows = (
        serious("P1", "2026-03-10", AEENDTC="2026-03-14", AEOUT="RECOVERED/RESOLVED", AEREL="NOT RELATED",
                AEACN="DRUG INTERRUPTED", KNOWN_FROM=pd.Timestamp("2026-03-15T02:00Z")),
        serious("P2", "2026-04-20", AETOXGR=None, AEREL=None, AEOUT="NOT RECOVERED/NOT RESOLVED",
                KNOWN_FROM=pd.Timestamp("2026-04-30T20:00Z")),
        serious("P3", "2026-02-20", AEENDTC="2026-03-05", KNOWN_FROM=pd.Timestamp("2026-03-01T02:00Z")),
    )  # fmt: skip
    _, found, ledger = sections_of(safety_inputs(DOSES, rows))
    assert rows_of(found, "serious.list") == [
        # told at 04:00 of 1 May in the study's zone: day 61
        ("P2", "Pneumonia", "not given", "50–ongoing", "not given", "not given", "Not recovered", "61",
         "Began on day 50, 15 days after the last dose. Not known to have ended."),
        ("P1", "Pneumonia", "3", "9–13", "No", "Interrupted", "Recovered", "14",
         "Began on day 9, during treatment. Over after 5 days."),
        ("P3", "Pneumonia", "3", "−10–4", "Yes", "not given", "not given", "−1",
         "Began on day −10, before first dose. Ended after 14 days."),
    ]  # fmt: skip
    assert rows_of(found, "serious") == [
        ("All", "3", "3"),
        ("during treatment, counted in the tables", "2", "2"),
        ("before first dose", "1", "1"),
        ("related to the study drug", "1", "1"),
        ("fatal", "0", "0"),
        ("not known to have ended", "1", "1"),
        ("without a grade", "1", "1"),
        ("without a relation", "1", "1"),
    ]
    assert ledger.numbers["serious.open"].receipt.rows == ("P2|AE|AE|2",)


def test_the_group_is_named_in_the_closed_report_alone() -> None:
    inputs = safety_inputs(
        DOSES, (serious("P1", "2026-03-10"),), dead={"P1": "2026-04-05"}, groups={"A": ("P1",), "B": ("P2",)}
    )
    _, found, _ = sections_of(inputs)
    assert rows_of(found, "serious.list")[0][:2] == ("P1", "Arm\u00a0A")
    assert rows_of(found, "deaths.list")[0][:2] == ("P1", "Arm\u00a0A")
    assert exhibit_of(found, "deaths.list").table.textual == (0, 3, 4, 5)


def test_more_serious_events_than_a_page_holds_are_said_to_be_left_out() -> None:
    rows = [
        serious("P1", f"2026-03-{i % 28 + 3:02}", AETERM=f"Event {i}", KNOWN_FROM=pd.Timestamp("2026-05-01T00:00Z"))
        for i in range(MOST_LISTED + 2)
    ]  # fmt: skip
    _, found, _ = sections_of(safety_inputs({"P1": TREATED}, rows))
    table = exhibit_of(found, "serious.list").table
    assert len(table.rows) == MOST_LISTED
    assert table.more == "2 serious events told earlier not listed: milepost derive adae."
    assert exhibit_of(found, "serious.list").rows == MOST_LISTED + 2


def told(**more: Any) -> Told:
    return Told(**{
        "when": "DURING", "start": 35, "end": 68, "partial": False, "grade": 3, "related": "Y", "actions": (),
        "no_action": "none", "outcome": "RECOVERED", "fatal": False, "since": None, "treated": True, "death": None,
        "told_day": 70, "later_line": None, "days_after": 30, **more,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("event", "days", "words"),
    [
        (told(), "35–68", "Began on day 35, during treatment. Over after 34 days."),
        (told(start=35, end=35), "35", "Began on day 35, during treatment. Over after 1 day."),
        (told(start=-2, end=1), "−2–1", "Began on day −2, during treatment. Over after 3 days."),
        (told(outcome="SEQUELAE"), "35–68", "Began on day 35, during treatment. Over with sequelae after 34 days."),
        (told(end=None), "35–?", "Began on day 35, during treatment. Over, day not given."),
        (
            told(end=None, outcome="ONGOING", death=90), "35–ongoing",
            "Began on day 35, during treatment. Not known to have ended. Died on day 90.",
        ),
        (
            told(end=None, outcome="RECOVERING"), "35–ongoing",
            "Began on day 35, during treatment. Getting better, not ended.",
        ),
        (
            told(end=None, outcome="FATAL", fatal=True, death=48, since=2, when="AFTER"), "35–48",
            "Began on day 35, 2 days after the last dose. Ended in death on day 48.",
        ),
        (told(fatal=True, outcome="FATAL", end=None), "35–?", "Began on day 35, during treatment. Ended in death."),
        (told(partial=True), "35–68", "Began about day 35, during treatment. Over by day 68."),
        (told(start=None, end=68), "?–68", "Day of onset not given, during treatment. Over by day 68."),
        (told(later_line=2), "35–68", "Days of line 2. Began on day 35, during treatment. Over after 34 days."),
        (told(treated=False, when="AFTER"), "35–68", "Began on day 35, never treated. Over after 34 days."),
    ],
)  # fmt: skip
def test_the_course_of_a_serious_event_is_told_in_study_days(event: Told, days: str, words: str) -> None:
    assert (days_of(event), narrative(event)) == (days, words)


def test_no_calendar_day_stands_in_either_section() -> None:
    for section in deaths()[:2]:
        assert "2026" not in repr(section)


def test_the_days_of_first_events_have_a_median_and_quartiles_without_those_nobody_dated() -> None:
    times = pd.DataFrame(
        {"AESI": "HTN", "USUBJID": list("abcdef"), "DAYS": [4, 1, 10, 20, 8, 3], "STATUS": [1, 1, 1, 1, 0, 1],
         "UNDATED": [False, True, False, False, False, False]}
    )  # fmt: skip
    row = summarise_first_days(times).iloc[0]
    # 3, 4, 10, 20: median 7; quartiles 3.75 and 12.5 (type 7)
    assert (row["EVENTS"], row["UNDATED"], row["DAYS"]) == (5, 1, (3, 4, 10, 20))
    assert (row["MEDIAN"], row["Q1"], row["Q3"]) == (7.0, 3.75, 12.5)

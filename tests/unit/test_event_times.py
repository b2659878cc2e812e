"""Patients behind the counts of adverse events, the time they were watched, and shares with death competing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from milepost.core.adverse_events import derive_adverse_events
from milepost.core.cumulative_incidence import cumulative_incidence, incidence_at
from milepost.core.event_counts import (
    select_patients_of_interest,
    select_patients_with_events,
    summarise_adverse_events,
)
from milepost.core.event_times import derive_times_to_first
from milepost.core.incidence import summarise_incidence, summarise_watched_incidence
from milepost.core.populations import derive_lines
from milepost.core.watched_time import select_watched_lines
from milepost.errors import DataProblem
from milepost.protocol import SafetyRules, SpecialInterest
from tests.spec.records import records
from tests.spec.test_lines import PROTOCOL as STUDY

AS_OF = dt.date(2026, 6, 30)
BLEED = SpecialInterest(id="BLEED", label="Bleeding", terms=("Haematuria", "Melaena"))
RASH = SpecialInterest(id="RASH", label="Rash", terms=("Rash",))
PROTOCOL = STUDY.model_copy(update={"safety": SafetyRules(emergent_days=30, interest=(BLEED, RASH))})


def lines_of(doses: dict[str, tuple], dead: dict[str, str] | None = None) -> pd.DataFrame:
    """Subject -> (first day, last day, line) of each course of the drug."""
    ex = [
        {"USUBJID": who, "EXTRT": "ANL", "EXDOSE": "12", "EXSTDTC": start, "EXENDTC": end, "EXLINE": line}
        for who, own in doses.items()
        for start, end, line in own
    ]
    dm = [{"USUBJID": who, "DTHDTC": (dead or {}).get(who)} for who in doses]
    return derive_lines(records("DM", *dm), records("EX", *ex), records("DS"), records("SS"), PROTOCOL)


def events_of(lines: pd.DataFrame, *rows: dict[str, Any]) -> pd.DataFrame:
    told = [{"AETERM": "Rash", "AETOXGR": "1", "AESER": "N", **row} for row in rows]
    return derive_adverse_events(records("AE", *told), lines, protocol=PROTOCOL, as_of=AS_OF).adae


ONE = (("2026-03-02", "2026-04-05", "1"),)  # watched for 35 days of dosing and 30 more


def test_what_an_event_without_an_answer_may_hide_is_counted_apart() -> None:
    lines = lines_of({"P1": ONE, "P2": ONE, "P3": ONE})
    adae = events_of(
        lines,
        {"USUBJID": "P1", "AESTDTC": "2026-03-05", "AETOXGR": "2", "AEREL": "RELATED"},
        {"USUBJID": "P1", "AESTDTC": "2026-03-06", "AETOXGR": None, "AEREL": None, "AESER": None},
        {"USUBJID": "P2", "AESTDTC": "2026-03-05", "AETOXGR": "3", "AEREL": "NOT RELATED"},
        {"USUBJID": "P2", "AESTDTC": "2026-03-06", "AETOXGR": None, "AEREL": None},
        {"USUBJID": "P3", "AESTDTC": "2026-03-05", "AETOXGR": "4", "AESER": "Y"},
    )
    row = summarise_adverse_events(adae, lines, as_of=AS_OF).iloc[0]
    kinds = (
        "G3PLUS",
        "G3OPEN",
        "GMISSING",
        "RELATED",
        "RELATEDOPEN",
        "RELATIONMISSING",
        "SERIOUS",
        "SERIOUSOPEN",
    )
    # P1 has grade 2 and one without a grade: no grade 3 is known, and none can be ruled out
    assert [row[kind] for kind in kinds] == [2, 1, 0, 1, 2, 1, 1, 1]


def test_who_is_counted_is_told_patient_by_patient_with_one_spelling_for_a_term() -> None:
    lines = lines_of({"P1": ONE, "P2": ONE})
    adae = events_of(
        lines,
        {
            "USUBJID": "P1",
            "AESTDTC": "2026-03-05",
            "AETERM": "Haematuria",
            "AEBODSYS": "Renal",
            "AETOXGR": "1",
        },
        {
            "USUBJID": "P1",
            "AESTDTC": "2026-03-09",
            "AETERM": "Hematuria",
            "AEBODSYS": "Renal",
            "AETOXGR": "3",
        },
        {
            "USUBJID": "P2",
            "AESTDTC": "2026-03-09",
            "AETERM": "Haematuria",
            "AEBODSYS": "Renal",
            "AETOXGR": "2",
        },
    )
    told = select_patients_with_events(adae, lines, as_of=AS_OF)
    assert told[
        ["LEVEL", "AEBODSYS", "ATERM", "USUBJID", "EVENTS", "G1", "G2", "G3"]
    ].to_numpy().tolist() == [
        ["ANY", None, None, "P1", 2, 0, 0, 1],
        ["ANY", None, None, "P2", 1, 0, 1, 0],
        ["SOC", "Renal", None, "P1", 2, 0, 0, 1],
        ["SOC", "Renal", None, "P2", 1, 0, 1, 0],
        ["TERM", "Renal", "Haematuria", "P1", 2, 0, 0, 1],
        ["TERM", "Renal", "Haematuria", "P2", 1, 0, 1, 0],
    ]


def test_a_group_of_interest_counts_a_patient_once_at_the_worst_grade_of_its_terms() -> None:
    lines = lines_of({"P1": ONE, "P2": ONE})
    adae = events_of(
        lines,
        {"USUBJID": "P1", "AESTDTC": "2026-03-05", "AETERM": "Haematuria", "AETOXGR": "1"},
        {"USUBJID": "P1", "AESTDTC": "2026-03-06", "AETERM": "Melaena", "AETOXGR": "3"},
        {"USUBJID": "P2", "AESTDTC": "2026-03-06", "AETERM": "Melaena", "AETOXGR": None},
        {"USUBJID": "P2", "AESTDTC": "2026-03-06", "AETERM": "Cough", "AETOXGR": "4"},
    )
    told = select_patients_of_interest(adae, lines, as_of=AS_OF)
    columns = ["AESI", "USUBJID", "EVENTS", "G1", "G3", "G4", "GMISSING", "G3OPEN"]
    assert told[columns].to_numpy().tolist() == [
        ["BLEED", "P1", 2, 0, 1, 0, 0, 0],
        ["BLEED", "P2", 1, 0, 0, 0, 1, 1],
    ]


def test_only_lines_of_entry_are_watched_and_the_next_line_ends_the_watch() -> None:
    lines = lines_of({"P1": (("2026-03-02", "2026-03-31", "1"), ("2026-04-11", None, "2"))})
    entry = lines[lines["LINE"] == 1][["USUBJID", "LINE"]]
    adae = events_of(
        lines, {"USUBJID": "P1", "AESTDTC": "2026-03-11"}, {"USUBJID": "P1", "AESTDTC": "2026-04-20"}
    )
    # 2 March to 10 April: 40 days; the second event belongs to line 2 and is not counted
    both = summarise_incidence(adae, lines, protocol=PROTOCOL, as_of=AS_OF)
    watched = select_watched_lines(lines, protocol=PROTOCOL, as_of=AS_OF, kept=entry)
    first = summarise_watched_incidence(adae, watched, protocol=PROTOCOL, kinds=("ANY",))
    assert first["OF"].tolist() == ["ANY"] and both["EVENTS"].iloc[0] == 2
    assert first["EVENTS"].iloc[0] == 1
    assert first["YEARS"].iloc[0] * 365.25 == pytest.approx(40)
    assert first["YEARSFIRST"].iloc[0] * 365.25 == pytest.approx(10)


def test_lines_of_the_open_report_come_without_an_arm_and_give_the_same_rates() -> None:
    lines = lines_of({"P1": ONE})
    adae = events_of(lines, {"USUBJID": "P1", "AESTDTC": "2026-03-11"})
    without = summarise_incidence(adae, lines.drop(columns="ARMCD"), protocol=PROTOCOL, as_of=AS_OF)
    pd.testing.assert_frame_equal(without, summarise_incidence(adae, lines, protocol=PROTOCOL, as_of=AS_OF))


def test_time_to_first_ends_with_the_event_with_death_or_with_the_watch() -> None:
    lines = lines_of({"P1": ONE, "P2": ONE, "P3": ONE, "P4": ONE}, {"P2": "2026-03-20", "P3": "2026-03-11"})
    adae = events_of(
        lines,
        {"USUBJID": "P1", "AESTDTC": "2026-03-20"},
        {"USUBJID": "P1", "AESTDTC": "2026-03-10"},
        {"USUBJID": "P3", "AESTDTC": "2026-03-11"},
        {"USUBJID": "P4", "AESTDTC": None},
    )
    watched = select_watched_lines(lines, protocol=PROTOCOL, as_of=AS_OF)
    told = derive_times_to_first(adae, watched, protocol=PROTOCOL)
    columns = ["USUBJID", "DAYS", "STATUS", "UNDATED"]
    # P3 died on the day of the event: it is an event. P4 cannot be dated and stands at day 1
    assert told[told["AESI"] == "RASH"][columns].to_numpy().tolist() == [
        ["P1", 9, 1, False], ["P2", 19, 2, False], ["P3", 10, 1, False], ["P4", 1, 1, True],
    ]  # fmt: skip
    assert told[told["AESI"] == "BLEED"][["DAYS", "STATUS"]].to_numpy().tolist() == [
        [65, 0], [19, 2], [10, 2], [65, 0],
    ]  # fmt: skip


def test_two_lines_are_one_course_of_the_days_watched_and_death_ends_the_last_of_them() -> None:
    both = (*ONE, ("2026-05-11", None, "2"))
    lines = lines_of({"P1": both, "P2": both, "P3": both}, {"P3": "2026-05-20"})
    adae = events_of(
        lines, {"USUBJID": "P1", "AESTDTC": "2026-05-12"}, {"USUBJID": "P2", "AESTDTC": "2026-03-05"},
        {"USUBJID": "P2", "AESTDTC": "2026-05-12"},
    )  # fmt: skip
    watched = select_watched_lines(lines, protocol=PROTOCOL, as_of=AS_OF)
    told = derive_times_to_first(adae, watched, protocol=PROTOCOL)
    # line 1 was watched for 65 days to 5 May; line 2 from 11 May: to the cut-off 51 days, to death 10
    assert told[told["AESI"] == "RASH"][["USUBJID", "DAYS", "STATUS"]].to_numpy().tolist() == [
        ["P1", 67, 1], ["P2", 4, 1], ["P3", 75, 2],
    ]  # fmt: skip
    assert told[told["AESI"] == "BLEED"]["DAYS"].tolist() == [116, 116, 75]


def test_of_two_lines_begun_on_one_day_no_day_is_watched_twice() -> None:
    lines = lines_of({"P1": (("2026-03-02", "2026-04-05", "1"), ("2026-03-02", "2026-04-05", "2"))})
    adae = events_of(lines, {"USUBJID": "P1", "AESTDTC": "2026-03-04"})
    watched = select_watched_lines(lines, protocol=PROTOCOL, as_of=AS_OF)
    assert watched[["LINE", "DAYS"]].to_numpy().tolist() == [[1, 0], [2, 65]]
    rates = summarise_watched_incidence(adae, watched, protocol=PROTOCOL, kinds=("ANY",)).iloc[0]
    assert [rates["N"], rates["SUBJECTS"]] == [1, 1]
    assert [rates["YEARSFIRST"] * 365.25, rates["YEARS"] * 365.25] == pytest.approx([3, 65])


# survfit(Surv(t, factor(s, 0:2)) ~ 1, conf.type = "log-log") of R's survival 3.5-3: share, lower, upper limit
TIMES = [3, 5, 5, 8, 8, 8, 12, 15, 20, 20, 23, 30]
ENDS = [1, 2, 1, 1, 0, 2, 0, 1, 2, 1, 0, 0]
BY_R = {
    3: (0.0833333333333, 0.00505283547899, 0.311070409990),
    5: (0.1666666666667, 0.02651042659083, 0.412980312724),
    8: (0.2500000000000, 0.06014455573333, 0.504758833298),
    12: (0.2500000000000, 0.06014455573333, 0.504758833298),
    15: (0.3666666666667, 0.10757601382007, 0.636681028609),
    20: (0.4833333333333, 0.17018044718309, 0.741935553313),
    30: (0.4833333333333, 0.17018044718309, 0.741935553313),
}


@pytest.mark.parametrize("day", sorted(BY_R))
def test_the_share_with_an_event_where_death_competes_is_the_one_of_r(day: int) -> None:
    (found,) = incidence_at(cumulative_incidence(TIMES, ENDS), [day])
    assert (found.value, found.lo, found.hi) == pytest.approx(BY_R[day], rel=1e-10)


def test_without_other_ends_the_share_is_the_plain_one() -> None:
    (half,) = incidence_at(cumulative_incidence([1, 2, 3, 4], [1, 1, 0, 0]), [2])
    assert half.value == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("times", "ends", "day", "value", "reason"),
    [
        ([], [], 5, None, "no patient"),
        ([10, 20], [1, 0], 21, None, "nobody was watched that long"),
        ([10, 20], [0, 2], 15, 0.0, "no limits are defined where nobody, or everybody, has had the event"),
        ([10, 20], [1, 1], 20, 1.0, "no limits are defined where nobody, or everybody, has had the event"),
    ],
)
def test_what_cannot_be_told_has_a_reason(
    times: list[int], ends: list[int], day: int, value: float | None, reason: str
) -> None:
    (found,) = incidence_at(cumulative_incidence(times, ends), [day])
    assert (found.value, found.lo, found.hi, found.reason) == (value, None, None, reason)


@pytest.mark.parametrize(("time", "end"), [(-1, 1), (float("nan"), 1), (3, 4)])
def test_dates_that_contradict_each_other_are_refused(time: float, end: int) -> None:
    with pytest.raises(DataProblem):
        cumulative_incidence([time], [end])

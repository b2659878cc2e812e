"""Adverse events as the tables say: onset, line, grade, outcome; patients counted once; incidence by time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from milepost.core.adverse_events import AdverseEvents, derive_adverse_events
from milepost.core.cut_off import select_lines_by
from milepost.core.event_counts import summarise_adverse_events
from milepost.core.event_words import actions_of, grade_of, outcome_of, relation_of
from milepost.core.incidence import summarise_incidence
from milepost.core.interest_groups import groups_by_term, interest_groups, term_key
from milepost.core.populations import derive_lines
from milepost.homes import PROJECT
from milepost.protocol import SafetyRules, SpecialInterest
from milepost.runtime import read_study
from tests.spec.cases_adverse_events import (
    ACTIONS,
    COUNTS,
    CYCLES,
    GRADES,
    GROUPS,
    INCIDENCE,
    INCIDENCE_DOSES,
    INCIDENCE_EVENTS,
    OUTCOMES,
    RELATIONS,
    Count,
    Dose,
    Events,
    event,
    of,
)
from tests.spec.records import records
from tests.spec.test_lines import PROTOCOL as STUDY

PROTOCOL = STUDY.model_copy(
    update={
        "safety": SafetyRules(
            emergent_days=30,
            interest=(
                SpecialInterest(
                    id="HTN", label="Hypertension", terms=("Hypertension", "Hypertensive crisis", "高血压")
                ),
                SpecialInterest(
                    id="EMERGENCY", label="Emergencies", terms=("hypertensive  crisis",), alert_grade=1
                ),
                SpecialInterest(id="BLEED", label="Bleeding", terms=("Oesophageal varices haemorrhage",)),
            ),
        )
    }
)
CASES = [case for cases in GROUPS.values() for case in cases]
AS_OF = dt.date(2026, 6, 30)


def lines_of(doses: dict[str, tuple[Dose, ...]], died: str | None = None, arms: dict[str, str] | None = None):
    """The lines of therapy of patients with these doses."""
    given = [
        {"USUBJID": subject, "EXTRT": "ANL", "EXDOSE": "12", "EXSTDTC": start, "EXENDTC": end, **more}
        for subject, rows in doses.items()
        for start, end, more in rows
    ]
    people = [
        {"USUBJID": subject, "ACTARMCD": (arms or {}).get(subject, "ANL"), "DTHDTC": died}
        for subject in doses
    ]
    return derive_lines(records("DM", *people), records("EX", *given), records("DS"), records("SS"), PROTOCOL)


def derived(case: Events) -> AdverseEvents:
    """What a case's events give."""
    return derive_adverse_events(
        records("AE", *case.events), lines_of({"P1": case.doses}, case.died), protocol=PROTOCOL,
        as_of=dt.date.fromisoformat(case.as_of),
    )  # fmt: skip


def plain(value: Any) -> Any:
    """Days as ISO text, nothing as None."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_each_event_is_what_the_table_says(case: Events) -> None:
    found = derived(case).adae.to_dict("records")
    assert len(found) == len(case.gives)
    wanted = [
        {name: plain(row[name]) for name in gives} for gives, row in zip(case.gives, found, strict=True)
    ]
    assert wanted == list(case.gives)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_the_site_is_asked_what_the_table_says_and_nothing_else(case: Events) -> None:
    problems = derived(case).problems
    assert sorted(problems["RULE"]) == sorted(case.asks)
    assert all(problems["QUESTION"].str.len() > 20)


def test_every_row_is_kept_with_its_receipt() -> None:
    rows = [event("2026-03-10"), event(None), event("unclear"), event("2026-03-10", "2026-03-01")]
    adae = derive_adverse_events(
        records("AE", *rows), lines_of({"P1": CYCLES}), protocol=PROTOCOL, as_of=AS_OF
    ).adae
    assert sorted(adae["RECKEY"]) == ["AE|1", "AE|2", "AE|3", "AE|4"]
    assert adae["SRC"].tolist() == [(f"AE|{key}",) for key in adae["RECKEY"]]


def test_a_subject_without_a_line_keeps_its_event() -> None:
    adae = derive_adverse_events(
        records("AE", event("2026-03-10", USUBJID="P9", SITEID="S07")), lines_of({"P1": CYCLES}), protocol=PROTOCOL,
        as_of=AS_OF,
    ).adae  # fmt: skip
    row = adae.iloc[0]
    assert (row["USUBJID"], row["SITEID"], row["TRTEMFL"]) == ("P9", "S07", None)
    assert row["LINE"] is pd.NA


def test_a_death_that_only_disposition_tells_is_known_too() -> None:
    found = derive_adverse_events(
        records("AE", event("2026-04-20")), lines_of({"P1": CYCLES}), protocol=PROTOCOL, as_of=AS_OF,
        ds=records("DS", {"DSCAT": "DISPOSITION EVENT", "DSDECOD": "DEATH", "DSSTDTC": "2026-04-15"}),
    )  # fmt: skip
    assert found.problems["RULE"].tolist() == ["AE-NOT-AFTER-DEATH"]


def test_a_death_after_the_cut_off_that_only_demographics_tell_is_no_missing_death() -> None:
    lines = select_lines_by(lines_of({"P1": CYCLES}, "2026-04-15"), dt.date(2026, 4, 12))
    row = event("2026-04-10", AETOXGR="5", AESER="Y", AEOUT="FATAL")
    found = derive_adverse_events(
        records("AE", row), lines, protocol=PROTOCOL, as_of=dt.date(2026, 4, 12),
        dm=records("DM", {"DTHDTC": "2026-04-15"}),
    )  # fmt: skip
    assert found.adae[["AFATAL", "AEOUT"]].to_numpy().tolist() == [["N", None]]
    assert found.problems.empty


def test_the_same_events_in_another_order_give_the_same_frame() -> None:
    rows = records(
        "AE", event("2026-03-10"), event("2026-03-05", AETOXGR="3"), event("2026-03-05"), event(None)
    )
    lines = lines_of({"P1": CYCLES})
    first, again = (
        derive_adverse_events(part, lines, protocol=PROTOCOL, as_of=AS_OF).adae
        for part in (rows, rows.iloc[::-1])
    )
    pd.testing.assert_frame_equal(first, again)


@pytest.mark.parametrize(("text", "grade"), GRADES)
def test_a_grade_is_read(text: str | None, grade: int | None) -> None:
    assert grade_of(text) == grade


@pytest.mark.parametrize(("text", "related"), RELATIONS)
def test_a_relation_is_read(text: str | None, related: str | None) -> None:
    assert relation_of(text) == (related, True)


@pytest.mark.parametrize(("text", "done"), ACTIONS)
def test_an_action_is_read(text: str | None, done: tuple[str, ...]) -> None:
    assert actions_of(text) == (done, True)


@pytest.mark.parametrize(("text", "outcome"), OUTCOMES)
def test_an_outcome_is_read(text: str | None, outcome: str | None) -> None:
    assert outcome_of(text) == (outcome, True)


def test_a_word_that_is_not_understood_is_asked_and_never_taken_for_no() -> None:
    found = derive_adverse_events(
        records("AE", event("2026-03-10", AEREL="perhaps", AEACN="cut in half", AEOUT="better")),
        lines_of({"P1": CYCLES}), protocol=PROTOCOL, as_of=AS_OF,
    )  # fmt: skip
    assert found.adae[["AREL", "AACN", "AOUT"]].to_numpy().tolist() == [[None, (), None]]
    assert found.problems["RULE"].tolist() == ["AE-ACTION-KNOWN", "AE-OUTCOME-KNOWN", "AE-RELATION-KNOWN"]


def test_of_two_records_of_one_event_the_one_we_knew_later_is_asked_about() -> None:
    rows = records(
        "AE",
        event("2026-04-10", AESER="Y", KNOWN_FROM="2026-04-20T10:00Z"),
        event("2026-04-10", AESER="Y", KNOWN_FROM="2026-04-12T10:00Z"),
    )
    problems = derive_adverse_events(rows, lines_of({"P1": CYCLES}), protocol=PROTOCOL, as_of=AS_OF).problems
    assert problems[["RECKEY", "RULE"]].to_numpy().tolist() == [["AE|1", "AE-POSSIBLE-DUPLICATE"]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Diarrhoea", "diarrhea"), ("Anaemia", "Anemia"), ("Oedema peripheral", "Edema peripheral"),
        ("Tumour haemorrhage", "Tumor haemorrhage"), ("Hypoaesthesia", "Hypoesthesia"),
        ("Palmar-plantar erythrodysaesthesia syndrome", "Palmar–plantar erythrodysesthesia syndrome"),
        ("Gastrooesophageal reflux disease", "Gastroesophageal reflux disease"), ("Leucopenia", "Leukopenia"),
    ],
)  # fmt: skip
def test_two_spellings_are_one_term(one: str, other: str) -> None:
    assert term_key(one) == term_key(other)


def test_no_two_terms_of_the_default_study_are_made_one_by_spelling_that_are_not() -> None:
    """Terms of different groups stay apart, and a whole term is never a part of another."""
    interest = read_study(PROJECT / "config").protocol.safety.interest
    groups = groups_by_term(interest)
    assert [keys for keys in groups.values() if len(keys) > 1] == []
    assert term_key("Portal hypertension") not in groups


@pytest.mark.parametrize(
    ("term", "group"),
    [
        ("Variceal haemorrhage", "HAEMORRHAGE"), ("Variceal hemorrhage", "HAEMORRHAGE"),
        ("Upper gastrointestinal bleeding", "HAEMORRHAGE"), ("Esophageal varices haemorrhage", "HAEMORRHAGE"),
        ("Embolism arterial", "ARTERIAL_TE"), ("Ischemic stroke", "ARTERIAL_TE"), ("Diarrhea", "GI_MUCOSAL"),
        ("食管胃底静脉曲张破裂出血", "HAEMORRHAGE"), ("Hypertriglyceridemia", "LIPIDS"),
    ],
)  # fmt: skip
def test_the_default_study_knows_the_term(term: str, group: str) -> None:
    assert interest_groups([term], read_study(PROJECT / "config").protocol.safety.interest) == [(group,)]


# ---- counting


def counted(events: tuple[dict[str, Any], ...], by: tuple[str, ...] = (), arms: dict[str, str] | None = None):
    lines = lines_of({"P1": CYCLES, "P2": CYCLES, "P3": CYCLES, "P4": ()}, arms=arms)
    adae = derive_adverse_events(records("AE", *events), lines, protocol=PROTOCOL, as_of=AS_OF).adae
    return summarise_adverse_events(adae, lines, as_of=AS_OF, by=by)


@pytest.mark.parametrize("case", COUNTS, ids=lambda case: case.title)
def test_patients_are_counted_as_the_table_says(case: Count) -> None:
    table = counted(case.events)
    for level, name, counts in case.table:
        rows = table[table["LEVEL"] == level]
        rows = rows if name is None else rows[rows["ATERM" if level == "TERM" else "AEBODSYS"] == name]
        assert len(rows) == 1
        assert {key: rows[key].iloc[0] for key in counts} == counts


def test_arms_are_counted_apart_and_an_arm_without_events_has_its_row() -> None:
    table = counted((of("P1", "Rash", "2"),), ("ARMCD",), {"P1": "ANL", "P2": "SOR", "P3": "SOR"})
    overall = table[table["LEVEL"] == "ANY"]
    assert overall[["ARMCD", "N", "SUBJECTS"]].to_numpy().tolist() == [["ANL", 1, 1], ["SOR", 2, 0]]


def test_a_patient_treated_in_two_lines_counts_once_unless_lines_are_asked_for() -> None:
    doses = {"P1": (("2026-03-02", "2026-04-05", {"EXLINE": "1"}), ("2026-05-01", None, {"EXLINE": "2"}))}
    lines = lines_of(doses)
    rows = (event("2026-03-10", AETOXGR="2"), event("2026-05-10", AETOXGR="1"))
    adae = derive_adverse_events(records("AE", *rows), lines, protocol=PROTOCOL, as_of=AS_OF).adae
    pooled = summarise_adverse_events(adae, lines, as_of=AS_OF)
    apart = summarise_adverse_events(adae, lines, as_of=AS_OF, by=("LINE",))
    columns = ["N", "SUBJECTS", "EVENTS", "G1", "G2"]
    assert pooled.loc[pooled["LEVEL"] == "ANY", columns].to_numpy().tolist() == [[1, 1, 2, 0, 1]]
    assert apart.loc[apart["LEVEL"] == "ANY", ["LINE", *columns]].to_numpy().tolist() == [
        [1, 1, 1, 1, 0, 1],
        [2, 1, 1, 1, 1, 0],
    ]


# ---- incidence


def test_incidence_counts_patients_by_time_to_the_first_event_and_events_by_all_time() -> None:
    lines = lines_of(INCIDENCE_DOSES)
    adae = derive_adverse_events(records("AE", *INCIDENCE_EVENTS), lines, protocol=PROTOCOL, as_of=AS_OF).adae
    table = summarise_incidence(adae, lines, protocol=PROTOCOL, as_of=AS_OF)
    row = table[table["OF"] == "TERM"].iloc[0]
    assert {name: row[name] for name in INCIDENCE} == pytest.approx(INCIDENCE, rel=1e-4)
    nothing = table[table["OF"] == "AESI"]
    assert nothing[["ID", "SUBJECTS", "RATE"]].to_numpy().tolist() == [
        ["HTN", 0, 0.0], ["EMERGENCY", 0, 0.0], ["BLEED", 0, 0.0],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "person", "ended", "days"),
    [
        ("up to 30 days after the last dose", {}, (), 65),
        ("to death", {"DTHDTC": "2026-04-10"}, (), 40),
        ("to withdrawal of consent", {}, (("DISPOSITION EVENT", "WITHDRAWAL BY SUBJECT", "2026-04-10"),), 40),
        ("to loss to follow-up", {}, (("DISPOSITION EVENT", "LOST TO FOLLOW-UP", "2026-04-10"),), 40),
        ("not to a stop of the drug alone", {}, (("TREATMENT", "ADVERSE EVENT", "2026-04-06"),), 65),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_patient_is_watched(title: str, person: dict[str, Any], ended: tuple, days: int) -> None:
    ex = [{"EXTRT": "ANL", "EXDOSE": "12", "EXSTDTC": start, "EXENDTC": end} for start, end, _ in CYCLES]
    ds = [{"DSCAT": cat, "DSDECOD": word, "DSSTDTC": day} for cat, word, day in ended]
    lines = derive_lines(
        records("DM", person), records("EX", *ex), records("DS", *ds), records("SS"), PROTOCOL
    )
    adae = derive_adverse_events(records("AE"), lines, protocol=PROTOCOL, as_of=AS_OF).adae
    table = summarise_incidence(adae, lines, protocol=PROTOCOL, as_of=AS_OF)
    assert table["YEARS"].iloc[0] * 365.25 == pytest.approx(days)


def test_two_lines_of_one_patient_are_one_course_of_time_to_the_first_event() -> None:
    doses = {"P1": (("2026-03-02", "2026-04-05", {"EXLINE": "1"}), ("2026-04-20", None, {"EXLINE": "2"}))}
    lines = lines_of(doses)
    adae = derive_adverse_events(
        records("AE", event("2026-04-21")), lines, protocol=PROTOCOL, as_of=AS_OF
    ).adae
    table = summarise_incidence(adae, lines, protocol=PROTOCOL, as_of=AS_OF)
    # line 1 was watched from 03-02 to 04-19, 49 days; the event came on day 2 of line 2, which was watched for 72 days
    row = table.iloc[0]
    assert (row["N"], row["SUBJECTS"]) == (1, 1)
    assert row["YEARSFIRST"] * 365.25 == pytest.approx(51)
    assert row["YEARS"] * 365.25 == pytest.approx(121)

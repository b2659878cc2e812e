"""Adverse events in the report: patients once at the worst grade, of all treated; what is missing stands apart."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from milepost.reports.ledger import Ledger
from milepost.reports.safety_section import safety_definitions
from milepost.reports.safety_terms import MOST_LISTED
from milepost.reports.section import Section
from tests.safety_builder import TREATED, exhibit_of, rows_of, safety_inputs, sections_of

P = {f"P{i}": TREATED for i in range(1, 7)}


def at(who: str, term: str = "Rash", grade: str | None = "1", day: str = "2026-03-10", **more: Any) -> dict:
    body = {"Rash": "Skin disorders", "Itching": "Skin disorders", "Hypertension": "Vascular disorders"}
    return {
        "USUBJID": who, "AETERM": term, "AEDECOD": term, "AEBODSYS": body.get(term), "AETOXGR": grade,
        "AESTDTC": day, **more,
    }  # fmt: skip


SIX = (
    at("P1", grade="1"), at("P1", grade="3"), at("P1", "Itching", "2", AEREL="NOT RELATED"),
    at("P2", grade="2", AEACN="DOSE REDUCED"), at("P2", "Hypertension", None, AEREL=None),
    at("P3", "Hypertension", "4", AESER="Y", AEACN="DRUG WITHDRAWN"),
    at("P4", "Hypertension", "5", AEOUT="FATAL", AEREL="NOT RELATED"),
    at("P5", "Rash", "4", day="2026-02-27"),  # before first dose: not counted
)  # fmt: skip


@cache
def six() -> tuple[Section, Section, Ledger]:
    """The sections on these six patients."""
    return sections_of(safety_inputs(P, SIX))


def test_the_overview_counts_patients_of_all_treated_and_shows_what_is_missing_apart() -> None:
    events, _, _ = six()
    rows = {name: (share, interval) for name, share, interval in rows_of(events, "ae.overview")}
    # 4 of 6: Clopper and Pearson 22.3 to 95.7 %
    assert rows["Any adverse event"] == ("4/6 · 66.7 %", "22.3–95.7 %")
    assert rows["Grade 3 or more"][0] == "3/6 · 50.0 %"
    assert rows["none known, but a grade is missing"][0] == "1/6 · 16.7 %"
    assert rows["Related to the study drug"][0] == "3/6 · 50.0 %"
    assert rows["Related, grade 3 or more"][0] == "2/6 · 33.3 %"
    assert rows["Serious"][0] == "2/6 · 33.3 %"
    assert rows["Drug stopped for it"][0] == "1/6 · 16.7 %"
    assert rows["Dose reduced for it"][0] == "1/6 · 16.7 %"
    assert rows["Drug interrupted for it"] == ("0/6", "0.0–45.9 %")
    assert rows["Fatal"][0] == "1/6 · 16.7 %"
    assert "none known, but a relation is missing" not in rows  # P2 has a related one beside it


def test_the_table_has_each_patient_once_a_row_at_the_worst_grade() -> None:
    events, _, _ = six()
    assert rows_of(events, "ae.table") == [
        ("Vascular disorders", "3/6 · 50.0 %", "0", "0", "0", "1", "1", "1", "2/6 · 33.3 %"),
        ("Hypertension", "3/6 · 50.0 %", "0", "0", "0", "1", "1", "1", "2/6 · 33.3 %"),
        ("Skin disorders", "2/6 · 33.3 %", "0", "1", "1", "0", "0", "0", "1/6 · 16.7 %"),
        ("Rash", "2/6 · 33.3 %", "0", "1", "1", "0", "0", "0", "1/6 · 16.7 %"),
        ("Itching", "1/6 · 16.7 %", "0", "1", "0", "0", "0", "0", "0/6"),
    ]


def test_a_term_stands_below_its_class_however_the_class_is_spelt() -> None:
    rows = (
        at("P1", "Rash", AEBODSYS="Skin disorders"), at("P2", "Rash", AEBODSYS="Skin disorders"),
        at("P3", "Acne", AEBODSYS="SKIN DISORDERS"), at("P4", "Fall", AEBODSYS=None),
    )  # fmt: skip
    events, _, _ = sections_of(safety_inputs(P, rows))
    assert [row[:2] for row in rows_of(events, "ae.table")] == [
        ("Skin disorders", "3/6 · 50.0 %"), ("Rash", "2/6 · 33.3 %"), ("Acne", "1/6 · 16.7 %"),
        ("Class not given", "1/6 · 16.7 %"), ("Fall", "1/6 · 16.7 %"),
    ]  # fmt: skip


def test_numbers_are_entered_once_with_the_patients_they_count() -> None:
    _, _, ledger = six()
    told = {id_: (n.value, n.denominator, n.receipt.rows) for id_, n in ledger.numbers.items()}
    assert told["ae.any"] == (4, 6, ("P1", "P2", "P3", "P4"))
    assert told["ae.grade3"] == (3, 6, ("P1", "P3", "P4"))
    assert told["ae.term.rash"] == (2, 6, ("P1", "P2"))
    assert told["ae.term.rash.worst.3"] == (1, 6, ("P1",))
    assert told["ae.term.hypertension.worst.missing"] == (1, 6, ("P2",))
    assert told["ae.interest.HTN.grade3"] == (2, 6, ("P3", "P4"))
    assert told["ae.interest.QT"] == (0, 6, ())
    assert {id_ for id_, n in ledger.numbers.items() if n.followed} == {
        "ae.any", "ae.grade3", "ae.serious", "ae.fatal", "died.all", "serious.all",
    }  # fmt: skip


def test_rates_are_those_of_the_time_watched_with_exact_limits() -> None:
    events, _, ledger = six()
    # P1 to P4 had an event on day 9, P5 and P6 were watched for 65 days: 166 days, 0.4545 years; all 390 days
    # 4 events: 1.08987 to 10.24159 (Poisson); times 100 / (166 / 365.25)
    number = ledger.numbers["ae.any.rate"]
    assert float(number.value) == pytest.approx(4 / 166 * 36525, rel=1e-6)
    assert [float(number.low), float(number.high)] == pytest.approx(
        [1.08987 / 166 * 36525, 10.24159 / 166 * 36525], rel=1e-4
    )
    assert rows_of(events, "ae.incidence")[0] == (
        "Any adverse event", "4 / 0.5", "880 (240–2253)", "7 / 1.1", "656 (264–1351)",
    )  # fmt: skip
    assert float(ledger.numbers["ae.any.years"].value) == pytest.approx(390 / 365.25)
    assert ledger.numbers["ae.any.events"].receipt.rows[0] == "P1|AE|AE|1"


def test_interest_tells_the_days_themselves_of_few_patients_and_a_median_of_more() -> None:
    rows = [at(f"P{i}", "Hypertension", day=f"2026-03-{i + 10}") for i in range(1, 6)]
    rows += [at("P1", "Haematuria", day="2026-03-20"), at("P2", "Melaena", "3", day="2026-03-30")]
    events, _, ledger = sections_of(safety_inputs(P, rows))
    found = {row[0]: row[1:] for row in rows_of(events, "ae.interest")}
    # days 10 to 14: median 12, quartiles 11 and 13
    assert found["Hypertension"][-1] == "12 (11–13)"
    assert found["Bleeding"][-1] == "19, 29"
    assert found["Bleeding"][:3] == ("2/6 · 33.3 %", "1", "0")
    assert float(ledger.numbers["ae.interest.HTN.first_day"].value) == 12
    assert exhibit_of(events, "ae.interest").notes == (
        "Nobody had an event of these groups: QTc prolongation.",
    )
    # 5 of 6 by day 29, nobody died: the plain share
    assert float(ledger.numbers["ae.interest.HTN.by_29"].value) == pytest.approx(5 / 6)
    assert rows_of(events, "ae.onset")[0][1].startswith("83.3 % (")


def test_a_group_of_patients_stands_in_its_own_columns_and_under_its_own_ids() -> None:
    inputs = safety_inputs(P, SIX, groups={"A": ("P1", "P2", "P5"), "B": ("P3", "P4", "P6")})
    events, _, ledger = sections_of(inputs)
    assert events.lead[0] == "1 of 3 in Arm A and 2 of 3 in Arm B had an adverse event of grade 3 or more."
    assert rows_of(events, "ae.overview")[0][1::2] == ("2/3", "2/3")
    assert exhibit_of(events, "ae.table").table.spans == (("Arm A, N = 3", 8), ("Arm B, N = 3", 8))
    assert ledger.numbers["ae.grade3.A"].receipt.rows == ("P1",)
    assert ledger.numbers["ae.grade3.B"].receipt.rows == ("P3", "P4")
    assert not [id_ for id_ in ledger.numbers if not id_.endswith((".A", ".B"))]


def test_the_dry_run_says_nothing_by_group() -> None:
    inputs = safety_inputs(P, SIX, groups={"A": ("P1", "P2"), "B": ("P3", "P4", "P5", "P6")}, masked=True)
    events, deaths, ledger = sections_of(inputs)
    assert "Arm" not in repr((events, deaths))
    assert not [id_ for id_ in ledger.numbers if id_.endswith((".A", ".B"))]
    assert "Dry run" in events.lead[1] and "Dry run" in deaths.lead[1]
    assert rows_of(events, "ae.overview")[0][1] == "4/6 · 66.7 %"


# P1 went on: watched for 65 days, for five days by nobody, and from 11 May to death on the 22nd for 12 more
TWO_LINES = {"P1": (*TREATED, ("2026-05-11", None, "2")), "P2": TREATED}
ON_BOTH = (at("P1"), at("P1", "Melaena", grade="5", day="2026-05-20", AEOUT="FATAL"))


@cache
def two_lines(by_group: bool = False, masked: bool = False) -> tuple[Section, Section, Ledger]:
    """The sections on a patient who died of an event of line 2, and on one with line 1 alone."""
    groups = {"A": ("P1",), "B": ("P2",)} if by_group else None
    inputs = safety_inputs(TWO_LINES, ON_BOTH, dead={"P1": "2026-05-22"}, groups=groups, masked=masked)
    return sections_of(inputs)


def test_together_a_fatal_event_of_a_later_line_counts_in_every_table_and_its_patient_once() -> None:
    events, deaths, ledger = two_lines()
    told = {id_: (n.value, n.denominator, n.receipt.rows) for id_, n in ledger.numbers.items()}
    for id_ in (
        "ae.any",
        "ae.grade3",
        "ae.serious",
        "ae.fatal",
        "ae.term.melena",
        "ae.interest.BLEED",
        "died.event",
    ):
        assert told[id_] == (1, 2, ("P1",))
    assert told["ae.term.melena.worst.5"] == (1, 2, ("P1",))
    assert told["ae.any.events"][0] == 2
    assert events.lead[0] == "1 of 2 treated patients had an adverse event of grade 3 or more."
    assert rows_of(deaths, "serious")[:3] == [
        ("All", "1", "1"), ("during treatment, counted in the tables", "1", "1"),
        ("of these on a later line of therapy", "1", "1"),
    ]  # fmt: skip
    assert exhibit_of(events, "ae.overview").notes == (
        "1 patient went on to a later line of therapy in this study; 1 event of 1 patient on it is counted here, and "
        "so is its time. A patient counts once.",
    )
    assert exhibit_of(deaths, "deaths").notes == ()


def test_together_the_time_of_all_lines_is_in_the_rates_without_the_days_between_them() -> None:
    events, _, ledger = two_lines()
    # P1: 65 and 12 days, the fatal event on day 10 of line 2; P2: 65 days
    days = {id_: float(ledger.numbers[f"ae.{id_}"].value) * 365.25 for id_ in ("any.years", "any.years_to_first",
            "fatal.years_to_first")}  # fmt: skip
    assert days == pytest.approx(
        {"any.years": 142, "any.years_to_first": 9 + 65, "fatal.years_to_first": 75 + 65}
    )
    assert float(ledger.numbers["ae.any.event_rate"].value) == pytest.approx(2 / 142 * 36525, rel=1e-6)
    assert float(ledger.numbers["ae.interest.BLEED.rate"].value) == pytest.approx(1 / 140 * 36525, rel=1e-6)
    found = {row[0]: row[1:] for row in rows_of(events, "ae.interest")}
    assert found["Bleeding"][-1] == "75"


def test_by_group_a_later_line_does_not_count_and_each_group_says_what_is_left_out() -> None:
    events, deaths, ledger = two_lines(by_group=True)
    assert ledger.numbers["ae.fatal.A"].value == 0 and ledger.numbers["ae.any.A"].receipt.rows == ("P1",)
    assert float(ledger.numbers["ae.any.years.A"].value) == pytest.approx(65 / 365.25)
    assert exhibit_of(events, "ae.overview").notes == (
        "Arm A: 1 patient went on to a later line of therapy, which may be the other group’s drug; 1 event of 1 "
        "patient on it is not counted here, 1 serious and 1 fatal.",
        "Serious events of later lines are in the list of serious events.",
    )
    assert rows_of(deaths, "serious")[2] == (
        "on a later line of therapy, not counted in the tables", "1", "1", "0", "0",
    )  # fmt: skip
    assert exhibit_of(deaths, "deaths").notes == (
        "Arm A: 1 of the dead had begun a later line of therapy, which may be the other group’s drug.",
    )
    assert rows_of(deaths, "serious.list")[0][0] == "P1"


def test_a_group_whose_patients_had_no_event_on_a_later_line_says_so() -> None:
    groups = {"A": ("P1",), "B": ("P2",)}
    for parts, note in (
        (groups, "Arm A: 1 patient went on to a later line of therapy; no event on it is recorded."),
        (None, "1 patient went on to a later line of therapy in this study; no event on it is recorded. Its time is "
               "counted here."),
    ):  # fmt: skip
        events, _, _ = sections_of(safety_inputs(TWO_LINES, (at("P1"),), groups=parts))
        assert exhibit_of(events, "ae.overview").notes[0] == note


def test_the_dry_run_counts_later_lines_as_the_open_report_does() -> None:
    _, _, dry = two_lines(by_group=True, masked=True)
    _, _, open_ = two_lines()
    for id_ in ("ae.any", "ae.fatal", "ae.any.years", "serious.all"):
        assert dry.numbers[id_].plain() == open_.numbers[id_].plain()


def test_what_counts_is_defined_for_the_report_it_stands_in() -> None:
    told = {
        by_group: dict((key, text) for key, _, text in safety_definitions(
            safety_inputs(TWO_LINES, groups={"A": ("P1",), "B": ("P2",)} if by_group else None)
        ))
        for by_group in (False, True)
    }  # fmt: skip
    assert "on any line of therapy of this study" in told[False]["ae.emergent"]
    assert "with which the patient entered" in told[True]["ae.emergent"]
    assert "one course" in told[False]["ae.incidence"] and "one course" not in told[True]["ae.incidence"]


def test_very_many_terms_are_listed_up_to_a_bound_and_the_rest_is_said() -> None:
    rows = [at("P1", f"Term {i:03}") for i in range(MOST_LISTED + 7)] + [at("P2", "Term 000")]
    events, _, _ = sections_of(safety_inputs(P, rows))
    table = exhibit_of(events, "ae.table").table
    assert sum(1 for row in table.rows if row.level) == MOST_LISTED
    assert table.more == "7 rarer terms not listed, none in more than 1 patient: milepost derive adae."
    assert exhibit_of(events, "ae.terms").title == "The 16 most frequent terms, at worst grade"


def test_figures_are_drawn_for_both_widths_and_say_their_numbers() -> None:
    events, _, _ = six()
    figures = exhibit_of(events, "ae.terms").figures
    assert [(figure.width, figure.size) for figure in figures] == [(1120, "wide"), (358, "phone")]
    assert "Hypertension: 3 any grade, 2 grade 3 or more, 1 without a grade" in figures[0].label
    for figure in figures:
        assert all(0 <= float(dict(m.attributes).get("x", 0)) <= figure.width for m in figure.marks)


@pytest.mark.parametrize(
    ("doses", "events", "lead", "said"),
    [
        ({}, (), "Nobody has been treated yet.", "Nobody has been treated yet."),
        ({"P1": ()}, (), "Nobody has been treated yet.", "Nobody has been treated yet."),
        (
            {"P1": TREATED}, (), "No adverse event of 1 treated patient is recorded.",
            "No adverse event has been reported of 1 treated patient.",
        ),
    ],
    ids=["nobody", "nobody treated", "no event"],
)  # fmt: skip
def test_without_events_a_sentence_says_so(doses: dict, events: tuple, lead: str, said: str) -> None:
    found, _, _ = sections_of(safety_inputs(doses, events))
    assert found.lead[0] == lead
    for id_ in ("ae.terms", "ae.table", "ae.interest", "ae.onset"):
        exhibit = exhibit_of(found, id_)
        assert (exhibit.empty, exhibit.figures, exhibit.table) == (said, (), None)


def test_one_patient_has_counts_without_percentages() -> None:
    events, _, _ = sections_of(safety_inputs({"P1": TREATED}, (at("P1", "Hypertension", "3"),)))
    assert rows_of(events, "ae.overview")[0][1] == "1/1"
    assert "%" not in "".join("".join(row) for row in rows_of(events, "ae.table"))
    assert exhibit_of(events, "ae.onset").empty == "No group of terms has 5 patients yet."


def test_a_group_without_patients_has_dashes_and_a_sentence() -> None:
    events, _, _ = sections_of(safety_inputs({"P1": TREATED}, (at("P1"),), groups={"A": ("P1",), "B": ()}))
    assert events.lead[1].endswith("Nobody in Arm B has been treated.")
    assert rows_of(events, "ae.overview")[0] == ("Any adverse event", "1/1", "2.5–100.0 %", "–", "–")
    assert rows_of(events, "ae.incidence")[2] == ("Arm B", "0 / 0.0", "–", "0 / 0.0", "–")


def test_a_protocol_without_special_interest_says_so() -> None:
    events, _, _ = sections_of(safety_inputs(P, SIX, interest=()))
    assert exhibit_of(events, "ae.interest").empty == "The protocol names no events of special interest."
    assert exhibit_of(events, "ae.onset").empty == "The protocol names no events of special interest."


def test_events_none_of_which_is_of_special_interest_are_no_missing_events() -> None:
    events, _, _ = sections_of(safety_inputs({"P1": TREATED}, (at("P1"),)))
    assert exhibit_of(events, "ae.interest").empty == (
        "No event of special interest has been reported of 1 treated patient."
    )

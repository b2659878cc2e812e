"""Survival in a report: one estimate for table, curve and file; numbers of small groups worked out by hand."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from milepost.core.group_survival import axis_months, estimate_survival
from milepost.core.survival_data import DAYS_IN_MONTH
from milepost.errors import DataProblem
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.efficacy_sections import build_efficacy
from milepost.reports.ledger import Ledger
from milepost.reports.population_flow import build_flow
from milepost.reports.section import Section, Table
from milepost.reports.survival_section import build_survival
from tests.clinical_builder import clinical_inputs
from tests.efficacy_builder import Patient, inputs_of, many, with_analysis

# Five patients. S falls to 4/5 on day 30, to 4/5 x 2/3 = 8/15 on day 90 and to 0 on day 150.
FIVE = [
    Patient("S01-001", days=30, died=True), Patient("S01-002", days=60), Patient("S01-003", days=90, died=True),
    Patient("S01-004", days=120), Patient("S01-005", days=150, died=True),
]  # fmt: skip
RULES = with_analysis(rate_months=(1, 3), mean_months=12).protocol.analysis


def rows(times: list[tuple[str, float | None, int | None]]) -> pd.DataFrame:
    return pd.DataFrame(times, columns=["USUBJID", "AVAL", "CNSR"]).assign(PARAMCD="OS")


def built(inputs: ClinicalInputs) -> tuple[Section, Ledger]:
    ledger = Ledger()
    return build_survival(inputs, ledger), ledger


def texts(section: Section) -> str:
    """Every word of a section, as one text."""
    return repr(section)


def cell(table: Table | None, row: str, column: int = 0) -> str:
    assert table is not None
    return next(one for one in table.rows if one.name.startswith(row)).cells[column].text


def test_curve_median_rates_mean_and_follow_up_are_those_worked_out_by_hand() -> None:
    times = [("a", 30, 0), ("b", 60, 1), ("c", 90, 0), ("d", 120, 1), ("e", 150, 0)]
    (one,) = estimate_survival(rows(times), {"all": set("abcde")}, RULES).groups
    assert (one.curve.n, one.curve.n_events, one.had_event) == (5, 3, ("a", "c", "e"))
    assert one.curve.survival.tolist() == pytest.approx([4 / 5, 4 / 5, 8 / 15, 8 / 15, 0])
    assert (one.median.value, one.quartiles[0].value, one.quartiles[1].value) == (150, 90, 150)
    assert [(rate.at_risk, rate.estimate.value) for rate in one.rates] == [
        (4, pytest.approx(4 / 5)),
        (2, pytest.approx(8 / 15)),
    ]
    assert one.mean.value == pytest.approx(30 + 60 * 4 / 5 + 60 * 8 / 15)
    assert one.follow_up.value == 120  # censored 60 and 120: 3/4, then 3/4 x 1/2
    assert [(at.at_risk, at.censored) for at in one.axis] == [(5, 0), (4, 0), (3, 1), (2, 1), (1, 2), (0, 2)]


def test_a_patient_whose_dates_contradict_each_other_is_named_and_in_no_estimate() -> None:
    found = estimate_survival(
        rows([("a", 30, 0), ("b", None, None), ("c", 40, None)]), {"A": {"a", "b"}, "B": {"c"}}, RULES
    )
    assert [(one.group, one.subjects, one.held) for one in found.groups] == [
        ("A", ("a",), ("b",)),
        ("B", (), ("c",)),
    ]
    assert found.of("B").median.reason == "no patient"


def test_two_rows_of_one_patient_are_refused() -> None:
    with pytest.raises(DataProblem, match="several times"):
        estimate_survival(rows([("a", 30, 0), ("a", 31, 0)]), {"all": {"a"}}, RULES)


@pytest.mark.parametrize(
    ("months", "ticks"),
    [(0, (0, 1)), (1, (0, 1)), (8, tuple(range(9))), (8.1, (0, 3, 6, 9)), (13, (0, 3, 6, 9, 12, 15)),
     (30, (0, 6, 12, 18, 24, 30)), (500, tuple(range(0, 541, 60)))],
)  # fmt: skip
def test_the_axis_holds_the_longest_follow_up_in_few_steps(months: float, ticks: tuple[int, ...]) -> None:
    assert axis_months(months * DAYS_IN_MONTH) == ticks


def test_table_sentence_and_file_say_the_same_number() -> None:
    section, ledger = built(inputs_of(FIVE))
    told = ledger.numbers["survival.OS.median"].plain()
    assert (told["value"], told["unit"], told["denominator"]) == ("150", "days", 5)
    estimates = next(one for one in section.exhibits if one.id == "survival.estimates")
    assert cell(estimates.table, "Median") == "4.9 (1.0–not reached)"  # 150, 30 days
    assert "Median survival 4.9 (1.0–not reached) months." in section.lead[1]
    assert section.lead[0] == "3 of 5 treated died; 0 progressed or died."
    assert cell(estimates.table, "Events") == "3"
    events = ledger.numbers["survival.OS.events"]
    assert (events.value, events.denominator, events.followed) == (3, 5, True)
    assert events.receipt.rows == ("S01-001", "S01-003", "S01-005")


def test_a_curve_that_does_not_come_down_to_one_half_has_no_median_and_says_so() -> None:
    section, ledger = built(inputs_of([replace(one, died=False) for one in FIVE]))
    assert "Median survival not reached." in section.lead[1]
    told = ledger.numbers["survival.OS.median"].plain()
    assert (told["value"], told["reason"]) == (None, "not reached")
    figure = next(one for one in section.exhibits if one.id == "survival.OS").figures[0]
    assert "median not reached months" in figure.label
    assert not any(mark.bold.startswith("median") for mark in figure.marks)


@pytest.mark.parametrize(
    ("patients", "sentence"),
    [(0, "No patient has been treated yet."),
     (1, "1 patient: under 5 no curve is drawn. The numbers are in the table below."),
     (4, "4 patients: under 5 no curve is drawn. The numbers are in the table below.")],
)  # fmt: skip
def test_too_few_patients_have_no_curve_and_the_sentence_says_so(patients: int, sentence: str) -> None:
    section, _ = built(inputs_of(FIVE[:patients]))
    curves = [one for one in section.exhibits if one.id in ("survival.OS", "survival.PFS")]
    assert [one.figures for one in curves] == [(), ()]
    assert [one.empty for one in curves] == [sentence, sentence]


def test_each_curve_is_drawn_twice_with_its_numbers_in_words() -> None:
    section, _ = built(inputs_of(many(40)))
    figures = next(one for one in section.exhibits if one.id == "survival.OS").figures
    assert [(one.size, one.width) for one in figures] == [("wide", 530), ("phone", 358)]
    assert figures[0].label == figures[1].label
    assert "40 patients, 14 events" in figures[0].label


def test_two_groups_differ_in_pattern_and_name_not_in_a_colour_of_success() -> None:
    section, ledger = built(inputs_of(many(40), compared=True))
    figure = next(one for one in section.exhibits if one.id == "survival.OS").figures[0]
    kinds = {dict(mark.attributes)["class"].strip() for mark in figure.marks if mark.element == "path"}
    assert {"eff-curve", "eff-curve eff-b"} <= kinds
    assert not any("resp" in kind or "non" in kind for kind in kinds)
    assert {mark.bold for mark in figure.marks if mark.bold.startswith("Arm")} == {"Arm A", "Arm B"}
    assert {"survival.OS.median.A", "survival.OS.median.B"} <= set(ledger.numbers)
    assert "survival.OS.median" not in ledger.numbers


def test_at_risk_and_censored_stand_under_the_curve_as_they_are_in_the_estimate() -> None:
    section, _ = built(inputs_of(FIVE))
    figure = next(one for one in section.exhibits if one.id == "survival.OS").figures[0]
    words = [mark.text for mark in figure.marks if mark.element == "text"]
    under = words[words.index("at risk") :]
    assert under == ["at risk", "censored", "5", "0", "4", "0", "3", "1", "2", "1", "1", "2", "0", "2"]


def test_the_open_report_has_neither_a_p_value_nor_a_group_nor_a_ratio_of_groups() -> None:
    ledger = Ledger()
    sections = build_efficacy(inputs_of(many(60)), ledger)
    assert [one.id for one in sections] == ["response", "survival", "landmark"]
    said = " ".join(texts(one) for one in sections)
    assert not re.search(r"Arm [AB]|log-rank|[Ff]isher|chi-square|interaction|\bp ?[<=]|, p\b", said)
    assert not [id_ for id_ in ledger.numbers if id_.endswith(".p") or id_.startswith("comparison")]


@pytest.mark.parametrize("tested", [False, True])
def test_between_the_looks_of_the_protocol_the_closed_report_has_estimates_and_no_test(tested: bool) -> None:
    ledger = Ledger()
    sections = build_efficacy(inputs_of(many(60), compared=True, tested=tested), ledger)
    said = " ".join(texts(one) for one in sections)
    p_values = [id_ for id_ in ledger.numbers if ".p" in id_ and id_.endswith(".p")]
    assert bool(p_values) is tested
    assert ("Log-rank test" in said) is tested and ("exact test" in said) is tested
    assert "comparison.OS.hazard_ratio.unadjusted" in ledger.numbers


def test_the_dry_run_shows_no_count_by_group() -> None:
    ledger = Ledger()
    sections = build_efficacy(inputs_of(many(60), compared=True, masked=True), ledger)
    assert ledger.numbers == {}
    exhibits = [one for section in sections for one in section.exhibits]
    assert exhibits and not any(one.unmasks for one in exhibits)
    for one in exhibits:
        drawn = [
            mark.text + mark.bold for figure in one.figures for mark in figure.marks if mark.element == "text"
        ]
        cells = [cell.text for row in (one.table.rows if one.table else ()) for cell in row.cells]
        assert not [text for text in (*drawn, *cells) if re.search(r"\d/\d", text) or text == "at risk"], (
            one.id
        )


def test_a_group_without_patients_is_said_and_compared_with_nobody() -> None:
    ledger = Ledger()
    sections = build_efficacy(
        inputs_of([replace(one, group="A") for one in many(40)], compared=True, tested=True), ledger
    )
    comparison = next(one for one in sections if one.id == "comparison")
    assert comparison.lead[0] == "No hazard ratio yet: a group to compare has no patients."
    told = ledger.numbers["comparison.OS.hazard_ratio.weighted"].plain()
    assert (told["value"], told["interval_95"]) == (None, [None, None])
    assert ledger.numbers["survival.OS.patients.B"].value == 0
    assert "nan" not in " ".join(texts(one) for one in sections).lower().split()


def test_the_same_patients_in_another_order_give_the_same_section() -> None:
    patients = many(40)
    assert built(inputs_of(patients))[0] == built(inputs_of(patients[::-1]))[0]


def test_a_curve_of_very_many_patients_keeps_its_course_in_few_steps() -> None:
    generator = np.random.default_rng(5)
    days = generator.integers(1, 700, 3000)
    patients = [Patient(f"S01-{i:04d}", days=int(day), died=bool(i % 2)) for i, day in enumerate(days)]
    section, _ = built(inputs_of(patients))
    figure = next(one for one in section.exhibits if one.id == "survival.OS").figures[0]
    drawn = next(
        dict(mark.attributes)["d"]
        for mark in figure.marks
        if dict(mark.attributes)["class"].strip() == "eff-curve"
    )
    assert drawn.count("V") < 250
    assert sum(len(str(mark.attributes)) for mark in figure.marks) < 30_000


def contradicted(inputs: ClinicalInputs, endpoints: tuple[str, ...], *subjects: str) -> ClinicalInputs:
    """The same inputs where the data of these patients contradict themselves for these endpoints."""
    adtte = inputs.frames.adtte
    wrong = adtte["PARAMCD"].isin(endpoints) & adtte["USUBJID"].isin(subjects)
    emptied = {name: adtte[name].where(~wrong) for name in ("ADT", "AVAL", "CNSR")}
    held = adtte.assign(**emptied, DATAERR=adtte["DATAERR"].where(~wrong, "TR-BASELINE-AFTER-DOSE"))
    return replace(inputs, frames=replace(inputs.frames, adtte=held))


def test_who_has_no_value_by_another_way_of_counting_stands_beside_its_patients() -> None:
    section, ledger = built(contradicted(inputs_of(FIVE), ("PFSEMA",), "S01-002"))
    otherwise = next(one for one in section.exhibits if one.id == "survival.otherwise")
    assert otherwise.table is not None
    assert otherwise.table.head == ("Counted", "events / patients", "left out", "median, months")
    name = "Missed scans and new therapy do not censor (EMA style)"
    assert [cell(otherwise.table, name, at) for at in (0, 1)] == ["0/4", "1"]
    assert [cell(otherwise.table, "As declared", at) for at in (0, 1)] == ["0/5", "0"]
    assert otherwise.notes == (
        f"Left out of “{name}”: 1 patient without a value because their data contradict themselves.",
    )
    number = ledger.numbers["survival.PFSEMA.left_out"]
    assert (number.value, number.denominator, number.receipt.rows) == (1, 5, ("S01-002",))
    assert "contradict" not in repr(section.lead)


def test_who_is_in_no_estimate_of_an_endpoint_is_told_of_in_the_first_sentence_and_under_its_curve() -> None:
    section, _ = built(
        contradicted(contradicted(inputs_of(FIVE), ("OS", "PFS"), "S01-002"), ("PFS",), "S01-004")
    )
    assert section.lead[0] == "3 of 4 treated died; 0 progressed or died."
    assert section.lead[1].startswith(
        " Treated beside them, 1 of overall survival and 2 of progression-free survival are left out: their data "
        "contradict themselves."
    )
    estimates = next(one for one in section.exhibits if one.id == "survival.estimates").table
    row = "Left out: their data contradict each other"
    assert [cell(estimates, row, at) for at in (0, 1)] == ["1", "2"]
    assert [cell(estimates, "Patients", at) for at in (0, 1)] == ["4", "3"]
    curve = next(one for one in section.exhibits if one.id == "survival.PFS")
    assert curve.sub.startswith("All treated patients but 2, whose data contradict themselves.")


def test_where_the_data_of_everybody_contradict_themselves_nobody_is_called_untreated() -> None:
    section, _ = built(contradicted(inputs_of(FIVE[:1]), ("OS", "PFS"), "S01-001"))
    assert section.lead[0] == "No survival time is known."
    assert "Treated beside them, 1 of overall survival" in section.lead[1]
    assert "treated yet" not in texts(section)


@pytest.mark.xdist_group("made_up")
@pytest.mark.parametrize("by_arm", [False, True])
def test_whoever_is_treated_is_in_each_way_to_count_or_named_as_left_out(by_arm: bool) -> None:
    """In the made-up study the baseline of one patient contradicts itself, and not every reader has read everybody."""
    inputs, ledger = clinical_inputs(by_arm=by_arm), Ledger()
    build_flow(inputs, ledger)
    otherwise = next(one for one in build_survival(inputs, ledger).exhibits if one.id == "survival.otherwise")
    assert otherwise.table is not None
    value = {
        id_: int(number.value) for id_, number in ledger.numbers.items() if isinstance(number.value, int)
    }
    for place, group in enumerate(("A", "B") if by_arm else ("",)):
        end = f".{group}" if group else ""
        for code in ("OS", "PFS"):
            assert (
                value[f"survival.{code}.patients{end}"] + value[f"survival.{code}.left_out{end}"]
                == (value[f"flow.treated{end}"])
            )
        for row in otherwise.table.rows:
            counted = int(row.cells[3 * place].text.split("/")[1])
            assert counted + int(row.cells[3 * place + 1].text) == value[f"flow.treated{end}"], row.name
    (note,) = otherwise.notes
    assert "(EMA style)”: 1 patient without a value because their data contradict themselves." in note
    assert "without a scan of this reader" in note

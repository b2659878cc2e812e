"""The two groups compared, in the closed report alone; what cannot be estimated, and what may not be shown, is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milepost.reports.clinical import ClinicalInputs
from milepost.reports.comparison_section import build_comparison, comparison_definitions
from milepost.reports.drawing import Exhibit
from milepost.reports.interval_rows import IntervalRow, interval_figures, ratio_axis
from milepost.reports.ledger import Ledger
from milepost.reports.section import Section
from tests.efficacy_builder import Patient, inputs_of, many, with_analysis


def built(inputs: ClinicalInputs) -> tuple[Section, Ledger]:
    ledger = Ledger()
    return build_comparison(inputs, ledger), ledger


def exhibit(section: Section, name: str) -> Exhibit:
    return next(one for one in section.exhibits if one.id == f"comparison.{name}")


def said(figures: Exhibit) -> list[str]:
    return [m.bold + m.text for m in figures.figures[0].marks if m.element == "text"]


def test_an_open_report_has_no_comparison() -> None:
    with pytest.raises(AssertionError, match="closed report alone"):
        build_comparison(inputs_of(many(20)), Ledger())
    assert comparison_definitions(inputs_of(many(20))) == ()


def test_of_patients_not_drawn_by_lot_adjusted_and_unadjusted_ratios_stand_side_by_side() -> None:
    section, ledger = built(inputs_of(many(60), compared=True))
    names = said(exhibit(section, "ratios"))
    for name in (
        "Unadjusted",
        "Stratified by line of therapy and baseline AFP",
        "Adjusted for 7 factors",
        "Weighted by 7 factors",
    ):
        assert names.count(name) == 2  # survival and progression-free survival
    assert section.title == "Arm B against Arm A"
    assert "weighted" in section.lead[0] and section.lead[1] == (
        " Nothing is tested: the protocol names no look at this cut-off."
    )
    assert {"comparison.balance", "comparison.balance-table"} <= {one.id for one in section.exhibits}
    assert "comparison.balance.HBV.yes.before" in ledger.numbers


def test_of_randomised_patients_nothing_is_weighted() -> None:
    study = with_analysis(randomised=True)
    section, ledger = built(inputs_of(many(60), compared=True, study=study))
    assert not [name for name in said(exhibit(section, "ratios")) if "Weighted" in name]
    assert not [id_ for id_ in ledger.numbers if "weighted" in id_ or "balance" in id_]
    assert not [one.id for one in section.exhibits if "balance" in one.id]


def test_without_factors_there_is_one_ratio_and_it_is_the_unadjusted_one() -> None:
    study = with_analysis(randomised=True, stratify_by=(), adjust_for=(), subgroups=(), model_terms=())
    section, _ = built(inputs_of(many(60), compared=True, study=study))
    names = said(exhibit(section, "ratios"))
    assert names.count("Unadjusted") == 2 and not [
        name for name in names if name.startswith(("Stratified", "Adjusted"))
    ]


def test_a_subgroup_with_few_events_is_counted_and_not_drawn() -> None:
    """Ten events in each group are asked for. Hepatitis B: 12 and 12 events; none: 12 and 1."""
    patients = [
        Patient(f"{group}{hbv}{i:02d}", days=30 + 7 * i, died=i < events, group=group, hbv=hbv)
        for group, hbv, events in (("A", "Y", 12), ("B", "Y", 12), ("A", "N", 12), ("B", "N", 1))
        for i in range(14)
    ]
    section, ledger = built(inputs_of(patients, compared=True, tested=True))
    words = said(exhibit(section, "forest.OS"))
    at = words.index("Hepatitis B")
    assert words[at : at + 9] == [
        "Hepatitis B",
        "yes",
        "12/14",
        "12/14",
        words[at + 4],
        "no",
        "1/14",
        "12/14",
        "too few events",
    ]
    assert ledger.numbers["comparison.OS.subgroup.HBV.no"].plain()["value"] is None
    assert ledger.numbers["comparison.OS.subgroup.HBV.yes"].plain()["value"] is not None
    assert len(ledger.numbers["comparison.OS.subgroup.HBV.no"].receipt.rows) == 28


def test_a_group_without_events_has_no_ratio_and_the_reason_is_given() -> None:
    patients = [replace(one, died=one.died and one.group == "A") for one in many(60)]
    section, ledger = built(inputs_of(patients, compared=True))
    assert "not estimable" in section.lead[0]
    told = ledger.numbers["comparison.OS.hazard_ratio.unadjusted"].plain()
    assert (told["value"], told["reason"]) == (None, "not estimable: a group has no events")
    assert any("a group has no events" in note for note in exhibit(section, "ratios").notes)


def test_rates_are_told_with_both_limits_and_tested_only_at_a_look() -> None:
    plain, _ = built(inputs_of(many(60), compared=True))
    table = exhibit(plain, "response").table
    assert table is not None and len(table.head) == 5
    assert [row.name for row in table.rows] == [
        "Response rate",
        "Response rate, confirmed",
        "Disease control rate",
    ]
    tested, ledger = built(inputs_of(many(60), compared=True, tested=True))
    table = exhibit(tested, "response").table
    assert table is not None and table.head[5:] == ("p, Fisher’s exact test", "p, chi-square test")
    assert ledger.numbers["comparison.orr.fisher.p"].said["method"] == "Fisher's exact test, two-sided"


def test_an_interval_beyond_the_scale_ends_in_an_arrow_and_an_absent_one_is_not_drawn() -> None:
    rows = [IntervalRow("wide", "2.00 (0.01–40)", 2.0, 0.01, 40.0), IntervalRow("none", "not estimable")]
    axis = ratio_axis(rows, "ratio", "later", "sooner")
    assert axis.ticks == (0.1, 0.2, 0.5, 1, 2, 5, 10)
    wide, phone = interval_figures(rows, axis, "sentence")
    for figure in (wide, phone):
        assert sum(1 for m in figure.marks if dict(m.attributes).get("class") == "eff-more") == 2
        assert sum(1 for m in figure.marks if dict(m.attributes).get("class") == "interval") == 1
        assert sum(1 for m in figure.marks if m.element == "circle") == 1


def test_no_two_sections_enter_a_number_twice_and_each_number_can_be_written() -> None:
    section, ledger = built(inputs_of(many(60), compared=True, tested=True))
    assert len(ledger.numbers) > 80
    for number in ledger.numbers.values():
        plain = number.plain()
        assert "nan" not in str(plain).lower().replace("dominant", "")
    assert {one.definition for one in section.exhibits} <= {
        "",
        "ratio",
        "curve",
        "response",
        "forest",
        "balance",
    }

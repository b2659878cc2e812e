"""What the report counts, checked against patients typed by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from milepost.reports.attention import Attention
from milepost.reports.front_page import waiting_lead
from milepost.reports.open_report import build_open_report
from milepost.reports.proportions import exact_rate
from tests.report_builder import AS_OF, hand_made, page, report_inputs, report_json
from tests.report_reading import Page

# subject: (study day on the cut-off, results as (study day, ng/mL))
PEOPLE = {
    "S01-001": (60, [(-3, "500"), (29, "300")]),
    "S01-002": (60, [(-3, "500"), (29, "480")]),
    "S01-003": (37, [(-3, "500")]),
    "S02-004": (60, [(-3, "12"), (29, "3")]),
    "S02-005": (60, [(-3, "551"), (28, "412")]),
    "S02-006": (60, [(-3, "100"), (19, "40")]),
    "S02-007": (60, [(-1, ">60500"), (29, "50000")]),
    "S02-008": (38, [(-3, "100"), (34, "40")]),
    "S03-009": (10, [(-3, "100")]),
}


def numbers() -> dict[str, object]:
    return {
        entry["id"].removeprefix("checkpoint.AFP-W4."): entry["value"]
        for entry in report_json(hand_made(PEOPLE))["numbers"]
    }


def test_each_patient_is_in_one_state() -> None:
    found = numbers()
    states = {
        name: n for name, n in found.items() if name.startswith("state.") and ".band." not in name and n
    }
    assert states == {
        "state.RESPONDER": 2, "state.NON_RESPONDER": 1, "state.PROVISIONAL_RESPONDER": 1, "state.OVERDUE": 1,
        "state.MISSED": 1, "state.NOT_DUE": 1, "state.NOT_EVALUABLE": 2,
    }  # fmt: skip
    assert found["reason.NOT_EVALUABLE.CENSORED"] == 1
    assert found["reason.NOT_EVALUABLE.BASELINE_BELOW_MIN"] == 1


def test_the_rate_is_of_final_verdicts_with_the_exact_interval() -> None:
    rate = next(
        n for n in report_json(hand_made(PEOPLE))["numbers"] if n["id"] == "checkpoint.AFP-W4.rate.all"
    )
    assert (rate["value"], rate["denominator"]) == ("66.6667", 3)
    assert rate["interval_95"] == ["9.4299", "99.1596"]  # binom.test(2, 3) of R
    assert "2/3 · interval 9.4–99.2 %" in Page(page(hand_made(PEOPLE))).text


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(5, 30, "5.64", "34.72"), (0, 10, "0", "30.85"), (10, 10, "69.15", "100"), (62, 98, "52.93", "72.78")],
)
def test_the_interval_is_that_of_clopper_and_pearson(k: int, n: int, low: str, high: str) -> None:
    rate = exact_rate(k, n)
    assert rate.low is not None and rate.high is not None
    assert (rate.low.quantize(Decimal("0.01")), rate.high.quantize(Decimal("0.01"))) == (
        Decimal(low),
        Decimal(high),
    )


@pytest.mark.parametrize("patients", [0, 1, 158])
def test_the_states_add_up_to_all_enrolled(patients: int) -> None:
    inputs = report_inputs(patients)
    (section,) = build_open_report(inputs).checkpoints
    rows = [row for group in section.table.groups for row in group.rows]
    assert sum(row.total for row in rows) == section.table.total == len(inputs.verdicts)
    for band in range(len(section.table.bands)):
        assert sum(row.cells[band] or 0 for row in rows) == section.table.totals[band]
    assert sum(section.table.totals) == section.table.total


def test_the_overdue_list_names_everybody_overdue_and_who_is_lost_next_first() -> None:
    people = PEOPLE | {"S03-010": (43, [(-3, "90")]), "S03-011": (40, [(19, "90")])}
    (section,) = build_open_report(hand_made(people)).checkpoints
    assert [
        (row.subject, row.today, row.missed, row.baseline, row.known) for row in section.overdue_list
    ] == [
        ("S03-010", 43, "after day 43: this was the last day", "90 ng/mL", "No sample known"),
        ("S03-011", 40, "after day 43: 3 days left", "none", "Sample too early only"),
        ("S01-003", 37, "after day 43: 6 days left", "500 ng/mL", "No sample known"),
    ]


def test_the_list_behind_the_waterfall_gives_values_as_reported_and_the_exact_comparison() -> None:
    (section,) = build_open_report(hand_made(PEOPLE)).checkpoints
    listed = {row.subject: (row.values, row.change, row.day, row.state) for row in section.list}
    assert listed == {
        "S01-001": ("500 → 300 ng/mL", "−40.0\u202f%", "29", "Responder"),
        "S01-002": ("500 → 480 ng/mL", "−4.0\u202f%", "29", "Non-responder"),
        "S02-005": ("551 → 412 ng/mL", "−25.2\u202f%", "28", "Responder"),
        "S02-007": (">60500 → 50000 ng/mL", "−17.4\u202f% or less", "29", "Not evaluable"),
        "S02-008": ("100 → 40 ng/mL", "−60.0\u202f%", "34", "Provisional responder"),
    }
    assert {row.subject: row.comparison for row in section.list}["S01-002"] == "480 > 375"


def test_a_value_beyond_the_assay_is_drawn_as_a_range_over_all_that_is_possible() -> None:
    html = page(hand_made(PEOPLE))
    drawn = html.count('class="seg hatch" x=')
    without = page(hand_made({k: v for k, v in PEOPLE.items() if k != "S02-007"})).count(
        'class="seg hatch" x='
    )
    assert drawn > without


def test_every_number_of_report_json_has_a_receipt_of_as_many_rows() -> None:
    for entry in report_json(report_inputs(158))["numbers"]:
        receipt = entry["receipt"]
        assert len(receipt["sha256"]) == 64
        if "rows" in receipt:
            assert len(receipt["rows"]) == receipt["n"]
        if entry["id"].startswith("checkpoint.") and ".state." in entry["id"]:
            assert entry["value"] == receipt["n"]


def test_of_two_values_beyond_their_limits_any_change_is_possible_and_no_comparison_is_shown() -> None:
    (section,) = build_open_report(hand_made({"S01-001": (60, [(-3, ">12100"), (29, ">9075")])})).checkpoints
    (row,) = section.list
    assert (row.values, row.change, row.comparison) == (">12100 → >9075 ng/mL", "any change is possible", "")
    assert row.state == "Not evaluable"


def test_a_row_that_breaks_two_rules_is_explained_under_the_count_of_rows() -> None:
    inputs = report_inputs(40)
    said = "A row that breaks two rules stands under both."
    assert said not in build_open_report(inputs).quality.quarantine.sub
    both = [["R-1", "R-2"], *inputs.quarantine["rules"][1:]]
    why = [["One.", "Two."], *inputs.quarantine["reasons"][1:]]
    twice = replace(inputs, quarantine=inputs.quarantine.assign(rules=both, reasons=why))
    assert said in build_open_report(twice).quality.quarantine.sub


def test_a_number_counted_over_deliveries_says_so() -> None:
    for entry in report_json(report_inputs(40))["numbers"]:
        if entry["id"].startswith(("rows.", "lines.")):
            assert "over its deliveries" in entry["label"] or "over all deliveries" in entry["label"]
            assert all(row.startswith("delivery ") for row in entry["receipt"].get("rows", ()))


def test_who_is_late_for_long_is_counted_in_the_first_sentence() -> None:
    inputs = report_inputs(158)
    soon = build_open_report(inputs)
    assert "longer" not in soon.lead[0]
    old = inputs.alerts.assign(ACT_BY=AS_OF - dt.timedelta(days=40), STATUS="OPEN")
    model = build_open_report(replace(inputs, alerts=old))
    late = model.attention.late_patients
    assert late > 5 and f"{late} more patients" in model.lead[0]
    assert "late for more than 14 days, summed up below the list" in model.lead[0]


def test_where_only_long_overdue_patients_wait_the_page_does_not_say_that_nobody_does() -> None:
    only = Attention((), ("1 × AFP missed",), 0, 0, (), "", (), late_patients=1)
    assert waiting_lead(only)[0] == "1 patient is late for more than 14 days, summed up below."

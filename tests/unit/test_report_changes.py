"""No number moves unexplained: what changed since the last report, with its cause."""

from __future__ import annotations

import dataclasses
from typing import Any

from tests.report_builder import hand_made, page, report_inputs, report_json
from tests.report_reading import Page

PEOPLE = {
    "S01-001": (60, [(-3, "500"), (29, "300")]),
    "S01-002": (60, [(-3, "500"), (29, "480")]),
    "S01-003": (36, [(-3, "500")]),
    "S02-005": (60, [(-3, "551"), (28, "412")]),
    "S02-006": (28, [(-3, "100"), (29, "40")]),
}


def rows(after: dict[str, Any]) -> dict[str, tuple[str, str, str, list[tuple[str, str]]]]:
    return {
        row["label"]: (
            row["then"],
            row["now"],
            row["change"],
            [(c["kind"], c["text"]) for c in row["causes"]],
        )
        for row in after["changes"]
    }


def test_new_data_a_correction_and_the_passing_of_time_are_told_apart() -> None:
    before = report_json(hand_made(PEOPLE))
    after = hand_made(PEOPLE, later=1, corrected={("S02-005", 28): "421"}, predecessor=before)
    found = rows(report_json(after))
    corrected = "S02-005: value of day 28 corrected from 412 to 421 ng/mL"
    assert found["AFP: responder"] == ("2", "2", "0", [
        ("New data", "+1: S02-006: responder, sample of day 29"), ("Correction", f"−1: {corrected}"),
    ])  # fmt: skip
    assert found["AFP: non-responder"] == ("1", "2", "+1", [("Correction", f"+1: {corrected}")])
    assert found["AFP: overdue"] == ("0", "1", "+1", [("Passing of time", "+1: S01-003: overdue on day 37")])
    assert found["AFP response rate: All evaluable"] == (
        "66.7\u202f%", "50.0\u202f%", "−16.7 points", [("New data and correction", "denominator 3 became 4")],
    )  # fmt: skip
    assert set(found) == {
        "AFP: responder", "AFP: non-responder", "AFP: overdue", "AFP: window open", "AFP: evaluable",
        "AFP response rate: All evaluable",
    }  # fmt: skip


def test_the_page_shows_each_change_with_then_now_and_why() -> None:
    before = report_json(hand_made(PEOPLE))
    text = Page(page(hand_made(PEOPLE, later=1, corrected={("S02-005", 28): "421"}, predecessor=before))).text
    assert "Something changed behind 6 numbers since the report of 21 Nov 2026." in text
    assert "AFP: responder 2 2 0\nNew data. +1: S02-006: responder, sample of day 29" in text
    assert "Correction. −1: S02-005: value of day 28 corrected from 412 to 421 ng/mL" in text


def test_a_changed_threshold_is_a_change_of_rule() -> None:
    before = report_json(hand_made(PEOPLE))
    found = rows(report_json(hand_made(PEOPLE, predecessor=before, checkpoint={"threshold_pct": 50})))
    assert found["AFP: responder"] == (
        "2", "0", "−2", [("Rule change", "−2: S01-001: non-responder; S02-005: non-responder")],
    )  # fmt: skip


def test_a_withdrawn_patient_is_a_correction_and_is_still_named() -> None:
    before = report_json(hand_made(PEOPLE))
    left = {subject: data for subject, data in PEOPLE.items() if subject != "S01-002"}
    found = rows(report_json(hand_made(left, predecessor=before)))
    assert found["AFP: non-responder"] == (
        "1", "0", "−1", [("Correction", "−1: S01-002: record withdrawn by the site")],
    )  # fmt: skip


def test_the_same_again_says_that_no_number_changed_and_with_what_it_was_compared() -> None:
    before = report_json(hand_made(PEOPLE))
    after = hand_made(PEOPLE, predecessor=before)
    assert report_json(after)["changes"] == []
    text = Page(page(after)).text
    assert "No number changed. Every followed number was compared with the report of 21 Nov 2026." in text


def test_the_five_numbers_show_their_change_and_a_first_report_shows_none() -> None:
    before = report_json(hand_made(PEOPLE))
    text = Page(page(hand_made(PEOPLE, later=1, corrected={("S02-005", 28): "421"}, predecessor=before))).text
    assert "2 +1\nfinal, of 4 evaluable" in text
    assert "1 first report\nfinal, of 3 evaluable" in Page(page(hand_made(PEOPLE))).text


def test_a_report_of_the_same_day_replaces_its_bar_and_does_not_add_one() -> None:
    first = report_json(report_inputs(20))
    again = report_json(dataclasses.replace(report_inputs(20), predecessor=first))
    assert [entry["as_of"] for entry in again["history"]] == ["2026-11-21"]

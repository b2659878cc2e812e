"""No number moves unexplained: what changed since the last report, with its cause."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

import pandas as pd

from milepost.reports.changes import KINDS
from milepost.reports.open_report import build_open_report, to_json
from tests.report_builder import AS_OF, hand_made, page, report_inputs, report_json
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


def moved(after: dict[str, Any]) -> dict[str, tuple[str, str, list[str]]]:
    """Of each number of report.json "moved": then, now, kinds of its causes."""
    return {entry["id"]: (entry["then"], entry["now"], entry["causes"]) for entry in after["moved"]}


def arrived(*rows: tuple[str, str, bool, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["USUBJID", "DOMAIN", "FIRST", "NEW", "CORRECTED"])


def test_a_number_that_is_no_longer_in_the_report_is_listed_with_its_cause() -> None:
    """The only patient not evaluable for a low baseline becomes evaluable by a correction of it."""
    low = PEOPLE | {"S02-007": (60, [(-3, "12"), (29, "9")])}
    before = report_json(hand_made(low))
    gone = "checkpoint.AFP-W4.reason.NOT_EVALUABLE.BASELINE_BELOW_MIN"
    assert gone in {number["id"] for number in before["numbers"]}
    after = hand_made(low, corrected={("S02-007", -3): "120"}, predecessor=before)
    made = build_open_report(
        dataclasses.replace(
            after, arrivals=arrived(("S02-007", "LB", False, 0, 1), ("S01-001", "LB", False, 1, 0))
        )
    )
    found = moved(json.loads(to_json(made)))
    assert found[gone] == ("1", "no longer in the report", ["Correction"])
    assert found["checkpoint.AFP-W4.state.NOT_EVALUABLE"] == ("1", "0", ["Correction"])
    assert "1 no longer in the report): report.json, “moved”." in made.moved_beside


def test_a_followed_number_that_vanished_stands_on_the_page() -> None:
    before = report_json(hand_made(PEOPLE))
    gone = {"id": "checkpoint.OLD.evaluable", "label": "OLD: evaluable", "value": 3, "followed": True,
            "receipt": {"n": 1, "sha256": "0", "rows": ["S01-001|1|OLD"]}}  # fmt: skip
    before["numbers"].append(gone)
    before["config_hash"] = "another"
    text = Page(page(hand_made(PEOPLE, predecessor=before))).text
    assert "OLD: evaluable 3 no longer in the report" in text
    assert "Rule change. the configuration is another one" in text


def test_a_number_that_is_new_says_so_and_why() -> None:
    before = report_json(hand_made(PEOPLE))
    after = hand_made(PEOPLE | {"S03-008": (60, [(-3, "12"), (29, "9")])}, predecessor=before)
    found = moved(report_json(after))
    new = "checkpoint.AFP-W4.reason.NOT_EVALUABLE.BASELINE_BELOW_MIN"
    assert found[new] == ("not in the report", "1", ["New data"])
    kept = {number["id"] for number in before["numbers"]}
    assert new not in kept and {id_ for id_, told in found.items() if told[0] == "not in the report"} == (
        {number["id"] for number in report_json(after)["numbers"]} - kept
    )


def test_a_number_that_only_another_version_of_the_code_tells_has_that_cause() -> None:
    before = report_json(hand_made(PEOPLE))
    before["numbers"] = [n for n in before["numbers"] if n["id"] != "checkpoint.AFP-W4.state.OVERDUE"]
    before["code_version"] = "0.0.9"
    found = rows(report_json(hand_made(PEOPLE, predecessor=before)))
    assert found == {
        "AFP: overdue": ("not in the report", "0", "", [("Code change", "milepost is another version")])
    }


def test_every_number_that_moved_or_came_or_vanished_is_in_report_json_with_a_cause() -> None:
    before = report_json(report_inputs(120, as_of=AS_OF - dt.timedelta(days=9)))
    after = report_json(report_inputs(120, predecessor=before))
    then, now = ({n["id"]: n["value"] for n in made["numbers"]} for made in (before, after))
    expected = {id_ for id_ in {*then, *now} if then.get(id_) != now.get(id_)}
    found = {entry["id"]: entry for entry in after["moved"]}
    assert expected <= set(found)
    assert {id_.split(".")[0] for id_ in expected} >= {
        "checkpoint",
        "rows",
        "queries",
        "deliveries",
        "quarantine",
    }
    assert all(entry["causes"] for entry in found.values())
    assert all(
        set(entry["causes"]) <= set(KINDS) or " and " in entry["causes"][0] for entry in found.values()
    )
    assert all(change["causes"] and change["causes"][0]["text"] for change in after["changes"])


def test_a_rate_by_band_is_moved_by_verdicts_of_that_band_alone() -> None:
    """S02-005 (baseline 551) is corrected, S02-006 (baseline 100) is new: each moves the rate of its own band."""
    before = report_json(hand_made(PEOPLE))
    found = moved(
        report_json(hand_made(PEOPLE, later=1, corrected={("S02-005", 28): "421"}, predecessor=before))
    )
    rate = "checkpoint.AFP-W4.rate.band"
    assert found[f"{rate}.1"] == ("–", "100.0\u202f%", ["New data"])
    assert found[f"{rate}.2"] == ("66.7\u202f%", "33.3\u202f%", ["Correction"])


def test_a_corrected_baseline_that_leaves_the_verdict_is_the_cause_of_what_moved_between_bands() -> None:
    before = report_json(hand_made(PEOPLE))
    found = moved(report_json(hand_made(PEOPLE, corrected={("S01-002", -3): "390"}, predecessor=before)))
    state = "checkpoint.AFP-W4.state.NON_RESPONDER.band"
    assert found == {
        f"{state}.1": ("0", "1", ["Correction"]), f"{state}.2": ("1", "0", ["Correction"]),
        "checkpoint.AFP-W4.rate.band.1": ("–", "0.0\u202f%", ["Correction"]),
        "checkpoint.AFP-W4.rate.band.2": ("66.7\u202f%", "100.0\u202f%", ["Correction"]),
    }  # fmt: skip

"""What a newly received row is to the records on file: the same, a correction, another sample, or too late."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from milepost.core.versions import decide_versions, is_older, retract_replaced
from milepost.schema import DOMAINS

LB = DOMAINS["LB"]


def lab(
    value: str | None,
    *,
    key: str = "D:AFP|SERUM|2026-03-30",
    delivery: int = 1,
    line: int = 2,
    **more: object,
) -> dict:
    """One accepted AFP row; keyword arguments override its columns."""
    row: dict[str, object] = dict.fromkeys(LB.names)
    row |= {
        "USUBJID": "P1",
        "LBTESTCD": "AFP",
        "LBSPEC": "SERUM",
        "LBDTC": key.split("|")[-1] if key[0] == "D" else "2026-03-30",
        "LBORRES": value,
        "LBORRESU": "ng/mL",
        "SITEID": "S01",
        "DELIVERY": delivery,
        "SRCLINE": line,
        "EMIT": 0,
        "RECKEY": key,
        "STATUS": "FINAL",
        "RESVER": None,
        "ADT": pd.Timestamp("2026-03-30"),
        "KNOWN_FROM": pd.Timestamp(dt.datetime(2026, 4, delivery, tzinfo=dt.UTC)),
        "SAME_DAY": "correction",
        "POS": delivery * 1000 + line,
    }
    return row | more


def frame(*rows: dict) -> pd.DataFrame:
    return pd.DataFrame(rows).astype({"LBORRES": object})


def on_file(*rows: dict) -> pd.DataFrame:
    """Records already stored, each the only version of its occurrence unless it says otherwise."""
    defaults = {"VERSION": 1, "OCCURRENCE": 1, "RETRACTED": False}
    return pd.DataFrame([defaults | row for row in rows])


NOTHING = on_file(lab("1")).iloc[:0]


def places(decision: object) -> dict[int, tuple[str, str]]:
    return {p: (d, r) for p, d, r in decision.placed.itertuples(index=False)}  # type: ignore[attr-defined]


def test_a_first_result_is_version_one():
    done = decide_versions(frame(lab("500")), NOTHING, LB)
    assert list(done.new["VERSION"]) == [1]
    assert places(done) == {1002: ("ACCEPTED", "")}


def test_where_every_row_was_refused_there_is_nothing_new_but_the_columns_of_a_version():
    done = decide_versions(frame(lab("500")).iloc[:0], NOTHING, LB)
    assert done.new.empty
    assert {"VERSION", "OCCURRENCE", "RETRACTED"} <= set(done.new.columns)


def test_the_same_row_in_another_file_changes_nothing():
    done = decide_versions(frame(lab("500", delivery=2)), on_file(lab("500")), LB)
    assert done.new.empty
    assert places(done) == {2002: ("UNCHANGED", "")}


def test_another_value_of_the_same_record_is_a_new_version_and_not_an_update():
    done = decide_versions(frame(lab("505", delivery=2)), on_file(lab("500")), LB)
    assert done.new[["VERSION", "OCCURRENCE", "LBORRES"]].to_numpy().tolist() == [[2, 1, "505"]]


def test_trailing_zeros_are_part_of_what_was_reported():
    done = decide_versions(frame(lab("500.0", delivery=2)), on_file(lab("500")), LB)
    assert list(done.new["LBORRES"]) == ["500.0"]


def test_two_values_at_one_time_in_one_file_are_two_records_and_a_question():
    at = "D:AFP|SERUM|2026-03-30T09:00"
    done = decide_versions(frame(lab("370", key=at, line=2), lab("380", key=at, line=3)), NOTHING, LB)
    assert list(zip(done.new["LBORRES"], done.new["OCCURRENCE"], strict=True)) == [("370", 1), ("380", 2)]
    assert list(done.questions["RULE"]) == ["SECOND_SAMPLE"]


def test_two_equal_lines_of_one_file_are_one_row_and_one_counted_duplicate():
    done = decide_versions(frame(lab("370", line=2), lab("370", line=3)), NOTHING, LB)
    assert len(done.new) == 1
    assert places(done)[1003] == ("UNCHANGED", "DUPLICATE_LINE")


def test_a_file_that_repeats_both_samples_of_a_day_corrects_only_the_changed_one():
    stored = on_file(lab("370", OCCURRENCE=1), lab("380", line=3, OCCURRENCE=2))
    done = decide_versions(frame(lab("370", delivery=2), lab("390", delivery=2, line=3)), stored, LB)
    assert done.new[["OCCURRENCE", "VERSION", "LBORRES"]].to_numpy().tolist() == [[2, 2, "390"]]


def test_where_the_site_says_so_a_second_value_of_a_day_is_a_second_sample():
    row = lab("390", delivery=2, SAME_DAY="second_sample")
    done = decide_versions(frame(row), on_file(lab("370")), LB)
    assert done.new[["OCCURRENCE", "VERSION"]].to_numpy().tolist() == [[2, 1]]
    assert list(done.questions["RULE"]) == ["SECOND_SAMPLE"]


def test_a_preliminary_result_after_the_final_one_is_superseded():
    stored = on_file(lab("370", key="R:AFP|77"))
    done = decide_versions(frame(lab("350", key="R:AFP|77", delivery=2, STATUS="PRELIMINARY")), stored, LB)
    assert done.new.empty
    assert places(done) == {2002: ("SUPERSEDED", "PRELIMINARY_AFTER_FINAL")}


def test_the_final_result_follows_the_preliminary_one_as_its_next_version():
    stored = on_file(lab("350", key="R:AFP|77", STATUS="PRELIMINARY"))
    done = decide_versions(frame(lab("370", key="R:AFP|77", delivery=2)), stored, LB)
    assert done.new[["VERSION", "STATUS", "LBORRES"]].to_numpy().tolist() == [[2, "FINAL", "370"]]


def test_an_older_version_that_arrives_late_does_not_win():
    stored = on_file(lab("380", key="R:AFP|77", RESVER="3"))
    done = decide_versions(frame(lab("370", key="R:AFP|77", delivery=2, RESVER="2")), stored, LB)
    assert done.new.empty
    assert places(done) == {2002: ("SUPERSEDED", "OLDER_VERSION")}


def test_of_two_versions_of_one_record_in_a_file_the_newer_counts_wherever_it_stands():
    rows = frame(
        lab("380", key="R:AFP|77", line=2, RESVER="10"), lab("370", key="R:AFP|77", line=3, RESVER="9")
    )
    done = decide_versions(rows, NOTHING, LB)
    assert list(done.new["LBORRES"]) == ["380"]
    assert places(done) == {1002: ("ACCEPTED", ""), 1003: ("SUPERSEDED", "OLDER_VERSION_IN_FILE")}


def test_a_cancellation_is_a_tombstone_that_keeps_what_was_cancelled():
    stored = on_file(lab("370", key="R:AFP|77"))
    done = decide_versions(frame(lab(None, key="R:AFP|77", delivery=2, STATUS="CANCELLED")), stored, LB)
    assert done.new[["VERSION", "RETRACTED", "LBORRES"]].to_numpy().tolist() == [[2, True, "370"]]


def test_a_cancelled_result_may_come_back():
    stored = on_file(lab("370", key="R:AFP|77", STATUS="CANCELLED", RETRACTED=True, VERSION=2))
    done = decide_versions(frame(lab("370", key="R:AFP|77", delivery=3)), stored, LB)
    assert done.new[["VERSION", "RETRACTED"]].to_numpy().tolist() == [[3, False]]


def test_two_deliveries_of_one_batch_are_taken_in_the_order_they_became_known():
    rows = frame(lab("390", delivery=3), lab("380", delivery=2), lab("370", delivery=1))
    done = decide_versions(rows, NOTHING, LB)
    assert list(zip(done.new["VERSION"], done.new["LBORRES"], strict=True)) == [
        (1, "370"),
        (2, "380"),
        (3, "390"),
    ]


def test_a_value_taken_back_is_a_third_version():
    stored = on_file(lab("380", VERSION=2))
    done = decide_versions(frame(lab("370", delivery=3)), stored, LB)
    assert done.new[["VERSION", "LBORRES"]].to_numpy().tolist() == [[3, "370"]]


def test_every_row_that_came_in_has_exactly_one_place():
    rows = frame(
        *(
            lab(str(v), delivery=d, line=n)
            for n, (v, d) in enumerate([(1, 1), (1, 1), (2, 1), (2, 2), (3, 2)], 2)
        )
    )
    done = decide_versions(rows, NOTHING, LB)
    assert sorted(done.placed["POS"]) == sorted(rows["POS"])


def test_a_record_that_names_the_one_it_replaces_retracts_it():
    new = decide_versions(
        frame(lab("380", key="R:AFP|78", delivery=2, LBREFID="78", RECREPLACES="77")), NOTHING, LB
    ).new
    stored = on_file(lab("370", key="R:AFP|77", LBREFID="77"))
    gone = retract_replaced(new, stored, LB)
    assert gone[["RECKEY", "VERSION", "RETRACTED", "DELIVERY"]].to_numpy().tolist() == [
        ["R:AFP|77", 2, True, 2]
    ]


@pytest.mark.parametrize(
    ("left", "right", "older"),
    [
        ("9", "10", True),
        ("10", "9", False),
        ("2026-03-01T10:00", "2026-03-02T10:00", True),
        (None, "1", False),
        ("1", None, False),
        ("a", "10", False),
        ("2", "2", False),
    ],
)
def test_result_versions_are_compared_as_numbers_or_stamps_and_never_guessed(left, right, older):
    assert is_older(left, right) is older


def received(day: int) -> pd.Timestamp:
    return pd.Timestamp(2026, 4, day, tz="UTC")


def test_of_two_files_the_one_handed_over_later_counts_whichever_was_read_first():
    newer = decide_versions(frame(lab("380", delivery=2) | {"RECEIVED_AT": received(5)}), NOTHING, LB).new
    late = decide_versions(frame(lab("370", delivery=3) | {"RECEIVED_AT": received(4)}), newer, LB)
    assert late.new.empty
    assert late.placed[["DISPOSITION", "RULE"]].to_numpy().tolist() == [["SUPERSEDED", "OLDER_DELIVERY"]]


def test_a_final_result_counts_though_a_preliminary_one_was_handed_over_after_it():
    early = lab("380", delivery=2, STATUS="PRELIMINARY") | {"RECEIVED_AT": received(5)}
    waiting = decide_versions(frame(early), NOTHING, LB).new
    late = decide_versions(frame(lab("370", delivery=3) | {"RECEIVED_AT": received(4)}), waiting, LB)
    assert list(late.new["LBORRES"]) == ["370"]


def test_a_result_and_its_cancellation_in_one_file_leave_nothing_that_counts():
    done = decide_versions(frame(lab("380", line=2), lab("380", line=3, STATUS="CANCELLED")), NOTHING, LB)
    (row,) = done.new[["OCCURRENCE", "VERSION", "RETRACTED", "LBORRES"]].to_numpy().tolist()
    assert row == [1, 1, True, "380"]
    assert sorted(done.placed["RULE"]) == ["", "CANCELLED_IN_FILE"] and done.questions.empty
    again = decide_versions(
        frame(lab("380", line=2, delivery=2), lab("380", line=3, delivery=2, STATUS="CANCELLED")),
        done.new,
        LB,
    )
    assert again.new.empty

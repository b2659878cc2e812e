"""What the store answers about records, now and as known then."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import pytest

from milepost import schema
from milepost.errors import ConfigurationError, DataProblem
from milepost.store import reading
from milepost.store.store import Store
from tests.store_frames import NIGHT, lab, night, results, save


def test_a_correction_is_seen_from_the_night_it_came_and_the_past_stays_as_it_was(store: Store) -> None:
    save(store, night(0), lab("S01-001", "420"))
    save(store, night(3), lab("S01-001", "42.0", VERSION=2, STATUS="CORRECTED"))
    assert results(store, night(2)) == {"S01-001": "420"}
    assert results(store, night(3)) == {"S01-001": "42.0"}


def test_before_anything_was_known_there_is_nothing(store: Store) -> None:
    save(store, night(0), lab("S01-001", "420"))
    assert results(store, night(-1)) == {}


def test_a_retracted_result_is_gone_and_comes_back_with_its_next_version(store: Store) -> None:
    save(store, night(0), lab("S01-001", "420"))
    save(store, night(1), lab("S01-001", "420", VERSION=2, RETRACTED=True, STATUS="CANCELLED"))
    save(store, night(2), lab("S01-001", "400", VERSION=3, STATUS="AMENDED"))
    assert [results(store, night(n)) for n in (0, 1, 2)] == [{"S01-001": "420"}, {}, {"S01-001": "400"}]


def test_a_preliminary_result_waits_for_the_final_one(store: Store) -> None:
    save(store, night(0), lab("S01-001", "420", STATUS="PRELIMINARY"))
    save(store, night(1), lab("S01-001", "400", VERSION=2))
    assert results(store, night(0)) == {}
    assert results(store, night(1)) == {"S01-001": "400"}


def test_a_preliminary_version_after_a_final_one_changes_nothing(store: Store) -> None:
    save(store, night(0), lab("S01-001", "420"))
    save(store, night(1), lab("S01-001", "1", VERSION=2, STATUS="PRELIMINARY"))
    assert results(store, night(1)) == {"S01-001": "420"}


def test_a_result_after_the_cut_off_is_left_out_and_a_partial_date_stays(store: Store) -> None:
    rows = (
        lab("S01-001", "1", "2026-03-30"),
        lab("S01-002", "2", "2026-03-31"),
        lab("S01-003", "3", "2026-03"),
    )
    save(store, night(2), *rows)
    cut_off = dt.date(2026, 3, 30)
    assert results(store, night(2), as_of=cut_off) == {"S01-001": "1", "S01-003": "3"}


def test_a_date_corrected_beyond_the_cut_off_takes_the_result_out(store: Store) -> None:
    key = {"RECKEY": "R:AFP|17"}
    save(store, night(0), lab("S01-001", "1", "2026-03-30", **key))
    save(store, night(1), lab("S01-001", "1", "2026-04-02", VERSION=2, **key))
    assert results(store, night(1), as_of=dt.date(2026, 3, 31)) == {}


def test_two_samples_of_one_day_are_two_records(store: Store) -> None:
    save(store, night(0), lab("S01-001", "420"), lab("S01-001", "430", OCCURRENCE=2))
    found = store.known("LB", known_at=night(0))
    assert list(found["LBORRES"]) == ["420", "430"]


def test_only_the_asked_patients_come_however_many_are_asked(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PATIENTS_AT_ONCE", 2)
    save(store, night(0), *(lab(f"S01-00{n}", str(n)) for n in range(6)))
    asked = ["S01-001", "S01-002", "S01-003", "S01-005", "S01-009", "S01-005"]
    expected = {"S01-001": "1", "S01-002": "2", "S01-003": "3", "S01-005": "5"}
    assert results(store, night(0), patients=asked) == expected
    assert results(store, night(0), patients=[]) == {}


def test_another_test_is_not_mixed_in(store: Store) -> None:
    save(
        store,
        night(0),
        lab("S01-001", "420"),
        lab("S01-001", "30", LBTESTCD="ALT", RECKEY="D:ALT|SERUM|2026-03-30"),
    )
    assert results(store, night(0)) == {"S01-001": "420"}
    assert len(store.known("LB", known_at=night(0))) == 2


def test_what_was_written_is_read_back_exactly(store: Store) -> None:
    strange = 'Huà 纳克, "quoted";\nsecond line\\.'
    row = lab(
        "S01-001", "<0.420", LBSTRESN=Decimal("0.420"), LBNAM=strange, LBMETHOD="NA", RESVER="7", SRCLINE=31
    )
    known_from = save(store, night(0), row)
    found = store.known("LB", known_at=night(0)).iloc[0]
    assert found["LBORRES"] == "<0.420"
    assert (found["LBNAM"], found["LBMETHOD"], found["LBLLOQ"]) == (strange, "NA", None)
    assert str(found["LBSTRESN"]) == "0.420"
    assert found["ADT"] == pd.Timestamp("2026-03-30")
    assert found["KNOWN_FROM"] == known_from == NIGHT
    assert (found["SRCLINE"], found["VERSION"], found["RESVER"]) == (31, 1, "7")
    assert found["RETRACTED"] == False  # noqa: E712 - a numpy bool


def test_an_empty_answer_has_the_types_of_a_full_one(store: Store) -> None:
    nothing = store.known("LB", known_at=night(0))
    save(store, night(0), lab("S01-001", "420"))
    full = store.known("LB", known_at=night(0))
    assert nothing.dtypes.to_dict() == full.dtypes.to_dict()
    assert str(nothing["ADT"].dtype) == "datetime64[ns]"
    assert str(nothing["KNOWN_FROM"].dtype) == "datetime64[ns, UTC]"


def test_named_columns_come_in_the_order_asked(store: Store) -> None:
    save(store, night(0), lab("S01-001", "420", VISIT="WEEK 4"))
    found = store.known("LB", known_at=night(0), test="AFP", columns=["VISIT", "USUBJID", "LBTESTCD"])
    assert found.to_dict("records") == [{"VISIT": "WEEK 4", "USUBJID": "S01-001", "LBTESTCD": "AFP"}]


def test_a_column_or_test_that_does_not_exist_is_named(store: Store) -> None:
    with pytest.raises(DataProblem, match="LB has no column LBWRONG"):
        store.known("LB", known_at=NIGHT, columns=["LBWRONG"])
    with pytest.raises(DataProblem, match="DM has no tests"):
        store.known("DM", known_at=NIGHT, test="AFP")
    with pytest.raises(ConfigurationError, match="letters, digits"):
        store.known("LB", known_at=NIGHT, test="AFP' or 'x")


def test_touched_subjects_are_those_with_something_new_between_two_instants(store: Store) -> None:
    save(store, night(0), lab("S01-001", "1"), lab("S01-002", "2"))
    save(store, night(1), lab("S01-002", "3", VERSION=2))
    save(store, night(2), lab("S01-003", "4"))
    assert store.touched(None, night(2)) == ["S01-001", "S01-002", "S01-003"]
    assert store.touched(night(0), night(1)) == ["S01-002"]
    assert store.touched(night(2), night(9)) == []


def test_the_knowledge_asked_for_is_cut_to_what_is_known(store: Store) -> None:
    assert store.resolve_known_at(night(5)) is None
    save(store, night(0), lab("S01-001", "1"))
    assert store.resolve_known_at(night(5)) == night(0)
    assert store.resolve_known_at(None) == night(0)
    assert store.resolve_known_at(night(-5)) == night(-5)


def test_the_history_of_a_record_shows_every_version(store: Store) -> None:
    save(store, night(0), lab("S01-001", "420", STATUS="PRELIMINARY"))
    save(store, night(1), lab("S01-001", "400", VERSION=2), lab("S01-001", "9", "2026-04-09"))
    shown = store.history("LB", patient="S01-001", known_at=night(1), reckey="D:AFP|SERUM|2026-03-30")
    assert list(zip(shown["VERSION"], shown["LBORRES"], strict=True)) == [(1, "420"), (2, "400")]


def test_what_arrived_is_told_by_patient_and_kind_of_record(store: Store) -> None:
    subject: dict[str, object] = dict.fromkeys(
        (*(c.name for c in schema.RECORD), *schema.DOMAINS["DM"].names)
    )
    subject |= {name: lab("S01-002", "1")[name] for name in subject if name in lab("S01-002", "1")}
    save(store, night(0), lab("S01-001", "420"), lab("S01-003", "7"))
    since = night(0) + dt.timedelta(hours=1)
    save(store, night(1), subject | {"RECKEY": "DM", "LBTESTCD": None}, domain="DM")
    save(store, night(1), lab("S01-002", "50"), lab("S01-002", "60", "2026-03-31"))
    save(store, night(2), lab("S01-001", "42.0", VERSION=2, STATUS="CORRECTED"))
    found = store.arrived(since, night(3))
    assert list(found.itertuples(index=False, name=None)) == [
        ("S01-001", "LB", False, 0, 1), ("S01-002", "DM", True, 1, 0), ("S01-002", "LB", False, 2, 0),
    ]  # fmt: skip
    assert store.arrived(night(2) + dt.timedelta(hours=1), night(3)).empty

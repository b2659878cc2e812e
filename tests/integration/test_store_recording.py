"""Recording: twice is once, two at once are one after the other, and a killed one leaves nothing."""

from __future__ import annotations

import datetime as dt
import signal
from pathlib import Path

import pandas as pd
import pytest

from milepost.errors import DataProblem
from milepost.store.store import Store
from tests.store_frames import NIGHT, delivery, frame, lab, night, results, save
from tests.store_processes import DONE_BEFORE, ended, load, start


@pytest.mark.parametrize("point", ["locked", "saved", "about to commit"])
def test_a_loader_killed_anywhere_leaves_nothing_and_the_next_one_records_all(
    store: Store, store_dsn: str, tmp_path: Path, point: str
) -> None:
    number = delivery(store)
    assert ended(start(load, store_dsn, tmp_path, number, point)) == -signal.SIGKILL
    assert store.newest_known() is None
    assert store.known("LB", known_at=night(9)).empty
    assert store.audit_head() is None
    assert ended(start(load, store_dsn, tmp_path, number)) == 0
    assert len(store.known("LB", known_at=night(9))) == 2000
    assert store.reconcile().empty
    assert store.audit_verify() == []


def test_two_loaders_started_together_record_a_delivery_once(
    store: Store, store_dsn: str, tmp_path: Path
) -> None:
    number = delivery(store)
    both = [start(load, store_dsn, tmp_path, number) for _ in range(2)]
    assert {ended(one) for one in both} == {0, DONE_BEFORE}
    assert len(store.known("LB", known_at=night(9))) == 2000
    assert len(store.row_counts()) == 1


def test_every_instant_is_later_than_the_one_before_whatever_the_receipts_say(store: Store) -> None:
    first = save(store, night(3), lab("S01-001", "1"))
    second = save(store, night(1), lab("S01-002", "1"))
    with store.recording("test", night(3)) as session:
        third, fourth = session.stamp(night(3)), session.stamp(night(5))
    tick = dt.timedelta(microseconds=1)
    assert [first, second, third, fourth] == [night(3), night(3) + tick, night(3) + 2 * tick, night(5)]
    assert store.newest_known() == night(5)


def test_an_exception_in_a_session_keeps_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError, match="on purpose"), store.recording("test", NIGHT) as session:
        session.stamp(NIGHT)
        session.save_records("LB", frame(lab("S01-001", "1")))
        raise RuntimeError("on purpose")
    assert store.newest_known() is None
    assert store.known("LB", known_at=night(1)).empty


def test_current_shows_preliminary_and_retracted_versions_of_every_occurrence(store: Store) -> None:
    save(store, night(0), lab("S01-001", "1"), lab("S01-001", "2", OCCURRENCE=2), lab("S01-002", "3"))
    save(store, night(1), lab("S01-001", "1", VERSION=2, RETRACTED=True), lab("S01-001", "9", "2026-05-01"))
    save(store, night(2), lab("S01-001", "2.5", VERSION=2, OCCURRENCE=2, STATUS="PRELIMINARY"))
    keys = pd.DataFrame({"USUBJID": ["S01-001", "S01-001"], "RECKEY": ["D:AFP|SERUM|2026-03-30"] * 2})
    with store.recording("test", night(3)) as session:
        found = session.current("LB", keys)
    shown = zip(found["OCCURRENCE"], found["VERSION"], found["RETRACTED"], found["STATUS"], strict=True)
    assert list(shown) == [(1, 2, True, "FINAL"), (2, 2, False, "PRELIMINARY")]


def test_a_record_that_replaces_one_not_yet_seen_is_found_when_that_one_comes(store: Store) -> None:
    save(store, night(0), lab("S01-001", "1", RECKEY="R:AFP|18", LBREFID="18", RECREPLACES="17"))
    save(store, night(0), lab("S01-002", "1", RECKEY="R:AFP|28", LBREFID="28", RECREPLACES="17"))
    with store.recording("test", night(1)) as session:
        found = session.replacing("LB", pd.DataFrame({"USUBJID": ["S01-001"], "REF": ["17"]}))
        none = session.replacing("LB", pd.DataFrame({"USUBJID": ["S01-001"], "REF": ["18"]}))
    assert list(found["RECKEY"]) == ["R:AFP|18"]
    assert none.empty


def test_the_same_bytes_keep_their_number_and_another_site_gets_its_own(store: Store) -> None:
    assert store.add_delivery("S01", None, "a" * 64, 9, NIGHT, NIGHT) == (1, True)
    assert store.add_delivery("S01", None, "a" * 64, 9, night(1), night(1)) == (1, False)
    assert store.add_delivery("S02", None, "a" * 64, 9, NIGHT, NIGHT) == (2, True)
    assert store.add_delivery("S01", "labs", "a" * 64, 9, NIGHT, NIGHT) == (3, True)


def test_pending_deliveries_come_in_order_of_receipt_and_not_before_their_night(store: Store) -> None:
    late, early, tomorrow = (delivery(store, n, night(d)) for n, d in (("a", 1), ("b", 0), ("c", 2)))
    assert list(store.pending_deliveries(night(1))["ID"]) == [early, late]
    with store.recording("test", night(1)) as session:
        at = session.stamp(night(1))
        session.save_processing(early, known_from=at, outcome="REFUSED", config_hash="c", lines=0, records=0)
        assert session.still_pending([late, early, tomorrow]) == [late, tomorrow]
    assert list(store.pending_deliveries()["ID"]) == [late, tomorrow]
    assert list(store.deliveries(night(1))["OUTCOME"]) == [None, "REFUSED"]
    assert list(store.deliveries(night(0))["OUTCOME"]) == [None]


def test_a_row_too_long_for_an_index_is_refused_without_being_shown(store: Store) -> None:
    with pytest.raises(DataProblem, match="longer than 2500 bytes") as caught:
        save(store, NIGHT, lab("S01-001", "1", LBNAM="secret" * 500))
    assert "secret" not in str(caught.value)
    assert results(store, night(1)) == {}


def test_the_newest_configuration_by_then_was_in_force_and_the_first_one_always(store: Store) -> None:
    assert store.configuration_at(NIGHT) is None
    assert store.put_configuration("one", "{}", night(3)) is True
    assert store.newest_known() is None
    save(store, night(0), lab("S01-001", "1"))
    assert store.put_configuration("one", "{}", night(5)) is False
    assert store.put_configuration("two", '{"a":1}', night(6)) is True
    assert store.newest_known() == night(6)
    assert store.configuration_at(night(0)) == ("one", "{}")
    assert store.configuration_at(night(5)) == ("one", "{}")
    assert store.configuration_at(night(6)) == ("two", '{"a":1}')
    assert store.put_configuration("one", "{}", night(7)) is True
    assert store.configuration_at(night(9)) == ("one", "{}")
    assert store.configuration_of("two") == '{"a":1}'

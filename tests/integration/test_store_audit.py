"""The audit log: what was changed, cut or written anew shows."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from milepost.store import audit
from milepost.store.store import Store
from tests.store_frames import NIGHT, night


@contextmanager
def tampering(dsn: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """As somebody who may do everything: the triggers are off."""
    with psycopg.connect(dsn.replace("+psycopg", "")) as connection:
        connection.execute("set session_replication_role = replica")
        yield connection


@pytest.fixture
def logged(store: Store) -> Store:
    for number in range(1, 7):
        store.audit("test", night(number), "delivery.recorded", {"delivery": number, "rows": 3})
    return store


def test_a_log_nobody_touched_is_whole(logged: Store) -> None:
    assert logged.audit_verify() == []


def test_an_empty_log_is_whole_and_has_no_head(store: Store, tmp_path: Path) -> None:
    assert store.audit_verify() == []
    assert store.audit_head() is None
    assert store.note_audit_head(NIGHT) is None
    assert not (tmp_path / "audit-heads.log").exists()


def test_one_changed_payload_is_exactly_one_bad_entry(logged: Store, store_dsn: str) -> None:
    with tampering(store_dsn) as connection:
        connection.execute("update milepost.audit set payload = replace(payload, '3', '2') where seq = 4")
    assert logged.audit_verify() == ["entry 4: its content does not match its hash"]


def test_an_entry_taken_out_shows_in_the_one_after(logged: Store, store_dsn: str) -> None:
    with tampering(store_dsn) as connection:
        connection.execute("delete from milepost.audit where seq = 3")
    expected = ["entry 4: it does not follow from the entry before; an entry before it is missing"]
    assert logged.audit_verify() == expected


def test_a_cut_off_tail_shows_by_the_head_noted_outside(
    logged: Store, store_dsn: str, tmp_path: Path
) -> None:
    head = logged.note_audit_head(night(7))
    assert head is not None and head.seq == 6
    with tampering(store_dsn) as connection:
        connection.execute("delete from milepost.audit where seq >= 5")
    problems = logged.audit_verify()
    assert len(problems) == 1
    assert problems[0].startswith("entry 6, noted outside the database at 2026-04-06T18:00:00+00:00, is gone")
    assert (tmp_path / "audit-heads.log").stat().st_mode & 0o777 == 0o600


def test_a_log_written_anew_shows_by_the_head_noted_outside(logged: Store, store_dsn: str) -> None:
    logged.note_audit_head(night(7))
    with tampering(store_dsn) as connection:
        connection.execute("delete from milepost.audit where seq >= 5")
    logged.audit("forger", night(5), "delivery.recorded", {"delivery": 5, "rows": 1})
    logged.audit("forger", night(6), "delivery.recorded", {"delivery": 6, "rows": 1})
    problems = logged.audit_verify()
    assert len(problems) == 1
    assert problems[0].startswith("entry 6 is not the one noted outside")


def test_the_same_head_is_noted_once(logged: Store, tmp_path: Path) -> None:
    logged.note_audit_head(night(7))
    logged.note_audit_head(night(8))
    assert len((tmp_path / "audit-heads.log").read_text().splitlines()) == 1


def test_an_entry_of_a_session_that_failed_is_not_kept(logged: Store) -> None:
    with pytest.raises(RuntimeError), logged.recording("test", NIGHT) as session:
        session.audit("delivery.recorded", {"delivery": 7})
        raise RuntimeError("on purpose")
    head = logged.audit_head()
    assert head is not None and head.seq == 6


def test_the_chain_is_computed_as_documented(store: Store, store_dsn: str) -> None:
    """By hand: sha256sum of '1', the instant, actor, action and payload, joined by 0x1F."""
    store.audit("test", NIGHT, "a.b", {"b": 1, "a": "ü"})
    with psycopg.connect(store_dsn.replace("+psycopg", "")) as connection:
        row = connection.execute(
            "select at, payload, prev, encode(hash, 'hex') from milepost.audit"
        ).fetchone()
    text = "2026-03-30T18:00:00.000000+00:00"
    assert row == (
        text,
        '{"a":"ü","b":1}',
        None,
        "0f988fe7913aa8222041ef1d2a9b2a3b7671a6bcaef58fb3bd9bf77de84e0a0a",
    )


def test_of_many_who_decide_at_once_the_first_stands_and_the_others_are_told(store: Store) -> None:
    among = ("closed.released", "closed.withheld")

    def decide(number: int) -> audit.Decided | None:
        said = {"report": "3f2a9c41d07b"}
        return store.decide(f"person {number}", NIGHT, among[number % 2], said, among=among, about="report")

    with ThreadPoolExecutor(max_workers=6) as people:
        answers = list(people.map(decide, range(6)))
    (first,) = [number for number, answer in enumerate(answers) if answer is None]
    (stands,) = {answer for answer in answers if answer is not None}
    assert (stands.actor, stands.action, stands.at) == (f"person {first}", among[first % 2], NIGHT)
    assert store.decisions(among, "report") == {"3f2a9c41d07b": stands}
    head = store.audit_head()
    assert head is not None and head.seq == 1
    assert (
        store.decide("person 7", NIGHT, among[0], {"report": "another"}, among=among, about="report") is None
    )
    assert store.audit_verify() == []

"""Reading some patients of many: nobody else's rows, and the list of their names is taken to pieces once."""

from __future__ import annotations

import pandas as pd
import psycopg
import pytest

from milepost.store import reading
from milepost.store.store import Store
from milepost.store.tables import record_columns
from tests.store_frames import NIGHT, lab, results, save


@pytest.fixture
def many(store: Store) -> Store:
    save(store, NIGHT, *(lab(f"S01-{number:04d}", str(number)) for number in range(1, 401)))
    return store


def test_more_patients_than_are_asked_at_once_come_back_with_their_own_results(
    many: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PATIENTS_AT_ONCE", 70)
    asked = [f"S01-{number:04d}" for number in range(1, 401, 2)]
    found = results(many, NIGHT, patients=[*asked, "S01-9999"])
    assert found == {f"S01-{number:04d}": str(number) for number in range(1, 401, 2)}


def test_the_list_of_patients_is_read_before_the_rows_are(many: Store, store_dsn: str) -> None:
    names = [c.name for c in record_columns("LB")]
    query = reading.known_query("LB", names, test=None, of_patients=True)
    with psycopg.connect(
        store_dsn.replace("+psycopg", ""), cursor_factory=psycopg.ClientCursor
    ) as connection:
        connection.execute("select set_config('milepost.patients', '{S01-0001}', true)")
        shown = connection.execute(f"explain {query}", {"known_at": NIGHT, "as_of": None}).fetchall()  # type: ignore[arg-type]
    plan = "\n".join(str(row[0]) for row in shown)
    assert "InitPlan" in plan
    assert "current_setting" not in plan


def test_the_same_keys_asked_for_twice_in_one_session_and_others_after_them(many: Store) -> None:
    with many.recording("test", NIGHT) as session:
        first = session.current("LB", keys("S01-0001", "S01-0002"))
        again = session.current("LB", keys("S01-0001", "S01-0002"))
        other = session.current("LB", keys("S01-0003"))
    assert list(first["USUBJID"]) == list(again["USUBJID"]) == ["S01-0001", "S01-0002"]
    assert list(other["USUBJID"]) == ["S01-0003"]
    with many.recording("test", NIGHT) as session:  # another transaction has a table of its own
        assert list(session.current("LB", keys("S01-0003"))["USUBJID"]) == ["S01-0003"]


def keys(*subjects: str) -> pd.DataFrame:
    return pd.DataFrame({"USUBJID": subjects, "RECKEY": "D:AFP|SERUM|2026-03-30"})

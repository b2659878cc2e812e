"""Both reads of a night use an index: what they cost does not grow with the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from milepost.store import reading, server
from milepost.store.store import Store
from milepost.store.tables import record_columns
from tests.store_frames import NIGHT

FILL = """
insert into milepost.lb_record (known_from, delivery, srcline, version, occurrence, adt, retracted, reckey, siteid,
    usubjid, status, lbtestcd, lbspec, lbdtc, lborres)
select timestamptz '2026-01-01' + patient * interval '1 minute', 1, patient, 1, 1, date '2026-01-01', false,
    'D:' || test || '|SERUM|2026-01-01', 'S01', 'S01-' || lpad(patient::text, 5, '0'), 'FINAL', test, 'SERUM',
    '2026-01-01', patient::text
from generate_series(1, 3000) patient, unnest(array['AFP', 'ALT', 'AST', 'BILI', 'ALB', 'CREAT', 'PLT', 'INR']) test
"""
BOUNDS = {"known_at": NIGHT, "as_of": None}


@pytest.fixture(scope="module")
def filled(postgres_home: Path, migrated_database: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """24,000 laboratory results of 3,000 patients."""
    server.ensure_database(postgres_home, "filled")
    dsn = server.dsn(postgres_home, "filled")
    store = Store(dsn, postgres_home)
    store.migrate()
    store.ensure_test_index("AFP")
    store.ensure_test_index("AFP")
    store.close()
    with psycopg.connect(dsn.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(FILL)
        connection.execute("vacuum (analyze) milepost.lb_record")
        yield connection


def plan(connection: psycopg.Connection[tuple[object, ...]], query: str) -> str:
    cursor = psycopg.ClientCursor(connection)
    return "\n".join(str(row[0]) for row in cursor.execute(f"explain {query}", BOUNDS))  # type: ignore[call-overload]


def test_the_checkpoints_test_is_read_from_its_index_alone(
    filled: psycopg.Connection[tuple[object, ...]],
) -> None:
    columns = [c.name for c in reading._columns("LB", "AFP", None)]
    shown = plan(filled, reading.known_query("LB", columns, test="AFP", of_patients=False))
    assert 'Index Only Scan using "lb_record_test_AFP"' in shown
    assert "Sort" not in shown


def test_a_few_patients_are_read_by_the_key(filled: psycopg.Connection[tuple[object, ...]]) -> None:
    filled.execute("select set_config('milepost.patients', '{S01-00017,S01-00018,S01-02999}', false)")
    columns = [c.name for c in record_columns("LB")]
    shown = plan(filled, reading.known_query("LB", columns, test=None, of_patients=True))
    assert "Scan using lb_record_key" in shown or "Bitmap Index Scan on lb_record_key" in shown
    assert "Seq Scan" not in shown


def test_a_few_patients_results_of_the_test_are_read_from_its_index_alone(
    filled: psycopg.Connection[tuple[object, ...]],
) -> None:
    filled.execute("select set_config('milepost.patients', '{S01-00017,S01-00018}', false)")
    columns = [c.name for c in reading._columns("LB", "AFP", None)]
    shown = plan(filled, reading.known_query("LB", columns, test="AFP", of_patients=True))
    assert 'Index Only Scan using "lb_record_test_AFP"' in shown


def test_what_came_last_is_found_by_block_range(filled: psycopg.Connection[tuple[object, ...]]) -> None:
    shown = plan(filled, "select usubjid from milepost.lb_record where known_from > '2026-01-03 01:50+00'")
    assert "lb_record_known" in shown


def test_an_index_for_another_test_of_the_same_letters_is_made_too(store: Store, store_dsn: str) -> None:
    store.ensure_test_index("AFP")
    store.ensure_test_index("Afp")
    with psycopg.connect(store_dsn.replace("+psycopg", "")) as connection:
        asked = "select indexname from pg_indexes where indexname like 'lb_record_test%' order by 1"
        assert connection.execute(asked).fetchall() == [("lb_record_test_AFP",), ("lb_record_test_Afp",)]

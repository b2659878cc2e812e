"""The migrations make exactly the tables that `schema.py` describes."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from milepost import schema
from milepost.errors import Terminal
from milepost.store import migration, server, tables
from milepost.store.store import Store

SHAPE = {
    "columns": (
        "select table_name, column_name, data_type, is_nullable, column_default "
        "from information_schema.columns where table_schema = 'milepost'"
    ),
    "indexes": "select tablename, indexdef from pg_indexes where schemaname = 'milepost'",
    "constraints": (
        "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint "
        "where connamespace = 'milepost'::regnamespace"
    ),
    "triggers": (
        "select tgrelid::regclass::text, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal"
    ),
    "functions": (
        "select proname, pg_get_functiondef(oid) from pg_proc where pronamespace = 'milepost'::regnamespace"
    ),
    "settings": (
        "select relname, reloptions::text from pg_class where relnamespace = 'milepost'::regnamespace "
        "and reloptions is not null"
    ),
}


def shape(dsn: str, what: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn.replace("+psycopg", "")) as connection:
        rows = connection.execute(SHAPE[what]).fetchall()  # type: ignore[call-overload]
    return sorted((row for row in rows if "schema_version" not in str(row[0])), key=str)


@pytest.fixture(scope="module")
def described(postgres_home: Path) -> str:
    """A database made straight from `tables.py`."""
    server.ensure_database(postgres_home, "described")
    dsn = server.dsn(postgres_home, "described")
    with psycopg.connect(dsn.replace("+psycopg", "")) as connection:
        for statement in tables.statements():
            connection.execute(statement)  # type: ignore[call-overload]
    return dsn


@pytest.mark.parametrize("what", SHAPE)
def test_the_migrated_store_is_what_the_schema_describes(store_dsn: str, described: str, what: str) -> None:
    """Where this fails after a change of `schema.py`: write a migration that makes the same change."""
    migrated = shape(store_dsn, what)
    assert migrated
    assert migrated == shape(described, what)


def test_every_table_of_the_schema_is_there(store_dsn: str) -> None:
    found = {row[0] for row in shape(store_dsn, "columns")}
    assert found == {*schema.SERVICE, *(f"{code.lower()}_record" for code in schema.DOMAINS)}


def test_migrating_again_changes_nothing(store: Store) -> None:
    store.migrate()
    assert store.newest_known() is None


def test_a_store_written_by_newer_code_is_refused(
    store: Store, store_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "newest", lambda: "0000")
    with pytest.raises(Terminal, match="Update milepost"):
        store.migrate()


def test_the_sort_order_is_the_same_on_every_machine(store_dsn: str) -> None:
    with psycopg.connect(store_dsn.replace("+psycopg", "")) as connection:
        asked = "select datlocprovider::text, datlocale from pg_database where datname = current_database()"
        assert connection.execute(asked).fetchone() == ("b", "C.UTF-8")

"""Errors say what, where and what now, and never show a value: PostgreSQL's own texts quote whole rows."""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from milepost.errors import DataProblem, MilepostError, NotPermitted, Terminal, Transient
from milepost.store.engine import connect, transaction
from milepost.store.store import Store
from milepost.store.tables import SCHEMA, append_only
from tests.store_frames import NIGHT, delivery, frame, lab, save

SECRET = "Li-Wei-4711"


def shown(caught: pytest.ExceptionInfo[BaseException]) -> str:
    """Everything a log would hold of it."""
    return "".join(traceback.format_exception(caught.value)) + repr(caught.value)


def test_a_row_recorded_twice_names_the_constraint_and_not_the_row(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    save(store, NIGHT, lab(SECRET, "1"))
    with pytest.raises(Terminal, match="UniqueViolation .SQLSTATE 23505., table lb_record") as caught:
        save(store, NIGHT, lab(SECRET, "1"))
    assert SECRET not in shown(caught)
    assert SECRET not in caplog.text


def test_a_value_of_the_wrong_kind_names_the_column_and_not_the_value(store: Store) -> None:
    for wrong in (
        {"LBSTRESN": SECRET},
        {"SRCLINE": SECRET},
        {"LBNAM": {"a": SECRET}},
        {"KNOWN_FROM": SECRET},
    ):
        rows = frame(lab("S01-001", "1", **wrong))
        column = next(iter(wrong))
        with (
            pytest.raises(DataProblem, match=f"column {column} of") as caught,
            store.recording("test", NIGHT) as session,
        ):
            session.save_records("LB", rows)
        assert SECRET not in shown(caught)


def test_a_number_that_is_none_is_refused(store: Store) -> None:
    with pytest.raises(DataProblem, match="column LBSTRESN"):
        save(store, NIGHT, lab("S01-001", "1", LBSTRESN="NaN"))


def test_an_instant_without_its_time_zone_is_refused(store: Store) -> None:
    rows = frame(lab("S01-001", "1", KNOWN_FROM=pd.Timestamp("2026-03-30")))
    with pytest.raises(DataProblem, match="column KNOWN_FROM"), store.recording("test", NIGHT) as session:
        session.save_records("LB", rows)


def test_a_missing_column_is_named(store: Store) -> None:
    with (
        pytest.raises(DataProblem, match="lack the columns LBNAM"),
        store.recording("test", NIGHT) as session,
    ):
        session.save_records("LB", frame(lab("S01-001", "1")).drop(columns="LBNAM"))


def test_a_text_the_database_cannot_hold_is_not_shown(store: Store) -> None:
    with pytest.raises(Terminal, match="SQLSTATE") as caught:
        save(store, NIGHT, lab("S01-001", "1", LBNAM=f"{SECRET}\x00"))
    assert SECRET not in shown(caught)


def test_a_server_that_is_not_there_is_worth_another_try(tmp_path: Path) -> None:
    away = Store(f"postgresql://postgres:{SECRET}@/milepost?host={tmp_path}", tmp_path)
    with pytest.raises(Transient, match="reading how far") as caught:
        away.newest_known()
    assert SECRET not in shown(caught)


def test_a_connection_cut_in_the_middle_is_worth_another_try(store: Store, store_dsn: str) -> None:
    with pytest.raises(Transient, match="Nothing was kept"), store.recording("test", NIGHT) as session:
        session.stamp(NIGHT)
        with psycopg.connect(store_dsn.replace("+psycopg", ""), autocommit=True) as other:
            other.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            )
        session.stamp(NIGHT + dt.timedelta(days=1))
    assert store.newest_known() is None


def test_another_database_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Terminal, match="needs PostgreSQL"):
        Store("sqlite://", tmp_path)
    with pytest.raises(Terminal, match="not a database address") as caught:
        Store(SECRET, tmp_path)
    assert SECRET not in shown(caught)


def test_no_row_of_any_append_only_table_can_be_changed_or_removed(store: Store, store_dsn: str) -> None:
    save(store, NIGHT, lab("S01-001", "1"))
    delivery(store)
    engine = connect(store_dsn)
    names = [table.name for table in append_only()]
    assert {"lb_record", "dm_record", "audit", "assessment", "delivery", "quarantine"} <= set(names)
    assert "outbox" not in names
    for name in names:
        column = next(iter(append_only()[names.index(name)].columns)).name
        for change in (
            f"update {SCHEMA}.{name} set {column} = {column}",
            f"delete from {SCHEMA}.{name}",
            f"truncate {SCHEMA}.{name} cascade",
        ):
            with (
                pytest.raises(NotPermitted, match="append-only"),
                transaction(engine, "tampering") as connection,
            ):
                connection.exec_driver_sql(change)
    engine.dispose()


def test_every_error_is_one_of_ours(store_dsn: str) -> None:
    engine = connect(store_dsn)
    with pytest.raises(MilepostError) as caught, transaction(engine, "asking nonsense") as connection:
        connection.exec_driver_sql(f"select '{SECRET}'::int")
    assert str(caught.value) == (
        "The database refused while asking nonsense: InvalidTextRepresentation (SQLSTATE 22P02). Nothing was kept."
    )
    assert SECRET not in shown(caught)
    engine.dispose()

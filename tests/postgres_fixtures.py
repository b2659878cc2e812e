"""A PostgreSQL server for the tests of one process, and a fresh, migrated store for every test that asks."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from milepost.store import server
from milepost.store.store import Store

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres_home() -> Iterator[Path]:
    """The home folder of a running embedded server; each worker of pytest-xdist has its own."""
    home = Path(tempfile.mkdtemp(prefix="milepost-test-", dir=_fast_folder()))
    try:
        server.ensure_running(home)
        with _admin(home) as connection:  # nothing here has to survive a power cut
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"alter system set {setting} = off")
            connection.execute("select pg_reload_conf()")
        yield home
    finally:
        server.stop(home)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_database(postgres_home: Path) -> str:
    """The name of a migrated database nobody writes to: fresh ones are copied from it."""
    server.ensure_database(postgres_home, "milepost_template")
    store = Store(server.dsn(postgres_home, "milepost_template"), postgres_home)
    store.migrate()
    store.close()
    return "milepost_template"


@pytest.fixture
def store_dsn(postgres_home: Path, migrated_database: str) -> Iterator[str]:
    """The address of a fresh, migrated and empty database."""
    name = f"milepost_{next(_NUMBERS)}"
    with _admin(postgres_home) as connection:
        connection.execute(f"create database {name} template {migrated_database}")
    yield server.dsn(postgres_home, name)
    with _admin(postgres_home) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def store(store_dsn: str, tmp_path: Path) -> Iterator[Store]:
    """A fresh store; its home is the test's own folder."""
    opened = Store(store_dsn, tmp_path)
    yield opened
    opened.close()


def _fast_folder() -> str | None:
    """In memory where there is room: a fresh database is then a matter of 30 ms, not of 500."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 * 1024**3
    return str(memory) if roomy else None


def _admin(home: Path) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=str(server.socket_dir(home)),
        port=server.PORT,
        user="postgres",
        dbname="postgres",
        autocommit=True,
    )

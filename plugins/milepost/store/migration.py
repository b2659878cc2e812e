"""Bringing a database to the shape this code expects, once, whoever comes first."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from milepost.errors import Terminal
from milepost.store.engine import Lock, take, transaction
from milepost.store.tables import SCHEMA

_FOLDER = Path(__file__).with_name("migrations")
_VERSION_TABLE = "schema_version"


def newest() -> str:
    """The newest revision this code knows: the number in the newest migration's file name."""
    return max(file.name[1:5] for file in (_FOLDER / "versions").glob("v[0-9]*.py"))


def migrate(engine: sa.Engine) -> None:
    """Run the migrations that are missing. A database newer than this code is refused."""
    with transaction(engine, "reading the version of the store") as connection:
        if _current(connection) == newest():
            return
    with transaction(engine, "migrating the store") as connection:
        take(connection, Lock.MIGRATE)
        current = _current(connection)
        if current == newest():
            return
        if current is not None and current > newest():
            raise Terminal(
                f"The store was written by a newer milepost (schema {current}, this one knows {newest()}). "
                "Update milepost; nothing was changed."
            )
        connection.exec_driver_sql(f"create schema if not exists {SCHEMA}")
        _upgrade(connection)


def _current(connection: sa.Connection) -> str | None:
    if not connection.scalar(sa.text(f"select to_regclass('{SCHEMA}.{_VERSION_TABLE}') is not null")):
        return None
    return connection.scalar(sa.text(f"select max(version_num) from {SCHEMA}.{_VERSION_TABLE}"))


def _upgrade(connection: sa.Connection) -> None:
    # here and not above: alembic costs every start a quarter of a second, and is needed once
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, version_table=_VERSION_TABLE, schema=SCHEMA)
    command.upgrade(config, "head")

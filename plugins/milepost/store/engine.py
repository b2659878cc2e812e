"""Connections to PostgreSQL, the locks that order writers, and errors without values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import psycopg
import sqlalchemy as sa
from psycopg import errors
from sqlalchemy import exc

from milepost.errors import MilepostError, NotPermitted, Terminal, Transient

_DRIVER = "postgresql+psycopg"
# Dates and times are read as text by COPY, so their form must not depend on the server's settings.
_OPTIONS = "-c timezone=UTC -c datestyle=ISO -c jit=off -c idle_in_transaction_session_timeout=0"
_PATIENCE = "30min"  # a night's load of a million rows holds the store for half a minute


class Lock(IntEnum):
    """Advisory locks, in the only order in which they may be taken together."""

    MIGRATE = 4709
    REPORT = 4710  # from asking whether a look was held to its being on record
    STORE = 4711  # from the choice of known_from to the commit, for the whole store
    ASSESS = 4712  # from reading the newest verdicts to the commit of the next ones
    DELIVERY = 4713
    AUDIT = 4714


_AGAIN: tuple[type[psycopg.Error], ...] = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    errors.QueryCanceled,
    errors.TooManyConnections,
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.DiskFull,
)


def connect(dsn: str) -> sa.Engine:
    """An engine for `postgresql://…`; its errors and logs never carry parameters."""
    try:
        url = sa.make_url(dsn)
    except exc.ArgumentError:
        raise Terminal(
            "MILEPOST_DSN is not a database address. Expected postgresql://user@host:port/database"
        ) from None
    if url.get_backend_name() != "postgresql":
        raise Terminal(
            f"MILEPOST_DSN names {url.get_backend_name()}; the store needs PostgreSQL: postgresql://…"
        )
    return sa.create_engine(
        url.set(drivername=_DRIVER),
        hide_parameters=True,
        isolation_level="READ COMMITTED",  # a snapshot older than the store's lock would miss what it waited for
        pool_pre_ping=True,
        pool_size=2,
        max_overflow=8,
        # prepare_threshold: a prepared statement's generic plan does not see which test a partial index is for
        connect_args={"options": _OPTIONS, "prepare_threshold": None, "application_name": "milepost"},
    )


def driver(connection: sa.Connection) -> psycopg.Connection[tuple[object, ...]]:
    """The psycopg connection inside Core's transaction: COPY needs it."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    return raw


@contextmanager
def transaction(engine: sa.Engine, doing: str) -> Iterator[sa.Connection]:
    """One transaction: all of it is kept, or nothing. `doing` says in errors what it was for."""
    with scrubbed(doing), engine.begin() as connection:
        yield connection


@contextmanager
def scrubbed(doing: str) -> Iterator[None]:
    """Database errors come out without values: PostgreSQL's DETAIL quotes the row, its message the cell."""
    try:
        yield
    except (exc.SQLAlchemyError, psycopg.Error) as problem:
        raise _without_values(problem, doing) from None


def _without_values(problem: exc.SQLAlchemyError | psycopg.Error, doing: str) -> MilepostError:
    cause = problem.orig if isinstance(problem, exc.DBAPIError) else problem
    if not isinstance(cause, psycopg.Error):
        return Terminal(f"The store failed while {doing}: {type(problem).__name__}.")
    state = f" (SQLSTATE {cause.sqlstate})" if cause.sqlstate else ""
    named = {
        "table": cause.diag.table_name,
        "column": cause.diag.column_name,
        "constraint": cause.diag.constraint_name,
    }
    where = "".join(f", {what} {name}" for what, name in named.items() if name)
    said = f"The database refused while {doing}: {type(cause).__name__}{state}{where}."
    if isinstance(cause, errors.InsufficientPrivilege):
        return NotPermitted(f"{said} The store's tables are append-only: nothing is changed or deleted.")
    lost = isinstance(cause, psycopg.OperationalError) and cause.sqlstate is None
    if lost or isinstance(cause, _AGAIN) or (cause.sqlstate or "").startswith("08"):
        return Transient(f"{said} Nothing was kept; the same call may work later.")
    return Terminal(f"{said} Nothing was kept.")


def take(connection: sa.Connection, lock: Lock) -> None:
    """Wait for a lock, held until the commit. Its own statement: the next one must see what was waited for."""
    connection.exec_driver_sql(f"set local lock_timeout = '{_PATIENCE}'")
    connection.exec_driver_sql(f"select pg_advisory_xact_lock({int(lock)})")

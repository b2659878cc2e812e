"""What recording and judging have in common: one transaction, its audit entries, the alerts it owes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import pandas as pd
import sqlalchemy as sa

from milepost import schema
from milepost.schema import Column
from milepost.store import audit, tables
from milepost.store.frames import copy_in


def shaped(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with every column of the service table, upper case; columns that may be empty are added so."""
    named = frame.rename(columns=str.upper)
    absent = [c.name.upper() for c in schema.SERVICE[name].columns if c.null and c.name.upper() not in named]
    return named.assign(**dict.fromkeys(absent)) if absent else named


def columns_of(name: str) -> tuple[Column, ...]:
    """The columns of a service table as its frames show them."""
    return schema.SERVICE[name].columns


def append(connection: sa.Connection, name: str, frame: pd.DataFrame) -> int:
    """Add the rows to a service table; a row that is there already is an error."""
    return copy_in(connection, shaped(name, frame), f"{tables.SCHEMA}.{name}", columns_of(name))


def stage(connection: sa.Connection, name: str, frame: pd.DataFrame, without: tuple[str, ...] = ()) -> str:
    """The rows in a temporary table of the service table's columns; its name."""
    staged = f"staged_{name}"
    columns = [column for column in columns_of(name) if column.name not in without]
    listed = ", ".join(column.name for column in columns)
    connection.exec_driver_sql(f"drop table if exists pg_temp.{staged}")
    connection.exec_driver_sql(
        f"create temp table {staged} on commit drop as select {listed} from {tables.SCHEMA}.{name} limit 0"
    )
    copy_in(connection, shaped(name, frame), staged, columns)
    return staged


def append_new(connection: sa.Connection, name: str, frame: pd.DataFrame) -> int:
    """Add the rows whose key is not there yet; how many that were. Doing it twice is doing it once."""
    if frame.empty:
        return 0
    staged = stage(connection, name, frame)
    listed = ", ".join(column.name for column in columns_of(name))
    key = ", ".join(schema.SERVICE[name].key)
    done = connection.exec_driver_sql(
        f"insert into {tables.SCHEMA}.{name} ({listed}) select {listed} from {staged} order by {key} "
        "on conflict do nothing"
    )
    return done.rowcount


class WritingSession:
    """One transaction of the service: everything said through it is kept together, or nothing is."""

    def __init__(self, connection: sa.Connection, actor: str, now: dt.datetime) -> None:
        self._connection = connection
        self._entries: list[audit.Entry] = []
        self.actor = actor
        self.now = now

    def audit(self, action: str, payload: Mapping[str, object]) -> None:
        """Note in the audit log, with this transaction, what was done: counts and keys only."""
        self._entries.append(audit.Entry(action, payload))

    def save_alerts(self, alerts: pd.DataFrame, outbox: pd.DataFrame) -> int:
        """Owe these alerts (columns of `alert`), each key once for ever; how many are new.

        Of `outbox` (ALERT_KEY CHANNEL RECIPIENT, optionally NOT_BEFORE) only the rows of new alerts are queued.
        """
        if alerts.empty:
            return 0
        staged = stage(self._connection, "alert", alerts)
        listed = ", ".join(column.name for column in columns_of("alert"))
        self._connection.exec_driver_sql("drop table if exists pg_temp.owed_now")
        self._connection.exec_driver_sql("create temp table owed_now (key text) on commit drop")
        new = self._connection.exec_driver_sql(
            f"with made as (insert into {tables.SCHEMA}.alert ({listed}) select {listed} from {staged} "
            "order by key on conflict do nothing returning key) insert into owed_now select key from made"
        ).rowcount
        if new and not outbox.empty:
            named = outbox.rename(columns=str.upper)
            defaults = {"ATTEMPTS": 0, "NOT_BEFORE": pd.Timestamp(self.now)}
            filled = named.assign(**{k: v for k, v in defaults.items() if k not in named})
            staged = stage(self._connection, "outbox", filled)
            self._connection.exec_driver_sql(
                f"insert into {tables.SCHEMA}.outbox select s.* from {staged} s "
                "join owed_now n on n.key = s.alert_key on conflict do nothing"
            )
        return new

    def withdraw_unsent(self, keys: Iterable[str]) -> set[str]:
        """Take alerts that have ended out of the queue; those of them that nobody was ever sent."""
        listed = sorted(set(keys))
        if not listed:
            return set()
        outbox, event = tables.service("outbox").c, tables.service("alert_event").c
        self._connection.execute(sa.delete(tables.service("outbox")).where(outbox.alert_key.in_(listed)))
        sent = sa.select(event.alert_key).where(event.alert_key.in_(listed), event.event == "SENT")
        return set(listed) - set(self._connection.scalars(sent))

    def save_alert_events(self, events: pd.DataFrame) -> int:
        """Note what happened to alerts (ALERT_KEY AT EVENT, optionally CHANNEL RECIPIENT MESSAGE_ID ACTOR), once."""
        named = events.rename(columns=str.upper)
        defaults = {"CHANNEL": "", "RECIPIENT": "", "ACTOR": self.actor}
        return append_new(
            self._connection,
            "alert_event",
            named.assign(**{k: v for k, v in defaults.items() if k not in named}),
        )

    def finish(self) -> None:
        """Write the audit entries: the last act before the commit."""
        audit.append(self._connection, self._entries, self.actor, self.now)
        self._entries.clear()

"""Safety signals: a new version where one changed, with the alerts it owes and the questions it raises."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pandas as pd
import sqlalchemy as sa

from milepost.schema import SERVICE, Column
from milepost.store import quarantine, tables
from milepost.store.engine import Lock, take, transaction
from milepost.store.frames import copy_out
from milepost.store.reading import THESE_PATIENTS, choose_patients
from milepost.store.writing import WritingSession, append, append_new

_COLUMNS = SERVICE["signal"].columns
_KEY = "kind, siteid, usubjid, line, about"
_EPISODES = (
    Column("KIND", "text", "", False),
    Column("SITEID", "text", "", False),
    Column("USUBJID", "text", "", False),
    Column("LINE", "integer", "", False),
    Column("ABOUT", "text", "", False),
    Column("ROLE", "text", "", False),
    Column("EPISODE", "integer", "", False),
    Column("OPEN", "boolean", "", False),
)


def _of(connection: sa.Connection, patients: Iterable[str] | None, column: str) -> str:
    """The condition that picks these subjects (all, if None); signals about sites are always among them."""
    if patients is None:
        return "true"
    choose_patients(connection, sorted(set(patients)))
    return f"({column} = {THESE_PATIENTS} or {column} = '')"


def latest(
    connection: sa.Connection,
    *,
    patients: Iterable[str] | None = None,
    known_at: dt.datetime | None = None,
    as_of: dt.date | None = None,
) -> pd.DataFrame:
    """The newest version of each signal of these subjects and of every site, withdrawn ones included."""
    condition = _of(connection, patients, "usubjid")
    listed = ", ".join(c.name for c in _COLUMNS)
    return copy_out(
        connection,
        f"select distinct on ({_KEY}) {listed} from {tables.SCHEMA}.signal where {condition} "
        "and (%(known_at)s::timestamptz is null or known_at <= %(known_at)s::timestamptz) "
        f"and (%(as_of)s::date is null or as_of <= %(as_of)s::date) order by {_KEY}, version desc",
        _COLUMNS,
        {"known_at": known_at, "as_of": as_of},
    )


def episodes(connection: sa.Connection, patients: Iterable[str] | None = None) -> pd.DataFrame:
    """The latest episode of every signal's alert and role, and whether it is still open."""
    condition = _of(connection, patients, "coalesce(usubjid, '')")
    return copy_out(
        connection,
        f"select distinct on ({_KEY}, role) kind, siteid, usubjid, line, about, role, episode, open from ("
        "select kind, siteid, coalesce(usubjid, '') as usubjid, coalesce(line, 0) as line, "
        "coalesce(about, '') as about, "
        f"role, episode, not exists (select from {tables.SCHEMA}.alert_event e where e.alert_key = a.key and "
        f"e.event in ('RESOLVED', 'SUPERSEDED', 'RETRACTED')) as open from {tables.SCHEMA}.alert a "
        f"where signal is not null and kind <> 'RETRACTION' and {condition}) found "
        f"order by {_KEY}, role, episode desc",
        _EPISODES,
    )


def due(connection: sa.Connection, after: dt.date | None, until: dt.date) -> list[str]:
    """Subjects with a record dated after the day they were last watched, whose day has come: (after, until]."""
    found = copy_out(
        connection,
        f"select distinct usubjid from {tables.SCHEMA}.watch_due where next_on <= %(until)s "
        "and (%(after)s::date is null or next_on > %(after)s::date) order by usubjid",
        [Column("USUBJID", "text", "", False)],
        {"after": after, "until": until},
    )
    return list(found["USUBJID"])


def last_run(connection: sa.Connection) -> pd.DataFrame:
    """How far the watch has come: its newest run, or no row."""
    columns = SERVICE["watch_run"].columns
    listed = ", ".join(c.name for c in columns)
    return copy_out(
        connection,
        f"select {listed} from {tables.SCHEMA}.watch_run order by as_of desc, known_at desc limit 1",
        columns,
    )


class WatchingSession(WritingSession):
    """What may be written about safety signals: nobody else watches, judges or records meanwhile."""

    def latest_signals(self, patients: Iterable[str] | None = None) -> pd.DataFrame:
        """The newest signals, read under the lock: what the new ones are compared with."""
        return latest(self._connection, patients=patients)

    def signal_episodes(self, patients: Iterable[str] | None = None) -> pd.DataFrame:
        """The latest episode of every signal's alert and role."""
        return episodes(self._connection, patients)

    def save_signals(self, signals: pd.DataFrame) -> int:
        """Append changed signals."""
        return append(self._connection, "signal", signals) if len(signals) else 0

    def save_due(self, due: pd.DataFrame) -> int:
        """Note on which later day a subject must be watched again (NEXT_ON, USUBJID), once."""
        return append_new(self._connection, "watch_due", due)

    def open_queries(self, questions: pd.DataFrame) -> int:
        """Ask the sites; a KEY that is open already is not asked again."""
        return quarantine.ask(self._connection, questions)

    def close_queries(self, events: pd.DataFrame) -> int:
        """Close open queries by QUERY number."""
        return quarantine.settle(self._connection, events)

    def save_run(
        self, *, as_of: dt.date, known_at: dt.datetime, config_hash: str, watched: int, changed: int
    ) -> None:
        """Note how far the watch has come; the same again changes nothing."""
        run = {"AS_OF": as_of, "KNOWN_AT": known_at, "CONFIG_HASH": config_hash}
        append_new(
            self._connection, "watch_run", pd.DataFrame([{**run, "WATCHED": watched, "CHANGED": changed}])
        )


@contextmanager
def watching(engine: sa.Engine, actor: str, now: dt.datetime) -> Iterator[WatchingSession]:
    """One transaction for signals, the alerts they owe, the questions raised and how far the watch came."""
    with transaction(engine, "watching over safety") as connection:
        take(connection, Lock.STORE)
        take(connection, Lock.ASSESS)
        session = WatchingSession(connection, actor, now)
        yield session
        session.finish()

"""Rows refused, and the questions that go back to the sites: kept for ever, settled by further rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import pandas as pd
import sqlalchemy as sa

from milepost.schema import SERVICE, Column
from milepost.store import tables
from milepost.store.frames import copy_out, empty
from milepost.store.reading import THESE_PATIENTS, choose_patients, wanted
from milepost.store.writing import append, append_new, stage

_S = tables.SCHEMA
_ROW = SERVICE["quarantine"].columns
_QUERY = SERVICE["query"].columns
_RELEASE = (
    Column("released_from", "timestamp", "instant from which we knew it was settled"),
    Column("released_by", "bigint", "delivery that settled it"),
    Column("release_reason", "text", "CORRECTED, CANCELLED or READ_AGAIN"),
)
_CLOSE = (
    Column("closed_at", "timestamp", "knowledge time at which it was closed"),
    Column("close_reason", "text", "why"),
    Column("closed_by", "bigint", "delivery that answered it"),
)
QUARANTINED = (*_ROW, *_RELEASE)
QUERIES = (*_QUERY, *_CLOSE)
_CLOSED = f"select from {_S}.query_event e where e.query = q.id and e.event = 'CLOSED'"
_STILL_OPEN = f"not exists ({_CLOSED} and e.at <= %(known_at)s)"
_OPEN_NOW = f"not exists ({_CLOSED})"
_NOT_RELEASED = f"not exists (select from {_S}.quarantine_release r where r.quarantine = q.id)"


def quarantined(
    connection: sa.Connection,
    *,
    known_at: dt.datetime,
    domain: str | None = None,
    patients: Iterable[str] | None = None,
    test: str | None = None,
    open_only: bool = True,
) -> pd.DataFrame:
    """Refused rows as known at `known_at`, by number; `open_only` leaves out those settled by then."""
    conditions = ["q.known_from <= %(known_at)s"]
    if domain is not None:
        conditions.append("q.domain = %(domain)s")
    if test is not None:
        conditions.append("q.test = %(test)s")
    if patients is not None:
        choose_patients(connection, sorted(set(patients)))
        conditions.append(f"q.usubjid = {THESE_PATIENTS}")
    if open_only:
        conditions.append("r.quarantine is null")
    listed = ", ".join(f"q.{c.name}" for c in _ROW)
    return copy_out(
        connection,
        f"select {listed}, r.known_from, r.delivery, r.reason from {_S}.quarantine q "
        f"left join {_S}.quarantine_release r on r.quarantine = q.id and r.known_from <= %(known_at)s "
        f"where {' and '.join(conditions)} order by q.id",
        QUARANTINED,
        {"known_at": known_at, "domain": domain, "test": test},
    )


def queries(
    connection: sa.Connection, *, known_at: dt.datetime | None = None, open_only: bool = False
) -> pd.DataFrame:
    """Questions to the sites as known at `known_at` (now without), by number, with how they were closed."""
    conditions = ["q.opened_at <= %(known_at)s", *([_STILL_OPEN] if open_only else [])]
    listed = ", ".join(f"q.{c.name}" for c in _QUERY)
    return copy_out(
        connection,
        f"select {listed}, c.at, c.reason, c.delivery from {_S}.query q left join lateral "
        f"(select e.at, e.reason, e.delivery from {_S}.query_event e where e.query = q.id and e.event = 'CLOSED' "
        f"and e.at <= %(known_at)s order by e.at limit 1) c on true where {' and '.join(conditions)} order by q.id",
        QUERIES,
        {"known_at": known_at or dt.datetime.max.replace(tzinfo=dt.UTC)},
    )


def open_about(connection: sa.Connection, domain: str, keys: pd.DataFrame) -> pd.DataFrame:
    """Refused rows not yet settled of these records (USUBJID, RECKEY): what a corrected row may release."""
    return _about(connection, "quarantine", _ROW, _NOT_RELEASED, domain, keys)


def open_queries_about(connection: sa.Connection, domain: str, keys: pd.DataFrame) -> pd.DataFrame:
    """Questions still open about these records (USUBJID, RECKEY)."""
    return _about(connection, "query", _QUERY, _OPEN_NOW, domain, keys)


def _about(
    connection: sa.Connection,
    name: str,
    columns: Sequence[Column],
    condition: str,
    domain: str,
    keys: pd.DataFrame,
) -> pd.DataFrame:
    if keys.empty or not connection.scalar(sa.text(f"select exists (select from {_S}.{name})")):
        return empty(columns)
    wanted(connection, keys, ("USUBJID", "RECKEY"))
    return copy_out(
        connection,
        f"select {', '.join(f'q.{c.name}' for c in columns)} from wanted join {_S}.{name} q "
        f"using (usubjid, reckey) where q.domain = %(domain)s and {condition} order by q.id",
        columns,
        {"domain": domain},
    )


def open_about_files(connection: sa.Connection, deliveries: Sequence[int]) -> pd.DataFrame:
    """Questions still open about these deliveries as such, or about many of their rows at once."""
    listed = ", ".join(f"q.{c.name}" for c in _QUERY)
    return copy_out(
        connection,
        f"select {listed} from {_S}.query q where q.delivery = any(%(deliveries)s::bigint[]) and q.reckey is null "
        f"and {_OPEN_NOW} order by q.id",
        _QUERY,
        {"deliveries": [int(number) for number in deliveries]},
    )


def open_of_files(connection: sa.Connection, deliveries: Sequence[int]) -> pd.DataFrame:
    """Refused rows of these deliveries that nothing has settled yet."""
    listed = ", ".join(f"q.{c.name}" for c in _ROW)
    return copy_out(
        connection,
        f"select {listed} from {_S}.quarantine q where q.delivery = any(%(deliveries)s::bigint[]) "
        f"and {_NOT_RELEASED} order by q.id",
        _ROW,
        {"deliveries": [int(number) for number in deliveries]},
    )


def open_like(connection: sa.Connection, fingerprints: Sequence[str]) -> pd.DataFrame:
    """Refused rows not yet settled with one of these fingerprints: the same bad row, sent again."""
    if not len(fingerprints):
        return empty(_ROW)
    wanted(connection, pd.DataFrame({"FINGERPRINT": list(fingerprints)}), ("FINGERPRINT",))
    listed = ", ".join(f"q.{c.name}" for c in _ROW)
    return copy_out(
        connection,
        f"select {listed} from wanted join {_S}.quarantine q using (fingerprint) where {_NOT_RELEASED} order by q.id",
        _ROW,
    )


def save(connection: sa.Connection, rows: pd.DataFrame) -> list[int]:
    """Keep refused rows; their numbers, in the frame's order."""
    newest = connection.scalar(sa.text(f"select coalesce(max(id), 0) from {_S}.quarantine")) or 0
    ids = list(range(newest + 1, newest + 1 + len(rows)))
    append(connection, "quarantine", rows.assign(ID=ids))
    return ids


def release(connection: sa.Connection, releases: pd.DataFrame) -> int:
    """Settle refused rows (QUARANTINE KNOWN_FROM DELIVERY REASON), each once; how many were not settled before."""
    return append_new(connection, "quarantine_release", releases)


def ask(connection: sa.Connection, questions: pd.DataFrame) -> int:
    """Open a query for every KEY that has none open; how many are new."""
    if questions.empty:
        return 0
    staged = stage(connection, "query", questions, without=("id",))
    listed = ", ".join(c.name for c in _QUERY if c.name != "id")
    return connection.exec_driver_sql(
        f"insert into {_S}.query (id, {listed}) select (select coalesce(max(id), 0) from {_S}.query) "
        f"+ row_number() over (order by opened_at, delivery, srcline, key), {listed} from "
        f"(select distinct on (key) * from {staged} order by key, opened_at, delivery, srcline) s "
        f"where not exists (select from {_S}.query q where q.key = s.key and {_OPEN_NOW})"
    ).rowcount


def settle(connection: sa.Connection, events: pd.DataFrame) -> int:
    """Close (or with EVENT, answer) the open queries named by QUERY or by KEY (AT REASON DELIVERY); how many."""
    if events.empty:
        return 0
    named = events.rename(columns=str.upper)
    if "QUERY" not in named:
        named = named.merge(_numbers(connection, named), on="KEY", how="inner", validate="m:1")
    staged = stage(connection, "query_event", named if "EVENT" in named else named.assign(EVENT="CLOSED"))
    return connection.exec_driver_sql(
        f"insert into {_S}.query_event (query, at, event, reason, delivery) "
        f"select distinct on (s.query, s.event) s.query, s.at, s.event, s.reason, s.delivery from {staged} s "
        f"join {_S}.query q on q.id = s.query where {_OPEN_NOW} order by s.query, s.event, s.at, s.delivery "
        "on conflict do nothing"
    ).rowcount


def _numbers(connection: sa.Connection, named: pd.DataFrame) -> pd.DataFrame:
    wanted(connection, named, ("KEY",))
    return copy_out(
        connection,
        f"select q.key, q.id from wanted join {_S}.query q using (key) where {_OPEN_NOW} order by q.id",
        [Column("KEY", "text", ""), Column("QUERY", "bigint", "", False)],
    )

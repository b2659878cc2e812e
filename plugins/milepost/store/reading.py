"""What was known of the records: every read takes `known_at` (what we knew) and may take `as_of` (what happened)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from weakref import WeakKeyDictionary

import pandas as pd
import sqlalchemy as sa

from milepost import schema
from milepost.errors import DataProblem
from milepost.schema import Column
from milepost.store import tables
from milepost.store.engine import transaction
from milepost.store.frames import copy_in, copy_out, empty

PATIENTS_AT_ONCE = 2_000
_KEY = "usubjid, reckey, occurrence"
# The patients travel as a setting of the transaction, so that no identifier is ever part of a query's text. It is read
# in a subquery, once: in place PostgreSQL would take it to pieces again for every row it compares.
THESE_PATIENTS = "any((select current_setting('milepost.patients')::text[])::text[])"
_WANTED: WeakKeyDictionary[sa.Transaction, pd.DataFrame] = WeakKeyDictionary()  # what `wanted` holds there
_ALIVE = "not retracted and (adt is null or %(as_of)s::date is null or adt <= %(as_of)s::date)"


def newest_known(engine: sa.Engine) -> dt.datetime | None:
    """The newest instant from which anything new was known; None in an empty store."""
    with transaction(engine, "reading how far the store's knowledge goes") as connection:
        return newest_stamp(connection)


def newest_stamp(connection: sa.Connection) -> dt.datetime | None:
    newest = connection.scalar(sa.select(sa.func.max(tables.service("stamp").c.known_from)))
    return None if newest is None else newest.astimezone(dt.UTC)


def known(
    engine: sa.Engine,
    domain: str,
    *,
    known_at: dt.datetime,
    as_of: dt.date | None = None,
    patients: Iterable[str] | None = None,
    test: str | None = None,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Each record's content as known at `known_at`: one row a record, sorted by subject, key and occurrence.

    The newest version counts; a preliminary one is not a version yet. A record whose newest version is a
    tombstone, or whose day lies after `as_of`, is left out (a partial date stays: it may lie before).
    With `test` and without `columns`, the columns of `tables.COVERED` come, from an index alone.
    Source: clinical specification section 3.5.
    """
    chosen = _columns(domain, test, columns)
    query = known_query(domain, [c.name for c in chosen], test=test, of_patients=patients is not None)
    bounds = {"known_at": known_at, "as_of": as_of}
    with transaction(engine, f"reading {domain} records") as connection:
        return _by_patients(connection, query, chosen, bounds, patients)


def known_query(domain: str, names: Sequence[str], *, test: str | None, of_patients: bool) -> str:
    """The statement behind `known`: what can be corrected is filtered outside the DISTINCT ON, after the choice."""
    named = tables.test_column(domain)
    conditions = ["known_from <= %(known_at)s", "status <> 'PRELIMINARY'"]
    if of_patients:
        conditions.append(f"usubjid = {THESE_PATIENTS}")
    inner = dict.fromkeys(
        [*(part.lower() for part in tables.KEY), *map(str.lower, names), "retracted", "adt"]
    )
    if test is not None and named is not None:
        # the test is part of the record's key, so it may stand inside; and the index does not hold it
        inner.pop(named.lower(), None)
        conditions.append(f"{named.lower()} = {tables.literal_test(test)}")
    shown = [
        f"{tables.literal_test(test)} as {name.lower()}"
        if test is not None and name == named
        else name.lower()
        for name in names
    ]
    return (
        f"select {', '.join(shown)} from (select distinct on ({_KEY}) {', '.join(inner)} "
        f"from {tables.SCHEMA}.{domain.lower()}_record where {' and '.join(conditions)} "
        f"order by {_KEY}, version desc) newest where {_ALIVE} order by {_KEY}"
    )


def history(
    engine: sa.Engine,
    domain: str,
    *,
    patient: str,
    known_at: dt.datetime,
    reckey: str | None = None,
) -> pd.DataFrame:
    """Every version of one patient's records (or of one record), preliminary and retracted ones included."""
    columns = tables.record_columns(domain)
    query = (
        f"select {', '.join(c.name.lower() for c in columns)} from {tables.SCHEMA}.{domain.lower()}_record "
        f"where usubjid = {THESE_PATIENTS} and known_from <= %(known_at)s order by {_KEY}, version"
    )
    with transaction(engine, f"reading the history of {domain} records") as connection:
        found = _by_patients(connection, query, columns, {"known_at": known_at}, [patient])
    return found if reckey is None else found[found["RECKEY"] == reckey].reset_index(drop=True)


def touched(engine: sa.Engine, since: dt.datetime | None, until: dt.datetime) -> list[str]:
    """Subjects with a new version, a new quarantined row or a released one in (since, until], sorted."""
    quarantine, release = f"{tables.SCHEMA}.quarantine", f"{tables.SCHEMA}.quarantine_release"
    between = "{0}known_from > %(since)s and {0}known_from <= %(until)s"
    parts = [
        f"select usubjid from {tables.SCHEMA}.{code.lower()}_record where {between.format('')}"
        for code in schema.DOMAINS
    ]
    parts.append(f"select usubjid from {quarantine} where {between.format('')}")
    parts.append(
        f"select q.usubjid from {release} r join {quarantine} q on q.id = r.quarantine where {between.format('r.')}"
    )
    query = (
        f"select usubjid from ({' union '.join(parts)}) touched where usubjid is not null order by usubjid"
    )
    bounds = {"since": since or dt.datetime.min.replace(tzinfo=dt.UTC), "until": until}
    with transaction(engine, "reading which subjects were touched") as connection:
        found = copy_out(connection, query, [Column("USUBJID", "text", "")], bounds)
    return list(found["USUBJID"])


def arrived(engine: sa.Engine, since: dt.datetime, until: dt.datetime) -> pd.DataFrame:
    """What came about each subject in (since, until], by DOMAIN: USUBJID, FIRST (their demographics came first then),
    NEW and CORRECTED (versions of records: first ones; later ones and withdrawals)."""
    parts = [
        f"select usubjid, version, '{code}' as domain from {tables.SCHEMA}.{code.lower()}_record "
        "where known_from > %(since)s and known_from <= %(until)s"
        for code in schema.DOMAINS
    ]
    query = f"""select usubjid, domain, bool_or(domain = 'DM' and version = 1) as first,
        count(*) filter (where version = 1) as new, count(*) filter (where version > 1) as corrected
        from ({" union all ".join(parts)}) versions where usubjid is not null
        group by usubjid, domain order by usubjid, domain"""
    columns = [Column("USUBJID", "text", ""), Column("DOMAIN", "text", ""), Column("FIRST", "boolean", ""),
               Column("NEW", "integer", ""), Column("CORRECTED", "integer", "")]  # fmt: skip
    with transaction(engine, "reading what arrived") as connection:
        return copy_out(connection, query, columns, {"since": since, "until": until})


def newest_of_keys(connection: sa.Connection, domain: str, keys: pd.DataFrame) -> pd.DataFrame:
    """The newest version of every occurrence of these keys (USUBJID, RECKEY), whatever its status."""
    columns = tables.record_columns(domain)
    name = f"{tables.SCHEMA}.{domain.lower()}_record"
    if keys.empty or not connection.scalar(sa.text(f"select exists (select from {name})")):
        return empty(columns)
    wanted(connection, keys, ("USUBJID", "RECKEY"))
    return copy_out(
        connection,
        f"select distinct on ({_KEY}) {', '.join(f'{c.name.lower()}' for c in columns)} "
        f"from wanted join {name} using (usubjid, reckey) order by {_KEY}, version desc",
        columns,
    )


def wanted(connection: sa.Connection, keys: pd.DataFrame, names: Sequence[str]) -> None:
    """A temporary table `wanted` of these keys, each once, for a join; analysed, for PostgreSQL does not itself.

    In one transaction the same keys are not copied again: a batch asks three tables about its rows.
    """
    distinct = keys[list(names)].dropna().drop_duplicates(ignore_index=True)
    transaction_ = connection.get_transaction()
    if transaction_ is not None:
        if (there := _WANTED.get(transaction_)) is not None and there.equals(distinct):
            return
        _WANTED[transaction_] = distinct
    columns = [Column(name, "text", "") for name in names]
    listed = ", ".join(f"{name.lower()} text" for name in names)
    connection.exec_driver_sql("drop table if exists pg_temp.wanted")
    connection.exec_driver_sql(f"create temp table wanted ({listed}) on commit drop")
    copy_in(connection, distinct, "wanted", columns)
    connection.exec_driver_sql("analyze pg_temp.wanted")


def choose_patients(connection: sa.Connection, patients: Sequence[str]) -> None:
    """Let `THESE_PATIENTS` mean these, until the transaction ends."""
    connection.execute(
        sa.text("select set_config('milepost.patients', cast(cast(:patients as text[]) as text), true)"),
        {"patients": list(patients)},
    )


def _by_patients(
    connection: sa.Connection,
    query: str,
    columns: Sequence[Column],
    bounds: Mapping[str, object],
    patients: Iterable[str] | None,
) -> pd.DataFrame:
    if patients is None:
        return copy_out(connection, query, columns, bounds)
    chosen = sorted(set(patients))
    parts = []
    for first in range(0, len(chosen), PATIENTS_AT_ONCE):
        choose_patients(connection, chosen[first : first + PATIENTS_AT_ONCE])
        parts.append(copy_out(connection, query, columns, bounds))
    filled = [part for part in parts if not part.empty]
    return pd.concat(filled, ignore_index=True) if filled else empty(columns)


def _columns(domain: str, test: str | None, wanted: Sequence[str] | None) -> tuple[Column, ...]:
    every = {column.name: column for column in tables.record_columns(domain)}
    named = tables.test_column(domain)
    if test is not None and named is None:
        raise DataProblem(f"{domain} has no tests; read it without `test`")
    if wanted is None and test is not None and domain == "LB":
        wanted = [n for n in every if n in tables.COVERED or n in (*tables.KEY, "VERSION", "LBTESTCD")]
    if wanted is None:
        return tuple(every.values())
    if unknown := [name for name in wanted if name not in every]:
        raise DataProblem(f"{domain} has no column {', '.join(unknown)}; known: {', '.join(every)}")
    return tuple(every[name] for name in wanted)

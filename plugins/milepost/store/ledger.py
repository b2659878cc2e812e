"""Deliveries and where their rows went: nothing is lost, nothing is silent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd
import sqlalchemy as sa

from milepost import schema
from milepost.schema import SERVICE, Column
from milepost.store import tables
from milepost.store.engine import Lock, take
from milepost.store.frames import copy_out
from milepost.store.writing import columns_of

_S = tables.SCHEMA
_DELIVERY = tables.service("delivery")
_ATTEMPT = tuple(
    Column(c.name, c.type, c.meaning, True) for c in columns_of("processing") if c.name != "delivery"
)
_LATEST = f"select distinct on (delivery) * from {_S}.processing {{0}} order by delivery, attempt desc"


def add_delivery(
    connection: sa.Connection,
    *,
    site: str,
    layout: str | None,
    sha256: str,
    size: int,
    received_at: dt.datetime,
    claimed_at: dt.datetime,
) -> tuple[int, bool]:
    """Number a delivery; the same bytes of one site and layout keep their number: (number, whether it is new)."""
    if (known := _find(connection, site, layout, sha256)) is not None:
        return known, False
    take(connection, Lock.DELIVERY)
    if (known := _find(connection, site, layout, sha256)) is not None:
        return known, False
    number = (connection.scalar(sa.select(sa.func.max(_DELIVERY.c.id))) or 0) + 1
    connection.execute(
        sa.insert(_DELIVERY).values(
            id=number,
            siteid=site,
            layout=layout,
            sha256=sha256,
            bytes=size,
            received_at=received_at,
            claimed_at=claimed_at,
        )
    )
    return number, True


def _find(connection: sa.Connection, site: str, layout: str | None, sha256: str) -> int | None:
    return connection.scalar(
        sa.select(_DELIVERY.c.id).where(
            _DELIVERY.c.siteid == site,
            _DELIVERY.c.sha256 == sha256,
            _DELIVERY.c.layout.is_not_distinct_from(layout),
        )
    )


def deliveries(connection: sa.Connection, *, known_at: dt.datetime | None = None) -> pd.DataFrame:
    """Every delivery received by `known_at` (now without) with its newest attempt by then, by number."""
    columns = (*columns_of("delivery"), *_ATTEMPT)
    listed = [f"d.{c.name}" for c in columns_of("delivery")] + [f"p.{c.name}" for c in _ATTEMPT]
    return copy_out(
        connection,
        f"select {', '.join(listed)} from {_S}.delivery d "
        f"left join ({_LATEST.format('where known_from <= %(known_at)s')}) p on p.delivery = d.id "
        "where d.received_at <= %(known_at)s order by d.id",
        columns,
        {"known_at": known_at or dt.datetime.max.replace(tzinfo=dt.UTC)},
    )


def pending(connection: sa.Connection, until: dt.datetime | None) -> pd.DataFrame:
    """Deliveries nobody has recorded, held or refused yet, received by `until`, in order of receipt."""
    columns = columns_of("delivery")
    return copy_out(
        connection,
        f"select {', '.join(c.name for c in columns)} from {_S}.delivery d where received_at <= %(until)s "
        f"and not exists (select from {_S}.processing p where p.delivery = d.id) order by received_at, id",
        columns,
        {"until": until or dt.datetime.max.replace(tzinfo=dt.UTC)},
    )


def row_counts(connection: sa.Connection, deliveries: Sequence[int] | None = None) -> pd.DataFrame:
    """Where the rows of every attempt went."""
    columns = columns_of("row_count")
    return copy_out(
        connection,
        f"select {', '.join(c.name for c in columns)} from {_S}.row_count where {_CHOSEN} "
        "order by delivery, attempt, domain, disposition, rule",
        columns,
        {"deliveries": _list(deliveries)},
    )


def findings(connection: sa.Connection, deliveries: Sequence[int]) -> pd.DataFrame:
    """Every broken rule the gate found in these deliveries."""
    columns = columns_of("finding")
    return copy_out(
        connection,
        f"select {', '.join(c.name for c in columns)} from {_S}.finding where {_CHOSEN} "
        "order by delivery, attempt, domain, srcline, emit, rule",
        columns,
        {"deliveries": _list(deliveries)},
    )


_CHOSEN = "(%(deliveries)s::bigint[] is null or delivery = any(%(deliveries)s::bigint[]))"


def _list(deliveries: Sequence[int] | None) -> list[int] | None:
    return None if deliveries is None else [int(number) for number in deliveries]


_RECONCILED = tuple(
    Column(name, "bigint", meaning, False)
    for name, meaning in (
        ("delivery", "delivery"),
        ("attempt", "newest attempt"),
        ("received", "rows its lines make"),
        ("counted", "sum over the dispositions"),
        ("quarantined", "rows counted as quarantined"),
        ("quarantine_rows", "rows that lie in quarantine"),
        ("accepted", "rows counted as accepted"),
        ("stored", "versions that lie in the record tables, of lines of its file"),
    )
)
_STORED = " union all ".join(
    f"select r.delivery, r.known_from, count(*) as rows from {_S}.{code.lower()}_record r where r.srcline > 0 and "
    "r.known_from >= (select min(known_from) from latest) and r.known_from <= (select max(known_from) from latest) "
    f"and (%(deliveries)s::bigint[] is null or r.delivery = any(%(deliveries)s::bigint[])) group by 1, 2"
    for code in schema.DOMAINS
)


def reconcile(connection: sa.Connection, deliveries: Sequence[int] | None = None) -> pd.DataFrame:
    """Deliveries whose rows do not add up, or lie elsewhere than counted; no row when all is well.

    received = the sum over the dispositions; as many rows lie in quarantine as were counted; and at least as
    many versions lie in the record tables as were accepted (a row that replaces another makes two).
    """
    latest = _LATEST.format(f"where {_CHOSEN}")
    return copy_out(
        connection,
        f"with latest as materialized ({latest}), "
        f"counted as (select delivery, attempt, sum(rows) as rows, "
        "coalesce(sum(rows) filter (where disposition = 'QUARANTINED'), 0) as quarantined, "
        "coalesce(sum(rows) filter (where disposition = 'ACCEPTED'), 0) as accepted "
        f"from {_S}.row_count where {_CHOSEN} group by 1, 2), "
        f"refused as (select delivery, attempt, count(*) as rows from {_S}.quarantine where {_CHOSEN} group by 1, 2), "
        f"stored as (select delivery, known_from, sum(rows) as rows from ({_STORED}) s group by 1, 2), "
        "compared as (select l.delivery, l.attempt, l.records as received, coalesce(c.rows, 0)::bigint as counted, "
        "coalesce(c.quarantined, 0)::bigint as quarantined, coalesce(q.rows, 0) as quarantine_rows, "
        "coalesce(c.accepted, 0)::bigint as accepted, coalesce(s.rows, 0)::bigint as stored from latest l "
        "left join counted c using (delivery, attempt) left join refused q using (delivery, attempt) "
        "left join stored s on s.delivery = l.delivery and s.known_from = l.known_from) "
        "select * from compared where received <> counted or quarantined <> quarantine_rows or stored < accepted "
        "order by delivery",
        _RECONCILED,
        {"deliveries": _list(deliveries)},
    )


def counts(connection: sa.Connection) -> dict[str, dict[str, int]]:
    """What `milepost status` shows: deliveries, rows by disposition (released ones are superseded), and the rest."""
    latest = _LATEST.format("")
    outcome = _tally(connection, f"select outcome, count(*) from ({latest}) l group by 1")
    total = connection.scalar(sa.select(sa.func.count()).select_from(_DELIVERY)) or 0
    rows = _tally(
        connection,
        f"with latest as ({latest}) select disposition, sum(c.rows)::bigint from {_S}.row_count c "
        "join latest using (delivery, attempt) group by 1 union all "
        "select 'RECEIVED', coalesce(sum(records), 0)::bigint from latest union all "
        f"select 'RELEASED', count(*) from {_S}.quarantine_release r join {_S}.quarantine q on q.id = r.quarantine "
        "join latest l on l.delivery = q.delivery and l.attempt = q.attempt",
    )
    released = rows.pop("RELEASED")
    shown = {name: rows.get(name, 0) for name in ("RECEIVED", *schema.DISPOSITIONS)}
    shown["QUARANTINED"] -= released
    shown["SUPERSEDED"] += released
    ended = "event in ('ACKNOWLEDGED', 'RESOLVED', 'SUPERSEDED', 'RETRACTED')"
    alerts = _tally(
        connection,
        f"select 'owed', count(*) from {_S}.alert union all "
        f"select 'sent', count(distinct alert_key) from {_S}.alert_event where event = 'SENT' union all "
        f"select 'open', count(*) from {_S}.alert a where not exists "
        f"(select from {_S}.alert_event e where e.alert_key = a.key and {ended}) union all "
        f"select 'queued', count(*) from {_S}.outbox",
    )
    queries = _tally(
        connection,
        f"select 'asked', count(*) from {_S}.query union all "
        f"select 'closed', count(distinct query) from {_S}.query_event where event = 'CLOSED'",
    )
    verdicts = _tally(
        connection,
        f"select state, count(*) from (select distinct on (usubjid, line, checkpoint) state "
        f"from {_S}.assessment order by usubjid, line, checkpoint, version desc) newest group by 1 order by 1",
    )
    asked = {"open": queries["asked"] - queries["closed"], "closed": queries["closed"]}
    named = {name.lower(): outcome.get(name, 0) for name in ("RECORDED", "HELD", "REFUSED")}
    return {
        "deliveries": {"total": total, "pending": total - sum(outcome.values()), **named},
        "rows": {name.lower(): number for name, number in shown.items()},
        "verdicts": verdicts,
        "alerts": alerts,
        "queries": asked,
    }


def _tally(connection: sa.Connection, query: str) -> dict[str, int]:
    return {str(name): int(number) for name, number in connection.exec_driver_sql(query)}


def is_kind_taken(connection: sa.Connection, kind: str) -> bool:
    """Whether a report of this kind is on record; who asks first keeps others waiting until the commit."""
    take(connection, Lock.REPORT)
    table = tables.service("report")
    return connection.execute(sa.select(table.c.id).where(table.c.kind == kind).limit(1)).first() is not None


def service_frame(
    connection: sa.Connection, name: str, *, where: str = "true", without: tuple[str, ...] = ()
) -> pd.DataFrame:
    """A whole service table (or a fixed part of it), sorted by its key."""
    columns = [c for c in SERVICE[name].columns if c.name not in without]
    key = ", ".join(SERVICE[name].key)
    listed = ", ".join(c.name for c in columns)
    return copy_out(connection, f"select {listed} from {_S}.{name} where {where} order by {key}", columns)

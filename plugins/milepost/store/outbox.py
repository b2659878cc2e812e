"""Sending what is owed: a queue several senders may empty at once, each message taken by one of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd
import psycopg
import sqlalchemy as sa
from sqlalchemy import exc

from milepost.schema import SERVICE
from milepost.store import audit, tables
from milepost.store.engine import transaction
from milepost.store.frames import empty
from milepost.store.writing import append, append_new

_S = tables.SCHEMA
_QUEUED = SERVICE["outbox"].columns
_ALERT = tuple(column for column in SERVICE["alert"].columns if column.name != "key")
_COLUMNS = (*_QUEUED, *_ALERT)
# Taking is deleting: a row another sender has taken is gone from this statement's view, never sent twice.
_TAKE = sa.text(
    f"""
    with mine as (
        select o.alert_key, o.channel, o.recipient from {_S}.outbox o join {_S}.alert a on a.key = o.alert_key
        where o.not_before <= :now and (cast(:send as text) is null or a.send = :send)
        order by o.alert_key, o.channel, o.recipient for update of o skip locked limit :limit),
    taken as (
        delete from {_S}.outbox o using mine m where (o.alert_key, o.channel, o.recipient)
            = (m.alert_key, m.channel, m.recipient)
        returning o.alert_key, o.channel, o.recipient, o.attempts, o.not_before)
    select t.*, {", ".join(f"a.{column.name}" for column in _ALERT)} from taken t
    join {_S}.alert a on a.key = t.alert_key order by t.alert_key, t.channel, t.recipient
    """
)
_Key = tuple[str, str, str]


class OutboxBatch:
    """Messages taken by this sender. What is neither marked sent nor put back returns to the queue unchanged."""

    def __init__(self, connection: sa.Connection, rows: pd.DataFrame, now: dt.datetime) -> None:
        self._connection = connection
        self._now = now
        keys = zip(rows["ALERT_KEY"], rows["CHANNEL"], rows["RECIPIENT"], strict=True)
        self._open: dict[_Key, int] = {key: place for place, key in enumerate(keys)}
        self.rows = rows
        self.sent = 0

    def mark_sent(
        self,
        alert_key: str,
        channel: str,
        recipient: str,
        *,
        message_id: str | None,
        actor: str,
        at: dt.datetime | None = None,
    ) -> None:
        """Note that this message went out; after a crash before the commit it goes out again."""
        self._open.pop((alert_key, channel, recipient))
        event = {"ALERT_KEY": alert_key, "AT": at or self._now, "EVENT": "SENT", "CHANNEL": channel}
        named = {**event, "RECIPIENT": recipient, "MESSAGE_ID": message_id, "ACTOR": actor}
        append_new(self._connection, "alert_event", pd.DataFrame([named]))
        self.sent += 1

    def put_back(self, alert_key: str, channel: str, recipient: str, *, not_before: dt.datetime) -> None:
        """The channel refused it: try again from `not_before`, with one failed attempt more."""
        place = self._open.pop((alert_key, channel, recipient))
        self._queue([place], more=1, not_before=not_before)

    def begin_digest(self, channel: str, recipient: str, role: str, site: str, day: dt.date) -> bool:
        """Whether this is the first digest of the day to this recipient; says so for good with this transaction."""
        key = {
            "CHANNEL": channel,
            "RECIPIENT": recipient,
            "ROLE": role,
            "SITEID": site,
            "DAY": pd.Timestamp(day),
        }
        return bool(append_new(self._connection, "digest", pd.DataFrame([key])))

    def take_back_digest(self, channel: str, recipient: str, role: str, site: str, day: dt.date) -> None:
        """It did not go out after all."""
        gone = tables.service("digest").c
        key = (gone.channel == channel) & (gone.recipient == recipient) & (gone.role == role)
        key = key & (gone.siteid == site) & (gone.day == day)
        self._connection.execute(sa.delete(tables.service("digest")).where(key))

    def wait(self, alert_key: str, channel: str, recipient: str, *, not_before: dt.datetime) -> None:
        """Not now: nothing has failed, the day's digest is out already."""
        place = self._open.pop((alert_key, channel, recipient))
        self._queue([place], more=0, not_before=not_before)

    def return_rest(self) -> None:
        """Queue again what was neither sent nor put back."""
        self._queue(list(self._open.values()), more=0, not_before=None)
        self._open.clear()

    def _queue(self, places: list[int], *, more: int, not_before: dt.datetime | None) -> None:
        rows = self.rows.iloc[places][[c.name.upper() for c in _QUEUED]]
        rows = rows.assign(ATTEMPTS=rows["ATTEMPTS"] + more)
        append(self._connection, "outbox", rows if not_before is None else rows.assign(NOT_BEFORE=not_before))


@contextmanager
def take_outbox(
    engine: sa.Engine, limit: int, now: dt.datetime, *, send: str | None = None, actor: str = "notify"
) -> Iterator[OutboxBatch]:
    """At most `limit` messages due at `now` (only `immediate` or `digest` with `send`), in one transaction.

    A failure inside keeps what was marked sent or put back, returns the rest to the queue, and is raised again.
    """
    failure: Exception | None = None
    with transaction(engine, "sending alerts") as connection:
        found = connection.execute(_TAKE, {"now": now, "send": send, "limit": limit}).mappings().all()
        rows = pd.DataFrame([{k.upper(): v for k, v in row.items()} for row in found])
        batch = OutboxBatch(connection, rows if len(rows) else empty(_COLUMNS), now)
        try:
            yield batch
        except (exc.SQLAlchemyError, psycopg.Error):
            raise  # the transaction is lost anyway
        except Exception as problem:
            failure = problem
        batch.return_rest()
        if batch.sent:
            audit.append(connection, [audit.Entry("alerts.sent", {"messages": batch.sent})], actor, now)
    if failure is not None:
        raise failure

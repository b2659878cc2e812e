"""The study folder as it was at any time: stored whole, by hash, each time it changed."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import sqlalchemy as sa

from milepost.store import tables
from milepost.store.engine import Lock, take
from milepost.store.reading import newest_stamp

_TABLE = tables.service("configuration")
_STAMP = tables.service("stamp")


class Configuration(NamedTuple):
    """One content of the study folder, and its SHA-256."""

    hash: str
    content: str


def put(connection: sa.Connection, hash_: str, content: str, in_force_from: dt.datetime, actor: str) -> bool:
    """Put a content in force from this instant on; whether it differs from the one in force.

    The first one is in force from the beginning. A later one is new knowledge, as a delivery is: it gets an
    instant after everything known before, so what was reported by then stays as it was.
    """
    take(connection, Lock.STORE)
    newest = connection.execute(
        sa.select(_TABLE.c.hash, _TABLE.c.in_force_from).order_by(_TABLE.c.in_force_from.desc()).limit(1)
    ).one_or_none()
    if newest is not None and newest.hash == hash_:
        return False
    chosen = in_force_from.astimezone(dt.UTC)
    if newest is not None:
        earlier = max(filter(None, (newest.in_force_from, newest_stamp(connection))))
        chosen = max(chosen, earlier + dt.timedelta(microseconds=1))
        connection.execute(sa.insert(_STAMP).values(known_from=chosen, actor=actor))
    connection.execute(sa.insert(_TABLE).values(hash=hash_, in_force_from=chosen, content=content))
    return True


def at(connection: sa.Connection, known_at: dt.datetime) -> Configuration | None:
    """The content in force at `known_at`: the newest by then, else the first; None in an empty store."""
    by_then = _TABLE.c.in_force_from <= known_at
    found = connection.execute(
        sa.select(_TABLE.c.hash, _TABLE.c.content)
        # the newest by then; where none is, the earliest after
        .order_by(
            by_then.desc(),
            sa.case((by_then, _TABLE.c.in_force_from)).desc().nulls_last(),
            _TABLE.c.in_force_from,
        )
        .limit(1)
    ).one_or_none()
    return Configuration(found.hash, found.content) if found else None


def of_hash(connection: sa.Connection, hash_: str) -> str | None:
    """The content with this hash, as a verdict or report names it."""
    return connection.scalar(sa.select(_TABLE.c.content).where(_TABLE.c.hash == hash_).limit(1))

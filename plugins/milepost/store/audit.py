"""The audit log: each entry carries the hash of the one before, so a changed, missing or added one shows.

hash = SHA-256(prev + seq, at, actor, action, payload joined by the unit separator). Cutting the tail off, or
writing the whole log anew, keeps the chain: for that, its head is noted outside the database and compared.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from milepost.store import tables
from milepost.store.engine import Lock, take, transaction
from milepost.store.frames import canonical_json

_SEPARATOR = "\x1f"
_AUDIT = tables.service("audit")
_BAD = sa.text(
    f"""
    select seq, wrong_hash, wrong_prev, gap from (
        select seq,
            hash is distinct from sha256(coalesce(prev, ''::bytea) || convert_to(
                concat_ws(chr(31), seq, at, actor, action, payload), 'UTF8')) as wrong_hash,
            prev is distinct from lag(hash) over (order by seq) as wrong_prev,
            seq <> coalesce(lag(seq) over (order by seq), 0) + 1 as gap
        from {tables.SCHEMA}.audit) checked
    where wrong_hash or wrong_prev or gap order by seq limit 1000
    """
)


class Entry(NamedTuple):
    """One line of the log before it gets its number: counts and keys only, never a patient's value."""

    action: str
    payload: Mapping[str, object]


class Head(NamedTuple):
    """The newest entry: its number and its hash, hexadecimal."""

    seq: int
    hash: str


def append(connection: sa.Connection, entries: Sequence[Entry], actor: str, now: dt.datetime) -> None:
    """Write entries at the end, as the last act before the commit: the log is locked from here on."""
    if not entries:
        return
    take(connection, Lock.AUDIT)
    newest = connection.execute(
        sa.select(_AUDIT.c.seq, _AUDIT.c.hash).order_by(_AUDIT.c.seq.desc()).limit(1)
    ).one_or_none()
    seq, prev = (newest.seq, newest.hash) if newest else (0, None)
    at = now.astimezone(dt.UTC).isoformat(timespec="microseconds")
    rows = []
    for entry in entries:
        seq += 1
        payload = canonical_json(dict(entry.payload))
        text = _SEPARATOR.join((str(seq), at, actor, entry.action, payload))
        digest = hashlib.sha256((prev or b"") + text.encode()).digest()
        said = {"at": at, "actor": actor, "action": entry.action, "payload": payload}
        rows.append({"seq": seq, **said, "prev": prev, "hash": digest})
        prev = digest
    connection.execute(sa.insert(_AUDIT), rows)


class Decided(NamedTuple):
    """A decision as the log has it: who, when, what, about what."""

    at: dt.datetime
    actor: str
    action: str
    about: str


def decisions(connection: sa.Connection, actions: Sequence[str], about: str) -> dict[str, Decided]:
    """The first entry of these actions for each value of the payload's key `about`: what was decided stays."""
    query = sa.select(_AUDIT.c.at, _AUDIT.c.actor, _AUDIT.c.action, _AUDIT.c.payload)
    first: dict[str, Decided] = {}
    for row in connection.execute(query.where(_AUDIT.c.action.in_(actions)).order_by(_AUDIT.c.seq)):
        key = str(json.loads(row.payload)[about])
        first.setdefault(key, Decided(dt.datetime.fromisoformat(row.at), row.actor, row.action, key))
    return first


def decide(
    connection: sa.Connection, entry: Entry, actor: str, now: dt.datetime, *, among: Sequence[str], about: str
) -> Decided | None:
    """Write a decision, unless one of these actions was taken about the same before: then that one, and nothing."""
    take(connection, Lock.AUDIT)  # of two people who decide at once one comes first
    before = decisions(connection, among, about).get(str(entry.payload[about]))
    if before is None:
        append(connection, [entry], actor, now)
    return before


def head(engine: sa.Engine) -> Head | None:
    """The newest entry, to be printed where the database cannot change it; None in an empty log."""
    with transaction(engine, "reading the audit log") as connection:
        newest = connection.execute(
            sa.select(_AUDIT.c.seq, _AUDIT.c.hash).order_by(_AUDIT.c.seq.desc()).limit(1)
        ).one_or_none()
    return Head(newest.seq, newest.hash.hex()) if newest else None


def note_head(engine: sa.Engine, path: Path, now: dt.datetime) -> Head | None:
    """Append the head to a file outside the database, once for each head."""
    newest = head(engine)
    if newest is None or (noted := _noted(path)) and noted[-1][0] == newest:
        return newest
    line = f"{newest.seq} {newest.hash} {now.astimezone(dt.UTC).isoformat(timespec='seconds')}\n"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    return newest


def verify(engine: sa.Engine, path: Path) -> list[str]:
    """What is wrong with the log, one sentence an entry; nothing when it is whole."""
    with transaction(engine, "verifying the audit log") as connection:
        problems = [_sentence(row) for row in connection.execute(_BAD)]
        noted = _noted(path)
        numbers = [seen.seq for seen, _ in noted]
        found = {
            row.seq: row.hash.hex()
            for row in connection.execute(
                sa.select(_AUDIT.c.seq, _AUDIT.c.hash).where(_AUDIT.c.seq == sa.func.any(numbers))
            )
        }
    for seen, at in noted:
        if seen.seq not in found:
            problems.append(f"entry {seen.seq}, noted outside the database at {at}, is gone: the log was cut")
        elif found[seen.seq] != seen.hash:
            problems.append(
                f"entry {seen.seq} is not the one noted outside the database at {at}: it was rewritten"
            )
    return problems


def _sentence(row: sa.Row[tuple[int, bool, bool, bool]]) -> str:
    wrong = {
        "its content does not match its hash": row.wrong_hash,
        "it does not follow from the entry before": row.wrong_prev,
        "an entry before it is missing": row.gap,
    }
    return f"entry {row.seq}: " + "; ".join(reason for reason, is_so in wrong.items() if is_so)


def _noted(path: Path) -> list[tuple[Head, str]]:
    if not path.exists():
        return []
    lines = (line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return [(Head(int(seq), digest), at) for seq, digest, at in lines]

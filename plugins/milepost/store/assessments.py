"""Verdicts: a new version where one changed, with the alerts it owes in the same transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pandas as pd
import sqlalchemy as sa

from milepost.errors import DataProblem, Transient
from milepost.schema import SERVICE, Column
from milepost.store import tables
from milepost.store.engine import Lock, take, transaction
from milepost.store.frames import copy_out, empty
from milepost.store.reading import THESE_PATIENTS, choose_patients
from milepost.store.writing import WritingSession, append, append_new

_COLUMNS = SERVICE["assessment"].columns
_KEY = "usubjid, line, checkpoint"
_EPISODES = (
    Column("USUBJID", "text", "", False),
    Column("LINE", "integer", "", False),
    Column("CHECKPOINT", "text", "", False),
    Column("KIND", "text", "", False),
    Column("ROLE", "text", "", False),
    Column("EPISODE", "integer", "", False),
    Column("OPEN", "boolean", "", False),
    Column("KEY", "text", "", False),
)


def latest(
    connection: sa.Connection,
    *,
    patients: Iterable[str] | None = None,
    known_at: dt.datetime | None = None,
    as_of: dt.date | None = None,
    with_detail: bool = True,
) -> pd.DataFrame:
    """The newest verdict of each patient, line and checkpoint, of those judged with at most this knowledge.

    DETAIL is the parsed JSON; without it a whole trial's verdicts are read four times as fast.
    """
    chosen = [c for c in _COLUMNS if with_detail or c.name != "detail"]
    conditions = ["true"]
    if known_at is not None:
        conditions.append("known_at <= %(known_at)s")
    if as_of is not None:
        conditions.append("as_of <= %(as_of)s")
    if patients is not None:
        choose_patients(connection, sorted(set(patients)))
        conditions.append(f"usubjid = {THESE_PATIENTS}")
    return copy_out(
        connection,
        f"select distinct on ({_KEY}) {', '.join(c.name for c in chosen)} from {tables.SCHEMA}.assessment "
        f"where {' and '.join(conditions)} order by {_KEY}, version desc",
        chosen,
        {"known_at": known_at, "as_of": as_of},
    )


def history(connection: sa.Connection, patient: str) -> pd.DataFrame:
    """Every verdict ever given on one patient, oldest first."""
    choose_patients(connection, [patient])
    return copy_out(
        connection,
        f"select {', '.join(c.name for c in _COLUMNS)} from {tables.SCHEMA}.assessment "
        f"where usubjid = {THESE_PATIENTS} order by {_KEY}, version",
        _COLUMNS,
    )


def due(connection: sa.Connection, day: dt.date) -> list[str]:
    """Subjects whose newest verdict may change by the passing of time alone on or before this day, sorted."""
    found = copy_out(
        connection,
        f"select distinct usubjid from (select distinct on ({_KEY}) usubjid, next_on from {tables.SCHEMA}.assessment "
        f"order by {_KEY}, version desc) newest where next_on <= %(day)s order by usubjid",
        [Column("USUBJID", "text", "", False)],
        {"day": day},
    )
    return list(found["USUBJID"])


def episodes(connection: sa.Connection, patients: Iterable[str]) -> pd.DataFrame:
    """The latest episode of every alert kind and role of these subjects, and whether it is still open."""
    choose_patients(connection, sorted(set(patients)))
    return copy_out(
        connection,
        "select distinct on (usubjid, line, checkpoint, kind, role) usubjid, line, checkpoint, kind, role, episode, "
        f"not exists (select from {tables.SCHEMA}.alert_event e where e.alert_key = a.key and e.event in "
        "('RESOLVED', 'SUPERSEDED', 'RETRACTED')) as open, key "
        f"from {tables.SCHEMA}.alert a where checkpoint is not null and usubjid = {THESE_PATIENTS} "
        "order by usubjid, line, checkpoint, kind, role, episode desc",
        _EPISODES,
    )


def received_by(connection: sa.Connection, patients: Iterable[str]) -> pd.DataFrame:
    """ALERT_KEY, RECIPIENT of every alert about these subjects that was sent."""
    choose_patients(connection, sorted(set(patients)))
    return copy_out(
        connection,
        f"select e.alert_key, e.recipient from {tables.SCHEMA}.alert_event e join {tables.SCHEMA}.alert a "
        "on a.key = e.alert_key where e.event = 'SENT' and "
        f"a.usubjid = {THESE_PATIENTS} order by 1, 2",
        [Column("ALERT_KEY", "text", "", False), Column("RECIPIENT", "text", "", False)],
    )


class AssessingSession(WritingSession):
    """What may be written about verdicts: nobody else judges meanwhile, while deliveries may still arrive."""

    def latest_assessments(
        self, patients: Iterable[str] | None = None, *, with_detail: bool = True
    ) -> pd.DataFrame:
        """The newest verdicts, read under the lock: what the new ones are compared with."""
        return latest(self._connection, patients=patients, with_detail=with_detail)

    def save_assessments(self, verdicts: pd.DataFrame) -> pd.DataFrame:
        """Append changed verdicts; USUBJID LINE CHECKPOINT VERSION as kept. VERSION, where given, must be the next.

        Columns beside those of `assessment` go into DETAIL where the frame has none.
        """
        if verdicts.empty:
            return empty([c for c in _COLUMNS if c.name in ("usubjid", "line", "checkpoint", "version")])
        filled = self._with_versions(verdicts if "DETAIL" in verdicts else _with_detail(verdicts))
        append(self._connection, "assessment", filled)
        return filled[["USUBJID", "LINE", "CHECKPOINT", "VERSION"]].reset_index(drop=True)

    def _with_versions(self, verdicts: pd.DataFrame) -> pd.DataFrame:
        key = ["USUBJID", "LINE", "CHECKPOINT"]
        if verdicts.duplicated(key).any():
            raise DataProblem("one patient, line and checkpoint was judged twice at once; nothing was kept")
        newest = latest(self._connection, patients=verdicts["USUBJID"], with_detail=False)
        bare = verdicts.drop(columns="VERSION", errors="ignore")
        joined = bare.merge(newest[[*key, "VERSION"]], on=key, how="left", validate="1:1")
        following = joined["VERSION"].fillna(0).astype("int64") + 1
        if "VERSION" in verdicts and list(verdicts["VERSION"]) != list(following):
            raise Transient("another run judged the same patients meanwhile. Nothing was kept: judge again.")
        return joined.assign(VERSION=following)

    def save_run(
        self, *, as_of: dt.date, known_at: dt.datetime, config_hash: str, judged: int, changed: int
    ) -> None:
        """Note how far the daily tick has come; the same tick again changes nothing."""
        tick = {"AS_OF": as_of, "KNOWN_AT": known_at, "CONFIG_HASH": config_hash}
        append_new(
            self._connection, "assessment_run", pd.DataFrame([{**tick, "JUDGED": judged, "CHANGED": changed}])
        )


def _with_detail(verdicts: pd.DataFrame) -> pd.DataFrame:
    kept = {c.name.upper() for c in _COLUMNS}
    further = [name for name in verdicts.columns if name not in kept]
    return verdicts.drop(columns=further).assign(DETAIL=verdicts[further].to_dict("records"))


@contextmanager
def assessing(engine: sa.Engine, actor: str, now: dt.datetime) -> Iterator[AssessingSession]:
    """One transaction for verdicts, the alerts they owe and how far the judging came."""
    with transaction(engine, "judging") as connection:
        take(connection, Lock.ASSESS)
        session = AssessingSession(connection, actor, now)
        yield session
        session.finish()


def runs(connection: sa.Connection) -> pd.DataFrame:
    """How far the daily tick has come: one row for each day, knowledge and configuration judged, in order."""
    columns = SERVICE["assessment_run"].columns
    listed = ", ".join(c.name for c in columns)
    return copy_out(
        connection,
        f"select {listed} from {tables.SCHEMA}.assessment_run order by as_of, known_at, config_hash",
        columns,
    )

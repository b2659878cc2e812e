"""Recording what sites sent: one writer at a time for the whole store, all of a session or nothing of it.

The order of `known_from` is the order of the commits because the store's lock is held from the choice of the
instant to the commit. Without that a reader could see an instant's knowledge grow after it had read it.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pandas as pd
import sqlalchemy as sa

from milepost import schema
from milepost.errors import DataProblem
from milepost.store import quarantine, reading, tables
from milepost.store.engine import Lock, scrubbed, take, transaction
from milepost.store.frames import copy_in, copy_out, empty
from milepost.store.reading import newest_stamp, wanted
from milepost.store.writing import WritingSession, append

log = logging.getLogger(__name__)

_TIDY_ROWS, _TIDY_SHARE = 20_000, 0.05  # after a larger load the indexes are read alone only once vacuumed
_TICK = dt.timedelta(microseconds=1)


class RecordingSession(WritingSession):
    """What may be written about deliveries, under the store's lock."""

    def __init__(self, connection: sa.Connection, actor: str, now: dt.datetime) -> None:
        super().__init__(connection, actor, now)
        self.saved: dict[str, int] = {}

    def stamp(self, received_at: dt.datetime) -> dt.datetime:
        """The instant from which what comes next is known: `received_at`, or just after the newest one."""
        newest = newest_stamp(self._connection)
        wanted_at = received_at.astimezone(dt.UTC)
        chosen = wanted_at if newest is None else max(wanted_at, newest + _TICK)
        self._connection.execute(
            sa.insert(tables.service("stamp")).values(known_from=chosen, actor=self.actor)
        )
        return chosen

    def still_pending(self, deliveries: Sequence[int]) -> list[int]:
        """Those of these deliveries that nobody has recorded, held or refused yet, now that we hold the lock."""
        delivery, processing = tables.service("delivery"), tables.service("processing")
        done = sa.exists().where(processing.c.delivery == delivery.c.id)
        query = sa.select(delivery.c.id).where(
            delivery.c.id == sa.func.any(list(map(int, deliveries))), ~done
        )
        return list(self._connection.scalars(query.order_by(delivery.c.id)))

    def current(self, domain: str, keys: pd.DataFrame) -> pd.DataFrame:
        """The newest version of every occurrence of these keys (USUBJID, RECKEY): preliminary and tombstones too."""
        return reading.newest_of_keys(self._connection, domain, keys)

    def replacing(self, domain: str, refs: pd.DataFrame) -> pd.DataFrame:
        """The newest versions that say they replace one of these record ids (USUBJID, REF): the ids came late."""
        columns = tables.record_columns(domain)
        if refs.empty:
            return empty(columns)
        name = f"{tables.SCHEMA}.{domain.lower()}_record"
        wanted(self._connection, refs, ("USUBJID", "REF"))
        listed = ", ".join(c.name.lower() for c in columns)
        key = ", ".join(part.lower() for part in tables.KEY)
        return copy_out(
            self._connection,
            f"select {listed} from (select distinct on ({key}) r.* from {name} r where ({key}) in "
            f"(select {', '.join(f'n.{part.lower()}' for part in tables.KEY)} from wanted w join {name} n "
            f"on n.usubjid = w.usubjid and n.recreplaces = w.ref) order by {key}, version desc) newest "
            f"where (usubjid, recreplaces) in (select usubjid, ref from wanted) order by {key}",
            columns,
        )

    def save_records(self, domain: str, records: pd.DataFrame) -> int:
        """Append versions of records (every record and domain column); how many. Nothing is compared here."""
        name = f"{domain.lower()}_record"
        columns = tables.record_columns(domain)
        done = copy_in(
            self._connection, records, f"{tables.SCHEMA}.{name}", columns, indexed=tables.indexed(domain)
        )
        self.saved[domain] = self.saved.get(domain, 0) + done
        return done

    def save_processing(
        self,
        delivery: int,
        *,
        known_from: dt.datetime,
        outcome: str,
        config_hash: str,
        lines: int,
        records: int,
        reason: str | None = None,
    ) -> int:
        """Note that a delivery was RECORDED, HELD or REFUSED; the number of the attempt."""
        processing = tables.service("processing")
        newest = sa.select(sa.func.coalesce(sa.func.max(processing.c.attempt), 0) + 1).where(
            processing.c.delivery == delivery
        )
        attempt = self._connection.scalar(newest) or 1
        self._connection.execute(
            sa.insert(processing).values(
                delivery=delivery,
                attempt=attempt,
                known_from=known_from,
                outcome=outcome,
                reason=reason,
                config_hash=config_hash,
                lines=lines,
                records=records,
            )
        )
        return attempt

    def save_row_counts(self, counts: pd.DataFrame) -> int:
        """Note where an attempt's rows went (DELIVERY ATTEMPT DOMAIN DISPOSITION RULE ROWS)."""
        unknown = set(counts["DISPOSITION"]) - set(schema.DISPOSITIONS)
        if unknown:
            raise DataProblem(f"unknown disposition {', '.join(sorted(unknown))}")
        rules = counts["RULE"].astype(object)
        return append(self._connection, "row_count", counts.assign(RULE=rules.where(rules.notna(), "")))

    def save_findings(self, findings: pd.DataFrame) -> int:
        """Keep what the gate found (columns of `finding`); how many."""
        return append(self._connection, "finding", findings)

    def save_quarantine(self, rows: pd.DataFrame) -> list[int]:
        """Keep refused rows (columns of `quarantine` without ID); their numbers, in the frame's order."""
        return quarantine.save(self._connection, rows)

    def release_quarantine(self, releases: pd.DataFrame) -> int:
        """Settle refused rows (QUARANTINE KNOWN_FROM DELIVERY REASON); how many were not settled before."""
        return quarantine.release(self._connection, releases)

    def quarantined_about(self, domain: str, keys: pd.DataFrame) -> pd.DataFrame:
        """Refused rows not yet settled of these records (USUBJID, RECKEY)."""
        return quarantine.open_about(self._connection, domain, keys)

    def quarantined_like(self, fingerprints: Sequence[str]) -> pd.DataFrame:
        """Refused rows not yet settled with one of these fingerprints: the same bad row, sent again."""
        return quarantine.open_like(self._connection, fingerprints)

    def open_queries(self, questions: pd.DataFrame) -> int:
        """Ask the sites (columns of `query` without ID); a KEY that is open already is not asked again."""
        return quarantine.ask(self._connection, questions)

    def queries_about(self, domain: str, keys: pd.DataFrame) -> pd.DataFrame:
        """Questions still open about these records (USUBJID, RECKEY)."""
        return quarantine.open_queries_about(self._connection, domain, keys)

    def queries_about_files(self, deliveries: Sequence[int]) -> pd.DataFrame:
        """Questions still open about these deliveries as such, or about many of their rows at once."""
        return quarantine.open_about_files(self._connection, deliveries)

    def quarantined_of_files(self, deliveries: Sequence[int]) -> pd.DataFrame:
        """Refused rows of these deliveries that nothing has settled yet."""
        return quarantine.open_of_files(self._connection, deliveries)

    def close_queries(self, events: pd.DataFrame) -> int:
        """Close open queries, by QUERY number or by KEY (and AT REASON DELIVERY); how many were open."""
        return quarantine.settle(self._connection, events)


@contextmanager
def recording(engine: sa.Engine, actor: str, now: dt.datetime) -> Iterator[RecordingSession]:
    """One transaction that holds the store from here to its commit; an exception inside keeps nothing."""
    with transaction(engine, "recording") as connection:
        take(connection, Lock.STORE)
        connection.exec_driver_sql("set local work_mem = '128MB'")
        session = RecordingSession(connection, actor, now)
        yield session
        session.finish()
    for domain, rows in session.saved.items():
        _tidy(engine, domain, rows)


def _tidy(engine: sa.Engine, domain: str, rows: int) -> None:
    """After a large load: index-only reads need the visibility map, plans need statistics."""
    table = f"{tables.SCHEMA}.{domain.lower()}_record"
    with scrubbed("tidying after a load"), engine.connect() as connection:
        free = connection.execution_options(isolation_level="AUTOCOMMIT")
        known = free.scalar(sa.text(f"select reltuples from pg_class where oid = '{table}'::regclass")) or 0
        if rows >= max(_TIDY_ROWS, _TIDY_SHARE * known):
            free.exec_driver_sql(f"vacuum (analyze) {table}")
            log.info("vacuumed %s after %d new rows", table, rows)

"""The store: what was sent, what was judged, what was said, each as known at any time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from milepost.store import (
    assessments,
    configuration,
    ledger,
    outbox,
    quarantine,
    reading,
    recording,
    tables,
)
from milepost.store import audit as audit_log
from milepost.store import signals as safety
from milepost.store.engine import Lock, connect, take, transaction
from milepost.store.migration import migrate
from milepost.store.writing import append_new


class Store:
    """PostgreSQL behind the questions the workflows ask. Frames have upper-case names (see `store.frames`).

    `dsn`: `postgresql://…`; `home`: the folder of what lies outside the database (the audit log's heads).
    """

    def __init__(self, dsn: str, home: Path) -> None:
        self._engine = connect(dsn)
        self._heads = home / "audit-heads.log"

    def migrate(self) -> None:
        """Bring the database to the shape this code expects."""
        migrate(self._engine)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def ensure_test_index(self, code: str) -> None:
        """Make the index from which a checkpoint's test is read alone, unless it exists."""
        name, statement = tables.test_index(code)
        with transaction(self._engine, f"making the index for test {code}") as connection:
            here = sa.text("select to_regclass(:name) is not null")
            if not connection.scalar(here, {"name": f'{tables.SCHEMA}."{name}"'}):
                take(connection, Lock.MIGRATE)
                connection.exec_driver_sql(statement)

    # -- what was known ------------------------------------------------------------------------------------

    def newest_known(self) -> dt.datetime | None:
        """The newest instant from which anything was known; None in an empty store."""
        return reading.newest_known(self._engine)

    def first_known(self) -> dt.datetime | None:
        """The oldest instant from which anything was known; None in an empty store."""
        with self._reading("when the store's knowledge begins") as connection:
            oldest = connection.scalar(sa.select(sa.func.min(tables.service("stamp").c.known_from)))
        return None if oldest is None else oldest.astimezone(dt.UTC)

    def resolve_known_at(self, wanted: dt.datetime | None) -> dt.datetime | None:
        """The newest instant of knowledge at or before `wanted` (now, if None): what was known is named alike whenever
        it is asked for. `wanted` itself where nothing was known by then; None in an empty store."""
        newest = self.newest_known()
        if newest is None or wanted is None or wanted >= newest:
            return newest
        stamp = tables.service("stamp").c.known_from
        with self._reading("what was known by then") as connection:
            by_then = connection.scalar(sa.select(sa.func.max(stamp)).where(stamp <= wanted))
        return (by_then or wanted).astimezone(dt.UTC)

    def known(
        self,
        domain: str,
        *,
        known_at: dt.datetime,
        as_of: dt.date | None = None,
        patients: Iterable[str] | None = None,
        test: str | None = None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Each record's newest non-preliminary content as known at `known_at`, tombstones left out.

        With `test` and without `columns`: record columns and `tables.COVERED` (an index alone answers).
        """
        return reading.known(
            self._engine,
            domain,
            known_at=known_at,
            as_of=as_of,
            patients=patients,
            test=test,
            columns=columns,
        )

    def history(
        self, domain: str, *, patient: str, known_at: dt.datetime, reckey: str | None = None
    ) -> pd.DataFrame:
        """Every version of one patient's records, or of one record."""
        return reading.history(self._engine, domain, patient=patient, known_at=known_at, reckey=reckey)

    def touched(self, since: dt.datetime | None, until: dt.datetime) -> list[str]:
        """Subjects with a new version, a quarantined or a released row in (since, until]; None: from the start."""
        return reading.touched(self._engine, since, until)

    def arrived(self, since: dt.datetime, until: dt.datetime) -> pd.DataFrame:
        """What came about each subject in (since, until]: USUBJID DOMAIN FIRST NEW CORRECTED."""
        return reading.arrived(self._engine, since, until)

    def quarantined(
        self,
        *,
        known_at: dt.datetime,
        domain: str | None = None,
        patients: Iterable[str] | None = None,
        test: str | None = None,
        open_only: bool = True,
    ) -> pd.DataFrame:
        """Refused rows as known at `known_at`, with how they were settled."""
        with self._reading("refused rows") as connection:
            return quarantine.quarantined(
                connection,
                known_at=known_at,
                domain=domain,
                patients=patients,
                test=test,
                open_only=open_only,
            )

    def queries(self, known_at: dt.datetime | None = None, *, open_only: bool = False) -> pd.DataFrame:
        """Questions to the sites, with how they were closed."""
        with self._reading("queries") as connection:
            return quarantine.queries(connection, known_at=known_at, open_only=open_only)

    # -- configuration, deliveries, recording --------------------------------------------------------------

    def put_configuration(
        self, hash_: str, content: str, in_force_from: dt.datetime, *, actor: str = "configure"
    ) -> bool:
        """Put a study folder's content in force; whether it differs from the one in force."""
        with self._writing("storing the configuration") as connection:
            changed = configuration.put(connection, hash_, content, in_force_from, actor)
            if changed:
                entry = audit_log.Entry("configuration.changed", {"hash": hash_})
                audit_log.append(connection, [entry], actor, in_force_from)
            return changed

    def configuration_at(self, known_at: dt.datetime) -> configuration.Configuration | None:
        """(hash, content) in force at `known_at`; the first one also before it was put."""
        with self._reading("the configuration") as connection:
            return configuration.at(connection, known_at)

    def configuration_of(self, hash_: str) -> str | None:
        """The content with this hash, as a verdict or report names it."""
        with self._reading("the configuration") as connection:
            return configuration.of_hash(connection, hash_)

    def add_delivery(
        self,
        site: str,
        layout: str | None,
        sha256: str,
        size: int,
        received_at: dt.datetime,
        claimed_at: dt.datetime,
    ) -> tuple[int, bool]:
        """Number a delivery: (number, whether it is new). The same bytes again keep their number."""
        with self._writing("numbering a delivery") as connection:
            return ledger.add_delivery(
                connection,
                site=site,
                layout=layout,
                sha256=sha256,
                size=size,
                received_at=received_at,
                claimed_at=claimed_at,
            )

    def pending_deliveries(self, until: dt.datetime | None = None) -> pd.DataFrame:
        """Deliveries nobody has recorded, held or refused yet, received by `until`, in order of receipt."""
        with self._reading("pending deliveries") as connection:
            return ledger.pending(connection, until)

    def deliveries(self, known_at: dt.datetime | None = None) -> pd.DataFrame:
        """Every delivery received by `known_at` with its newest attempt by then (empty while pending)."""
        with self._reading("deliveries") as connection:
            return ledger.deliveries(connection, known_at=known_at)

    def recording(self, actor: str, now: dt.datetime) -> AbstractContextManager[recording.RecordingSession]:
        """One transaction that records deliveries: the store is locked, all of it is kept or nothing."""
        return recording.recording(self._engine, actor, now)

    def row_counts(self, deliveries: Sequence[int] | None = None) -> pd.DataFrame:
        """Where the rows of every attempt went."""
        with self._reading("row counts") as connection:
            return ledger.row_counts(connection, deliveries)

    def findings(self, deliveries: Sequence[int]) -> pd.DataFrame:
        """Every broken rule the gate found in these deliveries, by attempt, line and rule."""
        with self._reading("findings") as connection:
            return ledger.findings(connection, deliveries)

    def reconcile(self, deliveries: Sequence[int] | None = None) -> pd.DataFrame:
        """Deliveries whose rows do not add up; no row when all is well."""
        with self._reading("row counts") as connection:
            return ledger.reconcile(connection, deliveries)

    def counts(self) -> dict[str, dict[str, int]]:
        """The numbers of `milepost status`: deliveries, rows, verdicts, alerts, queries."""
        with self._reading("the numbers of the status") as connection:
            return ledger.counts(connection)

    def note_contact(self, site: str, day: dt.date) -> None:
        """Note that a site handed a file over on this day, be it new or the same again."""
        with self._writing("noting that a site was heard of") as connection:
            append_new(connection, "contact", pd.DataFrame([{"SITEID": site, "DAY": pd.Timestamp(day)}]))

    def last_contacts(self, until: dt.date) -> dict[str, dt.date]:
        """Site -> the last day up to `until` on which it handed a file over."""
        contact = tables.service("contact").c
        newest = sa.select(contact.siteid, sa.func.max(contact.day)).where(contact.day <= until)
        with self._reading("when sites were heard of") as connection:
            return {site: day for site, day in connection.execute(newest.group_by(contact.siteid))}

    def feed_seen(self, site: str, feed: str, name_hash: str) -> bool:
        """Whether a pulled feed's file was taken before."""
        seen = tables.service("feed_position")
        here = (seen.c.siteid == site) & (seen.c.feed == feed) & (seen.c.name_hash == name_hash)
        with self._reading("a feed's position") as connection:
            return bool(connection.scalar(sa.select(sa.exists().where(here))))

    def note_feed(self, site: str, feed: str, name_hash: str, at: dt.datetime) -> None:
        """Note that a pulled feed's file was taken."""
        taken = pd.DataFrame([{"SITEID": site, "FEED": feed, "NAME_HASH": name_hash, "AT": at}])
        with self._writing("noting a feed's position") as connection:
            append_new(connection, "feed_position", taken)

    # -- verdicts and alerts -------------------------------------------------------------------------------

    def latest_assessments(
        self, patients: Iterable[str] | None = None, *, with_detail: bool = True
    ) -> pd.DataFrame:
        """The newest verdict of each patient, line and checkpoint."""
        with self._reading("verdicts") as connection:
            return assessments.latest(connection, patients=patients, with_detail=with_detail)

    def assessments_at(
        self,
        known_at: dt.datetime,
        as_of: dt.date,
        patients: Iterable[str] | None = None,
        *,
        with_detail: bool = True,
    ) -> pd.DataFrame:
        """The verdicts as they stood: the newest judged with at most this knowledge and cut-off."""
        with self._reading("verdicts") as connection:
            return assessments.latest(
                connection, patients=patients, known_at=known_at, as_of=as_of, with_detail=with_detail
            )

    def assessment_history(self, patient: str) -> pd.DataFrame:
        """Every verdict ever given on one patient, oldest first."""
        with self._reading("verdicts") as connection:
            return assessments.history(connection, patient)

    def assessment_runs(self) -> pd.DataFrame:
        """How far the daily tick has come."""
        with self._reading("the runs of the daily tick") as connection:
            return assessments.runs(connection)

    def due(self, day: dt.date) -> list[str]:
        """Subjects whose verdict may change by the passing of time alone on or before this day."""
        with self._reading("whose verdict the calendar touches") as connection:
            return assessments.due(connection, day)

    def episodes(self, patients: Iterable[str]) -> pd.DataFrame:
        """The latest episode of every alert kind and role of these subjects, and whether it is open."""
        with self._reading("alerts") as connection:
            return assessments.episodes(connection, patients)

    def received_by(self, patients: Iterable[str]) -> pd.DataFrame:
        """ALERT_KEY, RECIPIENT of every alert about these subjects that was sent."""
        with self._reading("alerts") as connection:
            return assessments.received_by(connection, patients)

    def assessing(self, actor: str, now: dt.datetime) -> AbstractContextManager[assessments.AssessingSession]:
        """One transaction for verdicts and the alerts they owe; nobody else judges meanwhile."""
        return assessments.assessing(self._engine, actor, now)

    def signals(
        self,
        patients: Iterable[str] | None = None,
        *,
        known_at: dt.datetime | None = None,
        as_of: dt.date | None = None,
    ) -> pd.DataFrame:
        """The newest version of each safety signal (as it stood, where asked), withdrawn ones included."""
        with self._reading("safety signals") as connection:
            return safety.latest(connection, patients=patients, known_at=known_at, as_of=as_of)

    def last_watch(self) -> pd.DataFrame:
        """How far the watch over safety has come: its newest run, or no row."""
        with self._reading("how far the watch has come") as connection:
            return safety.last_run(connection)

    def watch_due(self, after: dt.date | None, until: dt.date) -> list[str]:
        """Subjects with a record dated after the day they were last watched, whose day has come by now."""
        with self._reading("whom the calendar brings back") as connection:
            return safety.due(connection, after, until)

    def watching(self, actor: str, now: dt.datetime) -> AbstractContextManager[safety.WatchingSession]:
        """One transaction for safety signals, the alerts they owe and the questions they raise."""
        return safety.watching(self._engine, actor, now)

    def alerts(self) -> pd.DataFrame:
        """Every alert ever owed."""
        with self._reading("alerts") as connection:
            return ledger.service_frame(connection, "alert")

    def alert_events(self) -> pd.DataFrame:
        """Everything that was done with alerts."""
        with self._reading("what was done with alerts") as connection:
            return ledger.service_frame(connection, "alert_event")

    def take_outbox(
        self, limit: int, now: dt.datetime, *, send: str | None = None, actor: str = "notify"
    ) -> AbstractContextManager[outbox.OutboxBatch]:
        """At most `limit` messages that are due; each goes to one sender only."""
        return outbox.take_outbox(self._engine, limit, now, send=send, actor=actor)

    # -- reports and audit ---------------------------------------------------------------------------------

    def save_report(
        self, report: Mapping[str, object], *, actor: str, now: dt.datetime, only_one: bool = False
    ) -> bool:
        """Note a published report (columns of `report`); whether it is new. only_one: not where its kind has one."""
        row = pd.DataFrame([{name.upper(): value for name, value in report.items()}])
        with self._writing("noting a report") as connection:
            if only_one and ledger.is_kind_taken(connection, str(report["kind"])):
                return False
            is_new = bool(append_new(connection, "report", row))
            if is_new:
                said = {name: str(row.at[0, name.upper()]) for name in ("id", "kind", "as_of", "config_hash")}
                audit_log.append(connection, [audit_log.Entry("report.published", said)], actor, now)
            return is_new

    def reports(self, *, with_numbers: bool = False) -> pd.DataFrame:
        """Published reports, oldest first; NUMBERS (report.json) on request."""
        with self._reading("reports") as connection:
            found = ledger.service_frame(connection, "report", without=() if with_numbers else ("numbers",))
        return found.sort_values(["PUBLISHED_AT", "ID", "KIND"], ignore_index=True)

    def report_numbers(self, report: str, kind: str) -> dict[str, object]:
        """report.json of one published report, parsed."""
        table = tables.service("report")
        query = sa.select(table.c.numbers).where(table.c.id == report, table.c.kind == kind)
        with self._reading("a report's numbers") as connection:
            return dict(connection.execute(query).scalar_one())

    def audit(self, actor: str, now: dt.datetime, action: str, payload: Mapping[str, object]) -> None:
        """Note what was done outside a recording or judging: counts and keys only."""
        with self._writing("writing the audit log") as connection:
            audit_log.append(connection, [audit_log.Entry(action, payload)], actor, now)

    def decide(
        self, actor: str, now: dt.datetime, action: str, payload: Mapping[str, object], *, among: Sequence[str],
        about: str,
    ) -> audit_log.Decided | None:  # fmt: skip
        """Note a decision about payload[about], unless one of `among` was taken about it before: then that one."""
        with self._writing("writing the audit log") as connection:
            entry = audit_log.Entry(action, payload)
            return audit_log.decide(connection, entry, actor, now, among=among, about=about)

    def decisions(self, actions: Sequence[str], about: str) -> dict[str, audit_log.Decided]:
        """What was decided first by one of these actions, by the payload's key `about`."""
        with self._reading("the audit log") as connection:
            return audit_log.decisions(connection, actions, about)

    def audit_head(self) -> audit_log.Head | None:
        """Number and hash of the newest audit entry, to be printed where the database cannot change it."""
        return audit_log.head(self._engine)

    def note_audit_head(self, now: dt.datetime) -> audit_log.Head | None:
        """Note the head outside the database, to be compared by `audit_verify`."""
        return audit_log.note_head(self._engine, self._heads, now)

    def audit_verify(self) -> list[str]:
        """What is wrong with the audit log, one sentence an entry; nothing when it is whole."""
        return audit_log.verify(self._engine, self._heads)

    def _reading(self, what: str) -> AbstractContextManager[sa.Connection]:
        return transaction(self._engine, f"reading {what}")

    def _writing(self, doing: str) -> AbstractContextManager[sa.Connection]:
        return transaction(self._engine, doing)

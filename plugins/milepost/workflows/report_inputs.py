"""Everything a report rests on, read from the store at one cut-off and one knowledge time."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pandas as pd

from milepost.core.verdict_versions import verdict_hash
from milepost.reports.inputs import ReportInputs
from milepost.workflows.context import Context
from milepost.workflows.deriving import Derivations
from milepost.workflows.judging import Judged, judge_derived


def inputs_of(
    ctx: Context, derived: Derivations, config_hash: str, before: dict[str, Any] | None
) -> ReportInputs:
    """What names a report and its first pages, read at one cut-off and one knowledge time; clinical frames come later.

    derived: of all patients. before: the numbers of the report it is compared with (report.json); None for the first.
    """
    store, study, as_of, known_at = ctx.store, derived.study, derived.as_of, derived.known_at
    judged = judge_derived(derived)
    tests = dict.fromkeys(rule.test for rule in study.protocol.checkpoints)
    labs = pd.concat(
        [store.known("LB", known_at=known_at, as_of=as_of, test=test) for test in tests], ignore_index=True
    )
    deliveries = store.deliveries(known_at)
    deliveries = deliveries[deliveries["OUTCOME"].notna()]  # what was taken later was not known then
    counts = _newest_counts(
        store.row_counts(list(deliveries["ID"])),
        deliveries,
        store.quarantined(known_at=known_at, open_only=False),
    )
    quarantine, queries = store.quarantined(known_at=known_at), _queries(store.queries(known_at))
    alerts = alerts_at(ctx, known_at, as_of)
    head = store.audit_head()
    return ReportInputs(
        study=study, as_of=as_of, known_at=known_at, config_hash=config_hash, code_version=ctx.code_version,
        verdicts=judged.verdicts, lines=judged.lines, labs=labs,
        subjects=store.known("DM", known_at=known_at, as_of=as_of),
        deliveries=deliveries, row_counts=counts, queries=queries, quarantine=quarantine,
        alerts=alerts, predecessor=before, audit_head=head.hash if head else "",
        snapshot_hash=_snapshot(judged, deliveries, alerts, queries, quarantine),
        arrivals=arrived_since(ctx, before, known_at),
    )  # fmt: skip


def arrived_since(ctx: Context, before: dict[str, Any] | None, known_at: dt.datetime) -> pd.DataFrame | None:
    """What came about each subject since the report it is compared with; None for the first report."""
    if before is None:
        return None
    return ctx.store.arrived(dt.datetime.fromisoformat(str(before["known_at"])), known_at)


def alerts_at(ctx: Context, known_at: dt.datetime, as_of: dt.date) -> pd.DataFrame:
    """Alerts owed by then, with STATUS: OPEN, or the last thing that ended them by then."""
    alerts = ctx.store.alerts()
    alerts = alerts[(alerts["OWED_AT"] <= known_at) & (alerts["OWED_ON"] <= pd.Timestamp(as_of))]
    events = ctx.store.alert_events()
    # what a person or the sender did has wall-clock time; what the judging ended has knowledge time
    by_then = (events["AT"] <= known_at) & ~(events["AS_OF"] > pd.Timestamp(as_of))
    ended = events[events["EVENT"].isin(["RESOLVED", "SUPERSEDED", "RETRACTED"]) & by_then]
    last = ended.sort_values(["ALERT_KEY", "AT", "EVENT"]).drop_duplicates("ALERT_KEY", keep="last")
    status = alerts["KEY"].map(last.set_index("ALERT_KEY")["EVENT"])
    return alerts.assign(STATUS=status.fillna("OPEN").astype(object)).reset_index(drop=True)


def _newest_counts(counts: pd.DataFrame, deliveries: pd.DataFrame, quarantine: pd.DataFrame) -> pd.DataFrame:
    """Counts of each delivery's newest attempt by then; rows released since count as superseded."""
    newest = deliveries[["ID", "ATTEMPT", "SITEID", "RECEIVED_AT"]].rename(columns={"ID": "DELIVERY"})
    rows = counts.merge(
        newest.dropna(subset="ATTEMPT"), on=["DELIVERY", "ATTEMPT"], how="inner", validate="m:1"
    )
    settled = (
        quarantine[quarantine["RELEASED_FROM"].notna()]
        .groupby(["DELIVERY", "ATTEMPT"])
        .size()
        .rename("ROWS")
        .reset_index()
    )
    moved = settled.merge(newest, on=["DELIVERY", "ATTEMPT"], how="inner", validate="m:1").assign(
        DOMAIN="ALL", RULE="RELEASED"
    )
    return pd.concat([
        rows, moved.assign(DISPOSITION="SUPERSEDED"), moved.assign(DISPOSITION="QUARANTINED", ROWS=-moved["ROWS"])
    ], ignore_index=True) if len(moved) else rows  # fmt: skip


def _queries(queries: pd.DataFrame) -> pd.DataFrame:
    return queries.assign(OPEN=queries["CLOSED_AT"].isna())


def _snapshot(
    judged: Judged,
    deliveries: pd.DataFrame,
    alerts: pd.DataFrame,
    queries: pd.DataFrame,
    quarantine: pd.DataFrame,
) -> str:
    """SHA-256 over all a report rests on: verdicts with their rows, deliveries, alerts, queries, quarantine."""
    verdicts = sorted(
        verdict_hash({str(k): v for k, v in row.items()}) for row in judged.verdicts.to_dict("records")
    )
    frames = (
        deliveries[["ID", "SHA256", "ATTEMPT", "OUTCOME"]], alerts[["KEY", "STATUS"]], queries[["ID", "OPEN"]],
        quarantine[["ID"]],
    )  # fmt: skip
    lines = ["|".join(map(str, row)) for frame in frames for row in frame.itertuples(index=False)]
    return hashlib.sha256("\n".join([*verdicts, *lines]).encode()).hexdigest()

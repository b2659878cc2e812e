"""The open interim report: written once, immutable, and made again byte for byte.

A report is named by what it is made from. Asked for again under the same code its bytes come out the same and are
checked against what was kept; under another code version the kept file is served and every difference is listed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from milepost.core.verdict_versions import verdict_hash
from milepost.errors import DataProblem
from milepost.protocol import Study
from milepost.reports.inputs import ReportInputs
from milepost.reports.open_report import OpenReport, build_open_report, to_json
from milepost.reports.render import Renderer
from milepost.workflows.context import Context
from milepost.workflows.judging import Judged, judge
from milepost.workflows.verdicts import study_at

log = logging.getLogger(__name__)
KIND = "open"


@dataclass
class Published:
    """Where the report lies, and whether it is new, the same again, or kept from another code version."""

    report: str | None = None
    path: str | None = None
    outcome: str = "NOTHING_KNOWN"
    differences: list[str] = field(default_factory=list)


def publish(ctx: Context, *, as_of: dt.date, known_at: dt.datetime) -> Published:
    """Write the open report of `as_of` as known at `known_at` (cut to what is known)."""
    instant = ctx.store.resolve_known_at(known_at)
    if instant is None:
        return Published()
    study, config_hash = study_at(ctx, known_at)
    inputs = inputs_of(ctx, study, config_hash, as_of, instant)
    kept = _kept(ctx, inputs)
    if kept is not None:
        before = predecessor(ctx, as_of, instant, kept)
        inputs = replace(inputs, predecessor=before, audit_head=str(kept["NUMBERS"]["audit_head"]))
    model = build_open_report(inputs)
    files = {
        "report.json": to_json(model).encode(),
        "report.html": Renderer(ctx.templates).open_report(model).encode(),
    }
    if kept is None:
        return _keep(ctx, inputs, model, files)
    folder = ctx.places.reports / str(kept["PATH"])
    sums = {name: hashlib.sha256(raw).hexdigest() for name, raw in files.items()}
    if kept["CODE_VERSION"] != ctx.code_version:
        differences = differences_between(kept["NUMBERS"], json.loads(files["report.json"]))
        return Published(str(kept["ID"]), str(folder), "KEPT_FROM_OTHER_CODE", differences)
    if sums != dict(kept["SHA256"]):
        raise DataProblem(
            f"report {kept['ID']}: made again it differs from what was published. Nothing was overwritten; the audit "
            f"log and the code version say what changed. Report this as a defect."
        )
    _write(folder, files)
    return Published(str(kept["ID"]), str(folder), "SAME_AGAIN")


def inputs_of(
    ctx: Context,
    study: Study,
    config_hash: str,
    as_of: dt.date,
    known_at: dt.datetime,
) -> ReportInputs:
    """Everything a report rests on, read at one cut-off and one knowledge time."""
    store = ctx.store
    judged = judge(study, store, as_of=as_of, known_at=known_at)
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
        alerts=alerts, predecessor=predecessor(ctx, as_of, known_at, None),
        audit_head=head.hash if head else "",
        snapshot_hash=_snapshot(judged, deliveries, alerts, queries, quarantine),
    )  # fmt: skip


def predecessor(
    ctx: Context, as_of: dt.date, known_at: dt.datetime, kept: dict[str, Any] | None
) -> dict[str, Any] | None:
    """The report this one is compared with: the one it was compared with when it was kept, else the last before it."""
    reports = ctx.store.reports()
    reports = reports[reports["KIND"] == KIND]
    if kept is not None:
        found = reports[reports["ID"] == kept["PREDECESSOR"]]
    else:
        day = pd.Timestamp(as_of)
        before = (reports["AS_OF"] < day) | ((reports["AS_OF"] == day) & (reports["KNOWN_AT"] < known_at))
        found = reports[before & (reports["KNOWN_AT"] <= known_at)].sort_values(
            ["AS_OF", "KNOWN_AT", "PUBLISHED_AT"]
        )
    return None if found.empty else ctx.store.report_numbers(str(found.iloc[-1]["ID"]), KIND)


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


def differences_between(then: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Every number of report.json that another code version gives differently."""
    old = {number["id"]: number.get("value") for number in then.get("numbers", [])}
    new = {number["id"]: number.get("value") for number in now.get("numbers", [])}
    return [
        f"{key}: {old.get(key)} then, {new.get(key)} now"
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]


def _kept(ctx: Context, inputs: ReportInputs) -> dict[str, Any] | None:
    """The report that was published from these very inputs, by this code or another, the newest of several.

    A report of the same day and knowledge with another snapshot was published before the day was judged: what the
    day owed has come since, so it is another report, and both stay.
    """
    reports = ctx.store.reports()
    same = reports[
        (reports["KIND"] == KIND) & (reports["AS_OF"] == pd.Timestamp(inputs.as_of))
        & (reports["KNOWN_AT"] == inputs.known_at) & (reports["CONFIG_HASH"] == inputs.config_hash)
    ]  # fmt: skip
    other_code = None
    for row in reversed(same.to_dict("records")):
        kept = {str(name): value for name, value in row.items()}
        kept["NUMBERS"] = ctx.store.report_numbers(str(row["ID"]), KIND)
        if (
            kept["CODE_VERSION"] == ctx.code_version
            and kept["NUMBERS"]["snapshot_hash"] == inputs.snapshot_hash
        ):
            return kept
        if kept["CODE_VERSION"] != ctx.code_version:
            other_code = other_code or kept
    return other_code


def _keep(ctx: Context, inputs: ReportInputs, model: OpenReport, files: dict[str, bytes]) -> Published:
    name = f"open/{inputs.as_of.isoformat()}-{model.id}"
    folder = ctx.places.reports / name
    _write(folder, files)
    ctx.store.save_report({
        "id": model.id, "kind": KIND, "as_of": pd.Timestamp(inputs.as_of), "known_at": pd.Timestamp(inputs.known_at),
        "published_at": ctx.clock(), "config_hash": inputs.config_hash, "code_version": ctx.code_version,
        "predecessor": inputs.predecessor["id"] if inputs.predecessor else None,
        "sha256": {file: hashlib.sha256(raw).hexdigest() for file, raw in files.items()}, "path": name,
        "numbers": json.loads(files["report.json"]),
    }, actor="publish", now=ctx.clock())  # fmt: skip
    ctx.store.note_audit_head(ctx.clock())
    log.info("published report=%s as_of=%s", model.id, inputs.as_of)
    return Published(model.id, str(folder), "NEW")


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Write files that never change: what is there already stays."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, raw in files.items():
        target = folder / name
        if target.exists() and target.read_bytes() == raw:
            continue
        part = folder / f".{name}.part"
        part.write_bytes(raw)
        part.replace(target)


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

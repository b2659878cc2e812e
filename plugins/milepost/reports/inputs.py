"""What the open report is made from, and what is taken out before anything is counted."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from milepost.protocol import Study, StudyProtocol
from milepost.reports.clinical import ClinicalFrames
from milepost.reports.masking import Mask, without_arms

_CLOSED = ("ACKNOWLEDGED", "RESOLVED", "SUPERSEDED", "RETRACTED")


@dataclass(frozen=True)
class ReportInputs:
    """Everything a report rests on, read at one cut-off and one knowledge time.

    verdicts: `core.checkpoint` verdicts, all checkpoints and lines. lines: `core.populations.derive_lines`.
    labs: accepted current results of the checkpoints' tests (record columns and LB). subjects: DM.
    deliveries: id siteid layout received_at outcome reason lines. row_counts: delivery siteid disposition rows
    received_at. queries: siteid rule severity question opened_at due_on open usubjid domain delivery srcline.
    quarantine: open quarantined rows (siteid rules reasons delivery srcline domain). alerts: key kind role siteid
    usubjid line severity owed_on act_by status. predecessor: the report.json this one is compared with. clinical:
    derived frames without arms; None: no clinical section. arrivals: USUBJID DOMAIN FIRST NEW CORRECTED since it.
    """

    study: Study
    as_of: dt.date
    known_at: dt.datetime
    config_hash: str
    code_version: str
    verdicts: pd.DataFrame
    lines: pd.DataFrame
    labs: pd.DataFrame
    subjects: pd.DataFrame
    deliveries: pd.DataFrame
    row_counts: pd.DataFrame
    queries: pd.DataFrame
    quarantine: pd.DataFrame
    alerts: pd.DataFrame
    predecessor: dict[str, Any] | None
    audit_head: str
    snapshot_hash: str
    clinical: ClinicalFrames | None = None
    arrivals: pd.DataFrame | None = None

    @property
    def protocol(self) -> StudyProtocol:
        """The study's protocol."""
        return self.study.protocol

    @property
    def zone(self) -> str:
        """The study's time zone."""
        return self.protocol.time_zone

    @property
    def cut_off(self) -> dt.datetime:
        """The end of the cut-off day in the study's time zone."""
        following = self.as_of + dt.timedelta(days=1)
        return dt.datetime.combine(following, dt.time(), ZoneInfo(self.zone)).astimezone(dt.UTC)

    @property
    def morning(self) -> dt.date:
        """The day on which the report is read: that of the knowledge time, at most one after the cut-off."""
        known = self.known_at.astimezone(ZoneInfo(self.zone)).date()
        return max(self.as_of, min(known, self.as_of + dt.timedelta(days=1)))

    def local_day(self, instants: pd.Series) -> pd.Series:
        """The day of each instant in the study's time zone, as naive midnights."""
        return pd.to_datetime(instants, utc=True).dt.tz_convert(self.zone).dt.tz_localize(None).dt.normalize()


def report_id(inputs: ReportInputs, kind: str = "open") -> str:
    """The first 12 digits of the SHA-256 of what the report is made from."""
    before = inputs.predecessor or {}
    parts = [
        kind, inputs.as_of.isoformat(), inputs.known_at.astimezone(dt.UTC).isoformat(), inputs.config_hash,
        inputs.code_version, inputs.snapshot_hash, str(before.get("id", "")),
    ]  # fmt: skip
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def open_view(inputs: ReportInputs) -> ReportInputs:
    """The inputs without arms: their columns dropped, their names and their drugs' names out of every text.

    Service frames get lower-case names, whatever case they came in; alerts keep only those somebody must act on.
    """
    mask = Mask(inputs.protocol)
    records = ("verdicts", "lines", "labs", "subjects")
    service = ("deliveries", "row_counts", "queries", "quarantine", "alerts")
    cleaned = {name: without_arms(getattr(inputs, name)) for name in records}
    cleaned |= {name: _lower(without_arms(getattr(inputs, name))) for name in service}
    for name, column in (("deliveries", "reason"), ("queries", "question")):
        frame = cleaned[name]
        cleaned[name] = frame.assign(**{column: frame[column].map(lambda text: _neutral(mask, text))})
    quarantine = cleaned["quarantine"]
    cleaned["quarantine"] = quarantine.assign(
        rules=quarantine["rules"].map(_texts),
        reasons=quarantine["reasons"].map(lambda cell: tuple(mask.neutral(text) for text in _texts(cell))),
    )
    alerts = cleaned["alerts"]
    cleaned["alerts"] = alerts[~alerts["status"].isin(_CLOSED)]
    return replace(inputs, **cleaned)


def _lower(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns=lambda name: str(name).lower())


def _neutral(mask: Mask, text: object) -> str:
    return mask.neutral(text) if isinstance(text, str) else ""


def _texts(cell: object) -> tuple[str, ...]:
    """A JSON list as the store keeps it, as text or already read."""
    read = json.loads(cell) if isinstance(cell, str) else cell
    if isinstance(read, list | tuple):
        return tuple(str(item) for item in read)
    return ()

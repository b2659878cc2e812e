"""What a patient profile is made from, and how it is cut down to that one patient."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import pandas as pd

from milepost.protocol import Role, Study, StudyProtocol
from milepost.reports.checkpoint_words import CheckpointWords
from milepost.reports.judged import Judged

# checkpoint id -> its words and this patient's verdicts
Judgements = Mapping[str, tuple[CheckpointWords, list[Judged]]]


@dataclass(frozen=True)
class ProfileInputs:
    """Everything known of one patient at one cut-off and one knowledge time. Rows of other patients are dropped.

    id: of the folder it goes to. reader: id of the role it is made for. verdicts: `core.checkpoint` verdicts. lines:
    `derive_lines`, begun by the cut-off. subjects: DM. doses: EX. labs: LB of the checkpoints' tests. adsl, adlb, adtr,
    adrs, adtte, adae, adex, adhy: the derived frames (docs/derived.md). therapies: `select_therapies` with NAME, the
    therapy as reported. alerts: owed by then, with STATUS (OPEN, ACKNOWLEDGED, RESOLVED, SUPERSEDED, RETRACTED) and
    SENT (bool). queries: open questions about the patient. records: DOMAIN RECKEY DELIVERY SRCLINE of every record.
    """

    study: Study
    id: str
    subject: str
    as_of: dt.date
    known_at: dt.datetime
    config_hash: str
    code_version: str
    reader: str
    verdicts: pd.DataFrame
    lines: pd.DataFrame
    subjects: pd.DataFrame
    doses: pd.DataFrame
    labs: pd.DataFrame
    adsl: pd.DataFrame
    adlb: pd.DataFrame
    adtr: pd.DataFrame
    adrs: pd.DataFrame
    adtte: pd.DataFrame
    adae: pd.DataFrame
    adex: pd.DataFrame
    adhy: pd.DataFrame
    therapies: pd.DataFrame
    alerts: pd.DataFrame
    queries: pd.DataFrame
    records: pd.DataFrame

    @property
    def protocol(self) -> StudyProtocol:
        """The study's protocol."""
        return self.study.protocol

    def own(self) -> ProfileInputs:
        """The same with this patient's rows only."""
        return replace(self, **{name: _of(getattr(self, name), self.subject) for name in frame_names()})


def frame_names() -> tuple[str, ...]:
    """The fields that hold rows of patients."""
    return tuple(field.name for field in fields(ProfileInputs) if field.type == "pd.DataFrame")


def readers(protocol: StudyProtocol) -> tuple[Role, ...]:
    """The roles that may read a profile: those the protocol lets see the arm."""
    return tuple(role for role in protocol.roles if role.sees_arm)


def profile_id(
    as_of: dt.date,
    known_at: dt.datetime,
    config_hash: str,
    code_version: str,
    reader: str,
    state: Sequence[str],
) -> str:
    """The first 12 digits of the SHA-256 of what profiles are made from; state: what may change without new records,
    such as `alert key|status`."""
    known = known_at.astimezone(dt.UTC).isoformat()
    parts = ["profile", as_of.isoformat(), known, config_hash, code_version, reader, *sorted(state)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _of(frame: pd.DataFrame, subject: str) -> pd.DataFrame:
    return frame[frame["USUBJID"] == subject].reset_index(drop=True)

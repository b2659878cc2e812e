"""What every decision about alerts has in common: the alerts owed, what became of earlier ones, and the night."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from milepost.protocol import AlertKind, AlertPolicy, Role

ALERT_COLUMNS = [
    "KEY", "KIND", "ROLE", "EPISODE", "SITEID", "USUBJID", "LINE", "CHECKPOINT", "ASSESSMENT", "SEVERITY",
    "OWED_AT", "OWED_ON", "ACT_BY", "SEND", "CONFIG_HASH", "DETAIL", "ABOUT", "SIGNAL",
]  # fmt: skip
EVENT_COLUMNS = ["ALERT_KEY", "AT", "EVENT", "CHANNEL", "RECIPIENT", "MESSAGE_ID", "ACTOR", "AS_OF"]
ACTOR = "escalation"


@dataclass(frozen=True)
class Owed:
    """alerts: one row an alert now owed (columns of table `alert`). events: what became of earlier ones."""

    alerts: pd.DataFrame
    events: pd.DataFrame


@dataclass(frozen=True)
class Night:
    """What every alert of one night has in common."""

    policy: AlertPolicy
    roles: Mapping[str, Role]
    study_id: str
    as_of: dt.date
    known_at: dt.datetime
    config_hash: str

    def rules(self, kind: str) -> tuple[AlertKind, ...]:
        """Who is told of this kind, as the protocol says."""
        return tuple(rule for rule in self.policy.kinds if rule.kind == kind)


def to_event(night: Night, key: str, event: str) -> dict[str, Any]:
    """What became of an earlier alert, in this night."""
    return {
        "ALERT_KEY": key, "AT": night.known_at, "AS_OF": night.as_of, "EVENT": event, "CHANNEL": "", "RECIPIENT": "",
        "MESSAGE_ID": None, "ACTOR": ACTOR,
    }  # fmt: skip


def to_frame(rows: list[dict[str, Any]], columns: list[str], order: list[str]) -> pd.DataFrame:
    """The rows in the order of their keys."""
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    return frame.sort_values(order, kind="stable", ignore_index=True)

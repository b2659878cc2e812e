"""The alerts owed because a whole delivery was held or refused."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from milepost.core.alert_kinds import add_working_days
from milepost.core.escalation.owed import ALERT_COLUMNS, to_frame
from milepost.protocol import AlertPolicy


def decide_held(
    delivery: int,
    site: str,
    reason: str,
    *,
    policy: AlertPolicy,
    study_id: str,
    as_of: dt.date,
    known_at: dt.datetime,
    config_hash: str,
    outcome: str = "HELD",
) -> pd.DataFrame:
    """The alerts owed because a whole delivery was held or refused; once a delivery, however often it is read again."""
    alerts = []
    told: set[str] = set()
    for rule in (rule for rule in policy.kinds if rule.kind == "DELIVERY_HELD"):
        for role in (role for role in rule.roles if role not in told):
            told.add(role)
            key = "|".join((study_id, f"delivery {delivery}", "", "", "DELIVERY_HELD", role, "1"))
            alerts.append({
                "KEY": key, "KIND": "DELIVERY_HELD", "ROLE": role, "EPISODE": 1, "SITEID": site,
                "USUBJID": None, "LINE": None, "CHECKPOINT": None, "ASSESSMENT": None, "ABOUT": None,
                "SIGNAL": None, "SEVERITY": "ACTION",
                "OWED_AT": known_at, "OWED_ON": as_of, "SEND": rule.send, "CONFIG_HASH": config_hash,
                "ACT_BY": add_working_days(as_of, rule.act_within_days),
                "DETAIL": {"delivery": delivery, "outcome": outcome, "reason": reason, "action": rule.action,
                           "caution": policy.caution, "config_hash": config_hash},
            })  # fmt: skip
    return to_frame(alerts, ALERT_COLUMNS, ["KEY"])

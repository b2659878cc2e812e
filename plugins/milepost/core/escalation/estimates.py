"""The alerts owed because a second program gives other estimates of a published report, and how they end.

An alert is owed once for each report, set of estimates and role. A later report of the same kind ends it: where all
those estimates were computed twice again and none differs, it is resolved; where some still differ, it is superseded by
that report's own. An estimate that could not be compared any more ends nothing. A report counts as later when its
cut-off is the same or a later day.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from milepost.core.alert_kinds import add_working_days
from milepost.core.escalation.owed import ALERT_COLUMNS, EVENT_COLUMNS, Night, Owed, to_event, to_frame
from milepost.core.number_agreement import Agreement
from milepost.protocol import AlertKind, AlertPolicy, Role

KIND = "ESTIMATES_DISAGREE"


def decide_disagreement(
    report: str,
    report_kind: str,
    agreements: Sequence[Agreement],
    earlier: pd.DataFrame,
    *,
    policy: AlertPolicy,
    roles: Iterable[Role],
    study_id: str,
    as_of: dt.date,
    known_at: dt.datetime,
    config_hash: str,
) -> Owed:
    """The alerts this report owes, and the closing of earlier ones.

    report, report_kind: its id and how it is kept (open, closed …). agreements: its estimates computed twice. earlier:
    alerts of this kind owed so far: KEY, OWED_ON, DETAIL, OPEN (nothing has ended it). as_of: the report's cut-off.
    known_at: when it was told. The detail holds counts and names of estimates, never their values.
    """
    night = Night(policy, {role.id: role for role in roles}, study_id, as_of, known_at, config_hash)
    apart = sorted(found.id for found in agreements if found.agrees is False)
    same = {found.id for found in agreements if found.agrees}
    owed = _alerts(night, report, report_kind, apart, len(apart) + len(same)) if apart else []
    keys, known = {alert["KEY"] for alert in owed}, set(earlier["KEY"])
    events = []
    for row in earlier.sort_values("KEY").to_dict("records"):
        detail = row["DETAIL"]
        later = pd.Timestamp(row["OWED_ON"]) <= pd.Timestamp(as_of)
        if not row["OPEN"] or row["KEY"] in keys or detail["report_kind"] != report_kind or not later:
            continue
        if apart:
            events.append(to_event(night, row["KEY"], "SUPERSEDED"))
        elif set(detail["estimates"]) <= same:
            events.append(to_event(night, row["KEY"], "RESOLVED"))
    return Owed(
        to_frame([alert for alert in owed if alert["KEY"] not in known], ALERT_COLUMNS, ["KEY"]),
        to_frame(events, EVENT_COLUMNS, ["ALERT_KEY", "EVENT"]),
    )


def _alerts(
    night: Night, report: str, report_kind: str, apart: Sequence[str], compared: int
) -> list[dict[str, Any]]:
    """One for each role that is told; the rule named first wins where a role has several."""
    chosen: dict[str, AlertKind] = {}
    for rule in night.rules(KIND):
        for role in rule.roles:
            chosen.setdefault(role, rule)
    named = hashlib.sha256("\n".join(apart).encode()).hexdigest()[:10]
    return [
        {
            "KEY": "|".join((night.study_id, f"{report_kind} report {report}", "", named, KIND, role, "1")),
            "KIND": KIND, "ROLE": role, "EPISODE": 1, "SITEID": "", "USUBJID": None, "LINE": None, "CHECKPOINT": None,
            "ASSESSMENT": None, "ABOUT": None, "SIGNAL": None, "SEVERITY": "ACTION", "OWED_AT": night.known_at,
            "OWED_ON": night.as_of, "ACT_BY": add_working_days(night.as_of, rule.act_within_days), "SEND": rule.send,
            "CONFIG_HASH": night.config_hash,
            "DETAIL": {
                "report": report, "report_kind": report_kind, "compared": compared, "apart": len(apart),
                "estimates": list(apart), "action": rule.action,
                "owner": night.roles[role].label if role in night.roles else role,
                "caution": night.policy.caution, "as_of": night.as_of.isoformat(),
                "known_at": night.known_at.isoformat(), "config_hash": night.config_hash,
            },
        }
        for role, rule in chosen.items()
    ]  # fmt: skip

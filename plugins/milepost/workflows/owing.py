"""Keep what a decision owes: alerts with their addresses, and what became of earlier ones, in one transaction.

An alert that ends before it was sent is not sent any more, and nobody is told that it no longer stands.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from milepost.core.escalation import Owed
from milepost.core.recipients import to_outbox
from milepost.store.writing import WritingSession
from milepost.workflows.context import Context


def keep_owed(ctx: Context, session: WritingSession, owed: Owed, patients: Iterable[str]) -> int:
    """Owe these alerts and close those they end; how many are owed."""
    protocol = ctx.study.protocol
    channels = [channel.name for channel in ctx.channels]
    received = ctx.store.received_by(sorted({*patients} - {""}))
    addressed = to_outbox(owed.alerts, protocol.roles, ctx.study.sites, channels, received)
    ended = set(owed.events["ALERT_KEY"]) - set(owed.alerts["KEY"])
    unsent = session.withdraw_unsent(ended)
    idle = [
        alert["KEY"] for alert in owed.alerts.to_dict("records") if alert["DETAIL"].get("notice_of") in unsent
    ]
    outbox = addressed.outbox[~addressed.outbox["ALERT_KEY"].isin(idle)]
    session.save_alerts(owed.alerts, outbox)
    session.save_alert_events(pd.concat([owed.events, addressed.events], ignore_index=True))
    return len(owed.alerts)

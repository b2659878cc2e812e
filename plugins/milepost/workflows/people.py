"""What a person does: say that an alert was seen, and close a query that no data will answer."""

from __future__ import annotations

import pandas as pd

from milepost.errors import DataProblem
from milepost.reports.mails import alert_reference
from milepost.workflows.context import Context

ENDED = ("ACKNOWLEDGED", "RESOLVED", "SUPERSEDED", "RETRACTED")


def alert_key(ctx: Context, name: str) -> str:
    """The key of an alert called by its key or by the number in its mail (A-7F3K2M9Q); the name itself if unknown."""
    if not name.upper().startswith("A-"):
        return name
    return next((key for key in ctx.store.alerts()["KEY"] if alert_reference(key) == name.upper()), name)


def acknowledge(ctx: Context, name: str, by: str) -> None:
    """Note that somebody has seen an alert and acts on it. DataProblem where no open alert has this name."""
    key = alert_key(ctx, name)
    alerts, events = ctx.store.alerts(), ctx.store.alert_events()
    over = set(events.loc[events["EVENT"].isin(ENDED), "ALERT_KEY"])
    if key not in set(alerts["KEY"]) or key in over:
        raise DataProblem(
            "acknowledge: no open alert has this key or number. `milepost status --format json` lists them."
        )
    with ctx.store.assessing(by, ctx.clock()) as session:
        event = {"ALERT_KEY": key, "AT": ctx.clock(), "EVENT": "ACKNOWLEDGED", "ACTOR": by}
        session.save_alert_events(pd.DataFrame([event]))
        session.audit("alert.acknowledged", {"alert": key})


def answer(ctx: Context, query: int, reason: str, by: str) -> None:
    """Close a query with the site's answer. DataProblem where it is not open.

    From now on it is known to be closed; what was asked and when stays.
    """
    with ctx.store.recording(by, ctx.clock()) as session:
        at = session.stamp(ctx.clock())
        event = {"QUERY": query, "AT": at, "REASON": reason, "DELIVERY": None}
        if not session.close_queries(pd.DataFrame([event])):
            raise DataProblem(
                f"answer: query {query} is not open. `milepost status --format json` lists the open ones."
            )
        session.audit("query.answered", {"query": query})

"""How the service stands, in counts and keys."""

from __future__ import annotations

from typing import Any

import pandas as pd

from milepost.core.verdict_versions import plain
from milepost.reports.mails import alert_reference
from milepost.workflows.context import Context
from milepost.workflows.people import ENDED
from milepost.workflows.publishing import OPEN


def status(ctx: Context) -> dict[str, Any]:
    """Deliveries, rows by disposition, verdicts by state, alerts, queries and reports."""
    summary: dict[str, Any] = {
        "study": ctx.study.protocol.id,
        "configuration": ctx.config_hash,
        **ctx.store.counts(),
    }
    summary["reports"] = [_report(ctx, row) for row in _open_reports(ctx).to_dict("records")]
    summary["known_at"] = ctx.store.newest_known()
    summary["open_alerts"] = _open_alerts(ctx)
    summary["open_queries"] = _open_queries(ctx)
    return summary


def _open_reports(ctx: Context) -> pd.DataFrame:
    """Closed reports and dry runs are listed by `milepost closed list`."""
    reports = ctx.store.reports()
    return reports[reports["KIND"] == OPEN]


def _report(ctx: Context, row: dict[Any, Any]) -> dict[str, Any]:
    """A published report, with the folder its files lie in."""
    shown = {str(name).lower(): plain(value) for name, value in row.items()}
    return {**shown, "path": str(ctx.places.reports / shown["path"])}


def _open_alerts(ctx: Context) -> list[dict[str, Any]]:
    """Alerts nobody has acknowledged and no later verdict has ended, the most urgent first."""
    alerts, events = ctx.store.alerts(), ctx.store.alert_events()
    over = set(events.loc[events["EVENT"].isin(ENDED), "ALERT_KEY"])
    sent = set(events.loc[events["EVENT"] == "SENT", "ALERT_KEY"])
    shown = alerts[~alerts["KEY"].isin(over)].sort_values(["ACT_BY", "KEY"], na_position="last")
    rows = shown[["KEY", "KIND", "ROLE", "SITEID", "SEVERITY", "OWED_ON", "ACT_BY"]].to_dict("records")
    return [
        {
            **{str(k).lower(): plain(v) for k, v in row.items()},
            "number": alert_reference(row["KEY"]),
            "sent": row["KEY"] in sent,
        }
        for row in rows
    ]


def _open_queries(ctx: Context) -> list[dict[str, Any]]:
    """Questions the sites have not answered, the oldest due first."""
    queries = ctx.store.queries(open_only=True).sort_values(["DUE_ON", "ID"])
    columns = ["ID", "SITEID", "RULE", "SEVERITY", "QUESTION", "DELIVERY", "SRCLINE", "DUE_ON"]
    return [{str(k).lower(): plain(v) for k, v in row.items()} for row in queries[columns].to_dict("records")]


def to_text(summary: dict[str, Any]) -> str:
    """The same for a person."""
    lines = [f"Study {summary['study']}, configuration {summary['configuration'][:12]}"]
    if summary["known_at"] is None:
        return lines[0] + "\nNothing was received yet. Hand a file over with: milepost deliver SITE FILE"
    lines.append(f"Known at     {summary['known_at']:%Y-%m-%d %H:%M:%S} UTC")
    for title in ("deliveries", "rows", "verdicts", "alerts", "queries"):
        parts = [
            f"{number:,} {str(name).lower().replace('_', ' ')}".replace(",", "\u2009")
            for name, number in summary[title].items()
        ]
        lines.append(f"{title.capitalize():<12} {', '.join(parts) or 'none'}")
    for report in summary["reports"][-3:]:
        lines.append(f"Report       {report['as_of']}  {report['path']}")
    if not summary["reports"]:
        lines.append("Report       none yet: milepost publish")
    return "\n".join(lines)

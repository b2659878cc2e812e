"""How the service stands, in counts and keys."""

from __future__ import annotations

from typing import Any

from milepost.workflows.context import Context


def status(ctx: Context) -> dict[str, Any]:
    """Deliveries, rows by disposition, verdicts by state, alerts, queries and reports."""
    summary: dict[str, Any] = {
        "study": ctx.study.protocol.id,
        "configuration": ctx.config_hash,
        **ctx.store.counts(),
    }
    summary["reports"] = [
        {**report, "path": str(ctx.places.reports / report["path"])}
        for report in ctx.store.reports().to_dict("records")
    ]
    summary["known_at"] = ctx.store.newest_known()
    return summary


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

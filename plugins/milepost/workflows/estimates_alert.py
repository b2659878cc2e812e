"""Whoever answers for a report is told when a second program gives other estimates, and no longer when none differs.

The alert lies after the knowledge its own report was made from, so that the report made again never sees it.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence

import pandas as pd

from milepost.core.escalation.estimates import KIND, decide_disagreement
from milepost.core.number_agreement import Agreement
from milepost.errors import DataProblem
from milepost.store.store import Store
from milepost.workflows.context import Context
from milepost.workflows.owing import keep_owed

log = logging.getLogger(__name__)
_OVER = ("RESOLVED", "SUPERSEDED", "RETRACTED")
_NEXT_INSTANT = dt.timedelta(microseconds=1)


def owe_disagreement(ctx: Context, report_id: str, as_of: dt.date, agreements: Sequence[Agreement]) -> int:
    """Owe what this published report's estimates ask for, and end what it settles; how many alerts are new.

    agreements: of the report as it was kept; not of one made again by another code version. Doing it twice is doing it
    once. Raises DataProblem where no such report was published.
    """
    kind, known_at = _published(ctx.store, report_id)
    told_at = max(ctx.clock(), known_at + _NEXT_INSTANT)
    protocol = ctx.study.protocol
    with ctx.store.assessing("publish", ctx.clock()) as session:
        owed = decide_disagreement(
            report_id, kind, agreements, _earlier(ctx.store), policy=protocol.alerts, roles=protocol.roles,
            study_id=protocol.id, as_of=as_of, known_at=told_at, config_hash=ctx.config_hash,
        )  # fmt: skip
        if owed.alerts.empty and owed.events.empty:
            return 0
        keep_owed(ctx, session, owed, ())
        session.audit("estimates.compared", {
            "report": report_id, "kind": kind, "apart": sum(found.agrees is False for found in agreements),
            "owed": len(owed.alerts), "ended": len(owed.events),
        })  # fmt: skip
    log.info("estimates compared report=%s owed=%d ended=%d", report_id, len(owed.alerts), len(owed.events))
    return len(owed.alerts)


def _published(store: Store, report_id: str) -> tuple[str, dt.datetime]:
    """How the report is kept, and the knowledge it was made from."""
    reports = store.reports()
    found = reports[reports["ID"] == report_id]
    if found.empty:
        raise DataProblem(
            f"report {report_id} is not on record, so nobody can be told of it. Publish it first: milepost publish."
        )
    return str(found["KIND"].iloc[0]), found["KNOWN_AT"].iloc[0].to_pydatetime()


def _earlier(store: Store) -> pd.DataFrame:
    """Alerts of this kind, with whether each still stands."""
    alerts, events = store.alerts(), store.alert_events()
    over = events.loc[events["EVENT"].isin(_OVER), "ALERT_KEY"]
    own = alerts.loc[alerts["KIND"] == KIND, ["KEY", "OWED_ON", "DETAIL"]]
    return own.assign(OPEN=~own["KEY"].isin(over)).reset_index(drop=True)

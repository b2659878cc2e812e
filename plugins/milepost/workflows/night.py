"""One night: receive, assess, watch, notify, publish, in that order. Each step may be run again alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

from milepost.workflows.assess import assess
from milepost.workflows.context import Context
from milepost.workflows.notify import notify
from milepost.workflows.receive import receive
from milepost.workflows.watch import watch


def night(
    ctx: Context, *, as_of: dt.date, known_at: dt.datetime, replayed: bool, write_report: bool = True
) -> dict[str, Any]:
    """Run a night for the day `as_of`. A replayed night takes only what had been received by `known_at`.

    Raises DataProblem for a day that lies ahead, before anything is taken or judged.
    """
    ctx.check_not_ahead(as_of)
    received = receive(ctx, until=known_at if replayed else None)
    # a live night learns what it has just received; a replayed one keeps its own end of day
    known = known_at if replayed else max(known_at, ctx.store.newest_known() or known_at)
    assessed = assess(ctx, as_of=as_of, known_at=known)
    watched = watch(ctx, as_of=as_of, known_at=known)
    notified = notify(ctx, as_of=as_of)
    summary = {
        "as_of": as_of, "receive": vars(received), "assess": vars(assessed), "watch": vars(watched),
        "notify": vars(notified),
    }  # fmt: skip
    if write_report:
        from milepost.workflows.publish import (
            publish,
        )  # the estimates take seconds to load: not for every command

        published = publish(ctx, as_of=as_of, known_at=known)
        summary["publish"] = vars(published)
        if published.owed:
            summary["notify"] = vars(notify(ctx, as_of=as_of))
    return summary

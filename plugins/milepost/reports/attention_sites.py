"""What waits at a site: deliveries held or refused, silence, and questions past due."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from milepost.reports import words
from milepost.reports.attention_item import Item, day_of, deadline_words
from milepost.reports.inputs import ReportInputs


def held_deliveries(inputs: ReportInputs) -> Iterable[Item]:
    """Deliveries that were held or refused and lie there still."""
    frame = inputs.deliveries[inputs.deliveries["outcome"].isin(["HELD", "REFUSED"])].sort_values("id")
    alerts = inputs.alerts[inputs.alerts["kind"] == "DELIVERY_HELD"]
    for row, day in zip(
        frame.to_dict("records"), inputs.local_day(frame["received_at"]).dt.date, strict=True
    ):
        mine = alerts[alerts["key"].str.split("|").str[1] == f"delivery {row['id']}"]
        deadline = min((d for d in map(day_of, mine["act_by"]) if d), default=None)
        by, urgency = deadline_words(deadline, inputs.morning)
        lines = f"{words.many(int(row['lines']), 'line')} of " if pd.notna(row["lines"]) else ""
        held = row["outcome"] == "HELD"
        reason = f": {str(row['reason']).rstrip('.')}" if row["reason"] else ""
        yield Item(
            what="Delivery held" if held else "Delivery refused", kind="owed", new=day == inputs.as_of,
            who=str(row["siteid"]), known=words.upper_first(f"{lines}{words.short_day(day)}{reason}. None dropped."),
            actor="Data manager", act="reads the findings, asks the site", also="", by=by, urgency=urgency,
            group=2, deadline=deadline or day, roles=("data_manager",),
        )  # fmt: skip


def silent_sites(inputs: ReportInputs) -> Iterable[Item]:
    """Sites whose deliveries are expected and have not come."""
    nights = inputs.local_day(inputs.deliveries["received_at"]).dt.date
    last = nights.groupby(inputs.deliveries["siteid"]).max().to_dict() if len(nights) else {}
    for site in inputs.study.sites:
        if site.expects_every_days is None or site.id not in last:
            continue
        silent = (inputs.as_of - last[site.id]).days
        if silent > site.expects_every_days:
            yield Item(
                what="Silent site", kind="owed", new=silent == site.expects_every_days + 1, who=site.id,
                known=f"Nothing since {words.week_day(last[site.id])}, {words.many(silent, 'day')}; "
                f"expected every {'day' if site.expects_every_days == 1 else f'{site.expects_every_days} days'}.",
                actor="Study monitor", act="calls the site", also="", by="", urgency="", group=2, deadline=None,
                roles=("study_monitor",),
            )  # fmt: skip


def late_queries(inputs: ReportInputs) -> Iterable[Item]:
    """One line for all sites whose answers are past due, most first."""
    queries = inputs.queries[inputs.queries["open"].astype(bool)]
    due = pd.to_datetime(queries["due_on"])
    late = queries[due < pd.Timestamp(inputs.morning)]
    if not len(late):
        return
    counts = late["siteid"].value_counts()
    ordered = sorted(counts.items(), key=lambda pair: (-int(pair[1]), str(pair[0])))
    oldest = (inputs.morning - pd.to_datetime(late["due_on"]).min().date()).days
    most = ", ".join(f"{site} {n}" for site, n in ordered[:5])
    rest = f", {words.many(len(ordered) - 5, 'other site')}" if len(ordered) > 5 else ""
    yield Item(
        what="Queries past due", kind="owed", new=False,
        who=str(ordered[0][0]) if len(ordered) == 1 else f"{len(ordered)} sites",
        known=f"{words.many(len(late), 'query', 'queries')}, the oldest {words.many(oldest, 'day')} past due: "
            f"{most}{rest}.",
        actor="Sites", act="answer them", also="data manager", by="", urgency="", group=2, deadline=None,
        roles=("data_manager",),
    )  # fmt: skip

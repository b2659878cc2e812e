"""Earlier reports whose estimates a second program gives differently, on this morning's list until somebody explains.

The report itself says so above everything; the list names those that wait for an answer, by the number of their mail.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from milepost.reports import words
from milepost.reports.attention_item import Item, day_of, deadline_words
from milepost.reports.inputs import ReportInputs
from milepost.reports.mails import alert_reference, report_name

KIND = "ESTIMATES_DISAGREE"


def estimates_apart(inputs: ReportInputs) -> Iterable[Item]:
    """One line for each report; roles told of it share the line. Counts, never a value."""
    alerts = inputs.alerts
    grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for alert in alerts[alerts["kind"] == KIND].sort_values("key").to_dict("records"):
        row = {str(name): value for name, value in alert.items()}
        grouped[str(row["key"]).split("|")[1]].append(row)
    for _, found in sorted(grouped.items()):
        yield _item(inputs, found)


def _item(inputs: ReportInputs, alerts: list[dict[str, Any]]) -> Item:
    detail = alerts[0]["detail"]
    labels = {role.id: role.label for role in inputs.protocol.roles}
    order = list(labels)
    roles = sorted({str(a["role"]) for a in alerts}, key=lambda r: (order.index(r) if r in order else 99, r))
    named = [labels.get(role, role.replace("_", " ")) for role in roles]
    deadline = min((day for a in alerts if (day := day_of(a["act_by"])) is not None), default=None)
    by, urgency = deadline_words(deadline, inputs.morning)
    return Item(
        what="Estimates differ", kind="cross", new=any(day_of(a["owed_on"]) == inputs.as_of for a in alerts),
        who=words.upper_first(report_name(detail)),
        known=f"{words.count(detail['apart'])} of {words.many(detail['compared'], 'number')} computed twice "
        f"{'differs' if detail['apart'] == 1 else 'differ'}; not to be used for decisions.",
        actor=named[0], act="explains the difference", also=words.listed([name.lower() for name in named[1:]]),
        by=by, urgency=urgency, group=2, deadline=deadline, roles=tuple(roles),
        alerts=tuple((alert_reference(str(a["key"])), labels.get(str(a["role"]), str(a["role"]))) for a in alerts),
    )  # fmt: skip

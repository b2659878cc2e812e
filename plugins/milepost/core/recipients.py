"""Who gets an alert: the people the study names for a role, and those the patient's site names for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pandas as pd

from milepost.core.escalation import EVENT_COLUMNS
from milepost.protocol import Role, Site

OUTBOX_COLUMNS = ["ALERT_KEY", "CHANNEL", "RECIPIENT", "ATTEMPTS", "NOT_BEFORE"]
AT_ONCE = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Addressed(NamedTuple):
    """outbox: one row an alert, channel and recipient. events: NO_RECIPIENT for alerts nobody would get."""

    outbox: pd.DataFrame
    events: pd.DataFrame


def to_outbox(
    alerts: pd.DataFrame,
    roles: Iterable[Role],
    sites: Iterable[Site],
    channels: Sequence[str],
    received: pd.DataFrame | None = None,
) -> Addressed:
    """Address alerts (columns of `decide_owed`) to every channel.

    received: ALERT_KEY, RECIPIENT of what was sent so far; a correction or retraction also goes to everybody
    who got the message it takes back, though they have left the list of recipients since.
    An alert nobody would get becomes an event NO_RECIPIENT, so that a gap in the study folder is seen.
    """
    of_study = {role.id: role.recipients for role in roles}
    of_site = {(site.id, role): people for site in sites for role, people in site.contacts.items()}
    got: dict[str, list[str]] = {}
    if received is not None:
        got = {str(key): sorted(set(people)) for key, people in received.groupby("ALERT_KEY")["RECIPIENT"]}
    outbox: list[tuple[Any, ...]] = []
    nobody: list[tuple[Any, ...]] = []
    for alert in alerts.to_dict("records"):
        of_role = of_study.get(alert["ROLE"], ())
        there = of_site.get((alert["SITEID"], alert["ROLE"]), ())
        people = sorted({*of_role, *there, *got.get(alert["DETAIL"].get("notice_of"), ())})
        outbox += [(alert["KEY"], channel, person, 0, AT_ONCE) for person in people for channel in channels]
        if not people:
            nobody.append((alert["KEY"], alert["OWED_AT"], "NO_RECIPIENT", "", "", None, "escalation", None))
    return Addressed(
        pd.DataFrame(outbox, columns=OUTBOX_COLUMNS, dtype=object),
        pd.DataFrame(nobody, columns=EVENT_COLUMNS, dtype=object),
    )

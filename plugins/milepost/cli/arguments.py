"""Days and instants as a person types them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer


def parse_day(text: str) -> dt.date:
    """A calendar day, YYYY-MM-DD."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("write the day as YYYY-MM-DD, e.g. 2026-04-14") from error


def instant(text: str | None, zone: dt.tzinfo) -> dt.datetime | None:
    """An instant: ISO 8601; without an offset it is local to the study; a day alone is its end there; `now`."""
    if text is None or text == "now":
        return None
    try:
        if len(text) == 10:
            day = dt.date.fromisoformat(text) + dt.timedelta(days=1)
            return dt.datetime.combine(day, dt.time(), tzinfo=zone) - dt.timedelta(microseconds=1)
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            "write the instant as 2026-04-14, 2026-04-14T18:00 or 2026-04-14T10:00Z"
        ) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(dt.UTC)


AsOf = Annotated[
    dt.date | None,
    typer.Option(
        "--as-of", parser=parse_day, metavar="DAY", help="Data cut-off, YYYY-MM-DD (default: today)."
    ),
]
KnownAt = Annotated[
    str | None,
    typer.Option(
        "--known-at", metavar="INSTANT", help="What was known by then (a day means its end; default: now)."
    ),
]

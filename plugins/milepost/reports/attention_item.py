"""One line of the list of this morning, and its deadline in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from milepost.reports import words


@dataclass(frozen=True)
class Item:
    """One line of the list. urgency: `today` and `late` are filled amber, nothing else is."""

    what: str
    kind: str
    new: bool
    who: str
    known: str
    actor: str
    act: str
    also: str
    by: str
    urgency: str
    group: int
    deadline: dt.date | None
    roles: tuple[str, ...]
    subject: str = ""
    alerts: tuple[tuple[str, str], ...] = ()


def deadline_words(deadline: dt.date | None, morning: dt.date) -> tuple[str, str]:
    """By when, and whether that is today or over."""
    if deadline is None:
        return "", ""
    late = (morning - deadline).days
    if late > 0:
        return f"{words.many(late, 'day')} late", "late"
    return ("today", "today") if late == 0 else (words.week_day(deadline), "")


def day_of(value: object) -> dt.date | None:
    """The day in a cell; None where it holds none."""
    if not isinstance(value, dt.date) or pd.isna(value):
        return None
    return value.date() if isinstance(value, dt.datetime) else value

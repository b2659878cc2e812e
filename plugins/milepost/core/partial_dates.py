"""What an ISO 8601 date text may mean when the site could not say more: a day, a month, a year.

Source: clinical specification sections 3.3 and 3.4 (a partial date cannot be used for the window, but it counts
as in the window if any day it may mean does).
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

_TEXT = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2})(?:T(?P<time>\d{2}(?::\d{2}(?::\d{2})?)?))?)?)?"
)
# SDTM writes a part that is not known as a hyphen: 2026-03--, 2026---15; others write it UN, UNK, NK or XX:
# 2026-03-UN, 2026-UN-UN. Only what stands before it is used.
_FROM_UNKNOWN_PART = re.compile(r"(?<=\d)-(?:-|(?:UNK?|NK|XX)(?![A-Za-z])).*", re.IGNORECASE)
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?")


@lru_cache(maxsize=65536)
def span(text: str | None) -> tuple[dt.date, dt.date] | None:
    """First and last day the text may mean; None where it is empty, no date, or no such day exists."""
    match = _TEXT.fullmatch(without_unknown_parts(text)) if text else None
    if match is None:
        return None
    year, month, day = (None if part is None else int(part) for part in match.group("year", "month", "day"))
    try:
        if year is None or month is None:
            return dt.date(year or 0, 1, 1), dt.date(year or 0, 12, 31)
        if day is None:
            return dt.date(year, month, 1), _last_day_of_month(year, month)
        return dt.date(year, month, day), dt.date(year, month, day)
    except ValueError:
        return None


def without_unknown_parts(text: str) -> str:
    """The text up to the first part that is not known: 2026-03 of 2026-03-UN, 2026 of 2026---15."""
    return _FROM_UNKNOWN_PART.sub("", text.strip())


def unknown_part(text: str | None) -> str | None:
    """What a date leaves out, as ADaM flags it: D the day, M month and day; None where it is whole or no date."""
    meant = span(text)
    if meant is None or meant[0] == meant[1]:
        return None
    return "D" if (meant[0].year, meant[0].month) == (meant[1].year, meant[1].month) else "M"


def time_of(text: str | None) -> str | None:
    """The time of day in the text as HH:MM or HH:MM:SS; None where it names no minute."""
    if not text or "T" not in text:
        return None
    time = text.strip().split("T", 1)[1]
    return time if _TIME.fullmatch(time) else None


def second_of_day(time: str | None) -> int | None:
    """Seconds since midnight of an HH:MM or HH:MM:SS text; None where there is no such time."""
    if not time or not _TIME.fullmatch(time):
        return None
    hours, minutes, *seconds = (int(part) for part in time.split(":"))
    return hours * 3600 + minutes * 60 + (seconds[0] if seconds else 0)


def moment(text: str | None) -> dt.datetime | None:
    """The one day the text means, at its time of day where it names a minute, else at its start; None where it is
    empty, no date, or not whole."""
    meant = span(text)
    if meant is None or meant[0] != meant[1]:
        return None
    start = dt.datetime.combine(meant[0], dt.time())
    return start + dt.timedelta(seconds=second_of_day(time_of(text)) or 0)


def _last_day_of_month(year: int, month: int) -> dt.date:
    return dt.date(year, 12, 31) if month == 12 else dt.date(year, month + 1, 1) - dt.timedelta(days=1)

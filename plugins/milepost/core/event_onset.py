"""When an adverse event began, for which line of therapy it counts, and whether it is treatment-emergent.

Where the site could not date it fully, the event is emergent if any day it may mean is (the could-be rule), and the
earliest such day is taken. Source: clinical specification, sections 3.3, 3.4 and 7.2; trap 26.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from milepost.core.event_periods import Period
from milepost.core.partial_dates import second_of_day, span, time_of

_FIRST_DAY = 1
AFTER_DEATH, END_AFTER_DEATH = "AE-NOT-AFTER-DEATH", "AE-END-NOT-AFTER-DEATH"
END_BEFORE_START, UNDATED, NO_FIRST_DOSE = "AE-END-NOT-BEFORE-START", "AE-DATE-VALID", "AE-FIRST-DOSE-UNKNOWN"


class Onset(NamedTuple):
    """What the dates of one event mean. Days are ordinals.

    start_flag, end_flag: D, M or Y where day, month and day, or everything was filled in. emergent, before: None where
    no first dose is known. error: the rule its dates break. asked: every rule to ask the site about.
    """

    period: Period | None
    start: int | None
    start_flag: str | None
    end: int | None
    end_flag: str | None
    emergent: bool | None
    before: bool | None
    error: str | None
    asked: tuple[str, ...]


def onset_of(
    start_text: str | None,
    end_text: str | None,
    periods: Sequence[Period],
    *,
    death: int | None,
    as_of: int,
    dose_undated: bool,
    told: int | None = None,
) -> Onset:
    """Judge the dates of one event. periods: the patient's lines in order, those not begun by the cut-off last. told:
    the day on which we received it.

    An onset after receipt or after death, or an end before the start, contradicts the data: the days concerned stay
    empty. Without a usable onset (missing, after receipt, after death) any day up to the end, the cut-off and death may
    be meant.
    """
    asked: list[str] = []
    error: str | None = None
    meant = _days(start_text)
    low, high = meant or (_FIRST_DAY, as_of)
    if meant is None:
        asked.append(UNDATED)
    elif begins_after_receipt(start_text, told):
        error = UNDATED
    elif death is not None and low > death:
        error = AFTER_DEATH
    usable = meant is not None and error is None
    if not usable:
        low, high = _FIRST_DAY, as_of
    ended = _days(end_text)
    if ended is not None and death is not None and ended[0] > death:
        error, ended = error or END_AFTER_DEATH, None
    if ended is not None and ended[1] < low:
        error, ended = error or END_BEFORE_START, None
    latest = [day for day in (high, as_of, death, ended[1] if ended else None) if day is not None]
    high = max(min(latest), low) if usable else min(latest)
    exact = usable and meant is not None and meant[0] == meant[1]
    begun = [period for period in periods if period.start is not None]
    if error:
        asked.append(error)
    if not begun and dose_undated:
        asked.append(NO_FIRST_DOSE)
    period, day, emergent = _placed(start_text, low, high, exact, begun)
    before = None
    if period is not None and period.start is not None:
        before = not emergent and not _after(period, day, exact, start_text)
    if before and dose_undated:
        # an incomplete dose may have been given before the first complete one, and before this event
        emergent, before = None, None
        asked.append(NO_FIRST_DOSE)
    start = day if error not in (UNDATED, AFTER_DEATH) else None
    end = None if ended is None else max(min(ended[1], as_of, death or as_of), start or ended[0])
    return Onset(
        period=period or (periods[0] if periods else None),
        start=start,
        start_flag=None if start is None or exact else _filled(start_text),
        end=end,
        end_flag=None if ended is None or ended[0] == ended[1] else _filled(end_text),
        emergent=emergent,
        before=before,
        error=error,
        asked=tuple(asked),
    )


def begins_after_receipt(text: str | None, told: int | None) -> bool:
    """Whether every day the text may mean lies after the day we received it: nobody can know an event before it begins,
    so the date is wrong. One day is granted, since the site's day may be ahead of the day of `told`, which is in UTC.
    """
    meant = span(text)
    return meant is not None and told is not None and meant[0].toordinal() > told + 1


def _placed(
    text: str | None, low: int, high: int, exact: bool, begun: Sequence[Period]
) -> tuple[Period | None, int | None, bool | None]:
    """The line, the day taken, and whether the onset is treatment-emergent for that line."""
    if not begun:
        return None, low if low > _FIRST_DAY else None, None
    if exact:
        second = second_of_day(time_of(text))
        period = next((p for p in reversed(begun) if p.begun_by(low, second)), begun[0])
        return period, low, period.begun_by(low, second) and _within(period, low)
    for place, period in enumerate(begun):
        since = max(low, period.start or low)
        until = high if place + 1 == len(begun) else min(high, (begun[place + 1].start or high + 1) - 1)
        if since <= until and _within(period, since):
            return period, since, True
    # no day it may mean is emergent: the earliest is taken, where there is one
    period = next((p for p in reversed(begun) if p.begun_by(low, None)), begun[0])
    return period, low if low > _FIRST_DAY else None, False


def _within(period: Period, day: int) -> bool:
    return period.emergent_to is None or day <= period.emergent_to


def _after(period: Period, day: int | None, exact: bool, text: str | None) -> bool:
    """Whether the onset lies after the period's first dose (then it is no pre-treatment event)."""
    second = second_of_day(time_of(text)) if exact else None
    return day is not None and period.begun_by(day, second)


def _days(text: str | None) -> tuple[int, int] | None:
    meant = span(text)
    return None if meant is None else (meant[0].toordinal(), meant[1].toordinal())


def _filled(text: str | None) -> str:
    """Which part of a date was filled in: D the day, M month and day, Y all of it."""
    meant = span(text)
    if meant is None:
        return "Y"
    return "M" if (meant[1] - meant[0]) > dt.timedelta(days=31) else "D"

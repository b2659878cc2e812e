"""Days as a profile counts them: from the first dose of the first line, never as dates.

Positions on the axis are days since that dose: 0 is study day 1, -1 is study day -1, and there is no study day 0.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from milepost.core.study_day import study_day
from milepost.reports import words

_DATES = re.compile(
    r"(?<!\d)(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?"
    r"(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:[+-]\d{2}:?\d{2}|Z)?)?(?!\d)"
)
_WITHHELD = "(date)"


@dataclass(frozen=True)
class StudyDays:
    """The first dose of each line begun by the cut-off, by line number; none: nothing has a study day yet."""

    starts: tuple[tuple[int, dt.date], ...]

    @property
    def origin(self) -> dt.date | None:
        """The day the axis begins to count from."""
        return min((start for _, start in self.starts), default=None)

    @property
    def several(self) -> bool:
        """Whether there is more than one line of therapy, so that a day has to name its own."""
        return len(self.starts) > 1

    def at(self, when: Any) -> int | None:
        """Position on the axis; None where there is no day, or no first dose."""
        day = to_day(when)
        return None if day is None or self.origin is None else (day - self.origin).days

    def said(self, when: Any, line: int | None = None) -> str:
        """day 29; of a later line day 120 (line 2, day 8)."""
        day = to_day(when)
        if day is None:
            return "day not known"
        if self.origin is None:
            return "before any dose"
        plain = f"day {said_day(study_day(day, self.origin))}"
        own = dict(self.starts).get(line) if line is not None and self.several else None
        if own is None or own == self.origin:
            return plain
        return f"{plain} (line {line}, day {said_day(study_day(day, own))})"

    def span(self, first: Any, last: Any, line: int | None = None) -> str:
        """day 8 to 12, or day 8 where it is one."""
        start, end = to_day(first), to_day(last)
        if start is None or end is None or start == end or self.origin is None:
            return self.said(first if start is not None else last, line)
        return f"{self.said(first, line)} to {said_day(study_day(end, self.origin))}"

    def without_dates(self, text: Any) -> str:
        """A free text with each date in it as a study day, or withheld where it is incomplete."""
        if not isinstance(text, str):
            return ""
        return _DATES.sub(lambda found: self._instead(found), text)

    def _instead(self, found: re.Match[str]) -> str:
        year, month, day = found.groups()
        try:
            whole = dt.date(int(year), int(month), int(day or 0))
        except ValueError:
            return _WITHHELD
        return self.said(whole) if self.origin is not None else _WITHHELD


def study_days(lines: pd.DataFrame, as_of: dt.date) -> StudyDays:
    """The lines whose first dose was given by the cut-off, in order."""
    begun = lines[(lines["FIRSTDOSE"] <= pd.Timestamp(as_of)).to_numpy(bool)].sort_values("LINE")
    pairs = zip(begun["LINE"].astype(int), begun["FIRSTDOSE"], strict=True)
    return StudyDays(tuple((line, first.date()) for line, first in pairs))


def to_day(value: Any) -> dt.date | None:
    """The day in a cell; None where it holds none."""
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else None


def said_day(day: int) -> str:
    """A study day with a true minus."""
    return words.count(day)


def day_of(at: int) -> int:
    """The study day of a position on the axis."""
    return at + 1 if at >= 0 else at

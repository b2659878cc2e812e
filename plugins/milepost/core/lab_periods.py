"""To which therapy line a laboratory row belongs, and whether it was drawn before that line's first dose.

Source: clinical specification, sections 3.3 (study day), 3.4 (same-day samples) and 3.5 (each line is its own episode).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from milepost.core.baseline import is_before_first_dose
from milepost.core.checkpoint_samples import NO_DAY, to_days
from milepost.core.partial_dates import second_of_day, time_of

_SPAN, _SHIFT = 1 << 32, 1 << 24


class Periods(NamedTuple):
    """Of each row: its line (row of `lines`, -1: the subject has none), day since 1970, second of the day (-1: no
    time), study day (0: no first dose) and whether it was drawn before first dose (also where there is none)."""

    line: np.ndarray
    day: np.ndarray
    second: np.ndarray
    ady: np.ndarray
    before_dose: np.ndarray

    def take(self, rows: np.ndarray) -> Periods:
        """The same of these rows."""
        return Periods(*(column[rows] for column in self))


class LineOrder(NamedTuple):
    """The lines in order of subject and first dose: the order, each line's place in it, its subject and first day."""

    order: np.ndarray
    place: np.ndarray
    subject: np.ndarray
    subjects: pd.Index
    first: np.ndarray

    def later(self, line: np.ndarray, further: int) -> np.ndarray:
        """The line of the same subject dosed so many lines after this one; -1 where there is none."""
        if not len(self.order):
            return np.full(len(line), -1, dtype=np.int64)
        place = self.place[line] + further
        found = self.order[np.minimum(place, len(self.order) - 1)]
        same = (line >= 0) & (place < len(self.order)) & (self.subject[found] == self.subject[line])
        return np.where(same & (self.first[found] != NO_DAY), found, -1)


def to_line_order(lines: pd.DataFrame) -> LineOrder:
    """The lines of each subject by first dose (LINE decides between equal days), lines without a dose last."""
    first = to_days(lines["FIRSTDOSE"])
    subject, subjects = pd.factorize(lines["USUBJID"])
    undosed = first == NO_DAY
    order = np.lexsort((lines["LINE"].to_numpy(np.int64), np.where(undosed, 0, first), undosed, subject))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return LineOrder(order, place, subject, pd.Index(subjects), first)


def to_periods(labs: pd.DataFrame, lines: pd.DataFrame, ordered: LineOrder) -> Periods:
    """Places each dated row: what lies before the first line's first dose belongs to that line, the rest to the line
    dosed last by that day.

    Needs USUBJID ADT LBDTC. On the day of first dose a row whose time, or the dose's, is unknown counts as drawn
    before the dose; a row of the same time does not.
    """
    day, second = to_days(labs["ADT"]), _seconds(labs["LBDTC"])
    if not len(lines):
        nothing = np.zeros(len(labs), dtype=np.int64)
        return Periods(nothing - 1, day, second, nothing, np.ones(len(labs), dtype=bool))
    of = ordered.subjects.get_indexer(labs["USUBJID"])
    known_subject = of >= 0
    of = np.where(known_subject, of, 0)
    dosed = ordered.first != NO_DAY
    begins = np.searchsorted(ordered.subject[ordered.order], np.arange(len(ordered.subjects)))
    # the lines of a subject lie together: one rising key finds the last of them dosed by the day
    keys = ordered.subject * _SPAN + np.where(dosed, ordered.first + _SHIFT, _SPAN - 1)
    found = np.searchsorted(keys[ordered.order], of * _SPAN + day + _SHIFT, side="right") - 1
    line = np.where(known_subject, ordered.order[np.maximum(found, begins[of])], -1)
    start = ordered.first[line]
    known = known_subject & (start != NO_DAY)
    apart = day - np.where(known, start, day)
    ady = np.where(known, np.where(apart >= 0, apart + 1, apart), 0)
    dose_second = np.array([_second(time) for time in lines["FIRSTDOSETM"]], dtype=np.int64)[line]
    before = is_before_first_dose(ady, second, dose_second, same_day="BEFORE_DOSE_OR_UNKNOWN")
    return Periods(line, day, second, ady, before | ~known)


def _second(time: str | None) -> int:
    second = second_of_day(time)
    return -1 if second is None else second


def _seconds(dates: pd.Series) -> np.ndarray:
    """Second of the day of collection, -1 where no time is known."""
    tails = np.empty(len(dates), dtype=object)
    tails[:] = [text[10:] if isinstance(text, str) else None for text in dates.to_numpy(object)]
    code, texts = pd.factorize(tails)
    seconds = np.array([*(_second(time_of(text)) for text in texts), -1], dtype=np.int64)
    return seconds[code]

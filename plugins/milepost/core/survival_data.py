"""Follow-up times as the estimates need them: checked, parted into groups, sorted.

A patient without a time, an event status or a group cannot be evaluated; such rows are left out and counted, and every
result tells how many. Times are whole days as a rule and are compared as they stand: convert to months (30.4375 days)
for display only. Patients whose times agree are tied.

Source: clinical specification section 6.7; conventions as in the survival package of R.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from milepost.errors import DataProblem

DAYS_IN_MONTH = 30.4375
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]


def to_times(time: ArrayLike, event: ArrayLike) -> tuple[Floats, Bools, Bools]:
    """Times, events (True: the event came at this time; False: censored), and which rows can be evaluated.

    An empty time or event (None, NaN) leaves the row out. A time below 0, or without end, raises DataProblem: it comes
    from dates that contradict each other and has no meaning in any estimate.
    """
    times, status = to_numbers(time), to_numbers(event)
    if times.ndim != 1 or times.shape != status.shape:
        raise ValueError(f"times {times.shape} and events {status.shape} must be two columns of one length")
    usable = ~(np.isnan(times) | np.isnan(status))
    came = status == 1
    if (usable & ~came & (status != 0)).any():
        raise DataProblem(
            "an event status is neither 0 (censored) nor 1 (event); give the status as 0, 1 or empty"
        )
    if (usable & ~((times >= 0) & (times < np.inf))).any():
        raise DataProblem(
            "a follow-up time is negative or infinite; check the dates of start and end it is made from"
        )
    return times, came, usable


def to_numbers(values: ArrayLike) -> Floats:
    """The values as numbers, NaN where there is none."""
    given = np.asarray(values)
    if given.dtype == object:
        given = np.where(pd.isna(given), np.nan, given)
    return given.astype(float)


def to_codes(labels: ArrayLike | Sequence[Any]) -> tuple[Ints, tuple[Hashable, ...]]:
    """Each row's group as a number from 0, -1 where it has none (None, NaN), and the groups in sorted order."""
    given = np.asarray(labels)
    if given.dtype.kind in "biu":
        numbers, codes = np.unique(given, return_inverse=True)
        return codes, tuple(numbers.tolist())
    # in order of appearance first, -1 where there is none
    appeared, listed = pd.factorize(given)
    listed = listed.tolist()
    known = sorted(listed)
    place = {label: position for position, label in enumerate(known)}
    position = np.array([*(place[label] for label in listed), -1], dtype=np.intp)
    return position[appeared], tuple(known)


def count_by_time(
    time: Floats, event: Bools, group: Ints | None = None, groups: int = 1
) -> tuple[Floats, Ints, Ints, Ints]:
    """The distinct times, and at each of them, one row a group: patients at risk, events, and patients censored.

    At risk at t: time >= t. So who is censored on the day of another's event was still at risk of it.
    """
    times, position = _distinct(time)
    width = len(times)
    cell = position if group is None else group * width + position
    ending = np.bincount(cell, minlength=groups * width).reshape(groups, width)
    events = np.bincount(cell[event], minlength=groups * width).reshape(groups, width)
    at_risk = ending[:, ::-1].cumsum(axis=1)[:, ::-1]
    return times, at_risk, events, ending - events


def _distinct(time: Floats) -> tuple[Floats, Ints]:
    """The distinct times in order, and each row's place among them; rows in the order of time need no sorting."""
    if not len(time) or (time[1:] < time[:-1]).any():
        return np.unique(time, return_inverse=True)
    new = np.concatenate(([True], time[1:] > time[:-1]))
    return time[new], np.cumsum(new) - 1

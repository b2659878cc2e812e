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
    if (usable & (status != 0) & (status != 1)).any():
        raise DataProblem(
            "an event status is neither 0 (censored) nor 1 (event); give the status as 0, 1 or empty"
        )
    if (usable & ((times < 0) | np.isinf(times))).any():
        raise DataProblem(
            "a follow-up time is negative or infinite; check the dates of start and end it is made from"
        )
    return times, status == 1, usable


def to_numbers(values: ArrayLike) -> Floats:
    """The values as numbers, NaN where there is none."""
    given = np.asarray(values)
    if given.dtype == object:
        given = np.where(pd.isna(given), np.nan, given)
    return given.astype(float)


def to_codes(labels: ArrayLike | Sequence[Any]) -> tuple[Ints, tuple[Hashable, ...]]:
    """Each row's group as a number from 0, -1 where it has none (None, NaN), and the groups in sorted order."""
    given = np.asarray(labels)
    missing = np.asarray(pd.isna(given))
    known = sorted(set(given[~missing].tolist()))
    if given.dtype.kind in "OUS":
        number = {label: position for position, label in enumerate(known)}
        listed = zip(given.tolist(), missing.tolist(), strict=True)
        codes = np.array([-1 if none else number[label] for label, none in listed], dtype=np.intp)
    else:
        codes = np.where(missing, -1, np.searchsorted(known, given) if known else 0).astype(np.intp)
    return codes, tuple(known)


def count_by_time(
    time: Floats, event: Bools, group: Ints | None = None, groups: int = 1
) -> tuple[Floats, Ints, Ints, Ints]:
    """The distinct times, and at each of them, one row a group: patients at risk, events, and patients censored.

    At risk at t: time >= t. So who is censored on the day of another's event was still at risk of it.
    """
    times, position = np.unique(time, return_inverse=True)
    width = len(times)
    cell = position if group is None else group * width + position
    ending = np.bincount(cell, minlength=groups * width).reshape(groups, width)
    events = np.bincount(cell[event], minlength=groups * width).reshape(groups, width)
    at_risk = ending[:, ::-1].cumsum(axis=1)[:, ::-1]
    return times, at_risk, events, ending - events

"""When scans are due, and how long a patient may go without one before two in a row are missed.

Source: clinical specification sections 6.4 (minimum interval of a stable disease) and 6.6 (missed assessments).
"""

from __future__ import annotations

import numpy as np

from milepost.protocol import StudyProtocol
from milepost.protocol.endpoints import ScanSchedule


def sd_minimum(protocol: StudyProtocol) -> int | None:
    """Days from the start after which a scan may show stable disease (scan date - start date, without + 1).

    The protocol's own number; else the first scan less its window (35 for every 42 ± 7 days); None where the protocol
    names neither: then no stable disease can be told from one seen too early.
    """
    if protocol.response.sd_min_days is not None:
        return protocol.response.sd_min_days
    if protocol.scans is None:
        return None
    interval, window = protocol.scans.at(1)
    return max(interval - window, 0)


def disease_control_window(protocol: StudyProtocol) -> tuple[int, int, int] | None:
    """Study day of the scan at which disease control is asked, and the first and last day that count for it.

    Without a day of its own it is the first scheduled scan: one interval after day 1 (day 43 where scans are every
    42 days). None where the protocol names neither.
    """
    day = protocol.response.disease_control_day
    if day is None and protocol.scans is None:
        return None
    if day is None and protocol.scans is not None:
        day = 1 + protocol.scans.at(1)[0]
    assert day is not None
    window = protocol.scans.at(day)[1] if protocol.scans is not None else 0
    return day, max(day - window, 1), day + window


def missed_limits(days: np.ndarray, protocol: StudyProtocol) -> np.ndarray:
    """After the last adequate assessment on each study day: how many days until too many in a row are missed.

    The next so many intervals that are in force, and the window on both sides: 2 x 42 + 14 = 98 for scans every
    42 ± 7 days, 42 + 63 + 14 where the interval goes from 42 to 63 days between. An assessment stands for the due
    date nearest to it (of two as near, the earlier), so that a scan a few days off does not move the schedule.
    `missed_limit_days` replaces it all. Without a schedule there is no limit (infinity).
    """
    rules = protocol.time_to_event
    if rules.missed_limit_days is not None:
        return np.full(len(days), float(rules.missed_limit_days))
    if protocol.scans is None:
        return np.full(len(days), np.inf)
    ahead = rules.missed_assessments
    due = _due_days(protocol.scans, int(days.max(initial=1)), ahead)
    windows = np.array([protocol.scans.at(int(day))[1] for day in due])
    nearest = np.searchsorted((due[1:] + due[:-1]) / 2, days, side="left")
    nearest = np.minimum(nearest, len(due) - 1 - ahead)
    later = nearest + ahead
    return (due[later] - due[nearest] + windows[nearest] + windows[later]).astype(float)


def without_window(protocol: StudyProtocol) -> float:
    """The first so many intervals after day 1, without windows: how soon a death counts that has no baseline."""
    if protocol.scans is None:
        return float(protocol.time_to_event.missed_limit_days or 0)
    ahead = protocol.time_to_event.missed_assessments
    due = _due_days(protocol.scans, 1, ahead)
    return float(due[ahead] - due[0])


def _due_days(scans: ScanSchedule, until: int, ahead: int) -> np.ndarray:
    """Day 1 and the days on which scans are due, so far that `ahead` more lie after `until`."""
    due, more = [1], 0
    while more <= ahead:
        due.append(due[-1] + scans.at(due[-1])[0])
        more += due[-1] > until
    return np.array(due)

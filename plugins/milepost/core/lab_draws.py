"""When laboratory entries were drawn, so that results of one sample can be put together.

Two results are of one sample where subject, day and time of day agree; without a time those of the day that have none
either. Source: clinical specification, sections 4.1 (derived counts) and 5.1 (same sample only).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from milepost.core.lab_entries import Entries

_SECONDS = 86_401


class Draws(NamedTuple):
    """Of each entry one number for its subject and day, and one for subject, day and time; delivery and line decide
    which of two results of one time reached us last."""

    day: np.ndarray
    time: np.ndarray
    delivery: np.ndarray
    line: np.ndarray

    def last_of(self, key: np.ndarray, rows: np.ndarray, among: np.ndarray) -> np.ndarray:
        """For each of these entries the place of the last one among others with the same key, -1 where none has it.

        key: `day` or `time`. Of a day the last time counts, of a time what reached us last.
        """
        if not len(among):
            return np.full(len(rows), -1, dtype=np.int64)
        others = (self.line[among], self.delivery[among], self.time[among], key[among])
        ordered = among[np.lexsort(others)]
        found = np.searchsorted(key[ordered], key[rows], side="right") - 1
        same = (found >= 0) & (key[ordered[found]] == key[rows])
        return np.where(same, ordered[found], -1)


def to_draws(entries: Entries, records: pd.DataFrame) -> Draws:
    """The draws of entries of these records. Needs USUBJID DELIVERY SRCLINE."""
    subject = pd.factorize(records["USUBJID"])[0][entries.at].astype(np.int64)
    day = subject * (1 << 26) + entries.periods.day + (1 << 24)
    delivery, line = (records[name].to_numpy(np.int64)[entries.at] for name in ("DELIVERY", "SRCLINE"))
    return Draws(day, day * _SECONDS + entries.periods.second + 1, delivery, line)

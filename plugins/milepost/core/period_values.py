"""One value a patient for each stretch of study weeks, and how such values spread.

Study weeks, not the names of visits: two schedules of visits (every 21 and every 28 days) fall into the same stretch,
so that groups are compared at the same time on treatment. Source: clinical specification, sections 3.2 and 7.2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd


class Weeks(NamedTuple):
    """Study weeks first to last (week 1: days 1 to 7)."""

    first: int
    last: int

    @property
    def days(self) -> tuple[int, int]:
        """First and last study day of them."""
        return 7 * (self.first - 1) + 1, 7 * self.last


# Days 22 and 29 lie in one stretch, and so do 43 and 57; 85 is week 13 of either schedule.
WEEKS = (Weeks(1, 2), Weeks(3, 6), Weeks(7, 10), Weeks(11, 14), Weeks(15, 26), Weeks(27, 38), Weeks(39, 52))


class Spread(NamedTuple):
    """How values spread: how many, and the 10th, 25th, 50th, 75th and 90th percentile (none without a value)."""

    n: int
    p10: float | None
    p25: float | None
    median: float | None
    p75: float | None
    p90: float | None


def select_last_of_weeks(values: pd.DataFrame, weeks: tuple[Weeks, ...] = WEEKS) -> pd.DataFrame:
    """The last value of each patient in each stretch of weeks.

    values: USUBJID, ADY (study day on treatment), VALUE (float), in the order in which they were measured: of one day
    the last counts. Adds WEEKS, the place of the stretch; days outside all of them are left out.
    """
    days = values["ADY"].to_numpy(float)
    place = np.full(len(values), -1, dtype=np.int64)
    for at, one in enumerate(weeks):
        first, last = one.days
        place[(days >= first) & (days <= last)] = at
    known = (place >= 0) & values["VALUE"].notna().to_numpy(bool)
    kept = values.assign(WEEKS=place)[known].sort_values(["USUBJID", "ADY"], kind="stable")
    return kept.drop_duplicates(["USUBJID", "WEEKS"], keep="last").reset_index(drop=True)


def summarise_spread(values: np.ndarray) -> Spread:
    """Percentiles of these values, between neighbours in proportion (R's quantile, type 7)."""
    known = values[~np.isnan(values)]
    if not len(known):
        return Spread(0, None, None, None, None, None)
    return Spread(len(known), *(float(one) for one in np.quantile(known, (0.1, 0.25, 0.5, 0.75, 0.9))))

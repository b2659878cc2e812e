"""Other anticancer therapy between baseline and sample, which alone may move the marker.

Source: clinical specification sections 2.2, 3.1 (`intercurrent_policy`) and 3.4, step 5e.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from milepost.core.checkpoint_candidate import Lines
from milepost.core.checkpoint_samples import EPOCH_ORDINAL, NO_DAY, to_days
from milepost.core.partial_dates import span


def is_intercurrent(
    therapies: pd.DataFrame,
    lines: Lines,
    *,
    baseline_day: np.ndarray,
    sample_day: np.ndarray,
    lookback_days: int,
) -> np.ndarray:
    """Whether another therapy may have been given from so many days before baseline to the sample, ends included.

    therapies: USUBJID, ADT, DTC. baseline_day, sample_day: days since 1970, NO_DAY where there is none (then the
    answer is no). Another line of therapy that starts between is a new systemic therapy too. A partial date
    counts if any day it may mean does.
    """
    row = np.flatnonzero((baseline_day != NO_DAY) & (sample_day != NO_DAY))
    judged = pd.DataFrame({"USUBJID": lines.subject[row], "ROW": row})
    starts = pd.DataFrame(
        {
            "USUBJID": lines.subject,
            "FIRST": lines.first_dose,
            "LAST": lines.first_dose,
            "OF_ROW": np.arange(len(lines.subject)),
        }
    )
    given = pd.concat([_days_given(therapies), starts[lines.first_dose != NO_DAY]], ignore_index=True)
    both = judged.merge(given, on="USUBJID", how="inner", validate="m:m")
    both = both[both["ROW"] != both["OF_ROW"]]
    row = both["ROW"].to_numpy(np.int64)
    since = both["LAST"].to_numpy(np.int64) >= baseline_day[row] - lookback_days
    until = both["FIRST"].to_numpy(np.int64) <= sample_day[row]
    found = np.zeros(len(lines.subject), dtype=bool)
    found[row[since & until]] = True
    return found


def _days_given(therapies: pd.DataFrame) -> pd.DataFrame:
    """First and last day on which each therapy may have been given; a therapy without any date is left out."""
    first = to_days(therapies["ADT"])
    last = first.copy()
    for position in np.flatnonzero(first == NO_DAY):
        meant = span(therapies["DTC"].iat[position])
        if meant is not None:
            first[position], last[position] = (day.toordinal() - EPOCH_ORDINAL for day in meant)
    days = pd.DataFrame(
        {"USUBJID": therapies["USUBJID"].to_numpy(object), "FIRST": first, "LAST": last, "OF_ROW": -1}
    )
    return days[first != NO_DAY]

"""When the study drug was taken, so that "the last dose before this sample" can be told for any sample.

The last dose of all would not do: a drug taken up again after a pause would hide the pause, and a report of an
earlier day would look different once later doses are known. Source: clinical specification section 3.6.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from milepost.core.checkpoint_samples import NO_DAY, to_days

Spans = tuple[tuple[int, int | None], ...]
_KEYS = ["USUBJID", "LINE"]


def to_dose_spans(doses: pd.DataFrame, stops: pd.DataFrame) -> pd.DataFrame:
    """USUBJID, LINE and DOSES: first and last day of each dose with a date, in order, as days since 1970.

    doses: USUBJID, LINE, START, END. stops: USUBJID, LINE, DISCONTINUED. A dose without an end lasts until the next
    one begins, the newest until the line was stopped; None: it is not known to have ended.
    """
    dated = doses[doses["START"].notna()].sort_values([*_KEYS, "START", "END"], na_position="first")
    dated = dated.merge(stops, on=_KEYS, how="left", validate="m:1")
    start, end, stop = (to_days(dated[name]) for name in ("START", "END", "DISCONTINUED"))
    opens = ~dated.duplicated(_KEYS).to_numpy(bool)
    newest = np.append(opens[1:], True)[: len(opens)]
    until = np.where(newest, np.where(stop == NO_DAY, NO_DAY, np.maximum(start, stop)), np.roll(start, -1))
    until = np.where(end == NO_DAY, until, end)
    last = [None if day == NO_DAY else day for day in until.tolist()]
    spans = list(zip(start.tolist(), last, strict=True))
    first = np.flatnonzero(opens)
    found = dated.loc[opens, _KEYS].reset_index(drop=True)
    ends = np.append(first[1:], len(spans))[: len(first)]
    of_line: list[Spans] = [tuple(spans[a:b]) for a, b in zip(first.tolist(), ends.tolist(), strict=True)]
    return found.assign(DOSES=pd.Series(of_line, dtype=object))


def last_dose_by(doses: Iterable[Spans | float | None], days: np.ndarray) -> list[int | None]:
    """Of each line the last day of dosing on or before the day; None where there is none."""
    return [
        max(
            (day if until is None else min(until, day) for since, until in spans if since <= day),
            default=None,
        )
        if isinstance(spans, tuple)
        else None
        for spans, day in zip(doses, days.tolist(), strict=True)
    ]

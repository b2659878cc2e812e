"""From laboratory rows to samples: which rows are samples at all, and which of them can be judged.

A row that tells of no specimen (not done, preliminary, cancelled, entered in error) is no sample. A sample whose
result cannot be used is kept: it makes the difference between "nobody drew one" and "we cannot read it".
Source: clinical specification section 3.4, "Valid AFP record".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from milepost.core.censored_values import Interval, parse_result
from milepost.core.partial_dates import second_of_day, span, time_of
from milepost.core.units import known_factors, refusal_of_unit, standard_unit
from milepost.protocol import LabTest
from milepost.schema import TOMBSTONES

NO_DAY = np.iinfo(np.int64).min
_MARGIN = 1e-6
_NO_SAMPLE = ("PRELIMINARY", *TOMBSTONES)
EPOCH_ORDINAL = dt.date(1970, 1, 1).toordinal()
SiteFactors = Mapping[str, Mapping[str, Decimal]]
Source = tuple[int | None, int | None, str | None, int | None, int | None]


@dataclass(frozen=True)
class Samples:
    """The samples of one test, column by column; a sample is named by its position.

    `first_day` to `last_day`: the days its date may mean (days since 1970; NO_DAY without a date).
    `second`: second of the day at which it was drawn, -1 where no time is known.
    `why_unusable`: None for a valid record. `factor`: to the canonical unit, None where there is none.
    """

    rows: pd.DataFrame
    subject: np.ndarray
    first_day: np.ndarray
    last_day: np.ndarray
    second: np.ndarray
    valid: np.ndarray
    why_unusable: np.ndarray
    value: np.ndarray
    factor: np.ndarray

    def sources(self, positions: Sequence[int]) -> list[Source | None]:
        """The receipt of each sample: delivery, line, record key, occurrence, version; None for position -1."""
        names = ("DELIVERY", "SRCLINE", "RECKEY", "OCCURRENCE", "VERSION")
        columns = [
            self.rows[name].astype(object).where(self.rows[name].notna(), None).to_numpy() for name in names
        ]
        at = np.array([position for position in positions if position >= 0], dtype=np.int64)
        found = iter(list(zip(*(column[at] for column in columns), strict=True)))
        return [next(found) if position >= 0 else None for position in positions]


def to_samples(
    results: pd.DataFrame, *, specimens: tuple[str, ...], test: LabTest, site_factors: SiteFactors
) -> Samples:
    """The rows that are samples, with their value, days and validity.

    Needs the LB columns, the record columns, USABLE and UNUSABLE. A usable row still becomes an unusable sample
    where its date is partial, its unit missing or refused, its specimen not the rule's, its result no amount, or
    its amount outside the test's hard limits.
    """
    status = results["STATUS"]
    no_sample = status.isin(_NO_SAMPLE) | results["RETRACTED"].eq(True) | results["LBSTAT"].eq("NOT DONE")
    rows = results[~no_sample.to_numpy(bool)].reset_index(drop=True)
    first_day, last_day = _days(rows)
    value, lo, hi = _values(rows["LBORRES"])
    factor = _factors(rows, test, site_factors)
    impossible = _is_impossible(value, lo, hi, factor, test)
    why = _problems(rows, value, impossible, first_day, last_day, specimens, test)
    return Samples(
        rows=rows,
        subject=rows["USUBJID"].to_numpy(object),
        first_day=first_day,
        last_day=last_day,
        second=_seconds(rows["LBDTC"]),
        valid=np.array([reason is None for reason in why], dtype=bool),
        why_unusable=why,
        value=value,
        factor=factor,
    )


def _days(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """First and last day each date may mean: the day itself, or what a partial text spans."""
    first = to_days(rows["ADT"])
    last = first.copy()
    for position in np.flatnonzero(first == NO_DAY):
        meant = span(rows["LBDTC"].iat[position])
        if meant is not None:
            first[position], last[position] = (day.toordinal() - EPOCH_ORDINAL for day in meant)
    return first, last


def to_days(dates: pd.Series) -> np.ndarray:
    """Days since 1970 of a datetime64 column; NO_DAY where it is empty."""
    return pd.to_datetime(dates).to_numpy("datetime64[D]").astype(np.int64)


def _seconds(dates: pd.Series) -> np.ndarray:
    tails = dates.str.slice(10)
    seconds = {tail: second_of_day(time_of(tail)) for tail in tails.dropna().unique()}
    known = {tail: -1 if second is None else second for tail, second in seconds.items()}
    return tails.map(known).fillna(-1).to_numpy(np.int64)


def _values(texts: pd.Series) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What each result stands for, and its bounds as floats: near enough to look for the few that lie far out."""
    codes, unique = pd.factorize(texts)
    values = [*(parse_result(text) for text in unique), None]
    lo = np.array([np.nan if one is None else float(one.lo) for one in values])
    hi = np.array([np.inf if one is None or one.hi is None else float(one.hi) for one in values])
    return _objects(list(values))[codes], lo[codes], hi[codes]


def _objects(items: list[object]) -> np.ndarray:
    """A one-dimensional object array, whatever the items are (numpy would unpack tuples)."""
    array = np.empty(len(items), dtype=object)
    for position, item in enumerate(items):
        array[position] = item
    return array


def _factors(rows: pd.DataFrame, test: LabTest, site_factors: SiteFactors) -> np.ndarray:
    """Each row's exact factor to the canonical unit, by its site's laboratory."""
    site, sites = pd.factorize(rows["SITEID"])
    unit, units = pd.factorize(rows["LBORRESU"])
    table = np.empty((len(sites) + 1, len(units) + 1), dtype=object)
    for s, name in enumerate([*sites, None]):
        known = known_factors(test, site_factors.get(name, {}))
        table[s, :-1] = _objects([known.get(standard_unit(text)) for text in units])
    return table[site, unit]


def _problems(
    rows: pd.DataFrame,
    value: np.ndarray,
    impossible: np.ndarray,
    first_day: np.ndarray,
    last_day: np.ndarray,
    specimens: tuple[str, ...],
    test: LabTest,
) -> np.ndarray:
    """Why each sample cannot be used, None where it can; the first reason that holds."""
    units, specimen = rows["LBORRESU"], rows["LBSPEC"]
    accepted = {name.upper() for name in specimens}
    other = [text for text in specimen.dropna().unique() if text.strip().upper() not in accepted]
    refused = [unit for unit in units.dropna().unique() if refusal_of_unit(unit, test) is not None]
    reported = rows["UNUSABLE"].where(rows["UNUSABLE"].notna(), "QUARANTINED").to_numpy(object)
    checks: tuple[tuple[np.ndarray, object], ...] = (
        (~rows["USABLE"].eq(True).to_numpy(bool), reported),
        (rows["STATUS"].eq("REJECTED").to_numpy(bool), "REJECTED"),
        (first_day == NO_DAY, "NO_DATE"),
        (first_day != last_day, "PARTIAL_DATE"),
        (specimen.isin(other).to_numpy(bool), "SPECIMEN"),
        (units.isna().to_numpy(bool), "NO_UNIT"),
        (units.isin(refused).to_numpy(bool), "UNIT_REFUSED"),
        (np.array([item is None for item in value], dtype=bool), "RESULT"),
        (impossible, "IMPOSSIBLE"),
    )
    why = np.full(len(rows), None, dtype=object)
    for holds, reason in reversed(checks):
        why = np.where(holds, reason, why)
    return why


def _is_impossible(
    value: np.ndarray, lo: np.ndarray, hi: np.ndarray, factor: np.ndarray, test: LabTest
) -> np.ndarray:
    """Whether the whole interval lies outside the hard limits, which are in the canonical unit."""
    outside = np.zeros(len(value), dtype=bool)
    if test.hard is None:
        return outside
    lowest, highest = test.hard
    by = np.array([np.nan if one is None else float(one) for one in factor])
    # floats only find the few that need the exact comparison
    near = (lo * by >= float(highest) * (1 - _MARGIN)) | (hi * by <= float(lowest) * (1 + _MARGIN))
    for position in np.flatnonzero(near):
        amount: Interval = value[position].times(factor[position])
        above = amount.lo > highest or (amount.lo == highest and amount.lo_open)
        outside[position] = above or amount.lies_below(lowest)
    return outside

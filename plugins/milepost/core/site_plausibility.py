"""Patterns in what a site measures that chance seldom makes: final digits, repeated values, no spread, weekends.

A pattern is no proof of anything; it says where to look at source documents. Source: clinical specification, section
7.4 (central statistical monitoring).
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import pandas as pd

COUNTED = ("SITEID", "USUBJID", "COUNT", "OF")
LEAST_VALUES = 4  # equal values of one test in one patient before their lack of spread is counted
_PRESSURES = ("SYSBP", "DIABP")
_SATURDAY = 5


def count_zero_digits(vs: pd.DataFrame) -> pd.DataFrame:
    """Of each patient the readings of blood pressure (OF) and how many end in 0. Only whole numbers are readings."""
    pressures = vs[vs["VSTESTCD"].isin(_PRESSURES)]
    digits = pressures["VSORRES"].map(_last_digit)
    read = pressures[digits.notna()].assign(HIT=digits == 0)
    return _by_patient(read, read["HIT"])


def count_repeated_values(adlb: pd.DataFrame) -> pd.DataFrame:
    """Of each patient the pairs of consecutive results of a test (OF) and how many are alike to the last digit.

    Results are compared as reported, in the order of their days; several of one day are one (the first).
    """
    results = _series(adlb)
    before = results.groupby(["USUBJID", "PARAMCD"], sort=False, observed=True)["LBORRES"].shift(1)
    paired = before.notna()
    pairs = results[paired.to_numpy(bool)]
    return _by_patient(pairs, pairs["LBORRES"].eq(before[paired]))


def count_flat_series(adlb: pd.DataFrame) -> pd.DataFrame:
    """Of each patient the tests measured on at least LEAST_VALUES days (OF) and in how many all results are alike."""
    results = _series(adlb)
    keys = ["SITEID", "USUBJID", "PARAMCD"]
    found = results.groupby(keys, sort=True, observed=True)["LBORRES"].agg(["size", "nunique"]).reset_index()
    long = found[(found["size"] >= LEAST_VALUES).to_numpy(bool)]
    return _by_patient(long, long["nunique"].eq(1))


def count_weekend_visits(vs: pd.DataFrame) -> pd.DataFrame:
    """Of each patient the days with vital signs (OF) and how many were a Saturday or Sunday."""
    days = vs.dropna(subset=["ADT"]).drop_duplicates(["USUBJID", "ADT"])
    return _by_patient(days, days["ADT"].dt.dayofweek >= _SATURDAY)


def _series(adlb: pd.DataFrame) -> pd.DataFrame:
    """Reported results by patient, test and day, one a day; computed rows are left out."""
    reported = adlb[(adlb["LBORRES"].notna() & adlb["ADT"].notna() & adlb["DTYPE"].isna()).to_numpy(bool)]
    order = ["USUBJID", "PARAMCD", "ADT", "ADTM", "RECKEY"]
    ordered = reported.sort_values(order, kind="stable")
    ordered = ordered.drop_duplicates(["USUBJID", "PARAMCD", "ADT"])
    return ordered[["SITEID", "USUBJID", "PARAMCD", "LBORRES"]].reset_index(drop=True)


def _by_patient(rows: pd.DataFrame, hit: pd.Series) -> pd.DataFrame:
    """COUNT of hits and OF rows, by site and patient."""
    counted = rows[["SITEID", "USUBJID"]].assign(COUNT=np.asarray(hit, dtype=int), OF=1)
    return counted.groupby(["SITEID", "USUBJID"], sort=True)[["COUNT", "OF"]].sum().reset_index()


def _last_digit(text: Any) -> float:
    """The last digit of a whole number; NaN of anything else."""
    try:
        number = Decimal(str(text).strip())
    except InvalidOperation:
        return float("nan")
    if not number.is_finite() or number != number.to_integral_value():
        return float("nan")
    return float(abs(int(number)) % 10)

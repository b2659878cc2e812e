"""Blood pressure of each line of therapy: the highest reading on treatment, and how often it was high.

A reading is one of systolic and diastolic pressure by itself: the two need not be of one moment. A single high reading
grades no adverse event, so on how many days it was high is counted too. Source: clinical specification, sections 4.3
(worst of a confirmed pair) and 7.2.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd

from milepost.core.censored_values import parse_result
from milepost.core.checkpoint_samples import NO_DAY, to_days
from milepost.core.lab_periods import to_line_order, to_periods
from milepost.core.samples import NO_SAMPLE
from milepost.core.units import standard_unit

TESTS = ("SYSBP", "DIABP")
READING_COLUMNS = ("USUBJID", "LINE", "VSTESTCD", "ADT", "ADY", "BEFORE", "MMHG")
COLUMNS = (
    "USUBJID", "LINE", "SYSBL", "DIABL", "HIGHBLFL", "SYSMAX", "SYSMAXDY", "DIAMAX", "DIAMAXDY", "HIGHFL", "HIGHDAYS",
)  # fmt: skip
# the conventional millimetre of mercury in kilopascal
_FACTORS = {"mmhg": Decimal(1), "kpa": 1 / Decimal("0.133322387415"), "千帕": 1 / Decimal("0.133322387415")}


def select_readings(
    vs: pd.DataFrame, lines: pd.DataFrame, *, as_of: dt.date, after_days: int
) -> pd.DataFrame:
    """The readings before first dose and on treatment, by subject, line, test and day.

    vs: record frame of vital signs; lines: as `derive_lines` gives them. On treatment: after first dose and up to
    `after_days` after the last one; on the day of first dose a reading counts as before it unless both times are known.
    Columns: USUBJID LINE VSTESTCD (SYSBP, DIABP) ADT ADY BEFORE (of the first dose) MMHG (Decimal). Preliminary and
    cancelled records are no readings; one without a full date, an exact number or a known unit cannot be read.
    """
    drawn = vs[vs["VSTESTCD"].isin(TESTS)] if "VSTESTCD" in vs else vs
    if drawn.empty or lines.empty:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in READING_COLUMNS})
    void = drawn["STATUS"].isin(NO_SAMPLE) | drawn["RETRACTED"].eq(True) | drawn["ADT"].isna()
    drawn = drawn[~void.to_numpy(bool) & (drawn["ADT"] <= pd.Timestamp(as_of)).to_numpy(bool)]
    drawn = drawn.reset_index(drop=True)
    started = lines.assign(FIRSTDOSE=lines["FIRSTDOSE"].where(lines["FIRSTDOSE"] <= pd.Timestamp(as_of)))
    ordered = to_line_order(started)
    periods = to_periods(drawn.rename(columns={"VSDTC": "LBDTC"}), started, ordered)
    last = to_days(started["LASTDOSE"])
    open_end = started["ONGOING"].eq(True).to_numpy(bool) | (last == NO_DAY)
    until = np.where(open_end, np.iinfo(np.int64).max, np.where(open_end, 0, last) + after_days)
    treated = (periods.line >= 0) & (periods.ady != 0)
    kept = treated & (periods.before_dose | (periods.day <= until[periods.line]))
    read = drawn.assign(
        LINE=started["LINE"].to_numpy()[periods.line], ADY=periods.ady, BEFORE=periods.before_dose,
        MMHG=_pressures(drawn),
    )  # fmt: skip
    read = read[kept & read["MMHG"].notna().to_numpy(bool)]
    order = ["USUBJID", "LINE", "VSTESTCD", "ADT", "VSDTC", "RECKEY"]
    return read.sort_values(order, kind="stable", ignore_index=True)[list(READING_COLUMNS)]


def summarise_pressure(readings: pd.DataFrame, *, limits: tuple[int, int]) -> pd.DataFrame:
    """One row a subject and line: COLUMNS, from `select_readings`.

    limits: from which systolic and diastolic pressure (mmHg) on a reading is high. SYSBL, DIABL: the last reading
    before first dose; SYSMAX, DIAMAX: the highest on treatment, with the study day on which it was first reached.
    HIGHBLFL, HIGHFL: Y where either is high at baseline, on treatment; N where both were measured and neither is; empty
    where one of them is not known and the other is not high. HIGHDAYS: days on treatment with a high reading.
    """
    of = {
        (t, b): readings[(readings["VSTESTCD"] == t) & (readings["BEFORE"].eq(b))]
        for t in TESTS
        for b in (True, False)
    }
    people = readings[["USUBJID", "LINE"]].drop_duplicates(ignore_index=True)
    keys = ["USUBJID", "LINE"]
    for test, name in zip(TESTS, ("SYS", "DIA"), strict=True):
        before = of[test, True].drop_duplicates(keys, keep="last")[[*keys, "MMHG"]]
        people = people.merge(
            before.rename(columns={"MMHG": f"{name}BL"}), on=keys, how="left", validate="1:1"
        )
        after = of[test, False].sort_values([*keys, "MMHG", "ADY"], ascending=[True, True, False, True])
        highest = after.drop_duplicates(keys)[[*keys, "MMHG", "ADY"]]
        named = {"MMHG": f"{name}MAX", "ADY": f"{name}MAXDY"}
        people = people.merge(highest.rename(columns=named), on=keys, how="left", validate="1:1")
    limit = dict(zip(TESTS, limits, strict=True))
    measured = zip(readings["VSTESTCD"], readings["MMHG"], strict=True)
    high = np.array([pressure >= limit[test] for test, pressure in measured], dtype=bool)
    days = readings[high & ~readings["BEFORE"].to_numpy(bool)].groupby(keys)["ADT"].nunique()
    counted = days.rename("HIGHDAYS").reset_index()
    people = people.merge(counted, on=keys, how="left", validate="1:1")
    return people.assign(
        HIGHBLFL=_flags(people["SYSBL"], people["DIABL"], limits),
        HIGHFL=_flags(people["SYSMAX"], people["DIAMAX"], limits),
        HIGHDAYS=people["HIGHDAYS"].fillna(0).astype(int),
        SYSMAXDY=people["SYSMAXDY"].astype("Int64"),
        DIAMAXDY=people["DIAMAXDY"].astype("Int64"),
    )[list(COLUMNS)]


def _pressures(rows: pd.DataFrame) -> pd.Series:
    """Exact pressures in mmHg, None where the text is no number or the unit not known; each text read once."""
    units = {
        unit: _FACTORS.get(standard_unit(unit).casefold()) for unit in rows["VSORRESU"].dropna().unique()
    }
    texts = {text: parse_result(text) for text in rows["VSORRES"].dropna().unique()}
    read = []
    for text, unit in zip(rows["VSORRES"], rows["VSORRESU"], strict=True):
        value, factor = texts.get(text), units.get(unit)
        exact = value is not None and factor is not None and value.is_exact
        read.append(value.lo * factor if exact and value is not None and factor is not None else None)
    return pd.Series(read, index=rows.index, dtype=object)


def _flags(systolic: pd.Series, diastolic: pd.Series, limits: tuple[int, int]) -> pd.Series:
    found: list[str | None] = []
    for pair in zip(systolic, diastolic, strict=True):
        known = [(value, limit) for value, limit in zip(pair, limits, strict=True) if not pd.isna(value)]
        high = any(value >= limit for value, limit in known)
        found.append("Y" if high else "N" if len(known) == len(limits) else None)
    return pd.Series(found, index=systolic.index, dtype=object)

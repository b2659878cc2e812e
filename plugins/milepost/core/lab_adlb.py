"""The analysis frame of laboratory results, and the worst grade and shift in it.

Source: clinical specification, sections 4.2 and 7.2 (shift: baseline grade x worst grade on treatment).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from milepost.core.checkpoint_samples import NO_DAY, to_days
from milepost.core.corrected_calcium import CORRECTED
from milepost.core.exact_numbers import only
from milepost.core.lab_amounts import CANONICAL
from milepost.core.lab_entries import HIGH, LOW, NORMAL, Entries
from milepost.core.lab_grades import NOTE, Context, Graded
from milepost.core.lab_grading import WHY

_RANGES = {LOW: "LOW", NORMAL: "NORMAL", HIGH: "HIGH"}
_SHOWN = 12  # significant digits of a change or multiple: beyond them stands only the noise of a float
GRADES = range(5)
_SHIFTS = [f"{before} to {after}" for before in ("missing", *GRADES) for after in GRADES]


def to_adlb(
    entries: Entries, records: pd.DataFrame, lines: pd.DataFrame, low: Graded, high: Graded, context: Context,
    labels: Mapping[str, str], lab_days: int,
) -> pd.DataFrame:  # fmt: skip
    """The frame that `derive_lab_toxicity` describes."""
    order = _order(entries, records, lines, context)
    line, amounts, periods = entries.periods.line, entries.amounts, entries.periods
    base = np.where(
        (context.baseline >= 0) & (amounts.unit_key == amounts.unit_key[context.baseline]),
        context.baseline,
        -1,
    )
    on_treatment = _is_on_treatment(entries, lines, lab_days)
    # the calcium's own row carries the grade: the corrected one beside it is not counted a second time
    counts = ~_is_test(entries, CORRECTED, context)
    limits_hold = ~amounts.reversed_range
    text = {
        name: records[name].to_numpy(object) for name in ("SITEID", "LBORRES", "LBORRESU", "VISIT", "RECKEY")
    }
    adt = records["ADT"].to_numpy("datetime64[ns]")
    canonical = amounts.unit_key == CANONICAL
    value = amounts.value.near
    base_value = amounts.value.take(base).where(base >= 0)
    change = value - base_value.near
    cell = text["LBORRES"][entries.at]
    columns: dict[str, object] = {
        "USUBJID": records["USUBJID"].to_numpy(object)[entries.at],
        "SITEID": text["SITEID"][entries.at],
        "LINE": _int(_line_numbers(lines, line), "Int16"),
        "ARMCD": only(_at(lines, "ARMCD", line), line >= 0),
        "PARAMCD": _words(entries.test, context.codes),
        "PARAM": _words(entries.test, [labels.get(code, code) for code in context.codes]),
        "AVAL": only(amounts.value.exact, canonical),
        "AVALC": only(cell, ~(entries.derived | (canonical & ~np.isnan(value)))),
        "AVALU": _units(entries, context, canonical),
        "LBORRES": only(cell, ~entries.derived),
        "LBORRESU": only(text["LBORRESU"][entries.at], ~entries.derived),
        "ADT": adt[entries.at],
        "ADTM": _times(records["LBDTC"])[entries.at],
        "ADY": _int(periods.ady, "Int32", 0),
        "VISIT": text["VISIT"][entries.at],
        "ANRLO": only(amounts.lln.exact, canonical),
        "ANRHI": only(amounts.uln.exact, canonical),
        "ANRIND": _words(_range_codes(entries.range), list(_RANGES.values())),
        "BASE": only(base_value.exact, canonical),
        "BNRIND": _words(np.where(base >= 0, _range_codes(entries.range[base]), -1), list(_RANGES.values())),
        "ABLFL": _flag(context.is_baseline),
        "CHG": _rounded(np.where(canonical & ~periods.before_dose, change, np.nan)),
        "PCHG": _rounded(_ratio(np.where(periods.before_dose, np.nan, change * 100), base_value.near)),
        "XULN": _rounded(np.where(limits_hold, _ratio(value, amounts.uln.near), np.nan)),
        "XLLN": _rounded(np.where(limits_hold, _ratio(value, amounts.lln.near), np.nan)),
        "XBL": _rounded(_ratio(np.where(periods.before_dose, np.nan, value), base_value.near)),
    }
    grades = {}
    for side, graded in (("L", low), ("H", high)):
        grades[side] = _after_dose(graded.highest, periods.before_dose)
        before, counted = _of(graded.counted, base), _after_dose(graded.counted, periods.before_dose)
        counted = np.where(counts, counted, np.int8(-1))
        shift = np.where(counted >= 0, (before + 1) * len(GRADES) + counted, -1)
        columns |= {
            f"ATOXDSC{side}": _words(graded.term, graded.names),
            f"ATOXGR{side}": _int(grades[side]),
            f"GRMIN{side}": _int(_after_dose(graded.lowest, periods.before_dose)),
            f"GRMAX{side}": _int(grades[side]),
            f"BTOXGR{side}": _int(before),
            f"WORST{side}FL": _flag(_is_worst(entries, counted, on_treatment, order, context)),
            f"SHIFT{side}": _words(shift, _SHIFTS),
            f"REASON{side}": _words(_reason_codes(graded, entries) - 1, WHY[1:]),
        }
    reason_low, reason_high = _reason_codes(low, entries), _reason_codes(high, entries)
    # a grade that needs neither limit stands, however the two contradict each other
    hangs = np.maximum(low.highest, high.highest) != np.maximum(low.unlimited, high.unlimited)
    columns |= {
        "ATOXGR": _int(np.maximum(grades["L"], grades["H"])),
        "ONTRTFL": _flag(on_treatment),
        "REASON": _words(np.where(reason_low > 0, reason_low, reason_high) - 1, WHY[1:]),
        "NOTE": _notes(low.note | high.note | context.note),
        "DTYPE": _words(np.where(entries.derived, 0, -1), ["DERIVED"]),
        "DATAERR": only(
            np.full(len(entries), "LB-RANGE-REVERSED", dtype=object), amounts.reversed_range & hangs
        ),
        "SRC": _sources(entries, text["RECKEY"]),
        "RECKEY": text["RECKEY"][entries.at],
        "DELIVERY": records["DELIVERY"].to_numpy()[entries.at],
        "SRCLINE": records["SRCLINE"].to_numpy()[entries.at],
    }
    return pd.DataFrame({name: _ordered(column, order) for name, column in columns.items()}, copy=False)


def _ordered(column: object, order: np.ndarray) -> object:
    return column[order]  # type: ignore[index]


def _order(entries: Entries, records: pd.DataFrame, lines: pd.DataFrame, context: Context) -> np.ndarray:
    """By subject, line, test, day, time; what is alike by the place of its source, so that no order is left open."""
    subject = pd.factorize(records["USUBJID"], sort=True)[0][entries.at]
    number = _line_numbers(lines, entries.periods.line)
    rank = (
        np.argsort(np.argsort(np.array(context.codes, dtype=object))) if context.codes else np.zeros(0, int)
    )
    test = np.where(entries.test >= 0, rank[entries.test], len(rank)) if len(rank) else entries.test
    source = [records[name].to_numpy(np.int64)[entries.at] for name in ("SRCLINE", "DELIVERY")]
    keys = (*source, entries.periods.second, entries.periods.day, test, number, subject)
    order = np.lexsort(keys)
    # the record's name decides what is still alike; to rank a million names for that would be dear
    if _all_alike(keys, order).any():
        order = np.lexsort((pd.factorize(records["RECKEY"], sort=True)[0][entries.at], *keys))
    return order


def _all_alike(keys: tuple[np.ndarray, ...], order: np.ndarray) -> np.ndarray:
    """Which rows in this order equal the one before them in every key."""
    alike = np.ones(max(len(order) - 1, 0), dtype=bool)
    for key in keys:
        alike &= key[order[1:]] == key[order[:-1]]
    return alike


def _is_on_treatment(entries: Entries, lines: pd.DataFrame, lab_days: int) -> np.ndarray:
    """From first dose (after dosing) to so many days after the last dose; without end while dosing goes on."""
    line = entries.periods.line
    last = to_days(lines["LASTDOSE"]) if len(lines) else np.zeros(0, np.int64)
    open_end = lines["ONGOING"].eq(True).to_numpy(bool) | (last == NO_DAY)
    until = np.where(open_end, np.iinfo(np.int64).max, np.where(last == NO_DAY, 0, last) + lab_days)
    if not len(lines):
        return np.zeros(len(entries), dtype=bool)
    return ~entries.periods.before_dose & (line >= 0) & (entries.periods.day <= until[line])


def _is_worst(
    entries: Entries, grade: np.ndarray, on_treatment: np.ndarray, order: np.ndarray, context: Context
) -> np.ndarray:
    """The first row, in the frame's order, that has the highest grade of its line and test on treatment."""
    rows = order[on_treatment[order] & (grade[order] >= 0)]
    key = entries.periods.line[rows] * len(context.codes) + entries.test[rows]
    ranked = rows[np.lexsort((-grade[rows].astype(np.int64), key))]
    key = entries.periods.line[ranked] * len(context.codes) + entries.test[ranked]
    worst = np.zeros(len(entries), dtype=bool)
    worst[ranked[np.append(True, key[1:] != key[:-1])[: len(ranked)]]] = True
    return worst


def _reason_codes(graded: Graded, entries: Entries) -> np.ndarray:
    """Why there is no grade; for a row before first dose that it is one, whatever its baseline grade."""
    why = graded.why.astype(np.int16)
    has_term = graded.term >= 0
    pre_dose = WHY.index("PRE_DOSE"), WHY.index("NOT_TREATED")
    before = entries.periods.before_dose & has_term
    return np.where(before, np.where(entries.periods.ady == 0, pre_dose[1], pre_dose[0]), why)


def _after_dose(grade: np.ndarray, before_dose: np.ndarray) -> np.ndarray:
    return np.where(before_dose, np.int8(-1), grade)


def _of(grade: np.ndarray, at: np.ndarray) -> np.ndarray:
    return np.where(at >= 0, grade[at], np.int8(-1))


def _at(lines: pd.DataFrame, name: str, line: np.ndarray) -> np.ndarray:
    """The value of each entry's line; of no meaning where the entry has none."""
    if not len(lines):
        return np.full(len(line), None, dtype=object)
    return np.asarray(lines[name].to_numpy(object)[line])


def _line_numbers(lines: pd.DataFrame, line: np.ndarray) -> np.ndarray:
    """Number of each entry's line, -1 where it has none."""
    return np.where(line >= 0, _at(lines, "LINE", line), -1).astype(np.int64)


def _is_test(entries: Entries, code: str, context: Context) -> np.ndarray:
    number = context.codes.index(code) if code in context.codes else -2
    return np.asarray(entries.test == number)


def _notes(notes: np.ndarray) -> pd.Categorical:
    """The words of each sum of notes; several with a blank between them."""
    codes, sums = pd.factorize(notes)
    words = [" ".join(word for word, bit in NOTE.items() if bit & total) for total in sums.tolist()]
    return _words(np.append(codes, -1)[:-1], words).remove_categories([word for word in words if not word])


def _sources(entries: Entries, keys: np.ndarray) -> np.ndarray:
    """Both records of a computed row; None for a reported one, whose record is RECKEY."""
    found = np.full(len(entries), None, dtype=object)
    for row in np.flatnonzero(entries.derived).tolist():
        found[row] = tuple(f"LB|{keys[at]}" for at in (entries.at[row], entries.second[row]))
    return found


def _units(entries: Entries, context: Context, canonical: np.ndarray) -> pd.Categorical:
    """The canonical unit of each entry's test; none where its own unit has no factor."""
    units = [context.tests[code].unit if code in context.tests else None for code in context.codes]
    if CORRECTED in context.codes:
        units[context.codes.index(CORRECTED)] = "mmol/L"
    place = np.array([-1 if unit is None else number for number, unit in enumerate(units)], dtype=np.int64)
    known = canonical & (entries.test >= 0)
    return _words(
        np.where(known, place[entries.test], -1) if len(place) else entries.test,
        [unit or "" for unit in units],
    )


def _range_codes(ranges: np.ndarray) -> np.ndarray:
    return np.where(np.isin(ranges, list(_RANGES)), ranges + 1, -1)


def _words(codes: np.ndarray, words: list[str] | tuple[str, ...]) -> pd.Categorical:
    """A column of few words; -1 is none. Equal words are one category."""
    distinct = list(dict.fromkeys(words))
    place = np.array([*(distinct.index(word) for word in words), -1], dtype=np.int16)
    return pd.Categorical.from_codes(place[codes], categories=distinct)


def _int(values: np.ndarray, dtype: str = "Int8", nothing: int = -1) -> pd.arrays.IntegerArray:
    small = np.asarray(values).astype(dtype.lower())
    missing = small == nothing
    return pd.arrays.IntegerArray(np.where(missing, 0, small).astype(dtype.lower()), missing)


def _times(dates: pd.Series) -> np.ndarray:
    """The time of day in each date text, None where there is none."""
    times = np.empty(len(dates), dtype=object)
    times[:] = [text[11:] or None if isinstance(text, str) else None for text in dates.to_numpy(object)]
    return times


def _flag(holds: np.ndarray) -> pd.Categorical:
    return pd.Categorical.from_codes(np.where(holds, 0, -1).astype(np.int8), categories=["Y"])


def _ratio(values: np.ndarray, by: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(by > 0, values / by, np.nan)


def _rounded(values: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        digits = _SHOWN - 1 - np.floor(np.log10(np.abs(values)))
    scale = np.power(10.0, np.where(np.isfinite(digits), np.clip(digits, -15, 15), 0))
    return np.asarray(np.round(values * scale) / scale)

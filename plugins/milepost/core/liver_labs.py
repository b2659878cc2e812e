"""Laboratory results as the liver rules read them: exact amounts, the report's own limit, and the line they fall in.

A result is the range it may stand for (`<3`, `>1000`), in one unit for each test whatever the study computes in, and in
multiples of the upper limit printed on the same report. Source: clinical specification sections 3.3, 3.4, 4.1 and 5.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from milepost.core.baseline import is_before_first_dose
from milepost.core.censored_values import Interval, parse_result
from milepost.core.checkpoint_samples import NO_DAY, to_days
from milepost.core.partial_dates import second_of_day, time_of
from milepost.core.samples import NO_SAMPLE
from milepost.core.units import known_factors, standard_unit
from milepost.protocol import StudyProtocol

_ONE = Fraction(1)
_CELLS = {"10^3/uL": _ONE}
_ENZYME = ("U/L", {"IU/L": _ONE})
# Test -> the unit its formulas are written in, and what other units are worth in it (section 4.1).
FORMULA_UNITS: dict[str, tuple[str, dict[str, Fraction]]] = {
    "ALT": _ENZYME, "AST": _ENZYME, "ALP": _ENZYME,
    "BILI": ("umol/L", {"mg/dL": Fraction("17.1")}),
    "ALB": ("g/L", {"g/dL": Fraction(10)}),
    "CREAT": ("umol/L", {"mg/dL": Fraction("88.4")}),
    "SODIUM": ("mmol/L", {"mEq/L": _ONE}),
    "INR": ("1", {}),
    "PT": ("s", {"sec": _ONE}),
    "NEUT": ("10^9/L", _CELLS), "LYM": ("10^9/L", _CELLS), "PLAT": ("10^9/L", _CELLS),
    "CRP": ("mg/L", {"mg/dL": Fraction(10)}),
    "AFP": ("ng/mL", {"ug/L": _ONE}),
}  # fmt: skip
_BLOOD = ("SERUM", "PLASMA", "BLOOD", "血清", "血浆", "全血", "静脉血")
_LATER = np.iinfo(np.int64).max


class Amount(NamedTuple):
    """What one report says. lo, hi: bounds in the formula's unit (hi None: no limit; lo None: no factor for its unit);
    an open bound is itself left out. uln: upper limit in the formula's unit. times_lo, times_hi: bounds in multiples
    of that limit (None: no limit known), which need no unit. reported, unit: the result as reported."""

    lo: Fraction | None
    hi: Fraction | None
    lo_open: bool
    hi_open: bool
    uln: Fraction | None
    times_lo: Fraction | None
    times_hi: Fraction | None
    reported: Interval
    unit: str | None

    @property
    def is_exact(self) -> bool:
        """One value, not a range."""
        return self.reported.is_exact

    @property
    def known(self) -> Fraction | None:
        """The value; of a range the bound that was reported."""
        return self.hi if self.reported.is_below_limit else self.lo

    @property
    def times_known(self) -> Fraction | None:
        """The same in multiples of the upper limit."""
        return self.times_hi if self.reported.is_below_limit else self.times_lo


@dataclass(frozen=True)
class LiverLabs:
    """Results within lines of therapy.

    rows: USUBJID, POS (row of `lines`), CODE (test), DAY (days since 1970), SECOND (of the day, -1 unknown), BEFORE
    (drawn before the line's first dose), RECKEY, SOURCE (LB|RECKEY), AMOUNT (place in `amounts`). known, times: of
    each amount as numbers, NaN where there is none. lines: those begun by the cut-off, and one for each subject not
    yet treated.
    """

    rows: pd.DataFrame
    amounts: list[Amount]
    known: np.ndarray
    times: np.ndarray
    lines: pd.DataFrame


def order_lines(lines: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Lines of therapy in order of time with FIRST (day of first dose, NO_DAY: not treated by the cut-off), DOSESECOND,
    and NEXT (first day of the line that follows).

    Of a subject treated by the cut-off the lines begun by then; of any other the first one, without a first dose.
    """
    first = to_days(lines["FIRSTDOSE"])
    begun = (first != NO_DAY) & (first <= dt_day(as_of))
    told = lines.assign(FIRST=np.where(begun, first, NO_DAY), WAITS=~begun)
    told = told.sort_values(["USUBJID", "WAITS", "FIRST", "LINE"], ignore_index=True)
    kept = told[~told["WAITS"] | ~told.duplicated("USUBJID")].reset_index(drop=True)
    second = [second_of_day(time) for time in kept["FIRSTDOSETM"]]
    follows = kept["USUBJID"].eq(kept["USUBJID"].shift(-1)).to_numpy(bool)
    after = np.append(kept["FIRST"].to_numpy(np.int64)[1:], _LATER)[: len(kept)]
    return kept.assign(
        DOSESECOND=np.array([-1 if s is None else s for s in second], dtype=np.int64),
        NEXT=np.where(follows, after, _LATER),
    )


def dt_day(day: dt.date) -> int:
    """Days since 1970."""
    return (day - dt.date(1970, 1, 1)).days


def place_in_lines(
    subjects: pd.Series, day: np.ndarray, second: np.ndarray, lines: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Row of `lines` each record falls in (-1: no such subject), and whether it lies before that line's first dose.

    A line reaches from its first dose up to the next line's; what lies before the first line belongs to it. On the
    day of first dose a record counts as before it unless both times are known and say otherwise.
    """
    names = lines["USUBJID"].drop_duplicates()
    start = names.index.to_numpy(np.int64)
    subject = pd.Index(names).get_indexer(subjects)
    of_line = np.repeat(np.arange(len(start)), np.diff(np.append(start, len(lines))))
    wide = np.int64(1) << 32
    first = lines["FIRST"].to_numpy(np.int64)
    begins = of_line * wide + np.where(first == NO_DAY, (wide >> 1) - 1, first + (wide >> 2))
    at = np.searchsorted(begins, subject * wide + day + (wide >> 2), side="right") - 1
    known = subject >= 0
    position = np.where(known, np.maximum(at, start[subject] if len(start) else 0), -1)
    dose = first[position] if len(first) else np.full(len(day), NO_DAY)
    treated = known & (dose != NO_DAY)
    apart = np.where(treated, day - np.where(treated, dose, 0), -1)
    ady = np.where(apart >= 0, apart + 1, apart)
    dose_second = lines["DOSESECOND"].to_numpy(np.int64)[position] if len(first) else second
    before = is_before_first_dose(ady, second, dose_second, same_day="BEFORE_DOSE_OR_UNKNOWN")
    return position, before


def select_liver_labs(
    labs: pd.DataFrame, lines: pd.DataFrame, codes: Sequence[str], *, protocol: StudyProtocol, as_of: dt.date
) -> LiverLabs:
    """The usable results of these tests up to the cut-off, each within its line.

    labs: record frame of LB; lines: as `derive_lines` gives them. Left out: preliminary, cancelled, mistaken and
    rejected results, tests not done, other specimens than blood, results that are no amount, incomplete dates (the
    gate asks about all of these), and subjects without a line (the gate asks who they are).
    """
    ordered = order_lines(lines, as_of)
    rows = labs[_usable(labs, codes, as_of)]
    code, amounts = _amounts(rows, protocol)
    read = code >= 0
    rows, code = rows[read], code[read]
    day = to_days(rows["ADT"])
    tails = rows["LBDTC"].str.slice(10)
    seconds = {tail: second_of_day(time_of(tail)) for tail in tails.dropna().unique()}
    second = tails.map({tail: -1 if s is None else s for tail, s in seconds.items()}).fillna(-1)
    second = second.to_numpy(np.int64)
    position, before = place_in_lines(rows["USUBJID"], day, second, ordered)
    found = pd.DataFrame(
        {
            "USUBJID": rows["USUBJID"].to_numpy(object), "POS": position, "CODE": rows["LBTESTCD"].to_numpy(object),
            "DAY": day, "SECOND": second, "BEFORE": before, "RECKEY": rows["RECKEY"].to_numpy(object), "AMOUNT": code,
            "SOURCE": ("LB|" + rows["RECKEY"].astype(str)).to_numpy(object),
        }
    )  # fmt: skip
    found = found[found["POS"] >= 0].reset_index(drop=True)
    known = np.array([_number(one.known) for one in amounts], dtype=float)
    times = np.array([_number(one.times_known) for one in amounts], dtype=float)
    return LiverLabs(found, amounts, known, times, ordered)


def _number(value: Fraction | None) -> float:
    return np.nan if value is None else float(value)


def _usable(labs: pd.DataFrame, codes: Sequence[str], as_of: dt.date) -> np.ndarray:
    mine = labs["LBTESTCD"].isin(codes).to_numpy(bool)
    status = labs["STATUS"].isin((*NO_SAMPLE, "REJECTED")) | labs["RETRACTED"].eq(True)
    specimens = [
        text
        for text in labs["LBSPEC"].dropna().unique()
        if not any(word in text.upper() for word in _BLOOD) or "URIN" in text.upper()
    ]
    other = labs["LBSPEC"].isin(specimens)
    seen = labs["ADT"].notna() & (labs["ADT"] <= pd.Timestamp(as_of))
    return mine & (seen & ~status & ~other & labs["LBORRES"].notna()).to_numpy(bool)


def _amounts(rows: pd.DataFrame, protocol: StudyProtocol) -> tuple[np.ndarray, list[Amount]]:
    """Each row's amount, as a place in the list of different ones; -1 where the result is no amount."""
    factors = _factors(rows, protocol)
    units = pd.MultiIndex.from_frame(rows[["LBTESTCD", "LBORRESU"]])
    foreign = ~units.isin(list(factors)) if len(rows) else np.zeros(0, bool)
    # a unit that only the site's own factors know: the number the intake made of it
    own = rows["LBSTRESN"].where(foreign, None).to_numpy(object)
    parts = [rows[name] for name in ("LBTESTCD", "LBORRES", "LBORRESU", "LBORNRHI")]
    parts += [pd.Series(own, index=rows.index), rows["LBSTRESU"].where(foreign, None)]
    key, texts = _combined(parts)
    made = [_amount(text, factors, protocol) for text in texts]
    place = np.cumsum([one is not None for one in made]) - 1
    place = np.where([one is not None for one in made], place, -1) if made else np.zeros(0, np.int64)
    return place[key] if len(key) else np.zeros(0, np.int64), [one for one in made if one is not None]


def _combined(columns: Sequence[pd.Series]) -> tuple[np.ndarray, list[tuple[Any, ...]]]:
    """Each row's place among the different combinations of the columns, and those combinations."""
    key = np.zeros(len(columns[0]), dtype=np.int64)
    codes, words = [], []
    for column in columns:
        code, found = pd.factorize(column.astype(object))
        codes.append(code)
        words.append([*found, None])
        key = key * (len(found) + 1) + (code + 1)
        # close up again, so that the product of many columns stays small
        key = pd.factorize(key)[0].astype(np.int64)
    first = np.full(int(key.max()) + 1 if len(key) else 0, -1, dtype=np.int64)
    first[key[::-1]] = np.arange(len(key))[::-1]
    return key, [
        tuple(word[code[row]] for code, word in zip(codes, words, strict=True)) for row in first.tolist()
    ]


def _factors(rows: pd.DataFrame, protocol: StudyProtocol) -> dict[tuple[str, str | None], Fraction]:
    """Of each test and unit that occurs, the factor to the formula's unit; without an entry, none is known."""
    tests = {test.code: test for test in protocol.tests}
    found: dict[tuple[str, str | None], Fraction] = {}
    for code, unit in rows[["LBTESTCD", "LBORRESU"]].drop_duplicates().itertuples(index=False):
        wanted, others = FORMULA_UNITS[code]
        worth = {wanted: _ONE, **others}
        spelt = None if not isinstance(unit, str) else standard_unit(unit)
        test = tests.get(code)
        if code == "INR":  # a ratio, however it is written
            found[code, unit] = _ONE
        elif spelt in worth:
            found[code, unit] = worth[spelt]
        elif spelt is not None and test is not None and standard_unit(test.unit) in worth:
            factor = known_factors(test).get(spelt)
            if factor is not None:
                found[code, unit] = Fraction(factor) * worth[standard_unit(test.unit)]
    return found


def _amount(
    texts: tuple[Any, ...], factors: dict[tuple[str, str | None], Fraction], protocol: StudyProtocol
) -> Amount | None:
    code, result, unit, limit, number, number_unit = texts
    reported = parse_result(result)
    if reported is None:
        return None
    lo, hi = Fraction(reported.lo), None if reported.hi is None else Fraction(reported.hi)
    upper = parse_result(limit) if isinstance(limit, str) else None
    uln = Fraction(upper.hi) if upper is not None and upper.hi else None
    factor = factors.get((code, unit))
    if factor is None and number is not None and lo > 0 and isinstance(number_unit, str):
        wanted, others = FORMULA_UNITS[code]
        worth = {wanted: _ONE, **others}.get(standard_unit(number_unit))
        factor = None if worth is None else Fraction(number) * worth / lo
    times = None if uln is None else 1 / uln
    return Amount(
        None if factor is None else lo * factor,
        None if factor is None or hi is None else hi * factor,
        reported.lo_open,
        reported.hi_open,
        None if factor is None or uln is None else uln * factor,
        None if times is None else lo * times,
        None if times is None or hi is None else hi * times,
        reported,
        None if not isinstance(unit, str) else standard_unit(unit),
    )

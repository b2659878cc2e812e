"""From a domain's frame to the narrow frame the rules see: only the columns they name, in the dtypes that are fast.

Narrow, because every rule filters the whole frame again; categories and datetime64[ns], because anything else is
handled value by value in Python. Cross-table facts become columns here, so that every rule is an ordinary one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation

import numpy as np
import pandas as pd

from milepost.core.partial_dates import span
from milepost.intake.gate.columns import ANNOTATIONS, CODE, EMPTY, FIRST, LAST, NUMBER, WORD
from milepost.intake.gate.facts import Facts
from milepost.protocol.words import fold
from milepost.schema import DOMAINS, TOMBSTONES

OK = "OK"
# a correction repeats the time of what it corrects; it is no second sample
_NO_SECOND_SAMPLE = (*TOMBSTONES, "PRELIMINARY", "CORRECTED", "AMENDED", "REJECTED")


def prepare_rows(domain: str, rows: pd.DataFrame, columns: Iterable[str], facts: Facts) -> pd.DataFrame:
    """The columns the rules need, one row a row of the domain's frame, RangeIndex.

    rows: a domain frame of the reader.
    """
    rows = counted_from_zero(rows)
    made = {name: _column(domain, rows, name, facts) for name in columns}
    return pd.DataFrame(made, index=pd.RangeIndex(len(rows)), copy=False)


def counted_from_zero(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows under positions from 0; the very frame where it has them: a copy costs memory."""
    fits = isinstance(rows.index, pd.RangeIndex) and rows.index.equals(pd.RangeIndex(len(rows)))
    return rows if fits else rows.reset_index(drop=True)


def unjudged_codes(rows: pd.DataFrame, judged: Callable[[str], frozenset[str]]) -> list[str]:
    """Annotation codes that no rule looks at, as `X_UNIT=FOO`: such a problem would pass unseen."""
    found = []
    for name in rows.columns:
        if name in ANNOTATIONS or name.startswith("X_"):
            codes = {EMPTY if pd.isna(code) else str(code) for code in rows[name].unique()}
            found += [f"{name}={code}" for code in sorted(codes - {OK} - judged(name))]
    return found


def _column(domain: str, rows: pd.DataFrame, name: str, facts: Facts) -> pd.Series:
    if name in _FACTS:
        return _FACTS[name](domain, rows, facts)
    if name in rows.columns:
        return _fast(rows[name])
    for prefix, make in _HELPERS.items():
        if name.startswith(prefix) and name.removeprefix(prefix) in rows.columns:
            return make(rows[name.removeprefix(prefix)])
    raise KeyError(name)


def _fast(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype) or column.dtype != object:
        return column
    return column.astype("category")


def _by_value(column: pd.Series, convert: Callable[[str], object], dtype: str) -> pd.Series:
    """convert, applied once to each different text."""
    codes, texts = pd.factorize(column)
    values = pd.Series([convert(str(text)) for text in texts] + [None], dtype="object")
    return pd.Series(values.to_numpy()[codes], index=column.index).astype(dtype)


def _number(text: str) -> float | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return float(number) if number.is_finite() else None


def _day(text: str, which: int) -> dt.date | None:
    days = span(text)
    return None if days is None else days[which]


def _days(which: int) -> Callable[[pd.Series], pd.Series]:
    def make(column: pd.Series) -> pd.Series:
        return _by_value(column, lambda text: _day(text, which), "datetime64[ns]")

    return make


_HELPERS: dict[str, Callable[[pd.Series], pd.Series]] = {
    CODE: lambda column: _fast(column.astype("object").where(column.notna(), EMPTY)),
    NUMBER: lambda column: _by_value(column, _number, "float64"),
    FIRST: _days(0),
    LAST: _days(1),
    WORD: lambda column: _fast(_by_value(column, fold, "object").where(column.notna(), EMPTY)),
}


def _flags(rows: pd.DataFrame, broken: np.ndarray, code: str) -> pd.Series:
    return pd.Series(
        pd.Categorical.from_codes(broken.astype("int8"), categories=[OK, code]), index=rows.index
    )


def _subject_known(domain: str, rows: pd.DataFrame, facts: Facts) -> pd.Series:
    """UNKNOWN on the first row of each delivery that names a subject DM does not have: asked once, not row by row."""
    subject = rows["USUBJID"]
    unknown = subject.notna() & rows["X_SUBJECT"].eq(OK) & ~subject.isin(facts.subjects)
    first = unknown & ~rows.loc[unknown, ["DELIVERY", "USUBJID"]].duplicated().reindex(
        rows.index, fill_value=False
    )
    return _flags(rows, first.to_numpy(), "UNKNOWN")


def _after_death(domain: str, rows: pd.DataFrame, facts: Facts) -> pd.Series:
    death = rows["USUBJID"].astype("object").map(facts.deaths) if len(facts.deaths) else None
    late = (
        np.zeros(len(rows), bool)
        if death is None
        else (rows["ADT"] > death.astype("datetime64[ns]")).to_numpy()
    )
    return _flags(rows, late, "AFTER_DEATH")


def _twice(domain: str, rows: pd.DataFrame, facts: Facts) -> pd.Series:
    """SAME_TIME on the second and further records of one delivery that give another result of one test for one
    moment under another record id. Rows without a record id are told apart when their versions are decided."""
    identity, date, value = DOMAINS[domain].identity, DOMAINS[domain].date, f"{domain}ORRES"
    group = ["DELIVERY", "USUBJID", *identity]
    rivals = (
        rows["RECKEY"].astype("object").str.startswith("R:").fillna(False).astype(bool)
        & rows[date].astype("object").str.contains("T", na=False, regex=False)
        & ~rows["STATUS"].isin(_NO_SECOND_SAMPLE)
        & rows["RECREPLACES"].isna()
        & rows[value].notna()
    )
    some = rows.loc[rivals, [*group, value, f"{value}U", "RECKEY"]]
    some = some.loc[some.duplicated(group, keep=False)]
    settled = (
        some.duplicated([*group, "RECKEY"])  # another version of one record
        | some.duplicated([*group, value, f"{value}U"])  # the same result again
        | ~some.duplicated(group)  # the first of them
    )
    broken = (~settled).reindex(rows.index, fill_value=False)
    return _flags(rows, broken.to_numpy(bool), "SAME_TIME")


_FACTS: dict[str, Callable[[str, pd.DataFrame, Facts], pd.Series]] = {
    "X_SUBJECT_KNOWN": _subject_known,
    "X_AFTER_DEATH": _after_death,
    "X_TWICE": _twice,
}

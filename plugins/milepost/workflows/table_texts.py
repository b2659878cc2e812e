"""A frame as text: CSV and JSON, written by columns, since a million rows have far fewer distinct values than cells.

Numbers are shown as people read them: at most six decimals, no noise of a quotient or a float. Nothing is calculated
from these texts.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

Plain = str | int | float | None
_ROWS = 50_000  # at a time: texts of a whole large frame would take more memory than the frame
_DECIMALS = 6
# a decimal from a file has few digits; one of this many is a quotient that does not end, cut off somewhere
_QUOTIENT_DIGITS, _QUOTIENT_DECIMALS = 20, 4


def to_csv(frame: pd.DataFrame) -> Iterator[str]:
    """The frame as CSV: the header, then whole lines, many at a time; nothing is an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(frame.columns)
    for rows in _rows(frame, as_text=True):
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        writer.writerows(rows)
    yield buffer.getvalue()


def to_json(frame: pd.DataFrame) -> Iterator[str]:
    """The frame as a JSON list of objects, one a line; exact decimals are texts, nothing is null."""
    names = [str(name) for name in frame.columns]
    lead = "[\n"
    for rows in _rows(frame, as_text=False):
        yield lead + ",\n".join(
            json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in rows
        )
        lead = ",\n"
    yield "\n]\n" if lead == ",\n" else "[]\n"


def plain(value: Any) -> Plain:
    """A cell as text files hold it: days as ISO 8601, yes and no as Y and N, decimals exactly as they are but for
    quotients, floats with at most six decimals, several sources in one text."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, tuple | list):
        return " ".join(str(part) for part in value)
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, pd.Timestamp):
        is_day = value.tzinfo is None and value == value.normalize()
        return value.date().isoformat() if is_day else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, float):
        return _float(value)
    return value if isinstance(value, int) else str(value)


def _decimal(value: Decimal) -> str | None:
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        return None  # no number
    if len(digits) >= _QUOTIENT_DIGITS and -exponent > _QUOTIENT_DECIMALS:
        text = f"{value:.{_QUOTIENT_DECIMALS}f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    return f"{value:f}"


def _float(value: float) -> int | float | None:
    if not np.isfinite(value):
        return None
    shown = round(value, _DECIMALS)
    return int(shown) if shown.is_integer() else shown


def _rows(frame: pd.DataFrame, *, as_text: bool) -> Iterator[Iterator[tuple[Any, ...]]]:
    """The rows, so many at a time."""
    for start in range(0, len(frame), _ROWS):
        part = frame.iloc[start : start + _ROWS]
        columns = [_column(part.iloc[:, place], as_text) for place in range(part.shape[1])]
        yield zip(*columns, strict=True)


def _column(column: pd.Series, as_text: bool) -> list[Any]:
    """Each cell plain, or as its text; every distinct value is written once."""
    distinct, codes = _distinct(column)
    shown = np.empty(len(distinct) + 1, dtype=object)
    shown[-1] = None
    for place, value in enumerate(map(plain, distinct)):
        shown[place] = _text(value) if as_text else value
    return list(shown[codes])


def _text(value: Plain) -> Plain:
    """Never in powers of ten, which spreadsheets read as words."""
    return f"{value:.{_DECIMALS}f}".rstrip("0") if isinstance(value, float) else value


def _distinct(column: pd.Series) -> tuple[list[Any], np.ndarray]:
    """The distinct values, and of each cell the place of its value (-1: nothing)."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return list(column.cat.categories), column.cat.codes.to_numpy()
    if column.dtype == object:
        # by identity: 1.0 and 1.00 are equal, yet not the same text; objects live as long as the column does
        values = column.tolist()
        names = list(map(id, values))
        known = dict(zip(names, values, strict=True))
        places = dict(zip(known, range(len(known)), strict=True))
        return list(known.values()), np.fromiter(map(places.__getitem__, names), np.int64, len(names))
    codes, found = pd.factorize(column.round(_DECIMALS) if column.dtype.kind == "f" else column)
    return list(found), codes

"""A derived frame made ready to leave the house: rows in the order of their keys, each cell of its column's kind.

Nothing is rounded here: who reads an export calculates with it. What is not known is None, whatever the frame has for
it (NaN, an empty text, an empty list).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from milepost.core.export_labels import ExportFrame, Kind

Cell = str | int | float | Decimal | dt.date | dt.datetime | None


class Dataset(NamedTuple):
    """frame: its columns as exported. cells: column name -> its cells. rows: how many. no_numbers: column -> how many
    of its texts are no number and therefore empty here (an age such as `about 60`)."""

    frame: ExportFrame
    cells: Mapping[str, list[Cell]]
    rows: int
    no_numbers: Mapping[str, int]


def to_dataset(rows: pd.DataFrame, frame: ExportFrame) -> Dataset:
    """The rows with the columns of `frame`, sorted by its keys; ties stay in the order of the derivation.

    Raises ValueError where a column holds another kind of thing than `frame` says, which is a defect of ours.
    """
    keys = [name for name in frame.keys if name in rows]
    rows = rows.sort_values(keys, kind="stable", na_position="first", ignore_index=True)
    cells: dict[str, list[Cell]] = {}
    no_numbers: dict[str, int] = {}
    for column in frame.columns:
        given, read = _given(rows[column.name]), _READ[column.kind]
        try:
            made = [None if value is None else read(value) for value in given]
        except ValueError as error:
            raise ValueError(f"{column.name} is no column of the kind {column.kind.value}") from error
        cells[column.name] = made
        if column.kind is Kind.EXACT and (lost := _texts(given) - _texts_read(given, made)):
            no_numbers[column.name] = lost
    return Dataset(frame, cells, len(rows), no_numbers)


def decimal_text(value: Decimal) -> str:
    """All digits of it, without an exponent."""
    return f"{value:f}"


def instant_text(value: dt.datetime) -> str:
    """ISO 8601 in UTC."""
    return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def _given(column: pd.Series) -> list[Any]:
    """The cells as Python's own values, None where there is nothing."""
    if column.dtype.kind == "M" and getattr(column.dtype, "tz", None) is None:
        return [None if day is pd.NaT else day for day in column.dt.date]
    absent = column.isna().to_numpy()
    return [None if is_absent else value for value, is_absent in zip(column.tolist(), absent, strict=True)]


def _text(value: Any) -> str | None:
    if isinstance(value, tuple | list):
        return " ".join(map(str, value)) or None
    if isinstance(value, bool | np.bool_):
        return "Y" if value else "N"
    return str(value) or None


def _whole(value: Any) -> int:
    whole = int(value)
    if whole != value:
        raise ValueError("a number that is not whole")
    return whole


def _number(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def _day(value: Any) -> dt.date:
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise ValueError("something else than a day")
    return value


def _instant(value: Any) -> dt.datetime:
    return pd.Timestamp(value).to_pydatetime().astimezone(dt.UTC)


def _exact(value: Any) -> Decimal | None:
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


_READ: Mapping[Kind, Callable[[Any], Cell]] = {
    Kind.TEXT: _text, Kind.WHOLE: _whole, Kind.NUMBER: _number, Kind.EXACT: _exact, Kind.DAY: _day,
    Kind.INSTANT: _instant,
}  # fmt: skip


def _texts(given: list[Any]) -> int:
    return sum(isinstance(value, str) and bool(value) for value in given)


def _texts_read(given: list[Any], made: list[Cell]) -> int:
    return sum(isinstance(value, str) and cell is not None for value, cell in zip(given, made, strict=True))

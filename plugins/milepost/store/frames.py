"""Frames into tables and tables into frames, by COPY: five times faster than a driver's rows, and exact.

Conventions of every frame here: upper-case names, text as object holding str or None, decimals as Decimal or
None, dates as datetime64[ns] or NaT, instants as datetime64[ns, UTC], JSON as parsed values.
"""

from __future__ import annotations

import datetime as dt
import functools
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import sqlalchemy as sa
from psycopg import sql

from milepost.errors import DataProblem
from milepost.schema import LONGEST_TEXT, Column
from milepost.store import engine
from milepost.store.tables import LONGEST_INDEX_ROW

BATCH = 50_000  # rows turned into text at once: memory stays flat however long the frame is

_ARROW = {
    "text": pa.string(),
    "decimal": pa.string(),
    "json": pa.string(),
    "integer": pa.int64(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
}
_CSV = pacsv.ParseOptions(newlines_in_values=True)
_BLOCK, _LARGEST_BLOCK = 1 << 20, 1 << 30  # bytes that pyarrow reads at once; no cell may be longer


def canonical_json(value: object) -> str:
    """The same content gives the same text: keys sorted, no spaces, Decimals and dates as text."""
    return json.dumps(
        _plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(item) for item in value), key=str)
    if isinstance(value, Decimal):
        return str(value)
    if value is pd.NaT or value is pd.NA or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, pd.Timestamp | dt.datetime):
        midnight = value.tzinfo is None and value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value
    raise TypeError(f"a value of type {type(value).__name__} has no canonical JSON form")


def empty(columns: Sequence[Column]) -> pd.DataFrame:
    """A frame of these columns without rows, typed as a full one."""
    return _empty(tuple(columns)).copy()


@functools.lru_cache(maxsize=256)
def _empty(columns: tuple[Column, ...]) -> pd.DataFrame:
    return _to_frame(pa.table({c.name: pa.array([], type=_ARROW[c.type]) for c in columns}), columns)


def copy_in(
    connection: sa.Connection,
    frame: pd.DataFrame,
    target: str,
    columns: Sequence[Column],
    indexed: Sequence[str] = (),
) -> int:
    """Append the frame's rows to a table (`schema.name` or a temporary one); the number of rows.

    The texts of `indexed` must fit into one entry of an index; DataProblem where a row's do not.
    """
    absent = [c.name.upper() for c in columns if c.name.upper() not in frame.columns]
    if absent:
        raise DataProblem(f"rows for {target} lack the columns {', '.join(absent)}")
    if frame.empty:
        return 0
    names = sql.SQL(",").join(sql.Identifier(c.name.lower()) for c in columns)
    statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(_table(target), names)
    options = pacsv.WriteOptions(include_header=False, quoting_style="needed")
    with engine.driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        for first in range(0, len(frame), BATCH):
            table = _to_arrow(frame.iloc[first : first + BATCH], columns, target)
            _check_lengths(table, indexed, target)
            buffer = io.BytesIO()
            pacsv.write_csv(table, buffer, options)
            copy.write(buffer.getbuffer())
    return len(frame)


def _to_arrow(frame: pd.DataFrame, columns: Iterable[Column], target: str) -> pa.Table:
    """The columns as Arrow; a value of the wrong kind is refused by its column's name, never shown."""
    made = {}
    for column in columns:
        try:
            made[column.name.lower()] = _array(frame[column.name.upper()], column)
        except (pa.ArrowException, TypeError, ValueError, ArithmeticError) as problem:
            kind = type(problem).__name__
            raise DataProblem(
                f"column {column.name.upper()} of {target} takes {column.type}; found something else ({kind})"
            ) from None
    return pa.table(made)


def _array(values: pd.Series, column: Column) -> pa.Array:
    if column.type == "decimal":
        values = values.map(_number, na_action="ignore")
    elif column.type == "json":
        values = values.map(canonical_json)
    elif column.type == "timestamp":
        if not isinstance(values.dtype, pd.DatetimeTZDtype):
            values = pd.to_datetime(values, utc=False)
            if values.notna().any() and not isinstance(values.dtype, pd.DatetimeTZDtype):
                raise TypeError("an instant without its time zone")
        return pa.array(values, from_pandas=True).cast(_ARROW["timestamp"], safe=False)
    elif column.type == "date" and pd.api.types.is_datetime64_any_dtype(values.dtype):
        return pa.array(values, from_pandas=True).cast(pa.date32(), safe=False)
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    return pa.array(values, type=_ARROW[column.type], from_pandas=True)


def _number(value: object) -> str:
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if not number.is_finite():
        raise ValueError("not a finite number")
    return str(number)


def copy_out(
    connection: sa.Connection,
    query: str,
    columns: Sequence[Column],
    parameters: Mapping[str, object] | None = None,
) -> pd.DataFrame:
    """The rows of a query as a frame. `parameters` are instants, days and codes: never a patient's identifier."""
    buffer = io.BytesIO()
    statement = sql.SQL("copy ({}) to stdout (format csv)").format(sql.SQL(query))
    with engine.driver(connection).cursor() as cursor, cursor.copy(statement, parameters or None) as copy:
        for block in copy:
            buffer.write(block)
    size = buffer.tell()
    if not size:
        return empty(columns)
    buffer.seek(0)
    # a cell of JSON may be a whole report
    at_once = min(size, _LARGEST_BLOCK) if any(c.type == "json" for c in columns) else _BLOCK
    table = pacsv.read_csv(
        buffer,
        read_options=pacsv.ReadOptions(
            column_names=[c.name for c in columns], block_size=max(at_once, _BLOCK)
        ),
        parse_options=_CSV,
        convert_options=pacsv.ConvertOptions(
            column_types={c.name: _ARROW[c.type] for c in columns},
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
        ),
    )
    return _to_frame(table, columns)


def _to_frame(table: pa.Table, columns: Sequence[Column]) -> pd.DataFrame:
    return pd.DataFrame({c.name.upper(): _series(table.column(c.name), c) for c in columns})


def _series(values: pa.ChunkedArray, column: Column) -> pd.Series:
    if column.type == "date":
        return values.cast(pa.timestamp("ns")).to_pandas()
    if column.type == "timestamp":
        return values.cast(pa.timestamp("ns", "UTC")).to_pandas()
    if column.type in ("integer", "bigint"):
        return values.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get if column.null else None)
    if column.type == "boolean":
        return values.to_pandas() if not values.null_count else values.to_pandas().astype(object)
    texts = values.to_pandas().astype(object)
    if column.type == "decimal":
        return texts.map(Decimal, na_action="ignore")
    if column.type == "json":
        return texts.map(json.loads, na_action="ignore")
    return texts


def _check_lengths(table: pa.Table, indexed: Sequence[str], target: str) -> None:
    """PostgreSQL could not index a longer row, and would say so with its content."""
    if not indexed:
        return
    lengths = (pc.fill_null(pc.binary_length(table.column(name.lower())), 0) for name in indexed)
    if pc.max(functools.reduce(pc.add, lengths)).as_py() > LONGEST_INDEX_ROW:
        raise DataProblem(
            f"a row for {target} is longer than {LONGEST_INDEX_ROW} bytes over {', '.join(indexed)}; "
            f"the gate refuses cells of more than {LONGEST_TEXT} bytes"
        )


def _table(target: str) -> sql.Composable:
    return sql.SQL(".").join(sql.Identifier(part) for part in target.split("."))

"""An exported frame as CDISC Dataset-JSON 1.1: one file a dataset, as JSON or as NDJSON.

Source: CDISC Dataset-JSON 1.1 (2024-12-05), sections on metadata, columns, data type combinations and rows.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from milepost.core.export_labels import ExportColumn, Kind
from milepost.workflows.export_cells import Cell, Dataset, decimal_text, instant_text

_ROWS = 20_000  # at a time: one text of a whole large frame would take more memory than the frame
_TYPES: dict[Kind, dict[str, str]] = {
    Kind.TEXT: {"dataType": "string"},
    Kind.WHOLE: {"dataType": "integer"},
    Kind.NUMBER: {"dataType": "double"},
    Kind.EXACT: {"dataType": "decimal", "targetDataType": "decimal"},
    Kind.DAY: {"dataType": "date", "targetDataType": "integer"},
    Kind.INSTANT: {"dataType": "datetime"},
}


class Origin(NamedTuple):
    """Where an export comes from. file: its identifier, with study, cut-off, knowledge and configuration. known_at: the
    newest knowledge in it, None where nothing was known; asked_at: the instant asked for."""

    study: str
    file: str
    known_at: dt.datetime | None
    asked_at: dt.datetime
    code_version: str

    @property
    def made_at(self) -> dt.datetime:
        """Stands for the time of making: that of the newest knowledge, so that the same data give the same bytes."""
        return self.known_at or self.asked_at


def to_dataset_json(dataset: Dataset, origin: Origin) -> Iterator[str]:
    """The dataset as one JSON object: metadata, then one row a line."""
    yield json.dumps(_metadata(dataset, origin), ensure_ascii=False)[:-1] + ', "rows": ['
    lead = "\n"
    for lines in _lines(dataset):
        yield lead + ",\n".join(lines)
        lead = ",\n"
    yield "\n]}\n"


def to_ndjson(dataset: Dataset, origin: Origin) -> Iterator[str]:
    """The same as lines: the metadata, then each row."""
    yield json.dumps(_metadata(dataset, origin), ensure_ascii=False) + "\n"
    for lines in _lines(dataset):
        yield "\n".join(lines) + "\n"


def _metadata(dataset: Dataset, origin: Origin) -> dict[str, Any]:
    name = dataset.frame.name
    known = {"dbLastModifiedDateTime": instant_text(origin.known_at)} if origin.known_at else {}
    return {
        "datasetJSONCreationDateTime": instant_text(origin.made_at),
        "datasetJSONVersion": "1.1.0",
        "fileOID": origin.file,
        **known,
        "sourceSystem": {"name": "milepost", "version": origin.code_version},
        "studyOID": origin.study,
        "metaDataVersionOID": f"MDV.{origin.study}.{origin.code_version}",
        "itemGroupOID": f"IG.{name}",
        "records": dataset.rows,
        "name": name,
        "label": dataset.frame.label,
        "columns": [_column(dataset, column) for column in dataset.frame.columns],
    }


def _column(dataset: Dataset, column: ExportColumn) -> dict[str, Any]:
    """The column's metadata; length: that of its longest cell, in characters."""
    said: dict[str, Any] = {
        "itemOID": f"IT.{dataset.frame.name}.{column.name}", "name": column.name, "label": column.label,
        **_TYPES[column.kind],
    }  # fmt: skip
    if column.kind in (Kind.TEXT, Kind.EXACT):
        said["length"] = max((len(str(_plain(cell))) for cell in dataset.cells[column.name] if cell is not None),
                             default=1)  # fmt: skip
    if column.kind is Kind.DAY:
        said["displayFormat"] = "DATE9."
    if column.key is not None:
        said["keySequence"] = column.key
    return said


def _lines(dataset: Dataset) -> Iterator[list[str]]:
    """The rows as JSON arrays, so many at a time."""
    for start in range(0, dataset.rows, _ROWS):
        columns = [
            [_plain(cell) for cell in dataset.cells[column.name][start : start + _ROWS]]
            for column in dataset.frame.columns
        ]
        yield [
            json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
            for row in zip(*columns, strict=True)
        ]


def _plain(cell: Cell) -> str | int | float | None:
    if isinstance(cell, Decimal):
        return decimal_text(cell)
    if isinstance(cell, dt.datetime):
        return instant_text(cell)
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return cell

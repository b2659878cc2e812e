"""An exported frame as a SAS transport file (XPT), version 5 or 8.

Version 5 holds names of 8 characters and texts of 200 bytes. A longer text is never cut: it goes on in further
variables, SRC, SRC1, SRC2 …, which joined without anything between give it back. Days are numbers with the format
DATE9. Texts are UTF-8. A blank text and no text are the same to SAS.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from milepost.core.export_labels import ExportColumn, Kind
from milepost.errors import DataProblem
from milepost.workflows.export_cells import Cell, Dataset, instant_text

Version = Literal[5, 8]
_LONGEST = {5: 200, 8: 32767}  # bytes of a text
_NAME = {5: 8, 8: 32}
_DAY_ZERO = dt.date(1960, 1, 1)
_STAMPS = (144, 160, 464, 480)  # where the file says when it was made and changed; each takes 16 bytes
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


class _Variable(NamedTuple):
    name: str
    label: str
    values: np.ndarray
    form: str | None


def write_transport(dataset: Dataset, path: Path, *, version: Version, made_at: dt.datetime) -> None:
    """Write the dataset to `path`; `made_at` stands for the time of writing, so that the same data give the same bytes.

    Raises DataProblem where a text cannot be held without loss.
    """
    variables = [one for column in dataset.frame.columns for one in _variables(dataset, column, version)]
    names = [one.name for one in variables]
    if len(set(names)) < len(names):
        raise ValueError(f"{dataset.frame.name}: two variables of one name")
    import pyreadstat  # loads for most of a second

    pyreadstat.write_xport(
        pd.DataFrame({one.name: one.values for one in variables}),
        path,
        file_label=dataset.frame.label,
        column_labels={one.name: one.label for one in variables},
        table_name=dataset.frame.name,
        file_format_version=version,
        variable_format={one.name: one.form for one in variables if one.form},
    )
    _stamp(path, made_at)


def pieces(text: str, longest: int) -> list[str]:
    """The text in pieces of at most so many bytes of UTF-8, cut before a blank where there is one. None ends with a
    blank, which SAS would drop. Raises DataProblem where more blanks stand in a row than one piece holds."""
    found = []
    rest = text
    while len(rest.encode()) > longest:
        end = _fitting(rest, longest)
        before_a_blank = rest[: max(rest.rfind(" ", 1, end + 1), 0)].rstrip(" ")
        piece = before_a_blank or rest[:end].rstrip(" ")
        if not piece:
            raise DataProblem(
                "A text of the export has more blanks in a row than a SAS transport file can hold. Export as "
                "dataset-json, or have the site correct the text."
            )
        found.append(piece)
        rest = rest[len(piece) :]
    return [*found, rest]


def _fitting(text: str, longest: int) -> int:
    """How many characters of the text fit into so many bytes."""
    return len(text.encode()[:longest].decode(errors="ignore"))


def _variables(dataset: Dataset, column: ExportColumn, version: Version) -> Iterator[_Variable]:
    cells = dataset.cells[column.name]
    name = column.sas if version == 5 else column.name
    if column.kind in (Kind.TEXT, Kind.INSTANT):
        yield from _texts(name, column.label, [_text(cell) for cell in cells], version)
    else:
        form = "DATE9." if column.kind is Kind.DAY else None
        yield _Variable(name, column.label, np.array([_number(cell) for cell in cells], dtype=float), form)


def _texts(name: str, label: str, texts: list[str], version: Version) -> Iterator[_Variable]:
    """One variable, or as many as the longest text takes."""
    split = [pieces(text, _LONGEST[version]) for text in texts]
    for number in range(max(map(len, split), default=1)):
        values = np.array([part[number] if number < len(part) else "" for part in split], dtype=object)
        if number == 0:
            yield _Variable(name, label, values, None)
        else:
            yield _Variable(_numbered(name, number, version), f"{label[:36]} {number}", values, None)


def _numbered(name: str, number: int, version: Version) -> str:
    """SRC1 of SRC; a long name gives up its end."""
    return f"{name[: _NAME[version] - len(str(number))]}{number}"


def _text(cell: Cell) -> str:
    return "" if cell is None else instant_text(cell) if isinstance(cell, dt.datetime) else str(cell)


def _number(cell: Cell) -> float:
    if cell is None:
        return float("nan")
    if isinstance(cell, dt.date):
        return float((cell - _DAY_ZERO).days)
    assert isinstance(cell, int | float | Decimal)
    return float(cell)


def _stamp(path: Path, made_at: dt.datetime) -> None:
    """Put `made_at` where the writer has put the wall clock's time."""
    moment = made_at.astimezone(dt.UTC)
    text = f"{moment:%d}{_MONTHS[moment.month - 1]}{moment:%y:%H:%M:%S}".encode("ascii")
    with path.open("r+b") as file:
        for place in _STAMPS:
            file.seek(place)
            file.write(text)

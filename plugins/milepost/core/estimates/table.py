"""A table from elsewhere, cell by cell as it was written, and its columns as numbers, yes or no, or labels.

An empty cell is missing, and so is NA. Nothing is guessed: a word in a column of numbers stops the work and says in
which line it stands, never what it says.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

import numpy as np

from milepost.core.survival_data import Bools, Floats
from milepost.errors import ConfigurationError, DataProblem

Cells = tuple[str | None, ...]
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_TRUTH = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True, eq=False)
class Table:
    """The columns by name, in the file's order. `lines`: where each row ends in the file, for messages."""

    columns: dict[str, Cells] = field(default_factory=dict)
    lines: tuple[int, ...] = ()
    source: str | None = None

    def __len__(self) -> int:
        return len(self.lines)

    def has(self, name: str) -> bool:
        """Whether there is such a column."""
        return name in self.columns

    def cells(self, name: str, key: str) -> Cells:
        """The column as written. key: what in the spec names it."""
        if not self.columns:
            raise ConfigurationError(
                f"spec, key {key}: there is no frame. Name it: --input FRAME.csv (- for standard input)."
            )
        if name not in self.columns:
            like = get_close_matches(name, self.columns, 1)
            hint = f' Did you mean "{like[0]}"?' if like else ""
            raise ConfigurationError(
                f'spec, key {key}: the frame has no column "{name}".{hint} Its columns: {", ".join(self.columns)}.'
            )
        return self.columns[name]

    def numbers(self, name: str, key: str) -> Floats:
        """The column as numbers, NaN where the cell is empty; true and false are 1 and 0."""
        return self._read(name, key, _to_number, "no number", "Write numbers with a point, e.g. 12.5")

    def happened(self, name: str, key: str, value: str | None = None) -> Floats:
        """1 where it did, 0 where not, NaN where the cell is empty. value: the one that means that it did; without
        it the cells are 0 and 1, or true and false."""
        if value is not None:
            return np.array(
                [np.nan if cell is None else float(same_label(cell, value)) for cell in self.cells(name, key)]
            )
        return self._read(
            name, key, _to_truth, "neither 0 nor 1",
            f"Write 0 and 1, or say which value means yes: {key}_value = 2",
        )  # fmt: skip

    def labels(self, names: Sequence[str], key: str) -> list[str | None]:
        """One label a row: the cell, or of several columns their combination; none where one of them is empty."""
        columns = [self.cells(name, key) for name in names]
        return [None if None in row else " / ".join(map(str, row)) for row in zip(*columns, strict=True)]

    def is_numeric(self, name: str, key: str) -> bool:
        """Whether every cell that is not empty is a number."""
        return all(_to_number(cell) is not None for cell in set(self.cells(name, key)) if cell is not None)

    def mostly_numbers(self, name: str, key: str) -> bool:
        """Whether more than half of the cells that are not empty are numbers."""
        found = [_to_number(cell) is not None for cell in self.cells(name, key) if cell is not None]
        return sum(found) > len(found) / 2

    def keep(self, rows: Bools) -> Table:
        """Only these rows."""
        kept = np.flatnonzero(rows)
        columns = {name: tuple(cells[row] for row in kept) for name, cells in self.columns.items()}
        return replace(self, columns=columns, lines=tuple(self.lines[row] for row in kept))

    def with_missing(self, words: Sequence[str]) -> Table:
        """The same, with these words meaning that the cell is empty."""
        if not words:
            return self
        gone = set(words)
        columns = {
            name: tuple(None if cell in gone else cell for cell in cells)
            for name, cells in self.columns.items()
        }
        return replace(self, columns=columns)

    def _read(
        self, name: str, key: str, convert: Callable[[str], float | None], wrong: str, now: str
    ) -> Floats:
        cells = self.cells(name, key)
        known = {cell: convert(cell) for cell in set(cells) if cell is not None}
        bad = [row for row, cell in enumerate(cells) if cell is not None and known[cell] is None]
        if bad:
            raise DataProblem(
                f'column "{name}": {len(bad)} of {len(cells)} cells are {wrong}, the first in line '
                f"{self.lines[bad[0]]} of the frame. {now}; leave empty what is missing, or say how it is written: "
                'missing = ["NA"].'
            )
        return np.array([np.nan if cell is None else known[cell] for cell in cells], dtype=float)


def read_table(text: str, source: str | None = None) -> Table:
    """The table of a CSV text: a line of names, then a line a row. Semicolons or tabs will do where the names have no
    comma. Raises DataProblem where it cannot be read without guessing."""
    written = (text if "\n" in text else text.replace("\r", "\n")).removesuffix("\n").split("\n")
    comma = next((mark for mark in ",;\t" if mark in written[0]), ",")
    reader = csv.reader((line + "\n" for line in written), delimiter=comma, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            # of one column an empty line is an empty cell, else it is no row
            if row or (rows and len(rows[0]) == 1):
                rows.append(row or [""])
                lines.append(reader.line_num)
    except csv.Error as error:
        raise DataProblem(
            f"the frame is no readable CSV in line {reader.line_num} ({error}). Check its quotation marks."
        ) from error
    if not rows:
        raise DataProblem("the frame is empty. The first line must name the columns, e.g. time,event,group")
    names = [name.strip() for name in rows[0]]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DataProblem(f"the frame has two columns of one name: {', '.join(twice)}. Give each its own.")
    for row, line in zip(rows[1:], lines[1:], strict=True):
        if len(row) != len(names):
            raise DataProblem(
                f"line {line} of the frame has {len(row)} cells, its first line names {len(names)} columns. Check "
                "commas and quotation marks."
            )
    cells = [tuple(text.strip() or None for text in column) for column in zip(*rows[1:], strict=True)]
    return Table(dict(zip(names, cells or [()] * len(names), strict=True)), tuple(lines[1:]), source)


def same_label(cell: str, wanted: str) -> bool:
    """Whether both say the same: letter by letter, or as numbers (2 and 2.0)."""
    if cell == wanted:
        return True
    one, other = _to_number(cell), _to_number(wanted)
    return one is not None and one == other


def sort_labels(labels: Sequence[str | None]) -> list[str]:
    """The labels that occur, once each: by number where all are numbers, else by letter."""
    known = {label for label in labels if label is not None}
    numbers = {label: _to_number(label) for label in known}
    if any(number is None for number in numbers.values()):
        return sorted(known)
    return sorted(known, key=lambda label: (numbers[label] or 0.0, label))


def _to_number(cell: str) -> float | None:
    if _NUMBER.fullmatch(cell):
        return float(cell)
    return _TRUTH.get(cell.lower())


def _to_truth(cell: str) -> float | None:
    number = _to_number(cell)
    return number if number in (0.0, 1.0) else None

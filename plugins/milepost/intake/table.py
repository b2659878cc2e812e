"""From a file's text to its columns, with the physical line on which each record starts.

Two ways to the same table: a fast one for files in which every line is a record, and the csv module's for quoted
line breaks, ragged lines and blank lines.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from milepost.intake.cells import Cells, Ints, objects
from milepost.intake.decoding import Unreadable
from milepost.intake.texts import header_name

DELIMITERS = (",", ";", "\t", "|", "，")
WHOLE, TOO_FEW, TOO_MANY = 0, 1, 2  # shapes of a record
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_HEADER_CHARACTERS = 1_000_000
_BLOCK = 16 << 20


@dataclass(frozen=True)
class Header:
    """The file's column names (normalised), its delimiter, and where its data begin."""

    names: tuple[str, ...]
    delimiter: str
    start: int
    first_line: int


@dataclass(frozen=True)
class Table:
    """The cells of the columns that were asked for, by position; `lines` and `shape` for each record."""

    cells: dict[int, Cells]
    lines: Ints
    shape: Ints

    def __len__(self) -> int:
        return len(self.lines)


def read_header(
    text: str, *, delimiter: str, header_line: int, skip_after: int, fit: Callable[[Iterable[str]], int]
) -> Header:
    """The header record on physical line `header_line`.

    delimiter `auto`: the one whose names the layout knows best, then the one that makes most columns.
    fit: how many of these names the layout knows. Raises Unreadable where the file ends before the header.
    """
    csv.field_size_limit(2**31 - 1)  # a long cell is cut later and said so; here it must not stop the file
    found = list(itertools.islice(_LINES.finditer(text[:_HEADER_CHARACTERS]), header_line - 1, None))
    if not found:
        raise Unreadable(
            f"The file ends before line {header_line}, where its header should stand (header_line)."
        )
    pieces = [match[0] for match in found]
    candidates = DELIMITERS if delimiter == "auto" else (delimiter,)
    tried: list[tuple[int, int, Header]] = []
    for candidate in candidates:
        reader = csv.reader(iter(pieces), delimiter=candidate)
        names = tuple(header_name(cell) for cell in next(reader))
        last = min(reader.line_num + skip_after, len(found))
        header = Header(names, candidate, found[last - 1].end(), header_line + last)
        tried.append((fit(names), len(names), header))
    header = max(tried, key=lambda item: item[:2])[2]
    if header.start >= _HEADER_CHARACTERS and len(text) > _HEADER_CHARACTERS:
        raise Unreadable(
            f"The header on line {header_line} does not end within {_HEADER_CHARACTERS} characters: is a quotation "
            f"mark in it never closed?"
        )
    return header


def read_table(text: str, header: Header, wanted: Sequence[int]) -> Table:
    """The data records below the header. Raises Unreadable for a quotation mark that is never closed."""
    return _read_fast(text, header, wanted) or _read_slowly(text, header, wanted)


def _read_fast(text: str, header: Header, wanted: Sequence[int]) -> Table | None:
    """Every line one record of the header's width; None where the file is not like that."""
    body = text[header.start :]
    quoted = '"' in body
    lone_returns = body.count("\r") != body.count("\r\n")
    if not body or lone_returns or len(header.delimiter.encode()) > 1 or len(header.names) < 2:
        return None
    physical = body.count("\n") + (not body.endswith("\n"))
    if quoted and (body.count('"') % 2 or not _is_plainly_quoted(body, header.delimiter)):
        return None
    places = [str(place) for place in range(len(header.names))]
    raw = body.encode()
    del body
    try:
        read = pacsv.read_csv(
            pa.BufferReader(raw),
            # one thread: an Airflow worker forks, and a forked thread pool hangs
            read_options=pacsv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=places),
            parse_options=pacsv.ParseOptions(
                delimiter=header.delimiter,
                quote_char='"' if quoted else False,
                newlines_in_values=quoted,
                ignore_empty_lines=True,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(places, pa.string()),
                strings_can_be_null=False,
                include_columns=[str(place) for place in wanted],
            ),
        )
    except pa.ArrowInvalid:
        return None
    if read.num_rows != physical:  # a blank line, or a line break inside quotation marks
        return None
    cells = {place: _encoded(read.column(str(place))) for place in wanted}
    del read
    pa.default_memory_pool().release_unused()  # it would keep as much as the file for the next one
    lines = np.arange(header.first_line, header.first_line + physical, dtype=np.int64)
    return Table(cells, lines, np.zeros(physical, dtype=np.int64))


def _is_plainly_quoted(body: str, delimiter: str) -> bool:
    """Whether every quotation mark opens, closes or doubles a cell's: the csv dialects agree on nothing else."""
    edge = re.escape(delimiter)
    strange = re.compile(rf'(?<=[^{edge}\r\n"])"(?=[^{edge}\r\n"])')
    return strange.search(body) is None


def _encoded(column: pa.ChunkedArray) -> Cells:
    both = pc.dictionary_encode(column).unify_dictionaries().combine_chunks()
    if isinstance(both, pa.ChunkedArray):
        both = both.chunk(0) if both.num_chunks else pa.array([], pa.string()).dictionary_encode()
    return Cells(both.indices.to_numpy().astype(np.int32), objects(both.dictionary.to_pylist()))


def _read_slowly(text: str, header: Header, wanted: Sequence[int]) -> Table:
    known: dict[int, dict[str, int]] = {place: {} for place in wanted}
    codes = {place: array("i") for place in wanted}
    lines, shape = array("q"), array("q")
    width, before, start = len(header.names), 0, header.first_line
    reader = csv.reader(_physical_lines(text, header.start), delimiter=header.delimiter)
    columns = [(place, known[place], codes[place]) for place in wanted]
    for record in reader:
        lines.append(start + before)
        last, before = before, reader.line_num
        extra = len(record) - width
        if extra > 0 and not any(cell.strip() for cell in record[width:]):
            extra = 0
        if before - last > 1 and _swallows_lines(record, header.delimiter, width):
            extra = 1
        shape.append(WHOLE if extra == 0 or not record else TOO_MANY if extra > 0 else TOO_FEW)
        for place, texts, held in columns:
            cell = record[place] if place < len(record) else ""
            held.append(texts.setdefault(cell, len(texts)))
    if lines and text.count('"', header.start) % 2:
        _must_be_closed(text, header, last, reader.line_num)
    cells = {
        place: Cells(np.array(codes[place], dtype=np.int32), objects(list(known[place]))) for place in wanted
    }
    return Table(cells, np.array(lines, dtype=np.int64), np.array(shape, dtype=np.int64))


def _swallows_lines(record: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether a cell with line breaks holds as many delimiters as whole lines would: a lost quotation mark has made
    one cell of several records."""
    each = max(3, width - 1)
    return any(
        "\n" in cell
        and cell.count(delimiter) >= cell.count("\n") * each
        or "\r" in cell
        and cell.count(delimiter) >= cell.count("\r") * each
        for cell in record
    )


def _physical_lines(text: str, start: int) -> Iterator[str]:
    return (match[0] for match in _LINES.finditer(text, start))


def _must_be_closed(text: str, header: Header, last: int, end: int) -> None:
    """The last record may have swallowed the rest of the file: refuse it rather than lose lines."""
    pieces = itertools.islice(_physical_lines(text, header.start), last, end)
    try:
        for _ in csv.reader(
            io.StringIO("".join(pieces), newline=""), delimiter=header.delimiter, strict=True
        ):
            pass
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise Unreadable(
                f"The record that starts on line {header.first_line + last} opens a quotation mark that is never "
                f"closed, so the lines after it cannot be told apart. Correct that line."
            ) from None

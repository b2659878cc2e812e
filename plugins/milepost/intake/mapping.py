"""From the lines of a file to records, as the layout's emits say: which lines, which columns, which constants.

An emit is one record of one domain made from a line. What makes no record is listed with the rule that set it
aside, so that received always equals what became of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from milepost.intake.cells import Cells, Ints, objects, together
from milepost.intake.dates import DateReader, add_days, at_time_before_midnight
from milepost.intake.identity import occurrences
from milepost.intake.lines import NO_RECORD, NO_VALUE, Mask, meets, rules_of_lines
from milepost.intake.records import Origin, RecordMaker
from milepost.intake.statuses import NO_RESULT_YET
from milepost.intake.table import TOO_FEW, TOO_MANY, WHOLE, Table
from milepost.intake.texts import half_width, header_name, shorten, tidy
from milepost.protocol import Emit, Layout, Site, StudyProtocol
from milepost.protocol.site import DATE
from milepost.schema import DOMAINS, LONGEST_TEXT

_SHAPES = {
    WHOLE: ("OK", None),
    TOO_FEW: ("TOO_FEW_CELLS", "the line has fewer cells than the header."),
    TOO_MANY: (
        "TOO_MANY_CELLS",
        "the line has more cells than the header: is a delimiter or a quotation mark lost?",
    ),
}
_TOO_LONG = ("CELL_TOO_LONG", f"a cell holds more than {LONGEST_TEXT} bytes; the rest was cut off.")


def source_columns(layout: Layout) -> frozenset[str]:
    """The names (normalised) of every column of the file that a layout uses."""
    names = {*layout.columns.values(), *(rule.when.column for rule in layout.ignore)}
    for emit in layout.emits:
        names |= {*emit.columns.values(), *(name for pair in emit.date_plus_days.values() for name in pair)}
        names |= {emit.when.column} if emit.when else set()
        names |= {emit.time_from_days} if emit.time_from_days else set()
    return frozenset(header_name(name) for name in names)


@dataclass
class Mapped:
    """Frames by domain, what made no row, and from how many cells an identifier was taken."""

    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    ignored: pd.DataFrame = field(default_factory=pd.DataFrame)
    removed: int = 0


@dataclass
class _Sheet:
    """The data lines: tidied cells by header (None where empty or a missing code), and what X_LINE says of each."""

    lines: Ints
    cells: dict[str, Cells]
    about: Cells

    def column(self, name: str, rows: Ints) -> Cells:
        cells = self.cells.get(header_name(name))
        return Cells.constant(None, len(rows)) if cells is None else cells.take(rows)


class Mapper:
    """Maps one delivery."""

    def __init__(
        self,
        layout: Layout,
        site: Site,
        protocol: StudyProtocol,
        zone: str,
        delivery: int,
        received_at: dt.datetime,
    ) -> None:
        self.layout = layout
        self.missing = (*site.missing, *layout.missing)
        self.dates = DateReader(layout.date_formats, zone)
        self.maker = RecordMaker(layout, site, protocol, self.dates, delivery, received_at)

    def map_table(self, table: Table, names: Sequence[str]) -> Mapped:
        """Every record of the table, in file order within each domain."""
        by_name = {names[place]: cells for place, cells in table.cells.items() if names[place]}
        rules = rules_of_lines(table.cells, self.layout.ignore, by_name)
        data = np.array([rule is None for rule in rules.texts], dtype=bool)[rules.codes]
        sheet = self._tidied(table, by_name)
        parts: dict[str, list[pd.DataFrame]] = {}
        aside = [_aside(table.lines[~data], rules.take(~data).values(), "FILE")]
        used = ~data
        for number, emit in enumerate(self.layout.emits):
            rows = self._chosen(emit, sheet, by_name, data)
            cells, rules_of_rows = self._cells(emit, sheet, rows)
            used[rows] = True
            out = rules_of_rows.truth(lambda rule: rule is not None)
            if out.any():
                aside.append(_aside(sheet.lines[rows[out]], rules_of_rows.take(out).values(), emit.domain))
                rows, cells = rows[~out], {name: column.take(~out) for name, column in cells.items()}
            origin = Origin(number, sheet.lines[rows], sheet.about.take(rows))
            parts.setdefault(emit.domain, []).append(self.maker.make(emit, cells, origin))
        aside.append(_aside(sheet.lines[~used], [NO_RECORD] * int((~used).sum()), "FILE"))
        ignored = pd.concat(aside, ignore_index=True).sort_values(
            ["SRCLINE", "DOMAIN", "RULE"], kind="stable"
        )
        frames = {domain: _joined(frames) for domain, frames in parts.items()}
        return Mapped(frames, ignored.reset_index(drop=True), self.maker.removed)

    def _tidied(self, table: Table, by_name: Mapping[str, Cells]) -> _Sheet:
        empty = {"", *(half_width(tidy(word)) for word in self.missing)}
        used = source_columns(self.layout)
        cells: dict[str, Cells] = {}
        long = np.zeros(len(table), dtype=bool)

        def kept(text: str) -> str | None:
            plain = tidy(text)
            return None if half_width(plain) in empty else shorten(plain, LONGEST_TEXT)

        def is_long(text: str) -> bool:
            return len(text) * 4 > LONGEST_TEXT and len(tidy(text).encode("utf-8", "replace")) > LONGEST_TEXT

        for name, column in by_name.items():
            if name in used:
                cells[name] = column.map(kept)
                long |= column.truth(is_long)
        codes = np.where((table.shape == WHOLE) & long, len(_SHAPES), table.shape)
        return _Sheet(table.lines, cells, Cells(codes, objects([*_SHAPES.values(), _TOO_LONG])))

    def _chosen(self, emit: Emit, sheet: _Sheet, by_name: Mapping[str, Cells], data: Mask) -> Ints:
        """Positions of the lines that make this emit's record."""
        mask = data
        if emit.when is not None:
            mask = data & meets(emit.when, by_name, len(data), self.missing)
        rows = np.flatnonzero(mask)
        return rows if emit.rows == "all" else self._ends(emit, sheet, rows)

    def _ends(self, emit: Emit, sheet: _Sheet, rows: Ints) -> Ints:
        """The first or last line of each subject, by date where it can be read, then by line; lines without a
        subject all stay, for nobody knows whose first they are."""
        columns = self._columns(emit)
        date = DOMAINS[emit.domain].date or ""
        source = columns.get(date) or next((pair[0] for pair in emit.date_plus_days.values()), None)
        days = sheet.column(source, rows).map(self.dates.read) if source else Cells.constant(None, len(rows))
        subject = (
            sheet.column(columns["USUBJID"], rows) if "USUBJID" in columns else Cells.constant("", len(rows))
        )
        frame = pd.DataFrame({"subject": subject.values(), "day": days.values(), "row": rows})
        last = emit.rows == "last_of_subject"
        frame = frame.sort_values(["day", "row"], kind="stable", na_position="first" if last else "last")
        kept = frame.drop_duplicates("subject", keep="last" if last else "first")
        kept = pd.concat([kept[kept["subject"].notna()], frame[frame["subject"].isna()]])
        return np.sort(kept["row"].to_numpy(np.int64))

    def _columns(self, emit: Emit) -> dict[str, str]:
        """Our column -> the file's, for this emit; DTC is the domain's own date column."""
        domain = DOMAINS[emit.domain]
        merged = {
            _ours(name, emit): source for name, source in {**self.layout.columns, **emit.columns}.items()
        }
        fixed = {_ours(name, emit) for name in (*emit.constants, *emit.date_plus_days)}
        return {name: source for name, source in merged.items() if name in domain.names and name not in fixed}

    def _cells(self, emit: Emit, sheet: _Sheet, rows: Ints) -> tuple[dict[str, Cells], Cells]:
        """Every column of the domain for these lines, and the rule that sets a record aside (None for most)."""
        domain = DOMAINS[emit.domain]
        columns = self._columns(emit)
        cells = {name: Cells.constant(None, len(rows)) for name in domain.names}
        cells |= {name: sheet.column(source, rows) for name, source in columns.items()}
        cells |= {_ours(name, emit): Cells.constant(text, len(rows)) for name, text in emit.constants.items()}
        own = [columns[_ours(name, emit)] for name in emit.columns if _ours(name, emit) in columns]
        own += [pair[1] for pair in emit.date_plus_days.values()]
        hours = sheet.column(emit.time_from_days, rows) if emit.time_from_days else None
        if hours is not None and domain.date is not None:
            cells[domain.date] = together([cells[domain.date], hours]).map(self._at_time)
        for name, (date, days) in emit.date_plus_days.items():
            start, count = sheet.column(date, rows), sheet.column(days, rows)
            if hours is None:
                cells[_ours(name, emit)] = self._plus_days(start, count)
                continue
            end = self._plus_days(together([start, hours]).map(self._at_time), count)
            cells[_ours(name, emit)] = end.map(lambda text: text and text.removesuffix("T00:00"))
        empty = np.full(len(rows), bool(own))
        for source in own:
            empty &= sheet.column(source, rows).truth(lambda text: text is None)
        result = f"{domain.code}ORRES"
        if result in cells and f"{domain.code}TESTCD" in emit.constants:
            # a withdrawn line has no results, and withdraws them all
            empty &= ~cells["RECSTATUS"].truth(self.maker.withdraws)
            empty |= self._no_result(cells, result)
        announced = cells["RECSTATUS"].truth(self.maker.announces)
        rules = np.where(announced, 2, np.where(empty, 1, 0)).astype(np.int64)
        return cells, Cells(rules, objects([None, NO_VALUE, NO_RESULT_YET]))

    def _at_time(self, pair: tuple[str | None, str | None]) -> str | None:
        """The date, as the site wrote it or ISO 8601 with the time of day that the days tell."""
        read = self.dates.read(pair[0])
        moment = at_time_before_midnight(read, pair[1])
        return pair[0] if moment == read else moment

    def _plus_days(self, dates: Cells, days: Cells) -> Cells:
        def later(pair: tuple[str | None, str | None]) -> str | None:
            if pair[0] is None or pair[1] is None:
                return None
            return add_days(self.dates.read(pair[0]), pair[1]) or "(no date)"

        return together([dates, days]).map(later)

    def _no_result(self, cells: Mapping[str, Cells], result: str) -> Mask:
        """A wide line's empty result is no record, unless it says NOT DONE or withdraws one."""
        empty = cells[result].truth(lambda text: text is None)
        if "LBSTAT" in cells:
            empty &= cells["LBSTAT"].truth(lambda text: text is None)
        return empty & cells["RECSTATUS"].truth(lambda text: not self.maker.withdraws(text))


def _ours(name: str, emit: Emit) -> str:
    return (DOMAINS[emit.domain].date or name) if name == DATE else name


def _aside(lines: Ints, rules: Iterable[Any], domain: str) -> pd.DataFrame:
    made = pd.DataFrame({"SRCLINE": lines, "RULE": objects(list(rules)), "DOMAIN": domain})
    return made.astype({"SRCLINE": "int64", "DOMAIN": object})


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """One domain's records in file order, with their place among records of the same name."""
    whole = frames[0]
    if len(frames) > 1:
        filled = [frame for frame in frames if len(frame)] or frames[:1]
        whole = pd.concat(filled, ignore_index=True).sort_values(
            ["SRCLINE", "EMIT"], kind="stable", ignore_index=True
        )
    whole["OCCURRENCE"] = occurrences(whole["USUBJID"].to_numpy(object), whole["RECKEY"].to_numpy(object))
    return whole

"""A section of a report: a sentence, then exhibits, each a table, drawings or both. One template sets them all.

The open and the closed report are made of the same sections: the open one over one group of all patients, the closed
one over the groups A and B. A section builder gives words and places; a template only sets them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from milepost.reports import words
from milepost.reports.drawing import Exhibit


@dataclass(frozen=True)
class Cell:
    """What stands in one cell. kind: classes of report.css, `n` for numbers (right-aligned), `zero` for nothing."""

    text: str
    kind: str = "n"


@dataclass(frozen=True)
class Row:
    """One row: its name, how far it is indented, and its cells. kind: `group` a heading, `sum` a total.

    subject: the patient it is about, so that script can mark him in every figure. href: where its name leads.
    """

    name: str
    cells: tuple[Cell, ...] = ()
    level: int = 0
    kind: str = ""
    subject: str = ""
    href: str = ""


@dataclass(frozen=True)
class Table:
    """A table. head: the name of the first column and of each other. spans: headings over several columns each.

    wide: more columns than a phone holds; it scrolls within its own frame. more: a sentence on rows left out.
    """

    head: tuple[str, ...]
    rows: tuple[Row, ...]
    caption: str = ""
    spans: tuple[tuple[str, int], ...] = ()
    wide: bool = False
    more: str = ""
    textual: tuple[int, ...] = ()

    def is_textual(self, column: int) -> bool:
        """Whether a column (0: the first after the row's name) holds words, which are left-aligned."""
        return column in self.textual


@dataclass(frozen=True)
class Section:
    """One section. lead: its sentence, the bold part first. pairs: ids of exhibits that stand side by side.

    flow: it follows the section before it on the same printed page.
    """

    id: str
    title: str
    lead: tuple[str, str]
    exhibits: tuple[Exhibit, ...]
    pairs: tuple[tuple[str, str], ...] = ()
    flow: bool = False

    @property
    def layout(self) -> tuple[tuple[Exhibit, ...], ...]:
        """The exhibits as they stand on the page, one or two in a row."""
        second = {b: a for a, b in self.pairs}
        of = {exhibit.id: exhibit for exhibit in self.exhibits}
        with_second = {a: b for a, b in self.pairs}
        return tuple(
            (exhibit, of[with_second[exhibit.id]]) if exhibit.id in with_second else (exhibit,)
            for exhibit in self.exhibits
            if exhibit.id not in second
        )


def count_cell(number: int | None) -> Cell:
    """A count; a dash where there is none to be had, a grey 0 where nobody is meant."""
    if number is None:
        return Cell("–", "n zero")
    return Cell(words.count(number), "n" if number else "n zero")


def text_cells(texts: Iterable[str]) -> tuple[Cell, ...]:
    """Cells of words."""
    return tuple(Cell(text, "") for text in texts)

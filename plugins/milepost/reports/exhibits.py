"""A numbered table or figure with its receipt: the hash of the ids of the rows it shows."""

from __future__ import annotations

from collections.abc import Iterable

from milepost.reports import words
from milepost.reports.drawing import Exhibit, Figure
from milepost.reports.ledger import receipt
from milepost.reports.section import Table


def make_exhibit(
    id_: str,
    title: str,
    sub: str,
    rows: Iterable[str],
    source: str,
    rule: str,
    population: str,
    figures: tuple[Figure, ...] = (),
    empty: str = "",
    *,
    table: Table | None = None,
    notes: tuple[str, ...] = (),
    definition: str = "",
    unmasks: bool = False,
) -> Exhibit:
    """An exhibit with its receipt: the hash of the ids of the rows it shows.

    `empty` is the sentence in place of drawings and table where there is nothing to show.
    """
    counted = receipt(rows)
    n = len(counted.rows)
    return Exhibit(
        id=id_, title=title, sub=sub, counted=words.count(n), source=source, receipt=f"r-{counted.sha256[:6]}", rows=n,
        sha256=counted.sha256, rule=rule, population=population, figures=figures,
        empty="" if figures or table else empty, table=table, notes=notes, definition=definition, unmasks=unmasks,
    )  # fmt: skip

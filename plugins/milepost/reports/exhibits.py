"""A numbered table or figure with its receipt: the hash of the ids of the rows it shows."""

from __future__ import annotations

from collections.abc import Iterable

from milepost.reports import words
from milepost.reports.drawing import Exhibit, Figure
from milepost.reports.ledger import receipt


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
) -> Exhibit:
    """An exhibit with its receipt: the hash of the ids of the rows it shows."""
    counted = receipt(rows)
    n = len(counted.rows)
    return Exhibit(
        id=id_, title=title, sub=sub, counted=words.count(n), source=source, receipt=f"r-{counted.sha256[:6]}", rows=n,
        sha256=counted.sha256, rule=rule, population=population, figures=figures, empty="" if figures else empty,
    )  # fmt: skip

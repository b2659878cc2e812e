"""The table of numbers computed twice: those that differ first, then those that agree, then what was not compared.

A difference is told in steps that do not hang on the machine: under one in a hundred million it is rounding, which
another machine does otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from milepost.core.number_agreement import Agreement
from milepost.reports import words
from milepost.reports.section import Cell, Row, Table

MOST_ROWS: Final = 40
_LIMIT = " limit"  # how the id of a limit ends
_NOT_TOLD = 1e-8


def agreement_table(agreements: Sequence[Agreement]) -> Table:
    """Each number with its difference; limits that agree and what is beyond 40 rows are told in sum.

    What was not compared has a line for each reason.
    """
    apart = [found for found in agreements if found.agrees is False]
    same = [found for found in agreements if found.agrees and not found.id.endswith(_LIMIT)]
    limits = sum(bool(found.agrees) and found.id.endswith(_LIMIT) for found in agreements)
    rows: list[Row] = []
    left = MOST_ROWS
    for heading, found in (("They differ", apart), ("They agree", same)):
        shown = found[:left]
        left -= len(shown)
        rows += [Row(heading, kind="group")] if shown else []
        rows += [_row(one) for one in shown]
    others = _not_compared(agreements)
    rows += [Row("Not compared", kind="group"), *others] if others else []
    return Table(
        ("Number", "ours", "theirs", "difference", "second program"), tuple(rows), wide=True, textual=(3,),
        more=_rest(limits, len(apart) + len(same) - (MOST_ROWS - left)),
    )  # fmt: skip


def _row(found: Agreement) -> Row:
    absent = found.reason or words.DASH
    cells = [Cell(_number(number, absent)) for number in (found.ours, found.theirs)]
    return Row(found.id, (*cells, Cell(_difference(found)), Cell(found.program, "")))


def _not_compared(agreements: Sequence[Agreement]) -> list[Row]:
    """A line for each program and reason, in the order of the report: the first number and how many more."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for found in agreements:
        if found.agrees is None:
            by_reason.setdefault((found.program, found.reason or "no reason"), []).append(found.id)
    dashes = (Cell(words.DASH),) * 3
    return [
        Row(ids[0] + (f" and {words.count(len(ids) - 1)} more" if len(ids) > 1 else ""),
            (*dashes, Cell(f"{program}: {reason}", "")))
        for (program, reason), ids in by_reason.items()
    ]  # fmt: skip


def _number(number: float | None, absent: str) -> str:
    """Seven figures: a difference that counts is seen in them."""
    return absent if number is None else f"{number:.7g}".replace("-", words.MINUS)


def _difference(found: Agreement) -> str:
    if found.difference is None:
        return "none" if found.agrees else words.DASH
    if found.difference <= _NOT_TOLD:
        return f"under {_one_figure(_NOT_TOLD)}"
    return _one_figure(found.difference)


def _one_figure(number: float) -> str:
    """0.00002: its first figure that is not 0."""
    return f"{Decimal(f'{number:.0e}'):f}"


def _rest(limits: int, more: int) -> str:
    parts = []
    if limits:
        parts.append(
            f"{words.many(limits, 'limit')} of intervals {'agrees' if limits == 1 else 'agree'} as well."
        )
    if more:
        parts.append(f"{words.many(more, 'number')} more {'is' if more == 1 else 'are'} not listed.")
    return " ".join(parts)

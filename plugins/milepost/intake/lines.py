"""Which lines of a file are data: blank lines, totals and a site's own named kinds of line are set aside by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from milepost.intake.cells import Cells, objects
from milepost.intake.texts import fold, half_width, header_name, tidy
from milepost.protocol import Condition, IgnoreRule

BLANK, TOTALS, NO_RECORD, NO_VALUE = "BLANK", "TOTALS", "NO_RECORD", "NO_VALUE"
_TOTALS = frozenset(
    ("合计", "小计", "总计", "总数", "共计", "total", "totals", "grand total", "subtotal", "sub-total", "sum")
)

Mask = npt.NDArray[np.bool_]


def rules_of_lines(
    cells: Mapping[int, Cells], ignore: Iterable[IgnoreRule], by_name: Mapping[str, Cells]
) -> Cells:
    """For each line the rule that sets it aside, None for data: blank, then the site's rules, then totals rows.

    cells: every column read, by position; by_name: by header. A totals row starts with a word such as 合计.
    """
    rows = len(next(iter(cells.values()))) if cells else 0
    blank, totals = np.ones(rows, dtype=bool), np.zeros(rows, dtype=bool)
    for place in sorted(cells):
        filled = cells[place].truth(lambda text: bool(tidy(text)))
        totals |= blank & filled & cells[place].truth(lambda text: fold(text).rstrip(":") in _TOTALS)
        blank &= ~filled
        if not blank.any():
            break
    names = [None, BLANK, TOTALS]
    rule = np.where(blank, 1, np.where(totals, 2, 0)).astype(np.int64)
    for item in ignore:
        names.append(item.id)
        hit = meets(item.when, by_name, rows, missing=())
        rule = np.where(hit & (rule != 1), len(names) - 1, rule)
    return Cells(rule, objects(names))


def meets(condition: Condition, by_name: Mapping[str, Cells], rows: int, missing: Iterable[str]) -> Mask:
    """Which lines meet a condition; none where the file lacks the column.

    The text must equal one of `equals` or start with one of `starts_with`, where either is given, and be filled or
    not as `filled` says. A missing code counts as empty.
    """
    cells = by_name.get(header_name(condition.column))
    if cells is None:
        return np.zeros(rows, dtype=bool)
    equals = {_plain(word) for word in condition.equals}
    starts = tuple(_plain(word) for word in condition.starts_with)
    empty = {"", *(_plain(word) for word in missing)}

    def ask(text: str) -> bool:
        plain = _plain(text)
        if (equals or starts) and plain not in equals and not (starts and plain.startswith(starts)):
            return False
        return condition.filled is None or condition.filled == (plain not in empty)

    return cells.truth(ask)


def _plain(text: str) -> str:
    return half_width(tidy(text)).strip()

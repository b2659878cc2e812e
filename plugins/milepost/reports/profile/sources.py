"""The way back from a row of a profile: delivery and line of the file, and the record's key.

A key that names a record by its date is left out, for a profile holds no date; delivery and line lead there as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from milepost.reports import words

# 2026-03, 2026年3月, and 20260301 with or without a time or a running number behind it
_DATED = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?:[-/.年]\d|(?:0[1-9]|1[0-2])(?:(?:0[1-9]|[12]\d|3[01])(?:\d{4}|\d{6})?)?(?!\d))"
)
_MOST = 3  # deliveries named before the rest is counted


class Sources:
    """Where each record of one patient stands in the files that were sent."""

    def __init__(self, records: pd.DataFrame) -> None:
        columns = ("DOMAIN", "RECKEY", "DELIVERY", "SRCLINE")
        ordered = records.sort_values(list(columns)) if len(records) else records
        self._places: dict[str, list[tuple[int, int]]] = {}
        for domain, key, delivery, line in zip(*(ordered[name] for name in columns), strict=True):
            self._places.setdefault(f"{domain}|{key}", []).append((int(delivery), int(line)))

    def of(self, src: Any) -> str:
        """The receipt of a derived row: its SRC, one text or several (DOMAIN|RECKEY)."""
        keys = _keys(src)
        places = sorted({place for key in keys for place in self._places.get(key, ())})
        if not places:
            return "no record"
        return (_named(keys[0]) if len(keys) == 1 else "") + said(places)


def said(places: Sequence[tuple[int, int]]) -> str:
    """delivery 12, line 4; delivery 13, lines 2 and 5."""
    lines: dict[int, list[int]] = {}
    for delivery, line in places:
        lines.setdefault(delivery, []).append(line)
    shown = [_one(delivery, found) for delivery, found in list(sorted(lines.items()))[:_MOST]]
    rest = len(lines) - _MOST
    return "; ".join(shown) + (
        f"; {words.many(rest, 'more delivery', 'more deliveries')}" if rest > 0 else ""
    )


def of_record(delivery: Any, line: Any, key: Any = None, domain: str = "") -> str:
    """The receipt of a row that carries its own delivery and line."""
    if pd.isna(delivery) or pd.isna(line):
        return "no record"
    return _named(f"{domain}|{key}") + said([(int(delivery), int(line))])


def _named(name: str) -> str:
    """The record's own name before its place, where the site gave it one that is no date."""
    own = name.split("|", 1)[-1].startswith("R:")
    return f"{name}, " if own and not _DATED.search(name) else ""


def _one(delivery: int, lines: Sequence[int]) -> str:
    if len(lines) == 1:
        return f"delivery {delivery}, line {lines[0]}" if lines[0] else f"delivery {delivery}"
    few = [str(line) for line in lines[:_MOST]]
    rest = len(lines) - _MOST
    return f"delivery {delivery}, lines {words.listed([*few, f'{rest} more'] if rest > 0 else few)}"


def _keys(src: Any) -> list[str]:
    if isinstance(src, str):
        return [src]
    if isinstance(src, Iterable) and not isinstance(src, bytes):
        return [str(part) for part in src]
    return []

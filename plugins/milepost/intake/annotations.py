"""What reading says about a row beside its columns: one annotation column a question, `OK` or a problem code.

A row with a problem stays in the frame: the gate decides what becomes of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from milepost.intake.cells import Cells, objects, together

OK = "OK"
# every code that reading can give; the gate must judge each of them
CODES: dict[str, tuple[str, ...]] = {
    "X_LINE": ("TOO_FEW_CELLS", "TOO_MANY_CELLS", "CELL_TOO_LONG", "RUINED_RECORD_ID"),
    "X_SUBJECT": ("MISSING", "LOOKS_LIKE_IDENTIFIER", "BAD_PATTERN"),
    "X_DATE": ("MISSING", "PARTIAL", "UNPARSEABLE", "AFTER_RECEIPT"),
    "X_TEST": ("MISSING", "UNKNOWN_CODE", "REFUSED_CODE"),
    "X_UNIT": ("MISSING_UNIT", "UNIT_NOT_SENT", "UNKNOWN_UNIT", "REFUSED_UNIT"),
    "X_VALUE": (
        "MISSING", "UNPARSEABLE", "NEGATIVE", "ABOVE_HARD", "BELOW_HARD", "SOFT", "IMPLAUSIBLE",
    ),
    "X_STATUS": ("UNKNOWN_STATUS",),
}  # fmt: skip
Finding = tuple[str, str | None]
FINE: Finding = (OK, None)


def annotation_columns(findings: Mapping[str, Cells]) -> dict[str, Cells]:
    """The X_ columns, and NOTE: problem code -> one sentence (empty where all is well).

    findings: column -> cells of (code, sentence or None).
    """
    few = {name: cells.distinct() for name, cells in findings.items()}
    columns = {name: cells.map(lambda finding: finding[0]) for name, cells in few.items()}
    return {**columns, "NOTE": together(list(few.values())).map(_note)}


def _note(findings: Sequence[Finding]) -> dict[str, str]:
    note: dict[str, str] = {}
    for code, sentence in findings:
        if sentence is not None:
            note[code] = f"{note[code]} {sentence}" if code in note else sentence
    return note


def worst(first: Finding, second: Finding) -> Finding:
    """The first finding unless it is fine."""
    return second if first[0] == OK else first


def no_rows(columns: Sequence[str]) -> pd.DataFrame:
    """An empty frame of text columns."""
    return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})


def split(pairs: Cells) -> tuple[Cells, Cells]:
    """Cells of (value, finding) as two columns."""
    first: list[Any] = [pair[0] for pair in pairs.texts]
    second: list[Any] = [pair[1] for pair in pairs.texts]
    return Cells(pairs.codes, objects(first)), Cells(pairs.codes, objects(second))

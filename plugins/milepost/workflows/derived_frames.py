"""The derived frames as tables for people and programs: ADSL, ADLB, ADTR, ADRS, ADTTE, ADAE."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pandas as pd

from milepost.workflows.context import Context
from milepost.workflows.deriving import Derivations
from milepost.workflows.verdicts import study_at

_SORTED = ("USUBJID", "LINE", "PARAMCD", "PARCAT3", "PARCAT2", "ADT", "ASTDT", "RECKEY")


def derived_frame(ctx: Context, name: str, *, as_of: dt.date, known_at: dt.datetime | None) -> pd.DataFrame:
    """One derived frame with STUDYID first, under the configuration in force at `known_at`; empty in an empty store."""
    wanted = known_at or ctx.clock()
    study, _ = study_at(ctx, wanted)
    instant = ctx.store.resolve_known_at(wanted)
    derived = Derivations(study, ctx.store, as_of=as_of, known_at=instant or wanted)
    frame = frame_of(derived, name)
    ordered = [column for column in _SORTED if column in frame]
    frame = frame.sort_values(ordered, kind="stable", na_position="first", ignore_index=True)
    frame.insert(0, "STUDYID", study.protocol.id)
    return frame


def frame_of(derived: Derivations, name: str) -> pd.DataFrame:
    """The frame with this name."""
    match name:
        case "adsl":
            return derived.subjects
        case "adlb":
            return _stacked(derived.labs.adlb, derived.scores.scores)
        case "adtr":
            return derived.tumour.lesions
        case "adrs":
            return derived.responses
        case "adtte":
            return derived.times.adtte
        case "adae":
            return derived.events.adae
        case "adex":
            return derived.exposure.exposure
        case "adhy":
            return derived.liver.patients
        case _:
            raise ValueError(f"no derived frame is called {name!r}")


def _stacked(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """The rows of both, with the columns of both; what one lacks is None."""
    columns = [*first.columns, *(name for name in second.columns if name not in first)]
    return pd.DataFrame({
        name: [value for frame in (first, second)
               for value in (frame[name] if name in frame else [None] * len(frame))]
        for name in columns
    }, dtype=object)  # fmt: skip


def to_csv(frame: pd.DataFrame) -> Iterator[str]:
    """The frame as CSV lines with their ends: header, then one line a row; nothing is an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in (tuple(frame.columns), *frame.itertuples(index=False, name=None)):
        writer.writerow([plain(value) for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def to_json(frame: pd.DataFrame) -> str:
    """The frame as a list of objects; exact decimals are texts, nothing is null."""
    rows = [
        {name: plain(value) for name, value in zip(frame.columns, row, strict=True)}
        for row in frame.itertuples(index=False, name=None)
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1)


def plain(value: Any) -> str | int | float | bool | None:
    """A cell as text files hold it: days as ISO 8601, decimals exactly as they are, several sources in one text."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, tuple | list):
        return " ".join(str(part) for part in value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat() if value == value.normalize() else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return None if pd.isna(value) else int(value) if value.is_integer() else value
    return value if isinstance(value, int) else str(value)

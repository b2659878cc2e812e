"""The verdicts as a table for people and programs: one row a patient, line and checkpoint."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

from milepost.core.verdict_versions import plain
from milepost.protocol import Study
from milepost.protocol.validation import study_from_content
from milepost.workflows.context import Context
from milepost.workflows.judging import judge

COLUMNS = (
    "USUBJID", "LINE", "CHECKPOINT", "STATE", "REASON", "BASE", "BASEU", "AVAL", "AVALU", "PCHG", "ADY", "FINAL",
)  # fmt: skip


def verdict_rows(ctx: Context, *, as_of: dt.date, known_at: dt.datetime | None) -> list[dict[str, Any]]:
    """Every verdict as of a day, with what was known and in force at an instant (now, if None)."""
    study, _ = study_at(ctx, known_at)
    instant = ctx.store.resolve_known_at(known_at)
    if instant is None:
        return []
    judged = judge(study, ctx.store, as_of=as_of, known_at=instant)
    rows = judged.verdicts.sort_values(["USUBJID", "LINE", "CHECKPOINT"])
    return [{name: plain(row[name]) for name in COLUMNS} for row in rows.to_dict("records")]


def study_at(ctx: Context, known_at: dt.datetime | None) -> tuple[Study, str]:
    """The configuration in force at an instant and its hash: the study folder as it is now where none is asked."""
    if known_at is None:
        return ctx.study, ctx.config_hash
    stored = ctx.store.configuration_at(known_at)
    if stored is None or stored[0] == ctx.config_hash:
        return ctx.study, ctx.config_hash
    return study_from_content(stored[1]), stored[0]


def to_csv(rows: list[dict[str, Any]]) -> str:
    """The rows as CSV; an absent value is an empty cell."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: ("" if v is None else v) for k, v in row.items()} for row in rows)
    return text.getvalue()

"""One record in all its versions: what the site sent when, where it stands in its file, and what changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from milepost.errors import DataProblem
from milepost.schema import DOMAINS
from milepost.workflows.arm_readers import HIDDEN
from milepost.workflows.context import Context
from milepost.workflows.table_texts import plain

NOT_SHOWN = "not shown"


def record_versions(
    ctx: Context, subject: str, domain: str, key: str, known_at: dt.datetime, *, with_arms: bool
) -> str:
    """Every version of one record, in order, with its file and line, and what changed in it.

    with_arms False: of what tells the arm it is said that it is there, and not what it is. Raises DataProblem where
    nothing was recorded under this key by then."""
    past = ctx.store.history(domain, patient=subject, known_at=known_at, reckey=key)
    if past.empty:
        raise DataProblem(
            f"explain: no {domain} record of this subject had this key by then. SRC and RECKEY of `milepost derive` "
            "name records; put both words in one pair of quotes."
        )
    lines = [
        f"{subject}, {DOMAINS[domain].label} record {domain}|{key}, as known at {known_at:%Y-%m-%d %H:%M:%S} UTC"
    ]
    for _, versions in past.groupby("OCCURRENCE", sort=True):
        before: dict[str, Any] | None = None
        for row in versions.sort_values("VERSION").to_dict("records"):
            taken_back = ", taken back" if row["RETRACTED"] else ""
            source = (row["DELIVERY"], row["SRCLINE"], key, row["OCCURRENCE"], row["VERSION"])
            lines += [
                f"  version {row['VERSION']}: {row['STATUS']}{taken_back}, known from "
                f"{row['KNOWN_FROM']:%Y-%m-%d %H:%M:%S} UTC",
                f"    {receipt(ctx, source)}",
                *_content(domain, row, before, with_arms=with_arms),
            ]
            before = row
    return "\n".join(lines)


def _content(
    domain: str, row: dict[Any, Any], before: dict[Any, Any] | None, *, with_arms: bool
) -> list[str]:
    """What a version says; of a later one only what it says otherwise than the version before."""
    now = {name: None if _is_empty(row[name]) else plain(row[name]) for name in DOMAINS[domain].compared}
    hidden = frozenset() if with_arms else HIDDEN
    if before is None:
        told = (
            f"{name} {NOT_SHOWN if name in hidden else value}"
            for name, value in now.items()
            if value is not None
        )
        return ["    " + "; ".join(told)]
    then = {name: None if _is_empty(before[name]) else plain(before[name]) for name in now}
    changed = [
        f"{name} {NOT_SHOWN}"
        if name in hidden
        else f"{name} {'empty' if then[name] is None else then[name]} -> {'empty' if value is None else value}"
        for name, value in now.items()
        if then[name] != value
    ]
    return ["    changed: " + ("; ".join(changed) or "nothing but its status")]


def _is_empty(value: Any) -> bool:
    return value is None or (not isinstance(value, str | tuple | list) and bool(pd.isna(value)))


def receipt(ctx: Context, source: tuple[Any, ...]) -> str:
    """Where a version of a record came from: delivery, line of its file, key, occurrence, version."""
    delivery, srcline, key, occurrence, version = source
    ledger = ctx.store.deliveries()
    row = ledger[ledger["ID"] == delivery].iloc[0]
    return (
        f"delivery {delivery} from {row['SITEID']}, line {srcline}, record {key} occurrence {occurrence} "
        f"version {version}, file SHA-256 {row['SHA256'][:12]}"
    )

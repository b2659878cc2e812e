"""Which verdicts are news: a verdict becomes a new version where anything it says, or rests on, has changed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from decimal import Decimal
from typing import Any

import pandas as pd

KEYS = ["USUBJID", "LINE", "CHECKPOINT"]
REPORTED = ["SITEID", "STATE", "REASON", "FINAL", "NEXT_ON"]
_PLAIN = (str, int, bool, type(None))
WITHDRAWN_LINE = {"STATE": "NOT_STARTED", "REASON": "LINE_WITHDRAWN", "FINAL": False}


def next_versions(
    verdicts: pd.DataFrame, before: pd.DataFrame, *, as_of: dt.date, known_at: dt.datetime, config_hash: str
) -> pd.DataFrame:
    """The verdicts that changed, with VERSION, INPUT_HASH, DETAIL (everything else a verdict says) and the keys
    of the run: columns of table `assessment`.

    before: the latest versions of the same patients. A patient's line that is judged no more (its doses were
    withdrawn) becomes NOT_STARTED:LINE_WITHDRAWN: a verdict never just disappears.
    """
    further = [name for name in verdicts if name not in (*KEYS, *REPORTED)]
    rows = verdicts[[*KEYS, *REPORTED]].assign(DETAIL=_plain_rows(verdicts[further]))
    rows = pd.concat([rows, _withdrawn(rows, before)], ignore_index=True)
    said = _plain_rows(rows.drop(columns="DETAIL"))
    rows["INPUT_HASH"] = [
        _hash({**row, "DETAIL": detail}) for row, detail in zip(said, rows["DETAIL"], strict=True)
    ]
    old = before[[*KEYS, "VERSION", "INPUT_HASH"]].rename(
        columns={"VERSION": "OLD", "INPUT_HASH": "OLD_HASH"}
    )
    joined = rows.merge(old, on=KEYS, how="left", validate="1:1")
    changed = joined[joined["INPUT_HASH"] != joined["OLD_HASH"]]
    return changed.assign(
        VERSION=pd.to_numeric(changed["OLD"]).fillna(0).astype("int64") + 1, AS_OF=pd.Timestamp(as_of),
        KNOWN_AT=pd.Timestamp(known_at), CONFIG_HASH=config_hash,
    ).drop(columns=["OLD", "OLD_HASH"]).reset_index(drop=True)  # fmt: skip


def _withdrawn(rows: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    if before.empty:
        return rows.iloc[:0]
    missing = ~pd.MultiIndex.from_frame(before[KEYS]).isin(pd.MultiIndex.from_frame(rows[KEYS]))
    gone = before.loc[missing & ~before["REASON"].eq("LINE_WITHDRAWN"), [*KEYS, "SITEID"]]
    return gone.assign(**WITHDRAWN_LINE, NEXT_ON=pd.NaT, DETAIL=[{} for _ in range(len(gone))])


def _plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Each row as JSON can hold it, column by column: a column has few types."""
    columns = [[plain(value) for value in frame[name]] for name in frame]
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def verdict_hash(row: dict[str, Any]) -> str:
    """SHA-256 of everything a verdict says, the rows it rests on included."""
    return _hash(plain(row))


def _hash(row: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(row, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def plain(value: Any) -> Any:
    """A verdict's value as JSON can hold it, exactly: decimals as text, days as ISO dates, absences as null."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    if isinstance(value, bool | str):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dt.datetime):
        midnight = value.tzinfo is None and value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value

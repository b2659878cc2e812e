"""Which safety signals are news: a signal becomes a new version where what it says has changed, or where the data no
longer give reason for it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

import pandas as pd

from milepost.core.escalation.signals import SIGNAL_KEYS


def next_signals(
    signals: pd.DataFrame, before: pd.DataFrame, *, as_of: dt.date, known_at: dt.datetime, config_hash: str
) -> pd.DataFrame:
    """The signals that changed: columns of table `signal`, withdrawn ones with ACTIVE False.

    before: the latest versions of the same patients (or sites). What is withdrawn already stays so.
    """
    now = signals.assign(ACTIVE=True, FACTS_HASH=[_hash(facts) for facts in signals["FACTS"]])
    old = before[[*SIGNAL_KEYS, "VERSION", "ACTIVE", "FACTS_HASH", "FACTS", "DETAIL"]].rename(
        columns={name: f"OLD_{name}" for name in ("VERSION", "ACTIVE", "FACTS_HASH", "FACTS", "DETAIL")}
    )
    joined = now.merge(old, on=SIGNAL_KEYS, how="outer", validate="1:1", indicator=True)
    gone = joined["_merge"].eq("right_only")
    withdrawn = joined[gone & joined["OLD_ACTIVE"].eq(True)]
    withdrawn = withdrawn.assign(
        ACTIVE=False, FACTS=withdrawn["OLD_FACTS"], DETAIL=withdrawn["OLD_DETAIL"],
        FACTS_HASH=withdrawn["OLD_FACTS_HASH"],
    )  # fmt: skip
    same = joined["FACTS_HASH"].eq(joined["OLD_FACTS_HASH"]) & joined["OLD_ACTIVE"].eq(True)
    changed = pd.concat([joined[~gone & ~same], withdrawn], ignore_index=True)
    changed = changed.assign(
        VERSION=pd.to_numeric(changed["OLD_VERSION"]).fillna(0).astype("int64") + 1, AS_OF=pd.Timestamp(as_of),
        KNOWN_AT=pd.Timestamp(known_at), CONFIG_HASH=config_hash,
    )  # fmt: skip
    kept = [name for name in changed if not str(name).startswith("OLD_") and name != "_merge"]
    return changed[kept].sort_values(SIGNAL_KEYS, kind="stable", ignore_index=True)


def _hash(facts: object) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

"""Results of a test as samples: accepted ones, and refused ones that were drawn all the same.

The newest version of a result counts even if it cannot be used: a refused correction takes its predecessor's place
(clinical specification, section 3.5). Preliminary, cancelled and mistaken results are no sample.
"""

from __future__ import annotations

import pandas as pd

from milepost.core.versions import is_older
from milepost.schema import TOMBSTONES

NO_SAMPLE = (*TOMBSTONES, "PRELIMINARY")
_KEY = ["USUBJID", "RECKEY"]


def with_refused_samples(accepted: pd.DataFrame, refused: pd.DataFrame) -> pd.DataFrame:
    """Adds USABLE and UNUSABLE (why not), and the refused samples as rows of their own.

    accepted: newest versions of the test's results (record and LB columns). refused: open rows of table
    `quarantine` for the test (ROW: the row's content; IS_SAMPLE: the gate's answer). A test not done is no sample.
    """
    rejected = accepted["STATUS"].eq("REJECTED")
    usable = accepted.assign(
        USABLE=~rejected, UNUSABLE=rejected.map({True: "REJECTED", False: None}).astype(object)
    )
    usable = usable[~(accepted["LBSTAT"].notna() & accepted["LBORRES"].isna())].reset_index(drop=True)
    drawn = refused[refused["IS_SAMPLE"].astype(bool)] if len(refused) else refused
    if drawn.empty:
        return usable
    contents = pd.DataFrame(list(drawn["ROW"]), index=drawn.index)
    contents = contents.drop(columns=[name for name in contents if name in drawn and name != "ROW"])
    rows = _newest_of_each_record(pd.concat([drawn.drop(columns="ROW"), contents], axis=1))
    overtaken, outdated = _overtaken(usable, rows)
    rows = rows[~outdated]
    added = rows.assign(
        USABLE=False, UNUSABLE="QUARANTINED", VERSION=0, OCCURRENCE=1, RETRACTED=False, ADT=_days(rows),
        # a status the gate could not read was taken as preliminary, and may well be a final one
        STATUS=rows["STATUS"].where(~rows["STATUS"].isin(NO_SAMPLE), None),
    )  # fmt: skip
    added = added.reindex(columns=usable.columns).astype({"ADT": "datetime64[ns]"})
    kept = usable[~overtaken]
    return pd.concat([kept, added], ignore_index=True) if len(added) else kept.reset_index(drop=True)


def _newest_of_each_record(rows: pd.DataFrame) -> pd.DataFrame:
    """Of several refused versions of one record id the last; without a record id each may be another sample."""
    by_id = rows["RECKEY"].str.startswith("R:").eq(True)
    newest = (
        rows.sort_values(["KNOWN_FROM", "SRCLINE"], kind="stable").drop_duplicates(_KEY, keep="last").index
    )
    return rows[~by_id | rows.index.isin(newest)].reset_index(drop=True)


def _overtaken(accepted: pd.DataFrame, refused: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Accepted rows that a later refused row of the same record replaces (same key, or named as replaced), and
    refused rows that are an older version than the accepted one."""
    left = accepted.reset_index(names="ACCEPTED")[[*_KEY, "ACCEPTED", "KNOWN_FROM", "RESVER", "LBDTC"]]
    right = refused.reset_index(names="REFUSED")[[*_KEY, "REFUSED", "KNOWN_FROM", "RESVER"]]
    pairs = left.merge(
        right.dropna(subset=_KEY), on=_KEY, how="inner", suffixes=("", "_REFUSED"), validate="m:m"
    )
    texts = pairs[["RESVER_REFUSED", "RESVER"]].astype(object)
    versions = texts.where(texts.notna(), None).itertuples(index=False)
    older = pd.Series([is_older(one, other) for one, other in versions], index=pairs.index, dtype=bool)
    later = pairs["KNOWN_FROM_REFUSED"] > pairs["KNOWN_FROM"]
    # without record id and time, another value of the day may be another sample: both stand
    sure = pairs["RECKEY"].str.startswith("R:") | pairs["LBDTC"].str.contains("T", na=False)
    overtaken = accepted.index.isin(pairs.loc[later & sure & ~older, "ACCEPTED"])
    outdated = refused.index.isin(pairs.loc[older & sure, "REFUSED"])
    named = refused.get("RECREPLACES", pd.Series(dtype=object)).dropna()
    replaced = {
        (refused.at[pos, "USUBJID"], f"R:{refused.at[pos, 'TEST']}|{old}") for pos, old in named.items()
    }
    if replaced:
        overtaken |= pd.MultiIndex.from_frame(accepted[_KEY]).isin(list(replaced))
    return pd.Series(overtaken, index=accepted.index), pd.Series(outdated, index=refused.index)


def _days(rows: pd.DataFrame) -> pd.Series:
    return pd.to_datetime(rows["LBDTC"].astype("object").str.slice(0, 10), format="%Y-%m-%d", errors="coerce")

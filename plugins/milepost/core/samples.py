"""Results of a test as samples: accepted ones, and refused ones that were drawn all the same.

The newest version of a result counts even if it cannot be used: a refused correction takes its predecessor's place
(clinical specification, section 3.5). Preliminary, cancelled and mistaken results are no sample.
"""

from __future__ import annotations

import pandas as pd

from milepost.schema import TOMBSTONES

NO_SAMPLE = (*TOMBSTONES, "PRELIMINARY")


def with_refused_samples(accepted: pd.DataFrame, refused: pd.DataFrame) -> pd.DataFrame:
    """Adds USABLE and UNUSABLE (why not), and the refused samples as rows of their own.

    accepted: newest versions of the test's results (record and LB columns). refused: open rows of table
    `quarantine` for the test (ROW: the row's content). A test not done is no sample.
    """
    rejected = accepted["STATUS"].eq("REJECTED")
    usable = accepted.assign(
        USABLE=~rejected, UNUSABLE=rejected.map({True: "REJECTED", False: None}).astype(object)
    )
    usable = usable[~(accepted["LBSTAT"].notna() & accepted["LBORRES"].isna())]
    drawn = refused[refused["IS_SAMPLE"].astype(bool)] if len(refused) else refused
    if drawn.empty:
        return usable.reset_index(drop=True)
    contents = pd.DataFrame(list(drawn["ROW"]), index=drawn.index)
    contents = contents.drop(columns=[name for name in contents if name in drawn and name != "ROW"])
    rows = pd.concat([drawn.drop(columns="ROW"), contents], axis=1)
    rows = rows[~rows["STATUS"].isin(NO_SAMPLE)]
    kept = usable[~_overtaken(usable, rows)]
    added = rows.assign(
        USABLE=False, UNUSABLE="QUARANTINED", VERSION=0, OCCURRENCE=1, RETRACTED=False, ADT=_days(rows)
    )
    added = added.reindex(columns=usable.columns)
    return (
        pd.concat([kept, added.astype({"ADT": "datetime64[ns]"})], ignore_index=True) if len(added) else kept
    )


def _overtaken(accepted: pd.DataFrame, refused: pd.DataFrame) -> pd.Series:
    """Accepted rows that a later refused row of the same record replaces: same key, or named as replaced."""
    newest = refused.groupby(["USUBJID", "RECKEY"], dropna=True)["KNOWN_FROM"].max()
    found = newest.reindex(pd.MultiIndex.from_frame(accepted[["USUBJID", "RECKEY"]])).to_numpy()
    later = pd.Series(pd.to_datetime(found, utc=True), index=accepted.index) > accepted["KNOWN_FROM"]
    # without record id and time, another value of the day may be another sample: both stand
    sure = accepted["RECKEY"].str.startswith("R:") | accepted["LBDTC"].str.contains("T", na=False)
    named = refused.get("RECREPLACES", pd.Series(dtype=object)).dropna()
    pairs = {(refused.at[pos, "USUBJID"], f"R:{refused.at[pos, 'TEST']}|{old}") for pos, old in named.items()}
    replaced = [pair in pairs for pair in zip(accepted["USUBJID"], accepted["RECKEY"], strict=True)]
    return (later & sure) | pd.Series(replaced, index=accepted.index, dtype=bool)


def _days(rows: pd.DataFrame) -> pd.Series:
    return pd.to_datetime(rows["LBDTC"].astype("object").str.slice(0, 10), format="%Y-%m-%d", errors="coerce")

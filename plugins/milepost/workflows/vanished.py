"""A row that was in a site's last complete export and is not in this one: a question, never a silent deletion."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd

from milepost.intake.reading import Reading
from milepost.workflows.context import Context
from milepost.workflows.taking import Taken, earlier, read

KEYS = ["DOMAIN", "USUBJID", "RECKEY"]


class Exports:
    """The newest complete export of each site and layout while a batch goes by."""

    def __init__(self, ctx: Context, ledger: pd.DataFrame) -> None:
        self.ctx, self.ledger = ctx, ledger
        self.newest: dict[tuple[str, str], tuple[Any, pd.DataFrame]] = {}

    def compare(self, taken: Taken) -> None:
        """Note in `taken` which records the export lacks, or hold it where too much is gone to believe it.

        An export received before the newest one never lacks anything. Where a subject of the file could not be
        read its rows may be the missing ones: nothing is asked.
        """
        if taken.layout is None or taken.layout.mode != "cumulative" or taken.fate != "RECORDED":
            return
        place = (taken.site.id, taken.layout.id)
        past = self.newest[place][1] if place in self.newest else self._before(taken)
        today = keys_of(taken.reading)
        if not past.empty and not _has_unknown_subjects(taken.reading):
            joined = past.merge(today, on=KEYS, how="left", indicator=True, validate="1:1")
            gone = joined.loc[joined["_merge"] == "left_only", KEYS].reset_index(drop=True)
            limit = self.ctx.study.protocol.gate.vanish_hold_share_pct
            if Decimal(len(gone)) * 100 > limit * len(past) and not taken.forced:
                taken.fate = "HELD"
                taken.why = (
                    f"{len(gone)} of {len(past)} records of the previous export are missing; above {limit} % we take "
                    f"the file to be cut short. Please send the whole export, or confirm that they were withdrawn."
                )
                return
            taken.gone = gone
        self.newest[place] = (taken.row["RECEIVED_AT"], today)

    def _before(self, taken: Taken) -> pd.DataFrame:
        before = earlier(self.ledger, taken.row)
        if before.empty or taken.layout is None:
            return pd.DataFrame(columns=KEYS)
        return keys_of(read(self.ctx, before.iloc[-1].to_dict(), taken.site, taken.layout))


def keys_of(reading: Reading) -> pd.DataFrame:
    """Every record a reading names, once."""
    parts = [frame[["USUBJID", "RECKEY"]].assign(DOMAIN=domain) for domain, frame in reading.frames.items()]
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame(columns=KEYS)
    return pd.concat(parts, ignore_index=True)[KEYS].drop_duplicates(ignore_index=True)


def _has_unknown_subjects(reading: Reading) -> bool:
    return any(bool((frame["X_SUBJECT"] != "OK").any()) for frame in reading.frames.values())

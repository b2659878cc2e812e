"""What the store already knows and a row alone cannot tell: who is in the study, who died when, when a file came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from milepost.schema import TOMBSTONES

_NOT_YET = (*TOMBSTONES, "PRELIMINARY")


@dataclass(frozen=True)
class Facts:
    """deaths: USUBJID -> day of death; subjects: everybody in DM; received: delivery -> day of receipt, site's time."""

    deaths: pd.Series = field(default_factory=lambda: pd.Series(dtype="datetime64[ns]"))
    subjects: frozenset[str] = frozenset()
    received: Mapping[int, dt.date] = field(default_factory=dict)

    def with_batch(self, frames: Mapping[str, pd.DataFrame]) -> Facts:
        """The same facts and those the waiting deliveries bring: a death that comes tonight counts tonight.

        Where the batch names several days of death for one subject the last one counts: nothing is refused on the
        earlier of two doubtful dates.
        """
        deaths, subjects = [], set(self.subjects)
        dm, ds = frames.get("DM"), frames.get("DS")
        if dm is not None and len(dm):
            present = dm.loc[dm["USUBJID"].notna() & ~dm["STATUS"].isin(_NOT_YET)]
            subjects |= set(present["USUBJID"])
            deaths.append(_full_days(present["USUBJID"], present["DTHDTC"]))
        if ds is not None and len(ds):
            died = ds.loc[ds["USUBJID"].notna() & ds["DSDECOD"].eq("DEATH") & ~ds["STATUS"].isin(_NOT_YET)]
            deaths.append(_full_days(died["USUBJID"], died["DSSTDTC"]))
        new = pd.concat(deaths) if deaths else pd.Series(dtype="datetime64[ns]")
        new = new.groupby(level=0).max()
        known = self.deaths[~self.deaths.index.isin(new.index)]
        merged = pd.concat([part for part in (known, new) if len(part)] or [new]).astype("datetime64[ns]")
        return Facts(merged.sort_index(), frozenset(subjects), self.received)


def _full_days(subjects: pd.Series, texts: pd.Series) -> pd.Series:
    """USUBJID -> day, of those texts that name a whole day."""
    days = pd.to_datetime(texts.astype("object").str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    found = pd.Series(days.to_numpy("datetime64[ns]"), index=subjects.astype("object").to_numpy())
    return found.dropna()

"""What the gate must know from elsewhere: who is a subject of the study, and who has died."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from milepost.core.disposition import select_deaths
from milepost.intake import gate
from milepost.schema import TOMBSTONES
from milepost.workflows.context import Context

THE_BEGINNING = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
NOT_YET = (*TOMBSTONES, "PRELIMINARY")


def facts_about(ctx: Context, frames: dict[str, pd.DataFrame]) -> gate.Facts:
    """Deaths and subjects, from the record and from the batch itself, for the patients of this batch.

    What the batch says of a record stands in the place of what was on record.
    """
    names = [frame["USUBJID"].dropna() for frame in frames.values()]
    patients = sorted(set(pd.concat(names))) if names else []
    known = {domain: _with_batch(ctx, domain, frames, patients) for domain in ("DM", "DS", "SS")}
    deaths = select_deaths(known["DM"], known["DS"], known["SS"])
    return gate.Facts(
        deaths=deaths.set_index("USUBJID")["DEATH"], subjects=frozenset(known["DM"]["USUBJID"].dropna())
    )


def _with_batch(
    ctx: Context, domain: str, frames: dict[str, pd.DataFrame], patients: list[str]
) -> pd.DataFrame:
    stored = ctx.store.known(domain, known_at=ctx.store.newest_known() or THE_BEGINNING, patients=patients)
    if domain not in frames:
        return stored
    shared = [name for name in stored if name in frames[domain]]
    stored, came = stored[shared], frames[domain][shared]
    replaced = pd.MultiIndex.from_frame(stored[["USUBJID", "RECKEY"]]).isin(
        pd.MultiIndex.from_frame(came[["USUBJID", "RECKEY"]])
    )
    parts = [stored[~replaced], came[came["USUBJID"].notna() & ~came["STATUS"].isin(NOT_YET)]]
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else stored.iloc[:0]

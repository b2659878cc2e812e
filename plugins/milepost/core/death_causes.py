"""Who died, when, how long after the last dose, and of what as far as anybody said.

A cause is never worked out: it is the fatal adverse event, else what the record of the death says. Source: clinical
specification, section 7.2 ("deaths listing with cause, days from last dose").
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from milepost.core.disposition import DISPOSITIONS, disposition_kinds
from milepost.core.dosing import last_dose_by
from milepost.core.study_day import derive_study_day

DEATH_COLUMNS = (
    "USUBJID", "LINE", "DTHDT", "LATEST", "DTHDTF", "DTHDY", "LATESTDY", "LASTDOSE", "AFTERDAYS", "CAUSE", "CAUSESRC",
    "RELATED", "STOPREASON", "LEFT",
)  # fmt: skip
_NO_CAUSE = {*DISPOSITIONS["DEATH"], "UNKNOWN", "OTHER"}
EVENT, DISPOSITION = "AE", "DS"


def derive_death_causes(
    adsl: pd.DataFrame,
    lines: pd.DataFrame,
    adae: pd.DataFrame,
    adex: pd.DataFrame,
    ds: pd.DataFrame,
    *,
    as_of: dt.date,
) -> pd.DataFrame:
    """One row for each subject who died by the cut-off of adsl, or of whom a fatal event is recorded.

    Columns: LINE (begun last before death; empty where never treated); DTHDT, LATEST (first and last day the death can
    have been; NaT where no date is known), DTHDTF; DTHDY, LATESTDY (study days of those, from the first dose of the
    line of entry); LASTDOSE (last dose of any line on or before the death), AFTERDAYS (days from it to LATEST, 0 on the
    day itself); CAUSE (preferred terms of fatal events in order of onset, else the term of the death's record),
    CAUSESRC (AE, DS or None); RELATED (of fatal events: Y where one is related, N, None where not said); STOPREASON of
    the line; LEFT (WITHDREW or LOST: that came before the death, which was learned of afterwards). Sorted by day of
    death, latest first, then by subject; without a date last.
    """
    fatal = adae[adae["AFATAL"].eq("Y").to_numpy(bool)]
    dead = adsl[adsl["DTHFL"].eq("Y").to_numpy(bool) | adsl["USUBJID"].isin(fatal["USUBJID"]).to_numpy(bool)]
    told = dead[["USUBJID", "DTHDT", "DTHDTF"]].reset_index(drop=True)
    last = pd.to_datetime(told["USUBJID"].map(lines.groupby("USUBJID")["DEATH"].min())).clip(
        upper=pd.Timestamp(as_of)
    )
    told = _with_line(told.assign(LATEST=last.where(told["DTHDTF"].notna(), told["DTHDT"])), lines)
    told = told.merge(
        adex[["USUBJID", "LINE", "STOPREASON"]].astype({"LINE": "Int64"}), on=["USUBJID", "LINE"], how="left",
        validate="m:1",
    )  # fmt: skip
    causes = _causes(fatal, ds)
    for name in ("CAUSE", "CAUSESRC", "RELATED"):
        told[name] = _texts(told["USUBJID"].map({who: cause[name] for who, cause in causes.items()}))
    order = told.assign(NONE=told["DTHDT"].isna()).sort_values(
        ["NONE", "DTHDT", "USUBJID"], ascending=[True, False, True], kind="stable"
    )
    texts = {name: _texts(order[name]) for name in ("DTHDTF", "STOPREASON", "LEFT")}
    return order.assign(**texts)[list(DEATH_COLUMNS)].reset_index(drop=True)


def _with_line(told: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """The line begun last, the first dose of the line of entry, the last dose before death, and leaving before it."""
    rows = lines.merge(told[["USUBJID", "LATEST"]], on="USUBJID", how="inner", validate="m:1")
    begun = rows[rows["FIRSTDOSE"].notna() & ~(rows["FIRSTDOSE"] > rows["LATEST"])]
    begun = begun.sort_values(["USUBJID", "FIRSTDOSE", "LINE"], kind="stable")
    days = (begun["LATEST"] - pd.Timestamp(0)).dt.days
    last = [
        None if day is None else pd.Timestamp(0) + pd.Timedelta(days=day)
        for day in last_dose_by(begun["DOSES"], days.fillna(-1).to_numpy(dtype=np.int64))
    ]
    begun = begun.assign(LASTBY=pd.Series(last, index=begun.index, dtype="datetime64[ns]"))
    # lines that come without their doses are taken by their last dose alone
    plain = begun["LASTDOSE"].where(begun["LASTDOSE"] <= begun["LATEST"])
    begun = begun.assign(LASTBY=begun["LASTBY"].where(begun["LASTBY"].notna(), plain))
    of_each = begun.groupby("USUBJID").agg(LINE=("LINE", "last"), LASTDOSE=("LASTBY", "max"))
    entry = rows[rows["FIRSTDOSE"].notna()].sort_values(["USUBJID", "LINE"]).drop_duplicates("USUBJID")
    told = told.merge(of_each, left_on="USUBJID", right_index=True, how="left", validate="1:1")
    told = told.assign(FIRSTDOSE=pd.to_datetime(told["USUBJID"].map(entry.set_index("USUBJID")["FIRSTDOSE"])))
    told = derive_study_day(told, date="DTHDT", into="DTHDY")
    told = derive_study_day(told, date="LATEST", into="LATESTDY")
    return told.assign(
        LINE=told["LINE"].astype("Int64"),
        AFTERDAYS=(told["LATEST"] - told["LASTDOSE"]).dt.days.astype("Int64"), LEFT=_left(told, rows),
    )  # fmt: skip


def _left(told: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Whether the subject had left the study before the death: of two ways the earlier, of one day WITHDREW."""
    ends = rows.groupby("USUBJID")[["WITHDREW", "LOST"]].min()
    days = {name: pd.to_datetime(told["USUBJID"].map(ends[name])) for name in ("WITHDREW", "LOST")}
    withdrew, lost = (days[name].where(days[name] < told["DTHDT"]) for name in ("WITHDREW", "LOST"))
    none = pd.Series(None, index=told.index, dtype=object)
    return none.mask(lost.notna(), "LOST").mask(withdrew.notna() & ~(lost < withdrew), "WITHDREW")


def _causes(fatal: pd.DataFrame, ds: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """What is said of each death, the fatal event before the record of the death."""
    told: dict[str, dict[str, Any]] = {}
    deaths = ds[disposition_kinds(ds).eq("DEATH").to_numpy(bool)]
    for who, term in zip(deaths["USUBJID"], deaths["DSTERM"], strict=True):
        if isinstance(term, str) and " ".join(term.upper().split()) not in _NO_CAUSE and who not in told:
            told[str(who)] = {"CAUSE": term, "CAUSESRC": DISPOSITION, "RELATED": None}
    ordered = fatal.sort_values(["USUBJID", "ASTDT", "RECKEY"], na_position="last", kind="stable")
    for who, own in ordered.groupby("USUBJID", sort=True):
        terms = list(dict.fromkeys(term for term in own["ATERM"] if isinstance(term, str)))
        related = next((word for word in ("Y", "N") if own["AREL"].eq(word).any()), None)
        if terms:
            told[str(who)] = {"CAUSE": "; ".join(terms), "CAUSESRC": EVENT, "RELATED": related}
    return told


def _texts(column: pd.Series) -> pd.Series:
    return column.astype(object).where(column.notna(), None)

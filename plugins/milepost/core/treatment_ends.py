"""Why a line of therapy was stopped, and when consent was given.

Source: clinical specification, sections 3.4 (step 6) and 7.2 (reasons of stopping).
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from milepost.core.disposition import DISPOSITIONS, select_dispositions
from milepost.core.dose_records import Key, line_number
from milepost.core.partial_dates import span


def stop_reasons(lines: pd.DataFrame, ds: pd.DataFrame, as_of: dt.date) -> dict[Key, tuple[str, str]]:
    """Reason and RECKEY of each line's permanent stop, where it was stopped by the cut-off.

    The word of DSDECOD, or the reported reason (DSTERM) where that word only says that the drug was stopped. Of several
    stops of one day the first by record.
    """
    rows = ds.reset_index(drop=True)
    # the selection keeps DSLINE as it is: the row's place in it leads back to the row
    events = select_dispositions(rows.assign(DSLINE=rows.index))
    events = events[events["KIND"].eq("DISCONTINUED").to_numpy(bool)]
    told: dict[tuple[str, pd.Timestamp], list[tuple[str, str, int | None]]] = {}
    for subject, day, place in zip(events["USUBJID"], events["ADT"], events["DSLINE"], strict=True):
        row = rows.loc[place]
        general = " ".join(row["DSDECOD"].upper().split()) in DISPOSITIONS["DISCONTINUED"]
        reason = row["DSTERM"] if general and isinstance(row["DSTERM"], str) else row["DSDECOD"]
        told.setdefault((subject, day), []).append((row["RECKEY"], reason, line_number(row["DSLINE"])))
    found: dict[Key, tuple[str, str]] = {}
    stopped = lines[(lines["DISCONTINUED"] <= pd.Timestamp(as_of)).to_numpy(bool)]
    for subject, line, day in zip(stopped["USUBJID"], stopped["LINE"], stopped["DISCONTINUED"], strict=True):
        for key, reason, of_line in sorted(told.get((subject, day), ()), key=lambda stop: stop[0]):
            if of_line in (None, int(line)):
                found.setdefault((subject, int(line)), (reason, key))
    return found


def consent_days(ds: pd.DataFrame, dm: pd.DataFrame | None) -> dict[str, int]:
    """The first day the informed consent may mean, of each subject that has one: the earliest told."""
    named = ds["DSDECOD"].map(
        lambda word: isinstance(word, str) and "CONSENT OBTAINED" in " ".join(word.upper().split())
    )
    texts = [ds.loc[named.astype(bool), ["USUBJID", "DSSTDTC"]].set_axis(["USUBJID", "TEXT"], axis=1)]
    if dm is not None:
        texts.append(dm[["USUBJID", "RFICDTC"]].set_axis(["USUBJID", "TEXT"], axis=1))
    found: dict[str, int] = {}
    for subject, text in pd.concat(texts).itertuples(index=False):
        meant = span(text) if isinstance(text, str) else None
        if meant is not None:
            found[subject] = min(found.get(subject, meant[0].toordinal()), meant[0].toordinal())
    return found

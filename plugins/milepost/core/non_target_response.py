"""Non-target lesions: all gone, some left, unequivocally worse, or not all assessed.

Source: clinical specification section 6.1. A node below 10 mm is normal, hence gone. Where one lesion was not assessed
and none is unequivocally worse, the answer is NE. A raised marker that has not become normal forbids CR.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from milepost.core.row_sources import gather_sources
from milepost.core.target_response import NODE_IS_NORMAL_BELOW
from milepost.core.tumour_timepoints import KEYS

_AT = [*KEYS, "TP"]
_FOUND = {
    "ABSENT": "CR", "PRESENT": "LEFT", "EQUIVOCAL": "DOUBTFUL", "MERGED": "LEFT", "SPLIT": "LEFT",
    "PROGRESSION": "PD", "UNEQUIVOCAL": "PD", "WORSE": "WORSE", "NOT_EVALUABLE": "NE", "TOO_SMALL": "LEFT",
}  # fmt: skip
_ORDER = {"PD": -1, "WORSE": 0, "LEFT": 1, "CR": 1, "DOUBTFUL": 2, "NE": 3}


def derive_states(findings: pd.DataFrame, lesions: pd.DataFrame) -> pd.DataFrame:
    """What each non-target lesion was at each time point: KEYS TP LESION STATE (CR LEFT DOUBTFUL PD NE) CLASH UNSAID
    (called worse, not said whether unequivocally: NE until the site has answered) KEYS_.

    findings: of non-target lesions, with TP. A measured length says more than a word, except that it is unequivocally
    worse. Of several days the latest counts; gone and left on one day is a CLASH.
    """
    keys = [*_AT, "LESION"]
    rows = findings.merge(
        lesions[[*KEYS, "LESION", "NODE"]], on=[*KEYS, "LESION"], how="inner", validate="m:1"
    )
    measured = rows["STATE"].eq("MEASURED")
    gone = np.where(rows["NODE"], rows["SIZE"] < NODE_IS_NORMAL_BELOW, rows["SIZE"] == 0)
    state = np.where(measured, np.where(gone, "CR", "LEFT"), rows["STATE"].map(_FOUND).astype(object))
    state = np.where(rows["NODE"] & rows["STATE"].eq("TOO_SMALL"), "CR", state)
    # a node's long axis says nothing
    mute = rows["NODE"] & rows["TEST"].isin(["LDIAM", "VDIAM"])
    rows = rows.assign(FOUND=state, ORDER=pd.Series(state, index=rows.index).map(_ORDER), WORD=~measured)[
        ~mute
    ]
    late_first = [True] * len(keys) + [True, False, True]
    rows = rows.sort_values([*keys, "ORDER", "ADT", "WORD"], ascending=late_first, kind="stable")
    best = rows.drop_duplicates(keys)[[*keys, "FOUND", "ADT"]].rename(columns={"FOUND": "STATE", "ADT": "D"})
    peers = rows.merge(best, on=keys, how="left", suffixes=("", "_"), validate="m:1")
    odd = peers["ADT"].eq(peers["D"]) & (
        (peers["STATE_"].eq("CR") & peers["FOUND"].eq("LEFT") & ~peers["NODE"])
        | (peers["STATE_"].eq("LEFT") & peers["FOUND"].eq("CR"))
    )
    clash = odd.groupby([peers[key] for key in keys], sort=False).any().rename("CLASH").reset_index()
    sources = gather_sources(rows, keys, "KEY", "KEYS_")
    found = best.merge(clash, on=keys, how="left", validate="1:1")
    found = found.merge(sources, on=keys, how="left", validate="1:1").drop(columns="D")
    clashes, unsaid = found["CLASH"].eq(True), found["STATE"].eq("WORSE")
    return found.assign(STATE=found["STATE"].where(~clashes & ~unsaid, "NE"), CLASH=clashes, UNSAID=unsaid)


def summarise_non_targets(states: pd.DataFrame, lesions: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """One row a time point of a line with non-target lesions at baseline, or with some first seen later (LATE).

    NTRGRESP (CR, NON-CR/NON-PD, PD, NE), NTOLD (any row at all), NBACK (a lesion is certainly there), NCLASH, LATE,
    NSRC.
    """
    known = lesions.loc[lesions["ROLE"].eq("NON-TARGET"), [*KEYS, "LESION", "ATBASE"]]
    grid = known.merge(points[[*KEYS, "TP"]], on=KEYS, how="inner", validate="m:m")
    grid = grid.merge(states, on=[*_AT, "LESION"], how="left", validate="1:1")
    told = grid["STATE"].notna()
    grid = grid[grid["ATBASE"] | told]
    told = grid["STATE"].notna()
    state = grid["STATE"].where(told, "NE")
    # a lesion first called non-target after baseline was never part of it: what it says is not known
    state = state.where(grid["ATBASE"] | state.eq("PD"), "NE")
    part = grid.assign(
        WORSE=state.eq("PD"), OPEN=state.eq("NE"), LEFT=state.isin(["LEFT", "DOUBTFUL"]), BACK=state.eq("LEFT"),
        TOLD=told, ISLATE=~grid["ATBASE"], CLASH=grid["CLASH"].eq(True),
    )  # fmt: skip
    found = part.groupby(_AT, sort=False).agg(
        WORSE=("WORSE", "any"), OPEN=("OPEN", "any"), LEFT=("LEFT", "any"), NBACK=("BACK", "any"),
        NTOLD=("TOLD", "any"), LATE=("ISLATE", "any"), NCLASH=("CLASH", "any"),
    ).reset_index()  # fmt: skip
    found = found.merge(gather_sources(part, _AT, "KEYS_", "NSRC"), on=_AT, how="left", validate="1:1")
    response = np.select([found["WORSE"], found["OPEN"], found["LEFT"]], ["PD", "NE", "NON-CR/NON-PD"], "CR")
    return found.assign(NTRGRESP=response).drop(columns=["WORSE", "OPEN", "LEFT"])


def derive_marker(points: pd.DataFrame, markers: pd.DataFrame) -> pd.Series:
    """Whether a marker that was raised at baseline forbids CR at each time point (KEYS, ADTLAST, FIRSTDOSE).

    markers: USUBJID, ADT, HIGH (above the upper limit of normal). Raised at baseline: the last value up to first dose.
    It forbids CR until the newest value up to the time point, taken after first dose, is normal.
    """
    if not len(points):
        return pd.Series([], dtype=bool, index=points.index)
    values = markers.dropna(subset=["ADT", "HIGH"]).sort_values(["ADT", "HIGH"], kind="stable")
    values = values.assign(HIGH=values["HIGH"].astype(bool), MDT=values["ADT"])[
        ["USUBJID", "ADT", "MDT", "HIGH"]
    ]
    newest = {}
    for name in ("FIRSTDOSE", "ADTLAST"):
        ordered = points[["USUBJID", name]].sort_values(name, kind="stable")
        joined = pd.merge_asof(ordered.reset_index(), values, left_on=name, right_on="ADT", by="USUBJID")
        newest[name] = joined.set_index("index").reindex(points.index)
    normal_now = newest["ADTLAST"]["HIGH"].eq(False) & (newest["ADTLAST"]["MDT"] > points["FIRSTDOSE"])
    return newest["FIRSTDOSE"]["HIGH"].eq(True) & ~normal_now

"""The baseline of every reading: its target and non-target lesions, their sum, and whether it can be used.

Source: clinical specification sections 3.4 (one baseline rule per parameter group) and 6.1.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from milepost.core.row_sources import gather_sources
from milepost.core.target_response import BASELINE
from milepost.core.tumour_scans import LONG_TESTS, VIABLE_TESTS
from milepost.core.tumour_timepoints import KEYS, none_for_empty
from milepost.core.tumour_words import NO_SIZE, to_mm

_AT = [*KEYS, "TP"]


def select_sums(findings: pd.DataFrame, criteria: str) -> pd.DataFrame:
    """The sum of diameters as sent, of each time point: SENT (-1 none), SENTSRC, SENTCLASH (two sums of one day), of
    which SENTLOW is the smallest and SENTHIGH the largest."""
    test = "SUMVDIAM" if criteria == "mRECIST" else "SUMDIAM"
    sums = findings[findings["TEST"].eq(test) & findings["STATE"].eq("MEASURED")]
    sums = sums.sort_values([*_AT, "ADT", "SIZE"], ascending=[True] * len(_AT) + [False, True], kind="stable")
    first = sums.drop_duplicates(_AT)[[*_AT, "ADT", "SIZE", "KEY"]]
    peers = sums.merge(first[[*_AT, "ADT", "SIZE"]], on=_AT, how="left", suffixes=("", "_"), validate="m:1")
    peers = peers[peers["ADT"].eq(peers["ADT_"])]
    span = peers.groupby(_AT)["SIZE"].agg(["min", "max"]).reset_index()
    found = first.merge(span, on=_AT, how="left", validate="1:1")
    clash = found["min"].lt(found["max"])
    return pd.DataFrame(
        {**{name: found[name] for name in _AT}, "SENT": found["SIZE"].where(~clash, NO_SIZE).astype("int64"),
         "SENTSRC": [(key,) for key in found["KEY"]], "SENTCLASH": clash, "SENTLOW": found["min"],
         "SENTHIGH": found["max"], "SENTDT": found["ADT"]}
    )  # fmt: skip


def derive_baselines(
    findings: pd.DataFrame, lesions: pd.DataFrame, by_lesion: pd.DataFrame, used: pd.DataFrame, criteria: str,
    states: pd.DataFrame,
) -> pd.DataFrame:  # fmt: skip
    """One row a reading: NTARGET NNONTARGET NODES (target nodes; 1 where no lesion is listed) BASE (10**-9 mm) BASEHIGH
    (the most it may have been where measurements clash; -1 where nothing is known) SUM ADT VISIT (of the last scan)
    COMPLETE SEEN (something of TU or TR is known) SRC DATAERR (why there is no usable baseline)."""
    columns = [*KEYS, "TOTAL", "HIGH", "N", "COMPLETE", "TOLD", "CLASH", "SRC"]
    at = by_lesion.loc[by_lesion["TP"].eq(BASELINE), columns]
    base = used.merge(at, on=KEYS, how="left", validate="1:1")
    sent = select_sums(findings[findings["TP"].eq(BASELINE)], criteria).drop(columns="TP")
    base = base.merge(sent, on=KEYS, how="left", validate="1:1")
    counts = (
        lesions[lesions["ATBASE"] & lesions["ROLE"].eq("NON-TARGET")]
        .groupby(KEYS)
        .size()
        .rename("NNONTARGET")
    )
    base = base.merge(counts.reset_index(), on=KEYS, how="left", validate="1:1")
    before = findings[findings["TP"].eq(BASELINE)]
    last = before.sort_values([*KEYS, "ADT", "VISIT"], kind="stable").drop_duplicates(KEYS, keep="last")
    base = base.merge(last[[*KEYS, "ADT", "VISIT"]], on=KEYS, how="left", validate="1:1")
    named = pd.concat([findings[KEYS], lesions[KEYS]]).drop_duplicates().assign(SEEN=True)
    base = base.merge(named, on=KEYS, how="left", validate="1:1")
    late = pd.concat(
        [findings.loc[findings["TP"].ne(BASELINE) & ~findings["AFTERNEXT"]
                      & findings["TEST"].isin([*LONG_TESTS, *VIABLE_TESTS]), KEYS]]
    ).drop_duplicates().assign(LATER=True)  # fmt: skip
    base = base.merge(late, on=KEYS, how="left", validate="1:1")
    other_keys = gather_sources(states[states["TP"].eq(BASELINE)], KEYS, "KEYS_", "NTSRC")
    base = base.merge(other_keys, on=KEYS, how="left", validate="1:1")
    n = base["N"].fillna(0).astype(int)
    total = base["TOTAL"].where(base["COMPLETE"].eq(True), NO_SIZE).fillna(NO_SIZE)
    # lesions that are listed but not measured one by one: the sum that was sent
    by_lesion = (n > 0) & (base["TOTAL"].ge(0) | ~base["SENT"].ge(0))
    size = total.where(by_lesion, base["SENT"].fillna(NO_SIZE)).astype("int64")
    # a site that sends no lengths at all judges by itself: its baseline is not ours to doubt
    measures = base["LATER"].eq(True) | base["TOLD"].eq(True)
    seen = base["SEEN"].eq(True)
    nontargets = base["NNONTARGET"].fillna(0).astype(int)
    nothing = seen & n.eq(0) & size.lt(0) & nontargets.eq(0)
    error = np.select(
        [base["CLASH"].eq(True) | (base["SENTCLASH"].eq(True) & ~by_lesion), (n > 0) & (size < 0) & measures,
         (size < 0) & base["LATER"].eq(True) & (n.eq(0)), nothing, size.eq(0)],
        ["TR-TWO-MEASUREMENTS", "TR-NO-BASELINE", "TR-BASELINE-AFTER-DOSE", "TR-BASELINE-AFTER-DOSE",
         "TR-BASELINE-ZERO"], "",
    )  # fmt: skip
    dataerr = none_for_empty(error, base.index)
    of_nodes = (
        lesions[lesions["ATBASE"] & lesions["ROLE"].eq("TARGET")].groupby(KEYS)["NODE"].sum().rename("NODES")
    )
    nodes = base[KEYS].merge(of_nodes.reset_index(), on=KEYS, how="left", validate="1:1")["NODES"]
    nodes = nodes.where(n > 0, 1).fillna(0).astype("int64")
    sources = [
        tuple(key for one in (lesion, sum_, other) if isinstance(one, tuple) for key in one)
        for lesion, sum_, other in zip(base["SRC"], base["SENTSRC"], base["NTSRC"], strict=True)
    ]
    usable = dataerr.isna()
    high = base["HIGH"].where(by_lesion, base["SENTHIGH"]).fillna(NO_SIZE).astype("int64")
    high = high.where(usable | dataerr.eq("TR-TWO-MEASUREMENTS"), NO_SIZE).where(~usable, size)
    size = size.where(usable, NO_SIZE)
    return base[[*KEYS, "SITEID", "ARMCD", "FIRSTDOSE", "ADT", "VISIT"]].assign(
        NTARGET=n, NNONTARGET=nontargets, BASE=size, BASEHIGH=high,
        SUM=pd.Series([to_mm(one) for one in size.tolist()], index=base.index, dtype=object),
        COMPLETE=usable & seen & (size.gt(0) | nontargets.gt(0) | n.gt(0)), SEEN=seen, NODES=nodes,
        SRC=pd.Series(sources, index=base.index, dtype=object), DATAERR=dataerr,
    )  # fmt: skip


def derive_adequacy(baselines: pd.DataFrame, timepoints: pd.DataFrame) -> pd.DataFrame:
    """Add MEASURABLE (target lesions at baseline, by measurement, sum or the site's own judgement) and settle COMPLETE.

    Where the site sends nothing but responses its baseline is not ours to judge: it counts as complete.
    """
    said = timepoints["R_TRG"].isin(["CR", "PR", "SD", "PD", "NE"]) & ~timepoints["NTARGET"].gt(0)
    heard = (
        said.groupby([timepoints[key] for key in KEYS], sort=False).any().rename("SAYSTARGET").reset_index()
    )
    known = baselines.merge(heard, on=KEYS, how="left", validate="1:1")
    only_reported = ~known["SEEN"] & known["DATAERR"].isna()
    return known.assign(
        MEASURABLE=known["NTARGET"].gt(0) | known["BASE"].gt(0) | known["SAYSTARGET"].eq(True),
        COMPLETE=(known["COMPLETE"] | only_reported).astype(bool),
    ).drop(columns="SAYSTARGET")

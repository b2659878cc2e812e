"""Target lesions: their sum, its smallest value so far, and what both mean.

CR is judged before PD, PD before PR. RECIST 1.1 sums longest diameters, of nodes short axes; mRECIST sums viable
diameters and knows no 5 mm. Source: clinical specification sections 6.1 and 6.2.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from milepost.core.lesions import SHORT_AXES
from milepost.core.row_sources import gather_sources
from milepost.core.tumour_timepoints import KEYS
from milepost.core.tumour_words import NO_SIZE, SCALE

BASELINE = -1  # the time point number of baseline
NODE_IS_NORMAL_BELOW = 10 * SCALE
LEAST_RISE = 5 * SCALE
_AT = [*KEYS, "TP"]
_RANKS = {"SHORT": {test: rank for rank, test in enumerate(SHORT_AXES)}, "LONG": {"LDIAM": 0, "DIAMETER": 1},
          "VIABLE": {"VDIAM": 0}}  # fmt: skip
_TELLING = ("MEASURED", "TOO_SMALL", "ABSENT")


def judge_target(sums: pd.DataFrame, *, least_rise: int = LEAST_RISE) -> np.ndarray:
    """CR, PR, SD, PD or NE of each row.

    Needs TOTAL (sum of the lesions measured), BASE, NADIR (smallest complete sum so far, baseline included; all in
    10**-9 mm, -1 where there is none), COMPLETE (every target measured), GONE (all of them gone, nodes < 10 mm) and
    BACK (measured disease after an overall CR). least_rise: 5 mm; for mRECIST 0, where any rise of 20 % counts.
    """
    total, base, nadir = (sums[name].to_numpy(dtype="int64") for name in ("TOTAL", "BASE", "NADIR"))
    complete, gone, back = (sums[name].to_numpy(dtype=bool) for name in ("COMPLETE", "GONE", "BACK"))
    known = (total >= 0) & (nadir >= 0) & (base >= 0)
    risen = total - nadir
    # a nadir of 0 meets the 20 % limb: 10 x total >= 12 x 0
    worse = known & (total * 10 >= nadir * 12) & (risen >= least_rise) & (risen > 0)
    fallen = total * 10 <= base * 7
    return np.select(
        [known & complete & gone, worse | (back & known), ~known | ~complete, fallen],
        ["CR", "PD", "NE", "PR"],
        "SD",
    )


def derive_nadir(sums: pd.DataFrame) -> pd.Series:
    """The smallest complete sum before each row, baseline included. Needs KEYS, ORDER, TOTAL, COMPLETE and BASE (-1
    where there is none)."""
    big = np.iinfo("int64").max
    ordered = sums.sort_values([*KEYS, "ORDER"], kind="stable")
    usable = ordered["TOTAL"].where(ordered["COMPLETE"] & ordered["TOTAL"].ge(0), big)
    before = usable.groupby([ordered[key] for key in KEYS], sort=False).shift(1, fill_value=big)
    before = before.groupby([ordered[key] for key in KEYS], sort=False).cummin()
    nadir = np.minimum(before, ordered["BASE"].where(ordered["BASE"].ge(0), big))
    return nadir.where(nadir < big, NO_SIZE).astype("int64").reindex(sums.index)


def derive_sizes(
    findings: pd.DataFrame, lesions: pd.DataFrame, criteria: str, too_small: int
) -> pd.DataFrame:
    """What each target lesion measured at each time point: KEYS TP LESION PART SIZE LOW HIGH GONE FOUND MERGED WITH
    CLASH LONGONLY ADT VISIT TEXT UNIT KEYS_.

    findings: of target lesions, with TP and PART. FOUND: a size is known. CLASH: two different answers of one day, the
    smallest of which is LOW and the largest HIGH. TEXT and UNIT: the site's own words.
    Nodes by short axis (SAXIS, LPERP, DIAMETER), else LDIAM, DIAMETER; mRECIST by VDIAM, but nodes and lesions outside
    the liver that never had one as in RECIST 1.1. Of one time point the latest day counts.
    """
    keys = [*_AT, "LESION", "PART"]
    about = lesions[[*KEYS, "LESION", "NODE", "VIABLE", "EXTRAHEPATIC"]]
    rows = findings.merge(about, on=[*KEYS, "LESION"], how="inner", validate="m:1")
    viable = (criteria == "mRECIST") & (rows["VIABLE"] | ~(rows["NODE"] | rows["EXTRAHEPATIC"]))
    way = np.select([viable, rows["NODE"]], ["VIABLE", "SHORT"], "LONG")
    rank = np.full(len(rows), 99)
    for name, ranks in _RANKS.items():
        rank = np.where(way == name, rows["TEST"].map(ranks).fillna(99).to_numpy(), rank)
    rank = np.where(rows["TEST"].eq("TUMSTATE"), 8, rank)
    long_only = (way == "SHORT") & rows["TEST"].eq("LDIAM") & rows["STATE"].eq("MEASURED")
    size = rows["SIZE"].to_numpy(dtype="int64")
    size = np.where(rows["STATE"].eq("TOO_SMALL"), too_small, np.where(rows["STATE"].eq("ABSENT"), 0, size))
    gone = np.where(rows["NODE"], (size >= 0) & (size < NODE_IS_NORMAL_BELOW), size == 0)
    telling = rows["STATE"].isin(_TELLING)
    rows = rows.assign(RANK=rank, SIZE=size, GONE=gone, TELLS=telling, ISLONG=long_only)
    rows = rows.assign(ISMERGED=rows["STATE"].eq("MERGED"))
    extra = rows.groupby(keys, sort=False).agg(
        MERGED=("ISMERGED", "any"), WITH=("WITH", "first"), LONGONLY=("ISLONG", "any"), ANYTEXT=("TEXT", "first")
    ).reset_index()  # fmt: skip
    extra = extra.merge(gather_sources(rows, keys, "KEY", "KEYS_"), on=keys, how="left", validate="1:1")
    ranked = rows[rows["RANK"] < 99].sort_values(
        [*keys, "TELLS", "RANK", "ADT"], ascending=[True] * len(keys) + [False, True, False], kind="stable"
    )
    best = ranked.drop_duplicates(keys)[
        [*keys, "TELLS", "RANK", "ADT", "SIZE", "GONE", "VISIT", "TEXT", "UNIT"]
    ]
    peers = ranked.merge(
        best[[*keys, "RANK", "ADT", "SIZE"]].rename(columns={"RANK": "R", "ADT": "D", "SIZE": "S"}),
        on=keys, how="left", validate="m:1",
    )  # fmt: skip
    one_day = peers["ADT"].eq(peers["D"]) & peers["TELLS"]
    says = one_day & (peers["RANK"].eq(peers["R"]) | peers["STATE"].eq("ABSENT")) & peers["SIZE"].ge(0)
    peers = peers[says].assign(CLASH=peers["SIZE"].ne(peers["S"]))
    clash = peers.groupby(keys, sort=False).agg(
        CLASH=("CLASH", "any"), LOW=("SIZE", "min"), HIGH=("SIZE", "max"), SAID=("TEXT", "first")
    ).reset_index()  # fmt: skip
    odd = peers.merge(clash.loc[clash["CLASH"], keys], on=keys, how="inner", validate="m:1")
    if len(odd):
        said = odd.groupby(keys, sort=False)["TEXT"].agg(both_texts)
        clash = clash.set_index(keys)
        clash["SAID"] = said.reindex(clash.index)
        clash = clash.reset_index()
    found = extra.merge(best, on=keys, how="left", validate="1:1")
    found = found.merge(clash, on=keys, how="left", validate="1:1")
    clashes = found["CLASH"].eq(True)
    known = found["TELLS"].eq(True) & found["SIZE"].ge(0) & ~clashes
    text = found["TEXT"].where(found["TEXT"].notna(), found["ANYTEXT"]).where(~clashes, found["SAID"])
    return found.assign(
        TEXT=text,
        LOW=found["LOW"].where(known | clashes, NO_SIZE).astype("int64"),
        HIGH=found["HIGH"].where(known | clashes, NO_SIZE).astype("int64"),
        SIZE=found["SIZE"].where(known, NO_SIZE).astype("int64"),
        GONE=found["GONE"].eq(True) & known,
        FOUND=known,
        CLASH=clashes,
        LONGONLY=found["LONGONLY"] & ~known,
    ).drop(columns=["TELLS", "RANK", "SAID", "ANYTEXT"])


def both_texts(texts: pd.Series) -> str | None:
    return "; ".join(dict.fromkeys(str(text) for text in texts if isinstance(text, str))) or None


def derive_grid(sizes: pd.DataFrame, targets: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """Every baseline target at baseline and at every time point (KEYS TP ORDER), measured or not (FOUND).

    A lesion that merged and is not mentioned afterwards is still merged.
    """
    base = targets[KEYS].drop_duplicates().assign(TP=BASELINE, ORDER=-1)
    every = pd.concat([base, points[[*KEYS, "TP", "ORDER"]]], ignore_index=True)
    grid = targets[[*KEYS, "LESION", "NODE", "FIRSTDOSE", "SITEID", "ARMCD", "TULOC"]].merge(
        every, on=KEYS, how="inner", validate="m:m"
    )
    grid = grid.merge(sizes.drop(columns=["PART", "WITH"]), on=[*_AT, "LESION"], how="left", validate="1:1")
    grid = grid.sort_values([*KEYS, "LESION", "ORDER"], kind="stable", ignore_index=True)
    told = grid["KEYS_"].notna()
    if grid["MERGED"].eq(True).any():
        last = (
            grid["MERGED"]
            .where(told)
            .astype(object)
            .groupby([grid[key] for key in [*KEYS, "LESION"]])
            .ffill()
        )
        still = ~told & last.eq(True)
        grid = grid.assign(FOUND=grid["FOUND"].where(~still, True), SIZE=grid["SIZE"].where(~still, 0),
                           GONE=grid["GONE"].where(~still, True))  # fmt: skip
    flags = {name: grid[name].eq(True) for name in ("GONE", "FOUND", "CLASH", "LONGONLY")}
    size = grid["SIZE"].fillna(NO_SIZE).astype("int64")
    # where nothing clashes the size is what it is, whatever splitting and merging made of it
    sure, open_ = flags["FOUND"] & ~flags["CLASH"], ~flags["FOUND"] & ~flags["CLASH"]
    span = {
        name: grid[name].where(~sure, size).where(~open_, NO_SIZE).fillna(NO_SIZE).astype("int64")
        for name in ("LOW", "HIGH")
    }
    return grid.assign(SIZE=size, TOLD=told, **span, **flags)


def summarise_targets(grid: pd.DataFrame) -> pd.DataFrame:
    """One row a baseline or time point: TOTAL of the lesions measured, N, NFOUND, GONE (all), DISEASE (any measured and
    not gone), TOLD (any target row at all), CLASH, SRC; LOW (the least that what was measured may amount to, -1 where
    nothing was), HIGH (the most that all lesions may amount to, -1 where one was not measured) and SURE (disease in
    whatever reading)."""
    low = grid["LOW"]
    gone_at_least = np.where(grid["NODE"], low < NODE_IS_NORMAL_BELOW, low == 0)
    gone_at_least = np.where(grid["CLASH"], gone_at_least, grid["GONE"])
    part = grid.assign(
        PLUS=grid["SIZE"].where(grid["FOUND"], 0), ILL=grid["FOUND"] & ~grid["GONE"], ONE=1,
        LEAST=low.where(low.ge(0), 0), MOST=grid["HIGH"].where(grid["HIGH"].ge(0), 0), HASLOW=low.ge(0),
        OPEN=grid["HIGH"].lt(0), SURE=low.ge(0) & ~gone_at_least,
    )  # fmt: skip
    found = part.groupby(_AT, sort=False).agg(
        ORDER=("ORDER", "first"), TOTAL=("PLUS", "sum"), N=("ONE", "sum"), NFOUND=("FOUND", "sum"),
        GONE=("GONE", "all"), DISEASE=("ILL", "any"), TOLD=("TOLD", "any"), CLASH=("CLASH", "any"),
        LONGONLY=("LONGONLY", "any"), LOW=("LEAST", "sum"), HIGH=("MOST", "sum"), HASLOW=("HASLOW", "any"),
        OPEN=("OPEN", "any"), SURE=("SURE", "any"),
    ).reset_index()  # fmt: skip
    found = found.merge(gather_sources(part, _AT, "KEYS_", "SRC"), on=_AT, how="left", validate="1:1")
    total = found["TOTAL"].where(found["NFOUND"] > 0, NO_SIZE).astype("int64")
    return found.assign(
        TOTAL=total,
        COMPLETE=found["NFOUND"].eq(found["N"]),
        LOW=found["LOW"].where(found["HASLOW"], NO_SIZE).astype("int64"),
        HIGH=found["HIGH"].where(~found["OPEN"], NO_SIZE).astype("int64"),
    ).drop(columns=["HASLOW", "OPEN"])

"""What holds however a doubtful measurement is read: progression that is certain, and responses that are open.

A lesion measured twice on one day may be the smaller or the larger, a missing one anything from 0 mm up; a target
lesion first measured after baseline may be new, and new is progression, or none of the targets. Where each reading is
progression it is progression, and the site is asked all the same. Source: clinical specification sections 6.1 and 6.3.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from milepost.core.target_response import derive_nadir
from milepost.core.tumour_timepoints import KEYS
from milepost.core.tumour_words import NO_SIZE


def derive_certain_progression(judged: pd.DataFrame, *, least_rise: int) -> pd.DataFrame:
    """Add CERTAIN (the targets have progressed in each reading) and OPEN (in some, because of an earlier scan).

    Needs KEYS ORDER TOTAL COMPLETE LOW HIGH SURE (of the targets measured at baseline; what `summarise_targets` says)
    NADIR BASEHIGH NTARGET, and LATELOW LATEHIGH LATESURE of readings with target lesions first measured later.
    """
    most = _smallest(judged, "HIGH", judged["BASEHIGH"])
    # where every lesion was measured, none of them need be left: then it may be a complete response
    certain = _has_risen(judged["LOW"], most, least_rise) & (judged["SURE"].eq(True) | judged["HIGH"].lt(0))
    has_late = judged["LATESURE"].notna().groupby([judged[key] for key in KEYS], sort=False).transform("any")
    if has_late.any():
        sums = judged.assign(**{
            name: judged[name].fillna(NO_SIZE).astype("int64") for name in ("LATELOW", "LATEHIGH")
        })  # fmt: skip
        of_all = _smallest(sums, "LATEHIGH", pd.Series(NO_SIZE, index=judged.index))
        left = judged["LATESURE"].eq(True) | sums["LATEHIGH"].lt(0)
        with_late = _has_risen(sums["LATELOW"], of_all, least_rise) & left
        # without targets at baseline their later sums alone; else these must not say otherwise
        sure = (certain & (with_late | of_all.lt(0))).where(judged["NTARGET"].gt(0), with_late)
        certain = certain.where(~has_late, sure)
    least = _smallest(judged, "LOW", judged["BASE"], known=judged["HIGH"].ge(0))
    clashes = judged["HIGH"].gt(judged["LOW"]) & judged["HIGH"].ge(0)
    since = clashes.groupby([judged[key] for key in KEYS], sort=False).cumsum() - clashes > 0
    some = _has_risen(judged["TOTAL"], least, least_rise) & judged["COMPLETE"] & since & ~certain
    return judged.assign(CERTAIN=certain, OPEN=some & ~judged["GONE"])


def _smallest(judged: pd.DataFrame, name: str, base: pd.Series, known: pd.Series | None = None) -> pd.Series:
    told = judged[name].ge(0) if known is None else known
    return derive_nadir(
        judged.assign(TOTAL=judged[name], COMPLETE=told, BASE=base)[[*KEYS, "ORDER", "TOTAL", "COMPLETE", "BASE"]]
    )  # fmt: skip


def _has_risen(total: pd.Series, nadir: pd.Series, least_rise: int) -> pd.Series:
    """By 20 % and by least_rise; False where one of both is not known."""
    now, then = total.to_numpy(dtype="int64"), nadir.to_numpy(dtype="int64")
    risen = (now * 10 >= then * 12) & (now - then >= least_rise) & (now > then) & (now >= 0) & (then >= 0)
    return pd.Series(np.asarray(risen, dtype=bool), index=total.index)

"""From what was found at each time point to target, non-target and overall response, and the date of progression.

Lesions before sums before the reported components before the reported overall response. Where data contradict
themselves there is no response, unless it is progression in whatever reading. Source: clinical specification
sections 6.1 to 6.3 and 6.6.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from milepost.core.new_lesions import derive_reported_new
from milepost.core.non_target_response import derive_marker
from milepost.core.overall_response import NON_CR, derive_overall
from milepost.core.target_response import LEAST_RISE, NODE_IS_NORMAL_BELOW, derive_nadir, judge_target
from milepost.core.tumour_certainty import derive_certain_progression
from milepost.core.tumour_timepoints import KEYS, none_for_empty
from milepost.core.tumour_words import NO_SIZE
from milepost.protocol import StudyProtocol


def derive_counting_sum(judged: pd.DataFrame) -> pd.DataFrame:
    """Of each time point the sum that counts: that of its lesions, else the one that was sent.

    Adds TSOURCE, and of this sum LOW HIGH SURE: what it is at least, at most, and whether there is disease in any case.
    """
    sent = judged["SENT"].fillna(NO_SIZE).ge(0) | judged["SENTCLASH"].eq(True)
    by_lesion = judged["TOLD"].eq(True) & (judged["TOTAL"].ge(0) | ~sent)
    all_gone = judged["ALLGONE"].eq(True) & judged["NTARGET"].eq(0) | judged["ALLGONE"].eq(True) & ~by_lesion
    by_sum = ~by_lesion & (sent | all_gone)
    total = judged["TOTAL"].where(by_lesion, judged["SENT"].where(sent, 0)).where(by_lesion | by_sum, NO_SIZE)
    whole = ~judged["NOTALL"].eq(True) & judged["SENT"].fillna(0).ge(0)
    complete = judged["COMPLETE"].eq(True).where(by_lesion, by_sum & whole)
    # without the lesions a sum of 0 or the word absent says that all of them are gone; a sum above 0 only where the
    # site says CR and normal nodes may make it up
    nodes = judged["R_TRG"].eq("CR") & total.lt(judged["NODES"].fillna(0) * NODE_IS_NORMAL_BELOW)
    gone_by_sum = all_gone | total.eq(0) | nodes
    gone = judged["GONE"].eq(True).where(by_lesion, by_sum & gone_by_sum)
    ill = judged["DISEASE"].eq(True).where(by_lesion, by_sum & total.gt(0) & ~gone_by_sum)
    span = {
        name: judged[name].where(by_lesion, judged[f"SENT{name}"].where(sent, 0).where(by_sum, NO_SIZE))
        for name in ("LOW", "HIGH")
    }
    high = span["HIGH"].where(by_lesion | whole, NO_SIZE)
    sure = judged["SURE"].eq(True).where(by_lesion, by_sum & span["LOW"].gt(0) & ~gone_by_sum)
    late = judged["LATESRC"].notna()
    reported = judged["R_TRG"].notna()
    source = np.select([by_lesion, by_sum, reported], ["LESIONS", "SUMS", "COMPONENTS"], "")
    judged = judged.assign(
        TOTAL=total.fillna(NO_SIZE).astype("int64"), BASE=judged["BASE"].fillna(NO_SIZE).astype("int64"),
        BASEHIGH=judged["BASEHIGH"].fillna(NO_SIZE).astype("int64"), LOW=span["LOW"].fillna(NO_SIZE).astype("int64"),
        HIGH=high.fillna(NO_SIZE).astype("int64"), SURE=sure, COMPLETE=complete & ~late, GONE=gone, DISEASE=ill,
        TSOURCE=source,
    )  # fmt: skip
    return judged.assign(NADIR=derive_nadir(judged))


def derive_response(
    judged: pd.DataFrame, criteria: str, protocol: StudyProtocol, markers: pd.DataFrame | None
) -> pd.DataFrame:
    """Add TRGRESP NTRGRESP NEWLES OVRLRESP PDDT SOURCE SRC DATAERR, and ASK: the rule to ask about, also where the
    answer changes nothing because it is progression in any case."""
    least = 0 if criteria == "mRECIST" else LEAST_RISE
    computed = judged["TSOURCE"].isin(["LESIONS", "SUMS"])
    judged = derive_certain_progression(judged, least_rise=least)
    judged = judged.assign(BACK=False, NEWLES=_new_lesions(judged))
    judged = judged.assign(NTRGRESP=_non_target(judged))
    if markers is not None:
        high = derive_marker(judged, markers)
        judged = judged.assign(
            NTRGRESP=judged["NTRGRESP"].where(~(high & judged["NTRGRESP"].eq("CR")), NON_CR), RAISED=high
        )
    judged = judged.assign(TRGRESP=_target(judged, judge_target(judged, least_rise=least), computed))
    first = _overall(judged)
    if protocol.response.reappearance_after_cr:
        # CR never turns into PD by this: what is all gone cannot be back
        cured = first.eq("CR").groupby([judged[key] for key in KEYS], sort=False).cumsum() - first.eq("CR")
        after = cured > 0
        judged = judged.assign(
            BACK=after & judged["DISEASE"] & computed, CERTAIN=judged["CERTAIN"] | (after & judged["SURE"]),
            OPEN=judged["OPEN"] | (_maybe_cured(judged) & judged["SURE"]),
        )  # fmt: skip
        judged = judged.assign(TRGRESP=_target(judged, judge_target(judged, least_rise=least), computed))
        back = after & judged["NBACK"].eq(True) & judged["NTRGRESP"].eq(NON_CR)
        judged = judged.assign(NTRGRESP=judged["NTRGRESP"].where(~back, "PD"))
    overall = _overall(judged)
    judged = derive_reported_new(judged.assign(OVRLRESP=overall))
    return _with_sources(judged)


def _maybe_cured(judged: pd.DataFrame) -> pd.Series:
    """After a scan that was a complete response by one of two measurements, but not by the other."""
    clashes = judged["HIGH"].gt(judged["LOW"]) & judged["HIGH"].ge(0) & ~judged["SURE"]
    clashes = clashes & judged["NTRGRESP"].isin(["CR", "ND"]) & judged["NEWLES"].ne("Y")
    return (clashes.groupby([judged[key] for key in KEYS], sort=False).cumsum() - clashes) > 0


def _new_lesions(judged: pd.DataFrame) -> pd.Series:
    """Y before E before "not assessed"; where nobody says anything there is no new lesion."""
    listed, told = judged["LESNEW"], judged["R_NEW"]
    found = np.select(
        [listed.eq("Y") | told.eq("Y"), listed.eq("E") | told.eq("E"), told.eq("NE")], ["Y", "E", "NE"], "N"
    )
    return pd.Series(found, index=judged.index, dtype=object)


def _non_target(judged: pd.DataFrame) -> pd.Series:
    """From lesions where any was looked at; else as reported; ND where there were none at baseline."""
    told = judged["NTOLD"].eq(True)
    reported = judged["R_NTRG"].notna()
    by_key = [judged[key] for key in KEYS]
    ever = (reported & judged["R_NTRG"].ne("ND")).groupby(by_key, sort=False).transform("any")
    has_some = judged["NNONTARGET"].gt(0)
    has_baseline = judged["BASE"].ge(0) | judged["NTARGET"].gt(0)
    any_target = judged["R_TRG"].notna()
    found = np.select(
        [told, reported & judged["R_NTRG"].eq("NED"), reported, has_some | ever, has_baseline | any_target],
        [judged["NTRGRESP"], "ND", judged["R_NTRG"], "NE", "ND"],
        "",
    )
    return none_for_empty(found, judged.index)


def _target(judged: pd.DataFrame, computed_response: np.ndarray, computed: pd.Series) -> pd.Series:
    """Computed where there are lesions or sums; else as reported; ND where there were no targets at baseline.

    Progression where it is certain; where an earlier measurement that clashes leaves it open, not evaluable.
    """
    by_key = [judged[key] for key in KEYS]
    real = judged["R_TRG"].notna() & judged["R_TRG"].ne("ND")
    has_some = judged["NTARGET"].gt(0) | judged["BASE"].ge(0) | judged["BASEERR"].notna()
    ever = has_some | real.groupby(by_key, sort=False).transform("any")
    late = judged["LATESRC"].notna()
    known_none = judged["NNONTARGET"].gt(0) | judged["R_TRG"].eq("ND") | judged["R_NTRG"].notna()
    found = np.select(
        [
            computed,
            late,
            judged["TSOURCE"].eq("COMPONENTS"),
            ever & judged["R_OVR"].isna(),
            ~ever & known_none,
        ],
        [computed_response, "NE", judged["R_TRG"], "NE", "ND"],
        "",
    )
    certain = judged["CERTAIN"] & (computed | late) & (found != "CR")
    open_ = judged["OPEN"] & computed & np.isin(found, ("PR", "SD")) | (late & (found == "PD"))
    return none_for_empty(np.select([certain, open_], ["PD", "NE"], found), judged.index)


def _overall(judged: pd.DataFrame) -> pd.Series:
    """By the table; where nothing is known of the target lesions, as reported, unless something else is progression."""
    overall = derive_overall(judged)
    bare = judged["TRGRESP"].isna() & judged["R_OVR"].notna() & overall.ne("PD")
    overall = overall.where(~bare, judged["R_OVR"])
    if "RAISED" in judged:  # the marker
        overall = overall.where(~(overall.eq("CR") & judged["RAISED"] & ~bare), "PR")
    return overall


def _with_sources(judged: pd.DataFrame) -> pd.DataFrame:
    bare = judged["TRGRESP"].isna() & judged["R_OVR"].notna()
    by_lesion = judged["NTOLD"].eq(True) | judged["LESNEW"].notna()
    source = np.select(
        [judged["TSOURCE"].ne(""), bare, judged["TRGRESP"].eq("ND") & judged["NTOLD"].eq(True),
         judged["R_NTRG"].notna() & judged["TRGRESP"].eq("ND"), by_lesion | judged["SCANNED"]],
        [judged["TSOURCE"], "REPORTED", "LESIONS", "COMPONENTS", "LESIONS"], "COMPONENTS",
    )  # fmt: skip
    progressed = judged["OVRLRESP"].eq("PD")
    since = judged[["SINCE", "RSINCE"]].min(axis=1)
    other_pd = judged["TRGRESP"].eq("PD") | judged["NTRGRESP"].eq("PD") | judged["NEWLES"].ne("Y")
    # a new lesion counts from the day it was first seen, a doubtful one from the doubtful scan; else the earliest scan
    earliest = judged[["ADT"]].assign(SINCE=since).min(axis=1)
    date = since.where(since.notna() & ~other_pd, judged["ADT"]).where(~other_pd, earliest)
    error = np.select(
        [judged["BASEERR"].notna() & (judged["TSOURCE"].isin(["LESIONS", "SUMS"]) | judged["LATESRC"].notna()),
         judged["LATESRC"].notna(),
         judged["CLASH"].eq(True) | judged["NCLASH"].eq(True)
         | (judged["SENTCLASH"].eq(True) & judged["TSOURCE"].eq("SUMS")) | _is_open(judged)],
        [judged["BASEERR"], "TR-TARGET-AFTER-BASELINE", "TR-TWO-MEASUREMENTS"], "",
    )  # fmt: skip
    columns = ("SRC", "LATESRC", "NSRC", "NEWSRC", "RSRC")
    sources = [
        tuple(dict.fromkeys(key for one in row if isinstance(one, tuple) for key in one))
        for row in zip(*(judged[name] for name in columns), strict=True)
    ]
    sums = judged["SENTSRC"].where(judged["TSOURCE"].eq("SUMS"))
    sources = [
        one + sum_ if isinstance(sum_, tuple) else one for one, sum_ in zip(sources, sums, strict=True)
    ]
    return judged.assign(
        SOURCE=source, PDDT=date.where(progressed), SRC=pd.Series(sources, index=judged.index, dtype=object),
        ASK=none_for_empty(error, judged.index), DATAERR=none_for_empty(np.where(progressed, "", error), judged.index),
    )  # fmt: skip


def _is_open(judged: pd.DataFrame) -> pd.Series:
    """Not evaluable only because an earlier scan of this reading was measured in two ways."""
    return judged["OPEN"] & judged["TSOURCE"].isin(["LESIONS", "SUMS"]) & judged["TRGRESP"].eq("NE")

"""What was found at each time point, by one set of criteria: one row with everything its response rests on.

Source: clinical specification sections 6.1 and 6.2.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from milepost.core.new_lesions import derive_new_lesions
from milepost.core.non_target_response import derive_states, summarise_non_targets
from milepost.core.reported_response import summarise_answers
from milepost.core.row_sources import gather_sources
from milepost.core.target_response import (
    BASELINE,
    derive_grid,
    derive_sizes,
    summarise_targets,
)
from milepost.core.tumour_baseline import derive_baselines, select_sums
from milepost.core.tumour_scans import Scans, is_measured, within
from milepost.core.tumour_shapes import derive_whole_lesions
from milepost.core.tumour_timepoints import KEYS
from milepost.core.tumour_words import NO_SIZE

_AT = [*KEYS, "TP"]


class Findings(NamedTuple):
    """points: KEYS TP ORDER VISIT ADT ADTLAST SITEID ARMCD FIRSTDOSE AFTERNEXT SCANNED, and of targets TOTAL COMPLETE
    GONE DISEASE TOLD CLASH LOW HIGH SURE SRC LATESRC, of all that are called target, whenever first measured, LATELOW
    LATEHIGH LATESURE, of sums SENT SENTSRC SENTCLASH SENTLOW SENTHIGH, of words ALLGONE NOTALL, of non-targets
    NTRGRESP NTOLD NBACK NCLASH LATE NSRC, of new lesions LESNEW SINCE NEWSRC, of reports R_TRG R_NTRG R_NEW R_OVR RSRC
    TWICE, of the baseline NTARGET NNONTARGET NODES BASE BASEHIGH BASEOK BASEERR."""

    points: pd.DataFrame
    baselines: pd.DataFrame
    grid: pd.DataFrame  # each baseline target at each time point
    odd: pd.DataFrame  # USUBJID SITEID LINE KEY RULE of measurements that contradict themselves


def to_findings_by(scans: Scans, readings: pd.DataFrame, criteria: str, too_small: int) -> Findings:
    """Everything found in these readings, by these criteria. too_small: what a lesion too small to measure counts."""
    # mRECIST without a single viable diameter: nothing can be derived, what the site judged stands
    measured = readings[is_measured(scans, readings)] if criteria == "mRECIST" else readings
    findings, lesions, identified = (
        within(frame, measured) for frame in (scans.findings, scans.lesions, scans.identified)
    )
    answers = within(scans.answers[scans.answers["CRITERIA"].eq(criteria)], readings)
    points = within(scans.points, readings)
    scanned = points["SCANNED"] & points.index.isin(within(points, measured).index)
    points = points.assign(SCANNED=scanned)[scanned | points["TP"].isin(answers["TP"])]
    roles = lesions[[*KEYS, "LESION", "ROLE", "ATBASE"]]
    known = findings[findings["LESION"].notna()]
    known = known.merge(roles, on=[*KEYS, "LESION"], how="inner", validate="m:1")
    is_target = known["ROLE"].eq("TARGET")
    targets = lesions[lesions["ROLE"].eq("TARGET") & lesions["ATBASE"]]
    sizes = derive_sizes(known[is_target & known["ATBASE"]], targets, criteria, too_small)
    sizes = derive_whole_lesions(sizes, points.set_index("TP")["ORDER"])
    grid = derive_grid(sizes, targets, points)
    others = lesions[lesions["ROLE"].eq("NON-TARGET")]
    states = derive_states(known[known["ROLE"].eq("NON-TARGET")], others)
    sightings = pd.concat(
        [
            known[known["ROLE"].eq("NEW")],
            identified.assign(SIZE=NO_SIZE, STATE="IDENTIFIED", TEST="TUMIDENT"),
        ],
        ignore_index=True,
    )
    sightings = sightings[sightings["TP"].ne(BASELINE)].drop(columns=["ROLE", "ATBASE"])
    by_lesion = summarise_targets(grid)
    baselines = derive_baselines(findings, lesions, by_lesion, readings, criteria, states)
    # target lesions chosen anew for the next line are none of this one
    is_late = is_target & ~known["ATBASE"] & ~known["AFTERNEXT"]
    late = gather_sources(known[is_late], _AT, "KEY", "LATESRC")
    base = baselines[
        [*KEYS, "NTARGET", "NNONTARGET", "NODES", "BASE", "BASEHIGH", "COMPLETE", "SEEN", "DATAERR"]
    ]
    parts = (
        by_lesion.drop(columns="ORDER"), select_sums(findings, criteria), _words_for_all(findings),
        summarise_non_targets(states, lesions, points), derive_new_lesions(sightings, lesions, points, criteria),
        summarise_answers(answers).drop(columns="CRITERIA"), late,
        _with_late_targets(known[is_late], known[is_target], lesions, points, criteria, too_small),
    )  # fmt: skip
    for part in parts:
        points = points.merge(part, on=_AT, how="left", validate="1:1")
    points = points.merge(
        base.rename(columns={"COMPLETE": "BASEOK", "DATAERR": "BASEERR"}), on=KEYS, how="left", validate="m:1"
    )
    points = points.sort_values([*KEYS, "ORDER"], kind="stable", ignore_index=True)
    after = points.loc[points["AFTERNEXT"], "TP"]
    odd = _odd(sizes[~sizes["TP"].isin(after)], states[~states["TP"].isin(after)], readings)
    return Findings(points, baselines, grid, odd)


def _with_late_targets(
    late: pd.DataFrame, known: pd.DataFrame, lesions: pd.DataFrame, points: pd.DataFrame, criteria: str, too_small: int
) -> pd.DataFrame:  # fmt: skip
    """Of readings with target lesions first measured after baseline, what all of them amount to: LATELOW LATEHIGH
    LATESURE, as LOW HIGH SURE of those measured at baseline."""
    if not len(late):
        return late[_AT].assign(LATELOW=NO_SIZE, LATEHIGH=NO_SIZE, LATESURE=None)
    targets = within(lesions[lesions["ROLE"].eq("TARGET") & ~lesions["AFTERNEXT"]], late)
    points = within(points, late)
    sizes = derive_sizes(within(known, late), targets, criteria, too_small)
    sizes = derive_whole_lesions(sizes, points.set_index("TP")["ORDER"])
    found = summarise_targets(derive_grid(sizes, targets, points))
    found = found[found["TP"].ne(BASELINE)]
    return found[[*_AT, "LOW", "HIGH", "SURE"]].rename(
        columns={name: f"LATE{name}" for name in ("LOW", "HIGH", "SURE")}
    )


def _words_for_all(findings: pd.DataFrame) -> pd.DataFrame:
    """What a row without a lesion's name says of all target lesions: ALLGONE (absent), NOTALL (not all evaluated)."""
    said = findings[
        findings["LESION"].isna() & findings["TEST"].eq("TUMSTATE") & findings["GROUP"].eq("TARGET")
    ]
    said = said.assign(ALLGONE=said["STATE"].eq("ABSENT"), NOTALL=said["STATE"].eq("NOT_EVALUABLE"))
    return said.groupby(_AT)[["ALLGONE", "NOTALL"]].any().reset_index()


def _odd(sizes: pd.DataFrame, states: pd.DataFrame, readings: pd.DataFrame) -> pd.DataFrame:
    """Lesions measured twice on a day, and nodes with a longest diameter alone, with the record to ask about."""
    columns = [*KEYS, "KEYS_"]
    rows = pd.concat(
        [
            sizes.loc[sizes["CLASH"].eq(True), columns].assign(RULE="TR-TWO-MEASUREMENTS"),
            states.loc[states["CLASH"].eq(True), columns].assign(RULE="TR-TWO-MEASUREMENTS"),
            states.loc[states["UNSAID"].eq(True), columns].assign(RULE="TR-PROGRESSION-UNSAID"),
            sizes.loc[sizes["LONGONLY"].eq(True), columns].assign(RULE="TR-NODE-WITHOUT-SHORT-AXIS"),
        ],
        ignore_index=True,
    )
    rows = rows.merge(readings[[*KEYS, "SITEID"]], on=KEYS, how="left", validate="m:1")
    return rows.assign(KEY=[keys[-1] if isinstance(keys, tuple) else None for keys in rows["KEYS_"]])

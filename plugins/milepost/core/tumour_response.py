"""Tumour response: from lesions, sums or the site's own words to the response of every time point.

RECIST 1.1 and mRECIST side by side, each reader apart, each line of therapy with its own baseline. What can be derived
is derived: from lesions, else from sums, else from the reported components, else the reported overall response stands.
Source: clinical specification sections 6.1 to 6.3 and traps 22 and 23.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
import pandas as pd

from milepost.core.lesions import derive_lesions, derive_parts, to_findings, to_identified
from milepost.core.new_lesions import derive_new_lesions, derive_reported_new
from milepost.core.non_target_response import derive_marker, derive_states, summarise_non_targets
from milepost.core.overall_response import NON_CR, derive_overall
from milepost.core.problems import to_problems
from milepost.core.reported_response import (
    REPORTED,
    derive_answer_timepoint,
    summarise_answers,
    to_answers,
)
from milepost.core.response_disagreements import select_disagreements
from milepost.core.target_response import (
    BASELINE,
    LEAST_RISE,
    derive_grid,
    derive_nadir,
    derive_sizes,
    derive_whole_lesions,
    judge_target,
    summarise_targets,
)
from milepost.core.tumour_measurements import LESION_COLUMNS, to_measurements
from milepost.core.tumour_problems import problem_rows
from milepost.core.tumour_readers import select_readings
from milepost.core.tumour_response_checks import select_lesion_problems
from milepost.core.tumour_timepoints import KEYS, derive_phase, derive_timepoint, none_for_empty, to_windows
from milepost.core.tumour_words import NO_SIZE, SCALE, to_mm
from milepost.protocol import StudyProtocol

_AT = [*KEYS, "TP"]
TIMEPOINT_COLUMNS = (
    "USUBJID", "SITEID", "LINE", "ARMCD", "CRITERIA", "READER", "VISIT", "ADT", "ADTLAST", "TRGRESP", "NTRGRESP",
    "NEWLES", "OVRLRESP", "PDDT", "SOURCE", "SRC", "DATAERR",
)  # fmt: skip
BASELINE_COLUMNS = (
    "USUBJID", "SITEID", "LINE", "ARMCD", "CRITERIA", "READER", "ADT", "NTARGET", "NNONTARGET", "SUM", "MEASURABLE",
    "COMPLETE", "SRC", "DATAERR",
)  # fmt: skip
DISAGREEMENT_COLUMNS = (
    "USUBJID", "SITEID", "LINE", "CRITERIA", "READER", "VISIT", "ADT", "WHAT", "DERIVED", "REPORTED", "SRC",
)  # fmt: skip
_VIABLE_TESTS = ("VDIAM", "SUMVDIAM")
_LONG_TESTS = ("LDIAM", "SAXIS", "LPERP", "DIAMETER", "SUMDIAM")


class TumourResponse(NamedTuple):
    """One row a time point, a baseline, a measurement (ADTR), a disagreement, and a problem."""

    timepoints: pd.DataFrame
    baselines: pd.DataFrame
    lesions: pd.DataFrame
    disagreements: pd.DataFrame
    problems: pd.DataFrame


class _Scans(NamedTuple):
    """What was found, of which line and time point, before any criteria are applied."""

    findings: pd.DataFrame  # TR rows of baseline and after, with TP
    identified: pd.DataFrame  # TU rows likewise
    lesions: pd.DataFrame
    answers: pd.DataFrame  # RS rows, with TP
    points: pd.DataFrame  # KEYS TP VISIT ADT ADTLAST SITEID ARMCD FIRSTDOSE ORDER SCANNED
    problems: list[pd.DataFrame]


def derive_tumour_response(
    tu: pd.DataFrame,
    tr: pd.DataFrame,
    rs: pd.DataFrame,
    lines: pd.DataFrame,
    *,
    protocol: StudyProtocol,
    as_of: dt.date,
    markers: pd.DataFrame | None = None,
) -> TumourResponse:
    """The response of every time point up to the data cut-off, and what it rests on.

    Needs the record frames TU, TR and RS, and `lines`; what is dated after as_of is not seen. markers (USUBJID, ADT,
    HIGH: above the upper limit of normal): a marker raised at baseline forbids CR until it is normal; without it no
    marker is asked.

    timepoints: USUBJID SITEID LINE ARMCD CRITERIA READER VISIT ADT (earliest scan) ADTLAST TRGRESP NTRGRESP NEWLES
    OVRLRESP PDDT (date from which progression counts) SOURCE SRC DATAERR. baselines: ADT NTARGET NNONTARGET SUM (mm)
    MEASURABLE COMPLETE. lesions: ADTR rows in mm. disagreements: WHAT was DERIVED and what REPORTED. problems: as
    `to_problems` makes them.
    """
    cut = pd.Timestamp(as_of)
    seen = [frame[~(frame["ADT"] > cut)] for frame in (tu, tr, rs)]
    readings = select_readings(*seen)
    windows = to_windows(lines, protocol)
    scans = _scans(readings.tu, readings.tr, readings.rs, windows, protocol)
    judged = [_judge(scans, criteria, protocol, markers) for criteria in protocol.response.criteria]
    frames = [
        pd.concat(parts, ignore_index=True) for parts in zip(*(part[:4] for part in judged), strict=True)
    ]
    problems = [readings.unread.assign(KEY="TR|" + readings.unread["RECKEY"].astype(str)), *scans.problems]
    problems += [problem for part in judged for problem in part[4]]
    told = to_problems(row for frame in problems for row in problem_rows(frame))
    orders = (
        ["USUBJID", "LINE", "CRITERIA", "READER", "ADT"], ["USUBJID", "LINE", "CRITERIA", "READER"],
        ["USUBJID", "LINE", "PARCAT3", "PARCAT2", "ADT", "PARAMCD"],
        ["USUBJID", "LINE", "CRITERIA", "READER", "ADT", "WHAT"],
    )  # fmt: skip
    shapes = (TIMEPOINT_COLUMNS, BASELINE_COLUMNS, LESION_COLUMNS, DISAGREEMENT_COLUMNS)
    sorted_ = [
        frame.sort_values(order, kind="stable", ignore_index=True)[list(shape)]
        for frame, order, shape in zip(frames, orders, shapes, strict=True)
    ]
    return TumourResponse(sorted_[0], sorted_[1], sorted_[2], sorted_[3], told)


def _scans(
    tu: pd.DataFrame, tr: pd.DataFrame, rs: pd.DataFrame, windows: pd.DataFrame, protocol: StudyProtocol
) -> _Scans:
    """Every finding, identification and answer with its line and time point."""
    found = to_findings(tr)
    named = to_identified(tu, found)
    answers = to_answers(rs, windows)
    problems = [
        found[found["ISSUE"].notna()].rename(columns={"ISSUE": "RULE"}),
        found[found["ADT"].isna()].assign(RULE="TR-DATE-MISSING"),
        named[named["ADT"].isna()].assign(RULE="TU-DATE-MISSING"),
        answers[answers["ISSUE"].notna() & answers["PHASE"].isin(["POST", "NONE"])].rename(
            columns={"ISSUE": "RULE"}
        ),
    ]
    placed = derive_phase(found[found["ADT"].notna()], windows)
    lesions = derive_lesions(placed, named, windows)
    placed = derive_parts(placed[placed["PHASE"].isin(["BASE", "POST"])], lesions)
    marked = derive_phase(named[named["ADT"].notna() & named["LESION"].notna()], windows)
    role = lesions[[*KEYS, "LESION", "ROLE"]].rename(columns={"ROLE": "NOW"})
    marked = marked.merge(role, on=[*KEYS, "LESION"], how="left", validate="m:1")
    # only a new lesion makes a time point by being named; target lesions are named again at every visit by some sites
    marked = marked[marked["PHASE"].eq("POST") & marked["NOW"].eq("NEW") & marked["ROLE"].eq("NEW")]
    late = placed[placed["PHASE"].eq("POST")]
    dated = pd.concat(
        [late[[*KEYS, "VISIT", "ADT", "FIRSTDOSE"]], marked[[*KEYS, "VISIT", "ADT", "FIRSTDOSE"]]]
    )
    number = derive_timepoint(dated.reset_index(drop=True), protocol).to_numpy()
    placed = placed.assign(TP=BASELINE)
    placed.loc[placed["PHASE"].eq("POST"), "TP"] = number[: len(late)]
    marked = marked.assign(TP=number[len(late) :])
    of_line = ["SITEID", "ARMCD", "FIRSTDOSE"]
    parts = [frame[[*_AT, "VISIT", "ADT", *of_line]] for frame in (placed[placed["TP"].ne(BASELINE)], marked)]
    points = _points(pd.concat(parts, ignore_index=True), True)
    answers = answers[answers["PHASE"].isin(["POST", "NONE"]) & answers["ISSUE"].isna()].reset_index(
        drop=True
    )
    answers = answers.assign(TP=derive_answer_timepoint(answers, points, protocol, len(dated) + 1))
    # without a date the visit's name must fit one line only
    unclear = answers["PHASE"].eq("NONE") & answers[answers["TP"].ge(0)].duplicated(
        ["KEY", "READER"], keep=False
    ).reindex(answers.index, fill_value=False)
    placeless = unclear | answers["TP"].lt(0)
    fits = answers.loc[~placeless, "KEY"]
    problems.append(answers[placeless & ~answers["KEY"].isin(fits)].assign(RULE="RS-DATE-MISSING", LINE=None))
    answers = answers[~placeless]
    own = answers[~answers["TP"].isin(points["TP"])]
    points = pd.concat([points, _points(own[[*_AT, "VISIT", "ADT", *of_line]], False)], ignore_index=True)
    points = points.sort_values([*KEYS, "ADT", "ADTLAST", "TP"], kind="stable", ignore_index=True)
    points = points.assign(ORDER=np.arange(len(points)))
    problems += select_lesion_problems(placed, lesions, windows, found)
    return _Scans(placed, marked, lesions, answers, points, problems)


def _points(rows: pd.DataFrame, scanned: bool) -> pd.DataFrame:
    ordered = rows.sort_values([*_AT, "ADT"], kind="stable")
    found = ordered.groupby(_AT, sort=False).agg(
        VISIT=("VISIT", "first"), ADT=("ADT", "min"), ADTLAST=("ADT", "max"), SITEID=("SITEID", "first"),
        ARMCD=("ARMCD", "first"), FIRSTDOSE=("FIRSTDOSE", "first"),
    ).reset_index()  # fmt: skip
    visit = found["VISIT"].astype(object)
    return found.assign(VISIT=visit.where(visit.notna(), None), SCANNED=scanned)


def _judge(
    scans: _Scans, criteria: str, protocol: StudyProtocol, markers: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, list[pd.DataFrame]]:
    """timepoints, baselines, measurements, disagreements and problems by one set of criteria."""
    used = _readings_of(scans, criteria)
    findings, lesions, points = (
        _within(frame, used) for frame in (scans.findings, scans.lesions, scans.points)
    )
    answers = _within(scans.answers[scans.answers["CRITERIA"].eq(criteria)], used)
    points = points[points["SCANNED"] | points["TP"].isin(answers["TP"])]
    too_small = int(protocol.response.too_small_mm * SCALE)
    roles = lesions[[*KEYS, "LESION", "ROLE", "ATBASE"]]
    of_role = findings[findings["LESION"].notna()].merge(
        roles, on=[*KEYS, "LESION"], how="inner", validate="m:1"
    )
    targets = lesions[lesions["ROLE"].eq("TARGET") & lesions["ATBASE"]]
    sizes = derive_sizes(of_role[of_role["ROLE"].eq("TARGET") & of_role["ATBASE"]].drop(columns=["ROLE", "ATBASE"]),
                         targets, criteria, too_small)  # fmt: skip
    sizes = derive_whole_lesions(sizes, points.set_index("TP")["ORDER"])
    grid = derive_grid(sizes, targets, points)
    by_lesion = summarise_targets(grid)
    states = derive_states(
        of_role[of_role["ROLE"].eq("NON-TARGET")], lesions[lesions["ROLE"].eq("NON-TARGET")]
    )
    others = summarise_non_targets(states, lesions, points)
    sightings = pd.concat([of_role[of_role["ROLE"].eq("NEW")], _within(scans.identified, used).assign(
        SIZE=NO_SIZE, STATE="IDENTIFIED", TEST="TUMIDENT")], ignore_index=True)  # fmt: skip
    sightings = sightings[sightings["TP"].ne(BASELINE)].drop(columns=["ROLE", "ATBASE"])
    news = derive_new_lesions(sightings, lesions, points, criteria)
    baselines = _baselines(findings, lesions, by_lesion, used, criteria, states)
    judged = points.merge(by_lesion.drop(columns="ORDER"), on=_AT, how="left", validate="1:1")
    judged = judged.merge(_sums_sent(findings, criteria), on=_AT, how="left", validate="1:1")
    judged = judged.merge(_words_for_all(findings), on=_AT, how="left", validate="1:1")
    judged = judged.merge(others, on=_AT, how="left", validate="1:1").merge(
        news, on=_AT, how="left", validate="1:1"
    )
    reported = summarise_answers(answers).drop(columns="CRITERIA")
    judged = judged.merge(reported, on=_AT, how="left", validate="1:1")
    late = (
        of_role[of_role["ROLE"].eq("TARGET") & ~of_role["ATBASE"]]
        .groupby(_AT)["KEY"]
        .agg(tuple)
        .rename("LATESRC")
    )
    judged = judged.merge(late.reset_index(), on=_AT, how="left", validate="1:1")
    judged = judged.merge(
        baselines[[*KEYS, "NTARGET", "NNONTARGET", "BASE", "COMPLETE", "SEEN", "DATAERR"]].rename(
            columns={"COMPLETE": "BASEOK", "DATAERR": "BASEERR"}), on=KEYS, how="left", validate="m:1",
    )  # fmt: skip
    judged = judged.sort_values([*KEYS, "ORDER"], kind="stable", ignore_index=True)
    judged = _with_sums(judged)
    judged = _with_response(judged, criteria, protocol, markers)
    problems = _problems(judged, sizes, criteria)
    measurements = to_measurements(grid, judged, baselines, points, criteria)
    disagreements = select_disagreements(judged.assign(CRITERIA=criteria))
    if len(disagreements):
        problems.append(
            disagreements[disagreements["WHAT"].eq("OVRLRESP")].assign(RULE="RS-DISAGREES", KEY=None)
        )
    heard = _heard(judged)
    baselines = baselines.merge(heard, on=KEYS, how="left", validate="1:1")
    says_target = baselines["SAYSTARGET"].eq(True)
    only_reported = ~baselines["SEEN"] & baselines["DATAERR"].isna()
    baselines = baselines.assign(
        CRITERIA=criteria, MEASURABLE=baselines["NTARGET"].gt(0) | baselines["BASE"].gt(0) | says_target,
        COMPLETE=(baselines["COMPLETE"] | only_reported).astype(bool),
    )  # fmt: skip
    judged = judged.assign(CRITERIA=criteria)
    return judged, baselines, measurements, disagreements, problems


def _readings_of(scans: _Scans, criteria: str) -> pd.DataFrame:
    """KEYS SITEID ARMCD FIRSTDOSE of the readings to which the criteria apply: mRECIST where viable diameters or
    mRECIST responses exist; RECIST 1.1 everywhere but where there is nothing else than those."""
    viable = scans.findings.loc[scans.findings["TEST"].isin(_VIABLE_TESTS), KEYS]
    others = scans.findings.loc[scans.findings["TEST"].isin(_LONG_TESTS), KEYS]
    said = {
        name: scans.answers.loc[scans.answers["CRITERIA"] == name, KEYS] for name in ("RECIST 1.1", "mRECIST")
    }
    named = scans.lesions.loc[scans.lesions["ATBASE"] | scans.lesions["FIRST"].notna(), KEYS]
    everything = pd.concat([scans.findings[KEYS], named, scans.points[KEYS]]).drop_duplicates()
    by_mrecist = pd.MultiIndex.from_frame(pd.concat([viable, said["mRECIST"]]).drop_duplicates())
    by_recist = pd.MultiIndex.from_frame(pd.concat([others, said["RECIST 1.1"]]).drop_duplicates())
    index = pd.MultiIndex.from_frame(everything)
    keep = (
        index.isin(by_mrecist) if criteria == "mRECIST" else index.isin(by_recist) | ~index.isin(by_mrecist)
    )
    about = pd.concat(
        [
            frame[[*KEYS, "SITEID", "ARMCD", "FIRSTDOSE"]]
            for frame in (scans.lesions, scans.points, scans.findings)
        ]
    ).drop_duplicates(KEYS)
    return everything[keep].merge(about, on=KEYS, how="left", validate="1:1")


def _within(rows: pd.DataFrame, used: pd.DataFrame) -> pd.DataFrame:
    return rows[pd.MultiIndex.from_frame(rows[KEYS]).isin(pd.MultiIndex.from_frame(used[KEYS]))]


def _sums_sent(findings: pd.DataFrame, criteria: str) -> pd.DataFrame:
    """The sum of diameters as sent, of each time point: SENT (-1 none), SENTSRC, SENTCLASH (two sums of one day)."""
    test = "SUMVDIAM" if criteria == "mRECIST" else "SUMDIAM"
    sums = findings[findings["TEST"].eq(test) & findings["STATE"].eq("MEASURED")]
    sums = sums.sort_values([*_AT, "ADT", "SIZE"], ascending=[True] * len(_AT) + [False, True], kind="stable")
    first = sums.drop_duplicates(_AT)[[*_AT, "ADT", "SIZE", "KEY"]]
    peers = sums.merge(first[[*_AT, "ADT", "SIZE"]], on=_AT, how="left", suffixes=("", "_"), validate="m:1")
    odd = peers[peers["ADT"].eq(peers["ADT_"]) & peers["SIZE"].ne(peers["SIZE_"])][_AT].drop_duplicates()
    found = first.merge(odd.assign(SENTCLASH=True), on=_AT, how="left", validate="1:1")
    clash = found["SENTCLASH"].eq(True)
    return pd.DataFrame(
        {**{name: found[name] for name in _AT}, "SENT": found["SIZE"].where(~clash, NO_SIZE).astype("int64"),
         "SENTSRC": [(key,) for key in found["KEY"]], "SENTCLASH": clash, "SENTDT": found["ADT"]}
    )  # fmt: skip


def _words_for_all(findings: pd.DataFrame) -> pd.DataFrame:
    """What a row without a lesion's name says of all target lesions: ALLGONE (absent), NOTALL (not all evaluated)."""
    said = findings[
        findings["LESION"].isna() & findings["TEST"].eq("TUMSTATE") & findings["GROUP"].eq("TARGET")
    ]
    said = said.assign(ALLGONE=said["STATE"].eq("ABSENT"), NOTALL=said["STATE"].eq("NOT_EVALUABLE"))
    return said.groupby(_AT)[["ALLGONE", "NOTALL"]].any().reset_index()


def _baselines(
    findings: pd.DataFrame, lesions: pd.DataFrame, by_lesion: pd.DataFrame, used: pd.DataFrame, criteria: str,
    states: pd.DataFrame,
) -> pd.DataFrame:  # fmt: skip
    """One row a reading: NTARGET NNONTARGET BASE (10**-9 mm) SUM ADT COMPLETE SEEN (something of TU or TR is known) SRC
    DATAERR (why there is no usable baseline)."""
    at = by_lesion[by_lesion["TP"].eq(BASELINE)][[*KEYS, "TOTAL", "N", "COMPLETE", "CLASH", "SRC"]]
    base = used.merge(at, on=KEYS, how="left", validate="1:1")
    sent = _sums_sent(findings[findings["TP"].eq(BASELINE)], criteria).drop(columns="TP")
    base = base.merge(sent, on=KEYS, how="left", validate="1:1")
    counts = (
        lesions[lesions["ATBASE"] & lesions["ROLE"].eq("NON-TARGET")]
        .groupby(KEYS)
        .size()
        .rename("NNONTARGET")
    )
    base = base.merge(counts.reset_index(), on=KEYS, how="left", validate="1:1")
    before = findings[findings["TP"].eq(BASELINE)]
    base = base.merge(before.groupby(KEYS)["ADT"].max().reset_index(), on=KEYS, how="left", validate="1:1")
    named = pd.concat([findings[KEYS], lesions[KEYS]]).drop_duplicates().assign(SEEN=True)
    base = base.merge(named, on=KEYS, how="left", validate="1:1")
    late = pd.concat(
        [findings.loc[findings["TP"].ne(BASELINE) & findings["TEST"].isin([*_LONG_TESTS, *_VIABLE_TESTS]), KEYS]]
    ).drop_duplicates().assign(LATER=True)  # fmt: skip
    base = base.merge(late, on=KEYS, how="left", validate="1:1")
    other_keys = states[states["TP"].eq(BASELINE)].groupby(KEYS)["KEYS_"].agg(
        lambda keys: tuple(key for one in keys for key in one)).rename("NTSRC").reset_index()  # fmt: skip
    base = base.merge(other_keys, on=KEYS, how="left", validate="1:1")
    n = base["N"].fillna(0).astype(int)
    total = base["TOTAL"].where(base["COMPLETE"].eq(True), NO_SIZE).fillna(NO_SIZE)
    size = total.where(n > 0, base["SENT"].fillna(NO_SIZE)).astype("int64")
    seen = base["SEEN"].eq(True)
    nontargets = base["NNONTARGET"].fillna(0).astype(int)
    nothing = seen & n.eq(0) & size.lt(0) & nontargets.eq(0)
    error = np.select(
        [base["CLASH"].eq(True) | base["SENTCLASH"].eq(True), (n > 0) & (size < 0),
         (size < 0) & base["LATER"].eq(True) & (n.eq(0)), nothing, size.eq(0)],
        ["TR-TWO-MEASUREMENTS", "TR-NO-BASELINE", "TR-BASELINE-AFTER-DOSE", "TR-BASELINE-AFTER-DOSE",
         "TR-BASELINE-ZERO"], "",
    )  # fmt: skip
    dataerr = none_for_empty(error, base.index)
    sources = [
        tuple(key for one in (lesion, sum_, other) if isinstance(one, tuple) for key in one)
        for lesion, sum_, other in zip(base["SRC"], base["SENTSRC"], base["NTSRC"], strict=True)
    ]
    usable = dataerr.isna()
    size = size.where(usable, NO_SIZE)
    return base[[*KEYS, "SITEID", "ARMCD", "FIRSTDOSE", "ADT"]].assign(
        NTARGET=n, NNONTARGET=nontargets, BASE=size,
        SUM=pd.Series([to_mm(one) for one in size.tolist()], index=base.index, dtype=object),
        COMPLETE=usable & seen & (size.gt(0) | nontargets.gt(0)), SEEN=seen,
        SRC=pd.Series(sources, index=base.index, dtype=object), DATAERR=dataerr,
    )  # fmt: skip


def _with_sums(judged: pd.DataFrame) -> pd.DataFrame:
    """Of each time point the sum that counts: that of its lesions, else the one that was sent. Adds TSOURCE."""
    by_lesion = judged["TOLD"].eq(True)
    sent = judged["SENT"].fillna(NO_SIZE).ge(0) | judged["SENTCLASH"].eq(True)
    all_gone = judged["ALLGONE"].eq(True) & judged["NTARGET"].eq(0) | judged["ALLGONE"].eq(True) & ~by_lesion
    by_sum = ~by_lesion & (sent | all_gone)
    total = judged["TOTAL"].where(by_lesion, judged["SENT"].where(sent, 0)).where(by_lesion | by_sum, NO_SIZE)
    whole = ~judged["NOTALL"].eq(True) & judged["SENT"].fillna(0).ge(0)
    complete = judged["COMPLETE"].eq(True).where(by_lesion, by_sum & whole)
    # without the lesions only a sum of 0, or the word absent, says that all of them are gone
    gone = judged["GONE"].eq(True).where(by_lesion, by_sum & (all_gone | total.eq(0)))
    ill = judged["DISEASE"].eq(True).where(by_lesion, by_sum & total.gt(0) & ~all_gone)
    late = judged["LATESRC"].notna()
    reported = judged["R_TRG"].notna()
    source = np.select([by_lesion, by_sum, reported], ["LESIONS", "SUMS", "COMPONENTS"], "")
    judged = judged.assign(
        TOTAL=total.fillna(NO_SIZE).astype("int64"), BASE=judged["BASE"].fillna(NO_SIZE).astype("int64"),
        COMPLETE=complete & ~late, GONE=gone, DISEASE=ill, TSOURCE=source,
    )  # fmt: skip
    return judged.assign(NADIR=derive_nadir(judged))


def _with_response(
    judged: pd.DataFrame, criteria: str, protocol: StudyProtocol, markers: pd.DataFrame | None
) -> pd.DataFrame:
    """Add TRGRESP NTRGRESP NEWLES OVRLRESP PDDT SOURCE SRC DATAERR."""
    least = 0 if criteria == "mRECIST" else LEAST_RISE
    computed = judged["TSOURCE"].isin(["LESIONS", "SUMS"])
    judged = judged.assign(BACK=False, NEWLES=_new_lesions(judged))
    judged = judged.assign(NTRGRESP=_non_target(judged))
    if markers is not None:
        high = derive_marker(judged, markers)
        judged = judged.assign(
            NTRGRESP=judged["NTRGRESP"].where(~(high & judged["NTRGRESP"].eq("CR")), NON_CR), HIGH=high
        )
    judged = judged.assign(TRGRESP=_target(judged, judge_target(judged, least_rise=least), computed))
    first = _overall(judged)
    if protocol.response.reappearance_after_cr:
        # CR never turns into PD by this: what is all gone cannot be back
        cured = first.eq("CR").groupby([judged[key] for key in KEYS], sort=False).cumsum() - first.eq("CR")
        after = cured > 0
        judged = judged.assign(BACK=after & judged["DISEASE"] & computed)
        judged = judged.assign(TRGRESP=_target(judged, judge_target(judged, least_rise=least), computed))
        back = after & judged["NBACK"].eq(True) & judged["NTRGRESP"].eq(NON_CR)
        judged = judged.assign(NTRGRESP=judged["NTRGRESP"].where(~back, "PD"))
    overall = _overall(judged)
    judged = derive_reported_new(judged.assign(OVRLRESP=overall))
    return _with_sources(judged)


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
        [judged["NTRGRESP"] if "NTRGRESP" in judged else "NE", "ND", judged["R_NTRG"], "NE", "ND"],
        "",
    )
    return none_for_empty(found, judged.index)


def _target(judged: pd.DataFrame, computed_response: np.ndarray, computed: pd.Series) -> pd.Series:
    """Computed where there are lesions or sums; else as reported; ND where there were no targets at baseline."""
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
    return none_for_empty(found, judged.index)


def _overall(judged: pd.DataFrame) -> pd.Series:
    """By the table; where nothing is known of the target lesions, as reported, unless something else is progression."""
    overall = derive_overall(judged)
    bare = judged["TRGRESP"].isna() & judged["R_OVR"].notna() & overall.ne("PD")
    overall = overall.where(~bare, judged["R_OVR"])
    if "HIGH" in judged:
        overall = overall.where(~(overall.eq("CR") & judged["HIGH"] & ~bare), "PR")
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
        [judged["TSOURCE"].isin(["LESIONS", "SUMS"]) & judged["BASEERR"].notna(), judged["LATESRC"].notna(),
         judged["CLASH"].eq(True) | judged["NCLASH"].eq(True)
         | (judged["SENTCLASH"].eq(True) & judged["TSOURCE"].eq("SUMS"))],
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
        DATAERR=none_for_empty(error, judged.index),
    )  # fmt: skip


def _heard(judged: pd.DataFrame) -> pd.DataFrame:
    """Of each reading whether the site ever judged target lesions."""
    said = judged["R_TRG"].isin(["CR", "PR", "SD", "PD", "NE"]) & ~judged["NTARGET"].gt(0)
    return said.groupby([judged[key] for key in KEYS], sort=False).any().rename("SAYSTARGET").reset_index()


def _problems(judged: pd.DataFrame, sizes: pd.DataFrame, criteria: str) -> list[pd.DataFrame]:
    """What the time points contradict; problems of measurements are told once, by whichever criteria use them."""
    rows = [judged[judged["DATAERR"].notna()].assign(RULE=lambda some: some["DATAERR"], KEY=None)]
    unlisted = judged["R_NEW"].eq("Y") & ~judged["LESNEW"].eq("Y") & judged["SCANNED"]
    rows.append(judged[unlisted].assign(RULE="RS-NEW-LESION-NOT-LISTED", KEY=None))
    rows.append(judged[judged["TWICE"].eq(True)].assign(RULE="RS-TWO-ANSWERS", KEY=None))
    rows.append(judged[judged["LATE"].eq(True)].assign(RULE="TR-NON-TARGET-AFTER-BASELINE", KEY=None))
    whole = judged["TSOURCE"].eq("LESIONS") & judged["COMPLETE"] & judged["SENT"].fillna(NO_SIZE).ge(0)
    differs = whole & judged["SENT"].ne(judged["TOTAL"])
    sent = judged["SENTSRC"].map(lambda keys: keys[0] if isinstance(keys, tuple) else None)
    rows.append(judged.assign(RULE="TR-SUM-DIFFERS", KEY=sent)[differs])
    if len(sizes):
        long = sizes[sizes["LONGONLY"]]
        about = judged[[*KEYS, "SITEID"]].drop_duplicates(KEYS)
        long = long.merge(about, on=KEYS, how="inner", validate="m:1")
        rows.append(
            long.assign(RULE="TR-NODE-WITHOUT-SHORT-AXIS", KEY=long["KEYS_"].map(lambda keys: keys[0]))
        )
    return rows


__all__ = ["REPORTED", "TumourResponse", "derive_tumour_response"]

"""The scans of every reader on every line of therapy: what was found, of which time point; before any criteria.

Source: clinical specification sections 6.1 and 6.6.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from milepost.core.lesions import derive_lesions, derive_parts, to_findings, to_identified
from milepost.core.reported_response import derive_answer_timepoint, to_answers
from milepost.core.target_response import BASELINE
from milepost.core.tumour_response_checks import select_lesion_problems
from milepost.core.tumour_timepoints import KEYS, derive_phase, derive_timepoint
from milepost.protocol import StudyProtocol

_AT = [*KEYS, "TP"]
VIABLE_TESTS = ("VDIAM", "SUMVDIAM")
LONG_TESTS = ("LDIAM", "SAXIS", "LPERP", "DIAMETER", "SUMDIAM")


class Scans(NamedTuple):
    """What was found, of which line and time point, before any criteria are applied."""

    findings: pd.DataFrame  # TR rows of baseline and after, with TP
    identified: pd.DataFrame  # TU rows likewise
    lesions: pd.DataFrame
    answers: pd.DataFrame  # RS rows, with TP
    points: pd.DataFrame  # KEYS TP VISIT ADT ADTLAST SITEID ARMCD FIRSTDOSE AFTERNEXT ORDER SCANNED
    problems: list[pd.DataFrame]


def to_scans(
    tu: pd.DataFrame, tr: pd.DataFrame, rs: pd.DataFrame, windows: pd.DataFrame, protocol: StudyProtocol
) -> Scans:
    """Every finding, identification and answer with its line and time point."""
    found = to_findings(tr)
    named = to_identified(tu, found)
    answers = to_answers(rs, windows)
    of_own_line = ~answers["AFTERNEXT"]
    problems = [
        found[found["ISSUE"].notna()].rename(columns={"ISSUE": "RULE"}),
        found[found["ADT"].isna()].assign(RULE="TR-DATE-MISSING"),
        named[named["ADT"].isna()].assign(RULE="TU-DATE-MISSING"),
        answers[answers["ISSUE"].notna() & answers["PHASE"].isin(["POST", "NONE"]) & of_own_line].rename(
            columns={"ISSUE": "RULE"}
        ),
    ]
    placed = derive_phase(found[found["ADT"].notna()], windows)
    lesions = derive_lesions(placed, named, windows)
    placed = derive_parts(placed[placed["PHASE"].isin(["BASE", "POST"])], lesions)
    marked = derive_phase(named[named["ADT"].notna() & named["LESION"].notna()], windows)
    listed = marked[~marked["AFTERNEXT"]]
    role = lesions[[*KEYS, "LESION", "ROLE"]].rename(columns={"ROLE": "NOW"})
    marked = marked.merge(role, on=[*KEYS, "LESION"], how="left", validate="m:1")
    # only a new lesion makes a time point by being named; target lesions are named again at every visit by some sites
    marked = marked[marked["PHASE"].eq("POST") & marked["NOW"].eq("NEW") & marked["ROLE"].eq("NEW")]
    answers = answers[answers["PHASE"].isin(["POST", "NONE"]) & answers["ISSUE"].isna()]
    # a line of which nothing was seen before the next one began has nothing to be followed from
    begun = _with_own_findings(placed, marked, answers, lesions)
    placed, marked, answers, lesions = (within(part, begun) for part in (placed, marked, answers, lesions))
    late = placed[placed["PHASE"].eq("POST")]
    columns = [*KEYS, "LESION", "VISIT", "ADT", "FIRSTDOSE", "AFTERNEXT"]
    # what names no lesion is looked at as a whole
    looked_at = late.assign(LESION=late["LESION"].where(late["LESION"].notna(), late["TEST"]))
    dated = pd.concat([looked_at[columns], marked[columns]])
    number = derive_timepoint(dated.reset_index(drop=True), protocol).to_numpy()
    placed = placed.assign(TP=BASELINE)
    placed.loc[placed["PHASE"].eq("POST"), "TP"] = number[: len(late)]
    marked = marked.assign(TP=number[len(late) :])
    of_line = ["SITEID", "ARMCD", "FIRSTDOSE", "AFTERNEXT"]
    parts = [frame[[*_AT, "VISIT", "ADT", *of_line]] for frame in (placed[placed["TP"].ne(BASELINE)], marked)]
    points = _points(pd.concat(parts, ignore_index=True), True)
    answers = answers.reset_index(drop=True)
    answers = answers.assign(TP=derive_answer_timepoint(answers, points, protocol, len(dated) + 1))
    # without a date the visit's name must fit one line only
    record = ["USUBJID", "READER", "KEY"]
    several = (
        answers[answers["TP"].ge(0)].duplicated(record, keep=False).reindex(answers.index, fill_value=False)
    )
    placeless = (answers["PHASE"].eq("NONE") & several) | answers["TP"].lt(0)
    fits = pd.MultiIndex.from_frame(answers.loc[~placeless, record])
    lost = placeless & ~pd.MultiIndex.from_frame(answers[record]).isin(fits)
    problems.append(answers[lost].assign(RULE="RS-DATE-MISSING", LINE=None))
    answers = answers[~placeless]
    own = answers[~answers["TP"].isin(points["TP"])]
    points = pd.concat([points, _points(own[[*_AT, "VISIT", "ADT", *of_line]], False)], ignore_index=True)
    points = points.sort_values([*KEYS, "ADT", "ADTLAST", "TP"], kind="stable", ignore_index=True)
    points = points.assign(ORDER=np.arange(len(points)))
    # what is said on the next line is asked about there
    own, own_lesions = placed[~placed["AFTERNEXT"]], lesions[~lesions["AFTERNEXT"]]
    problems += select_lesion_problems(own, listed, own_lesions, windows, found)
    return Scans(placed, marked, lesions, answers, points, problems)


def _with_own_findings(*parts: pd.DataFrame) -> pd.DataFrame:
    """KEYS of the readings of which something is known up to the day on which the next line began."""
    placed, marked, answers, lesions = parts
    seen = lesions[(lesions["ATBASE"] | lesions["FIRST"].notna()) & ~lesions["AFTERNEXT"]]
    dated = answers[answers["PHASE"].eq("POST")]
    own = [part.loc[~part["AFTERNEXT"], KEYS] for part in (placed, marked, dated)]
    return pd.concat([*own, seen[KEYS]]).drop_duplicates()


def _points(rows: pd.DataFrame, scanned: bool) -> pd.DataFrame:
    ordered = rows.sort_values([*_AT, "ADT"], kind="stable")
    found = ordered.groupby(_AT, sort=False).agg(
        VISIT=("VISIT", "first"), ADT=("ADT", "min"), ADTLAST=("ADT", "max"), SITEID=("SITEID", "first"),
        ARMCD=("ARMCD", "first"), FIRSTDOSE=("FIRSTDOSE", "first"), AFTERNEXT=("AFTERNEXT", "first"),
    ).reset_index()  # fmt: skip
    visit = found["VISIT"].astype(object)
    return found.assign(
        VISIT=visit.where(visit.notna(), None), SCANNED=scanned, AFTERNEXT=found["AFTERNEXT"].astype(bool)
    )


def select_readings_of(scans: Scans, criteria: str) -> pd.DataFrame:
    """KEYS SITEID ARMCD FIRSTDOSE of the readings to which the criteria apply: mRECIST where viable diameters or
    mRECIST responses exist; RECIST 1.1 everywhere but where there is nothing else than those."""
    findings = scans.findings[~scans.findings["AFTERNEXT"]]
    answers = scans.answers[~scans.answers["AFTERNEXT"]]
    viable = findings.loc[findings["TEST"].isin(VIABLE_TESTS), KEYS]
    others = findings.loc[findings["TEST"].isin(LONG_TESTS), KEYS]
    said = {name: answers.loc[answers["CRITERIA"] == name, KEYS] for name in ("RECIST 1.1", "mRECIST")}
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


def within(rows: pd.DataFrame, used: pd.DataFrame) -> pd.DataFrame:
    return rows[pd.MultiIndex.from_frame(rows[KEYS]).isin(pd.MultiIndex.from_frame(used[KEYS]))]


def is_measured(scans: Scans, readings: pd.DataFrame) -> np.ndarray:
    """Which of the readings have a viable diameter at all: without one nothing of mRECIST can be derived."""
    viable = scans.findings.loc[scans.findings["TEST"].isin(VIABLE_TESTS), KEYS].drop_duplicates()
    return pd.MultiIndex.from_frame(readings[KEYS]).isin(pd.MultiIndex.from_frame(viable))

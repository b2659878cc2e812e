"""Tumour response: from lesions, sums or the site's own words to the response of every time point.

RECIST 1.1 and mRECIST side by side, each reader apart, each line of therapy with its own baseline. What can be derived
is derived: from lesions, else from sums, else from the reported components, else the reported overall response stands.
Source: clinical specification sections 6.1 to 6.3 and traps 22 and 23.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from milepost.core.problems import to_problems
from milepost.core.reported_response import select_answers
from milepost.core.response_disagreements import DISAGREEMENT_COLUMNS, select_disagreements
from milepost.core.tumour_baseline import derive_adequacy
from milepost.core.tumour_judgement import derive_counting_sum, derive_response
from milepost.core.tumour_measurements import LESION_COLUMNS, to_measurements
from milepost.core.tumour_problems import problem_rows
from milepost.core.tumour_readers import select_adjudicated, select_adjudicated_baselines, select_readings
from milepost.core.tumour_scans import Scans, select_readings_of, to_scans
from milepost.core.tumour_timepoint_findings import to_findings_by
from milepost.core.tumour_timepoints import to_windows
from milepost.core.tumour_words import NO_SIZE, SCALE
from milepost.protocol import StudyProtocol

TIMEPOINT_COLUMNS = (
    "USUBJID", "SITEID", "LINE", "ARMCD", "CRITERIA", "READER", "VISIT", "ADT", "ADTLAST", "TRGRESP", "NTRGRESP",
    "NEWLES", "OVRLRESP", "PDDT", "SOURCE", "SRC", "DATAERR", "AFTERNEXT",
)  # fmt: skip
BASELINE_COLUMNS = (
    "USUBJID", "SITEID", "LINE", "ARMCD", "CRITERIA", "READER", "ADT", "NTARGET", "NNONTARGET", "SUM", "MEASURABLE",
    "COMPLETE", "SRC", "DATAERR",
)  # fmt: skip
_READING = ["USUBJID", "LINE", "CRITERIA", "READER"]


class TumourResponse(NamedTuple):
    """One row a time point, a baseline, a measurement (ADTR), a disagreement, and a problem."""

    timepoints: pd.DataFrame
    baselines: pd.DataFrame
    lesions: pd.DataFrame
    disagreements: pd.DataFrame
    problems: pd.DataFrame


class _Judged(NamedTuple):
    timepoints: pd.DataFrame
    baselines: pd.DataFrame
    lesions: pd.DataFrame
    disagreements: pd.DataFrame
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
    OVRLRESP PDDT (date from which progression counts) SOURCE SRC DATAERR (None where it is progression in any case)
    AFTERNEXT (later than the day on which the next line began: judged against this line's baseline and smallest sum,
    for analyses that follow a patient regardless of other therapy; nothing is asked about it, and it has no row in
    lesions and disagreements). baselines: ADT NTARGET NNONTARGET SUM (mm)
    MEASURABLE COMPLETE. lesions: ADTR rows in mm. disagreements: WHAT was DERIVED and what REPORTED. problems: as
    `to_problems` makes them.
    """
    cut = pd.Timestamp(as_of)
    seen = [frame[~(frame["ADT"] > cut)] for frame in (tu, tr, select_answers(rs))]
    if not any(map(len, seen)):
        return _nothing()
    readings = select_readings(*seen)
    windows = to_windows(lines, protocol)
    scans = to_scans(readings.tu, readings.tr, readings.rs, windows, protocol)
    used = {criteria: select_readings_of(scans, criteria) for criteria in protocol.response.criteria}
    # criteria without a single reading are not walked through; the first gives empty frames their columns
    first = protocol.response.criteria[0]
    judged = [
        _judge(scans, criteria, readings_, protocol, markers)
        for criteria, readings_ in used.items()
        if len(readings_) or criteria == first
    ]
    unread = readings.unread.assign(KEY="|" + readings.unread["RECKEY"].astype(str))
    problems = [unread, *scans.problems, *(problem for part in judged for problem in part.problems)]
    # adjudicated scan by scan: each scan by the reader accepted for it
    accepted, line = readings.adjudicated, ("USUBJID", "LINE", "CRITERIA")
    points, bases = [part.timepoints for part in judged], [part.baselines for part in judged]
    lesions, disagreements = [part.lesions for part in judged], [part.disagreements for part in judged]
    bases = [
        *bases,
        *(select_adjudicated_baselines(*both, accepted) for both in zip(bases, points, strict=True)),
    ]
    points = [*points, *(select_adjudicated(part, accepted, once=(*line, "ADT")) for part in points)]
    lesions = [*lesions, *(select_adjudicated(part, accepted, "PARCAT2") for part in lesions)]
    disagreements = [
        *disagreements,
        *(select_adjudicated(part, accepted, once=(*line, "ADT", "WHAT")) for part in disagreements),
    ]
    by_measurement = ["USUBJID", "LINE", "PARCAT3", "PARCAT2", "ADT", "PARAMCD"]
    return TumourResponse(
        _together(points, [*_READING, "ADT"], TIMEPOINT_COLUMNS),
        _together(bases, _READING, BASELINE_COLUMNS),
        _together(lesions, by_measurement, LESION_COLUMNS),
        _together(disagreements, [*_READING, "ADT", "WHAT"], DISAGREEMENT_COLUMNS),
        to_problems(row for frame in problems for row in problem_rows(frame)),
    )


def _nothing() -> TumourResponse:
    """What there is where nobody sent a scan or a response."""
    numbers = {
        **dict.fromkeys(("NTARGET", "NNONTARGET"), "int64"), "ADY": "Int64",
        **dict.fromkeys(("ADT", "ADTLAST", "PDDT"), "datetime64[ns]"),
        **dict.fromkeys(("MEASURABLE", "COMPLETE", "AFTERNEXT"), "bool"),
    }  # fmt: skip
    points, bases, lesions, disagreements = (
        pd.DataFrame({name: pd.Series(dtype=numbers.get(name, "object")) for name in columns})
        for columns in (TIMEPOINT_COLUMNS, BASELINE_COLUMNS, LESION_COLUMNS, DISAGREEMENT_COLUMNS)
    )
    return TumourResponse(points, bases, lesions, disagreements, to_problems(()))


def _together(parts: list[pd.DataFrame], order: list[str], columns: tuple[str, ...]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)] or parts[:1]
    rows = pd.concat(filled, ignore_index=True)[list(columns)]
    return rows.sort_values(order, kind="stable", ignore_index=True)


def _judge(
    scans: Scans,
    criteria: str,
    readings: pd.DataFrame,
    protocol: StudyProtocol,
    markers: pd.DataFrame | None,
) -> _Judged:
    """Everything by one set of criteria."""
    too_small = int(protocol.response.too_small_mm * SCALE)
    found = to_findings_by(scans, readings, criteria, too_small)
    timepoints = derive_response(derive_counting_sum(found.points), criteria, protocol, markers)
    timepoints = timepoints.assign(CRITERIA=criteria)
    own = timepoints[~timepoints["AFTERNEXT"]]
    disagreements = select_disagreements(own)
    lesions = to_measurements(found.grid, own, found.baselines, criteria)
    baselines = derive_adequacy(found.baselines, own).assign(CRITERIA=criteria)
    unusable = baselines[baselines["DATAERR"].notna()]
    problems = [found.odd, *_problems(own, disagreements)]
    # a baseline is asked about at once: later it cannot be repaired
    problems.append(unusable.assign(RULE=unusable["DATAERR"], KEY=None))
    return _Judged(timepoints, baselines, lesions, disagreements, problems)


def _problems(timepoints: pd.DataFrame, disagreements: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """What the time points contradict. Clashing measurements were told record by record."""
    rule = timepoints["ASK"]
    late = timepoints["LATESRC"].map(lambda keys: keys[0] if isinstance(keys, tuple) else None)
    # a wrong sum has no lesion to name
    told = timepoints["CLASH"].eq(True) | timepoints["NCLASH"].eq(True) | timepoints["OPEN"]
    told = told & rule.eq("TR-TWO-MEASUREMENTS")
    key = late.where(rule.eq("TR-TARGET-AFTER-BASELINE"), None)
    yield timepoints.assign(RULE=rule, KEY=key)[rule.notna() & ~told]
    # who sends sums alone lists no lesions, new ones neither
    lists = timepoints["SCANNED"] & timepoints["TSOURCE"].ne("SUMS")
    unlisted = timepoints["R_NEW"].eq("Y") & ~timepoints["LESNEW"].eq("Y") & lists
    whole = timepoints["TSOURCE"].eq("LESIONS") & timepoints["COMPLETE"]
    sent = timepoints["SENT"].fillna(NO_SIZE)
    of_sum = timepoints["SENTSRC"].map(lambda keys: keys[0] if isinstance(keys, tuple) else None)
    for holds, name, record in (
        (unlisted, "RS-NEW-LESION-NOT-LISTED", None),
        (timepoints["TWICE"].eq(True), "RS-TWO-ANSWERS", None),
        (timepoints["LATE"].eq(True), "TR-NON-TARGET-AFTER-BASELINE", None),
        (whole & sent.ge(0) & sent.ne(timepoints["TOTAL"]), "TR-SUM-DIFFERS", of_sum),
    ):
        yield timepoints.assign(RULE=name, KEY=record)[holds]
    yield disagreements[disagreements["WHAT"].eq("OVRLRESP")].assign(RULE="RS-DISAGREES", KEY=None)

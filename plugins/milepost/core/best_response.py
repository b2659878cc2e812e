"""Best overall response of each patient, line of therapy, criteria and reader: the rows of ADRS.

Source: clinical specification section 6.4; traps 22 and 23. The readings of investigator and independent assessor, and
of RECIST 1.1 and mRECIST, are never mixed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from milepost.core.assessments import READER_KEYS, derive_readings, is_after_next_line, select_assessments
from milepost.core.confirmation import Assessment
from milepost.core.new_therapy import derive_new_therapy
from milepost.core.problems import to_problems
from milepost.core.response_answers import Answer, Reading, Settings
from milepost.core.response_rows import ADRS_COLUMNS, VALUES, to_response_rows
from milepost.core.study_day import derive_study_day
from milepost.core.time_to_event_courses import derive_starts
from milepost.core.unknown_responses import certain_answers
from milepost.protocol import StudyProtocol

__all__ = [
    "ADRS_COLUMNS",
    "PARAMS",
    "REASONS",
    "derive_best_response",
    "derive_response_problems",
    "to_response_rows",
]

PARAMS = {
    "BOR": "Best overall response",
    "CBOR": "Best overall response, confirmed",
    "RSP": "Response (CR or PR)",
    "CRSP": "Response (CR or PR), confirmed",
    "CB": "Disease control (CR, PR or SD)",
    "CCB": "Disease control (CR, PR or SD), response confirmed",
    "PD": "Progression",
    "LSTA": "Last adequate assessment",
    "MDIS": "Measurable disease at baseline",
}
REASONS = {
    "NO_ASSESSMENT": "no tumour assessment after first dose",
    "NOT_EVALUABLE": "assessed, but no assessment could be evaluated",
    "SD_TOO_EARLY": "stable disease only before the minimum interval",
    "NO_SD_MINIMUM": "the protocol names no minimum interval for stable disease and no scan schedule",
    "NEW_THERAPY": "assessed only after another anticancer therapy had begun",
    "NO_DISEASE": "no disease at baseline and none later",
    "NO_BASELINE": "no tumour assessment at baseline",
    "PR_AFTER_CR": "a partial response after a complete one: the site is asked",
    "PROGRESSION": "progression by the end of the window",
    "DEATH": "died by the end of the window",
    "OUT_OF_WINDOW": "assessed, but not within the window of this scan",
    "NOT_YET_DUE": "the window is still open at the cut-off",
}
PROBLEMS = {
    "RS-PR-AFTER-CR": "A partial response is recorded after a complete response. A tumour that is seen again after it "
    "was gone is a progression. Please check both assessments.",
}


def derive_best_response(
    timepoints: pd.DataFrame,
    baselines: pd.DataFrame,
    lines: pd.DataFrame,
    therapies: pd.DataFrame,
    *,
    protocol: StudyProtocol,
    as_of: dt.date,
    ds: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The response of each line of therapy, criteria and reader, one row a PARAMCD (ADRS).

    Needs `timepoints` and `baselines` of `derive_tumour_response`, `lines` of `derive_lines`, `therapies` of
    `select_therapies`. Assessments count up to the first progression, on or before the start of another anticancer
    therapy, cut-off included. BOR and CBOR (response confirmed): AVALC CR PR SD NON-CR/NON-PD PD NED NE, AVAL 1 to 7,
    ADT of the assessment it is dated from. RSP CRSP CB CCB PD MDIS: Y or N, AVAL 1 or 0, ADT the first date of Y (PD:
    also after another therapy or the next line, as EMA style counts it). LSTA: the last adequate assessment.
    DCW<week>: disease control at the scheduled scan, Y, N, NE, or empty while not yet due. REASON: a key of REASONS.
    ANL01FL: Y for the primary criteria and reader; of those every line begun has its rows, others where they have data.
    ADY counts from first dose. Time points after the first dose of the next line (AFTERNEXT) are not the line's own.
    DATAERR: the rule of the time point that contradicts itself, where it could have changed the answer, or that a scan
    is dated after death; then the values are empty. ds: the DS records, needed where the protocol counts from
    randomisation: the minimum interval of stable disease does too.
    """
    settings = Settings.of(protocol)
    readings = derive_readings(lines, timepoints, baselines, protocol.response, as_of=as_of)
    new = derive_new_therapy(lines, therapies, as_of=as_of)
    readings = readings.merge(new, on=["USUBJID", "LINE"], how="left", validate="m:1")
    if ds is not None:
        starts = derive_starts(lines, ds, protocol)
        readings = readings.merge(starts, on=["USUBJID", "LINE"], how="left", validate="m:1")
    own = select_assessments(timepoints, lines, as_of=as_of)
    every = own
    if is_after_next_line(timepoints).any():
        every = select_assessments(timepoints, lines, as_of=as_of, after_next=True)
    rows, sources = _rows(readings, own)
    later, later_sources = (rows, sources) if every is own else _rows(readings, every)
    after_death = _seen_after_death(readings, every)
    number: list[int] = []
    given: list[Answer] = []
    src: list[tuple[str, ...]] = []
    for place, reading in enumerate(_readings(readings, rows, later, as_of)):
        for answer in certain_answers(reading, settings):
            of = (later_sources if answer.code == "PD" else sources)[place]
            number.append(place)
            given.append(answer)
            src.append(_once(of if answer.places is None else (of[p] for p in answer.places)))
    return _to_adrs(readings, number, given, src, after_death)


def derive_response_problems(adrs: pd.DataFrame) -> pd.DataFrame:
    """What the response rows ask the sites: a partial response after a complete one.

    An assessment after death is asked with the times to event.
    """
    asked = adrs[adrs["PARAMCD"].eq("BOR") & adrs["REASON"].eq("PR_AFTER_CR")]
    return to_problems(
        {
            "USUBJID": row.USUBJID, "SITEID": row.SITEID, "LINE": row.LINE, "DOMAIN": "RS", "RECKEY": None,
            "RULE": rule, "SEVERITY": "warning", "QUESTION": question,
        }
        for rule, question in PROBLEMS.items()
        for row in asked.itertuples(index=False)
    )  # fmt: skip


def _rows(
    readings: pd.DataFrame, assessments: pd.DataFrame
) -> tuple[list[list[Assessment]], list[list[tuple[str, ...]]]]:
    """Of each reading its assessments, and the records each of them rests on."""
    places = readings[[*READER_KEYS, "FIRSTDOSE"]].reset_index(names="READING")
    found = assessments.merge(places, on=READER_KEYS, how="inner", validate="m:1")
    rows: list[list[Assessment]] = [[] for _ in range(len(readings))]
    sources: list[list[tuple[str, ...]]] = [[] for _ in range(len(readings))]
    days = (found["ADT"] - found["FIRSTDOSE"]).dt.days
    told = (found["READING"], days, found["OVR"], found["DATAERR"], found["SRC"])
    for reading, day, response, wrong, src in zip(*told, strict=True):
        rows[reading].append(Assessment(int(day), response, wrong))
        sources[reading].append(src)
    return rows, sources


def _readings(
    readings: pd.DataFrame, rows: list[list[Assessment]], later: list[list[Assessment]], as_of: dt.date
) -> list[Reading]:
    """The readings as plain objects, their dates as days since first dose."""
    new = _plain_days(readings["NEWTRT"], readings["FIRSTDOSE"])
    death = _plain_days(readings["DEATH"], readings["FIRSTDOSE"])
    cut_off = (pd.Timestamp(as_of) - readings["FIRSTDOSE"]).dt.days
    start = readings["START"] if "START" in readings else readings["FIRSTDOSE"]
    before = (readings["FIRSTDOSE"] - start).dt.days.fillna(0)
    measurable = [None if pd.isna(told) else bool(told) for told in readings["MEASURABLE"]]
    parts = zip(rows, later, cut_off, new, death, measurable, before, strict=True)
    return [
        Reading(row, int(until), begun, died, told, int(days), None if more is row else more)
        for row, more, until, begun, died, told, days in parts
    ]


def _seen_after_death(readings: pd.DataFrame, assessments: pd.DataFrame) -> np.ndarray:
    """Whether a reading has a scan later than the last day on which the patient may have died."""
    last = assessments.groupby(READER_KEYS)["SCANDT"].max().rename("LASTSCAN").reset_index()
    merged = readings[[*READER_KEYS, "DEATH"]].merge(last, on=READER_KEYS, how="left", validate="1:1")
    return (merged["LASTSCAN"] > merged["DEATH"]).to_numpy(bool)


def _to_adrs(
    readings: pd.DataFrame,
    number: Sequence[int],
    given: Sequence[Answer],
    src: Sequence[tuple[str, ...]],
    after_death: np.ndarray,
) -> pd.DataFrame:
    of = np.asarray(number, dtype=np.int64)
    wrong = pd.Series([answer.wrong for answer in given], dtype=object)
    wrong = wrong.where(~after_death[of], "RS-AFTER-DEATH")
    held = wrong.notna().to_numpy(bool)
    dated = np.array([answer.day is not None for answer in given], dtype=bool) & ~held
    days = np.array([answer.day or 0 for answer in given], dtype="timedelta64[D]")
    first_dose = readings["FIRSTDOSE"].to_numpy()[of]
    codes = [answer.code for answer in given]
    values = pd.Series([answer.value for answer in given], dtype=object)
    reasons = pd.Series([answer.reason for answer in given], dtype=object)
    adrs = pd.DataFrame(
        {
            **{
                name: readings[name].to_numpy()[of]
                for name in ("USUBJID", "SITEID", "LINE", "ARMCD", "FIRSTDOSE")
            },
            "PARAMCD": pd.Series(codes, dtype=object),
            "PARAM": pd.Series([_param(code) for code in codes], dtype=object),
            "PARCAT1": "Tumor Response",
            "PARCAT2": readings["READER"].to_numpy()[of],
            "PARCAT3": readings["CRITERIA"].to_numpy()[of],
            "VISIT": None,
            "AVALC": values.where(~held, None),
            "AVAL": values.map(VALUES).astype(float).where(~held),
            "ADT": pd.Series(first_dose + days).where(dated),
            "ANL01FL": readings["ANL01FL"].to_numpy()[of],
            "REASON": reasons.where(~held, None),
            "SRC": pd.Series(list(src), dtype=object),
            "DATAERR": wrong.where(held, None),
        }
    )
    return derive_study_day(adrs)[list(ADRS_COLUMNS)]


def _param(code: str) -> str:
    return PARAMS.get(code) or f"Disease control at the scan of week {code.removeprefix('DCW')}"


def _plain_days(dates: pd.Series, since: pd.Series) -> list[int | None]:
    return [None if pd.isna(days) else int(days) for days in (dates - since).dt.days]


def _once(sources: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for src in sources if isinstance(src, tuple) for key in src))

"""Overall survival, progression-free survival, time to progression, to response and of response: the rows of ADTTE.

Source: clinical specification sections 6.4 (DoR, TTR), 6.5 (OS) and 6.6 (PFS, both styles); traps 20 and 21. What ends
or censors each of them stands in `time_to_event_sources`, the dates in `time_to_event_courses`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from milepost.core.assessments import (
    READER_KEYS,
    UNKNOWN,
    derive_readings,
    is_after_next_line,
    select_assessments,
    up_to_progression,
)
from milepost.core.best_response import derive_response_problems
from milepost.core.follow_up import derive_deaths, select_undated_deaths
from milepost.core.new_therapy import derive_new_therapy
from milepost.core.problems import join_problems
from milepost.core.time_to_event_courses import derive_courses, derive_starts, select_clinical_stops
from milepost.core.time_to_event_hours import derive_hours
from milepost.core.time_to_event_problems import derive_contradictions, derive_time_to_event_problems
from milepost.core.time_to_event_sources import OS, STYLES, TTP, Source
from milepost.protocol import StudyProtocol

DAYS_IN_MONTH = 30.4375
ADTTE_COLUMNS = (
    "USUBJID", "SITEID", "LINE", "ARMCD", "PARAMCD", "PARAM", "PARCAT2", "PARCAT3", "STARTDT", "ADT", "AVAL", "AVALM",
    "CNSR", "EVNTDESC", "CNSDTDSC", "SRCDOM", "SRCVAR", "SRC", "ADTF", "ANL01FL", "GAPFL", "DATAERR",
)  # fmt: skip
PARAMS = {
    "OS": "Overall survival",
    "PFS": "Progression-free survival",
    "PFSFDA": "Progression-free survival, FDA style",
    "PFSEMA": "Progression-free survival, EMA style",
    "TTP": "Time to progression",
    "RSD": "Duration of response",
    "CRSD": "Duration of response, confirmed",
    "TTR": "Time to response",
    "CTTR": "Time to response, confirmed",
}
_KEYS = ["USUBJID", "LINE"]
_AVALM_PLACES = 4
_TO_RESPONSE = Source("EVERYBODY", "RESPONSE", 0, "Response", None, "ADRS", "ADT", "RESPONSESRC")


class TimeToEvent(NamedTuple):
    """adtte: the rows, sorted as PARAMS; problems: what is asked of the sites."""

    adtte: pd.DataFrame
    problems: pd.DataFrame


def derive_time_to_event(
    lines: pd.DataFrame,
    timepoints: pd.DataFrame,
    baselines: pd.DataFrame,
    adrs: pd.DataFrame,
    therapies: pd.DataFrame,
    alive: pd.DataFrame,
    *,
    dm: pd.DataFrame,
    ds: pd.DataFrame,
    ss: pd.DataFrame,
    protocol: StudyProtocol,
    as_of: dt.date,
) -> TimeToEvent:
    """Every time to event of every line begun by the cut-off (ADTTE).

    Needs `lines`, the frames of `derive_tumour_response`, `adrs` of `derive_best_response`, `therapies` of
    `select_therapies`, `alive` of `derive_last_known_alive`, and the records of DM, DS and SS (deaths, randomisation,
    stops of treatment). OS: one row a line (ANL01FL Y). PFS (the style the protocol declares), PFSFDA, PFSEMA and TTP:
    one row a line, criteria (PARCAT3) and reader (PARCAT2). RSD, CRSD, TTR and CTTR: of responders.

    STARTDT; ADT of event or censoring; AVAL in days, end - start + 1, whole (Int64); where the protocol counts the time
    of day, from that of first dose to that of death or of the last sign of life, as far as they are told, else from or
    to the beginning of the day, plus 1 and at least 1 (float64). AVALM in months of 30.4375 days, to 4 decimals;
    CNSR 0 an event, else the reason (a key of CNSR in time_to_event_sources); EVNTDESC, CNSDTDSC in words; SRCDOM,
    SRCVAR, SRC the records; ADTF: D or M where day, or month and day, of death were imputed, Y where the day of a
    contact stands for it; GAPFL: Y where a patient without event was not seen or scanned for longer than the protocol
    allows before the cut-off. Time points after the first dose of the next line (AFTERNEXT) count in EMA style alone.
    DATAERR: the rule by which the data contradict themselves, then no dates and no values; also that of a time point
    which could have changed the answer.
    """
    lines = _with_starts(lines, ds, protocol)
    deaths = derive_deaths(dm, ds, ss, alive, time_of_day=protocol.time_to_event.time_of_day)
    people = _people(lines, therapies, alive, ds, deaths, timepoints, as_of)
    people = people.assign(UNDATED=people["USUBJID"].isin(select_undated_deaths(dm, ds, ss)))
    readings = derive_readings(lines, timepoints, baselines, protocol.response, as_of=as_of)
    readings = _readings(readings, people)
    own = select_assessments(timepoints, lines, as_of=as_of)
    every = own
    if is_after_next_line(timepoints).any():
        every = select_assessments(timepoints, lines, as_of=as_of, after_next=True)
    by_reader = _certain_rows(readings, own, every, adrs, protocol)
    parts = [_rows(people, OS, "OS").assign(UNCERTAIN=None), by_reader]
    adtte = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    wrong = derive_contradictions(people, timepoints, as_of=as_of)
    adtte = _with_values(adtte, wrong, people, protocol, as_of)
    asked = derive_time_to_event_problems(people, adtte, therapies, as_of=as_of)
    return TimeToEvent(adtte, join_problems(asked, derive_response_problems(adrs)))


def _certain_rows(
    readings: pd.DataFrame,
    own: pd.DataFrame,
    every: pd.DataFrame,
    adrs: pd.DataFrame,
    protocol: StudyProtocol,
) -> pd.DataFrame:
    """The rows of each reader, with UNCERTAIN: the rule of an unknown assessment that could have changed the time.

    It may have been a progression or an adequate assessment without one; of several the first may have been the
    progression, or all of them adequate, or all but the last.
    """
    rows = _reader_rows(readings, _told(own), _told(every), adrs, protocol).assign(UNCERTAIN=None)
    unknown = every[every["OVR"].eq(UNKNOWN)].drop_duplicates(READER_KEYS)
    if unknown.empty:
        return rows
    affected = unknown[[*READER_KEYS, "DATAERR"]]
    some, own, every = (
        frame.merge(affected[READER_KEYS], on=READER_KEYS, how="inner", validate="m:1")
        for frame in (readings, own, every)
    )
    keys = ["USUBJID", "LINE", "PARCAT3", "PARCAT2", "PARAMCD"]
    wrong = affected.rename(columns={"CRITERIA": "PARCAT3", "READER": "PARCAT2", "DATAERR": "RULE"})
    base = rows[keys].merge(wrong, on=keys[:4], how="left", validate="m:1")
    changed = pd.Series(False, index=rows.index)
    for first, between, last in (("PD", "NE", "NE"), ("SD", "SD", "SD"), ("SD", "SD", "PD")):
        words = (first, between, last)
        other = _reader_rows(some, _told(own, *words), _told(every, *words), adrs, protocol)
        both = rows[keys].merge(other[[*keys, "ADT", "CNSR"]], on=keys, how="left", validate="1:1")
        same = both["ADT"].eq(rows["ADT"]) & both["CNSR"].eq(rows["CNSR"])
        changed |= base["RULE"].notna() & ~same
    return rows.assign(UNCERTAIN=base["RULE"].astype(object).where(changed, None))


def _told(
    assessments: pd.DataFrame, first: str = "NE", between: str = "NE", last: str = "NE"
) -> pd.DataFrame:
    """The assessments as if the unknown ones of each reader had been these responses."""
    unknown = assessments["OVR"].eq(UNKNOWN)
    if not unknown.any():
        return assessments
    places = assessments.loc[unknown, READER_KEYS]
    told = pd.Series(between, index=places.index, dtype=object)
    told = told.where(places.duplicated(keep="last"), last).where(places.duplicated(), first)
    # of a single one the first counts, and it is the last as well where that alone is a progression
    alone = ~places.duplicated(keep=False)
    told = told.where(~alone, "PD" if "PD" in (first, last) else first)
    return up_to_progression(assessments.assign(OVR=assessments["OVR"].where(~unknown, told)))


def _reader_rows(
    readings: pd.DataFrame,
    own: pd.DataFrame,
    every: pd.DataFrame,
    adrs: pd.DataFrame,
    protocol: StudyProtocol,
) -> pd.DataFrame:
    """The rows of each reader without their values. own, every: assessments without and with those after the next line
    of therapy had begun, which EMA style alone counts."""
    style = protocol.time_to_event.pfs
    survival = {"FDA": derive_courses(readings, own, protocol=protocol, deaths_count=True)}
    survival["EMA"] = (
        survival["FDA"]
        if every is own
        else derive_courses(readings, every, protocol=protocol, deaths_count=True)
    )
    progression = derive_courses(readings, own, protocol=protocol, deaths_count=False)
    parts = []
    for code, courses, sources in (
        ("PFS", survival[style], STYLES[style]),
        ("PFSFDA", survival["FDA"], STYLES["FDA"]),
        ("PFSEMA", survival["EMA"], STYLES["EMA"]),
        ("TTP", progression, TTP[style]),
    ):
        parts.append(_rows(courses, sources, code))
    for answer, lasts, comes in (("RSP", "RSD", "TTR"), ("CRSP", "CRSD", "CTTR")):
        responders = _responders(survival[style], adrs, answer)
        parts.append(_rows(responders.assign(START=responders["RESPONSE"]), STYLES[style], lasts))
        parts.append(_rows(responders, (_TO_RESPONSE,), comes))
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _with_starts(lines: pd.DataFrame, ds: pd.DataFrame, protocol: StudyProtocol) -> pd.DataFrame:
    """The lines with START; one that is randomised but not (yet) dosed begins with its randomisation."""
    lines = lines.merge(derive_starts(lines, ds, protocol), on=_KEYS, how="left", validate="1:1")
    return lines.assign(FIRSTDOSE=lines[["FIRSTDOSE", "START"]].min(axis=1))


def _people(
    lines: pd.DataFrame,
    therapies: pd.DataFrame,
    alive: pd.DataFrame,
    ds: pd.DataFrame,
    deaths: pd.DataFrame,
    timepoints: pd.DataFrame,
    as_of: dt.date,
) -> pd.DataFrame:
    """One row a line begun by the cut-off with all that is not of one reader; dates after the cut-off are empty."""
    cut_off = pd.Timestamp(as_of)
    people = lines[lines["FIRSTDOSE"] <= cut_off].reset_index(drop=True)
    deaths = deaths.rename(columns={"DTHDT": "DEATH", "DTHDTF": "ADTF", "SRC": "DEATHSRC"})
    people = people.drop(columns="DEATH").merge(deaths, on="USUBJID", how="left", validate="m:1")
    people = people.merge(alive, on="USUBJID", how="left", validate="m:1")
    people = people.merge(
        derive_new_therapy(lines, therapies, as_of=as_of), on=_KEYS, how="left", validate="1:1"
    )
    people = people.merge(select_clinical_stops(ds, lines, as_of=as_of), on=_KEYS, how="left", validate="1:1")
    seen = timepoints[timepoints["ADT"] <= cut_off].sort_values("ADT", kind="stable")
    seen = seen.drop_duplicates("USUBJID", keep="last").set_index("USUBJID")
    scanned = pd.to_datetime(people["USUBJID"].map(seen["ADT"]))
    scanned = scanned.where(~(scanned > people["LATESTDEATH"]))
    last = pd.concat([people["LSTALVDT"], people["START"], scanned], axis=1).max(axis=1)
    # the scan is named where no other record shows the patient alive so late
    by_record = last.eq(people["LSTALVDT"])
    shown = (
        people["LSTALVSRC"]
        .map(_one)
        .where(by_record, people["USUBJID"].map(seen["SRC"]).where(last.eq(scanned)))
    )
    # a day of death that was imputed lies after the last scan too
    imputed = people["ADTF"].notna() & (people["DEATH"] <= last)
    later = pd.concat([last + pd.Timedelta(days=1), people["LATESTDEATH"]], axis=1).min(axis=1)
    death = people["DEATH"].where(~imputed, later)
    died = death <= cut_off
    return people.assign(
        DEATH=death.where(died),
        DIED=died,
        DIED_LATER=death > cut_off,
        CUTOFF=cut_off,
        ALIVE=last.where(last <= cut_off, cut_off),
        ALIVESRC=shown,
        DEATHSRC=pd.Series([_tuple(source) for source in people["DEATHSRC"]], dtype=object),
        WITHDREW=people["WITHDREW"].where(people["WITHDREW"] <= cut_off),
        LOST=people["LOST"].where(people["LOST"] <= cut_off),
        WITHDREW_BY=people["WITHDREW"] <= cut_off,
        LOST_BY=people["LOST"] <= cut_off,
        EVERYBODY=True,
        CRITERIA=None,
        READER=None,
        ANL01FL="Y",
    )


def _readings(readings: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """The readings with the dates of their patients, and whether the baseline is adequate (BASEOK)."""
    of_people = [
        "SITEID",
        "ARMCD",
        "FIRSTDOSE",
        "WITHDREW",
        "LOST",
        "DEATH",
        "PROBLEM",
        "ANL01FL",
        *READER_KEYS[2:],
    ]
    facts = people.drop(columns=[*of_people, "DIED", "WITHDREW_BY", "LOST_BY", "EVERYBODY"])
    own = people[[*_KEYS, "DEATH", "WITHDREW", "LOST"]]
    readings = readings.drop(columns=["DEATH", "WITHDREW", "LOST"])
    readings = readings.merge(facts, on=_KEYS, how="inner", validate="m:1")
    readings = readings.merge(own, on=_KEYS, how="left", validate="m:1")
    return readings.assign(BASEOK=readings["COMPLETE"].eq(True))


def _responders(courses: pd.DataFrame, adrs: pd.DataFrame, code: str) -> pd.DataFrame:
    """The courses of those with a response, its date as RESPONSE; a censoring never lies before it."""
    told = adrs[adrs["PARAMCD"].eq(code) & adrs["AVALC"].eq("Y")]
    told = told.rename(
        columns={"PARCAT2": "READER", "PARCAT3": "CRITERIA", "ADT": "RESPONSE", "SRC": "RESPONSESRC"}
    )
    told = told[[*READER_KEYS, "RESPONSE", "RESPONSESRC"]]
    found = courses.merge(told, on=READER_KEYS, how="inner", validate="1:1")
    dates = ("ADEQUATE", "ADEQUATE_BEFORE_THERAPY", "ADEQUATE_BEFORE_EVENT")
    return found.assign(
        **{name: found[name].where(~(found[name] < found["RESPONSE"]), found["RESPONSE"]) for name in dates}
    )


def _rows(courses: pd.DataFrame, sources: Sequence[Source], code: str) -> pd.DataFrame:
    """Of each course the first source whose situation holds, as a row of ADTTE without its values."""
    holds = np.array([courses[source.when].to_numpy(bool) for source in sources])
    chosen = holds.argmax(axis=0) if len(courses) else np.zeros(0, dtype=np.int64)
    rows = np.arange(len(courses))
    dates = np.array([courses[source.date].to_numpy("datetime64[ns]") for source in sources])
    srcs = [courses[source.src].to_numpy(object) for source in sources]
    cnsr = np.array([source.cnsr for source in sources])[chosen]
    described = {
        name: np.array([getattr(source, field) for source in sources], dtype=object)[chosen]
        for name, field in (
            ("EVNTDESC", "event"), ("CNSDTDSC", "dated_by"), ("SRCDOM", "domain"), ("SRCVAR", "variable"),
        )
    }  # fmt: skip
    is_death = np.array([source.date == "DEATH" for source in sources])[chosen]
    return pd.DataFrame(
        {
            "USUBJID": courses["USUBJID"], "SITEID": courses["SITEID"], "LINE": courses["LINE"],
            "ARMCD": courses["ARMCD"], "PARAMCD": code, "PARAM": PARAMS[code], "PARCAT2": courses["READER"],
            "PARCAT3": courses["CRITERIA"], "STARTDT": courses["START"], "ADT": dates[chosen, rows], "CNSR": cnsr,
            **described,
            "SRC": pd.Series([_tuple(srcs[of][row]) for row, of in enumerate(chosen)], courses.index, dtype=object),
            "ADTF": courses["ADTF"].where(is_death, None), "ANL01FL": courses["ANL01FL"],
        }
    )  # fmt: skip


def _with_values(
    adtte: pd.DataFrame,
    contradictions: pd.DataFrame,
    people: pd.DataFrame,
    protocol: StudyProtocol,
    as_of: dt.date,
) -> pd.DataFrame:
    """Add days, months, GAPFL and DATAERR; empty the values of what contradicts itself."""
    told = adtte.merge(contradictions, on=_KEYS, how="left", validate="m:1")
    wrong = told["WRONG"].where(told["WRONG"].notna(), told["SCANSWRONG"].where(~told["PARAMCD"].eq("OS")))
    wrong = wrong.where(told["STARTDT"].notna() | wrong.notna(), "DS-NO-RANDOMISATION")
    wrong = wrong.where(wrong.notna(), told["UNCERTAIN"])
    held = wrong.notna().to_numpy(bool)
    start, end = told["STARTDT"], told["ADT"].where(~held)
    rules, days = protocol.time_to_event, (end - start).dt.days + 1
    length = days.astype("Int64")
    if rules.time_of_day:
        hours = derive_hours(told, people, from_first_dose=rules.start == "FIRST_DOSE")
        length = days = ((end - start + hours) / pd.Timedelta(days=1) + 1).clip(lower=1)
    unseen = (pd.Timestamp(as_of) - end).dt.days > rules.follow_up_gap_days
    gap = (unseen & told["CNSR"].gt(0)).map({True: "Y", False: "N"}).astype(object).where(~held, None)
    emptied = {
        name: told[name].astype(object).where(~held & told[name].notna(), None)
        for name in ("EVNTDESC", "CNSDTDSC", "SRCDOM", "SRCVAR", "ADTF")
    }
    told = told.assign(
        ADT=end, AVAL=length, AVALM=(days / DAYS_IN_MONTH).round(_AVALM_PLACES),
        CNSR=told["CNSR"].astype("Int64").where(~held), GAPFL=gap,
        DATAERR=wrong.astype(object).where(held, None), **emptied,
    )  # fmt: skip
    place = told["PARAMCD"].map({code: number for number, code in enumerate(PARAMS)})
    order = told.assign(PLACE=place).sort_values(["USUBJID", "LINE", "PLACE"], kind="stable").index
    return told.loc[order, list(ADTTE_COLUMNS)].reset_index(drop=True)


def _one(source: object) -> tuple[str, ...]:
    return (source,) if isinstance(source, str) else ()


def _tuple(source: object) -> tuple[str, ...]:
    return source if isinstance(source, tuple) else ()

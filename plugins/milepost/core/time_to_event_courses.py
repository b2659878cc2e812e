"""The dates that decide a time to event: one row a line of therapy and reader, one column a situation.

Source: clinical specification sections 6.5 and 6.6, the conditions of the table word by word.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from milepost.core.assessments import ADEQUATE, READER_KEYS
from milepost.core.disposition import PROGRESSIVE, disposition_kinds
from milepost.core.scan_schedule import missed_limits, without_window
from milepost.protocol import StudyProtocol

_RANDOMISED = ("RANDOMIZED", "RANDOMISED", "RANDOMIZATION", "RANDOMISATION")


def derive_starts(lines: pd.DataFrame, ds: pd.DataFrame, protocol: StudyProtocol) -> pd.DataFrame:
    """From when each line's time counts: USUBJID, LINE, START (datetime64).

    First dose; or the milestone RANDOMIZED of DS, for the line it names, else for the patient's first line (later lines
    are not randomised again: their first dose). Several such milestones: the earliest.
    """
    starts = lines[["USUBJID", "LINE", "FIRSTDOSE"]]
    if protocol.time_to_event.start == "FIRST_DOSE":
        return starts.rename(columns={"FIRSTDOSE": "START"})
    told = ds[ds["DSDECOD"].map(_plain).isin(_RANDOMISED) & ds["ADT"].notna()]
    first_line = lines.groupby("USUBJID")["LINE"].min()
    named = pd.to_numeric(told["DSLINE"], errors="coerce")
    line = named.where(named.notna(), told["USUBJID"].map(first_line))
    randomised = told.assign(LINE=line).groupby(["USUBJID", "LINE"])["ADT"].min().rename("RAND").reset_index()
    starts = starts.merge(randomised, on=["USUBJID", "LINE"], how="left", validate="1:1")
    later = starts["LINE"] > starts["USUBJID"].map(first_line)
    start = pd.to_datetime(starts["RAND"]).where(~(later & starts["RAND"].isna()), starts["FIRSTDOSE"])
    return starts[["USUBJID", "LINE"]].assign(START=start)


def select_clinical_stops(ds: pd.DataFrame, lines: pd.DataFrame, *, as_of: dt.date) -> pd.DataFrame:
    """First stop of treatment for progression in each line: USUBJID, LINE, CLINICAL (date), CLINSRC.

    DS rows that end the drug (`disposition_kinds`) and whose reason is a progression. A row that names no line belongs
    to the one that had last begun by then.
    """
    stopped = disposition_kinds(ds).eq("DISCONTINUED")
    because = ds["DSDECOD"].map(_plain).isin(PROGRESSIVE) | ds["DSTERM"].map(_plain).isin(PROGRESSIVE)
    told = ds[stopped & because & (ds["ADT"] <= pd.Timestamp(as_of))]
    told = told[["USUBJID", "ADT", "DSLINE", "RECKEY"]].reset_index(drop=True).reset_index(names="ROW")
    both = told.merge(lines[["USUBJID", "LINE", "FIRSTDOSE"]], on="USUBJID", how="inner", validate="m:m")
    named = pd.to_numeric(both["DSLINE"], errors="coerce")
    both = both[np.where(named.notna(), named.eq(both["LINE"]), both["FIRSTDOSE"] <= both["ADT"])]
    both = both.sort_values(["ROW", "FIRSTDOSE"], kind="stable").drop_duplicates("ROW", keep="last")
    both = both.sort_values(["USUBJID", "LINE", "ADT", "RECKEY"]).drop_duplicates(["USUBJID", "LINE"])
    return pd.DataFrame(
        {
            "USUBJID": both["USUBJID"], "LINE": both["LINE"], "CLINICAL": both["ADT"],
            "CLINSRC": pd.Series([(f"DS|{key}",) for key in both["RECKEY"]], index=both.index, dtype=object),
        }
    ).reset_index(drop=True)  # fmt: skip


def derive_courses(
    people: pd.DataFrame, assessments: pd.DataFrame, *, protocol: StudyProtocol, deaths_count: bool
) -> pd.DataFrame:
    """Add to each reading the dates and the situations that `time_to_event_sources` names.

    people: one row a reading with START, DEATH, DEATHSRC (empty when after the cut-off), NEWTRT, CLINICAL, CLINSRC,
    WITHDREW, LOST (empty when after the cut-off), BASEOK. assessments: of `select_assessments`. deaths_count: whether
    a death is an event. Event: the earliest of progression, death and (where the protocol says so) a stop for
    progression without a scan; on one date in that order.
    """
    courses = people.merge(_progressions(assessments), on=READER_KEYS, how="left", validate="1:1")
    clinical = protocol.time_to_event.clinical_progression_is_event
    possible = {"PD": courses["PD"]}
    if deaths_count:
        possible["DEATH"] = courses["DEATH"]
    if clinical:
        possible["CLINICAL"] = courses["CLINICAL"]
    event = pd.concat(list(possible.values()), axis=1).min(axis=1)
    progressed = courses["PD"].notna() & (courses["PD"] <= event)
    died = courses["DEATH"].notna() & ~progressed
    if deaths_count:
        died &= courses["DEATH"] <= event
    adequate = assessments[assessments["OVR"].isin(ADEQUATE)]
    # no adequate assessment lies on the date of a progression: of two on one date the worst was kept
    courses = _last_adequate(courses, adequate, "ADEQUATE", None)
    courses = _last_adequate(courses, adequate, "ADEQUATE_BEFORE_THERAPY", courses["NEWTRT"])
    courses = _last_adequate(courses, adequate, "ADEQUATE_BEFORE_EVENT", event)
    start, before = courses["START"], courses["ADEQUATE_BEFORE_EVENT"]
    limits = missed_limits((before - start).dt.days.fillna(0).to_numpy(np.int64) + 1, protocol)
    no_baseline = ~courses["BASEOK"]
    return courses.assign(
        EVENT=event,
        PROGRESSED=progressed,
        DIED=died,
        CLINICAL_EVENT=clinical & courses["CLINICAL"].notna() & ~progressed & ~died,
        NO_BASELINE=no_baseline,
        EARLY_DEATH_NO_BASELINE=no_baseline
        & courses["DEATH"].notna()
        & ((courses["DEATH"] - start).dt.days <= without_window(protocol)),
        NEW_THERAPY_FIRST=courses["NEWTRT"].notna() & ~(event <= courses["NEWTRT"]),
        AFTER_GAP=event.notna() & ((event - before).dt.days > limits),
        NEVER_ASSESSED=courses["NO_ADEQUATE"],
        CLINICAL_STOP=courses["CLINICAL"].notna(),
        WITHDREW_BY=courses["WITHDREW"].notna(),
        LOST_BY=courses["LOST"].notna(),
        EVERYBODY=True,
        NOSRC=pd.Series([()] * len(courses), index=courses.index, dtype=object),
    )


def _progressions(assessments: pd.DataFrame) -> pd.DataFrame:
    """Of each reading the date its progression counts from, and the records it rests on."""
    first = assessments[assessments["OVR"].eq("PD")].drop_duplicates(READER_KEYS)
    return first[[*READER_KEYS, "ADT", "SRC"]].rename(columns={"ADT": "PD", "SRC": "PDSRC"})


def _last_adequate(
    courses: pd.DataFrame, adequate: pd.DataFrame, into: str, until: pd.Series | None
) -> pd.DataFrame:
    """Add the last adequate assessment on or before a date (None: of all); the start where there is none."""
    found = adequate.merge(
        courses[READER_KEYS].assign(UNTIL=until if until is not None else pd.NaT), on=READER_KEYS, how="inner",
        validate="m:1",
    )  # fmt: skip
    if until is not None:
        found = found[found["ADT"] <= found["UNTIL"]]
    last = found.drop_duplicates(READER_KEYS, keep="last")[[*READER_KEYS, "ADT", "SRC"]]
    last = last.rename(columns={"ADT": into, "SRC": f"{into}_SRC"})
    courses = courses.merge(last, on=READER_KEYS, how="left", validate="1:1")
    missing = courses[into].isna()
    courses = courses.assign(**{into: courses[into].where(~missing, courses["START"])})
    return courses.assign(NO_ADEQUATE=missing) if until is None else courses


def _plain(text: object) -> str | None:
    return " ".join(text.upper().split()) if isinstance(text, str) else None

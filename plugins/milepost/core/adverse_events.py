"""Adverse events as they are counted: ADAE, one row for each row a site recorded.

A row keeps its own onset: an event that was there before treatment and got worse is recorded as a new row and counts by
that row's onset. A missing grade stays missing; it is never 0 and never mild. Source: clinical specification, sections
4.3 and 7.2; traps 6 and 26.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from milepost.core.disposition import select_deaths
from milepost.core.event_duplicates import POSSIBLE_DUPLICATE, select_possible_duplicates
from milepost.core.event_occurrences import derive_occurrence_flags
from milepost.core.event_onset import (
    AFTER_DEATH,
    END_AFTER_DEATH,
    END_BEFORE_START,
    NO_FIRST_DOSE,
    UNDATED,
    Onset,
    begins_after_receipt,
    onset_of,
)
from milepost.core.event_periods import Period, derive_emergent_periods, to_periods
from milepost.core.event_words import actions_of, grade_of, outcome_of, relation_of, yes_or_no
from milepost.core.interest_groups import interest_groups
from milepost.core.partial_dates import span
from milepost.core.problems import to_problems
from milepost.protocol import StudyProtocol

ADAE_COLUMNS = (
    "USUBJID", "SITEID", "LINE", "ARMCD", "AETERM", "AEDECOD", "AEBODSYS", "ATERM", "AESTDTC", "AEENDTC", "ASTDT",
    "ASTDTF", "AENDT", "AENDTF", "ASTDY", "AENDY", "ADURN", "TRTEMFL", "PREFL", "AESER", "AESERFL", "AREL", "AEACN",
    "AACN", "AEOUT", "AOUT", "ATOXGRN", "AFATAL", "AESI", "AOCCFL", "AOCCSFL", "AOCCPFL", "SRC", "RECKEY", "DELIVERY",
    "SRCLINE", "KNOWN_FROM", "DATAERR",
)  # fmt: skip
QUESTIONS = {
    UNDATED: (
        "The start of the event has no date that can be read, or one after the day on which we received it. It is "
        "counted as during treatment. Please send or correct the date."
    ),
    AFTER_DEATH: (
        "The event starts after the subject's recorded date of death. Please check both dates and correct the wrong "
        "one."
    ),
    END_AFTER_DEATH: (
        "The event ends after the subject's recorded date of death. Please check both dates and correct the wrong one."
    ),
    END_BEFORE_START: "The event ends before it starts. Please check both dates.",
    NO_FIRST_DOSE: (
        "The date of first dose is incomplete, so it is unclear whether the event began during treatment. Please send "
        "the full date of first dose."
    ),
    "AE-GRADE-5-NOT-FATAL": (
        "The event has grade 5, which means death, but its outcome is another. It is counted as fatal. Please correct "
        "the grade or the outcome."
    ),
    "AE-FATAL-GRADE": "The event was fatal but its grade is not 5. Please check grade and outcome.",
    "AE-FATAL-NO-DEATH": (
        "An event of this subject was fatal, but no date of death is recorded. Please send it, or correct the event."
    ),
    "AE-FATAL-NOT-SERIOUS": "A fatal event is serious, but it is recorded as not serious. Please check.",
    "AE-SERIOUS-NO-GRADE": "The event is serious but has no CTCAE grade. Please send it.",
    "AE-RELATION-KNOWN": "It cannot be read whether the event is related to the study drug. Please answer yes or no.",
    "AE-ACTION-KNOWN": "It cannot be read what was done with the study drug because of the event. Please tell us.",
    POSSIBLE_DUPLICATE: (
        "Another serious event of this subject has the same term and begins on the same day. If they are one event, "
        "please withdraw this record; if they are two, please confirm it."
    ),
    "AE-OUTCOME-KNOWN": "The outcome of the event cannot be read. Please tell us how it ended.",
}


class AdverseEvents(NamedTuple):
    """adae: one row for each record, see `derive_adverse_events`. problems: what to ask the sites."""

    adae: pd.DataFrame
    problems: pd.DataFrame


def derive_adverse_events(
    ae: pd.DataFrame,
    lines: pd.DataFrame,
    *,
    protocol: StudyProtocol,
    as_of: dt.date,
    ds: pd.DataFrame | None = None,
    dm: pd.DataFrame | None = None,
) -> AdverseEvents:
    """Every adverse event that had begun by the cut-off, with what its dates and words mean.

    Needs the record frame of AE and `derive_lines`; ds and dm, where given, may tell of a death the lines do not know
    (lines as of the cut-off know of no later one).
    Treatment-emergent (TRTEMFL Y): onset on or after first dose (an onset with a time on that day: not before the
    dose's time) and up to `safety.emergent_days` after the last dose; dosing that goes on has no end. Each line of
    therapy is its own episode: an event belongs to the line that had begun last. A row that could only have begun after
    the cut-off is not seen; an end, outcome, death or grade 5 dated after it is not seen either. But what we received
    by the cut-off had happened by then, whatever its date says: an onset after the day of receipt (KNOWN_FROM) is a
    wrong date, so such a row is kept without it (DATAERR AE-DATE-VALID) and counts like one whose onset is missing.

    Columns: ATERM (preferred term, else the reported one); ASTDT, AENDT (datetime64), ASTDTF, AENDTF (D, M, Y: what was
    filled in); ASTDY, AENDY (study day of the line); ADURN (days, both ends included; empty where it goes on or the
    onset is unknown); TRTEMFL, PREFL (began before first dose): Y, N, None where no first dose is known; AESER, AREL
    (related): Y, N, None where not said; AESERFL (serious by word, or fatal); AACN (STOP, REDUCE, INTERRUPT, INCREASE);
    AOUT (key of event_words.OUTCOMES); ATOXGRN (1-5, empty where missing); AFATAL (fatal outcome, ended in death, or
    grade 5): Y or N; AESI (ids of `safety.interest`); AOCCFL, AOCCSFL, AOCCPFL (Y on the one treatment-emergent row
    that stands for the patient, system organ class, term of a line: worst grade, then earliest onset, then record);
    SRC, RECKEY, DELIVERY, SRCLINE, KNOWN_FROM; DATAERR. Sorted by USUBJID, ASTDT, RECKEY, OCCURRENCE.
    """
    periods = derive_emergent_periods(lines, emergent_days=protocol.safety.emergent_days, as_of=as_of)
    deaths = _deaths(lines, ds, dm)
    seen = ae[~_begins_later(ae, as_of)].reset_index(drop=True)
    enrolled = lines.sort_values(["USUBJID", "LINE"], kind="stable").drop_duplicates("USUBJID")
    undated = set(enrolled.loc[enrolled["PROBLEM"].eq("PARTIAL_FIRST_DOSE"), "USUBJID"])
    judged = list(_judged(seen, to_periods(periods), deaths, undated, as_of))
    adae = _frame(seen, judged)
    adae = adae.assign(AESI=_object(interest_groups(adae["ATERM"].tolist(), protocol.safety.interest)))
    order = ["USUBJID", "ASTDT", "RECKEY", "OCCURRENCE"]
    ranks = adae.sort_values(order, na_position="last", kind="stable").index
    problems = to_problems(_problem_rows(adae, judged))
    adae = adae.loc[ranks].reset_index(drop=True)
    return AdverseEvents(derive_occurrence_flags(adae)[list(ADAE_COLUMNS)], problems)


class _Judged(NamedTuple):
    """One row's dates and words."""

    onset: Onset
    values: dict[str, Any]
    asked: list[str]


def _judged(
    ae: pd.DataFrame,
    periods: dict[str, list[Period]],
    deaths: dict[str, int],
    undated: set[str],
    as_of: dt.date,
) -> Iterator[_Judged]:
    day = as_of.toordinal()
    names = ("USUBJID", "AESTDTC", "AEENDTC", "AETOXGR", "AESER", "AESDTH", "AEREL", "AEACN", "AEOUT")
    texts = zip(*(_texts(ae[name]) for name in names), strict=True)
    for (subject, start, end, *words), told in zip(texts, _days_told(ae), strict=True):
        death = deaths.get(subject or "")
        meant = span(end)
        endings = (None if meant is None else meant[0].toordinal(), death)
        later = any(ending is not None and _is_later(ending, day, told) for ending in endings)
        of_subject = periods.get(subject or "", [])
        onset = onset_of(
            start, None if _begins(end, day) else end, of_subject, death=death, as_of=day,
            dose_undated=subject in undated, told=told,
        )  # fmt: skip
        values, asked = _words(words, has_death=death is not None, later=later)
        values["AEENDTC"] = None if _begins(end, day) else end
        yield _Judged(onset, values, [*onset.asked, *asked])


def _words(words: list[str | None], *, has_death: bool, later: bool) -> tuple[dict[str, Any], list[str]]:
    """What the words of one row mean. later: its end, or the patient's death, lies after the cut-off, so an ending
    outcome was not yet known."""
    grade_text, serious_text, death_text, relation_text, action_text, outcome_text = words
    serious, died, grade = yes_or_no(serious_text), yes_or_no(death_text), grade_of(grade_text)
    related, relation_read = relation_of(relation_text)
    actions, actions_read = actions_of(action_text)
    outcome, outcome_read = outcome_of(outcome_text)
    told_fatal = outcome == "FATAL" or died == "Y"
    if later and (told_fatal or grade == 5):
        # the death is not seen yet: neither is the grade that means it
        grade, outcome, outcome_text, told_fatal = None if grade == 5 else grade, None, None, False
        unseen = True
    else:
        unseen = False
    fatal = told_fatal or grade == 5
    checks = (
        ("AE-RELATION-KNOWN", not relation_read),
        ("AE-ACTION-KNOWN", not actions_read),
        ("AE-OUTCOME-KNOWN", not outcome_read),
        ("AE-GRADE-5-NOT-FATAL", grade == 5 and not told_fatal),
        ("AE-FATAL-GRADE", told_fatal and grade is not None and grade != 5),
        ("AE-FATAL-NO-DEATH", fatal and not has_death),
        ("AE-FATAL-NOT-SERIOUS", fatal and serious == "N"),
        ("AE-SERIOUS-NO-GRADE", serious == "Y" and grade is None and not unseen),
    )
    values = {
        "AESER": serious, "AESERFL": "Y" if fatal or serious == "Y" else serious, "AREL": related, "AACN": actions,
        "AEOUT": outcome_text, "AOUT": outcome, "ATOXGRN": grade, "AFATAL": "Y" if fatal else "N",
    }  # fmt: skip
    return values, [rule for rule, broken in checks if broken]


def _frame(ae: pd.DataFrame, judged: list[_Judged]) -> pd.DataFrame:
    """The rows with everything but the groups and the flags of occurrence."""
    onsets = [row.onset for row in judged]
    line = [None if onset.period is None else onset.period.line for onset in onsets]
    site = [
        own if onset.period is None else onset.period.site
        for own, onset in zip(_texts(ae["SITEID"]), onsets, strict=True)
    ]
    start, end = (_dates([getattr(onset, name) for onset in onsets]) for name in ("start", "end"))
    first = _dates([onset.period.start if onset.period else None for onset in onsets])
    known = pd.DataFrame(
        {name: _object([row.values[name] for row in judged]) for name in _VALUES}, index=ae.index
    )
    term = ae["AEDECOD"].where(ae["AEDECOD"].notna(), ae["AETERM"])
    unknown = np.array([onset.start_flag == "Y" for onset in onsets], dtype=bool)
    return ae.drop(columns=list(_VALUES), errors="ignore").assign(
        **{name: known[name] for name in _VALUES if name != "ATOXGRN"},
        ATOXGRN=known["ATOXGRN"].astype("Int64"),
        ATERM=_object(_texts(term)),
        LINE=pd.array(line, dtype="Int64"),
        SITEID=_object(site),
        ARMCD=_object([None if onset.period is None else onset.period.arm for onset in onsets]),
        ASTDT=start,
        ASTDTF=_object([onset.start_flag for onset in onsets]),
        AENDT=end,
        AENDTF=_object([onset.end_flag for onset in onsets]),
        ASTDY=_study_days(start, first),
        AENDY=_study_days(end, first),
        ADURN=((end - start).dt.days + 1).where(~unknown).astype("Int64"),
        TRTEMFL=_object([_flag(onset.emergent) for onset in onsets]),
        PREFL=_object([_flag(onset.before) for onset in onsets]),
        SRC=_object([(f"AE|{key}",) for key in ae["RECKEY"]]),
        DATAERR=_object([onset.error for onset in onsets]),
    )


_VALUES = ("AEENDTC", "AESER", "AESERFL", "AREL", "AACN", "AEOUT", "AOUT", "ATOXGRN", "AFATAL")


def _problem_rows(adae: pd.DataFrame, judged: list[_Judged]) -> Iterator[dict[str, Any]]:
    columns = [adae[name].tolist() for name in ("USUBJID", "SITEID", "LINE", "RECKEY")]
    twice = select_possible_duplicates(adae).tolist()
    for subject, site, line, key, row, again in zip(*columns, judged, twice, strict=True):
        for rule in (*row.asked, POSSIBLE_DUPLICATE) if again else row.asked:
            yield {
                "USUBJID": subject, "SITEID": site, "LINE": None if line is pd.NA else line, "DOMAIN": "AE",
                "RECKEY": key, "RULE": rule, "SEVERITY": "warning", "QUESTION": QUESTIONS[rule],
            }  # fmt: skip


def _deaths(lines: pd.DataFrame, ds: pd.DataFrame | None, dm: pd.DataFrame | None) -> dict[str, int]:
    """Day of death of each subject that died, the earliest that is told."""
    told = [lines[["USUBJID", "DEATH"]].dropna()]
    none = {
        name: lines.iloc[:0].reindex(columns=list(columns)).astype(object)
        for name, columns in _DEATHS.items()
    }
    given = {"DM": dm, "DS": ds, "SS": None}
    found = {name: none[name] if frame is None else frame for name, frame in given.items()}
    told.append(select_deaths(found["DM"], found["DS"], found["SS"])[["USUBJID", "DEATH"]])
    every = pd.concat([part for part in told if len(part)] or told[:1], ignore_index=True)
    earliest = every.groupby("USUBJID")["DEATH"].min()
    return {str(subject): day.toordinal() for subject, day in earliest.items()}


# what `select_deaths` reads of each domain
_DEATHS = {
    "DM": ("USUBJID", "DTHDTC"), "DS": ("USUBJID", "DSDECOD", "DSCAT", "DSSTDTC", "DSLINE"),
    "SS": ("USUBJID", "SSORRES", "SSDTC"),
}  # fmt: skip


def _begins_later(ae: pd.DataFrame, as_of: dt.date) -> np.ndarray:
    """Whether a row could only have begun after the cut-off, and its date can be true."""
    day = as_of.toordinal()
    return np.array(
        [
            _begins(text, day) and not begins_after_receipt(text, told)
            for text, told in zip(_texts(ae["AESTDTC"]), _days_told(ae), strict=True)
        ],
        dtype=bool,
    )


def _days_told(ae: pd.DataFrame) -> list[int | None]:
    """The day in UTC on which we received each row, as an ordinal."""
    return [None if pd.isna(moment) else moment.toordinal() for moment in ae["KNOWN_FROM"].tolist()]


def _is_later(ending: int, day: int, told: int | None) -> bool:
    """Whether an end or a death lies after the cut-off, and its date can be true: what we had been told by the cut-off
    had happened by then. As with onsets, one day is granted to the site's clock."""
    wrong = told is not None and told <= day and ending > told + 1
    return ending > day and not wrong


def _begins(text: str | None, day: int) -> bool:
    """Whether every day the text may mean lies after the day."""
    meant = span(text)
    return meant is not None and meant[0].toordinal() > day


def _texts(column: pd.Series) -> list[str | None]:
    return [text if isinstance(text, str) else None for text in column.tolist()]


def _object(values: list[Any]) -> pd.Series:
    """The values as they are: None stays None, a tuple stays one value."""
    return pd.Series(values, dtype=object)


def _flag(value: bool | None) -> str | None:
    return None if value is None else "Y" if value else "N"


def _dates(ordinals: list[int | None]) -> pd.Series:
    epoch = dt.date(1970, 1, 1).toordinal()
    days = np.array(
        [np.iinfo(np.int64).min if day is None else day - epoch for day in ordinals], dtype=np.int64
    )
    return pd.Series(days.view("datetime64[D]")).astype("datetime64[s]").astype("datetime64[ns]")


def _study_days(day: pd.Series, first: pd.Series) -> pd.Series:
    apart = (day - first).dt.days
    return apart.where(apart < 0, apart + 1).astype("Int64")

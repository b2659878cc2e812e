"""Who is in the study, on which line of therapy, since when, and how it ended.

Source: clinical specification sections 3.3, 3.4 (steps 1, 2 and 6) and 3.5 (one instance per line of therapy).
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import numpy as np
import pandas as pd

from milepost.core.disposition import select_deaths, select_dispositions
from milepost.core.dosing import to_dose_spans
from milepost.core.partial_dates import span, time_of
from milepost.core.therapies import select_therapies
from milepost.protocol import StudyProtocol

__all__ = ["LINE_COLUMNS", "derive_lines", "select_therapies", "study_drugs", "with_none_for_nothing"]

LINE_COLUMNS = (
    "USUBJID", "LINE", "SITEID", "ARMCD", "FIRSTDOSE", "FIRSTDOSETM", "LASTDOSE", "ONGOING", "DOSES", "TREATMENT",
    "DEATH", "WITHDREW", "LOST", "DISCONTINUED", "SCREENFAIL", "PROBLEM",
)  # fmt: skip
_TEXTS = ("SITEID", "ARMCD", "FIRSTDOSETM", "TREATMENT", "PROBLEM")
_SOURCE_ORDER = ["KNOWN_FROM", "DELIVERY", "SRCLINE", "RECKEY", "OCCURRENCE"]


def derive_lines(
    dm: pd.DataFrame, ex: pd.DataFrame, ds: pd.DataFrame, ss: pd.DataFrame, protocol: StudyProtocol
) -> pd.DataFrame:
    """One row for each subject and line of therapy; a subject without a dose has one row, FIRSTDOSE empty.

    Needs the record frames of DM, EX, DS and SS, with everything known (later dates are `assess`'s business).
    First dose: earliest complete EXSTDTC with EXDOSE > 0 of a study drug; the line is EXLINE, else DMLINE, else
    1. Lines the protocol does not declare are left out, unless the subject has no other (PROBLEM LINE_UNKNOWN).

    Columns: SITEID; ARMCD (actual, else planned); FIRSTDOSE, FIRSTDOSETM (text); LASTDOSE (latest end or start;
    a dose without an end lasts until the line was stopped); ONGOING (dosing is not known to have ended); DOSES (as
    `to_dose_spans` gives them); TREATMENT; DEATH (earliest of DM, DS and SS), WITHDREW, LOST, DISCONTINUED
    (datetime64); SCREENFAIL; PROBLEM (DEATH_BEFORE_FIRST_DOSE, PARTIAL_FIRST_DOSE, PARTIAL_DEATH, LINE_UNKNOWN).
    An incomplete date of death counts as the last day it may mean. Rows are sorted by USUBJID and LINE.
    """
    subjects = _subjects(dm, ex, ds, ss)
    doses = _doses(ex, subjects, protocol)
    lines = _declared_lines(_line_keys(subjects, doses), protocol)
    lines = lines.merge(subjects, on="USUBJID", how="left", validate="m:1")
    for part in (_first_doses(doses), _last_doses(doses)):
        lines = lines.merge(part, on=["USUBJID", "LINE"], how="left", validate="1:1")
    lines = lines.merge(select_deaths(dm, ds, ss), on="USUBJID", how="left", validate="m:1")
    lines = _with_dispositions(lines, select_dispositions(ds))
    lines = _with_end_of_dosing(lines)
    spans = to_dose_spans(doses, lines[["USUBJID", "LINE", "DISCONTINUED"]])
    lines = lines.merge(spans, on=["USUBJID", "LINE"], how="left", validate="1:1")
    lines = lines.assign(PROBLEM=_problems(lines))[list(LINE_COLUMNS)].reset_index(drop=True)
    return with_none_for_nothing(lines)


def with_none_for_nothing(lines: pd.DataFrame) -> pd.DataFrame:
    """The same lines; a text that is not there is None, never the NaN a join leaves behind."""
    texts = {name: lines[name].astype(object) for name in _TEXTS}
    return lines.assign(**{name: text.where(text.notna(), None) for name, text in texts.items()})


def _subjects(dm: pd.DataFrame, ex: pd.DataFrame, ds: pd.DataFrame, ss: pd.DataFrame) -> pd.DataFrame:
    """One row a subject: its last DM row in source order; subjects without one are kept with what is known."""
    named = dm.sort_values(_SOURCE_ORDER, kind="stable").drop_duplicates("USUBJID", keep="last")
    known = pd.DataFrame(
        {
            "USUBJID": named["USUBJID"],
            "SITEID": named["SITEID"],
            "ARMCD": named["ACTARMCD"].where(named["ACTARMCD"].notna(), named["ARMCD"]),
            "DMLINE": [_line_number(text) for text in named["DMLINE"]],
            "DMSCRF": named["DMSCRF"].eq("Y"),
        }
    )
    others = pd.concat([frame[["USUBJID", "SITEID"]] for frame in (ex, ds, ss)], ignore_index=True)
    others = others[~others["USUBJID"].isin(known["USUBJID"])].sort_values(["USUBJID", "SITEID"])
    others = others.drop_duplicates("USUBJID").assign(ARMCD=None, DMLINE=None, DMSCRF=False)
    everybody = pd.concat([known, others], ignore_index=True) if len(others) else known
    return everybody.assign(DMLINE=pd.Series(everybody["DMLINE"], dtype="Int64").fillna(1).astype(int))


def _line_number(text: str | None) -> int | None:
    number = _decimal(text)
    return int(number) if number is not None and number == number.to_integral_value() and number > 0 else None


def _decimal(text: str | None) -> Decimal | None:
    try:
        number = Decimal(text) if text else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _doses(ex: pd.DataFrame, subjects: pd.DataFrame, protocol: StudyProtocol) -> pd.DataFrame:
    """The doses of study drugs above 0: USUBJID, LINE, TREATMENT, START, EARLIEST (day a partial start may
    mean), TIME, END."""
    drugs = study_drugs(ex["EXTRT"], protocol)
    amounts = {text: _decimal(text) for text in ex["EXDOSE"].dropna().unique()}
    given = ex["EXDOSE"].map({text: number is not None and number > 0 for text, number in amounts.items()})
    told = ex[["USUBJID", "EXSTDTC", "EXENDTC", "EXLINE", "ADT"]].assign(TREATMENT=drugs)
    taken = told[given.eq(True).to_numpy(bool) & drugs.notna().to_numpy(bool)].reset_index(drop=True)
    spans = {text: span(text) for text in pd.concat([taken["EXSTDTC"], taken["EXENDTC"]]).dropna().unique()}
    earliest = {text: pd.Timestamp(days[0]) for text, days in spans.items() if days}
    latest = {text: pd.Timestamp(days[1]) for text, days in spans.items() if days}
    times = {text: time_of(text) for text in spans}
    numbers = {text: _line_number(text) for text in taken["EXLINE"].dropna().unique()}
    lines = taken["EXLINE"].map(numbers).astype("Int64")
    at_enrolment = taken["USUBJID"].map(subjects.set_index("USUBJID")["DMLINE"])
    return pd.DataFrame(
        {
            "USUBJID": taken["USUBJID"],
            "LINE": lines.fillna(at_enrolment).astype(int),
            "TREATMENT": taken["TREATMENT"],
            "START": pd.to_datetime(taken["ADT"]),
            "EARLIEST": pd.to_datetime(taken["EXSTDTC"].map(earliest)),
            "TIME": taken["EXSTDTC"].map(times).astype(object).where(lambda time: time.notna(), None),
            "END": pd.to_datetime(taken["EXENDTC"].map(latest)),
        }
    )


def study_drugs(names: pd.Series, protocol: StudyProtocol) -> pd.Series:
    """The protocol's code for each treatment name, without regard to case; empty where it is no study drug.

    A protocol that lists no treatments takes every drug for a study drug.
    """
    if not protocol.treatments:
        return names
    codes = {
        name.strip().casefold(): drug.code
        for drug in protocol.treatments
        for name in (*drug.names, drug.code)
    }
    return names.map({name: codes.get(name.strip().casefold()) for name in names.dropna().unique()})


def _line_keys(subjects: pd.DataFrame, doses: pd.DataFrame) -> pd.DataFrame:
    """USUBJID and LINE of every dosed line, and of the line at enrolment of those without a dose."""
    dosed = doses[["USUBJID", "LINE"]].drop_duplicates()
    undosed = subjects[~subjects["USUBJID"].isin(dosed["USUBJID"])]
    undosed = undosed[["USUBJID", "DMLINE"]].rename(columns={"DMLINE": "LINE"})
    return pd.concat([dosed, undosed], ignore_index=True).sort_values(["USUBJID", "LINE"], ignore_index=True)


def _declared_lines(keys: pd.DataFrame, protocol: StudyProtocol) -> pd.DataFrame:
    declared = keys["LINE"].isin([line.number for line in protocol.lines])
    has_declared = keys["USUBJID"].isin(keys.loc[declared, "USUBJID"])
    return keys.assign(UNDECLARED=~declared)[declared | ~has_declared].reset_index(drop=True)


def _first_doses(doses: pd.DataFrame) -> pd.DataFrame:
    """Of each line: the earliest complete start, its earliest known time, its drug, and whether an incomplete
    start may lie before it."""
    keys = ["USUBJID", "LINE"]
    # a time of day sorts as text; without one last, so that a known time of that day is kept
    ordered = doses.sort_values([*keys, "START", "TIME", "TREATMENT"], na_position="last", kind="stable")
    first = ordered.drop_duplicates(keys).rename(columns={"START": "FIRSTDOSE", "TIME": "FIRSTDOSETM"})
    partial = doses[doses["START"].isna()].groupby(keys, sort=False)["EARLIEST"].min()
    first = first.merge(
        partial.rename("PARTIAL_FROM"), left_on=keys, right_index=True, how="left", validate="1:1"
    )
    dated = first["FIRSTDOSE"].notna()
    has_partial = doses[doses["START"].isna()][keys].drop_duplicates().assign(HAS_PARTIAL=True)
    first = first.merge(has_partial, on=keys, how="left", validate="1:1")
    may_be_earlier = (
        first["PARTIAL_FROM"].isna() | (first["PARTIAL_FROM"] < first["FIRSTDOSE"]) | ~dated.to_numpy(bool)
    )
    first["PARTIAL"] = first["HAS_PARTIAL"].eq(True) & may_be_earlier
    return first[[*keys, "FIRSTDOSE", "FIRSTDOSETM", "TREATMENT", "PARTIAL"]]


def _last_doses(doses: pd.DataFrame) -> pd.DataFrame:
    """Of each line: the latest end (start where there is no end), and whether its last dose has no end."""
    keys = ["USUBJID", "LINE"]
    until = doses["END"].where(doses["END"].notna(), doses["START"])
    doses = doses.assign(LASTDOSE=until, OPEN=doses["END"].isna() & doses["START"].notna())
    last = doses.groupby(keys, sort=False)["LASTDOSE"].max()
    # of doses that start together, one with an end closes the line
    ordered = doses.sort_values(
        [*keys, "START", "OPEN"], ascending=[True, True, True, False], na_position="first"
    )
    newest = ordered.drop_duplicates(keys, keep="last").set_index(keys)["OPEN"]
    return pd.concat([last, newest.rename("OPEN")], axis=1).reset_index()


def _with_dispositions(lines: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Add WITHDREW, LOST (of the subject), DISCONTINUED (of the line) and SCREENFAIL."""
    for name in ("WITHDREW", "LOST"):
        of_kind = events[events["KIND"] == name].groupby("USUBJID")["ADT"].min().rename(name)
        lines = lines.merge(of_kind, left_on="USUBJID", right_index=True, how="left", validate="m:1")
    failed = lines["USUBJID"].isin(events.loc[events["KIND"] == "SCREENFAIL", "USUBJID"])
    stops = _stops_by_line(lines, events[events["KIND"] == "DISCONTINUED"])
    lines = lines.merge(stops, on=["USUBJID", "LINE"], how="left", validate="1:1")
    return lines.assign(SCREENFAIL=lines["DMSCRF"].eq(True).to_numpy(bool) | failed.to_numpy(bool))


def _stops_by_line(lines: pd.DataFrame, stops: pd.DataFrame) -> pd.DataFrame:
    """First permanent stop of each line. A stop that names no line ends the line that had last begun by then."""
    named = pd.Series([_line_number(text) for text in stops["DSLINE"]], index=stops.index, dtype="Int64")
    told = stops.assign(LINE=named)[named.notna()][["USUBJID", "LINE", "ADT"]].astype({"LINE": int})
    untold = stops[named.isna()][["USUBJID", "ADT"]].reset_index(names="STOP")
    begun = untold.merge(lines[["USUBJID", "LINE", "FIRSTDOSE"]], on="USUBJID", how="inner", validate="m:m")
    begun = begun.assign(AFTER=begun["FIRSTDOSE"] > begun["ADT"])
    # a line that began later comes into question only where none had begun by then
    order = {"STOP": True, "AFTER": False, "FIRSTDOSE": True, "LINE": True}
    begun = begun.sort_values(list(order), ascending=list(order.values()), na_position="first")
    last_begun = begun.drop_duplicates("STOP", keep="last")[["USUBJID", "LINE", "ADT"]]
    every = pd.concat([told, last_begun], ignore_index=True)
    return every.groupby(["USUBJID", "LINE"])["ADT"].min().rename("DISCONTINUED").reset_index()


def _with_end_of_dosing(lines: pd.DataFrame) -> pd.DataFrame:
    open_dose = lines["OPEN"].eq(True).to_numpy(bool)
    stopped = lines["DISCONTINUED"].notna().to_numpy(bool)
    until_stop = lines[["LASTDOSE", "DISCONTINUED"]].max(axis=1)
    last = lines["LASTDOSE"].where(~(open_dose & stopped), until_stop)
    return lines.assign(LASTDOSE=last, ONGOING=open_dose & ~stopped)


def _problems(lines: pd.DataFrame) -> np.ndarray:
    """The gravest problem of each line; None where there is none."""
    checks = (
        (lines["DEATH"] < lines["FIRSTDOSE"], "DEATH_BEFORE_FIRST_DOSE"),
        (lines["PARTIAL"].eq(True), "PARTIAL_FIRST_DOSE"),
        (lines["PARTIAL_DEATH"].eq(True), "PARTIAL_DEATH"),
        (lines["UNDECLARED"], "LINE_UNKNOWN"),
    )
    problems = np.full(len(lines), None, dtype=object)
    for holds, code in reversed(checks):
        problems = np.where(holds.to_numpy(bool), code, problems)
    return problems

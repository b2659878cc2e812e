"""Patients typed by hand as the sections on efficacy see them: what happened to each, in days since first dose.

Nobody in it exists. The default study's protocol holds: survival from first dose, RECIST 1.1 by the investigator, scans
every six weeks, AFP at four weeks with its window on study days 22 to 36.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from milepost.protocol import Study
from milepost.reports.clinical import ClinicalFrames, ClinicalInputs, Group
from tests.made_up_study import default_study

AS_OF = dt.date(2026, 12, 31)
FIRST = pd.Timestamp("2026-01-05")
SCALE = {name: place for place, name in enumerate(("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NED", "NE"), 1)}


@dataclass(frozen=True)
class Patient:
    """One patient. days: survival, first dose = day 1; free: progression-free survival.

    state: verdict at four weeks, from the sample of study day `sampled`; high: baseline AFP 400 ng/mL and over.
    controlled: disease control at week 6. sums: (study day, change in percent). responded: study day of the response.
    """

    id: str
    days: int = 200
    died: bool = False
    free: int = 150
    progressed: bool = False
    best: str = "SD"
    confirmed: str | None = None
    measurable: bool = True
    state: str = "RESPONDER"
    sampled: int | None = 29
    high: bool | None = True
    controlled: str | None = "Y"
    sums: tuple[tuple[int, float], ...] = ()
    new_lesion: bool = False
    responded: int | None = None
    hbv: str = "Y"
    group: str = "A"


def inputs_of(patients: Sequence[Patient], *, study: Study | None = None, **more: Any) -> ClinicalInputs:
    """Everybody together; with compared=True the groups A and B as each patient says."""
    frames = _frames(patients)
    everybody = frozenset(one.id for one in patients)
    groups: tuple[Group, ...] = (Group("all", "All patients", everybody),)
    if more.get("compared"):
        groups = tuple(
            Group(id_, f"Arm {id_}", frozenset(one.id for one in patients if one.group == id_))
            for id_ in "AB"
        )
    return ClinicalInputs(study or default_study(), AS_OF, frames, groups, **more)


def with_analysis(**changed: Any) -> Study:
    """The default study with other rules of analysis."""
    study = default_study()
    analysis = study.protocol.analysis.model_copy(update=changed)
    return study.model_copy(update={"protocol": study.protocol.model_copy(update={"analysis": analysis})})


def many(n: int, **more: Any) -> list[Patient]:
    """So many patients in two groups, their courses spread over fixed steps."""
    states = ("RESPONDER", "NON_RESPONDER", "NON_RESPONDER", "NOT_EVALUABLE", "MISSED")
    made = []
    for i in range(n):
        best = ("SD", "PR", "PD", "SD", "NE", "SD", "CR", "PD")[i % 8]
        made.append(
            Patient(
                f"S{i % 9 + 1:02d}-{i:03d}", days=40 + i * 37 % 300, died=i % 3 == 0, free=20 + i * 29 % 200,
                progressed=i % 2 == 0, best=best, state=states[i % 5], high=i % 4 < 2, controlled="YNY"[i % 3],
                sums=((43, -40.0 + i * 7 % 90), (85, -45.0 + i * 11 % 110)), new_lesion=i % 7 == 0,
                responded=43 if best in ("CR", "PR") else None, hbv="YN"[i % 2], group="AB"[i // 7 % 2],
            )
        )  # fmt: skip
    return [replace(one, **more) for one in made]


def _day(study_day: int) -> pd.Timestamp:
    return FIRST + pd.Timedelta(days=study_day - 1)


def _frames(patients: Sequence[Patient]) -> ClinicalFrames:
    ids = [one.id for one in patients]
    base: dict[str, Any] = {
        "USUBJID": pd.Series(ids, dtype=object),
        "SITEID": [one.id[:3] for one in patients],
        "LINE": pd.Series([1] * len(ids), dtype="int64"),
    }
    first = {"FIRSTDOSE": pd.Series([FIRST] * len(ids), dtype="datetime64[ns]")}
    adsl = pd.DataFrame({
        **base, "AGE": 60, "SEX": "M", "ECOGBL": "0", "TRTSDT": FIRST,
        "DTHFL": ["Y" if p.died else "N" for p in patients],
        "EOSSTT": ["DIED" if p.died else "ONGOING" for p in patients],
    })  # fmt: skip
    verdicts = pd.DataFrame({
        **base, **first, "CHECKPOINT": "AFP-W4", "STATE": [p.state for p in patients],
        "ADY": pd.Series([p.sampled for p in patients], dtype="Int64"), "BASEU": "ng/mL",
        "HIGH": pd.Series([p.high for p in patients], dtype=object),
        "BASE": [None if p.high is None else "500" if p.high else "100" for p in patients],
    })  # fmt: skip
    adex = pd.DataFrame({
        **base, "TRTSDT": FIRST, "TRTEDT": [_day(min(p.days, 60)) for p in patients],
        "ONGOING": [not p.died for p in patients],
    })  # fmt: skip
    history = pd.DataFrame(
        {name: pd.Series(dtype=object) for name in ("USUBJID", "MHTERM", "MHDECOD", "MHOCCUR")}
    )
    empty = pd.DataFrame({"USUBJID": pd.Series(dtype=object), "LINE": pd.Series(dtype="int64")})
    return ClinicalFrames(
        lines=pd.DataFrame({**base, **first}), verdicts=verdicts, adsl=adsl, adae=empty, adex=adex, adlb=empty,
        scores=empty, adtr=_adtr(patients), adrs=_adrs(patients), adtte=_adtte(patients), liver=empty,
        liver_cases=empty,
        therapies=pd.DataFrame(
            {name: pd.Series(dtype=object) for name in ("USUBJID", "DTC", "KIND", "ENDTC", "DOMAIN", "RECKEY")}
            | {"ADT": pd.Series(dtype="datetime64[ns]")}
        ),
        dm=pd.DataFrame({"USUBJID": ids, "DMHBV": [p.hbv for p in patients], "DMCPUGH": "A"}),
        ds=empty,
        mh=history, vs=empty,
    )  # fmt: skip


def _adtte(patients: Sequence[Patient]) -> pd.DataFrame:
    rows = []
    for p in patients:
        for code, days, event in (
            ("OS", p.days, p.died), ("PFS", p.free, p.progressed), ("PFSEMA", p.free, p.progressed),
            ("TTP", p.free, p.progressed),
        ):  # fmt: skip
            rows.append(_time(p, code, 1, days, event))
        if p.responded is not None:
            rows.append(_time(p, "TTR", 1, p.responded, True))
            rows.append(_time(p, "RSD", p.responded, p.free, p.progressed))
    return _typed(pd.DataFrame(rows, columns=_TIMES))


_TIMES = ["USUBJID", "SITEID", "LINE", "PARAMCD", "PARCAT2", "PARCAT3", "STARTDT", "ADT", "AVAL", "CNSR", "ANL01FL",
          "GAPFL", "DATAERR"]  # fmt: skip


def _time(p: Patient, code: str, start: int, end: int, event: bool) -> dict[str, Any]:
    reading = (None, None) if code == "OS" else ("INVESTIGATOR", "RECIST 1.1")
    return {
        "USUBJID": p.id, "SITEID": p.id[:3], "LINE": 1, "PARAMCD": code, "PARCAT2": reading[0], "PARCAT3": reading[1],
        "STARTDT": _day(start), "ADT": _day(end), "AVAL": max(end - start + 1, 1), "CNSR": 0 if event else 1,
        "ANL01FL": "Y", "GAPFL": "N", "DATAERR": None,
    }  # fmt: skip


def _adrs(patients: Sequence[Patient]) -> pd.DataFrame:
    rows = []
    for p in patients:
        answers: list[tuple[str, str | None, int | None]] = [
            ("BOR", p.best, None), ("CBOR", p.confirmed or p.best, None), ("MDIS", "Y" if p.measurable else "N", None),
            ("RSP", "Y" if p.responded else "N", p.responded), ("PD", "Y" if p.progressed else "N", p.free),
            ("DCW6", p.controlled, None), ("NEWLPROG", "Y" if p.new_lesion else "N", 43),
        ]  # fmt: skip
        rows += [
            {
                "USUBJID": p.id, "SITEID": p.id[:3], "LINE": 1, "PARAMCD": code, "PARCAT2": "INVESTIGATOR",
                "PARCAT3": "RECIST 1.1", "AVALC": answer, "ADT": None if day is None else _day(day), "ANL01FL": "Y",
                "REASON": None, "DATAERR": None,
            }
            for code, answer, day in answers
        ]  # fmt: skip
    columns = [
        "USUBJID",
        "SITEID",
        "LINE",
        "PARAMCD",
        "PARCAT2",
        "PARCAT3",
        "AVALC",
        "ADT",
        "ANL01FL",
        "REASON",
        "DATAERR",
    ]
    frame = pd.DataFrame(rows, columns=columns)
    return _typed(frame)


def _adtr(patients: Sequence[Patient]) -> pd.DataFrame:
    rows = [
        {
            "USUBJID": p.id, "SITEID": p.id[:3], "LINE": 1, "PARAMCD": "SDIAM", "PARCAT2": "INVESTIGATOR",
            "PARCAT3": "RECIST 1.1", "ADT": _day(day), "ADY": day, "PCHG": change, "SUMFL": None, "ABLFL": None,
            "DATAERR": None,
        }
        for p in patients for day, change in p.sums
    ]  # fmt: skip
    columns = [
        "USUBJID",
        "SITEID",
        "LINE",
        "PARAMCD",
        "PARCAT2",
        "PARCAT3",
        "ADT",
        "ADY",
        "PCHG",
        "SUMFL",
        "ABLFL",
        "DATAERR",
    ]
    frame = pd.DataFrame(rows, columns=columns)
    return _typed(frame)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """With the types a derived frame has, also without a row."""
    return frame.astype({"LINE": "int64"}).assign(ADT=pd.to_datetime(frame["ADT"]))

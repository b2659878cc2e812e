"""Assessments, baselines and lines of a patient as the derivations get them, written in few words."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pandas as pd

from milepost.protocol import Enrolment, StudyProtocol
from milepost.protocol.endpoints import ResponseRules, ScanChange, ScanSchedule, TimeToEventRules
from tests.spec.checkpoint_case import AFP, RULE, lines_frame, therapies_frame

__all__ = ["baselines_frame", "day_of", "lines_frame", "protocol_of", "therapies_frame", "timepoints_frame"]

DAY_1 = dt.date(2026, 3, 2)
_TIMEPOINT = (
    "USUBJID", "SITEID", "LINE", "ARMCD", "CRITERIA", "READER", "VISIT", "ADT", "ADTLAST", "TRGRESP", "NTRGRESP",
    "NEWLES", "OVRLRESP", "PDDT", "SOURCE", "SRC", "DATAERR", "AFTERNEXT",
)  # fmt: skip
_BASELINE = (
    "USUBJID", "LINE", "CRITERIA", "READER", "ADT", "NTARGET", "NNONTARGET", "SUM", "MEASURABLE", "COMPLETE", "SRC",
    "DATAERR",
)  # fmt: skip


def day_of(study_day: int) -> dt.date:
    """The calendar day of a study day of these patients, whose day 1 is 2026-03-02."""
    return DAY_1 + dt.timedelta(days=study_day - (1 if study_day > 0 else 0))


def protocol_of(
    *,
    response: dict[str, Any] | None = None,
    time_to_event: dict[str, Any] | None = None,
    scans: dict[str, Any] | None = None,
    later: tuple[dict[str, int], ...] = (),
) -> StudyProtocol:
    """A study with scans every 42 ± 7 days unless said otherwise."""
    schedule = {"interval_days": 42, "window_days": 7} if scans is None else scans
    changes = tuple(ScanChange(**change) for change in later)
    return StudyProtocol(
        id="HCC", title="Made up", time_zone="Asia/Shanghai", enrolment=Enrolment(planned=1), tests=(AFP,),
        checkpoints=(RULE,), response=ResponseRules(**(response or {})),
        time_to_event=TimeToEventRules(**(time_to_event or {})),
        scans=ScanSchedule(**schedule, later=changes) if schedule else None,
    )  # fmt: skip


def timepoints_frame(*rows: dict[str, Any]) -> pd.DataFrame:
    """Time points as `derive_tumour_response` gives them; each row needs ADT, OVRLRESP and what differs from P1's."""
    blank = dict.fromkeys(_TIMEPOINT) | {
        "USUBJID": "P1", "SITEID": "S01", "LINE": 1, "CRITERIA": "RECIST 1.1", "READER": "INVESTIGATOR",
        "NEWLES": "N", "SOURCE": "LESIONS", "AFTERNEXT": False,
    }  # fmt: skip
    made = [
        blank | {"SRC": (f"TR|{number}",), "ADTLAST": row["ADT"]} | row for number, row in enumerate(rows, 1)
    ]
    for row in made:
        if row["OVRLRESP"] == "PD" and row["PDDT"] is None:
            row["PDDT"] = row["ADT"]
    frame = pd.DataFrame(made, columns=list(_TIMEPOINT), dtype=object)
    dates = {name: pd.to_datetime(frame[name]) for name in ("ADT", "ADTLAST", "PDDT")}
    return frame.assign(LINE=frame["LINE"].astype(int), **dates)


def baselines_frame(*rows: dict[str, Any]) -> pd.DataFrame:
    """Baselines as `derive_tumour_response` gives them; complete and with one target unless said otherwise."""
    blank = {
        "USUBJID": "P1", "LINE": 1, "CRITERIA": "RECIST 1.1", "READER": "INVESTIGATOR", "ADT": day_of(-7),
        "NTARGET": 1, "NNONTARGET": 0, "SUM": Decimal(100), "MEASURABLE": True, "COMPLETE": True, "SRC": ("TR|0",),
        "DATAERR": None,
    }  # fmt: skip
    frame = pd.DataFrame([blank | row for row in rows], columns=list(_BASELINE), dtype=object)
    return frame.assign(LINE=frame["LINE"].astype(int), ADT=pd.to_datetime(frame["ADT"]))

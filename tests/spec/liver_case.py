"""One case of the liver rules: a patient's results and findings, and what follows from them.

The case tables (`cases_liver_*.py`) are made of these; the tests judge them and the rules page prints them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from milepost.core.liver_safety import LiverSafety, derive_liver_safety
from milepost.core.liver_scores import LiverScores, derive_liver_scores
from milepost.core.populations import derive_lines
from milepost.protocol import Enrolment, LabTest, StudyProtocol, TherapyLine
from tests.spec.checkpoint_case import RULE
from tests.spec.records import records

AFP = LabTest(code="AFP", label="Alpha-fetoprotein", unit="ng/mL", factors={"IU/mL": "1.21"})
ALT = LabTest(code="ALT", label="Alanine aminotransferase", unit="U/L", factors={"ukat/L": "60"})
PROTOCOL = StudyProtocol(
    id="HCC", title="Made up", time_zone="Asia/Shanghai", enrolment=Enrolment(planned=1), tests=(AFP, ALT),
    checkpoints=(RULE,),
    lines=(TherapyLine(number=1, label="First"), TherapyLine(number=2, label="Second")),
)  # fmt: skip
UNITS = {
    "ALT": "U/L", "AST": "U/L", "ALP": "U/L", "BILI": "umol/L", "ALB": "g/L", "CREAT": "umol/L", "SODIUM": "mmol/L",
    "NEUT": "10^9/L", "LYM": "10^9/L", "PLAT": "10^9/L", "CRP": "mg/L", "AFP": "ng/mL", "PT": "s",
}  # fmt: skip
FIRST_DOSE = "2026-03-02"


@dataclass(frozen=True)
class Lab:
    """One laboratory row: test, day and time of collection, result, upper limit of its report, unit."""

    test: str
    collected: str
    result: str
    upper: str | None = None
    unit: str | None = ""
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def unit_text(self) -> str | None:
        return UNITS.get(self.test) if self.unit == "" else self.unit


@dataclass(frozen=True)
class Course:
    """What was sent about one patient. doses: starts and ends, each its own line of therapy from the first on."""

    labs: tuple[Lab, ...] = ()
    findings: tuple[tuple[str, str, str], ...] = ()
    sex: str | None = "M"
    reported: tuple[tuple[str, str], ...] = ()
    doses: tuple[tuple[str, str | None], ...] = ((FIRST_DOSE, None),)
    as_of: str = "2026-12-31"


def lines_of(course: Course) -> pd.DataFrame:
    """The patient's lines of therapy."""
    doses = [
        {"EXTRT": f"DRUG {line}", "EXDOSE": "12", "EXSTDTC": start, "EXENDTC": end, "EXLINE": str(line)}
        for line, (start, end) in enumerate(course.doses, start=1)
    ]
    people = records("DM", {"SEX": course.sex, "ARMCD": "ANL"})
    return derive_lines(people, records("EX", *doses), records("DS"), records("SS"), PROTOCOL)


def labs_of(course: Course) -> pd.DataFrame:
    """The patient's laboratory rows as the store gives them."""
    return records(
        "LB",
        *(
            {"LBTESTCD": lab.test, "LBDTC": lab.collected, "LBORRES": lab.result, "LBORRESU": lab.unit_text,
             "LBORNRHI": lab.upper, **lab.more}
            for lab in course.labs
        ),
    )  # fmt: skip


def scores_of(course: Course, protocol: StudyProtocol = PROTOCOL) -> LiverScores:
    """The patient's liver scores."""
    found = [
        {"FATESTCD": "SEV", "FAOBJ": what, "FADTC": day, "FAORRES": word}
        for what, day, word in course.findings
    ]
    said = [{"RSTESTCD": "CPS", "RSDTC": day, "RSORRES": text} for day, text in course.reported]
    return derive_liver_scores(
        labs_of(course), records("FA", *found), records("RS", *said), records("DM", {"SEX": course.sex}),
        lines_of(course), protocol=protocol, as_of=dt.date.fromisoformat(course.as_of),
    )  # fmt: skip


def safety_of(course: Course, protocol: StudyProtocol = PROTOCOL) -> LiverSafety:
    """The patient's liver safety."""
    return derive_liver_safety(
        labs_of(course), lines_of(course), protocol=protocol, as_of=dt.date.fromisoformat(course.as_of)
    )

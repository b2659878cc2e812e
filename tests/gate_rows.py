"""Rows as the reader hands them to the gate: one good row a domain, in which the tests spoil a cell."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import pandas as pd

from milepost.intake import gate
from milepost.intake.annotations import CODES
from milepost.runtime import default_suites
from milepost.schema import DOMAINS
from tests.intake_files import study

Row = dict[str, Any]
SUBJECT, DEAD, STRANGER = "S01-001", "S01-009", "S01-777"
FACTS = gate.Facts(
    deaths=pd.Series({DEAD: pd.Timestamp("2026-03-15")}), subjects=frozenset((SUBJECT, DEAD, "S01-002"))
)
# what makes a row of each domain one that nobody has a question about
GOOD: dict[str, Row] = {
    "DM": {"RFICDTC": "2026-02-20", "AGE": "57", "SEX": "M", "ARMCD": "ANL"},
    "EX": {"EXTRT": "ANLOTINIB", "EXDOSE": "12", "EXDOSU": "mg", "EXSTDTC": "2026-03-02", "EXLINE": "1"},
    "LB": {"LBTESTCD": "AFP", "LBORRES": "420", "LBORRESU": "ng/mL", "LBDTC": "2026-03-30", "LBSPEC": "SERUM"},
    "TU": {"TULNKID": "T1", "TUORRES": "TARGET", "TUEVAL": "INVESTIGATOR", "TUDTC": "2026-03-02"},
    "TR": {"TRLNKID": "T1", "TRTESTCD": "LDIAM", "TRORRES": "42", "TRORRESU": "mm", "TREVAL": "INVESTIGATOR",
           "TRDTC": "2026-03-02"},
    "RS": {"RSTESTCD": "OVRLRESP", "RSORRES": "PR", "RSDTC": "2026-04-13"},
    "AE": {"AETERM": "Fatigue", "AETOXGR": "2", "AESER": "N", "AESTDTC": "2026-03-10"},
    "DS": {"DSDECOD": "DEATH", "DSSTDTC": "2026-03-30"},
    "SS": {"SSTESTCD": "SURVSTAT", "SSORRES": "ALIVE", "SSDTC": "2026-03-30"},
    "CM": {"CMTRT": "Lenvatinib", "CMSTDTC": "2026-03-30"},
    "PR": {"PRTRT": "TACE", "PRSTDTC": "2026-03-30"},
    "MH": {"MHTERM": "Hepatitis B", "MHOCCUR": "Y", "MHSTDTC": "2010"},
    "VS": {"VSTESTCD": "SYSBP", "VSORRES": "130", "VSORRESU": "mmHg", "VSDTC": "2026-03-30"},
    "FA": {"FATESTCD": "SEV", "FAOBJ": "ASCITES", "FAORRES": "MILD", "FADTC": "2026-03-30"},
}  # fmt: skip


def row(domain: str, **cells: Any) -> Row:
    """A good row of this domain in which these cells stand instead."""
    about = DOMAINS[domain]
    made: Row = dict.fromkeys(about.names) | {"USUBJID": SUBJECT} | GOOD[domain]
    made |= {"SITEID": "S01", "DELIVERY": 1, "SRCLINE": 2, "EMIT": 0, "RECKEY": "R:AFP|1", "OCCURRENCE": 1,
             "STATUS": "FINAL", "RESVER": None, "NOTE": {}}  # fmt: skip
    made |= dict.fromkeys(CODES, "OK") | cells
    day = made[about.date] if about.date else None
    made.setdefault("ADT", pd.Timestamp(day) if day and len(day) >= 10 else pd.NaT)
    return made


def frame(rows: Iterable[Row]) -> pd.DataFrame:
    """These rows as the frame of their domain."""
    made = pd.DataFrame(list(rows)).astype({"DELIVERY": "int64", "SRCLINE": "int64", "EMIT": "int64"})
    texts = [name for name in made if made[name].isna().all() and name != "ADT"]
    return made.astype(dict.fromkeys(texts, object)).astype({"ADT": "datetime64[ns]"})


@cache
def suites() -> gate.Suites:
    """The gate's own suites."""
    return gate.load_suites(default_suites(), given=gate.parameters(study().protocol))


def judge(frames: dict[str, pd.DataFrame], using: gate.Suites | None = None) -> gate.Findings:
    """What the gate says of these frames."""
    given = gate.parameters(study().protocol)
    return gate.check_rows(frames, suites=using or suites(), parameters=given, facts=FACTS)

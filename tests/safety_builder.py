"""A few patients typed by hand, as the sections on safety see them: doses, events and deaths, nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any

import pandas as pd

from milepost.core.adverse_events import derive_adverse_events
from milepost.core.populations import derive_lines
from milepost.protocol import SafetyRules, SpecialInterest, Study
from milepost.reports.clinical import ClinicalFrames, ClinicalInputs, Group
from milepost.reports.ledger import Ledger
from milepost.reports.masking import without_arms
from milepost.reports.safety_section import build_safety
from milepost.reports.section import Row, Section
from tests.made_up_study import default_study
from tests.spec.records import records
from tests.spec.test_lines import PROTOCOL

AS_OF = dt.date(2026, 6, 30)
INTEREST = (
    SpecialInterest(id="HTN", label="Hypertension", terms=("Hypertension", "Blood pressure increased")),
    SpecialInterest(id="BLEED", label="Bleeding", terms=("Haematuria", "Melaena")),
    SpecialInterest(id="QT", label="QTc prolongation", terms=("Electrocardiogram QT prolonged",)),
)
# first dose 2 March, last dose 5 April: watched up to 5 May, 65 days
TREATED = (("2026-03-02", "2026-04-05", "1"),)


@cache
def study(interest: tuple[SpecialInterest, ...] = INTEREST) -> Study:
    """A study whose lines, drugs and interests are the tests' own."""
    rules = SafetyRules(emergent_days=30, interest=interest)
    protocol = PROTOCOL.model_copy(update={"safety": rules, "time_zone": "Asia/Shanghai"})
    return default_study().model_copy(update={"protocol": protocol})


def safety_inputs(
    doses: Mapping[str, tuple[tuple[str, str | None, str], ...]],
    events: Iterable[dict[str, Any]] = (),
    *,
    dead: Mapping[str, str] | None = None,
    dispositions: Iterable[dict[str, Any]] = (),
    stopped_for: Mapping[str, str] | None = None,
    groups: Mapping[str, Iterable[str]] | None = None,
    masked: bool = False,
    interest: tuple[SpecialInterest, ...] = INTEREST,
) -> ClinicalInputs:
    """doses: subject -> first day, last day and line of each course (none: never treated). dead: subject -> day.

    groups: name -> subjects of the closed report; without them everybody is one group.
    """
    made, dead = study(interest), dict(dead or {})
    ex = [
        {"USUBJID": who, "EXTRT": "ANL", "EXDOSE": "12", "EXSTDTC": start, "EXENDTC": end, "EXLINE": line}
        for who, own in doses.items()
        for start, end, line in own
    ]
    dm = records("DM", *({"USUBJID": who, "DTHDTC": dead.get(who)} for who in doses))
    ds = records("DS", *dispositions)
    lines = derive_lines(dm, records("EX", *ex), ds, records("SS"), made.protocol)
    told = [{"AETERM": "Rash", "AETOXGR": "1", "AESER": "N", "AEREL": "RELATED", **row} for row in events]
    adae = derive_adverse_events(
        records("AE", *told), lines, protocol=made.protocol, as_of=AS_OF, ds=ds, dm=dm
    ).adae
    reasons = stopped_for or {}
    own = {
        "lines": lines, "adae": adae, "dm": dm, "ds": ds,
        "adsl": pd.DataFrame({
            "USUBJID": pd.Series(list(doses), dtype=object), "DTHFL": ["Y" if who in dead else "N" for who in doses],
            "DTHDT": pd.to_datetime(pd.Series([dead.get(who) for who in doses], dtype=object)),
            "DTHDTF": pd.Series([None] * len(doses), dtype=object),
        }),
        "adex": lines[["USUBJID", "LINE"]].assign(STOPREASON=lines["USUBJID"].map(reasons).astype(object)),
    }  # fmt: skip
    nothing = pd.DataFrame({"USUBJID": pd.Series(dtype=object)})
    frames = ClinicalFrames(**{
        field.name: without_arms(own.get(field.name, nothing)) for field in fields(ClinicalFrames)
    })  # fmt: skip
    compared = groups is not None
    parts = groups if groups is not None else {"all": list(doses)}
    told_of = tuple(
        Group(id_, f"Arm {id_}" if compared else "All patients", frozenset(subjects))
        for id_, subjects in parts.items()
    )
    return ClinicalInputs(made, AS_OF, frames, told_of, compared=compared, masked=masked)


def sections_of(inputs: ClinicalInputs) -> tuple[Section, Section, Ledger]:
    """Both sections and the numbers that were entered."""
    ledger = Ledger()
    events, deaths = build_safety(inputs, ledger)
    return events, deaths, ledger


def rows_of(section: Section, exhibit: str) -> list[tuple[str, ...]]:
    """The rows of one table as they stand: name, then cells."""
    (found,) = (one for one in section.exhibits if one.id == exhibit)
    return [] if found.table is None else [_texts(row) for row in found.table.rows]


def _texts(row: Row) -> tuple[str, ...]:
    return (row.name, *(cell.text.replace("\u202f", " ") for cell in row.cells))


def exhibit_of(section: Section, id_: str) -> Any:
    """One exhibit of a section."""
    (found,) = (one for one in section.exhibits if one.id == id_)
    return found

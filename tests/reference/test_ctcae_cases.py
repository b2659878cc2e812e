"""CTCAE 5.0 against graded cases that were not made here: pharmaverse/admiral, SI units (shared reference folder)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from milepost.core.lab_grading import TABLES, grade
from milepost.core.lab_toxicity import derive_lab_toxicity
from tests.intake_files import labs as read_labs
from tests.intake_files import layout, study
from tests.spec.test_lab_toxicity import lines_of

FILE = Path(__file__).parents[2].parent / "shared" / "reference" / "inputs" / "ctcae_v5_graded_cases.csv"

pytestmark = pytest.mark.skipif(
    not FILE.exists(), reason="the shared reference cases do not lie beside this clone, and may not be copied"
)


def cases() -> list[dict[str, str | None]]:
    """Every case; an empty cell is None."""
    table = pd.read_csv(FILE, dtype=str, keep_default_na=False)
    return [{str(k): v or None for k, v in row.items()} for row in table.to_dict("records")]


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def before(case: dict[str, str | None]) -> Decimal | None:
    """The baseline, also where only the change from it is given."""
    if case["BASE"] is not None or case["PCHG"] is None or case["AVAL"] is None:
        return number(case["BASE"])
    return Decimal(case["AVAL"]) * 100 / (100 + Decimal(case["PCHG"]))


def grade_of(case: dict[str, str | None]) -> str | None:
    """Our grade_max, as the table writes it. The cases of INR assume anticoagulation."""
    direction = "L" if case["DIRECTION"] == "L" else "H"
    found = grade(
        case["TERM"], direction, [number(case["AVAL"])], units=[case["AVALU"]], lln=[number(case["ANRLO"])],
        uln=[number(case["ANRHI"])], base=[before(case)], base_indicator=[case["BNRIND"]], on_anticoagulant=[True],
    )  # fmt: skip
    highest = int(found.highest[0])
    return None if highest < 0 else str(highest)


def test_there_are_cases() -> None:
    table = cases()
    assert len(table) >= 324
    assert len({case["TEST"] for case in table}) >= 19
    assert sum(case["EXPECTED_GRADE"] is not None for case in table) > 200


def test_every_case_has_the_grade_of_the_table() -> None:
    table = cases()
    wrong = [(case, grade_of(case)) for case in table if grade_of(case) != case["EXPECTED_GRADE"]]
    assert wrong == []


COLUMNS = {
    "USUBJID": "Subject", "LBREFID": "Order", "LBTESTCD": "Test", "LBORRES": "Result", "LBORRESU": "Unit",
    "LBORNRLO": "Low", "LBORNRHI": "High", "LBDTC": "Collected",
}  # fmt: skip


def file_of(table: list[dict[str, str | None]]) -> list[str]:
    """The cases as lines of a laboratory's file: a patient a case, a baseline before first dose where it has one.

    Where the table names no unit because its term needs none, the laboratory prints the test's own.
    """
    tests = {(term.name.casefold(), term.direction): term for term in TABLES["5.0"]}
    lines = []
    for number, case in enumerate(table):
        term = tests.get(((case["TERM"] or "").casefold(), "L" if case["DIRECTION"] == "L" else "H"))
        if term is None or case["AVAL"] is None:
            continue
        code = term.tests[0]
        unit = (case["AVALU"] or "") if term.unit else study().protocol.test(code).unit
        subject, low, high = f"S01-{number:03d}", case["ANRLO"] or "", case["ANRHI"] or ""
        base = before(case)
        if base is not None:
            lines.append(f"{subject},{number}B,{code},{base},{unit},{low},{high},2026-02-27")
        lines.append(f"{subject},{number}A,{code},{case['AVAL']},{unit},{low},{high},2026-03-09")
    return lines


def test_delivered_as_a_file_every_case_has_the_grade_of_the_table_too() -> None:
    table = cases()
    rows = read_labs(*file_of(table), header=",".join(COLUMNS.values()), layout_=layout(columns=COLUMNS))
    # what the gate refuses for its unit or value is no record
    accepted = rows[
        ~rows["X_UNIT"].isin(["MISSING_UNIT", "UNKNOWN_UNIT"]) & ~rows["X_VALUE"].str.endswith("HARD")
    ]
    lines = pd.concat(
        [lines_of(("2026-03-02", None, None), usubjid=u) for u in sorted(set(accepted["USUBJID"]))]
    )
    protocol = study().protocol
    labs = accepted.assign(
        KNOWN_FROM=pd.Timestamp("2026-06-01", tz="UTC"), RETRACTED=False, VERSION=1, OCCURRENCE=1,
    )  # fmt: skip
    adlb = derive_lab_toxicity(
        labs, lines.reset_index(drop=True), protocol=protocol, as_of=dt.date(2026, 6, 1)
    ).adlb
    after = adlb[adlb["ADT"] == pd.Timestamp("2026-03-09")].set_index("USUBJID")
    wrong = []
    for number, case in enumerate(table):
        subject, grade_column = f"S01-{number:03d}", f"ATOXGR{case['DIRECTION']}"
        found = after[grade_column].get(subject, pd.NA)
        if (None if pd.isna(found) else str(found)) != case["EXPECTED_GRADE"]:
            wrong.append((case, found))
    assert wrong == []
    assert len(after) > 230

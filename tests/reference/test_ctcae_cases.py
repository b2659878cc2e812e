"""CTCAE 5.0 against graded cases that were not made here: pharmaverse/admiral, SI units (shared reference folder)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from milepost.core.lab_grading import grade

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

"""Rates with exact limits, against R's poisson.test.

The numbers were made with R 4.2.2 (`poisson.test(events, person_years)`, also with conf.level = 0.90); the files are
`rates_single.csv` and `rates.json` of the project's reference cases. Tolerance 1e-7, as stated with them.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from milepost.core.incidence import poisson_rate

DATA = Path(__file__).parent / "data"
CASES = json.loads((DATA / "rates.json").read_text(encoding="utf-8"))["single"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_rate_and_its_limits_are_those_of_r(case: dict[str, float]) -> None:
    rate = poisson_rate(int(case["events"]), case["person_years"])
    assert rate == pytest.approx((case["rate_per_py"], case["lo"], case["hi"]), rel=1e-7)
    narrow = poisson_rate(int(case["events"]), case["person_years"], level=0.90)
    assert narrow[1:] == pytest.approx((case["lo90"], case["hi90"]), rel=1e-7)


def test_every_case_of_the_reference_is_here() -> None:
    assert len(CASES) == 12


def test_without_time_there_is_no_rate() -> None:
    assert poisson_rate(0, 0) == (None, None, None)

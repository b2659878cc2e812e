"""The rest of the reference cases of rates: their inputs, the rates for 100 years, and a second program's limits.

Made with R 4.2.2 (poisson.test; epitools' pois.exact, whose root search stops at 1.2e-4 events). Files
`rates_single.csv` and `rates.json` of the project's reference cases; `test_rates.py` checks the rates themselves.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from milepost.core.incidence import poisson_rate

DATA = Path(__file__).parent / "data"
CASES = json.loads((DATA / "rates.json").read_text(encoding="utf-8"))["single"]


def test_the_counts_are_those_of_the_inputs() -> None:
    with (DATA / "rates_single.csv").open(encoding="utf-8", newline="") as file:
        typed = [(row["id"], int(row["events"]), float(row["py"])) for row in csv.DictReader(file)]
    assert typed == [(case["id"], case["events"], case["person_years"]) for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_rates_for_100_years_and_the_limits_of_a_second_program(case: dict[str, float]) -> None:
    years = case["person_years"]
    found = [100 * (number or 0.0) for number in poisson_rate(int(case["events"]), years)]
    expected = (case["rate_per_100py"], case["lo_per_100py"], case["hi_per_100py"])
    assert found == pytest.approx(expected, rel=1e-7)
    second = (case["epitools_lo"] * years, case["epitools_hi"] * years)
    assert [limit / 100 * years for limit in found[1:]] == pytest.approx(second, abs=1.3e-4)

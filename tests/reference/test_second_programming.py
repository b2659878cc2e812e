"""The second program gives R's numbers too, a wrong number of ours is found, and nothing is raised.

R's numbers: the reference cases `tte.json` (R 4.2.2, survival 3.5-3) and `binary_single.json` (binom.test), as in
`test_survival.py` and `test_proportions.py`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from milepost.core.cox import compare_groups
from milepost.core.logrank import logrank
from milepost.core.number_agreement import (
    NO_NUMBER,
    ONLY_OURS_REFUSED,
    Agreement,
    compare_numbers,
    summarise_agreement,
)
from milepost.core.proportions import clopper_pearson
from milepost.core.restricted_mean import restricted_mean
from milepost.core.second_programming import (
    NOT_WHOLE_DAYS,
    check_hazard_ratio,
    check_logrank,
    check_median,
    check_rates,
    check_restricted_mean,
    check_share,
)
from milepost.core.survival import kaplan_meier, median, survival_at
from milepost.core.survival_estimate import GROUP_WITHOUT_EVENTS, NO_EVENTS, NO_PATIENTS, NOT_REACHED

DATA = Path(__file__).parent / "data"
TTE: dict[str, Any] = json.loads((DATA / "tte.json").read_text(encoding="utf-8"))
NAMES = [name for name in TTE if not name.startswith("_")]
SAME: dict[str, Any] = {"rel": 1e-5, "abs": 1e-12}


def rows_of(case: dict[str, Any], group: str | None = None) -> pd.DataFrame:
    rows = pd.read_csv(DATA / case["input"], dtype={"strata": "string"})
    return rows if group is None else rows[rows["group"] == group]


def all_agree(found: list[Agreement]) -> None:
    assert found
    assert [one for one in found if not one.agrees] == []


@pytest.mark.parametrize("name", NAMES)
def test_curves_medians_and_means_of_the_second_program_are_those_of_r_and_ours(name: str) -> None:
    case = TTE[name]
    for group, expected in case["km"].items():
        rows = rows_of(case, group)
        time, event = rows["time"], rows["event"]
        curve = kaplan_meier(time, event)
        said = [row for row in expected["surv_at_loglog"] if row["time"] > 0]
        rates = survival_at(curve, [row["time"] for row in said])
        found = check_rates(f"{group}, OS", rates, time, event)
        all_agree(found)
        values = [one.theirs for one in found if "limit" not in one.id]
        assert values == pytest.approx([row["surv"] for row in said], **SAME)
        lower = [one.theirs for one in found if one.id.endswith("lower limit")]
        assert lower == pytest.approx([row["lo"] for row in said if row["lo"] is not None], **SAME)
        middle = check_median("median", median(curve, rule="first"), time, event)
        assert middle.agrees and middle.theirs == expected["median_first_time_S_le_half"]
        horizon = case["rmst"]["tau"]
        mean = check_restricted_mean("mean", restricted_mean(curve, horizon), time, event, horizon)
        assert mean.agrees and mean.theirs == pytest.approx(case["rmst"]["group_rmst"][group], **SAME)


@pytest.mark.parametrize("name", NAMES)
def test_its_tests_and_hazard_ratios_are_those_of_r_and_ours(name: str) -> None:
    case, rows = TTE[name], rows_of(TTE[name])
    columns = rows["time"], rows["event"], rows["group"]
    pair = {"reference": case["reference_group"], "comparison": case["comparison_group"]}
    layers = [None, "strata"] if "logrank_stratified" in case else [None]
    for layer in layers:
        strata = None if layer is None else rows["strata"]
        ending = "" if layer is None else "_stratified"
        found = check_logrank("log-rank", logrank(*columns, strata=strata), *columns, strata)
        all_agree(found)
        assert [one.theirs for one in found] == pytest.approx(
            [case[f"logrank{ending}"]["chisq"], case[f"logrank{ending}"]["p"]], **SAME
        )
        fit = compare_groups(*columns, reference=pair["reference"], strata=strata)
        ratio = fit.term(pair["comparison"]).hazard_ratio
        again = check_hazard_ratio("HR", ratio, *columns, strata=strata, **pair)
        if name == "edge_noevents_B":
            assert [(one.agrees, one.theirs, one.reason) for one in again] == [
                (None, None, GROUP_WITHOUT_EVENTS)
            ]
            continue
        all_agree(again)
        expected = case[f"cox{ending}_efron"]
        assert [one.theirs for one in again] == pytest.approx(
            [expected["hr"], expected["lo95"], expected["hi95"]], **SAME
        )


def test_shares_and_their_exact_limits_are_computed_by_scipy() -> None:
    """5 of 30: 0.1667 (0.0564 to 0.3472), R's binom.test."""
    found = check_share("response rate", clopper_pearson(5, 30), 5, 30)
    all_agree(found)
    assert [one.theirs for one in found] == pytest.approx(
        [5 / 30, 0.0564216964680715, 0.347211698834144], rel=1e-9
    )
    for events in (0, 10):
        all_agree(check_share("response rate", clopper_pearson(events, 10), events, 10))


def test_a_number_of_ours_that_is_off_is_found_and_named() -> None:
    rows = rows_of(TTE["lung_sex"])
    columns = rows["time"], rows["event"], rows["group"]
    pair = {
        "reference": TTE["lung_sex"]["reference_group"],
        "comparison": TTE["lung_sex"]["comparison_group"],
    }
    ratio = compare_groups(*columns, reference=pair["reference"]).term(pair["comparison"]).hazard_ratio
    assert ratio.value is not None
    wrong = replace(ratio, value=ratio.value * 1.00002)
    found = check_hazard_ratio("HR", wrong, *columns, **pair)
    assert [one.agrees for one in found] == [False, True, True]
    told = summarise_agreement(found)
    assert told.alarming and told.apart == ("HR",) and told.worst_id == "HR"
    assert told.worst == pytest.approx(2e-5, rel=0.1)
    assert told.sentence == (
        "1 of 3 numbers differ by more than 1e-05 when they are computed a second time (HR): do not use them before "
        "the difference is explained."
    )


def test_a_median_not_reached_by_both_agrees_and_by_one_alone_does_not() -> None:
    time, event = np.array([2, 4, 6, 8]), np.array([1, 0, 0, 0])
    middle = median(kaplan_meier(time, event), rule="first")
    assert middle.reason == NOT_REACHED
    found = check_median("median", middle, time, event)
    assert (found.agrees, found.theirs, found.reason) == (True, None, NOT_REACHED)
    other = check_median("median", middle, time, np.array([1, 1, 1, 1]))
    assert (other.agrees, other.theirs, other.reason) == (False, 4.0, ONLY_OURS_REFUSED)


def test_a_half_that_rounding_puts_a_little_above_is_still_a_half() -> None:
    """Ten patients, five events: (9/10)(8/9)(7/8)(6/7)(5/6) is one half, in floating point it need not be."""
    time = np.arange(1, 11)
    event = (time <= 5).astype(int)
    assert check_median("m", median(kaplan_meier(time, event), rule="first"), time, event).theirs == 5


@pytest.mark.parametrize(
    ("time", "event", "reason"),
    [([], [], NO_PATIENTS), ([3.0, 5.0], [0, 0], NO_EVENTS), ([np.nan, np.nan], [1, 1], NO_PATIENTS)],
)
def test_where_we_have_no_number_there_is_nothing_to_compare(
    time: list[float], event: list[int], reason: str
) -> None:
    group = ["A", "B"][: len(time)]
    fit = compare_groups(time, event, group, reference="A", groups=["A", "B"])
    found = check_hazard_ratio(
        "HR", fit.term("B").hazard_ratio, time, event, group, reference="A", comparison="B"
    )
    found += check_logrank("log-rank", logrank(time, event, group), time, event, group)
    curve = kaplan_meier(time, event)
    found += [check_restricted_mean("mean", restricted_mean(curve, 4), time, event, 4)] if not curve.n else []
    assert {(one.agrees, one.reason) for one in found} == {(None, reason)}
    told = summarise_agreement(found)
    assert told.sentence == "No number of this report could be computed a second time."
    assert not told.alarming and told.worst is None


def test_a_second_program_that_fails_is_told_and_never_an_error() -> None:
    def breaks() -> float:
        raise ZeroDivisionError

    found = compare_numbers("HR", 0.7, breaks, program="lifelines")
    assert (found.agrees, found.reason) == (None, f"{NO_NUMBER} (ZeroDivisionError)")
    told = summarise_agreement([found, compare_numbers("ORR", 0.2, lambda: 0.2, program="scipy")])
    assert told.sentence == (
        "1 number was computed a second time by scipy: no relative difference is above 1e-05 (the largest is 0). "
        "1 could not be compared."
    )


def test_times_that_are_no_whole_days_are_not_given_to_it() -> None:
    time, event, group = [1.5, 2, 3, 4], [1, 1, 1, 1], ["A", "B", "A", "B"]
    ratio = compare_groups(time, event, group, reference="A").term("B").hazard_ratio
    found = check_hazard_ratio("HR", ratio, time, event, group, reference="A", comparison="B")
    assert [(one.agrees, one.reason) for one in found] == [(None, NOT_WHOLE_DAYS)]


def test_a_gap_in_a_column_leaves_the_same_rows_out_of_both() -> None:
    time, event = [2, 4, None, 6, 8, 9], [1, 1, 1, None, 1, 0]
    group = ["A", "B", "A", "B", None, "A"]
    columns = np.array(time, dtype=float), np.array(event, dtype=float), np.array(group, dtype=object)
    ratio = compare_groups(*columns, reference="A").term("B").hazard_ratio
    all_agree(check_hazard_ratio("HR", ratio, *columns, reference="A", comparison="B"))
    all_agree(check_logrank("log-rank", logrank(*columns), *columns))


def test_the_second_program_is_not_loaded_before_it_is_needed() -> None:
    code = "import sys, milepost.core.second_programming; sys.exit('lifelines' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

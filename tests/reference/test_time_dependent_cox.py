"""A class known only later, against R's coxph on follow-up split by hand.

`pbcseq.csv`, classified as in `test_landmark.py`: 312 patients, 68 of whom fall by 25 % at their visit nearest to day
183. R 4.2.2, survival 3.5-3: coxph(Surv(start, stop, death) ~ resp), 380 rows made in R without this code; adjusted by
the logarithm of the baseline and treatment.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from milepost.core.cox_zph import check_proportionality
from milepost.core.survival_estimate import NO_EVENTS, NO_PATIENTS, NO_VARIATION
from milepost.core.time_dependent_cox import TimeDependent, compare_over_time

VISITS = pd.read_csv(Path(__file__).parent / "data" / "pbcseq.csv", dtype={"bili": "string"})
PATIENTS = VISITS[VISITS["day"] == 0].set_index("id")


def response_days() -> pd.Series:
    """Per patient the day of the sample that showed the response; none for all others."""
    inside = VISITS[VISITS["day"].between(120, 240)]
    nearest = inside.assign(OFF=(inside["day"] - 183).abs()).sort_values(
        ["OFF", "day"], ascending=[True, False]
    )
    then = nearest.groupby("id").first()
    base = PATIENTS["bili"].reindex(then.index)
    fell = [100 * Decimal(x) <= 75 * Decimal(b) for x, b in zip(then["bili"], base, strict=True)]
    return then["day"][fell].reindex(PATIENTS.index)


def fitted(**options: object) -> TimeDependent:
    return compare_over_time(
        PATIENTS["futime"], PATIENTS["status"].eq(2), response_days(), **options  # type: ignore[arg-type]
    )  # fmt: skip


def test_the_ratio_of_the_time_after_the_response_is_that_of_r() -> None:
    found = fitted()
    assert (found.n, found.events, found.changed, found.left_out, found.fit.n) == (312, 140, 68, 0, 380)
    term, ratio = found.fit.term("RESPONDER"), found.hazard_ratio
    assert (term.coef, term.se) == pytest.approx((-0.15850049214689, 0.21328318805692), rel=1e-9)
    assert (ratio.value, ratio.lo, ratio.hi, ratio.p) == pytest.approx(
        (0.85342254378, 0.56184579141197, 1.2963166216913, 0.45739345113588), rel=1e-9
    )
    assert (found.fit.loglik_null, found.fit.loglik) == pytest.approx(
        (-726.53963553977, -726.25518347928), rel=1e-12
    )
    assert found.fit.score.statistic == pytest.approx(0.55341637050081, rel=1e-9)
    assert ratio.n == 312


def test_beside_covariates_and_its_proportionality_too() -> None:
    base = np.log(PATIENTS["bili"].astype(float))
    found = fitted(covariates={"logbase": base, "trt": PATIENTS["trt"].astype(float)})
    assert [term.coef for term in found.fit.terms] == pytest.approx(
        [-0.56618861020068, 1.1144647552047, 0.11307323313353], rel=1e-8
    )
    assert [term.se for term in found.fit.terms] == pytest.approx(
        [0.21625910581564, 0.09428432066149, 0.17137332213583], rel=1e-8
    )
    tested = check_proportionality(fitted().fit).terms["RESPONDER"]
    assert (tested.statistic, tested.p) == pytest.approx((1.346699665277, 0.24585591545222), rel=1e-8)


def test_follow_up_is_split_on_the_day_the_class_is_known() -> None:
    """a: 30 days before, 20 after, then the event. b: dies on the day itself: before. c: known too late. d: never.
    e: in the class from the start."""
    found = compare_over_time([50, 40, 20, 60, 10], [1, 1, 0, 0, 1], [30, 40, 25, np.nan, -3])
    assert (found.changed, found.before, found.after, found.events_after) == (
        2,
        30 + 40 + 20 + 60,
        20 + 10,
        2,
    )
    assert found.fit.n == 6 and found.events == found.fit.events == 3


def test_time_without_the_class_is_credited_to_nobody() -> None:
    """Nobody's risk depends on the class: half of those alive on day 30 are called responders. From the start they look
    better, for they lived that long; split, what is left of the difference is chance."""
    time = np.arange(1, 201)
    lucky = (time > 30) & (time % 2 == 0)
    found = compare_over_time(time, np.ones(200), np.where(lucky, 30.0, np.nan))
    ratio = found.hazard_ratio.value
    assert ratio is not None and 0.9 < ratio < 1.1


@pytest.mark.parametrize(
    ("time", "event", "since", "reason"),
    [
        ([], [], [], NO_PATIENTS),
        ([np.nan], [1], [3], NO_PATIENTS),
        ([5, 6], [0, 0], [1, np.nan], NO_EVENTS),
        ([5, 6], [1, 1], [np.nan, 6], NO_VARIATION),
    ],
)
def test_where_nothing_can_be_compared_the_ratio_says_why(
    time: list[float], event: list[int], since: list[float], reason: str
) -> None:
    found = compare_over_time(time, event, since)
    assert found.hazard_ratio.value is None and found.hazard_ratio.reason == reason


def test_a_patient_with_a_gap_is_left_out_whole() -> None:
    found = compare_over_time(
        [5, 6, 7, 8], [1, 1, 1, 0], [2, np.nan, 3, 4], covariates={"x": [1, np.nan, 2, 2]},
        strata=["s", "s", None, "s"],
    )  # fmt: skip
    assert (found.n, found.left_out, found.fit.left_out) == (2, 2, 0)

"""Landmark analyses where there is little or nothing to compare, and who is on which side of the landmark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from milepost.core import landmark_selection as words
from milepost.core.landmark import LandmarkAnalysis, analyse_landmark
from milepost.core.landmark_selection import select_at_landmark
from milepost.core.survival_estimate import GROUP_EMPTY, NO_EVENTS, NO_PATIENTS
from milepost.errors import DataProblem

R, N = "RESPONDER", "NON_RESPONDER"


def analysed(rows: Sequence[tuple[str, float, float]], **options: Any) -> LandmarkAnalysis:
    """Rows: state, study day on which follow-up ended, event."""
    states, times, events = zip(*rows, strict=True) if rows else ((), (), ())
    given: dict[str, Any] = {"landmark": 36, "known_by": 36, **options}
    return analyse_landmark(list(range(len(rows))), states, times, events, **given)


def test_follow_up_up_to_the_landmark_itself_is_not_beyond_it() -> None:
    found = analysed([(R, 36, 1), (R, 36, 0), (R, 37, 1), (N, 36.5, 0)])
    assert found.selection.rows.tolist() == [2, 3]
    assert found.selection.time.tolist() == [1, 0.5]
    assert [(e.reason, e.n) for e in found.selection.exclusions] == [
        (words.EVENT_BEFORE, 1), (words.CENSORED_BEFORE, 1),
    ]  # fmt: skip


def test_a_subject_without_follow_up_or_state_is_left_out_and_told() -> None:
    found = select_at_landmark(
        ["c", "a", "b"], [R, None, R], [np.nan, 90, 90], [0, 0, np.nan], landmark=36, known_by=36, classes=(N, R)
    )  # fmt: skip
    assert [(e.reason, e.state, e.subjects) for e in found.exclusions] == [
        (words.NO_FOLLOW_UP, R, ("b", "c")),
        (words.NO_CLASS, None, ("a",)),
    ]


def test_how_follow_up_ended_parts_those_left_out_before_the_landmark_only() -> None:
    found = analysed(
        [(R, 20, 1), (R, 30, 1), (N, 25, 0), (N, 90, 1)], ending=["PROGRESSION", "DEATH", "LOST", "DEATH"]
    )
    assert [(e.ending, e.state, e.subjects) for e in found.selection.exclusions] == [
        ("DEATH", R, (1,)), ("PROGRESSION", R, (0,)), ("LOST", N, (2,)),
    ]  # fmt: skip


def test_a_class_that_rests_on_later_data_refuses_the_whole_analysis() -> None:
    rows = [(R, 90, 1), (N, 90, 1), (R, 10, 1)]
    assert analysed(rows, known_on=[36, 30, 50]).reason is None  # who is not compared has no say
    late = analysed(rows, known_on=[37, 30, 9])
    assert late.reason == late.hazard_ratio.reason == words.KNOWN_LATE
    assert late.overall is None and late.hazard_ratio.value is None


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], NO_PATIENTS),
        ([(R, 20, 1), ("MISSED", 90, 1)], NO_PATIENTS),
        ([(R, 90, 1), (R, 95, 1)], GROUP_EMPTY),
        ([(R, 90, 0), (N, 95, 0)], NO_EVENTS),
    ],
)
def test_where_there_is_nothing_to_compare_the_ratio_says_why(
    rows: Sequence[tuple[str, float, float]], reason: str
) -> None:
    found = analysed(rows, band=["high"] * len(rows), outcome=[1] * len(rows))
    assert found.reason is None and found.overall is not None
    assert found.hazard_ratio.value is None and found.hazard_ratio.reason == reason
    assert found.overall.logrank.test.p is None and found.overall.logrank.test.reason
    assert list(found.overall.curves) == [N, R]


def test_a_subject_twice_is_a_mistake_that_is_told() -> None:
    with pytest.raises(DataProblem, match="more than one row"):
        select_at_landmark(["a", "a"], [R, N], [50, 60], [1, 1], landmark=36, known_by=36, classes=(N, R))


def test_what_is_given_is_not_changed() -> None:
    endings = np.array(["LOST", "DEATH"], dtype=object)
    analysed([(R, 90, 1), (N, 20, 1)], ending=endings)
    assert endings.tolist() == ["LOST", "DEATH"]

"""Where marks are put: places worked out before a template draws them."""

from __future__ import annotations

import pytest

from milepost.reports.drawing import round_step


@pytest.mark.parametrize(
    ("largest", "most", "step"),
    [
        (0, 5, 1),
        (5, 5, 1),
        (6, 5, 2),
        (158, 5, 50),
        (250, 5, 50),
        (251, 5, 100),
        (40_000, 5, 10_000),
        (10**6, 5, 200_000),
    ],
)
def test_an_axis_has_round_steps_however_far_it_reaches(largest: int, most: int, step: int) -> None:
    assert round_step(largest, most) == step

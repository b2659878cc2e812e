"""Looks, bounds and outlook as the closed report tells them; bounds from the clinical specification, section 7.3."""

from __future__ import annotations

import math

import numpy as np
import pytest

from milepost.core.interim_monitoring import HeldLook, is_due, monitor, z_of
from milepost.core.logrank import logrank
from milepost.protocol import InterimRules

RULES = InterimRules(planned_events=200, looks=(0.5, 0.75, 1.0), design_hazard_ratio=0.75)


def test_between_looks_nothing_is_tested_and_the_planned_bounds_stand() -> None:
    found = monitor(RULES, events=80)
    assert (found.fraction, found.outlooks) == (0.4, None)
    assert [look.state for look in found.looks] == ["AHEAD"] * 3
    assert [look.z for look in found.looks] == [None] * 3
    assert [round(look.bound or 0, 3) for look in found.looks] == [2.963, 2.359, 2.014]


def test_a_look_held_late_has_the_bound_of_the_information_really_there() -> None:
    rules = RULES.model_copy(update={"looks": (0.3, 0.6, 1.0), "planned_events": 100})
    found = monitor(rules, events=67, held=[HeldLook(1, 0.33, 1.0)], look=2, z=2.6)
    assert [round(look.fraction, 2) for look in found.looks] == [0.33, 0.67, 1.0]
    assert [round(look.bound or 0, 3) for look in found.looks] == [3.731, 2.504, 1.994]
    assert [look.state for look in found.looks] == ["HELD", "NOW", "AHEAD"]
    assert [look.crossed for look in found.looks] == [0, 2, None]


@pytest.mark.parametrize(("z", "crossed"), [(3.0, 2), (2.9, 0), (-2.9, 0), (-3.0, 1)])
def test_a_bound_is_crossed_in_favour_of_either_group(z: float, crossed: int) -> None:
    assert monitor(RULES, events=100, look=1, z=z).looks[0].crossed == crossed


def test_the_outlook_is_told_for_either_group_being_the_experimental_one() -> None:
    """Z 1.5 halfway with a final bound of 1.969: 0.585 under the trend, 0.099 under none (section 7.3)."""
    rules = RULES.model_copy(update={"looks": (0.5, 1.0)})
    found = monitor(rules, events=100, look=1, z=1.5)
    assert found.outlooks is not None
    second, first = found.outlooks
    assert second.trend.value == pytest.approx(0.585, abs=2e-3)  # with the bound rounded to 1.969
    assert second.null.value == pytest.approx(0.099, abs=2e-3)
    assert (first.trend.value or 0) < 0.001
    assert first.futile is True


def test_unequal_groups_weaken_the_planned_effect() -> None:
    rules = RULES.model_copy(update={"looks": (0.5, 1.0)})
    equal = monitor(rules, events=100, look=1, z=1.0).outlooks
    unequal = monitor(rules, events=100, look=1, z=1.0, share=54 / 158).outlooks
    assert equal is not None
    assert unequal is not None
    assert (unequal[0].design.value or 0) < (equal[0].design.value or 0)


def test_the_last_look_has_no_outlook_and_one_that_overshoots_spends_what_is_left() -> None:
    found = monitor(RULES, events=210, held=[HeldLook(1, 0.5, 0.1), HeldLook(2, 0.75, 0.2)], look=3, z=2.0)
    assert found.outlooks is None
    assert 2.014 < (found.looks[2].bound or 0) < 2.03  # less alike than at fraction 1, so a little higher
    assert found.looks[2].crossed == 0


def test_a_look_is_due_from_its_events_on() -> None:
    assert [is_due(RULES, 1, events) for events in (99, 100, 101)] == [False, True, True]


def test_z_is_positive_where_the_second_group_has_fewer_events_than_expected() -> None:
    time = np.array([1, 2, 3, 4, 10, 11, 12, 13])
    test = logrank(time, np.ones(8), ["A"] * 4 + ["B"] * 4)
    found = z_of(test)
    assert found is not None
    assert found > 0
    assert math.isclose(found**2, test.test.statistic or 0)
    assert z_of(logrank([1, 2], [0, 0], ["A", "B"])) is None

"""Deviates, funnel limits, quartiles and standardised differences against R 4.2.2 (base).

Deviates: qnorm(ppois(o - 1, m) + dpois(o, m) / 2), qnorm(pbinom(k - 1, n, p) + dbinom(k, n, p) / 2). Limits: approx()
of the same probability over whole counts at pnorm(-2) and pnorm(2). Quartiles: quantile(), type 7. Differences: the
formula over mean(), var().
"""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from milepost.core.baseline_summary import difference_of_means, difference_of_shares, quantile
from milepost.core.censored_values import Interval
from milepost.core.site_funnel import funnel_limits, rate_deviate, share_deviate


@pytest.mark.parametrize(
    ("events", "expected", "z"),
    [
        (0, 3.0, -1.9617888842145),
        (0, 3.2, -2.0459407140539),
        (15, 30, -2.9815254380663),
        (30, 30, 0.0301699659589),
        (50, 30, 3.3470025991324),
        (7, 2.5, 2.3567831613383),
    ],
)
def test_a_count_lies_as_far_from_the_expected_one_as_r_has_it(
    events: int, expected: float, z: float
) -> None:
    assert rate_deviate(events, expected).z == pytest.approx(z, abs=1e-9)


@pytest.mark.parametrize(
    ("k", "n", "share", "z"),
    [
        (0, 20, 0.1, -1.54818960002),
        (9, 20, 0.1, 3.98666180201),
        (3, 60, 0.1, -1.30926780497),
        (20, 20, 0.9, 1.54818960002),
        (137, 1803, 0.053844, 3.94451919549),
    ],
)
def test_a_share_lies_as_far_from_the_expected_one_as_r_has_it(
    k: int, n: int, share: float, z: float
) -> None:
    assert share_deviate(k, n, share).z == pytest.approx(z, abs=1e-8)


def test_the_curves_of_the_funnel_are_those_of_r() -> None:
    low, high = funnel_limits([10, 100], 2)
    assert low == pytest.approx([4.10416800509, 80.46489748346], abs=1e-6)
    assert high == pytest.approx([16.87867956860, 120.53160051592], abs=1e-6)


def test_quartiles_are_those_of_r() -> None:
    values = [Interval(Decimal(text), Decimal(text)) for text in ("9.5", "3.1", "77", "8", "5", "40", "12")]
    for share, expected in ((0.0, 3.1), (0.25, 6.5), (0.5, 9.5), (0.75, 26.0), (1.0, 77.0)):
        assert quantile(values, share) == pytest.approx((expected, expected))


def test_standardised_differences_are_those_of_r() -> None:
    assert difference_of_means([55, 58, 73, 64], [50, 61, 47, 70, 66]) == pytest.approx(0.410225776203)
    assert difference_of_shares(6, 10, 3, 12) == pytest.approx(0.75703329861)


def test_a_limit_is_where_the_deviate_is_and_patients_who_differ_widen_it() -> None:
    _, high = funnel_limits([30.0], 2, dispersion=2.25)
    beyond, within = math.ceil(high[0]), math.floor(high[0])
    assert rate_deviate(within, 30.0, 2.25).z <= 2 < rate_deviate(beyond, 30.0, 2.25).z
    # exact z of 50 events where 30 are expected, by R; the root of 2.25 is 1.5
    assert rate_deviate(50, 30, 2.25).z == pytest.approx(3.3470025991324 / 1.5)

"""How estimates of efficacy are written: months, shares and ratios with their limits, or why there is none."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

from milepost.core.group_response import Share
from milepost.core.limits import Estimate, Significance
from milepost.core.survival import Rate as SurvivalRate
from milepost.core.survival_data import DAYS_IN_MONTH
from milepost.core.survival_estimate import NO_LIMITS
from milepost.reports import words
from milepost.reports.drawing import text_width
from milepost.reports.ledger import ten_digits
from milepost.reports.proportions import FEWEST_FOR_PERCENT, Rate

NOT_REACHED = "not reached"
NOT_ESTIMABLE = "not estimable"
_MONTH = Decimal(str(DAYS_IN_MONTH))


def months(days: float) -> str:
    """9.8: days as months of 30.4375 days, one decimal."""
    return f"{words.one_decimal(_exact(days) / _MONTH):f}"


def time_text(estimate: Estimate) -> str:
    """9.8 (7.1–14.2): a time in days, told in months; an end that is not reached is said."""
    if estimate.value is None:
        return _without(estimate)
    if estimate.lo is None and estimate.hi is None:
        return f"{months(estimate.value)} (limits not reached)"
    low, high = (NOT_REACHED if limit is None else months(limit) for limit in (estimate.lo, estimate.hi))
    return f"{months(estimate.value)} ({low}{words.DASH}{high})"


def difference_in_months(estimate: Estimate) -> str:
    """+0.9 (−0.7 to 2.4): a difference of times, in months."""
    if estimate.value is None:
        return _without(estimate)
    value, low, high = (
        None if number is None else words.signed(words.one_decimal(_exact(number) / _MONTH))
        for number in (estimate.value, estimate.lo, estimate.hi)
    )
    return f"{value}" if low is None or high is None else f"{value} ({low} to {high})"


def difference_in_points(estimate: Estimate) -> str:
    """−4.2 (−13.1 to 8.8): a difference of shares, in percentage points."""
    if estimate.value is None or estimate.lo is None or estimate.hi is None:
        return _without(estimate)
    value, low, high = (
        words.signed(words.one_decimal(100 * _exact(n))) for n in (estimate.value, estimate.lo, estimate.hi)
    )
    return f"{value} ({low} to {high})"


def ratio_text(estimate: Estimate) -> str:
    """0.72 (0.33–1.58): a ratio with two decimals, three figures where it is small or large."""
    if estimate.value is None:
        return _without(estimate)
    low, high = (words.DASH if limit is None else ratio(limit) for limit in (estimate.lo, estimate.hi))
    return f"{ratio(estimate.value)} ({low}{words.DASH}{high})"


def ratio_said(estimate: Estimate) -> str:
    """The same within a sentence, where there is no room for a reason."""
    return ratio_text(estimate) if estimate.value is not None else NOT_ESTIMABLE


def ratio(number: float) -> str:
    """0.72, 12.9, 387, 0.014, <0.001; ∞ for no limit."""
    if math.isinf(number):
        return "∞"
    if number >= 9.995:
        return words.count(round(number)) if number >= 99.95 else f"{words.one_decimal(_exact(number)):f}"
    if 0 < number < 0.0005:
        return "<0.001"
    places = "0.01" if number >= 0.0995 or number == 0 else "0.001"
    return f"{_exact(number).quantize(Decimal(places), ROUND_HALF_UP):f}"


def percent_of(share: float) -> str:
    """63.3 %: a share between 0 and 1."""
    return words.percent(100 * _exact(share))


def share_rate(share: Share) -> Rate:
    """The share as the ledger and the rate figures take it: the same numbers, in percent."""
    estimate = share.estimate
    percent, low, high = (
        None if number is None else (100 * _exact(number)).quantize(Decimal("0.0001"))
        for number in (estimate.value, estimate.lo, estimate.hi)
    )
    return Rate(share.k, share.n, percent, low, high)


def survival_text(rate: SurvivalRate) -> str:
    """77.5 % (68.0–84.4 %): the share without event at a time; under five patients at risk in all no percentage."""
    estimate = rate.estimate
    if estimate.value is None:
        return _without(estimate)
    if estimate.n < FEWEST_FOR_PERCENT:
        return words.DASH
    text = percent_of(estimate.value)
    if estimate.lo is None or estimate.hi is None:
        return text
    return f"{text} ({words.interval(100 * _exact(estimate.lo), 100 * _exact(estimate.hi))})"


def p_text(test: Significance) -> str:
    """0.042, <0.001, or why it was not tested."""
    return p_number(test.p) if test.p is not None else (test.reason or NOT_ESTIMABLE)


def p_number(p: float | None) -> str:
    """0.042 or <0.001."""
    if p is None:
        return words.DASH
    return "<0.001" if p < 0.001 else f"{_exact(p).quantize(Decimal('0.001'), ROUND_HALF_UP):f}"


def reason_of(estimate: Estimate) -> str:
    """Why there is no value, or no limit that was to be expected; empty where nothing is missing."""
    if estimate.value is not None and estimate.reason == NO_LIMITS:
        return ""
    return estimate.reason or ""


def lower_first(text: str) -> str:
    """With a small letter, unless it begins with an abbreviation or a double name: ECOG, Child-Pugh class."""
    first = text.split(" ")[0]
    return text if first.isupper() or "-" in first else text[:1].lower() + text[1:]


def widest(texts: list[str], size: float = 13) -> float:
    """How wide the widest of these words is, in pixels."""
    return max((text_width(text, size) for text in texts), default=0.0)


def _without(estimate: Estimate) -> str:
    reason = estimate.reason or NOT_ESTIMABLE
    return NOT_ESTIMABLE if reason.startswith(NOT_ESTIMABLE) else reason


def _exact(number: float) -> Decimal:
    digits = ten_digits(number)
    assert digits is not None, "an infinite number has its own words"
    return digits

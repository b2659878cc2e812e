"""Whether a change from baseline reaches the threshold, in interval arithmetic and without rounding.

A result may be a range, so there are three answers: it does, it does not, or the ranges allow both.
Source: clinical specification sections 2.6 and 2.7.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from functools import lru_cache
from typing import Literal

from milepost.core.censored_values import EXACT, Interval

Direction = Literal["fall", "rise"]

_HUNDRED = Decimal(100)
_PERCENT = Decimal("0.01")
_FOUR_PLACES = Decimal("0.0001")
_DIVIDING = Context(prec=400, rounding=ROUND_HALF_UP)


@lru_cache(maxsize=256)
def _share_at_threshold(direction: Direction, threshold_pct: Decimal) -> Decimal:
    kept = _HUNDRED - threshold_pct if direction == "fall" else _HUNDRED + threshold_pct
    return EXACT.multiply(kept, _PERCENT)


def limit_for(base: Interval, *, direction: Direction, threshold_pct: Decimal) -> Interval:
    """The amount at which the change from `base` is exactly the threshold."""
    return base.times(_share_at_threshold(direction, threshold_pct))


def is_response(
    base: Interval, post: Interval, *, direction: Direction, threshold_pct: Decimal
) -> bool | None:
    """Whether `post` has fallen (risen) from `base` by at least the threshold; None where the ranges allow both.

    Both in one unit. A change of exactly the threshold is a response. An open bound at the very threshold
    decides: from 80000 to `>60000` is less than 25 %.
    """
    limit = limit_for(base, direction=direction, threshold_pct=threshold_pct)
    if direction == "fall":
        if base.lo > 0 and _never_above(post, limit):
            return True
        return False if _always_above(post, limit) else None
    if _never_above(limit, post):
        return True
    return False if base.lo > 0 and _always_above(limit, post) else None


def _never_above(one: Interval, other: Interval) -> bool:
    """Every value of `one` is at most every value of `other`."""
    return one.hi is not None and one.hi <= other.lo


def _always_above(one: Interval, other: Interval) -> bool:
    """Every value of `one` is greater than every value of `other`."""
    if other.hi is None:
        return False
    return one.lo > other.hi or (one.lo == other.hi and (one.lo_open or other.hi_open))


def percent_change(base: Interval, post: Interval) -> Decimal | None:
    """Change from baseline in percent, negative for a fall, to 4 places; None where either is a range."""
    if not (base.is_exact and post.is_exact) or base.lo == 0:
        return None
    return _percent(base.lo, post.lo)


def bounds_of_change(
    base: Interval, post: Interval, *, direction: Direction
) -> tuple[Decimal | None, Decimal | None]:
    """Least and greatest change in the rule's direction that the ranges allow, in percent to 4 places.

    None: without limit. A fall is positive under direction `fall`, a rise under `rise`.
    """
    exact = percent_change(base, post)
    if exact is not None:
        return (exact, exact) if direction == "rise" else (-exact, -exact)
    lowest = Decimal(-100) if base.hi is None else _percent(base.hi, post.lo) if base.hi else None
    highest = None if post.hi is None or base.lo == 0 else _percent(base.lo, post.hi)
    if direction == "rise":
        return lowest, highest
    return (None if highest is None else -highest), (None if lowest is None else -lowest)


def is_borderline(
    base: Interval, post: Interval, *, direction: Direction, band_pct: tuple[Decimal, Decimal]
) -> bool:
    """Whether the change lies in the band, ends included; exact results only."""
    if not (base.is_exact and post.is_exact) or base.lo == 0:
        return False
    ends = [limit_for(base, direction=direction, threshold_pct=end).lo for end in band_pct]
    return min(ends) <= post.lo <= max(ends)


def comparison_text(base: Interval, post: Interval, *, direction: Direction, threshold_pct: Decimal) -> str:
    """The comparison that decided, to the last digit: `300.04 > 300.00`; `?` where it is open."""
    answer = is_response(base, post, direction=direction, threshold_pct=threshold_pct)
    limit = limit_for(base, direction=direction, threshold_pct=threshold_pct)
    met, failed = ("<=", ">") if direction == "fall" else (">=", "<")
    sign = "?" if answer is None else met if answer else failed
    places = _places(post.lo if post.hi is None else post.hi)
    return f"{_interval_text(post, places)} {sign} {_interval_text(limit, places)}"


def _percent(base: Decimal, post: Decimal) -> Decimal:
    with localcontext(_DIVIDING):
        change = (EXACT.subtract(post, base) * _HUNDRED / base).quantize(_FOUR_PLACES)
    return abs(change) if change == 0 else change


def _interval_text(value: Interval, places: int) -> str:
    if value.hi is None:
        return (">" if value.lo_open else ">=") + _plain(value.lo, places)
    if not value.is_exact and value.lo == 0:
        return ("<" if value.hi_open else "<=") + _plain(value.hi, places)
    return _plain(value.lo, places)


def _places(number: Decimal) -> int:
    return max(0, -int(number.as_tuple().exponent))


def _plain(number: Decimal, places: int) -> str:
    """The exact number without exponent, with at least so many decimals."""
    text = f"{number:f}"
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0").ljust(places, "0")
    return f"{whole}.{decimals}" if decimals else whole

"""A reported result as the set of values it may stand for.

`<1.3` is not missing and not 1.3: it is every amount from 0 up to, but not including, 1.3. Which bound is open
decides verdicts, so both are kept. Source: clinical specification sections 2.6 and 3.4.
"""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, Inexact
from functools import lru_cache
from typing import NamedTuple

# Products of two reported values must come out exact: far more digits than a result text may have, and a
# trap in case that is ever wrong. Python's default of 28 digits would round without a word.
EXACT = Context(prec=600, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[Inexact])

_HALF_WIDTH = str.maketrans("０１２３４５６７８９＜＞＝．。ｅＥ＋－≦≧⩽⩾", "0123456789<>=..eE+-≤≥≤≥")
_RESULT = re.compile(r"(?P<sign><=|>=|[<>≤≥])?(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?)", re.ASCII)
_LONGEST = 60


class Interval(NamedTuple):
    """All values from `lo` to `hi` (None: without limit); `lo_open` / `hi_open`: that bound itself is left out."""

    lo: Decimal
    hi: Decimal | None
    lo_open: bool = False
    hi_open: bool = False

    @property
    def is_exact(self) -> bool:
        """One value, not a range."""
        return self.lo == self.hi

    @property
    def is_below_limit(self) -> bool:
        """Reported as `<L` or `<=L`."""
        return self.lo == 0 and self.hi is not None and not self.is_exact

    @property
    def is_above_limit(self) -> bool:
        """Reported as `>U` or `>=U`."""
        return self.hi is None

    def times(self, factor: Decimal) -> Interval:
        """The same values in another unit, exactly. Times 0 is exactly 0."""
        if factor == 1:
            return self
        if not factor:
            return Interval(Decimal(0), Decimal(0))
        lo = EXACT.multiply(self.lo, factor)
        hi = None if self.hi is None else lo if self.hi is self.lo else EXACT.multiply(self.hi, factor)
        return Interval(lo, hi, self.lo_open, self.hi_open)

    def lies_below(self, limit: Decimal) -> bool:
        """Every value it may stand for is less than `limit`."""
        return self.hi is not None and (self.hi < limit or (self.hi == limit and self.hi_open))

    def reaches(self, limit: Decimal) -> bool:
        """Every value it may stand for is at least `limit`."""
        return self.lo >= limit


@lru_cache(maxsize=65536)
def parse_result(text: str | None) -> Interval | None:
    """The interval a result text stands for; None where it is no amount.

    Accepts an optional `<`, `<=`, `>`, `>=`, `≤` or `≥`, half or full width, then a non-negative decimal, with
    an exponent as in `3.0E2` if need be; blanks are ignored. Negative numbers, words, superscripts, thousands
    separators and `<0` are no amounts.
    """
    if not text:
        return None
    plain = "".join(text.translate(_HALF_WIDTH).split())
    match = _RESULT.fullmatch(plain)
    if match is None or len(plain) > _LONGEST:
        return None
    number, zero = Decimal(match["number"]), Decimal(0)
    match match["sign"]:
        case None:
            return Interval(number, number)
        case "<":
            return Interval(zero, number, hi_open=True) if number > 0 else None
        case "<=" | "≤":
            return Interval(zero, number)
        case ">":
            return Interval(number, None, lo_open=True)
        case _:
            return Interval(number, None)

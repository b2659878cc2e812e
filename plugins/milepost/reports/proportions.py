"""A share with its exact interval: described, never tested."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from milepost.core.proportions import clopper_pearson
from milepost.reports import words

FEWEST_FOR_PERCENT = 5  # under this many patients a percent says more than is known
NOBODY = "not estimable: no patient"  # a share of nobody is no share: never 0/0


@dataclass(frozen=True)
class Rate:
    """k of n, in percent, with the exact 95 % interval (Clopper and Pearson 1934). n = 0: no share at all."""

    k: int
    n: int
    percent: Decimal | None
    low: Decimal | None
    high: Decimal | None

    @property
    def fraction(self) -> str:
        """62/98."""
        return part_text(self.k, self.n)

    @property
    def text(self) -> str:
        """63.3 % (53.0–72.8 %); under five patients only the interval; without patients why there is none."""
        if self.percent is None or self.low is None or self.high is None:
            return NOBODY
        if self.n < FEWEST_FOR_PERCENT:
            return f"interval {words.interval(self.low, self.high)}"
        return f"{words.percent(self.percent)} ({words.interval(self.low, self.high)})"

    @property
    def said(self) -> str:
        """62/98 · 63.3 % (53.0–72.8 %)."""
        return f"{self.fraction} · {self.text}" if self.n else self.text


def part_text(k: int, n: int) -> str:
    """62/98; a dash where there is nobody to be a part of."""
    return f"{words.count(k)}/{words.count(n)}" if n else words.DASH


def exact_rate(k: int, n: int) -> Rate:
    """The share k of n with its two-sided exact 95 % interval. Percentages, four decimals."""
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is no share")
    if n == 0:
        return Rate(k, n, None, None, None)
    limits = clopper_pearson(k, n)
    share = (Decimal(100 * k) / Decimal(n)).quantize(Decimal("0.0001"))
    return Rate(k, n, share, _percent(limits.lo), _percent(limits.hi))


def _percent(share: float | None) -> Decimal | None:
    return None if share is None else Decimal(f"{100 * share:.4f}")

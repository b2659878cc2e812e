"""An estimate with its limits, the answer of a test, and a chance: three shapes in which statistics leave the core.

What cannot be estimated is an answer with a reason, not an error and not a number that means nothing. An open end is
written as an infinite limit (`math.inf`), so that it is not taken for one that is missing.
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import ndtri


@dataclass(frozen=True)
class Estimate:
    """A value with its confidence limits (level 0.95: 95 %), from n patients; None and a reason where there is none."""

    value: float | None
    lo: float | None
    hi: float | None
    level: float
    n: int
    method: str
    reason: str | None = None


@dataclass(frozen=True)
class Significance:
    """The p-value of a named test; statistic and degrees of freedom where the test has them."""

    p: float | None
    statistic: float | None
    df: int | None
    n: int
    method: str
    reason: str | None = None


@dataclass(frozen=True)
class Chance:
    """A probability that is itself the answer (conditional power, posterior probability), without limits."""

    value: float | None
    method: str
    reason: str | None = None


def not_estimable(reason: str, *, level: float, n: int, method: str) -> Estimate:
    """The estimate that is none, and why."""
    return Estimate(None, None, None, level, n, method, reason)


def not_tested(reason: str, *, n: int, method: str) -> Significance:
    """The test that could not be done, and why."""
    return Significance(None, None, None, n, method, reason)


def normal_quantile(level: float) -> float:
    """1.96 for 0.95: what lies outside is shared by both sides. A level that is no share is a mistake of the caller."""
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, for example 0.95; found {level}")
    return float(ndtri((1 + level) / 2))

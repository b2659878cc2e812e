"""Shares of patients with their limits, and two arms held against each other: difference, risk ratio, odds ratio.

Arm 1 is compared with arm 2: differences are share 1 minus share 2, ratios 1 over 2. The tests of the same table stand
in `two_by_two.py`. Sources: clinical specification section 6.4 (exact limits of Clopper and Pearson); Newcombe,
Statistics in Medicine 1998;17:857 and 873 (Wilson's limits, method 10); Miettinen and Nurminen 1985;4:213.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom, binomtest

from milepost.core.limits import Estimate, Significance, normal_quantile, not_estimable, not_tested
from milepost.core.response_summary import exact_interval

Alternative = Literal["two-sided", "greater", "less"]
DifferenceMethod = Literal["newcombe", "newcombe_corrected", "miettinen_nurminen", "mee", "wald"]

CLOPPER_PEARSON = "exact (Clopper-Pearson)"
WILSON = "Wilson"
WILSON_CORRECTED = "Wilson with continuity correction"
_DIFFERENCES: dict[DifferenceMethod, str] = {
    "newcombe": "difference of shares, Newcombe's method 10 (Wilson limits of both arms)",
    "newcombe_corrected": "difference of shares, Newcombe's method 11 (Wilson limits with continuity correction)",
    "miettinen_nurminen": "difference of shares, Miettinen-Nurminen (score, variance times N/(N-1))",
    "mee": "difference of shares, Mee (score, without N/(N-1))",
    "wald": "difference of shares, Wald (unreliable in small arms)",
}


def what_is_wrong(events: float, n: float) -> str | None:
    """Why events of n is no share, in words; None when it is one."""
    if not (math.isfinite(events) and math.isfinite(n)) or events != int(events) or n != int(n):
        return "a count is missing or not whole"
    if events < 0 or n < 0:
        return "a count is below 0"
    if n == 0:
        return "no patient"
    return "more events than patients" if events > n else None


def clopper_pearson(events: int, n: int, *, level: float = 0.95) -> Estimate:
    """Share with limits that cover it at least as often as `level` says: the one for response and control rates."""
    normal_quantile(level)
    if wrong := what_is_wrong(events, n):
        return not_estimable(wrong, level=level, n=_count(n), method=CLOPPER_PEARSON)
    lo, hi = exact_interval(np.array([float(events)]), np.array([float(n)]), level)
    return Estimate(events / n, float(lo[0]), float(hi[0]), level, n, CLOPPER_PEARSON)


def wilson(events: int, n: int, *, level: float = 0.95, corrected: bool = False) -> Estimate:
    """Share with Wilson's score limits: covers about as often as `level` says, on average.

    corrected: with continuity correction, as R's prop.test, which corrects by no more than the share lies off one half:
    at exactly half of the patients there is none.
    """
    method = WILSON_CORRECTED if corrected else WILSON
    z = normal_quantile(level)
    if wrong := what_is_wrong(events, n):
        return not_estimable(wrong, level=level, n=_count(n), method=method)
    by = min(0.5, abs(events - n / 2)) / n if corrected else 0.0
    lo = _score_limit(max(events / n - by, 0.0), n, -z) if events else 0.0
    hi = _score_limit(min(events / n + by, 1.0), n, z) if events < n else 1.0
    return Estimate(events / n, lo, hi, level, n, method)


def exact_test(events: int, n: int, share: float, *, alternative: Alternative = "two-sided") -> Significance:
    """One arm against a fixed share (for example the response rate that would not be worth a trial), exact binomial."""
    method = f"exact binomial test against {share:g}, {alternative}"
    if wrong := what_is_wrong(events, n):
        return not_tested(wrong, n=_count(n), method=method)
    if not 0 < share < 1:
        return not_tested("the share to test against must lie between 0 and 1", n=n, method=method)
    if alternative == "greater":
        p = float(binom.sf(events - 1, n, share))
    elif alternative == "less":
        p = float(binom.cdf(events, n, share))
    else:
        p = float(binomtest(events, n, share).pvalue)
    return Significance(min(p, 1.0), None, None, n, method)


def difference(
    events1: int,
    n1: int,
    events2: int,
    n2: int,
    *,
    method: DifferenceMethod = "newcombe",
    level: float = 0.95,
) -> Estimate:
    """Share of arm 1 minus share of arm 2, with limits by the method named."""
    text, z = _DIFFERENCES[method], normal_quantile(level)
    if wrong := wrong_arms(events1, n1, events2, n2):
        return not_estimable(wrong, level=level, n=_count(n1) + _count(n2), method=text)
    p1, p2 = events1 / n1, events2 / n2
    if method == "wald":
        half = z * math.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
        lo, hi = max(p1 - p2 - half, -1.0), min(p1 - p2 + half, 1.0)
    elif method in ("newcombe", "newcombe_corrected"):
        lo, hi = _newcombe((events1, n1), (events2, n2), level, method == "newcombe_corrected")
    else:
        inflate = (n1 + n2) / (n1 + n2 - 1) if method == "miettinen_nurminen" else 1.0
        lo = -_upper_score((events2, n2), (events1, n1), z, inflate)
        hi = _upper_score((events1, n1), (events2, n2), z, inflate)
    return Estimate(p1 - p2, lo, hi, level, n1 + n2, text)


def risk_ratio(events1: int, n1: int, events2: int, n2: int, *, level: float = 0.95) -> Estimate:
    """Share 1 over share 2, limits from the normal distribution of its logarithm; none where an arm has no event."""
    method, z = "risk ratio, Wald limits on the log scale", normal_quantile(level)
    wrong = wrong_arms(events1, n1, events2, n2)
    if not wrong and 0 in (events1, events2):
        wrong = "an arm without any event"
    if not wrong and events1 == n1 and events2 == n2:
        wrong = "every patient of both arms has the event"
    if wrong:
        return not_estimable(wrong, level=level, n=_count(n1) + _count(n2), method=method)
    se = math.sqrt(1 / events1 - 1 / n1 + 1 / events2 - 1 / n2)
    return _from_log(math.log(events1 / n1) - math.log(events2 / n2), z * se, level, n1 + n2, method)


def odds_ratio(events1: int, n1: int, events2: int, n2: int, *, level: float = 0.95) -> Estimate:
    """Odds 1 over odds 2 with limits on the log scale (Woolf); none where a cell of the table is empty.

    The conditional odds ratio of `two_by_two.fisher` has exact limits also then.
    """
    method, z = "odds ratio, Wald limits on the log scale", normal_quantile(level)
    wrong = wrong_arms(events1, n1, events2, n2)
    cells = (events1, n1 - events1, events2, n2 - events2)
    if not wrong and 0 in cells:
        wrong = "a cell of the table is empty"
    if wrong:
        return not_estimable(wrong, level=level, n=_count(n1) + _count(n2), method=method)
    a, b, c, d = cells
    se = math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return _from_log(math.log(a) - math.log(b) - math.log(c) + math.log(d), z * se, level, n1 + n2, method)


def wrong_arms(events1: float, n1: float, events2: float, n2: float) -> str | None:
    """Why two arms cannot be compared: which arm, and what is wrong with it; None when they can."""
    for arm, events, n in ((1, events1, n1), (2, events2, n2)):
        if wrong := what_is_wrong(events, n):
            return f"arm {arm}: {wrong}"
    return None


def _count(n: float) -> int:
    return int(n) if math.isfinite(n) and n > 0 else 0


def _score_limit(p: float, n: int, z: float) -> float:
    """The share that lies z standard errors (its own) from p: upper limit for z above 0, else lower."""
    middle, spread = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return min(max((middle + spread) / (1 + z * z / n), 0.0), 1.0)


def _newcombe(
    arm1: tuple[int, int], arm2: tuple[int, int], level: float, corrected: bool
) -> tuple[float, float]:
    p1, lo1, hi1 = _wilson_numbers(*arm1, level, corrected)
    p2, lo2, hi2 = _wilson_numbers(*arm2, level, corrected)
    below, above = math.hypot(p1 - lo1, hi2 - p2), math.hypot(hi1 - p1, p2 - lo2)
    return max(p1 - p2 - below, -1.0), min(p1 - p2 + above, 1.0)


def _wilson_numbers(events: int, n: int, level: float, corrected: bool) -> tuple[float, float, float]:
    found = wilson(events, n, level=level, corrected=corrected)
    assert found.value is not None and found.lo is not None and found.hi is not None
    return found.value, found.lo, found.hi


def _upper_score(arm1: tuple[int, int], arm2: tuple[int, int], z: float, inflate: float) -> float:
    """The largest difference that the score test does not refuse."""
    (x1, n1), (x2, n2) = arm1, arm2
    seen = x1 / n1 - x2 / n2
    if seen >= 1:
        return 1.0

    def excess(delta: float) -> float:
        share2 = _restricted_share(x1, n1, x2, n2, delta)
        share1 = min(max(share2 + delta, 0.0), 1.0)
        variance = inflate * (share1 * (1 - share1) / n1 + share2 * (1 - share2) / n2)
        # squared distance against z squared times variance: finite where the variance is 0, at a difference of 1
        return (delta - seen) ** 2 - z * z * variance

    # at the difference seen only the variance counts; without any (no event, or only events) the root lies above it
    start = seen if excess(seen) < 0 else seen + 1e-12
    return float(brentq(excess, start, 1.0, xtol=1e-14, rtol=1e-14)) if excess(start) < 0 else seen


def _restricted_share(x1: int, n1: int, x2: int, n2: int, delta: float) -> float:
    """The most likely share of arm 2 when arm 1's is `delta` higher: closed root of the cubic, then one rule of care.

    Where two shares nearly coincide with the ends of the range the cubic loses digits; two Newton steps on the
    likelihood's slope restore them.
    """
    n, x = n1 + n2, x1 + x2
    l3, l2 = n, (n1 + 2 * n2) * delta - n - x
    l1, l0 = (n2 * delta - n - 2 * x2) * delta + x, x2 * delta * (1 - delta)
    q = l2**3 / (27 * l3**3) - l1 * l2 / (6 * l3**2) + l0 / (2 * l3)
    p = math.copysign(math.sqrt(max(l2**2 / (9 * l3**2) - l1 / (3 * l3), 0.0)), q)
    turn = q / p**3 if p else 0.0
    share = 2 * p * math.cos((math.pi + math.acos(min(max(turn, -1.0), 1.0))) / 3) - l2 / (3 * l3)
    low, high = max(0.0, -delta), min(1.0, 1.0 - delta)
    for _ in range(2):
        slope = (3 * l3 * share + 2 * l2) * share + l1
        step = (((l3 * share + l2) * share + l1) * share + l0) / slope if slope else 0.0
        if abs(step) < 1e-6:  # polish only: a larger step would lead to another root
            share -= step
    return min(max(share, low), high)


def _from_log(log_ratio: float, half: float, level: float, n: int, method: str) -> Estimate:
    return Estimate(
        math.exp(log_ratio), math.exp(log_ratio - half), math.exp(log_ratio + half), level, n, method
    )

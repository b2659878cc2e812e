"""Interim analyses: the bounds that hold at the information really there.

Bounds are in Z, positive in favour of the experimental arm, and are made anew at every look from the actual fractions:
what earlier looks have spent stays spent, the last look spends all that is left. The outlook from a look (conditional
power, futility) is in `interim_outlook.py`, Bayesian monitoring of shares in `bayesian_monitoring.py`. Source: clinical
specification section 7.3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from milepost.core.alpha_spending import FIXED, NAMES, PARAMETERS, SHAPES, Rule, spent
from milepost.core.sequential_recursion import Course, crossing

BEYOND = "more information than planned: all the error that was left is spent at this look"
LEFT_OVER = "the last look: all the error that was left is spent at less information than planned"
NOTHING_LEFT = "the error was all spent at an earlier look: nothing is left to test with"
TOO_EARLY = "so early that no result could cross: next to no error may be spent yet"


@dataclass(frozen=True)
class Look:
    """One analysis: where its bound lies. `bound` None: no bound, see `reason`; with a bound `reason` is a remark.

    nominal_p: the one-sided p-value that just reaches the bound; error: the chance under the null hypothesis of having
    crossed at this look or before (both sides together).
    """

    fraction: float
    bound: float | None
    nominal_p: float | None
    error: float | None
    reason: str | None = None


@dataclass(frozen=True)
class Boundaries:
    """The bounds of all looks given, by one rule. sided 2: the same bounds below zero. None: no looks, and why."""

    looks: tuple[Look, ...]
    alpha: float
    sided: int
    method: str
    reason: str | None = None

    @property
    def fractions(self) -> tuple[float, ...]:
        """The information fraction of each look."""
        return tuple(look.fraction for look in self.looks)

    @property
    def bounds(self) -> tuple[float, ...]:
        """The bound of each look in Z; infinite where the look has none."""
        return tuple(math.inf if look.bound is None else look.bound for look in self.looks)


def information_fractions(seen: Sequence[float], planned: float) -> tuple[float, ...]:
    """Events seen at each look over events planned for the whole trial."""
    if not planned > 0:
        raise ValueError(f"the planned information must be above 0; found {planned}")
    return tuple(events / planned for events in seen)


def boundaries(
    rule: Rule,
    fractions: Sequence[float],
    *,
    alpha: float = 0.025,
    sided: int = 1,
    parameter: float | None = None,
    last: bool = False,
) -> Boundaries:
    """The bound of each look at the information fractions really reached (events over planned events).

    alpha: the error of the whole trial; of a two-sided test half goes to either side. A look at fraction 1 or more is
    the last one and spends what is left; last=True says so of the last look given although less than planned has come.
    parameter: gamma (Hwang-Shih-DeCani), rho (Kim-DeMets), delta (Wang-Tsiatis) or the interim bound (Haybittle-Peto).
    Give earlier looks the fractions they were tested at, also where late data have changed them since. The classical
    shapes need all looks. Fractions that do not grow, or are not above 0, give no bounds but a reason.
    """
    given = PARAMETERS.get(rule, 0.0) if parameter is None else parameter
    method = f"{NAMES[rule].format(parameter=given)}, {'one' if sided == 1 else 'two'}-sided {alpha:g}"
    if sided not in (1, 2):
        raise ValueError(f"a test has one side or two; found {sided}")
    if not 0 < alpha < (0.5 if sided == 1 else 1):
        raise ValueError(f"an error of {alpha} cannot be planned with; give for example 0.025")
    if wrong := _wrong_fractions(fractions):
        return Boundaries((), alpha, sided, method, wrong)
    ends = last or fractions[-1] >= 1
    if rule in SHAPES:
        if not ends:
            return Boundaries((), alpha, sided, method, "these bounds need all looks up to the last one")
        looks = _shaped(fractions, alpha, sided, {"obrien_fleming": 0.0, "pocock": 0.5}.get(rule, given))
    else:
        looks = _recursive(rule, fractions, alpha, sided, given, ends)
    return Boundaries(tuple(looks), alpha, sided, method)


def power_by_look(plan: Boundaries, drift: float) -> tuple[float, ...]:
    """The chance of having crossed the upper bound by each look. drift: the expected Z at fraction 1."""
    lower = [-bound for bound in plan.bounds] if plan.sided == 2 else None
    return crossing(plan.fractions, plan.bounds, lower=lower, drift=drift)[0]


def schoenfeld_events(
    hazard_ratio: float, *, power: float = 0.8, alpha: float = 0.05, sided: int = 2, ratio: float = 1.0
) -> int | None:
    """Events that a log-rank test needs (Schoenfeld 1981), rounded up. ratio: patients in arm 1 for each in arm 2.

    None where the hazard ratio is 1 (no number of events is enough) or not above 0.
    """
    if hazard_ratio <= 0 or hazard_ratio == 1:
        return None
    share = ratio / (1 + ratio)
    z = -float(ndtri(alpha / sided)) + float(ndtri(power))
    return math.ceil(z**2 / (share * (1 - share) * math.log(hazard_ratio) ** 2) - 1e-9)


def _wrong_fractions(fractions: Sequence[float]) -> str | None:
    if not len(fractions):
        return "no look"
    if not all(math.isfinite(fraction) and fraction > 0 for fraction in fractions):
        return "an information fraction is missing or not above 0"
    if any(later <= before for before, later in zip(fractions, fractions[1:], strict=False)):
        return "the information does not grow from look to look"
    return None


def _recursive(
    rule: Rule, fractions: Sequence[float], alpha: float, sided: int, parameter: float, ends: bool
) -> list[Look]:
    """Spending rules and Haybittle-Peto: each bound from those before it."""
    side, course, used = alpha / sided, Course(), 0.0
    looks: list[Look] = []
    over = False
    for index, fraction in enumerate(fractions):
        if over:
            looks.append(Look(fraction, None, None, used * sided, NOTHING_LEFT))
            continue
        final = fraction >= 1 or (ends and index + 1 == len(fractions))
        fixed = rule in FIXED and not final
        if fixed:
            bound = parameter
            used += course.above(fraction, bound)
        else:
            share = side if final else spent(rule, fraction, side, parameter)
            bound = course.bound(fraction, share - used)
            used = max(share, used)
        reason = None
        if final and fraction > 1:
            reason = BEYOND
        elif final and fraction < 1:
            reason = LEFT_OVER
        if math.isinf(bound):
            looks.append(Look(fraction, None, None, used * sided, NOTHING_LEFT if final else TOO_EARLY))
        else:
            looks.append(Look(fraction, bound, float(ndtr(-bound)), used * sided, reason))
        over = final
        if not final and index + 1 < len(fractions):
            course.go_on(fraction, -bound if sided == 2 else -math.inf, bound, fractions[index + 1])
    return looks


def _shaped(fractions: Sequence[float], alpha: float, sided: int, delta: float) -> list[Look]:
    """Bounds c (t / t_last)^(delta - 1/2), c such that the whole error is alpha."""
    shape = [(fraction / fractions[-1]) ** (delta - 0.5) for fraction in fractions]

    def errors(height: float) -> tuple[float, ...]:
        bounds = [height * part for part in shape]
        up, down = crossing(fractions, bounds, lower=[-z for z in bounds] if sided == 2 else None)
        return tuple(above + below for above, below in zip(up, down, strict=True))

    height = float(brentq(lambda height: errors(height)[-1] - alpha, 0.01, 12.0, xtol=1e-10))
    found = zip(fractions, shape, errors(height), strict=True)
    return [Look(t, height * part, float(ndtr(-height * part)), error) for t, part, error in found]

"""Response and toxicity watched continuously: what is believed of a share after each patient (beta-binomial).

A prior Beta(a, b) weighs as much as a + b patients, a of them with the event. Looking often costs nothing here, but
neither is the error of the first kind held: rules are described by what they do, not by a p-value. Source: clinical
specification section 7.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincc, betaincinv
from scipy.stats import betabinom

from milepost.core.limits import Chance, Estimate, normal_quantile, not_estimable
from milepost.core.proportions import what_is_wrong

Prior = tuple[float, float]
RESPONSE_PRIOR: Prior = (0.1, 0.9)
TOXICITY_PRIOR: Prior = (0.3, 0.7)


@dataclass(frozen=True)
class ToxicityRule:
    """Stop when the share with the toxicity is above `share` with more than this certainty."""

    share: float = 0.30
    certainty: float = 0.90
    prior: Prior = TOXICITY_PRIOR


@dataclass(frozen=True)
class ToxicityVerdict:
    """How sure it is that the toxicity is too frequent; stop None: not known. limit: fewest patients that stop."""

    chance: Chance
    stop: bool | None
    limit: int | None


def posterior(events: int, n: int, *, prior: Prior = RESPONSE_PRIOR, level: float = 0.95) -> Estimate:
    """The mean of what is believed of the share, with its equal-tailed credible interval."""
    method = f"posterior mean, prior Beta({prior[0]:g}, {prior[1]:g}), equal-tailed credible interval"
    normal_quantile(level)
    if wrong := _wrong(events, n, prior):
        return not_estimable(wrong, level=level, n=0, method=method)
    a, b = prior[0] + events, prior[1] + n - events
    lo, hi = (float(betaincinv(a, b, tail)) for tail in ((1 - level) / 2, (1 + level) / 2))
    return Estimate(a / (a + b), lo, hi, level, n, method)


def chance_above(events: int, n: int, share: float, *, prior: Prior = RESPONSE_PRIOR) -> Chance:
    """Pr(true share > share) after events of n. Without patients it is what the prior says."""
    method = f"Pr(share > {share:g}), prior Beta({prior[0]:g}, {prior[1]:g})"
    wrong = _wrong(events, n, prior)
    if not wrong and not 0 <= share <= 1:
        wrong = "a share lies between 0 and 1"
    if wrong:
        return Chance(None, method, wrong)
    return Chance(float(betaincc(prior[0] + events, prior[1] + n - events, share)), method)


def chance_of_success(
    events: int, n: int, planned: int, share: float, certainty: float, *, prior: Prior = RESPONSE_PRIOR
) -> Chance:
    """The chance that, once all `planned` patients are seen, Pr(true share > share) will exceed `certainty`."""
    method = f"chance that Pr(share > {share:g}) > {certainty:g} with {planned} patients"
    now = chance_above(events, n, share, prior=prior)
    if now.value is None:
        return Chance(None, method, now.reason)
    if planned < n:
        return Chance(None, method, "more patients seen than planned")
    left = planned - n
    further = np.arange(left + 1)
    a, b = prior[0] + events, prior[1] + n - events
    reached = betaincc(a + further, b + left - further, share) > certainty
    return Chance(float(betabinom.pmf(further[reached], left, a, b).sum()), method)


def judge_toxicity(events: int, n: int, rule: ToxicityRule | None = None) -> ToxicityVerdict:
    """Whether so many patients with the toxicity among those judged stop the trial."""
    rule = rule or ToxicityRule()
    chance = chance_above(events, n, rule.share, prior=rule.prior)
    if chance.value is None:
        return ToxicityVerdict(chance, None, None)
    return ToxicityVerdict(chance, n > 0 and chance.value > rule.certainty, toxicity_limit(n, rule))


def toxicity_limit(n: int, rule: ToxicityRule | None = None) -> int | None:
    """The fewest patients with the toxicity, of n, that stop; None where even all of them would not, or n is 0."""
    rule = rule or ToxicityRule()
    if n < 1 or _wrong(0, n, rule.prior):
        return None
    events = np.arange(n + 1)
    stops = betaincc(rule.prior[0] + events, rule.prior[1] + n - events, rule.share) > rule.certainty
    return int(events[stops][0]) if stops.any() else None


def toxicity_limits(ns: Sequence[int], rule: ToxicityRule | None = None) -> dict[int, int | None]:
    """The table for the protocol: at each number of patients, how many with the toxicity stop."""
    return {n: toxicity_limit(n, rule) for n in ns}


def _wrong(events: float, n: float, prior: Prior) -> str | None:
    if not (prior[0] > 0 and prior[1] > 0):
        return "both numbers of the prior must be above 0"
    wrong = what_is_wrong(events, n)
    return None if n == 0 and events == 0 else wrong

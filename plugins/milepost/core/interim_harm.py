"""Does the experimental arm cost lives: a bound for harm in overall survival at the looks the protocol names.

Survival is watched as a safety endpoint also where it is not the primary one. At each look a share of `harm_alpha` is
spent in the wrong direction, as alpha is in the right one: with no difference between the arms the chance of ever being
told of harm is harm_alpha. It is spent early (Pocock type), for harm must be seen early, and generously (0.1), for
missing it is worse than asking in vain. The bound is not binding and changes no bound for efficacy: who crosses it is
told to look at survival and safety together, not to stop.

Source: clinical specification section 7.3; FDA, Approaches to Assessment of Overall Survival in Oncology Clinical
Trials, draft of August 2025; the harm bound of gsDesign (spending under the null hypothesis).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scipy.special import ndtr

from milepost.core.alpha_spending import Rule
from milepost.core.interim_analysis import Boundaries, Look, boundaries
from milepost.core.limits import Chance
from milepost.core.survival_estimate import NO_SPREAD, SurvivalEstimate

HARM_ALPHA: Final = 0.1
NO_STATISTIC: Final = "there is no test statistic"


@dataclass(frozen=True)
class Harm:
    """What one look says of harm. `bounds` of all looks so far, as Z in the direction of harm.

    `crossed`: Z lies at least as far in the wrong direction as the bound of this look; None, with `reason`, where there
    is no bound or no Z. `ratio_bound`: the hazard ratio that would just cross, with the standard error of the ratio
    seen. `worse`: the chance that the true ratio is above `margin`, no ratio being more likely than another beforehand.
    """

    look: Look | None
    bounds: Boundaries
    z: float | None
    crossed: bool | None
    ratio_bound: float | None
    worse: Chance
    margin: float
    reason: str | None = None


def death_fractions(deaths: Sequence[int | None], planned: int | None) -> tuple[float, ...]:
    """The information on survival at each look so far, the last of `deaths` being the look held now: deaths over deaths
    planned, whatever the endpoint of the looks is.

    An earlier look that had brought no further death spent nothing and is passed over. A number that is not known
    (None) gives no fraction (NaN), and so no bound.
    """

    def fraction(counted: int | None) -> float:
        return math.nan if counted is None or planned is None else counted / planned

    *before, now = map(fraction, deaths)
    kept: list[float] = []
    for one in before:
        if not one <= (kept[-1] if kept else 0.0):
            kept.append(one)
    return (*kept, now)


def judge_harm(
    z: float | None,
    fractions: Sequence[float],
    hazard_ratio: SurvivalEstimate,
    *,
    harm_alpha: float = HARM_ALPHA,
    rule: Rule = "pocock_spending",
    parameter: float | None = None,
    last: bool = False,
    margin: float = 1.0,
) -> Harm:
    """Harm at the last of the looks given by their information fractions (deaths over deaths planned).

    z: of the log-rank test of survival, positive in favour of the experimental arm. hazard_ratio: of that arm against
    the other. rule, parameter, last: as for `boundaries`.
    """
    bounds = boundaries(rule, fractions, alpha=harm_alpha, sided=1, parameter=parameter, last=last)
    worse = chance_worse(hazard_ratio, margin=margin)
    look = bounds.looks[-1] if bounds.looks else None
    bound = look.bound if look else None
    if look is None or bound is None:
        why = look.reason if look else bounds.reason
        return Harm(look, bounds, z, None, None, worse, margin, why)
    ratio_bound = math.exp(bound * hazard_ratio.se) if hazard_ratio.se else None
    if z is None or not math.isfinite(z):
        return Harm(look, bounds, None, None, ratio_bound, worse, margin, NO_STATISTIC)
    return Harm(look, bounds, z, -z >= bound, ratio_bound, worse, margin)


def chance_worse(hazard_ratio: SurvivalEstimate, *, margin: float = 1.0) -> Chance:
    """Pr(true hazard ratio > margin): the ratio's logarithm is normal about the one seen, under a flat prior."""
    method = f"Pr(hazard ratio > {margin:g}), flat prior on its logarithm"
    if not margin > 0:
        return Chance(None, method, "a hazard ratio to compare with lies above 0")
    if hazard_ratio.value is None or not hazard_ratio.value > 0 or not hazard_ratio.se:
        return Chance(None, method, hazard_ratio.reason or NO_SPREAD)
    away = (math.log(hazard_ratio.value) - math.log(margin)) / hazard_ratio.se
    return Chance(float(ndtr(away)), method)

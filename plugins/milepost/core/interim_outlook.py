"""What the end of the trial may bring, seen from an interim look: conditional and predictive power, futility.

Z is positive in favour of the experimental arm, drift is the expected Z at information fraction 1. Futility is never
binding: the bounds for efficacy (`interim_analysis.py`) are made as if nobody stopped for it, so going on against the
advice costs no error of the first kind. Source: clinical specification section 7.3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import ndtr, ndtri

from milepost.core.limits import Chance
from milepost.core.sequential_recursion import crossing

FUTILE_BELOW = 0.2


@dataclass(frozen=True)
class Outlook:
    """The power that is left, if from now on there is no effect, the effect seen, or the effect planned with.

    futile: under the planned effect the conditional power is below `futile_below`; advice only. None: not known.
    """

    null: Chance
    trend: Chance
    design: Chance
    predictive: Chance
    futile: bool | None
    futile_below: float
    futility_bound: float | None


def conditional_power(
    z: float,
    fraction: float,
    *,
    final_z: float,
    drift: float | None = None,
    final_fraction: float = 1.0,
    later: Sequence[tuple[float, float]] = (),
) -> Chance:
    """The chance to cross the final bound, given Z now: 1 - Phi((final_z - Z sqrt(t) - drift (1 - t)) / sqrt(1 - t)).

    drift None: the trend seen, Z / sqrt(t); 0: no effect from now on; else the effect planned with. later: fraction and
    bound of the interim looks still to come; then the chance to cross at any of them or at the end.
    """
    seen = "the trend seen" if drift is None else "no effect" if drift == 0 else f"a drift of {drift:g}"
    method = f"conditional power under {seen}"
    ahead = [*later, (final_fraction, final_z)]
    if wrong := _wrong(z, fraction, [at for at, _ in ahead]):
        return Chance(None, method, wrong)
    b = z * math.sqrt(fraction)
    onward = b / fraction if drift is None else drift
    steps = [at - fraction for at, _ in ahead]
    bounds = [
        (bound * math.sqrt(at) - b) / math.sqrt(step) for (at, bound), step in zip(ahead, steps, strict=True)
    ]
    return Chance(crossing(steps, bounds, drift=onward)[0][-1], method)


def predictive_power(
    z: float,
    fraction: float,
    *,
    final_z: float,
    final_fraction: float = 1.0,
    prior_drift: float = 0.0,
    prior_information: float = 0.0,
) -> Chance:
    """Conditional power averaged over what is believed of the effect after the data seen.

    The prior is normal with mean prior_drift and the weight of a trial of information fraction prior_information; 0:
    flat, nothing is known but the data.
    """
    prior = "flat prior" if prior_information == 0 else f"prior {prior_drift:g}, weight {prior_information:g}"
    method = f"predictive power, {prior}"
    wrong = _wrong(z, fraction, [final_fraction])
    if not wrong and not prior_information >= 0:
        wrong = "the weight of the prior is below 0"
    if wrong:
        return Chance(None, method, wrong)
    b, rest, known = z * math.sqrt(fraction), final_fraction - fraction, fraction + prior_information
    drift = (b + prior_information * prior_drift) / known
    spread = math.sqrt(rest + rest**2 / known)
    return Chance(float(ndtr((b + drift * rest - final_z * math.sqrt(final_fraction)) / spread)), method)


def futility_bound(
    fraction: float,
    *,
    final_z: float,
    design_drift: float,
    final_fraction: float = 1.0,
    futile_below: float = FUTILE_BELOW,
) -> float | None:
    """The Z at which the conditional power under the planned effect is exactly `futile_below`; None at the end."""
    if _wrong(0.0, fraction, [final_fraction]):
        return None
    rest = final_fraction - fraction
    needed = (
        final_z * math.sqrt(final_fraction)
        - design_drift * rest
        + float(ndtri(futile_below)) * math.sqrt(rest)
    )
    return needed / math.sqrt(fraction)


def outlook(
    z: float,
    fraction: float,
    *,
    final_z: float,
    design_drift: float,
    final_fraction: float = 1.0,
    later: Sequence[tuple[float, float]] = (),
    futile_below: float = FUTILE_BELOW,
) -> Outlook:
    """Everything that is said about the end at one look. Futility is judged on the final analysis alone."""

    def under(drift: float | None) -> Chance:
        return conditional_power(
            z, fraction, final_z=final_z, drift=drift, final_fraction=final_fraction, later=later
        )

    at_the_end = conditional_power(
        z, fraction, final_z=final_z, drift=design_drift, final_fraction=final_fraction
    )
    futile = None if at_the_end.value is None else at_the_end.value < futile_below
    bound = futility_bound(
        fraction, final_z=final_z, design_drift=design_drift, final_fraction=final_fraction,
        futile_below=futile_below,
    )  # fmt: skip
    return Outlook(
        under(0.0), under(None), under(design_drift),
        predictive_power(z, fraction, final_z=final_z, final_fraction=final_fraction), futile, futile_below, bound,
    )  # fmt: skip


def _wrong(z: float, fraction: float, ahead: Sequence[float]) -> str | None:
    if not math.isfinite(z):
        return "there is no test statistic"
    if not (math.isfinite(fraction) and fraction > 0):
        return "no information yet"
    if fraction >= ahead[-1]:
        return "the information planned is there: nothing is left to predict"
    if ahead[0] <= fraction or any(b <= a for a, b in zip(ahead, ahead[1:], strict=False)):
        return "the looks to come do not follow each other"
    return None

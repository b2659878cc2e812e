"""What is said between the looks: conditional and predictive power, and what is believed of a share (Bayes).

Source: clinical specification section 7.3. Z is positive in favour of the comparison arm; drift is the Z expected at
full information.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from milepost.core.bayesian_monitoring import (
    RESPONSE_PRIOR,
    ToxicityRule,
    chance_above,
    chance_of_success,
    posterior,
    toxicity_limit,
)
from milepost.core.estimates.answers import Answer, estimate
from milepost.core.estimates.spec import Number, Positive, Share, Spec, Whole
from milepost.core.estimates.table import Table
from milepost.core.interim_outlook import FUTILE_BELOW, conditional_power, outlook
from milepost.core.limits import Chance

Prior = tuple[Positive, Positive]


class ConditionalPower(Spec):
    """z at information fraction t, the bound of the end, and the drift planned with."""

    other_names: ClassVar[Mapping[str, str]] = {
        "fraction": "t", "info": "t", "z_final": "final_z", "zf": "final_z", "final_bound": "final_z", "theta": "drift",
        "design_drift": "drift", "t_final": "final_t", "z_interim": "z", "futility": "futile_below",
    }  # fmt: skip

    z: Number
    t: Positive
    final_z: Number
    final_t: Positive = 1.0
    drift: Number | None = None
    later: tuple[tuple[Number, Number], ...] = ()
    futile_below: Share = FUTILE_BELOW


class Bayes(Spec):
    """Events of n, the prior Beta(a, b), the share asked about, and how sure one wants to be."""

    other_names: ClassVar[Mapping[str, str]] = {
        "x": "events", "responders": "events", "share": "above", "p0": "above", "threshold": "above",
    }  # fmt: skip

    events: Whole
    n: Whole
    prior: Prior = RESPONSE_PRIOR
    above: Annotated[Number, Field(ge=0, le=1)] = 0.10
    certainty: Share = 0.90
    planned: Whole | None = None


def estimate_conditional_power(spec: ConditionalPower, table: Table) -> Answer:
    """The power left if from now on there is no effect, the effect seen, or the effect planned with."""
    where: dict[str, Any] = {"final_z": spec.final_z, "final_fraction": spec.final_t, "later": spec.later}
    answer: Answer = {"z": spec.z, "t": spec.t, "final_z": spec.final_z, "drift": spec.drift}
    seen = outlook(spec.z, spec.t, design_drift=spec.drift or 0.0, futile_below=spec.futile_below, **where)
    answer |= _chance("trend", conditional_power(spec.z, spec.t, **where)) | _chance("null", seen.null)
    if spec.drift is not None:
        answer |= _chance("design", seen.design)
        answer |= {"futile": seen.futile, "futility_bound_z": seen.futility_bound}
    return answer | _chance("predictive", seen.predictive)


def estimate_bayes(spec: Bayes, table: Table) -> Answer:
    """The posterior of a share, the chance that it is above `above`, and (toxicity) from how many patients on that is
    surer than `certainty`."""
    a, b = spec.prior
    answer: Answer = {"events": spec.events, "n": spec.n, "prior": [a, b]}
    answer["posterior_mean"] = estimate(posterior(spec.events, spec.n, prior=spec.prior))
    answer |= {"above": spec.above, "certainty": spec.certainty}
    answer |= _chance("pr_above", chance_above(spec.events, spec.n, spec.above, prior=spec.prior))
    answer["fewest_events_surer"] = toxicity_limit(
        spec.n, ToxicityRule(spec.above, spec.certainty, spec.prior)
    )
    if spec.planned is not None:
        success = chance_of_success(
            spec.events, spec.n, spec.planned, spec.above, spec.certainty, prior=spec.prior
        )
        answer |= _chance("pr_success_at_planned", success)
    return answer


def _chance(name: str, found: Chance) -> Answer:
    return {name: found.value} if found.reason is None else {name: None, f"{name}_reason": found.reason}

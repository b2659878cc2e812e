"""The Kaplan-Meier curve of one group as a branch of an answer: quantiles, rates and numbers at risk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from milepost.core.estimates.answers import Answer, estimate, with_reason
from milepost.core.survival import (
    Curve,
    Interval,
    counts_at,
    follow_up,
    kaplan_meier,
    median,
    quantile,
    survival_at,
)
from milepost.core.survival_data import Bools, Floats

INTERVALS: Final[dict[str, Interval]] = {"loglog": "log-log", "plain": "plain", "log": "log"}
_SHARES = {"q25": 0.25, "median": 0.5, "q75": 0.75}


def describe_curve(
    time: Floats, event: Bools, *, rates_at: Sequence[float], at_risk_at: Sequence[float]
) -> Answer:
    """Patients, events, quartiles and rates by each kind of limits, the median by both rules, the rows under the curve,
    the median follow-up (reverse Kaplan-Meier)."""
    answer: Answer = {}
    for name, interval in INTERVALS.items():
        curve = kaplan_meier(time, event, interval=interval)
        if not answer:
            answer = {"n": curve.n, "events": curve.n_events}
        answer[f"quantiles_{name}"] = {share: estimate(quantile(curve, at)) for share, at in _SHARES.items()}
        answer[f"surv_at_{name}"] = _rates(curve, rates_at)
    first = median(curve, rule="first")
    answer["median_first_time_S_le_half"] = first.value
    answer["at_risk"] = [
        {"time": row.time, "n_risk": row.at_risk, "cum_events": row.events, "cum_censored": row.censored}
        for row in counts_at(curve, at_risk_at)
    ]
    answer["follow_up_reverse_km"] = estimate(follow_up(time, event))
    return answer


def _rates(curve: Curve, times: Sequence[float]) -> list[Answer]:
    found = []
    for rate in survival_at(curve, times):
        one = rate.estimate
        answer = {
            "time": rate.time, "surv": one.value, "se": one.se, "lo": one.lo, "hi": one.hi, "n_risk": rate.at_risk,
        }  # fmt: skip
        found.append(with_reason(answer, one.reason or one.caution))
    return found

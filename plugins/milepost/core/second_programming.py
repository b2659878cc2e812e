"""The headline estimates once more, by programs that are not ours: lifelines for survival, scipy for shares.

Each function takes the raw columns and the estimate as the report shows it, computes it independently and tells whether
both agree. Known differences of definition are removed first: medians are compared by the rule both know ("first", the
first time with the curve at or below one half), limits only where we define them. lifelines has no stratified log-rank
test; there its event tables are used. Its Cox fit is given whole days only (with other times it takes minutes).

Nothing is raised: what cannot be compared says why. lifelines is loaded at the first use, because loading it takes
seconds. Source: clinical specification section 6.7; options of lifelines as measured against R.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Sequence
from functools import cache, lru_cache, partial
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import binomtest, chi2

from milepost.core.limits import Estimate
from milepost.core.logrank import LogRank
from milepost.core.number_agreement import Agreement, compare_numbers
from milepost.core.survival import Rate
from milepost.core.survival_estimate import NOT_REACHED, SurvivalEstimate

LIFELINES: Final = "lifelines"
SCIPY: Final = "scipy"
NOT_WHOLE_DAYS: Final = "times that are no whole days are not given to the second program"
# By its own r_precision of 1e-9 lifelines stops too early.
_TIGHT = {"step_size": 1.0, "r_precision": 1e-14, "precision": 1e-12}
_FLAT = 1.5e-8  # a curve this little above one half is at one half

Labels = ArrayLike | Sequence[Any]
Numbers = dict[str, float | None]


def check_rates(id_: str, rates: Sequence[Rate], time: ArrayLike, event: ArrayLike) -> list[Agreement]:
    """The proportions without event at the times reported, with their log-log limits."""

    def at(when: float) -> Numbers:
        curve = _curve(time, event, rates[0].estimate.level)
        limits = curve.confidence_interval_
        lo, hi = limits[limits.index <= when].iloc[-1]
        return {"value": float(curve.predict(when)), "lo": float(lo), "hi": float(hi)}

    return [
        found
        for rate in rates
        for found in _three(f"{id_} at {rate.time:g}", rate.estimate, partial(at, rate.time), LIFELINES)
    ]


def check_median(id_: str, first: SurvivalEstimate, time: ArrayLike, event: ArrayLike) -> Agreement:
    """The median by the rule "first". Not reached by either is agreement."""

    def again() -> float | None:
        curve = _curve(time, event, first.level).survival_function_.iloc[:, 0]
        low = curve[curve <= 0.5 + _FLAT]
        return float(low.index[0]) if len(low) else None

    return compare_numbers(
        id_, first.value, again, program=LIFELINES, reason=first.reason,
        absence_agrees=first.reason == NOT_REACHED,
    )  # fmt: skip


def check_restricted_mean(
    id_: str, ours: SurvivalEstimate, time: ArrayLike, event: ArrayLike, horizon: float
) -> Agreement:
    """The restricted mean up to `horizon`: its value (what lifelines calls its variance is the patients' spread)."""

    def again() -> float:
        from lifelines.utils import restricted_mean_survival_time

        return float(restricted_mean_survival_time(_curve(time, event, ours.level), t=horizon))

    return compare_numbers(id_, ours.value, again, program=LIFELINES, reason=ours.reason)


def check_logrank(
    id_: str, ours: LogRank, time: ArrayLike, event: ArrayLike, group: Labels, strata: Labels | None = None
) -> list[Agreement]:
    """Statistic and p-value of the log-rank test (not of its Peto-Peto form); of two groups where it is stratified."""

    @cache
    def again() -> Numbers:
        rows = _rows(time=time, event=event, group=group, stratum=0 if strata is None else strata)
        return _logrank(rows) if strata is None else _stratified_logrank(rows)

    return [
        compare_numbers(
            f"{id_}, {name}", number, partial(_part, again, name), program=LIFELINES, reason=ours.test.reason
        )
        for name, number in (("chi-square", ours.test.statistic), ("p", ours.test.p))
    ]


def check_hazard_ratio(
    id_: str,
    ours: SurvivalEstimate,
    time: ArrayLike,
    event: ArrayLike,
    group: Labels,
    *,
    reference: Hashable,
    comparison: Hashable,
    strata: Labels | None = None,
) -> list[Agreement]:
    """The hazard ratio of two groups by Cox's model with Efron's ties, stratified or not, and its limits."""

    @cache
    def again() -> Numbers:
        rows = _rows(time=time, event=event, group=group, stratum=0 if strata is None else strata)
        rows = rows[rows["group"].isin([reference, comparison])]
        rows = rows.assign(x=rows["group"].eq(comparison).astype(float)).drop(columns="group")
        return _cox(rows, ours.level, stratified=strata is not None)

    days = pd.to_numeric(pd.Series(np.asarray(time)), errors="coerce").dropna()
    if ours.value is not None and not days.mod(1).eq(0).all():
        return [Agreement(id_, ours.value, None, None, None, LIFELINES, NOT_WHOLE_DAYS)]
    return _three(id_, ours, again, LIFELINES)


def check_share(id_: str, ours: Estimate, events: int, n: int) -> list[Agreement]:
    """A share and its exact limits (Clopper-Pearson)."""

    def again() -> Numbers:
        limits = binomtest(events, n).proportion_ci(confidence_level=ours.level, method="exact")
        return {"value": events / n, "lo": float(limits.low), "hi": float(limits.high)}

    return _three(id_, ours, again, SCIPY)


def _three(id_: str, ours: Estimate, again: Callable[[], Numbers], program: str) -> list[Agreement]:
    """The value, and each limit that we have, of one computation."""
    once = cache(again)
    said = (("value", "", ours.value), ("lo", ", lower limit", ours.lo), ("hi", ", upper limit", ours.hi))
    return [
        compare_numbers(id_ + words, number, partial(_part, once, name), program=program, reason=ours.reason)
        for name, words, number in said
        if name == "value" or number is not None
    ]


def _part(again: Callable[[], Numbers], name: str) -> float | None:
    return again()[name]


def _rows(**columns: Any) -> pd.DataFrame:
    """The rows in which nothing is empty; a column given as 0 is the same everywhere."""
    frame = pd.DataFrame({"time": np.asarray(columns.pop("time"))})
    frame = frame.assign(
        **{name: value if np.isscalar(value) else np.asarray(value) for name, value in columns.items()}
    ).dropna()
    return frame.assign(time=frame["time"].astype(float), event=frame["event"].astype(float).astype(int))


def _curve(time: ArrayLike, event: ArrayLike, level: float) -> Any:
    rows = _rows(time=time, event=event)
    return _fitted(tuple(rows["time"]), tuple(rows["event"]), level)


@lru_cache(maxsize=4)
def _fitted(time: tuple[float, ...], event: tuple[int, ...], level: float) -> Any:
    """The curve that rates, median and mean of one group are read from: fitted once."""
    from lifelines import KaplanMeierFitter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return KaplanMeierFitter(alpha=1 - level).fit(time, event)


def _cox(rows: pd.DataFrame, level: float, *, stratified: bool) -> Numbers:
    from lifelines import CoxPHFitter

    layers = ["stratum"] if stratified else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = CoxPHFitter(alpha=1 - level).fit(
            rows if stratified else rows.drop(columns="stratum"), "time", "event", strata=layers,
            fit_options=dict(_TIGHT),
        )  # fmt: skip
    lo, hi = np.exp(model.confidence_intervals_.loc["x"])
    return {"value": float(model.hazard_ratios_["x"]), "lo": float(lo), "hi": float(hi)}


def _logrank(rows: pd.DataFrame) -> Numbers:
    from lifelines.statistics import multivariate_logrank_test

    test = multivariate_logrank_test(rows["time"], rows["group"], rows["event"])
    return {"chi-square": float(test.test_statistic), "p": float(test.p_value)}


def _stratified_logrank(rows: pd.DataFrame) -> Numbers:
    """Events of the first group less those expected, and their variance, summed over the strata's event tables."""
    from lifelines.utils import survival_table_from_events

    first, _ = sorted(rows["group"].unique())
    away = spread = 0.0
    for _, stratum in rows.groupby("stratum", sort=True):
        one = stratum[stratum["group"].eq(first)]
        table = survival_table_from_events(stratum["time"], stratum["event"])
        had = one[one["event"].eq(1)].groupby("time").size().reindex(table.index, fill_value=0)
        share = pd.Series({day: one["time"].ge(day).sum() for day in table.index}) / table["at_risk"]
        n, d = table["at_risk"], table["observed"]
        away += float((had - d * share).sum())
        spread += float((d * share * (1 - share) * (n - d) / (n - 1).clip(lower=1)).sum())
    statistic = away**2 / spread
    return {"chi-square": statistic, "p": float(chi2.sf(statistic, 1))}

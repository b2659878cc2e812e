"""Does the comparison of two groups differ between subgroups: an estimate in each level, and the test of interaction.

A subgroup's own p-value answers no question; whether the effect differs between levels does, so only the interaction is
tested: the likelihood ratio of a model in which the effect may differ between levels against one in which it may not.
A level with fewer than `min_events` events in either group has no estimate and takes no part in the test. Patients
whose level is not known are counted, and are in the overall row only. Source: clinical specification section 6.7
("forest plot with interaction p, minimum 10 events per cell").
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from milepost.core.cox import compare_groups, fit_cox
from milepost.core.cox_model import CoxFit
from milepost.core.limits import Estimate, Significance, not_estimable, not_tested
from milepost.core.logistic_fit import Likelihood, separation
from milepost.core.proportions import DifferenceMethod, difference
from milepost.core.survival_data import Bools, Floats, Ints, to_codes, to_numbers, to_times
from milepost.core.survival_estimate import NO_MODEL, SEPARATED, SurvivalEstimate, chi_square, missing

MIN_EVENTS: Final = 10
FEW_EVENTS: Final = "not estimated: fewer events in a group than the protocol asks for"
ONE_LEVEL: Final = "not tested: fewer than two levels have an estimate"

Labels = ArrayLike | Sequence[Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """One group in one level: patients, and those with the event (or the outcome)."""

    n: int
    events: int


@dataclass(frozen=True, slots=True)
class SubgroupLevel:
    """One row of a forest plot: both groups counted, and how they compare (or why that is not estimated)."""

    level: Hashable
    reference: Cell
    comparison: Cell
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class SubgroupFactor:
    """One factor: its levels and whether the effect differs between them. `left_out`: patients of no known level."""

    factor: str
    levels: tuple[SubgroupLevel, ...]
    interaction: Significance
    left_out: int


@dataclass(frozen=True, slots=True)
class Subgroups:
    """A forest plot: all patients, then factor by factor."""

    overall: SubgroupLevel
    factors: tuple[SubgroupFactor, ...]
    min_events: int


def subgroup_ratios(
    time: ArrayLike,
    event: ArrayLike,
    group: Labels,
    factors: Mapping[str, Labels],
    *,
    reference: Hashable,
    comparison: Hashable,
    levels: Mapping[str, Sequence[Hashable]] | None = None,
    strata: Labels | None = None,
    min_events: int = MIN_EVENTS,
    level: float = 0.95,
) -> Subgroups:
    """Hazard ratios of `comparison` against `reference` by Cox's model (Efron), in all patients and in each level.

    factors: a label a patient by the factor's name, empty where it is not known. levels: those planned, in order (one
    without patients is told too); left open those that occur, sorted. strata: as for `fit_cox`, in every model.
    """
    times, status, usable = to_times(time, event)
    codes, labels = to_codes(group)
    own = {name: codes == (labels.index(name) if name in labels else -2) for name in (reference, comparison)}
    places = np.flatnonzero(usable & (own[reference] | own[comparison]))
    # in the order of time once: every later sorting finds its work done
    places = places[np.argsort(times[places], kind="stable")]
    x = own[comparison][places].astype(float)
    layers = None if strata is None else np.asarray(strata, dtype=object)[places]
    data = _Survival(times[places], status[places], x, layers, level)
    return _forest(
        data, {name: to_codes(values) for name, values in factors.items()}, places, levels, min_events
    )


def subgroup_rates(
    outcome: ArrayLike,
    group: Labels,
    factors: Mapping[str, Labels],
    *,
    reference: Hashable,
    comparison: Hashable,
    levels: Mapping[str, Sequence[Hashable]] | None = None,
    min_events: int = MIN_EVENTS,
    method: DifferenceMethod = "newcombe",
    level: float = 0.95,
) -> Subgroups:
    """Differences of shares (comparison minus reference) of patients with the outcome (1; 0 without; empty: left out).

    The interaction is tested by logistic regression, hence on the scale of odds ratios, not of differences.
    """
    had = to_numbers(outcome)
    codes, labels = to_codes(group)
    own = {name: codes == (labels.index(name) if name in labels else -2) for name in (reference, comparison)}
    places = np.flatnonzero(np.isfinite(had) & (own[reference] | own[comparison]))
    x = own[comparison][places].astype(float)
    data = _Shares(had[places] == 1, x, method, level)
    return _forest(
        data, {name: to_codes(values) for name, values in factors.items()}, places, levels, min_events
    )


@dataclass(frozen=True, eq=False)
class _Survival:
    """Times to event; x: 1 in the comparison group."""

    time: Floats
    event: Bools
    x: Floats
    strata: Any
    level: float

    def estimate(self, rows: Bools) -> SurvivalEstimate:
        labels = np.where(self.x[rows] == 1, "comparison", "reference")
        fit = compare_groups(
            self.time[rows], self.event[rows], labels, reference="reference", groups=("reference", "comparison"),
            strata=self._strata(rows), level=self.level,
        )  # fmt: skip
        return fit.term("comparison").hazard_ratio

    def absent(self, n: int, events: int) -> SurvivalEstimate:
        return missing(
            FEW_EVENTS, level=self.level, n=n, events=events, method="Cox model, Efron's handling of ties"
        )

    def interaction(self, rows: Bools, dummies: Floats) -> Significance:
        method = "likelihood-ratio test of interaction, Cox model, Efron's handling of ties"
        x = self.x[rows]
        main = {"x": x} | {f"level {k}": column for k, column in enumerate(dummies)}
        products = {f"x level {k}": column * x for k, column in enumerate(dummies)}
        less, more = (self._fit(rows, columns) for columns in (main, main | products))
        if less.loglik is None or more.loglik is None:
            return not_tested(less.reason or more.reason or NO_MODEL, n=int(rows.sum()), method=method)
        gain = max(2 * (more.loglik - less.loglik), 0.0)
        return chi_square(gain, len(more.fitted) - len(less.fitted), n=more.n, method=method)

    def _fit(self, rows: Bools, columns: Mapping[str, Floats]) -> CoxFit:
        return fit_cox(self.time[rows], self.event[rows], columns, strata=self._strata(rows))

    def _strata(self, rows: Bools) -> Any:
        return None if self.strata is None else self.strata[rows]


@dataclass(frozen=True, eq=False)
class _Shares:
    """Outcomes; x: 1 in the comparison group."""

    event: Bools
    x: Floats
    method: DifferenceMethod
    level: float

    def estimate(self, rows: Bools) -> Estimate:
        ours, theirs = (_cell(self.event, rows & (self.x == side)) for side in (1, 0))
        return difference(
            ours.events, ours.n, theirs.events, theirs.n, method=self.method, level=self.level
        )  # fmt: skip

    def absent(self, n: int, events: int) -> Estimate:
        text = difference(0, 1, 0, 1, method=self.method).method
        return not_estimable(FEW_EVENTS, level=self.level, n=n, method=text)

    def interaction(self, rows: Bools, dummies: Floats) -> Significance:
        method = "likelihood-ratio test of interaction, logistic regression (odds ratios)"
        x, y, n = self.x[rows], self.event[rows].astype(float), int(rows.sum())
        main = np.column_stack([np.ones(n), x, *dummies])
        full = np.column_stack([main, *(column * x for column in dummies)])
        if separation(full, y):
            return not_tested(SEPARATED, n=n, method=method)
        less, more = (Likelihood(design, y).maximise() for design in (main, full))
        return chi_square(max(2 * (more.loglik - less.loglik), 0.0), len(dummies), n=n, method=method)


def _forest(
    data: _Survival | _Shares,
    codes: Mapping[str, tuple[Ints, tuple[Hashable, ...]]],
    places: Ints,
    planned: Mapping[str, Sequence[Hashable]] | None,
    min_events: int,
) -> Subgroups:
    everybody = np.ones(len(places), dtype=bool)
    factors = []
    for factor, (all_codes, known) in codes.items():
        own = all_codes[places]
        rows = []
        for name in (planned or {}).get(factor, known):
            at = own == (known.index(name) if name in known else -2)
            rows.append((at, _level(data, name, at, min_events)))
        factors.append(
            SubgroupFactor(
                factor, tuple(row for _, row in rows), _interaction(data, rows), int((own < 0).sum())
            )
        )
    return Subgroups(_level(data, None, everybody, 0), tuple(factors), min_events)


def _level(data: _Survival | _Shares, name: Hashable, rows: Bools, min_events: int) -> SubgroupLevel:
    theirs, ours = (_cell(data.event, rows & (data.x == side)) for side in (0, 1))
    if min(theirs.events, ours.events) < min_events:
        absent = data.absent(theirs.n + ours.n, theirs.events + ours.events)
        return SubgroupLevel(name, theirs, ours, absent)
    return SubgroupLevel(name, theirs, ours, data.estimate(rows))


def _interaction(data: _Survival | _Shares, levels: Sequence[tuple[Bools, SubgroupLevel]]) -> Significance:
    """Over the levels that have an estimate; the first of them is the one the others are told apart from."""
    estimated = [rows for rows, row in levels if row.estimate.value is not None]
    if len(estimated) < 2:
        return not_tested(
            ONE_LEVEL, n=sum(int(rows.sum()) for rows in estimated), method="test of interaction"
        )
    rows = np.any(estimated, axis=0)
    return data.interaction(rows, np.array([own[rows] for own in estimated[1:]], dtype=float))


def _cell(event: Bools, rows: Bools) -> Cell:
    return Cell(int(rows.sum()), int(event[rows].sum()))

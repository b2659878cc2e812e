"""Two groups that were not drawn by lot, made comparable by weights: the propensity score and how well it balances.

The score is a patient's probability of being in the comparison group, given what was known at the start (logistic
regression). Each patient then stands for all who had the same chances (inverse probability of treatment, stabilised by
the share of the own group; the average effect in all patients). Weights are neither cut nor trimmed: a note says where
some are extreme. What was not measured is not balanced.

A patient with a gap in a covariate is left out of the weighted analysis, and counted; a caller who takes "not known"
for a kind of patient gives it as a label. Balance is told by standardised differences; below 0.1 is taken as balanced.
Sources: clinical specification section 6.7; Austin, Statistics in Medicine 2009;28:3083; Austin and Stuart, the same
2015;34:3661.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import expit

from milepost.core.cox import compare_groups
from milepost.core.cox_model import CoxFit, refused
from milepost.core.logistic_fit import Likelihood, dependent_columns, separation
from milepost.core.survival_data import Bools, Floats, to_codes, to_numbers
from milepost.core.survival_estimate import GROUP_EMPTY, NO_PATIENTS, NOT_CONVERGED

BALANCED: Final = 0.1
TOLD_APART: Final = "not estimable: the covariates tell the group of some patients without error (separation)"
_EXTREME = 0.05  # a score nearer to 0 or 1 than this makes weights that rest on few patients

Labels = ArrayLike | Sequence[Any]


@dataclass(frozen=True, slots=True)
class Balance:
    """One covariate, or one level of it: mean (or share) in either group, before and after weighting.

    before, after: standardised difference, comparison minus reference over the root of the mean of both variances (the
    weighted ones after weighting); None where the groups differ and neither varies, or a group has one patient.
    """

    covariate: str
    level: Hashable | None
    comparison: float
    reference: float
    comparison_weighted: float
    reference_weighted: float
    before: float | None
    after: float | None


@dataclass(frozen=True, eq=False, slots=True)
class Propensity:
    """Scores and weights, a row for each row given (NaN: left out), and how well they balance the groups.

    `n` patients used, `left_out` patients of either group with a gap. `effective`: patients' worth of information left
    by the weights (Kish), by group, the reference first. `extreme`: patients with a score below 0.05 or above 0.95.
    `reason`: why there are no scores.
    """

    score: Floats
    weights: Floats
    n: int
    left_out: int
    balance: tuple[Balance, ...]
    effective: tuple[float, float] | None
    extreme: int
    largest_weight: float | None
    method: str
    reason: str | None = None

    @property
    def balanced(self) -> bool | None:
        """Whether all standardised differences are below 0.1 after weighting; None where one is not known."""
        after = [row.after for row in self.balance]
        if not after or any(value is None for value in after):
            return None
        return all(abs(value) < BALANCED for value in after if value is not None)

    @property
    def note(self) -> str | None:
        """What to say of positivity, where there is something to say."""
        if not self.extreme:
            return None
        who = "1 patient has" if self.extreme == 1 else f"{self.extreme} patients have"
        return (
            f"{who} a score below {_EXTREME:g} or above {1 - _EXTREME:g}: hardly anybody like them is in the other "
            f"group (largest weight {self.largest_weight:.1f})"
        )


def fit_propensity(
    group: Labels, covariates: Mapping[str, Labels], *, reference: Hashable, comparison: Hashable
) -> Propensity:
    """Scores and weights of the patients of both groups. covariates: numbers, truth values, or labels (factors).

    A covariate that is the same for everybody, or told by the others, changes no score and is left out of the model.
    """
    codes, known = to_codes(group)
    ours, theirs = (codes == (known.index(name) if name in known else -2) for name in (comparison, reference))
    columns = [column for name, values in covariates.items() for column in _columns(name, values)]
    complete = np.all([np.isfinite(column.values) for column in columns] or [ours | theirs], axis=0)
    use = (ours | theirs) & complete
    left_out = int(((ours | theirs) & ~complete).sum())
    method = "inverse probability of treatment weights, stabilised; logistic regression on " + (
        ", ".join(covariates) or "nothing"
    )
    treated = ours[use]
    score, reason = _scores(treated, [column.values[use] for column in columns if column.fitted])
    empty = np.full(len(use), np.nan)
    if score is None:
        return Propensity(empty, empty, int(use.sum()), left_out, (), None, 0, None, method, reason)
    share = treated.mean()
    weights = np.where(treated, share / score, (1 - share) / (1 - score))
    scores, all_weights = empty.copy(), empty.copy()
    scores[use], all_weights[use] = score, weights
    return Propensity(
        scores, all_weights, len(treated), left_out,
        tuple(_balance(column, column.values[use], treated, weights) for column in columns if column.shown),
        (_effective(weights[~treated]), _effective(weights[treated])),
        int(((score < _EXTREME) | (score > 1 - _EXTREME)).sum()), float(weights.max()), method,
    )  # fmt: skip


def compare_weighted(
    time: ArrayLike,
    event: ArrayLike,
    group: Labels,
    propensity: Propensity,
    *,
    reference: Hashable,
    comparison: Hashable,
    **options: Any,
) -> CoxFit:
    """The weighted hazard ratio with robust variance; without one, for the propensity's reason, where it has none.

    The weights are taken as known, which makes the limits a little too wide. options: as `fit_cox`.
    """
    groups: dict[str, Any] = {"reference": reference, "groups": (reference, comparison)}
    if propensity.reason:
        return refused(compare_groups(time, event, group, **groups, **options), propensity.reason)
    return compare_groups(time, event, group, weights=propensity.weights, robust=True, **groups, **options)


@dataclass(frozen=True, eq=False)
class _Column:
    """A covariate as numbers. fitted: in the model; shown: in the table of balance; level: of a factor."""

    covariate: str
    level: Hashable | None
    values: Floats
    binary: bool
    fitted: bool = True
    shown: bool = True


def _columns(name: str, values: Labels) -> list[_Column]:
    """One column for numbers, one a level for labels (all are shown, of two only the second; the first is no term)."""
    series = pd.Series(np.asarray(values, dtype=object))
    if series.dropna().map(lambda value: isinstance(value, Real | Decimal | np.bool_)).all():
        numbers = to_numbers(series.to_numpy())
        return [_Column(name, None, numbers, bool(np.isin(numbers[~np.isnan(numbers)], (0, 1)).all()))]
    codes, levels = to_codes(series.to_numpy())
    return [
        _Column(
            name, level, np.where(codes < 0, np.nan, (codes == place).astype(float)), True, fitted=place > 0,
            shown=place > 0 or len(levels) != 2,
        )
        for place, level in enumerate(levels)
    ]  # fmt: skip


def _scores(treated: Bools, columns: Sequence[Floats]) -> tuple[Floats | None, str | None]:
    """The fitted probabilities, or why there are none."""
    if not len(treated):
        return None, NO_PATIENTS
    if treated.all() or not treated.any():
        return None, GROUP_EMPTY
    design = np.column_stack([np.ones(len(treated)), *columns])
    design = np.delete(design, dependent_columns(design), axis=1)
    y = treated.astype(float)
    if design.shape[1] > 1 and separation(design, y):
        return None, TOLD_APART
    fit = Likelihood(design, y).maximise()
    return (np.asarray(expit(design @ fit.beta)), None) if fit.converged else (None, NOT_CONVERGED)


def _balance(column: _Column, values: Floats, treated: Bools, weights: Floats) -> Balance:
    sides = [(values[side], weights[side]) for side in (treated, ~treated)]
    plain = [_moments(x, np.ones(len(x)), column.binary) for x, _ in sides]
    weighted = [_moments(x, w, column.binary) for x, w in sides]
    return Balance(
        column.covariate, column.level, plain[0][0], plain[1][0], weighted[0][0], weighted[1][0],
        _standardised(*plain), _standardised(*weighted),
    )  # fmt: skip


def _moments(x: Floats, w: Floats, binary: bool) -> tuple[float, float]:
    """Weighted mean and variance: p (1 - p) of a share, else the unbiased one for weights (NaN of one patient)."""
    if not binary and len(x) < 2:
        return float(x[0]), math.nan
    if (x == x[0]).all():  # rounding must not make a spread of it
        return float(x[0]), 0.0
    total = w.sum()
    mean = float(w @ x / total)
    if binary:
        return mean, mean * (1 - mean)
    return mean, float(total / (total**2 - (w**2).sum()) * (w @ (x - mean) ** 2))


def _standardised(ours: tuple[float, float], theirs: tuple[float, float]) -> float | None:
    spread = math.sqrt((ours[1] + theirs[1]) / 2)
    if spread > 0:
        return (ours[0] - theirs[0]) / spread
    return 0.0 if spread == 0 and ours[0] == theirs[0] else None


def _effective(weights: Floats) -> float:
    return float(weights.sum() ** 2 / (weights**2).sum())

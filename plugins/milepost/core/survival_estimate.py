"""What an estimate of survival is, and the words that say why a number is missing.

Tables, curves, forest plots and files read the same object, so that none of them can say another number.
Source: clinical specification section 6.7 (a median not reached; a hazard ratio that cannot be estimated).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from scipy.special import chdtrc, ndtr

from milepost.core.limits import Estimate, Significance, not_tested

# The reasons (and cautions), in the words a reader sees; programs compare with the names.
NO_PATIENTS: Final = "no patient"
NO_EVENTS: Final = "no event so far"
NOT_REACHED: Final = "not reached"
UPPER_NOT_REACHED: Final = "upper limit not reached"
LIMITS_NOT_REACHED: Final = "limits not reached"
NO_LIMITS: Final = "no limits are defined where nobody, or everybody, has had the event"
ALL_ENDED: Final = "nobody is censored: everyone was followed until the event"
BEYOND_FOLLOW_UP: Final = "nobody was followed that long"
ONE_GROUP: Final = "only one group has patients"
GROUP_EMPTY: Final = "a group to compare has no patients"
NO_OVERLAP: Final = "the groups were never at risk together when an event came"
NO_SPREAD: Final = "no standard error: no event came while others were at risk"
GROUP_WITHOUT_EVENTS: Final = "not estimable: a group has no events"
SEPARATED: Final = "not estimable: it orders the events so completely that no finite ratio fits best"
NO_VARIATION: Final = "not estimable: all patients at risk have the same value"
COLLINEAR: Final = "not estimable: one value follows from the others"
NOT_CONVERGED: Final = "not estimable: the fit does not settle"
NO_MEAN: Final = "a group has no time without event"
NO_MODEL: Final = "the model it rests on is not estimable"
OUT_OF_RANGE: Final = "too large to be written: give the covariate in a smaller unit"
NO_PAIRS: Final = "no two patients can be compared"
UNWEIGHTED_ONLY: Final = "not made for weighted rows or late entries"
TOO_FEW_EVENTS: Final = "too few events"
TIME_ZERO: Final = "an event at time 0 has no logarithm"


@dataclass(frozen=True)
class SurvivalEstimate(Estimate):
    """An estimate with the events it rests on.

    Where a value or a limit is None `reason` says why; a median may stand without its upper limit. `caution` goes along
    with a value that stands but must be read with care. `se`: standard error, of the logarithm where the estimate is a
    ratio. `p`: two-sided, of no effect.
    """

    events: int = 0
    se: float | None = None
    p: float | None = None
    caution: str | None = None


def missing(reason: str, *, level: float, n: int, events: int, method: str) -> SurvivalEstimate:
    """The estimate that is none, and why."""
    return SurvivalEstimate(None, None, None, level, n, method, reason, events)


def chi_square(
    statistic: float, df: int, *, n: int, method: str, otherwise: str = TOO_FEW_EVENTS
) -> Significance:
    """The chi-square test of a statistic; not tested, for the reason `otherwise`, where it is no number."""
    if df < 1 or not math.isfinite(statistic):
        return not_tested(otherwise, n=n, method=method)
    return Significance(float(chdtrc(df, max(statistic, 0.0))), statistic, df, n, method)


def two_sided_p(z: float) -> float:
    """The probability that a standard normal number lies at least as far from 0 as z."""
    return float(2 * ndtr(-abs(z)))


def number_or_none(value: float) -> float | None:
    """The number as a Python float; None for what is no finite number."""
    return float(value) if math.isfinite(value) else None

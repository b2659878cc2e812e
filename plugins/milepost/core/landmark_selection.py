"""Who is compared at a landmark, and who is not and why: no time a patient had to survive is counted for his class.

A class that is known only some time after the start (a fall of AFP by the end of its window) belongs to patients who
lived that long. Counting their time from the start favours those in whom the class could be seen; so the clock starts
anew at the landmark, and only who is still followed without the event comes in. A landmark before the class is known
looks ahead and is refused. Source: clinical specification section 6.8.

Days are on the scale of `time`: study days with AVAL (first dose = day 1: a landmark on study day 36 is 36), days since
the start with elapsed times (the same landmark is 35).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from milepost.core.survival_data import Bools, Floats, Ints, to_numbers, to_times
from milepost.errors import DataProblem

# Why there is no analysis.
LOOKS_AHEAD: Final = "refused: the landmark lies before the class is known, so it would look ahead"
KNOWN_LATE: Final = "refused: the class of a patient rests on data from after the landmark"
# Why a patient is not compared, in the order in which they are asked.
NO_FOLLOW_UP: Final = "time or event not known"
EVENT_BEFORE: Final = "had the event by the landmark"
CENSORED_BEFORE: Final = "not followed beyond the landmark"
NO_CLASS: Final = "in neither class"
_ORDER = (NO_FOLLOW_UP, EVENT_BEFORE, CENSORED_BEFORE, NO_CLASS)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Patients of one state left out for one reason. ending: how their follow-up ended, where that was given."""

    reason: str
    ending: str | None
    state: str | None
    subjects: tuple[Hashable, ...]

    @property
    def n(self) -> int:
        """How many."""
        return len(self.subjects)


@dataclass(frozen=True, eq=False, slots=True)
class LandmarkSet:
    """Patients compared, and those who are not.

    `rows`: places of the patients compared in what was given; `time` (from the landmark on), `event`, `group` (the
    class) are theirs. `n_given` patients in all. With a `reason` there is nobody to compare and none is excluded.
    """

    landmark: float
    known_by: float
    rows: Ints
    time: Floats
    event: Bools
    group: NDArray[np.object_]
    exclusions: tuple[Exclusion, ...]
    n_given: int
    reason: str | None = None

    def excluded(self, reason: str | None = None, *, state: str | None = None) -> int:
        """How many patients are left out, for this reason and in this state where they are named."""
        return sum(
            found.n
            for found in self.exclusions
            if reason in (None, found.reason) and state in (None, found.state)
        )


def select_at_landmark(
    subject: ArrayLike | Sequence[Any],
    state: ArrayLike | Sequence[Any],
    time: ArrayLike,
    event: ArrayLike,
    *,
    landmark: float,
    known_by: float,
    classes: Sequence[str],
    known_on: ArrayLike | None = None,
    ending: ArrayLike | Sequence[Any] | None = None,
) -> LandmarkSet:
    """The patients of the two (or more) `classes` who are followed beyond the landmark without the event.

    One row a subject. state: the class, or why there is none. time, event: of the endpoint (for progression-free
    survival and disease control: to progression or death), as for `kaplan_meier`; time > landmark comes in. known_by:
    the last day of data that can decide a class (the end of the window). known_on: for each patient the day of the
    data that did. ending: how follow-up ended (death, progression, lost), to part the exclusions by.
    """
    subjects, states = _labels(subject), _labels(state)
    times, status, usable = to_times(time, event)
    endings = np.full(len(times), None, dtype=object) if ending is None else _labels(ending)
    if not len(subjects) == len(states) == len(times) == len(endings):
        raise ValueError("subjects, states, times and endings have different numbers of rows")
    if pd.Series(subjects).duplicated().any():
        raise DataProblem("a subject has more than one row at a landmark; give one row a subject")
    if landmark < known_by:
        return _refused(landmark, known_by, len(times), LOOKS_AHEAD)
    with np.errstate(invalid="ignore"):
        beyond = usable & (times > landmark)
    compared = beyond & np.isin(states, list(classes))
    if known_on is not None and (to_numbers(known_on)[compared] > landmark).any():
        return _refused(landmark, known_by, len(times), KNOWN_LATE)
    why = np.select(
        [compared, ~usable, ~beyond & status, ~beyond], ["", NO_FOLLOW_UP, EVENT_BEFORE, CENSORED_BEFORE], NO_CLASS
    )  # fmt: skip
    endings[(why != EVENT_BEFORE) & (why != CENSORED_BEFORE)] = None
    rows = np.flatnonzero(compared)
    return LandmarkSet(
        landmark, known_by, rows, times[rows] - landmark, status[rows], states[rows],
        _exclusions(subjects, states, why, endings), len(times),
    )  # fmt: skip


def _exclusions(
    subjects: NDArray[Any], states: NDArray[Any], why: NDArray[Any], endings: NDArray[Any]
) -> tuple[Exclusion, ...]:
    """One a reason, ending and state; in the order the reasons are asked, then sorted."""
    groups: dict[tuple[str, str | None, str | None], list[Hashable]] = {}
    for subject, reason, ending, state in zip(subjects, why.tolist(), endings, states, strict=True):
        if reason:
            groups.setdefault((reason, ending, state), []).append(subject)
    ordered = sorted(groups, key=lambda key: (_ORDER.index(key[0]), key[1] or "", key[2] or ""))
    return tuple(Exclusion(*key, tuple(sorted(groups[key]))) for key in ordered)  # type: ignore[type-var]


def _labels(given: ArrayLike | Sequence[Any]) -> NDArray[np.object_]:
    """The labels as objects, None where there is none."""
    labels = np.array(given, dtype=object)
    labels[pd.isna(labels)] = None
    return labels


def _refused(landmark: float, known_by: float, n: int, reason: str) -> LandmarkSet:
    nobody = np.zeros(0, dtype=np.intp)
    return LandmarkSet(
        landmark, known_by, nobody, nobody.astype(float), nobody.astype(bool), nobody.astype(object), (), n, reason
    )  # fmt: skip

"""Survival estimates small enough to be worked out on paper.

A patient is a time, with + behind it where follow-up ended without the event (censored). Answers were calculated by
hand from the definitions; source: clinical specification section 6.7 (and the conventions of R stated in its reference
cases: at risk at t = time >= t, median as the middle of a flat stretch at exactly one half).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log, sqrt
from typing import Any

from milepost.core import survival_estimate as words


@dataclass(frozen=True)
class CurveCase:
    """One group and what is read off its curve. None: there is no such number; `reason` says why."""

    title: str
    patients: str
    survival: dict[float, float] = field(default_factory=dict)  # time -> proportion without event
    at_risk: dict[float, tuple[int, int, int]] = field(
        default_factory=dict
    )  # time -> at risk, events, censored
    median: float | None = None
    first: float | None = None  # by the other rule: the first time at or below one half
    reason: str | None = None  # why there is no median
    follow_up: float | None = None  # median, reverse Kaplan-Meier
    mean: tuple[float, float, float] | None = None  # horizon, restricted mean, standard error


CURVES = (
    CurveCase(
        "A censored patient counts among those at risk up to the day of censoring and not after",
        "2 4+ 6 8",
        {1: 1, 2: 3 / 4, 5: 3 / 4, 6: 3 / 8, 8: 0},
        {0: (4, 0, 0), 2: (4, 1, 0), 4: (3, 1, 1), 5: (2, 1, 1), 8: (1, 3, 1), 9: (0, 3, 1)},
        median=6,
        first=6,
        mean=(6, 2 * 1 + 4 * 3 / 4, sqrt(3**2 / (4 * 3))),
    ),
    CurveCase(
        "Where the curve is exactly one half for a while, the median is the middle of that stretch",
        "2 4 6 8",
        {2: 3 / 4, 4: 1 / 2, 6: 1 / 4, 8: 0},
        median=5,
        first=4,
        mean=(8, 5, sqrt(3**2 / (4 * 3) + 1.5**2 / (3 * 2) + 0.5**2 / (2 * 1))),
    ),
    CurveCase(
        "A curve that ends at exactly one half: the stretch ends with the longest follow-up",
        "2 4 6+ 8+",
        {4: 1 / 2, 8: 1 / 2},
        {8: (1, 2, 2)},
        median=6,
        first=4,
        follow_up=7,
    ),
    CurveCase(
        "A curve that stays above one half has no median",
        "2 4+ 6+ 8+",
        {2: 3 / 4, 8: 3 / 4},
        reason=words.NOT_REACHED,
        follow_up=6,
    ),
    CurveCase(
        "Censored on the day of another patient's event: still at risk of it",
        "3 3+ 5",
        {3: 2 / 3, 5: 0},
        {3: (3, 1, 1), 5: (1, 2, 1)},
        median=5,
        first=5,
    ),
    CurveCase(
        "An event on the first day counts from the first day",
        "0 5 5+ 7+",
        {0: 3 / 4, 5: 1 / 2},
        {0: (4, 1, 0), 5: (3, 2, 1)},
        median=6,
        first=5,
        follow_up=7,
        mean=(5, 5 * 3 / 4, sqrt(3.75**2 / (4 * 3))),
    ),
    CurveCase("Nobody yet", "", reason=words.NO_PATIENTS),
    CurveCase(
        "Nobody has had the event",
        "3+ 9+",
        {3: 1, 9: 1},
        {9: (1, 0, 2)},
        reason=words.NOT_REACHED,
        follow_up=6,
        mean=(9, 9, 0),
    ),
    CurveCase(
        "One patient, who had the event: nothing can be said of the limits",
        "4",
        {3: 1, 4: 0},
        {4: (1, 1, 0)},
        median=4,
        first=4,
        mean=(4, 4, 0),
    ),
)


@dataclass(frozen=True)
class GroupsCase:
    """Groups A (reference), B, … and what comparing them gives. None with a reason: there is no number."""

    title: str
    groups: dict[str, str]
    observed: tuple[float, ...] = ()
    expected: tuple[float, ...] = ()
    chi2: float | None = None  # log-rank
    untested: str | None = None
    ratio: float | None = None  # hazard ratio of B against A (Efron)
    breslow: float | None = None
    se: float | None = None  # of its logarithm
    reason: str | None = None
    likelihood: float | None = None  # log partial likelihood where the ratio is 1


HALF = sqrt(1 / 2)
COMPARED = (
    GroupsCase(
        "Two patients a group, turn by turn",
        {"A": "1 3", "B": "2 4"},
        observed=(2, 2),
        expected=(1 / 2 + 1 / 3 + 1 / 2, 1 / 2 + 2 / 3 + 1 / 2 + 1),
        chi2=(2 / 3) ** 2 / (1 / 4 + 2 / 9 + 1 / 4),
        # at the top 1 = h/(1 + h) + 2h/(1 + 2h) + h/(1 + h), so 4h² + h - 1 = 0
        ratio=(sqrt(17) - 1) / 8,
        likelihood=-log(4 * 3 * 2 * 1),
    ),
    GroupsCase(
        "The comparison group first and last, the reference between: 1/(1 + 2h) = h/(1 + h)",
        {"A": "2", "B": "1 3"},
        observed=(1, 2),
        expected=(1 / 3 + 1 / 2, 2 / 3 + 1 / 2 + 1),
        chi2=(1 / 6) ** 2 / (2 / 9 + 1 / 4),
        ratio=HALF,
        breslow=HALF,
        se=1 / sqrt(2 * HALF / (1 + 2 * HALF) ** 2 + HALF / (1 + HALF) ** 2),
        likelihood=-log(3 * 2),
    ),
    GroupsCase(
        "Two events on one day: by Efron 2/(2 + h) = h/(3 + h), by Breslow 1 = 2h/(2 + h)",
        {"A": "1 2+", "B": "1"},
        observed=(1, 1),
        expected=(4 / 3, 2 / 3),
        chi2=(1 / 3) ** 2 / (2 * (2 / 3) * (1 / 3) * (3 - 2) / (3 - 1)),
        ratio=sqrt(6),
        breslow=2,
        likelihood=-log(3 * 2),
    ),
    GroupsCase(
        "A group without events has no hazard ratio; the log-rank test stands",
        {"A": "1 2 5+", "B": "3+ 4+ 6+"},
        observed=(2, 0),
        expected=(1 / 2 + 2 / 5, 1 / 2 + 3 / 5),
        chi2=1.1**2 / (1 / 4 + 6 / 25),
        reason=words.GROUP_WITHOUT_EVENTS,
    ),
    GroupsCase(
        "All events of one group come before any of the other: no finite ratio",
        {"A": "1 2", "B": "3 4"},
        observed=(2, 2),
        expected=(1 / 2 + 1 / 3, 1 / 2 + 2 / 3 + 1 + 1),
        chi2=(7 / 6) ** 2 / (1 / 4 + 2 / 9),
        reason=words.SEPARATED,
    ),
    GroupsCase(
        "The groups were never at risk together when an event came",
        {"A": "1+ 2+", "B": "3 4"},
        observed=(0, 2),
        expected=(0, 2),
        untested=words.NO_OVERLAP,
        reason=words.NO_VARIATION,
    ),
    GroupsCase(
        "Nobody has had the event",
        {"A": "1+ 2+", "B": "3+"},
        observed=(0, 0),
        expected=(0, 0),
        untested=words.NO_EVENTS,
        reason=words.NO_EVENTS,
    ),
    GroupsCase(
        "Nobody in the comparison group",
        {"A": "1 2", "B": ""},
        observed=(2,),
        expected=(2,),
        untested=words.ONE_GROUP,
        reason=words.GROUP_EMPTY,
    ),
    GroupsCase(
        "Nobody in the reference group",
        {"A": "", "B": "1 2"},
        observed=(2,),
        expected=(2,),
        untested=words.ONE_GROUP,
        reason=words.GROUP_EMPTY,
    ),
    GroupsCase(
        "Nobody at all", {"A": "", "B": ""}, untested=words.NO_PATIENTS, reason=words.NO_PATIENTS
    ),
    GroupsCase(
        "One patient a group, both with the event",
        {"A": "1", "B": "2"},
        observed=(1, 1),
        expected=(1 / 2, 1 / 2 + 1),
        chi2=1,
        reason=words.SEPARATED,
    ),
)  # fmt: skip


def patients(text: str) -> tuple[list[float], list[int]]:
    """Times and events of "2 4+ 6"."""
    return [float(word.rstrip("+")) for word in text.split()], [
        int(not word.endswith("+")) for word in text.split()
    ]


def rows(groups: dict[str, str]) -> tuple[list[float], list[int], list[Any]]:
    """Times, events and group of each patient."""
    found: tuple[list[float], list[int], list[Any]] = ([], [], [])
    for name, text in groups.items():
        times, events = patients(text)
        found[0].extend(times)
        found[1].extend(events)
        found[2].extend([name] * len(times))
    return found

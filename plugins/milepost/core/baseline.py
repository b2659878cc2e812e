"""The baseline of a checkpoint: the latest valid result before first dose, and why there may be none.

Source: clinical specification sections 3.1 (`baseline_lookback_days`, `same_day_baseline`) and 3.4, step 3.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from milepost.core.checkpoint_candidate import Lines, Pairs, at_picked
from milepost.core.checkpoint_samples import NO_DAY, Samples
from milepost.core.picking import select_nearest
from milepost.protocol import Checkpoint

SameDay = Literal["BEFORE_DOSE_OR_UNKNOWN", "BEFORE_DOSE", "NEVER"]


class Baselines(NamedTuple):
    """Of each line: position of the baseline (-1: none), whether different results were tied, whether it was
    taken as drawn before the dose without knowing, and why there is none (STALE, POST_DOSE or NONE)."""

    position: np.ndarray
    tied: np.ndarray
    assumed_predose: np.ndarray
    why_none: np.ndarray


def is_before_first_dose(
    ady: np.ndarray, second: np.ndarray, dose_second: np.ndarray, *, same_day: SameDay
) -> np.ndarray:
    """Which samples count as drawn before first dose.

    ady: study day of the sample; second, dose_second: seconds of the day of sample and first dose, -1 where no
    time is known. On the day of first dose a sample counts where its time is before the dose's (equal is
    refused); where either time is unknown only `BEFORE_DOSE_OR_UNKNOWN` lets it count; under `NEVER` none does.
    """
    if same_day == "NEVER":
        return np.asarray(ady < 0)
    both_known = (second >= 0) & (dose_second >= 0)
    counts = both_known & (second < dose_second)
    if same_day == "BEFORE_DOSE_OR_UNKNOWN":
        counts |= ~both_known
    return np.asarray((ady < 0) | ((ady == 1) & counts))


def select_baselines(known: Pairs, samples: Samples, lines: Lines, *, rule: Checkpoint) -> Baselines:
    """The latest valid record of each line before first dose and within the look-back.

    known: valid records collected on or before the cut-off. Of several at one time the least favourable counts:
    for a fall the lowest amount.
    """
    second, dose_second = samples.second[known.position], lines.dose_second[known.line]
    before = is_before_first_dose(known.ady, second, dose_second, same_day=rule.same_day_baseline)
    in_time = known.ady >= -rule.baseline_lookback_days
    eligible = known.where(before & in_time)
    picks = select_nearest(
        samples,
        eligible.position,
        eligible.line,
        -eligible.ady,
        lines=len(lines.subject),
        tie_rule=rule.tie_rule,
        least_favourable="lowest" if rule.direction == "fall" else "highest",
    )
    stale, post_dose = np.zeros_like(picks.tied), np.zeros_like(picks.tied)
    stale[known.line[before & ~in_time]] = True
    post_dose[known.line[(known.ady == 1) & ~before]] = True
    on_the_day = at_picked(samples.last_day, picks.position, NO_DAY) == lines.first_dose
    untimed = (at_picked(samples.second, picks.position, -1) < 0) | (lines.dose_second < 0)
    return Baselines(
        position=picks.position,
        tied=picks.tied,
        assumed_predose=(picks.position >= 0) & on_the_day & untimed,
        why_none=np.select([stale, post_dose], ["STALE", "POST_DOSE"], "NONE"),
    )

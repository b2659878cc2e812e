"""Which samples of a patient and line the checkpoint looks at, each picked for all patients at once.

Source: clinical specification section 3.4, steps 4, 7 and 8.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from milepost.core.checkpoint_samples import NO_DAY, Samples
from milepost.core.picking import Picks, select_nearest
from milepost.protocol import Checkpoint

NEVER = np.iinfo(np.int64).max


class Lines(NamedTuple):
    """The dates of each line of therapy as days since 1970 (NO_DAY: none)."""

    subject: np.ndarray
    as_of: np.ndarray
    first_dose: np.ndarray
    dose_second: np.ndarray
    death: np.ndarray


class Pairs(NamedTuple):
    """Each sample beside each line of therapy of its patient, with its study day in that line."""

    position: np.ndarray
    line: np.ndarray
    ady: np.ndarray

    def where(self, mask: np.ndarray) -> Pairs:
        """The pairs for which the mask holds."""
        return Pairs(self.position[mask], self.line[mask], self.ady[mask])


def at_picked(values: np.ndarray, position: np.ndarray, otherwise: int) -> np.ndarray:
    """The value at each picked position; `otherwise` where nothing was picked (-1)."""
    found = np.full(len(position), otherwise, dtype=np.int64)
    found[position >= 0] = values[position[position >= 0]]
    return found


def to_study_days(day: np.ndarray, first_dose: np.ndarray) -> np.ndarray:
    """Study days of days since 1970; there is no day 0."""
    apart = day - first_dose
    return np.asarray(apart + (apart >= 0))


def to_pairs(samples: Samples, lines: Lines) -> Pairs:
    """Every dated sample not later than the patient's death, beside each line that has a first dose."""
    of_sample = pd.DataFrame({"USUBJID": samples.subject, "POSITION": np.arange(len(samples.subject))})
    of_line = pd.DataFrame({"USUBJID": lines.subject, "LINE": np.arange(len(lines.subject))})
    dated, started = of_sample[samples.first_day != NO_DAY], of_line[lines.first_dose != NO_DAY]
    both = dated.merge(started, on="USUBJID", how="inner", validate="m:m")
    position, line = both["POSITION"].to_numpy(np.int64), both["LINE"].to_numpy(np.int64)
    pairs = Pairs(position, line, to_study_days(samples.last_day[position], lines.first_dose[line]))
    death = lines.death[line]
    return pairs.where((death == NO_DAY) | (samples.first_day[position] <= death))


def select_follow_up(
    known: Pairs, samples: Samples, rule: Checkpoint, lines: Lines, *, days: tuple[int, int], target: int
) -> Picks:
    """The valid record nearest to the target day among those whose study day lies in `days`, ends included."""
    eligible = known.where((known.ady >= days[0]) & (known.ady <= days[1]))
    return select_nearest(
        samples,
        eligible.position,
        eligible.line,
        np.abs(eligible.ady - target),
        lines=len(lines.subject),
        tie_rule=rule.tie_rule,
        least_favourable="highest" if rule.direction == "fall" else "lowest",
    )


def confirm_until_day(rule: Checkpoint) -> int:
    """Last study day on which a second sample can confirm a response: every sample of the window gets a chance."""
    return max(rule.late_until_day, rule.window[1] + rule.confirm_after_days)


def select_second_samples(
    known: Pairs, samples: Samples, rule: Checkpoint, lines: Lines, candidate: Picks
) -> Picks:
    """The first valid record at least `confirm_after_days` after the candidate, where the rule asks for one."""
    wanted = known.where(np.full(len(known.line), rule.confirm_policy == "SECOND_SAMPLE"))
    earliest = at_picked(samples.last_day, candidate.position, NEVER - rule.confirm_after_days)
    late_enough = samples.last_day[wanted.position] >= earliest[wanted.line] + rule.confirm_after_days
    days = (rule.window[0], confirm_until_day(rule))
    return select_follow_up(wanted.where(late_enough), samples, rule, lines, days=days, target=0)


def select_unusable(
    unusable: Pairs, samples: Samples, rule: Checkpoint, lines: Lines
) -> tuple[np.ndarray, np.ndarray]:
    """Of each line the last sample in the window that cannot be used (-1: none), and the day another one enters it.

    A partial date lies in the window from the first day of the window that it may mean.
    """
    position, line = unusable.position, unusable.line
    first_dose, death = lines.first_dose[line], lines.death[line]
    enters = np.maximum(samples.first_day[position], first_dose + rule.window[0] - 1)
    leaves = np.minimum(samples.last_day[position], first_dose + rule.window[1] - 1)
    leaves = np.where(death == NO_DAY, leaves, np.minimum(leaves, death))
    possible, by_then = enters <= leaves, enters <= lines.as_of[line]
    now = unusable.where(possible & by_then)
    count = len(lines.subject)
    picks = select_nearest(
        samples, now.position, now.line, -now.ady, lines=count, tie_rule="LAST_ROW", least_favourable="lowest"
    )
    later = np.full(count, NEVER)
    np.minimum.at(later, line[possible & ~by_then], enters[possible & ~by_then])
    return picks.position, later

"""What a verdict rests on: for each patient and line of therapy the few samples and dates that count.

Everything here is vectorised over patients; only what was picked goes on to be judged.
Source: clinical specification section 3.4, steps 3 to 8.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import pandas as pd

from milepost.core.baseline import select_baselines
from milepost.core.censored_values import Interval
from milepost.core.checkpoint_candidate import (
    NEVER,
    Lines,
    Pairs,
    at_picked,
    select_follow_up,
    select_second_samples,
    select_unusable,
    to_pairs,
    to_study_days,
)
from milepost.core.checkpoint_samples import NO_DAY, Samples, to_days
from milepost.core.dosing import Spans, last_dose_by
from milepost.core.intercurrent import is_intercurrent
from milepost.core.partial_dates import second_of_day
from milepost.protocol import Checkpoint


class Sample(NamedTuple):
    """One picked sample: what was reported, when, by whom, and what it is worth."""

    text: str
    unit: str
    value: Interval
    factor: Decimal | None
    day: int
    ady: int
    dtc: str
    site: str | None
    laboratory: str | None
    method: str | None
    uloq: str | None
    position: int


class Evidence(NamedTuple):
    """One patient and line on one day. Days are days since 1970; None where there is no such date by then.

    `last_dose`: the last day of dosing up to the candidate.
    """

    as_of: int
    first_dose: int | None
    death: int | None
    withdrew: int | None
    lost: int | None
    discontinued: int | None
    last_dose: int | None
    screen_failure: bool
    problem: str | None
    baseline: Sample | None
    baseline_tied: bool
    assumed_predose: bool
    why_no_baseline: str
    candidate: Sample | None
    candidate_tied: bool
    second: Sample | None
    late: Sample | None
    intercurrent: bool
    has_early: bool
    unusable: int
    unusable_why: str | None
    next_fact: int | None


def select_evidence(
    frame: pd.DataFrame, samples: Samples, therapies: pd.DataFrame, *, rule: Checkpoint, as_of: np.ndarray
) -> list[Evidence]:
    """The evidence of each line of therapy, in the frame's order.

    Facts dated after `as_of` (days since 1970, one a line) are left out; the nearest of them is `next_fact`.
    """
    lines = _to_lines(frame, as_of)
    pairs = to_pairs(samples, lines)
    usable = samples.valid[pairs.position]
    valid = pairs.where(usable)
    by_then = samples.last_day[valid.position] <= as_of[valid.line]
    known = valid.where(by_then)

    baseline = select_baselines(known, samples, lines, rule=rule)
    candidate = select_follow_up(known, samples, rule, lines, days=rule.window, target=rule.target_day)
    second = select_second_samples(known, samples, rule, lines, candidate)
    after_window = (rule.window[1] + 1, rule.late_until_day)
    late = select_follow_up(known, samples, rule, lines, days=after_window, target=0)
    unusable, enters = select_unusable(pairs.where(~usable), samples, rule, lines)
    judged = np.where(candidate.position >= 0, candidate.position, late.position)
    intercurrent = is_intercurrent(
        therapies,
        lines,
        baseline_day=at_picked(samples.last_day, baseline.position, NO_DAY),
        sample_day=at_picked(samples.last_day, judged, NO_DAY),
        lookback_days=rule.intercurrent_lookback_days,
    )
    next_fact = np.minimum(enters, _next_facts(frame, valid.where(~by_then), samples, lines))

    def picked(position: np.ndarray) -> list[Sample | None]:
        return _to_sample_list(samples, position, lines.first_dose)

    def by_cut_off(column: str) -> list[int | None]:
        days = to_days(frame[column])
        return _or_none(days, (days != NO_DAY) & (days <= as_of))

    columns: tuple[Sequence[object], ...] = (
        as_of.tolist(),
        *(by_cut_off(name) for name in ("FIRSTDOSE", "DEATH", "WITHDREW", "LOST", "DISCONTINUED")),
        last_dose_by(_doses(frame), at_picked(samples.last_day, candidate.position, NO_DAY)),
        frame["SCREENFAIL"].eq(True).tolist(),
        frame["PROBLEM"].tolist(),
        picked(baseline.position),
        baseline.tied.tolist(),
        baseline.assumed_predose.tolist(),
        baseline.why_none.tolist(),
        picked(candidate.position),
        candidate.tied.tolist(),
        picked(second.position),
        picked(late.position),
        intercurrent.tolist(),
        _has_early(known, rule, len(frame)).tolist(),
        unusable.tolist(),
        [samples.why_unusable[position] if position >= 0 else None for position in unusable],
        _or_none(next_fact, next_fact != NEVER),
    )
    return [Evidence(*row) for row in zip(*columns, strict=True)]


def _to_lines(frame: pd.DataFrame, as_of: np.ndarray) -> Lines:
    seconds = [second_of_day(time) for time in frame["FIRSTDOSETM"]]
    return Lines(
        subject=frame["USUBJID"].to_numpy(object),
        as_of=as_of,
        first_dose=to_days(frame["FIRSTDOSE"]),
        dose_second=np.array([-1 if second is None else second for second in seconds], dtype=np.int64),
        death=to_days(frame["DEATH"]),
    )


def _doses(frame: pd.DataFrame) -> Sequence[Spans | None]:
    """When each line was dosed; without DOSES only its last dose is known, or that it goes on."""
    if "DOSES" in frame:
        return list(frame["DOSES"])
    last, ongoing = to_days(frame["LASTDOSE"]).tolist(), frame["ONGOING"].eq(True).tolist()
    return [
        () if day == NO_DAY else ((day, None if goes_on else day),)
        for day, goes_on in zip(last, ongoing, strict=True)
    ]


def _or_none(values: np.ndarray, present: np.ndarray) -> list[int | None]:
    return [value if there else None for value, there in zip(values.tolist(), present.tolist(), strict=True)]


def _has_early(known: Pairs, rule: Checkpoint, lines: int) -> np.ndarray:
    """Whether a valid sample was drawn after the day of first dose and before the window."""
    early = np.zeros(lines, dtype=bool)
    early[known.line[(known.ady >= 2) & (known.ady < rule.window[0])]] = True
    return early


def _next_facts(frame: pd.DataFrame, future: Pairs, samples: Samples, lines: Lines) -> np.ndarray:
    """The first date after the cut-off on which something happens that is known already; NEVER if nothing does."""
    nearest = np.full(len(frame), NEVER)
    np.minimum.at(nearest, future.line, samples.last_day[future.position])
    for name in ("FIRSTDOSE", "DEATH", "WITHDREW", "LOST", "DISCONTINUED"):
        days = to_days(frame[name])
        nearest = np.where(days > lines.as_of, np.minimum(nearest, days), nearest)
    return nearest


def _to_sample_list(samples: Samples, position: np.ndarray, first_dose: np.ndarray) -> list[Sample | None]:
    """The picked samples as values, None where nothing was picked."""
    picked = position >= 0
    at = position[picked]
    names = ("LBORRES", "LBORRESU", "LBDTC", "SITEID", "LBNAM", "LBMETHOD", "LBULOQ")
    text, unit, dtc, site, laboratory, method, uloq = (
        samples.rows[name].to_numpy(object)[at] for name in names
    )
    day = samples.last_day[at]
    ady = to_study_days(day, first_dose[picked]).tolist()
    values = zip(
        text, unit, samples.value[at], samples.factor[at], day.tolist(), ady, dtc, site, laboratory,
        method, uloq, at.tolist(), strict=True,
    )  # fmt: skip
    found = iter([Sample(*row) for row in values])
    return [next(found) if there else None for there in picked.tolist()]

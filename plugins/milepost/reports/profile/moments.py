"""What marks a day through all panels: first dose of a line, verdict, stop, other therapy, leaving, death, cut-off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from milepost.reports.checkpoint_words import STATE_WORDS
from milepost.reports.profile.days import StudyDays, day_of, said_day
from milepost.reports.profile.inputs import Judgements, ProfileInputs

THERAPY_WORDS = {"SYSTEMIC": "other systemic therapy", "LOCOREGIONAL": "locoregional therapy"}
_LEAVING = {"WITHDREW": "withdrew", "LOST": "lost to follow-up"}
EARLIEST = -42  # results older than a screening scan may be are listed, not drawn
_SPARE = 14  # days after a patient left that are still drawn


@dataclass(frozen=True)
class Moment:
    """One day on the axis and what happened. edge: it lies at the end of its day (the cut-off, a last dose)."""

    at: int
    kind: str
    said: str
    edge: bool = False


def build_moments(
    own: ProfileInputs,
    days: StudyDays,
    judged: Judgements,
    until: int,
) -> tuple[Moment, ...]:
    """All of them up to the end of the axis, oldest first."""
    if days.origin is None:
        return ()
    found = [
        *_starts(days),
        *_verdicts(days, judged),
        *_stops(own, days),
        *_therapies(own, days),
        *_ends(own, days),
    ]
    today = days.at(own.as_of)
    if today is not None and today <= until:
        found.append(Moment(today, "cutoff", f"cut-off, day {said_day(day_of(today))}", edge=True))
    return tuple(sorted((m for m in found if m.at <= until), key=lambda m: (m.at, m.edge, m.kind, m.said)))


def axis_end(own: ProfileInputs, days: StudyDays, newest: int) -> int:
    """The last place on the axis: the cut-off; of somebody who left, two weeks after the last thing known of them."""
    today = days.at(own.as_of) or 0
    left = [moment.at for moment in _ends(own, days)]
    return min(today, max([newest, *left]) + _SPARE) if left else today


def death_of(own: ProfileInputs, days: StudyDays) -> int | None:
    """The place of death on the axis, where it is known by the cut-off."""
    deaths = own.lines["DEATH"].dropna()
    found = deaths[deaths <= pd.Timestamp(own.as_of)]
    return days.at(found.min()) if len(found) else None


def _starts(days: StudyDays) -> Iterator[Moment]:
    for line, start in days.starts:
        at = days.at(start)
        if at is not None:
            yield Moment(at, "start", f"first dose, line {line}" if days.several else "first dose")


def _verdicts(days: StudyDays, judged: Judgements) -> Iterator[Moment]:
    for say, rows in judged.values():
        for row in rows:
            shift = days.at(dict(days.starts).get(row.line))
            if shift is not None and row.day is not None and row.judged:
                at = shift + (row.day - 1 if row.day > 0 else row.day)
                word, kind = STATE_WORDS[row.state]
                yield Moment(at, f"verdict {kind}", f"{say.short}: {word.lower()}")


def _stops(own: ProfileInputs, days: StudyDays) -> Iterator[Moment]:
    until = pd.Timestamp(own.as_of)
    reasons = dict(zip(own.adex["LINE"].astype(int), own.adex["STOPREASON"], strict=True))
    for line, day in zip(own.lines["LINE"].astype(int), own.lines["DISCONTINUED"], strict=True):
        at = days.at(day)
        if at is not None and day <= until:
            reason = days.without_dates(reasons.get(line)).lower()
            yield Moment(at, "stop", "drug stopped" + (f": {reason}" if reason else ""), edge=True)


def _therapies(own: ProfileInputs, days: StudyDays) -> Iterator[Moment]:
    until = pd.Timestamp(own.as_of)
    for row in own.therapies.to_dict("records"):
        at = days.at(row["ADT"])
        if at is not None and row["ADT"] <= until and at >= EARLIEST:
            name = days.without_dates(row["NAME"]) or THERAPY_WORDS.get(
                str(row["KIND"]), str(row["KIND"]).lower()
            )
            yield Moment(at, "therapy", name)


def _ends(own: ProfileInputs, days: StudyDays) -> Iterator[Moment]:
    until = pd.Timestamp(own.as_of)
    for column, said in _LEAVING.items():
        found = own.lines[column].dropna()
        at = days.at(found[found <= until].min()) if (found <= until).any() else None
        if at is not None:
            yield Moment(at, "left", f"{said}, day {said_day(day_of(at))}")
    death = death_of(own, days)
    if death is not None:
        yield Moment(death, "death", f"died, day {said_day(day_of(death))}")

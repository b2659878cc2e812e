"""Whose sample is overdue: the list behind the state, the most urgent first."""

from __future__ import annotations

from dataclasses import dataclass

from milepost.reports import words
from milepost.reports.checkpoint_words import CheckpointWords
from milepost.reports.judged import Judged
from milepost.reports.who import Who

MOST_LISTED = 25


@dataclass(frozen=True)
class Overdue:
    """One patient whose window has passed without a known sample. `last`: missed in the next report."""

    subject: str
    line: str
    today: int
    missed: str
    last: bool
    baseline: str
    known: str


def select_overdue(rows: list[Judged]) -> list[Judged]:
    """Those overdue; who counts as missed first stands first."""
    return sorted((r for r in rows if r.state == "OVERDUE"), key=lambda r: (-(r.today or 0), r.key))


def overdue_list(rows: list[Judged], say: CheckpointWords, who: Who) -> tuple[Overdue, ...]:
    """The most urgent of them, each with its days left."""
    return tuple(_one(row, say, who) for row in rows[:MOST_LISTED])


def _one(row: Judged, say: CheckpointWords, who: Who) -> Overdue:
    today, end = row.today or 0, say.rule.last_provisional_day
    left = end - today
    baseline = f"{row.base} {row.base_unit or ''}".rstrip() if row.base is not None else "none"
    known = say.drawn_elsewhere(row) or "No sample known"
    missed = f"after day {end}: " + (
        "this was the last day" if left <= 0 else f"{words.many(left, 'day')} left"
    )
    return Overdue(row.subject, who.line(row), today, missed, left <= 0, baseline, known)


def overdue_rest(rows: list[Judged], who: Who) -> str:
    """How many more there are than the list shows."""
    more = len(rows) - MOST_LISTED
    return (
        f"{words.many(more, 'more patient is', f'more {who.many} are')} overdue for fewer days."
        if more > 0
        else ""
    )

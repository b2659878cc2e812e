"""Adverse events as bars by term, each with its grade, whether it was serious, and whether it goes on.

A missing grade is shown as missing. An event whose days are not known is listed, not drawn. Source: clinical
specification, sections 4.3 and 7.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from milepost.reports import words
from milepost.reports.profile.days import StudyDays
from milepost.reports.profile.inputs import ProfileInputs
from milepost.reports.profile.sources import of_record

MOST_LANES = 14  # terms drawn, the gravest kept; the rest is listed below
ACTIONS = {"STOP": "stopped", "REDUCE": "reduced", "INTERRUPT": "paused", "INCREASE": "raised"}
OUTCOMES = {
    "FATAL": "fatal", "RECOVERED": "recovered", "SEQUELAE": "recovered with sequelae", "RECOVERING": "recovering",
    "ONGOING": "goes on", "NOT_KNOWN": "not known",
}  # fmt: skip


@dataclass(frozen=True)
class EventBar:
    """One event; first and last are places on the axis, both included. last None: it goes on at the cut-off.

    about: the day of onset is not complete.
    """

    first: int
    last: int | None
    grade: int | None
    serious: bool
    fatal: bool
    about: bool


@dataclass(frozen=True)
class EventLane:
    """All events of one term, in order. said: grade and seriousness in words, such as grade 3, serious."""

    term: str
    bars: tuple[EventBar, ...]
    said: str


@dataclass(frozen=True)
class EventPanel:
    """Terms by day of onset. more: terms that are listed only. undated: events without a known day of onset."""

    lanes: tuple[EventLane, ...]
    more: int
    undated: int


@dataclass(frozen=True)
class EventRow:
    """One event in the list."""

    term: str
    grade: str
    serious: str
    related: str
    days: str
    action: str
    outcome: str
    note: str
    source: str


def build_events(own: ProfileInputs, days: StudyDays) -> EventPanel:
    """The events of all lines."""
    lanes: dict[str, list[EventBar]] = {}
    undated = 0
    for row in _ordered(own):
        at = days.at(row["ASTDT"])
        if at is None:
            undated += 1
            continue
        lanes.setdefault(str(row["ATERM"]), []).append(_bar(row, at, days))
    made = [EventLane(term, tuple(bars), _said(bars)) for term, bars in lanes.items()]
    kept = sorted(made, key=lambda lane: (-_worst(lane.bars), lane.bars[0].first, lane.term))[:MOST_LANES]
    kept.sort(key=lambda lane: (lane.bars[0].first, lane.term))
    return EventPanel(tuple(kept), len(made) - len(kept), undated)


def list_events(own: ProfileInputs, days: StudyDays) -> tuple[EventRow, ...]:
    """Every event with its receipt, by day of onset; those without one last."""
    return tuple(_row(row, days) for row in _ordered(own))


def _ordered(own: ProfileInputs) -> list[dict[str, Any]]:
    rows = own.adae.sort_values(["ASTDT", "ATERM", "RECKEY"], na_position="last", kind="stable")
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


def _bar(row: dict[str, Any], at: int, days: StudyDays) -> EventBar:
    end, fatal = days.at(row["AENDT"]), row["AFATAL"] == "Y"
    if end is None and row["AOUT"] in ("RECOVERED", "SEQUELAE", "FATAL"):
        end = at  # it is over, but not known since when: drawn where it began
    return EventBar(at, None if end is None else max(end, at), _grade(row), row["AESERFL"] == "Y", fatal,
                    row["ASTDTF"] is not None and not pd.isna(row["ASTDTF"]))  # fmt: skip


def _grade(row: dict[str, Any]) -> int | None:
    return None if pd.isna(row["ATOXGRN"]) else int(row["ATOXGRN"])


def _worst(bars: tuple[EventBar, ...] | list[EventBar]) -> float:
    """Gravest first: fatal, serious, then the highest grade; a missing grade counts as more than the mildest."""
    return max(
        (10.0 if b.fatal else 0.0) + (5.0 if b.serious else 0.0) + (b.grade if b.grade is not None else 1.5)
        for b in bars
    )


def _said(bars: list[EventBar]) -> str:
    grades = [bar.grade for bar in bars if bar.grade is not None]
    parts = [
        f"grade {max(grades)}" if grades else "grade missing",
        "fatal" if any(bar.fatal for bar in bars) else "serious" if any(bar.serious for bar in bars) else "",
    ]
    return ", ".join(part for part in parts if part)


def _row(row: dict[str, Any], days: StudyDays) -> EventRow:
    grade = _grade(row)
    return EventRow(
        term=str(row["ATERM"]), grade="missing" if grade is None else str(grade),
        serious="fatal" if row["AFATAL"] == "Y" else "serious" if row["AESERFL"] == "Y" else "",
        related=_YES_NO.get(row["AREL"], "not said"), days=_days(row, days),
        action=", ".join(ACTIONS.get(word, word.lower()) for word in row["AACN"] or ()),
        outcome=OUTCOMES.get(row["AOUT"], ""), note=", ".join(_notes(row)),
        source=of_record(row["DELIVERY"], row["SRCLINE"], row["RECKEY"], "AE"),
    )  # fmt: skip


_YES_NO = {"Y": "yes", "N": "no"}


def _notes(row: dict[str, Any]) -> Iterator[str]:
    if row["PREFL"] == "Y":
        yield "began before first dose"
    if isinstance(row["DATAERR"], str):
        yield "dates contradict each other: the site is asked"


def _days(row: dict[str, Any], days: StudyDays) -> str:
    line = None if pd.isna(row["LINE"]) else int(row["LINE"])
    start, end = days.at(row["ASTDT"]), days.at(row["AENDT"])
    if start is None:
        return "onset not known" if days.origin is not None else "before any dose"
    about = "about " if isinstance(row["ASTDTF"], str) else ""
    if end is not None:
        return about + days.span(row["ASTDT"], row["AENDT"], line)
    over = row["AOUT"] in ("RECOVERED", "SEQUELAE", "FATAL")
    return f"{about}{days.said(row['ASTDT'], line)}" + (", end not known" if over else " on")


def count_ongoing(panel: EventPanel) -> int:
    """Events drawn that go on at the cut-off."""
    return sum(bar.last is None for lane in panel.lanes for bar in lane.bars)


def counted(rows: tuple[EventRow, ...]) -> str:
    """6 events, 1 of them serious."""
    serious = sum(bool(row.serious) for row in rows)
    head = words.many(len(rows), "event")
    return f"{head}, {serious} of them serious or fatal" if serious else head

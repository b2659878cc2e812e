"""The course of one serious event in a line of words, made from the record and in study days alone.

Never a day of a calendar, a dose or a drug: the same words stand in the open report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from milepost.reports import words

ACTIONS: Mapping[str, str] = {
    "STOP": "stopped", "REDUCE": "dose reduced", "INTERRUPT": "interrupted", "INCREASE": "dose increased",
}  # fmt: skip
RELATIONS: Mapping[str | None, str] = {"Y": "Yes", "N": "No", None: "not given"}
OUTCOMES: Mapping[str | None, str] = {
    "FATAL": "Fatal", "RECOVERED": "Recovered", "SEQUELAE": "Recovered with sequelae", "RECOVERING": "Recovering",
    "ONGOING": "Not recovered", "NOT_KNOWN": "Not known", None: "not given",
}  # fmt: skip
ENDED = ("FATAL", "RECOVERED", "SEQUELAE")


@dataclass(frozen=True)
class Told:
    """What a record says of one event. Days are study days of its line of therapy; None where they are not known.

    when: DURING, LATER, BEFORE or AFTER, as `safety_serious.read_serious` has it. later_line: its number, where it is
    not the line of entry from which the days count. since: days from the last dose to the onset, where the last dose
    came before. partial: the onset is not fully dated. days_after: how long after the last dose an event is still
    counted.
    """

    when: str
    start: int | None
    end: int | None
    partial: bool
    grade: int | None
    related: str | None
    actions: tuple[str, ...]
    no_action: str
    outcome: str | None
    fatal: bool
    since: int | None
    treated: bool
    death: int | None
    told_day: int | None
    later_line: int | None
    days_after: int

    @classmethod
    def of(cls, row: Mapping[str, Any], *, days_after: int) -> Told:
        """From a row of `safety_serious.read_serious`."""
        undated = row["ASTDTF"] == "Y" or pd.isna(row["ASTDY"])
        return cls(
            when=row["WHEN"], start=None if undated else int(row["ASTDY"]), end=_number(row["AENDY"]),
            partial=row["ASTDTF"] in ("D", "M"), grade=_number(row["ATOXGRN"]), related=_word(row["AREL"]),
            actions=tuple(row["AACN"]), no_action="none" if _word(row["AEACN"]) else "not given",
            outcome=_word(row["AOUT"]), fatal=row["AFATAL"] == "Y", since=_number(row["SINCEDAYS"]),
            treated=not pd.isna(row["FIRSTDOSE"]), death=_number(row["DEATHDY"]), told_day=_number(row["TOLDDY"]),
            later_line=_number(row["LATERLINE"]), days_after=days_after,
        )  # fmt: skip

    @property
    def ongoing(self) -> bool:
        """Not known to have ended."""
        return self.end is None and not self.fatal and self.outcome not in ENDED


def days_of(told: Told) -> str:
    """35–68, 23–ongoing; a question mark for a day nobody gave."""
    start = "?" if told.start is None else day_text(told.start)
    if told.fatal and told.end is None:
        end = "?" if told.death is None else day_text(told.death)
    else:
        end = "ongoing" if told.ongoing else "?" if told.end is None else day_text(told.end)
    return start if start == end else f"{start}{words.DASH}{end}"


def narrative(told: Told) -> str:
    """When it began and against which dosing, how long it lasted, and how it ended."""
    return " ".join(part for part in (_beginning(told), _ending(told), _after(told)) if part)


def _beginning(told: Told) -> str:
    if told.start is None:
        began = "Day of onset not given"
    else:
        began = f"Began {'about ' if told.partial else 'on '}day {day_text(told.start)}"
    on_line = "" if told.later_line is None else f"Days of line {told.later_line}. "
    return f"{on_line}{began}, {_against_dosing(told)}."


def _against_dosing(told: Told) -> str:
    if not told.treated:
        return "never treated"
    if told.when == "BEFORE":
        return "before first dose"
    if told.since is not None:
        return f"{words.many(told.since, 'day')} after the last dose"
    if told.when == "AFTER":
        return f"more than {told.days_after} days after the last dose"
    return "during treatment"


def _ending(told: Told) -> str:
    lasted = None
    if told.start is not None and told.end is not None and not told.partial:
        lasted = words.many(_apart(told.start, told.end) + 1, "day")
    if told.fatal:
        when = told.death if told.death is not None else told.end
        return "Ended in death." if when is None else f"Ended in death on day {day_text(when)}."
    if told.ongoing:
        return "Not known to have ended." if told.outcome != "RECOVERING" else "Getting better, not ended."
    how = {"RECOVERED": "Over", "SEQUELAE": "Over with sequelae"}.get(told.outcome or "", "Ended")
    if lasted is not None:
        return f"{how} after {lasted}."
    return f"{how}, day not given." if told.end is None else f"{how} by day {day_text(told.end)}."


def _after(told: Told) -> str:
    """The later death of a patient whose event was not the fatal one."""
    return "" if told.fatal or told.death is None else f"Died on day {day_text(told.death)}."


def _apart(first: int, last: int) -> int:
    """Days between two study days: there is no day 0."""
    return last - first - (1 if first < 0 < last else 0)


def day_text(day: int) -> str:
    """A study day with a true minus."""
    return str(day) if day >= 0 else f"{words.MINUS}{-day}"


def _number(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None

"""Which reasons to tell somebody a verdict gives, how grave each is, and how each ends. No frames here.

Source: clinical specification, sections 3.5, 3.7 and, for the states, 3.4.
"""

from __future__ import annotations

import datetime as dt
from functools import cache

RESPONSE = frozenset({"RESPONDER", "PROVISIONAL_RESPONDER"})
NON_RESPONSE = frozenset({"NON_RESPONDER", "PROVISIONAL_NON_RESPONDER"})

KIND_OF_STATE = {
    **dict.fromkeys(NON_RESPONSE, "NON_RESPONSE"),
    "WINDOW_OPEN": "SAMPLE_DUE",
    "OVERDUE": "OVERDUE",
    "MISSED": "MISSED",
    "DATA_ERROR": "DATA_ERROR",
}
KIND_OF_REASON = {"NO_BASELINE": "NO_BASELINE", "SAMPLE_UNUSABLE": "SAMPLE_UNUSABLE", "UNIT": "UNIT_ERROR"}
# a missing baseline can still be repaired (stored serum) in these states, not before or after them
BASELINE_MATTERS = frozenset({"NOT_DUE", "WINDOW_OPEN", "OVERDUE", "MISSED", "NOT_EVALUABLE"})
# told of a non-response in either way: at first sight, or as the correction of a response
TOLD_OF_NON_RESPONSE = ("NON_RESPONSE", "CORRECTION")
INFORMS_ONLY = frozenset({"NON_RESPONSE", "CORRECTION", "RETRACTION", "SAMPLE_DUE"})


@cache
def kinds_of(state: str, reason: str | None, lacks_baseline: bool) -> frozenset[str]:
    """The kinds a reported verdict is in. `lacks_baseline`: the flag NO_BASELINE, raised from day 1."""
    kinds = {KIND_OF_STATE.get(state)}
    if state == "NOT_EVALUABLE" and reason:
        kinds.add(KIND_OF_REASON.get(reason))
    if lacks_baseline and state in BASELINE_MATTERS:
        kinds.add("NO_BASELINE")
    return frozenset(kind for kind in kinds if kind)


def add_working_days(day: dt.date, days: int) -> dt.date:
    """The day so many working days (Monday to Friday) after `day`; with 0 days, `day` itself."""
    while days > 0:
        day += dt.timedelta(days=1)
        days -= day.weekday() < 5
    return day


def severity(kind: str, state: str) -> str:
    """INFO to know, WARN for a final non-response, ACTION where somebody must repair something."""
    if kind not in INFORMS_ONLY:
        return "ACTION"
    return "WARN" if state == "NON_RESPONDER" else "INFO"


def closing(kind: str, state: str, quiet: bool) -> str:
    """How an alert ends: overtaken by a response, taken back, or simply settled."""
    if quiet or kind not in ("NON_RESPONSE", "MISSED"):
        return "RESOLVED"
    return "SUPERSEDED" if kind == "NON_RESPONSE" and state in RESPONSE else "RETRACTED"

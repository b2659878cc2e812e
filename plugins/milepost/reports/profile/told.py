"""What was told about a patient, on which study day, to whom, and what became of it.

Roles told of the same thing share a line. Deadlines are study days too. Source: clinical specification, section 3.7.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from milepost.core.liver_safety import TESTS
from milepost.reports import words
from milepost.reports.attention import OLD_DAYS
from milepost.reports.checkpoint_words import STATE_WORDS
from milepost.reports.mails import alert_reference
from milepost.reports.profile.days import StudyDays, to_day
from milepost.reports.profile.inputs import ProfileInputs

# kind -> (what it is called, class of its mark)
KINDS = {
    "HYS_LAW": ("Potential Hy’s law", "harm"), "FATAL_EVENT": ("Fatal event", "harm"),
    "SERIOUS_EVENT": ("Serious event", "harm"), "SPECIAL_INTEREST": ("Event of special interest", "harm"),
    "LAB_TOXICITY": ("Grave laboratory value", "harm"), "PROGRESSION": ("Progression on scan", "course"),
    "NEW_LESION": ("New lesion", "course"), "NON_RESPONSE": ("Non-response", "non"),
    "CORRECTION": ("Verdict corrected", "non"), "RETRACTION": ("Alert taken back", "course"),
    "SAMPLE_DUE": ("Sample due", "owed"), "OVERDUE": ("Overdue", "owed"), "MISSED": ("Missed", "owed"),
    "NO_BASELINE": ("No baseline", "owed"), "SAMPLE_UNUSABLE": ("Sample unusable", "owed"),
    "UNIT_ERROR": ("Unknown unit", "owed"), "DATA_ERROR": ("Dates contradict", "owed"),
}  # fmt: skip
ACUTE = ("HYS_LAW", "FATAL_EVENT", "SERIOUS_EVENT")
SAFETY = (*ACUTE, "SPECIAL_INTEREST", "LAB_TOXICITY")
STATUS_WORDS = {
    "OPEN": "open", "ACKNOWLEDGED": "acknowledged", "RESOLVED": "settled", "SUPERSEDED": "overtaken",
    "RETRACTED": "taken back",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """One thing told, to one role or several. at: place on the axis of the day it was owed; since: of what it is about.

    short: what it is about in a word or two. sent: whether it reached anybody. by: the deadline while it is open.
    urgency: `today`, `late`, `old` (late for so long that it no longer changes what is done today), or nothing.
    """

    kind: str
    name: str
    mark: str
    at: int | None
    day: str
    since: int | None
    about: str
    short: str
    roles: tuple[str, ...]
    numbers: tuple[str, ...]
    status: str
    is_open: bool
    sent: bool
    by: str
    urgency: str
    action: str

    @property
    def acute(self) -> bool:
        """Open, and of the kinds that cannot wait."""
        return self.is_open and self.kind in ACUTE


def build_told(own: ProfileInputs, days: StudyDays) -> tuple[Told, ...]:
    """Every alert about this patient, oldest first."""
    alerts = own.alerts[own.alerts["KIND"].isin(KINDS)]
    grouped: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in alerts.sort_values("KEY").to_dict("records"):
        alert = {str(name): value for name, value in row.items()}
        key = (
            alert["KIND"],
            int(alert["LINE"]),
            str(alert["CHECKPOINT"]),
            str(alert["ABOUT"]),
            int(alert["EPISODE"]),
            str(alert["OWED_ON"]),
        )
        grouped.setdefault(key, []).append(alert)
    told = [_told(own, days, found) for _, found in sorted(grouped.items(), key=lambda item: item[0])]
    return tuple(
        sorted(told, key=lambda t: (t.at if t.at is not None else -(10**6), t.kind, t.about, t.numbers))
    )


def _told(own: ProfileInputs, days: StudyDays, alerts: list[dict[str, Any]]) -> Told:
    first = alerts[0]
    labels = {role.id: role.label for role in own.protocol.roles}
    order = list(labels)
    alerts = sorted(
        alerts, key=lambda a: (order.index(a["ROLE"]) if a["ROLE"] in order else len(order), a["ROLE"])
    )
    name, mark = KINDS[first["KIND"]]
    detail = first["DETAIL"] if isinstance(first["DETAIL"], Mapping) else {}
    waiting = [alert for alert in alerts if alert["STATUS"] == "OPEN"]
    due = min((day for alert in waiting if (day := to_day(alert["ACT_BY"])) is not None), default=None)
    by, urgency = deadline(due, morning_of(own), days)
    line = int(first["LINE"])
    return Told(
        kind=first["KIND"], name=name, mark=mark, at=days.at(first["OWED_ON"]), day=days.said(first["OWED_ON"], line),
        since=days.at(_since(detail)), about=about(first["KIND"], detail, own, days),
        short=_short(first["KIND"], detail, own),
        roles=tuple(labels.get(a["ROLE"], a["ROLE"].replace("_", " ")) for a in alerts),
        numbers=tuple(alert_reference(str(a["KEY"])) for a in alerts), status=_status(alerts, labels),
        is_open=bool(waiting), sent=any(bool(a["SENT"]) for a in alerts), by=by, urgency=urgency,
        action=str(detail.get("action") or ""),
    )  # fmt: skip


def morning_of(own: ProfileInputs) -> dt.date:
    """The day on which the profile is read: that of the knowledge time, at most one after the cut-off."""
    known = own.known_at.astimezone(ZoneInfo(own.protocol.time_zone)).date()
    return max(own.as_of, min(known, own.as_of + dt.timedelta(days=1)))


def deadline(due: dt.date | None, morning: dt.date, days: StudyDays) -> tuple[str, str]:
    """By when, and how urgent: day 199, in 3 days; today; 2 days late."""
    if due is None:
        return "", ""
    left = (due - morning).days
    if left < 0:
        return f"{words.many(-left, 'day')} late", "late" if -left <= OLD_DAYS else "old"
    if left == 0:
        return "today", "today"
    return (
        f"{days.said(due)}, in {words.many(left, 'day')}" if days.origin else f"in {words.many(left, 'day')}",
        "",
    )


def _status(alerts: Iterable[Mapping[str, Any]], labels: Mapping[str, str]) -> str:
    """One word where all roles agree; else who still has to act, and what the others did."""
    by_status: dict[str, list[str]] = {}
    for alert in alerts:
        by_status.setdefault(str(alert["STATUS"]), []).append(labels.get(alert["ROLE"], alert["ROLE"]))
    if len(by_status) == 1:
        status = next(iter(by_status))
        return STATUS_WORDS.get(status, status.lower())
    ordered = sorted(by_status, key=lambda status: (status != "OPEN", status))
    return "; ".join(
        f"{STATUS_WORDS.get(s, s.lower())}: {words.listed(by_status[s]).lower()}" for s in ordered
    )


def _since(detail: Mapping[str, Any]) -> dt.date | None:
    """The day the matter began: of a liver case the enzyme's, of an event its onset, of a value its collection."""
    named = ("enzdt", "onset", "collected", "seen")
    text = next((detail[name] for name in named if isinstance(detail.get(name), str)), None)
    if text is None:
        value = detail.get("value")
        text = value.get("collected") if isinstance(value, Mapping) else None
    return pd.Timestamp(text[:10]).date() if isinstance(text, str) and len(text) >= 10 else None


def about(kind: str, detail: Mapping[str, Any], own: ProfileInputs, days: StudyDays) -> str:
    """What the alert said, in a sentence without dates."""
    if kind in ("FATAL_EVENT", "SERIOUS_EVENT", "SPECIAL_INTEREST"):
        return f"{detail.get('term')}, {_grade(detail)}, since {_day(detail.get('onset'), days)}"
    if kind == "LAB_TOXICITY":
        test = _test(own, str(detail.get("test")))
        shown = f"{detail.get('result') or ''} {detail.get('unit') or ''}".strip()
        value = f", {shown}" if shown else ""
        return f"{test} {detail.get('direction')}, {_grade(detail)}{value}, {_day(detail.get('collected'), days)}"
    if kind == "HYS_LAW":
        _, _, bili, alp = (_test(own, code) for code in TESTS)
        enzyme = _test(own, str(detail.get("enzyme")))
        return (
            f"{enzyme} {_times(detail.get('enzxuln'))} on {_day(detail.get('enzdt'), days)}, "
            f"{bili} {_times(detail.get('bilixuln'))} on {_day(detail.get('bilidt'), days)}, "
            f"{alp} {_times(detail.get('alpxuln'))}"
        )
    if kind in ("PROGRESSION", "NEW_LESION"):
        return f"scan of {_day(detail.get('seen'), days)}"
    return _of_verdict(detail)


def _short(kind: str, detail: Mapping[str, Any], own: ProfileInputs) -> str:
    if kind in ("FATAL_EVENT", "SERIOUS_EVENT", "SPECIAL_INTEREST"):
        return str(detail.get("term") or "")
    if kind == "LAB_TOXICITY":
        return f"{_test(own, str(detail.get('test')))} {detail.get('direction')}"
    return ""


def _of_verdict(detail: Mapping[str, Any]) -> str:
    state = STATE_WORDS.get(str(detail.get("state")), ("",))[0]
    before = detail.get("before")
    was = STATE_WORDS.get(str(before.get("state")), ("",))[0] if isinstance(before, Mapping) else ""
    parts = [f"{was} → {state}" if was and was != state else state]
    base, value = detail.get("baseline"), detail.get("value")
    if isinstance(base, Mapping) and isinstance(value, Mapping):
        parts.append(f"{_value(base)} → {_value(value)} on day {value.get('study_day')}")
    if isinstance(detail.get("change_pct"), str):
        parts.append(f"{detail['change_pct'].replace('-', words.MINUS)}{words.THIN}%")
    return ", ".join(part for part in parts if part)


def _value(measured: Mapping[str, Any]) -> str:
    return f"{measured.get('value')} {measured.get('unit') or ''}".rstrip()


def _grade(detail: Mapping[str, Any]) -> str:
    return f"grade {detail['grade']}" if detail.get("grade") is not None else "grade missing"


def _times(value: Any) -> str:
    return f"{float(value):.1f} × ULN" if isinstance(value, int | float) else "not known"


def _day(text: Any, days: StudyDays) -> str:
    return (
        days.said(pd.Timestamp(text[:10]).date())
        if isinstance(text, str) and len(text) >= 10
        else "a day not known"
    )


def _test(own: ProfileInputs, code: str) -> str:
    return {test.code: test.label for test in own.protocol.tests}.get(code, code)

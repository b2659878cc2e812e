"""Safety alerts on this morning's list: what a derivation found and nobody has acknowledged yet.

The list is open to people who may not see arms: a line says kind, grade, study day and who acts, never a drug or date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from milepost.core.study_day import study_day
from milepost.reports import words
from milepost.reports.attention_item import Item, day_of, deadline_words
from milepost.reports.inputs import ReportInputs
from milepost.reports.mails import alert_reference
from milepost.reports.masking import Mask

# kind -> (what it is called, colour class, what the role does)
_KINDS = {
    "HYS_LAW": ("Potential Hy’s law", "non", "repeats the liver tests, adjudicates"),
    "FATAL_EVENT": ("Fatal event", "non", "reads the event and its cause"),
    "SERIOUS_EVENT": ("Serious event", "non", "reads the event, judges its relation"),
    "SPECIAL_INTEREST": ("Event of special interest", "owed", "checks the dose against the protocol"),
    "LAB_TOXICITY": ("Grave laboratory value", "owed", "looks at the course"),
    "PROGRESSION": ("Progression on scan", "gone", "compares with the site’s assessment"),
    "NEW_LESION": ("New lesion", "gone", "checks that it is unequivocal"),
}
_ACUTE = ("HYS_LAW", "FATAL_EVENT", "SERIOUS_EVENT")  # before everything a site owes


def safety_alerts(inputs: ReportInputs) -> Iterable[Item]:
    """One line for each signal that still stands; roles told of the same signal share it."""
    alerts = inputs.alerts
    ours = alerts[alerts["kind"].isin(_KINDS)] if len(alerts) else alerts
    grouped: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for alert in ours.sort_values("key").to_dict("records"):
        row = {str(name): value for name, value in alert.items()}
        grouped[row["kind"], row["usubjid"], _line(row["line"]), str(row["about"])].append(row)
    begun = inputs.lines.dropna(subset="FIRSTDOSE")
    keys = zip(begun["USUBJID"].astype(str), begun["LINE"].map(_line), strict=True)
    first = dict(zip(keys, pd.to_datetime(begun["FIRSTDOSE"]), strict=True))
    for (kind, subject, line, _), found in sorted(grouped.items()):
        yield _item(inputs, kind, subject, found, first.get((subject, line)))


def _item(
    inputs: ReportInputs, kind: str, subject: str, alerts: list[dict[str, Any]], first: pd.Timestamp | None
) -> Item:
    what, colour, act = _KINDS[kind]
    order = [role.id for role in inputs.protocol.roles]
    labels = {role.id: role.label for role in inputs.protocol.roles}
    roles = sorted({str(a["role"]) for a in alerts}, key=lambda r: order.index(r) if r in order else 99)
    named = [labels.get(role, role.replace("_", " ")) for role in roles]
    deadline = min((day for a in alerts if (day := day_of(a["act_by"])) is not None), default=None)
    by, urgency = deadline_words(deadline, inputs.morning)
    return Item(
        what=what, kind=colour, new=any(day_of(a["owed_on"]) == inputs.as_of for a in alerts), who=subject,
        known=Mask(inputs.protocol).neutral(_known(kind, alerts[0]["detail"], first)), actor=named[0], act=act,
        also=words.listed([name.lower() for name in named[1:]]), by=by, urgency=urgency,
        group=-1 if kind in _ACUTE else 1, deadline=deadline, roles=tuple(roles), subject=subject,
        alerts=tuple((alert_reference(str(a["key"])), labels.get(str(a["role"]), str(a["role"]))) for a in alerts),
    )  # fmt: skip


def _line(number: object) -> str:
    """A line of therapy as a key; empty where an alert has none."""
    return "" if pd.isna(number) else f"{int(float(str(number)))}"


def _known(kind: str, detail: Mapping[str, Any], first: pd.Timestamp | None) -> str:
    grade = f"grade {detail['grade']}" if detail.get("grade") is not None else "grade not known"
    if kind == "LAB_TOXICITY":
        return words.upper_first(
            f"{detail['test']} {detail['direction']}, {grade}, {_day(detail.get('collected'), first)}."
        )
    if kind in ("FATAL_EVENT", "SERIOUS_EVENT", "SPECIAL_INTEREST"):
        return words.upper_first(f"{detail['term']}, {grade}, since {_day(detail.get('onset'), first)}.")
    if kind == "HYS_LAW":
        return (
            "ALT or AST with bilirubin above the protocol’s limits, no cholestasis before; not adjudicated."
        )
    return f"Scan of {_day(detail.get('seen'), first)}."


def _day(text: str | None, first: pd.Timestamp | None) -> str:
    """The study day of an ISO date. A day of the calendar would tell more of a patient than the open report may."""
    if not text or len(text) < len("2026-04-20") or first is None:
        return "an unknown day"
    return f"day {study_day(pd.Timestamp(text[:10]).date(), first.date())}"

"""What a mail says: study, class, deadline, alert and where to read it. Nothing of a patient: mail is no safe place.

Of a report whose estimates two programs give differently it names the estimates, never their values.
Source: clinical specification, section 3.7.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from milepost.protocol import StudyProtocol
from milepost.reports import words
from milepost.reports.masking import Mask

# What a site owes is named, so that it can be sent; a verdict on a patient is not: its mail is a number and a link.
_ABOUT = {
    "SAMPLE_DUE": "a checkpoint sample that is due",
    "OVERDUE": "an overdue checkpoint sample",
    "MISSED": "a missed checkpoint",
    "NO_BASELINE": "a missing baseline",
    "SAMPLE_UNUSABLE": "a sample whose result cannot be used",
    "UNIT_ERROR": "a result in an unknown unit",
    "DATA_ERROR": "dates that contradict each other",
    "DELIVERY_HELD": "a delivery that was not recorded",
    "HYS_LAW": "a potential case of drug-induced liver injury",
    "FATAL_EVENT": "a fatal adverse event",
    "SERIOUS_EVENT": "a serious adverse event",
    "SPECIAL_INTEREST": "an adverse event of special interest",
    "LAB_TOXICITY": "a grave laboratory value",
    "PROGRESSION": "a scan that shows progression",
    "NEW_LESION": "a scan that shows a new lesion",
    "SITE_SILENT": "a site that has sent nothing",
    "ESTIMATES_DISAGREE": "estimates of a report that two programs give differently",
}
# a mail about another mail names it: its receiver knows it by this number only
_ABOUT_ANOTHER = {"notice_of": "Cancels", "replaces": "Amends"}
# a delivery's alert may say in its detail which of the two it was
_OUTCOMES = {"HELD": "a delivery that was held", "REFUSED": "a delivery that was refused"}
# what the protocol asks for a non-response says by itself that it is one
_READ_IT = "Read what stands behind this number, and acknowledge it."
_SAYS_VERDICT = re.compile(r"respon[ds]", re.IGNORECASE)
_COLOURS = {"ACTION": "#e0a02a", "WARN": "#b5380b", "INFO": "#0b5c94"}
_WITHOUT_LINK = (
    "No portal address is configured: find the number in this morning’s report, or ask the data manager."
)
_MOST_ESTIMATES = 3  # named in a mail; the report names them all
_WHOLE_STUDY = "Study"  # in place of a site, where an alert is about none
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: read aloud without doubt


@dataclass(frozen=True)
class AlertMail:
    """One alert as a mail; text and HTML set the same words. `link` is empty where no portal is configured.

    lead: before, in and after the words that stand out. facts: name and value.
    """

    study: str
    reference: str
    subject: str
    severity: str
    heading: str
    lead: tuple[str, str, str]
    facts: tuple[tuple[str, str], ...]
    act_by: str
    action: str
    link: str
    without_link: str
    caution: str
    colour: str
    made_up: bool


@dataclass(frozen=True)
class DigestLine:
    """One alert of a digest."""

    reference: str
    severity: str
    about: str
    act_by: str
    action: str


@dataclass(frozen=True)
class DigestMail:
    """A site's alerts of one day, in one mail."""

    study: str
    site: str
    subject: str
    heading: str
    lead: str
    lines: tuple[DigestLine, ...]
    link: str
    without_link: str
    caution: str
    colour: str
    made_up: bool


def alert_reference(key: str) -> str:
    """The short name of an alert, such as A-7F3K2M9Q: 40 bits of the SHA-256 of its key, which is never mailed."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:5], "big")
    return "A-" + "".join(_LETTERS[(number >> shift) & 31] for shift in range(35, -1, -5))


def alert_mail_model(protocol: StudyProtocol, row: Mapping[str, Any]) -> AlertMail:
    """The mail of one alert (a row of the outbox with its alert; names in any case)."""
    alert = _lower(row)
    mask = Mask(protocol)
    reference = alert_reference(str(alert["alert_key"] if "alert_key" in alert else alert["key"]))
    act_by = _day(alert.get("act_by"))
    severity = str(alert["severity"])
    deadline = f" by {act_by}" if act_by else ""
    about, role, detail = _about(alert), _role(protocol, str(alert["role"])), _detail(alert)
    facts = [
        ("Study", protocol.id), ("Alert", reference), ("Class", severity),
        ("Opened", _instant(protocol, alert.get("owed_at"))), ("Act by", act_by),
        *((said, alert_reference(str(detail[key]))) for key, said in _ABOUT_ANOTHER.items() if detail.get(key)),
        *(_estimates(detail) if alert["kind"] == "ESTIMATES_DISAGREE" else ()),
    ]  # fmt: skip
    return AlertMail(
        study=protocol.id, reference=reference, subject=f"[{protocol.id}] {severity}{deadline} - {reference}",
        severity=severity, heading=_heading(severity, act_by),
        lead=("An alert waits for the ", role.lower(), f". It is about {about}." if about else "."),
        facts=tuple((name, value) for name, value in facts if value), act_by=act_by,
        action=mask.neutral(_action(protocol, alert)), link=_link(protocol, "a", reference),
        without_link=_WITHOUT_LINK,
        caution=mask.neutral(_caution(protocol, [alert])), colour=_COLOURS.get(severity, _COLOURS["INFO"]),
        made_up=protocol.made_up,
    )  # fmt: skip


def digest_mail_model(protocol: StudyProtocol, rows: Sequence[Mapping[str, Any]]) -> DigestMail:
    """The mail of a site's alerts of one day to one recipient; soonest deadline first."""
    alerts = [_lower(row) for row in rows]
    made = {str(a["alert_key"] if "alert_key" in a else a["key"]): a for a in alerts}
    mask = Mask(protocol)
    ordered = sorted(
        made.items(), key=lambda kv: (_date(kv[1].get("act_by")) or dt.date.max, str(kv[1]["kind"]), kv[0])
    )
    lines = tuple(
        DigestLine(alert_reference(key), str(a["severity"]),
                   words.upper_first(_about(a) or "something to read"),
                   _day(a.get("act_by")), mask.neutral(_action(protocol, a)))
        for key, a in ordered
    )  # fmt: skip
    first = alerts[0]
    days = [found for alert in alerts if (found := _date(alert.get("owed_on"))) is not None]
    site, day = str(first["siteid"]) or _WHOLE_STUDY, max(days, default=None)
    spoken = words.week_day(day) if day else ""
    graver = next(
        (s for s in ("ACTION", "WARN", "INFO") if any(line.severity == s for line in lines)), "INFO"
    )
    return DigestMail(
        study=protocol.id, site=site,
        subject=f"[{protocol.id}] {site}, {spoken}: {words.many(len(lines), 'alert')}",
        heading=f"{site}, {spoken}: {words.many(len(lines), 'alert')}",
        lead=f"{'It waits' if len(lines) == 1 else 'They wait'} for the {_role(protocol, str(first['role'])).lower()}. "
        "At most one such message comes a day.", lines=lines, without_link=_WITHOUT_LINK,
        link=_link(protocol, "s", f"{site}/{day.isoformat()}" if day else site),
        caution=mask.neutral(_caution(protocol, alerts)), colour=_COLOURS[graver], made_up=protocol.made_up,
    )  # fmt: skip


def _heading(severity: str, act_by: str) -> str:
    """What is asked, and by when: the first thing read."""
    asked = {"ACTION": "Action", "WARN": "Please look"}.get(severity)
    if asked is None:
        return f"For information; act by {act_by}" if act_by else "For information"
    return f"{asked} by {act_by}" if act_by else f"{asked}"


def _lower(row: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name).lower(): value for name, value in row.items()}


def _role(protocol: StudyProtocol, role: str) -> str:
    return {r.id: r.label for r in protocol.roles}.get(role, role.replace("_", " "))


def _detail(alert: Mapping[str, Any]) -> Mapping[str, Any]:
    detail = alert.get("detail")
    read = json.loads(detail) if isinstance(detail, str) else detail
    return read if isinstance(read, Mapping) else {}


def _of_safety(alert: Mapping[str, Any]) -> bool:
    return alert.get("signal") is not None and not pd.isna(alert["signal"])


def _caution(protocol: StudyProtocol, alerts: Sequence[Mapping[str, Any]]) -> str:
    """What an alert is not: the checkpoint's sentence, that of safety alerts, or both where a digest holds both."""
    said = {_of_safety(alert): None for alert in alerts}
    of_kind = {False: protocol.alerts.caution, True: protocol.alerts.safety_caution}
    return " ".join(dict.fromkeys(of_kind[safety] for safety in sorted(said)))


def _about(alert: Mapping[str, Any]) -> str:
    """What a site owes, by name; empty for a verdict."""
    if alert["kind"] == "RETRACTION" and _of_safety(alert):
        return "an earlier alert that no longer stands"
    if alert["kind"] == "DELIVERY_HELD":
        outcome = _detail(alert).get("outcome")
        if outcome in _OUTCOMES:
            return _OUTCOMES[str(outcome)]
    return _ABOUT.get(str(alert["kind"]), "")


def report_name(detail: Mapping[str, Any]) -> str:
    """The report an alert is about: open report of 12 Nov 2026; closed report, look 1, of 12 Nov 2026."""
    kind, _, look = str(detail["report_kind"]).partition("-look-")
    name = "dry run" if kind == "dry-run" else f"{kind} report"
    held = f", look {look}," if look else ""
    return f"{name}{held} of {words.day(dt.date.fromisoformat(str(detail['as_of'])))}"


def _estimates(detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Which report, how many of its estimates differ of how many, and which."""
    named = list(map(str, detail["estimates"]))
    left = len(named) - _MOST_ESTIMATES
    more = f"; and {words.count(left)} more" if left > 0 else ""
    yield "Report", f"{report_name(detail)}, {detail['report']}"
    yield "Differ", f"{words.count(int(detail['apart']))} of {words.many(int(detail['compared']), 'number')}"
    yield "Which", "; ".join(named[:_MOST_ESTIMATES]) + more


def _action(protocol: StudyProtocol, alert: Mapping[str, Any]) -> str:
    """What the protocol asks of this role; where that would say a verdict, only that the alert is to be read."""
    kinds = [k for k in protocol.alerts.kinds if k.kind == alert["kind"]]
    own = [k for k in kinds if alert["role"] in k.roles]
    action = (own or kinds)[0].action if kinds else ""
    names_it = alert["kind"] == "NON_RESPONSE" or (
        alert["kind"] not in _ABOUT and _SAYS_VERDICT.search(action)
    )
    return _READ_IT if action and names_it else action


def _link(protocol: StudyProtocol, kind: str, name: str) -> str:
    base = protocol.alerts.portal_url.rstrip("/")
    return f"{base}/{kind}/{name}" if base else ""


def _date(value: Any) -> dt.date | None:
    if value is None or pd.isna(value):
        return None
    return value.date() if isinstance(value, dt.datetime) else value if isinstance(value, dt.date) else None


def _day(value: Any) -> str:
    day = _date(value)
    return words.week_day(day) + f" {day.year}" if day else ""


def _instant(protocol: StudyProtocol, value: Any) -> str:
    if value is None or pd.isna(value):
        return ""
    when = pd.Timestamp(value).to_pydatetime()
    zone = protocol.time_zone
    local = when.astimezone(ZoneInfo(zone))
    return f"{words.instant(local, zone)} ({words.offset(local, zone)})"

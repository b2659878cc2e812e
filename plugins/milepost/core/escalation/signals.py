"""Which messages are owed when a safety signal appears, changes or is withdrawn.

A signal is one reason to tell somebody about one subject or site: an event, a test that reached a grade, a pair of
liver values. Its alert is owed once to each role. Where corrected data change what it says, the alert is superseded
and owed again with what was said before; where they take it away, whoever was told is told so.
Source: clinical specification, sections 3.5, 3.7, 5.2 and 7.2.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from milepost.core.alert_kinds import add_working_days
from milepost.core.escalation.owed import ALERT_COLUMNS, EVENT_COLUMNS, Night, Owed, to_event, to_frame
from milepost.protocol import AlertKind, AlertPolicy, Role

SIGNAL_KEYS = ["KIND", "SITEID", "USUBJID", "LINE", "ABOUT"]
SEVERITY = {
    "HYS_LAW": "ACTION", "FATAL_EVENT": "ACTION", "SERIOUS_EVENT": "ACTION", "SITE_SILENT": "ACTION",
    "LAB_TOXICITY": "WARN", "SPECIAL_INTEREST": "WARN", "PROGRESSION": "WARN", "NEW_LESION": "WARN",
}  # fmt: skip
# a site that sends again has answered: nothing said before was wrong
SETTLED = ("SITE_SILENT",)
# an event is serious or fatal: the one overtakes the other, nothing is taken back
SAME_EVENT = {"SERIOUS_EVENT": "FATAL_EVENT", "FATAL_EVENT": "SERIOUS_EVENT"}
Row = Mapping[str, Any]


def decide_signals_owed(
    before: pd.DataFrame,
    changed: pd.DataFrame,
    episodes: pd.DataFrame,
    *,
    policy: AlertPolicy,
    roles: Iterable[Role],
    study_id: str,
    as_of: dt.date,
    known_at: dt.datetime,
    config_hash: str,
    only_config: bool = False,
) -> Owed:
    """The alerts these changes owe, and the closing of those they end.

    before: latest versions of the same signals (SIGNAL_KEYS, VERSION, ACTIVE, FACTS). changed: their new versions,
    withdrawn ones with ACTIVE False (also SITEID, DETAIL). episodes: SIGNAL_KEYS, ROLE, EPISODE (the latest), OPEN.
    only_config: nothing but an edit of the study folder made the change; it owes nothing, and closes without a notice.
    """
    night = Night(policy, {role.id: role for role in roles}, study_id, as_of, known_at, config_hash)
    then = {_keys(row): row for row in _records(before)}
    told: dict[tuple[Any, ...], dict[str, tuple[int, bool]]] = {}
    for row in _records(episodes):
        told.setdefault(_keys(row), {})[str(row["ROLE"])] = (int(row["EPISODE"]), bool(row["OPEN"]))
    alerts: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    here = {_keys(row): bool(row["ACTIVE"]) for row in (*_records(before), *_records(changed))}
    for now in _records(changed):
        key = _keys(now)
        earlier, episodes_of = then.get(key), told.get(key, {})
        still = [(role, number) for role, (number, is_open) in sorted(episodes_of.items()) if is_open]
        if not now["ACTIVE"]:
            overtaken = here.get(_other(key), False)
            for role, number in still:
                quiet = only_config or now["KIND"] in SETTLED
                ended = "RESOLVED" if quiet else "SUPERSEDED" if overtaken else "RETRACTED"
                events.append(to_event(night, _key(night, now, role, number), ended))
                if ended == "RETRACTED":
                    notice = _notice(night, now, earlier, role, number)
                    alerts.append(notice)
                    events.append(to_event(night, notice["KEY"], "RESOLVED"))
            continue
        if only_config:
            continue
        events += [to_event(night, _key(night, now, role, number), "SUPERSEDED") for role, number in still]
        replaced = {role: _key(night, now, role, number) for role, number in still}
        if not replaced and not here.get(_other(key), True):
            other = {**now, "KIND": _other(key)[0]}
            overtaken_by = told.get(_other(key), {})
            replaced = {
                role: _key(night, other, role, number) for role, (number, on) in overtaken_by.items() if on
            }
            earlier = then.get(_other(key))
        seen: set[str] = set()
        for rule in night.rules(str(now["KIND"])):
            for role in (role for role in rule.roles if role not in seen):
                seen.add(role)
                number, _ = episodes_of.get(role, (0, False))
                said = {}
                if role in replaced and earlier is not None:
                    said = {"before": earlier["FACTS"], "replaces": replaced[role]}
                alerts.append(_alert(night, now, role, number + 1, rule, said))
    return Owed(
        to_frame(alerts, ALERT_COLUMNS, ["KEY"]), to_frame(events, EVENT_COLUMNS, ["ALERT_KEY", "EVENT"])
    )


def _alert(
    night: Night, now: Row, role: str, episode: int, rule: AlertKind | None, more: Row
) -> dict[str, Any]:
    kind = str(now["KIND"])
    act_by = None if rule is None else add_working_days(night.as_of, rule.act_within_days)
    entitled = role in night.roles and night.roles[role].sees_arm
    shown = {
        name: value for name, value in now["DETAIL"].items() if entitled or name not in ("arm", "treatment")
    }
    detail = {
        **now["FACTS"], **shown,
        "action": None if rule is None else rule.action,
        "owner": night.roles[role].label if role in night.roles else role,
        "caution": night.policy.caution,
        "as_of": night.as_of.isoformat(), "known_at": night.known_at.isoformat(), "config_hash": night.config_hash,
        **more,
    }  # fmt: skip
    return {
        "KEY": _key(night, now, role, episode), "KIND": kind, "ROLE": role, "EPISODE": episode,
        "SITEID": now["SITEID"], "USUBJID": now["USUBJID"] or None, "LINE": int(now["LINE"]) or None,
        "CHECKPOINT": None, "ASSESSMENT": None, "SEVERITY": SEVERITY[kind], "OWED_AT": night.known_at,
        "OWED_ON": night.as_of, "ACT_BY": act_by, "SEND": "immediate" if rule is None else rule.send,
        "CONFIG_HASH": night.config_hash, "DETAIL": detail, "ABOUT": now["ABOUT"], "SIGNAL": int(now["VERSION"]),
    }  # fmt: skip


def _notice(night: Night, now: Row, earlier: Row | None, role: str, episode: int) -> dict[str, Any]:
    """Tell a role that what it was told no longer stands. Nothing is to be done: it is closed at once."""
    rules = night.rules("RETRACTION")
    rule = next(iter((*(rule for rule in rules if role in rule.roles), *rules)), None)
    closed = _key(night, now, role, episode)
    said = {"notice_of": closed, "before": {} if earlier is None else earlier["FACTS"]}
    bare = {**now, "FACTS": {}, "DETAIL": {"kind": now["KIND"]}}
    alert = _alert(night, bare, role, episode, rule, said)
    return alert | {"KEY": closed + "|withdrawn", "KIND": "RETRACTION", "SEVERITY": "INFO", "ACT_BY": None,
                    "EPISODE": episode}  # fmt: skip


def _key(night: Night, now: Row, role: str, episode: int) -> str:
    """The alert's name; what it is about appears as a digest, a record's key may hold a site's own number."""
    about = hashlib.sha256(str(now["ABOUT"]).encode()).hexdigest()[:10] if now["ABOUT"] else ""
    of = now["USUBJID"] or f"site {now['SITEID']}"
    line = int(now["LINE"]) or ""
    return "|".join(str(part) for part in (night.study_id, of, line, about, now["KIND"], role, episode))


def _other(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """The signal that says the same event the other way, serious or fatal; no signal's key where there is none."""
    return (SAME_EVENT.get(str(key[0]), ""), *key[1:])


def _keys(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in SIGNAL_KEYS)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]

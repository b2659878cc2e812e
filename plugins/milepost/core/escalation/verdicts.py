"""Which messages are owed when a verdict changes, to whom, by when, and which earlier ones no longer stand.

A *kind* is a reason to tell somebody (`protocol.study.ALERT_KINDS`). A verdict is in some kinds and not in
others; an alert is owed when it enters one, and the alert's life ends when it leaves. A kind may be entered,
left and entered again: each entry is another episode, so A -> B -> A tells twice and a replay not at all.
Source: clinical specification, sections 3.5 and 3.7.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pandas as pd

from milepost.core.alert_detail import check_context, context_detail, flags_of, is_empty, verdict_detail
from milepost.core.alert_kinds import (
    RESPONSE,
    TOLD_OF_NON_RESPONSE,
    add_working_days,
    closing,
    kinds_of,
    severity,
)
from milepost.core.escalation.owed import ALERT_COLUMNS, EVENT_COLUMNS, Night, Owed, to_event, to_frame
from milepost.protocol import AlertKind, AlertPolicy, Role

Row = Mapping[str, Any]
Key = tuple[Any, ...]  # the values of KEYS

KEYS = ["USUBJID", "LINE", "CHECKPOINT"]


@dataclass(frozen=True)
class Change:
    """One verdict that entered or left kinds: before (None for the first), now, and its earlier alerts."""

    before: Row | None
    now: Row
    entered: tuple[str, ...]
    left: tuple[str, ...]
    context: Row
    episodes: Mapping[tuple[str, str], tuple[int, bool]]  # kind, role -> latest episode, whether it is open


def decide_owed(
    before: pd.DataFrame,
    after: pd.DataFrame,
    episodes: pd.DataFrame,
    *,
    policy: AlertPolicy,
    roles: Iterable[Role],
    study_id: str,
    as_of: dt.date,
    known_at: dt.datetime,
    config_hash: str,
    context: pd.DataFrame | None = None,
) -> Owed:
    """The alerts and notices this change of verdicts owes, and the closing of those it ends.

    before, after: latest and new verdicts, one row each USUBJID, LINE, CHECKPOINT, with SITEID STATE REASON
    FINAL FLAGS VERSION and the verdict's numbers. A patient missing from `after` was not judged and is left
    alone. An optional boolean ONLY_CONFIG in `after` marks verdicts that nothing but an edit of the study
    folder changed: they owe nothing, and what they end is closed without a notice.
    episodes: KEYS, KIND, ROLE, EPISODE (the latest), OPEN (no closing event yet).
    context: USUBJID, LINE and columns of `alert_detail`, shown in the detail.
    """
    night = Night(policy, {role.id: role for role in roles}, study_id, as_of, known_at, config_hash)
    alerts: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    for change in _changes(before, after, episodes, context):
        quiet = change.now.get("ONLY_CONFIG") is True
        for kind in change.left:
            ended = closing(kind, str(change.now["STATE"]), quiet)
            for told_of, role, episode in _open(change, kind):
                closed = _key(night, change.now, told_of, role, episode)
                events.append(to_event(night, closed, ended))
                if ended != "RESOLVED":
                    notice = _notice(night, change, ended, role, closed)
                    alerts.append(notice)
                    events.append(to_event(night, notice["KEY"], "RESOLVED"))
        if not quiet:
            alerts += [alert for kind in change.entered for alert in _entering(night, change, kind)]
    return Owed(
        to_frame(alerts, ALERT_COLUMNS, ["KEY"]), to_frame(events, EVENT_COLUMNS, ["ALERT_KEY", "EVENT"])
    )


def _changes(
    before: pd.DataFrame, after: pd.DataFrame, episodes: pd.DataFrame, context: pd.DataFrame | None
) -> Iterator[Change]:
    """Verdicts that entered or left a kind, in order of patient, line and checkpoint."""
    then, now = _kinds(before), _kinds(after)
    changed = sorted(key for key, kinds in now.items() if kinds != then.get(key, frozenset()))
    old, new = _rows(before, changed), _rows(after, changed)
    told = _told(episodes, changed)
    known = _context(context)
    for key in changed:
        had, has = then.get(key, frozenset()), now[key]
        yield Change(
            before=old.get(key), now=new[key], context=known.get(key[:2], {}), episodes=told.get(key, {}),
            entered=tuple(sorted(has - had)), left=tuple(sorted(had - has)),
        )  # fmt: skip


def _kinds(verdicts: pd.DataFrame) -> dict[Key, frozenset[str]]:
    if verdicts.empty:
        return {}
    if verdicts.duplicated(KEYS).any():
        raise ValueError("verdicts: one row for each USUBJID, LINE and CHECKPOINT is needed, found several")
    keys = zip(*(verdicts[column] for column in KEYS), strict=True)
    flags = verdicts["FLAGS"] if "FLAGS" in verdicts else [()] * len(verdicts)
    states = zip(verdicts["STATE"], verdicts["REASON"], flags, strict=True)
    return {
        key: kinds_of(state, None if is_empty(reason) else reason, "NO_BASELINE" in flags_of(flag))
        for key, (state, reason, flag) in zip(keys, states, strict=True)
    }


def _rows(verdicts: pd.DataFrame, wanted: Sequence[Key]) -> dict[Key, Row]:
    if verdicts.empty or not wanted:
        return {}
    chosen = verdicts[pd.MultiIndex.from_frame(verdicts[KEYS]).isin(wanted)]
    return {tuple(row[column] for column in KEYS): row for row in _records(chosen)}


def _records(frame: pd.DataFrame) -> list[Row]:
    return cast(list[Row], frame.to_dict("records"))


def _told(
    episodes: pd.DataFrame, wanted: Sequence[Key]
) -> dict[Key, dict[tuple[str, str], tuple[int, bool]]]:
    told: dict[Key, dict[tuple[str, str], tuple[int, bool]]] = {key: {} for key in wanted}
    for row in _records(episodes):
        key = tuple(row[column] for column in KEYS)
        if key in told:
            told[key][row["KIND"], row["ROLE"]] = (int(row["EPISODE"]), bool(row["OPEN"]))
    return told


def _context(context: pd.DataFrame | None) -> dict[Key, Row]:
    if context is None or context.empty:
        return {}
    check_context(context.columns)
    return {(row["USUBJID"], row["LINE"]): row for row in _records(context)}


def _open(change: Change, kind: str) -> list[tuple[str, str, int]]:
    """The open alerts of a kind that was left: kind, role, episode."""
    kinds = TOLD_OF_NON_RESPONSE if kind == "NON_RESPONSE" else (kind,)
    told = sorted(change.episodes.items())
    return [(of, role, episode) for (of, role), (episode, is_open) in told if of in kinds and is_open]


def _entering(night: Night, change: Change, kind: str) -> list[dict[str, Any]]:
    """The alerts owed by entering a kind: one for each role, unless that role has one open already."""
    flipped = kind == "NON_RESPONSE" and change.before is not None and change.before["STATE"] in RESPONSE
    told_as = "CORRECTION" if flipped else kind
    # whoever is told of a non-response is told of a response corrected into one, whatever the study folder
    # says about corrections: the rule for corrections comes first, so its wording wins where a role has both
    rules = (*night.rules(told_as), *night.rules(kind)) if flipped else night.rules(kind)
    alerts: dict[str, dict[str, Any]] = {}
    for rule in rules:
        for role in rule.roles:
            episode, is_open = change.episodes.get((told_as, role), (0, False))
            if role not in alerts and not is_open:
                detail = {"before": verdict_detail(change.before)} if flipped and change.before else {}
                alerts[role] = _alert(night, change, told_as, role, episode + 1, rule, detail)
    return list(alerts.values())


def _notice(night: Night, change: Change, ended: str, role: str, closed: str) -> dict[str, Any]:
    """Tell a role that what it was told no longer stands. Nothing is to be done: it is closed at once."""
    kind = "CORRECTION" if ended == "SUPERSEDED" else "RETRACTION"
    rules = night.rules(kind)
    mine = [rule for rule in rules if role in rule.roles]
    rule = next(iter((*mine, *rules)), None)
    episode, _ = change.episodes.get((kind, role), (0, False))
    detail = {"notice_of": closed, "before": verdict_detail(change.before or {})}
    return _alert(night, change, kind, role, episode + 1, rule, detail) | {"SEVERITY": "INFO", "ACT_BY": None}


def _alert(
    night: Night,
    change: Change,
    kind: str,
    role: str,
    episode: int,
    rule: AlertKind | None,
    more: dict[str, Any],
) -> dict[str, Any]:
    now = change.now
    act_by = None if rule is None else add_working_days(night.as_of, rule.act_within_days)
    entitled = role in night.roles and night.roles[role].sees_arm
    detail = {
        **verdict_detail(now),
        **context_detail(change.context, entitled),
        "action": None if rule is None else rule.action,
        "owner": night.roles[role].label if role in night.roles else role,
        "caution": night.policy.caution,
        "as_of": night.as_of.isoformat(),
        "known_at": night.known_at.isoformat(),
        "config_hash": night.config_hash,
        **more,
    }
    return {
        "KEY": _key(night, now, kind, role, episode), "KIND": kind, "ROLE": role, "EPISODE": episode,
        "SITEID": now["SITEID"], "USUBJID": now["USUBJID"], "LINE": int(now["LINE"]),
        "CHECKPOINT": now["CHECKPOINT"], "ASSESSMENT": int(now["VERSION"]), "CONFIG_HASH": night.config_hash,
        "OWED_AT": night.known_at, "OWED_ON": night.as_of, "ACT_BY": act_by, "DETAIL": detail,
        "SEND": "immediate" if rule is None else rule.send, "SEVERITY": severity(kind, now["STATE"]),
        "ABOUT": None, "SIGNAL": None,
    }  # fmt: skip


def _key(night: Night, row: Row, kind: str, role: str, episode: int) -> str:
    parts = (night.study_id, row["USUBJID"], int(row["LINE"]), row["CHECKPOINT"], kind, role, episode)
    return "|".join(str(part) for part in parts)

"""Which verdicts are other ones than in the last report, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from milepost.reports.arrivals import CODE, CORRECTION, NEW, RULE, TIME
from milepost.reports.checkpoint_words import STATE_WORDS
from milepost.reports.judged import Judged

_EVALUABLE = ("RESPONDER", "NON_RESPONDER")
_WAITING = ("NOT_DUE", "WINDOW_OPEN", "OVERDUE", "PROVISIONAL_RESPONDER", "PROVISIONAL_NON_RESPONDER")
_AMOUNTS = ("base_source", "value_source", "base", "value", "base_day", "day")


@dataclass(frozen=True)
class Moved:
    """A verdict that is another one than in the last report, or rests on something else (`same`: its answer stands)."""

    row: Judged | None
    before: Mapping[str, Any] | None
    kind: str
    text: str
    same: bool = False

    @property
    def moves_rates(self) -> bool:
        """Whether a response rate is moved by this: it was or is an evaluable one, and is another one."""
        states = {(self.before or {}).get("state"), self.row.state if self.row else None}
        return not self.same and not states.isdisjoint(_EVALUABLE)


def memory(row: Judged) -> dict[str, Any]:
    """What the next report needs of a verdict to say why it changed. No dates; sources without record keys."""
    return {
        "state": row.state, "reason": row.reason, "final": row.final, "base": row.base, "base_unit": row.base_unit,
        "base_day": row.base_day, "value": row.value, "value_unit": row.value_unit, "day": row.day,
        "change": None if row.change is None else f"{row.change:f}", "band": row.band,
        "flags": list(row.flags), "sensitivities": dict(sorted(row.sensitivities.items())),
        "base_source": None if row.base_source is None else list(row.base_source),
        "value_source": None if row.value_source is None else list(row.value_source),
    }  # fmt: skip


def moved(
    rows: list[Judged], predecessor: dict[str, Any], config_hash: str, code_version: str
) -> dict[str, Moved]:
    """Verdict id -> how it moved, for those with another state or reason than then, or resting on another value."""
    before: Mapping[str, Mapping[str, Any]] = predecessor.get("verdicts", {})
    same_rules = predecessor.get("config_hash") == config_hash
    same_code = predecessor.get("code_version") == code_version
    judged_then, judged_now = (
        {_checkpoint(key) for key in keys} for keys in (before, (row.key for row in rows))
    )
    made: dict[str, Moved] = {}
    for row in rows:
        then, now = before.get(row.key), memory(row)
        same = then is not None and (then["state"], then["reason"]) == (row.state, row.reason)
        if same and then is not None and all(then.get(name) == now[name] for name in (*_AMOUNTS, "band")):
            continue
        added = then is None and not same_rules and _checkpoint(row.key) not in judged_then
        kind = RULE if added else _kind(row, then, same_rules, same_code)
        made[row.key] = Moved(row, then, kind, f"{row.subject}: {_text(row, then, kind)}", same)
    for key in sorted(set(before) - {row.key for row in rows}):
        left_out = not same_rules and _checkpoint(key) not in judged_now
        kind, why = (
            (RULE, "checkpoint left out") if left_out else (CORRECTION, "record withdrawn by the site")
        )
        made[key] = Moved(None, before[key], kind, f"{key.split('|')[0]}: {why}")
    return made


def _checkpoint(key: str) -> str:
    return key.split("|")[2]


def _kind(row: Judged, then: Mapping[str, Any] | None, same_rules: bool, same_code: bool) -> str:
    """Corrected where the same sample has another value or day, or is gone; new where another sample came."""
    if then is None:
        return NEW
    now = memory(row)
    for source, day in (("base_source", "base_day"), ("value_source", "day")):
        old, new = then.get(source), now[source]
        if old == new and then.get(day) != now[day]:
            return CORRECTION
        if old and not new:
            return CORRECTION
        if old and new and old != new:
            return CORRECTION if new[2] > 1 and then.get(day) == now[day] else NEW
        if new and not old:
            return NEW
    if all(then.get(name) == now[name] for name in _AMOUNTS) and not same_rules and row.state != "MISSED":
        return RULE
    waited = row.state in ("MISSED", "OVERDUE", "WINDOW_OPEN", "NOT_DUE") or then["state"] in _WAITING
    if all(then.get(name) == now[name] for name in _AMOUNTS) and not same_code and not waited:
        return CODE
    return NEW if row.state in ("NOT_REACHED", "DATA_ERROR", "NOT_DUE") else TIME


def _text(row: Judged, then: Mapping[str, Any] | None, kind: str) -> str:
    name = STATE_WORDS[row.state][0].lower()
    if (
        kind == CORRECTION
        and then is not None
        and then.get("value")
        and row.value
        and then["value"] != row.value
    ):
        return f"value of day {row.day} corrected from {then['value']} to {row.value} {row.value_unit or ''}".rstrip()
    if row.day is not None and kind == NEW:
        return f"{name}, sample of day {row.day}"
    if kind == TIME and row.today is not None:
        return f"{name} on day {row.today}"
    return name

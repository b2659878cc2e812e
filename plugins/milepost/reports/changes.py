"""What changed since the last report, number by number, with its cause: so that no figure moves unexplained."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from milepost.reports import words
from milepost.reports.arrivals import CODE, CORRECTION, NEW, NEW_PATIENTS, RULE, TIME, Arrivals
from milepost.reports.checkpoint_words import STATE_WORDS
from milepost.reports.judged import Judged
from milepost.reports.ledger import Number, rows_behind

KINDS = (NEW_PATIENTS, NEW, CORRECTION, TIME, RULE, CODE)
_MOST_NAMED = 6
_EVALUABLE = ("RESPONDER", "NON_RESPONDER")
_WAITING = ("NOT_DUE", "WINDOW_OPEN", "OVERDUE", "PROVISIONAL_RESPONDER", "PROVISIONAL_NON_RESPONDER")
_AMOUNTS = ("base_source", "value_source", "base", "value", "base_day", "day")


@dataclass(frozen=True)
class Cause:
    """One kind of cause behind a change, and whom it concerns."""

    kind: str
    text: str


@dataclass(frozen=True)
class Change:
    """One number, then and now. `change` may be 0 where one patient came and another went."""

    id: str
    label: str
    then: str
    now: str
    change: str
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class Moved:
    """A verdict that is another one than in the last report."""

    row: Judged | None
    before: Mapping[str, Any] | None
    kind: str
    text: str


def memory(row: Judged) -> dict[str, Any]:
    """What the next report needs of a verdict to say why it changed. No dates; sources without record keys."""
    return {
        "state": row.state, "reason": row.reason, "final": row.final, "base": row.base, "base_unit": row.base_unit,
        "base_day": row.base_day, "value": row.value, "value_unit": row.value_unit, "day": row.day,
        "change": None if row.change is None else f"{row.change:f}", "band": row.band, "site": row.site,
        "flags": list(row.flags), "sensitivities": dict(sorted(row.sensitivities.items())),
        "base_source": None if row.base_source is None else list(row.base_source),
        "value_source": None if row.value_source is None else list(row.value_source),
    }  # fmt: skip


def moved(
    rows: list[Judged], predecessor: dict[str, Any], config_hash: str, code_version: str
) -> dict[str, Moved]:
    """Verdict id -> how it moved, for those whose state or reason is another one than then."""
    before: Mapping[str, Mapping[str, Any]] = predecessor.get("verdicts", {})
    same_rules = predecessor.get("config_hash") == config_hash
    same_code = predecessor.get("code_version") == code_version
    made: dict[str, Moved] = {}
    for row in rows:
        then = before.get(row.key)
        if then is not None and (then["state"], then["reason"]) == (row.state, row.reason):
            continue
        kind = _kind(row, then, same_rules, same_code)
        made[row.key] = Moved(row, then, kind, f"{row.subject}: {_text(row, then, kind)}")
    gone = sorted(set(before) - {row.key for row in rows})
    for key in gone:
        made[key] = Moved(None, before[key], CORRECTION, f"{key.split('|')[0]}: record withdrawn by the site")
    return made


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


def changes(
    numbers: Mapping[str, Number], predecessor: dict[str, Any], movements: Mapping[str, Moved]
) -> tuple[Change, ...]:
    """The followed numbers that changed, or behind which one came and another went."""
    before = {entry["id"]: entry for entry in predecessor.get("numbers", [])}
    made = []
    for number in numbers.values():
        then = before.get(number.id)
        if not number.followed or then is None:
            continue
        causes = _causes(number, then, rows_behind(then, before), movements)
        if _plain(then["value"]) == _plain(number.value) and not causes:
            continue
        made.append(_change(number, then, causes))
    return tuple(made)


_ABSENT: Mapping[str, Any] = {"value": None, "receipt": {}}  # the last report had no such number


def clinical_changes(
    numbers: Mapping[str, Number], predecessor: dict[str, Any], arrivals: Arrivals
) -> tuple[Change, ...]:
    """Every number of the clinical sections that has another value than in the last report, with what came since."""
    before = {entry["id"]: entry for entry in predecessor.get("numbers", [])}
    made = []
    for number in numbers.values():
        then = before.get(number.id, _ABSENT)
        if _plain(then["value"]) == _plain(number.value):
            continue
        told = arrivals.causes(number.receipt.rows, rows_behind(then, before) or ())
        causes = [Cause(kind, text) for kind, text in told]
        made.append(_change(number, then, causes))
    return tuple(made)


def _change(number: Number, then: Mapping[str, Any], causes: list[Cause]) -> Change:
    return Change(
        number.id, number.label, _shown(then["value"], number.unit), _shown(number.value, number.unit),
        _difference(then["value"], number.value, number.unit), tuple(causes),
    )  # fmt: skip


def _causes(
    number: Number, then: Mapping[str, Any], old_rows: list[str] | None, movements: Mapping[str, Moved]
) -> list[Cause]:
    new_rows = number.receipt.rows
    if number.unit == "%":
        named = {m.kind for m in movements.values() if _concerns(m, number.id)}
        kinds = [kind for kind in KINDS if kind in named]
        old, new = then.get("denominator"), number.denominator
        if not kinds or (_plain(then["value"]) == _plain(number.value) and old == new):
            return []
        return [
            Cause(
                " and ".join([kinds[0], *(k.lower() for k in kinds[1:])]),
                f"denominator {old} became {new}" if old != new else f"denominator unchanged, {new}",
            )
        ]
    if old_rows is None:
        return []
    signs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for sign, keys in (
        ("+", sorted(set(new_rows) - set(old_rows))),
        (words.MINUS, sorted(set(old_rows) - set(new_rows))),
    ):
        for key in keys:
            movement = movements.get(key)
            kind = movement.kind if movement else _kind_of_row(number.id, sign)
            signs[kind, sign].append(movement.text if movement else _row_name(key))
    return [
        Cause(kind, f"{sign}{len(texts)}: {'; '.join(texts[:_MOST_NAMED])}"
                    + (f"; and {words.count(len(texts) - _MOST_NAMED)} more" if len(texts) > _MOST_NAMED else ""))
        for (kind, sign), texts in sorted(signs.items(), key=lambda kv: (KINDS.index(kv[0][0]), kv[0][1]))
    ]  # fmt: skip


def _concerns(movement: Moved, id_: str) -> bool:
    """Whether a rate is moved by this: the verdict is of its checkpoint, and was or is an evaluable one."""
    states = {(movement.before or {}).get("state"), movement.row.state if movement.row else None}
    mine = movement.row is None or f".{movement.row.key.split('|')[2]}." in f".{id_}."
    return mine and not states.isdisjoint(_EVALUABLE)


def _kind_of_row(id_: str, sign: str) -> str:
    """Rows that are no verdicts: what came is new; what went was answered; age alone makes a query late."""
    if id_.endswith(".past_due"):
        return TIME if sign == "+" else NEW
    return NEW if sign == "+" else CORRECTION


def _row_name(key: str) -> str:
    return key.split("|")[0]


def _plain(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _shown(value: object, unit: str) -> str:
    number = _plain(value)
    if number is None:
        return words.DASH
    if unit == "%":
        return words.percent(number)
    if number == number.to_integral_value():
        return words.count(int(number))
    return f"{float(number):.3g}".replace("-", words.MINUS)


def _difference(then: object, now: object, unit: str) -> str:
    old, new = _plain(then), _plain(now)
    if old is None or new is None:
        return ""
    if unit == "%":
        return f"{words.signed(words.one_decimal(new) - words.one_decimal(old))} points"
    if old == old.to_integral_value() and new == new.to_integral_value():
        return words.signed(int(new - old))
    moved = float(new - old)
    return f"{words.MINUS if moved < 0 else '+'}{abs(moved):.2g}"

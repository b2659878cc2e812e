"""What changed since the last report, number by number, with its cause: so that no figure moves unexplained."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from milepost.reports import words
from milepost.reports.arrivals import CODE, CORRECTION, NEW, NEW_PATIENTS, RULE, TIME, Arrivals
from milepost.reports.ledger import Number, rows_behind
from milepost.reports.moved_verdicts import Moved

KINDS = (NEW_PATIENTS, NEW, CORRECTION, TIME, RULE, CODE)
ABSENT_THEN, ABSENT_NOW = "not in the report", "no longer in the report"
_MOST_NAMED = 6


@dataclass(frozen=True)
class Cause:
    """One kind of cause behind a change, and whom it concerns."""

    kind: str
    text: str


@dataclass(frozen=True)
class Change:
    """One number, then and now. `change` may be 0 where one patient came and another went.

    followed: listed on the page; the others are in report.json, "moved", alone.
    """

    id: str
    label: str
    then: str
    now: str
    change: str
    causes: tuple[Cause, ...]
    followed: bool = False


def changes(
    numbers: Mapping[str, Number],
    predecessor: dict[str, Any],
    movements: Mapping[str, Moved],
    arrivals: Arrivals,
) -> tuple[Change, ...]:
    """The numbers of checkpoints, enrolment and data that changed, or behind which one came and another went."""
    before = {entry["id"]: entry for entry in predecessor.get("numbers", [])}
    made = []
    for number in numbers.values():
        then = before.get(number.id, _ABSENT)
        causes = _causes(number, then, rows_behind(then, before), movements)
        if _plain(then["value"]) == _plain(number.value) and not causes:
            continue
        told = [Cause(kind, text) for kind, text in arrivals.changed()] if then is _ABSENT else []
        made.append(_change(number, then, told or causes or _unexplained(number, then, arrivals)))
    return tuple(made)


_ABSENT: Mapping[str, Any] = {"value": None, "receipt": {"rows": []}}  # the last report had no such number


def clinical_changes(
    numbers: Mapping[str, Number], predecessor: dict[str, Any], arrivals: Arrivals
) -> tuple[Change, ...]:
    """Every number of the clinical sections that is new or has another value than then, with what came since."""
    before = {entry["id"]: entry for entry in predecessor.get("numbers", [])}
    made = []
    for number in numbers.values():
        then = before.get(number.id, _ABSENT)
        if _plain(then["value"]) == _plain(number.value):
            continue
        told = arrivals.causes(number.id, number.receipt.rows, rows_behind(then, before))
        made.append(_change(number, then, [Cause(kind, text) for kind, text in told]))
    return tuple(made)


def vanished(
    numbers: Mapping[str, Number], predecessor: dict[str, Any], arrivals: Arrivals
) -> tuple[Change, ...]:
    """Every number of the last report that is not in this one, with what came since about whom it counted."""
    before = {entry["id"]: entry for entry in predecessor.get("numbers", [])}
    made = []
    for id_, then in before.items():
        if id_ in numbers or then["value"] is None:
            continue
        told = arrivals.causes(id_, (), rows_behind(then, before))
        made.append(
            Change(
                id_, str(then["label"]), _shown(then["value"], str(then.get("unit", ""))), ABSENT_NOW, "",
                tuple(Cause(kind, text) for kind, text in told), bool(then.get("followed")),
            )
        )  # fmt: skip
    return tuple(made)


def plain_moved(moved: Sequence[Change]) -> list[dict[str, Any]]:
    """As report.json holds them: each number that moved, came or vanished, with the kinds of its causes."""
    return [
        {
            "id": c.id,
            "label": c.label,
            "then": c.then,
            "now": c.now,
            "causes": [cause.kind for cause in c.causes],
        }
        for c in moved
    ]


def beside(moved: Sequence[Change]) -> str:
    """How many numbers moved that are not followed on the page, and how many of them are new or gone."""
    left = [change for change in moved if not change.followed]
    if not left:
        return ""
    kinds = ((ABSENT_THEN, "new"), (ABSENT_NOW, ABSENT_NOW))
    counts = [(sum(text in (one.then, one.now) for one in left), said) for text, said in kinds]
    told = words.listed([f"{words.count(n)} {said}" for n, said in counts if n])
    return f"{words.many(len(left), 'number')} moved beside them{f' ({told})' if told else ''}: report.json, “moved”."


def _change(number: Number, then: Mapping[str, Any], causes: Sequence[Cause]) -> Change:
    return Change(
        number.id, number.label, ABSENT_THEN if then is _ABSENT else _shown(then["value"], number.unit),
        _shown(number.value, number.unit), _difference(then["value"], number.value, number.unit), tuple(causes),
        number.followed,
    )  # fmt: skip


def _causes(
    number: Number, then: Mapping[str, Any], old_rows: list[str] | None, movements: Mapping[str, Moved]
) -> list[Cause]:
    if number.unit == "%":
        return _causes_of_rate(number, then, old_rows, movements)
    if old_rows is None:
        return []
    new_rows = number.receipt.rows
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


def _causes_of_rate(
    number: Number, then: Mapping[str, Any], old_rows: list[str] | None, movements: Mapping[str, Moved]
) -> list[Cause]:
    """A rate is moved by verdicts among those it is a share of, and by who came to them or left them."""
    old, new = then.get("denominator"), number.denominator
    if _plain(then["value"]) == _plain(number.value) and old == new:
        return []
    rows = set(number.receipt.rows)
    if old_rows is None:  # the ids of the verdicts of its checkpoint stand for them
        named = {
            m.kind for key, m in movements.items() if m.moves_rates and f".{key.split('|')[2]}." in number.id
        }
    else:
        apart = rows ^ set(old_rows)
        named = {m.kind for key, m in movements.items() if key in apart or (key in rows and m.moves_rates)}
    kinds = [kind for kind in KINDS if kind in named]
    if not kinds:
        return []
    was = "unchanged, " if old == new else "" if old is None else f"{old} became "
    text = f"denominator {was}{new}"
    return [Cause(" and ".join([kinds[0], *(kind.lower() for kind in kinds[1:])]), text)]


def _unexplained(number: Number, then: Mapping[str, Any], arrivals: Arrivals) -> list[Cause]:
    """A number that moved while the rows behind it did not, or while of its rows then only their hash was kept."""
    if told := arrivals.changed():
        return [Cause(kind, text) for kind, text in told]
    if then is _ABSENT:
        return [Cause(TIME, "told for the first time")]
    old, new = _plain(then["value"]), _plain(number.value)
    if old is not None and new is not None and new > old:
        return [Cause(_kind_of_row(number.id, "+"), "more of what it counts came")]
    return [Cause(_kind_of_row(number.id, words.MINUS), "what it counts was settled or read again")]


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

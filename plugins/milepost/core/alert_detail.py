"""What the receiver of an alert is shown behind its reference: the verdict's numbers, exactly as judged.

The mail itself carries few data and a reference; this is what the reference leads to and what an audit reads.
No name, date of birth or hospital number is in a verdict, so none can be here; the arm, and whatever gives it
away, is shown to entitled roles only. Source: clinical specification, section 3.7.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

Row = Mapping[str, Any]

# what a caller may add from other tables, column -> key of the detail; everything else is refused by name
OPEN_CONTEXT = {
    "BASE_LAB": "baseline_laboratory",
    "AVAL_LAB": "value_laboratory",
    "HBV": "hbv",
    "LASTDOSE": "last_dose",
    "NEXT_SCAN": "next_scan",
    "DAYS_TO_SCAN": "days_to_scan",
    "OPEN_GRADE3": "open_grade3_events",
    "AVAL_RECEIVED": "value_received",
    "COURSE": "course",
}
# a drug or its dose names the arm as surely as the arm's own code does
ARM_CONTEXT = {"ARMCD": "arm", "TREATMENT": "treatment", "DOSE_LEVEL": "dose_level"}


def verdict_detail(verdict: Row) -> dict[str, Any]:
    """The verdict's own numbers: both values as reported, the change, the exact comparison, bands and flags.

    Needs the columns of `core.checkpoint.assess`; a column that is absent or empty is shown as null.
    `change_pct` has one decimal (negative = fall) and is never what was compared: `comparison` is.
    """
    change = _get(verdict, "PCHG")
    return {
        "state": _get(verdict, "STATE"),
        "reason": _get(verdict, "REASON"),
        "sub_reason": _get(verdict, "DETAIL"),
        "final": bool(_get(verdict, "FINAL")),
        "first_dose": _get(verdict, "FIRSTDOSE"),
        "baseline": _measurement(verdict, "BASE", "BASEU", "BASEDTC", "BASEADY"),
        "value": _measurement(verdict, "AVAL", "AVALU", "AVALDTC", "ADY"),
        "change_pct": None if change is None else one_decimal(Decimal(str(change))),
        "reduction_interval": [_get(verdict, "RMIN"), _get(verdict, "RMAX")],
        "comparison": _get(verdict, "COMPARISON"),
        "band": _get(verdict, "BAND"),
        "high_baseline": _get(verdict, "HIGH"),
        "flags": sorted(flags_of(verdict.get("FLAGS"))),
        "assessment": _get(verdict, "VERSION"),
    }


def context_detail(context: Row, sees_arm: bool) -> dict[str, Any]:
    """What other tables say of the patient, without the arm unless the role is entitled to it."""
    shown = {**OPEN_CONTEXT, **ARM_CONTEXT} if sees_arm else OPEN_CONTEXT
    return {key: _get(context, column) for column, key in shown.items() if column in context}


def check_context(columns: Iterable[str]) -> None:
    """Refuse a context column whose entitlement nobody decided. Raises ValueError naming it."""
    unknown = sorted(set(columns) - {"USUBJID", "LINE", *OPEN_CONTEXT, *ARM_CONTEXT})
    if unknown:
        known = ", ".join((*OPEN_CONTEXT, *ARM_CONTEXT))
        raise ValueError(f"alert context: column {unknown[0]} is unknown. Known: {known}.")


def one_decimal(percent: Decimal) -> str:
    """The percent change as people read it, signed, one decimal: half away from zero."""
    return f"{percent.quantize(Decimal('0.1'), ROUND_HALF_UP):+f}"


def flags_of(value: Any) -> frozenset[str]:
    """The flag codes of a verdict; none where the cell is empty."""
    if isinstance(value, tuple | list | set | frozenset):
        return frozenset(value)
    return frozenset() if is_empty(value) else frozenset([str(value)])


def is_empty(value: Any) -> bool:
    """Whether a cell holds nothing: None, NaN or NaT."""
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def plain(value: Any) -> Any:
    """The value as JSON can hold it: exact decimals as text, days and instants as ISO 8601 text."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(item) for item in value)
    if is_empty(value):
        return None
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.datetime):  # pandas' Timestamp is one
        midnight = value.tzinfo is None and value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


def _get(row: Row, column: str) -> Any:
    return plain(row.get(column))


def _measurement(row: Row, value: str, unit: str, collected: str, day: str) -> dict[str, Any] | None:
    if is_empty(row.get(value)):
        return None
    return {
        "value": _get(row, value),
        "unit": _get(row, unit),
        "collected": _get(row, collected),
        "study_day": None if is_empty(row.get(day)) else int(row[day]),
    }

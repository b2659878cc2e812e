"""How numbers, days and states are written, everywhere the same.

A count has thin groups from five digits on, a percent its space, a minus is a minus and not a hyphen.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

THIN = "\u202f"
MINUS = "\u2212"
DASH = "\u2013"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def count(number: int) -> str:
    """A count: 158, 4210, 40 000 (thin groups from five digits on)."""
    digits = f"{abs(number)}"
    if len(digits) > 4:
        digits = f"{abs(number):,}".replace(",", THIN)
    return f"{MINUS}{digits}" if number < 0 else digits


def signed(number: int | Decimal) -> str:
    """A change with its sign; 0 is plain."""
    if number == 0:
        return "0"
    text = count(abs(number)) if isinstance(number, int) else f"{abs(number):f}"
    return f"+{text}" if number > 0 else f"{MINUS}{text}"


def one_decimal(number: Decimal) -> Decimal:
    """Rounded half away from zero to one decimal."""
    return number.quantize(Decimal("0.1"), ROUND_HALF_UP)


def percent(number: Decimal) -> str:
    """63.3 % (one decimal, a space before the sign)."""
    return f"{one_decimal(number):f}{THIN}%".replace("-", MINUS)


def signed_percent(number: Decimal) -> str:
    """−17.0 % or +3.2 %."""
    rounded = one_decimal(number)
    mark = "+" if number > 0 else MINUS if number < 0 else ""
    return f"{mark}{abs(rounded):f}{THIN}%"


def interval(low: Decimal, high: Decimal) -> str:
    """53.0–72.8 %."""
    return f"{one_decimal(low):f}{DASH}{one_decimal(high):f}{THIN}%"


def amount(number: Decimal) -> str:
    """A protocol's number without the zeros that say nothing: 25, 0.5, 1430.25."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", MINUS)


def many(number: int, one: str, more: str | None = None) -> str:
    """1 patient, 2 patients."""
    return f"{count(number)} {one if number == 1 else more or one + 's'}"


def days(first: int, last: int) -> str:
    """A range of study days: 22–36, or 29 where both are the same."""
    return str(first) if first == last else f"{first}{DASH}{last}"


def day(when: dt.date) -> str:
    """21 Nov 2026."""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def short_day(when: dt.date) -> str:
    """21 Nov."""
    return f"{when.day} {_MONTHS[when.month - 1]}"


def week_day(when: dt.date) -> str:
    """Mon 23 Nov."""
    return f"{_DAYS[when.weekday()]} {short_day(when)}"


def long_day(when: dt.date) -> str:
    """Sunday 22 Nov 2026."""
    return f"{_LONG_DAYS[when.weekday()]} {day(when)}"


def month(when: dt.date, with_year: bool) -> str:
    """Oct, or Oct 2025."""
    return f"{_MONTHS[when.month - 1]} {when.year}" if with_year else _MONTHS[when.month - 1]


def instant(when: dt.datetime, zone: str) -> str:
    """22 Nov 2026, 05:40, in this zone."""
    local = when.astimezone(ZoneInfo(zone))
    return f"{day(local.date())}, {local:%H:%M}"


def offset(when: dt.datetime, zone: str) -> str:
    """UTC+8: how far this zone was ahead of UTC then."""
    ahead = when.astimezone(ZoneInfo(zone)).utcoffset() or dt.timedelta()
    minutes = int(ahead.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    sign = MINUS if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")


def listed(items: list[str]) -> str:
    """a, b and c."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def upper_first(text: str) -> str:
    """The text with a capital at its start, the rest untouched."""
    return text[:1].upper() + text[1:]

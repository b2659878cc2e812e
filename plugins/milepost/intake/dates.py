"""Dates as a site writes them, as ISO 8601 text in the site's local time; never guessed.

The declared forms are tried first, each on the whole cell, then ISO 8601. Two declared forms that read one text as
two days make it unreadable, as does a day that does not exist. Source: clinical specification 9.5, traps 35 and 36.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import partial
from zoneinfo import ZoneInfo

from milepost.core.partial_dates import without_unknown_parts
from milepost.errors import ConfigurationError
from milepost.intake.annotations import FINE, Finding
from milepost.intake.texts import half_width, tidy

EXCEL = "excel"  # the declared form "serial day number of the 1900 system", 46083 = 2026-03-02
_EXCEL_DAY_0 = dt.datetime.fromisoformat("1899-12-30")  # local to the site, as every date here
_FIRST_YEAR, _LAST_YEAR = (
    1900,
    2199,
)  # outside is a slip of the keyboard, and outside what a timestamp can hold
_MOST_DAYS = 200_000  # more leads out of any calendar, and 1e99999 would take for ever
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_OFFSET = r"(?P<z>[Zz]|[+-]\d{2}(?::?\d{2})?)"
_PARTS = {
    "Y": r"(?P<Y>\d{4})", "y": r"(?P<y>\d{2})", "m": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})", "I": r"(?P<I>\d{1,2})", "M": r"(?P<M>\d{2})", "S": r"(?P<S>\d{2})(?:[.,]\d+)?",
    "p": r"(?P<p>[AaPp])[Mm]", "b": r"(?P<b>[A-Za-z]{3})", "B": r"(?P<B>[A-Za-z]{3,9})", "z": _OFFSET,
    "f": r"\d{1,6}",
}  # fmt: skip
_ISO = (
    r"(?P<Y>\d{4})(?:-(?P<m>\d{2})(?:-(?P<d>\d{2})"
    r"(?:[T ](?P<H>\d{2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,]\d+)?)?)?)?)?"
)
_ISO_WITH_OFFSET = (
    r"(?P<Y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})[T ](?P<H>\d{2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,]\d+)?)?\s?"
    + _OFFSET
)
_PLAIN = frozenset("YmdHMS")  # parts that are numbers and need no zone
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)


class DateReader:
    """Reads one layout's dates. `read` gives the ISO text, or None where there is none or it cannot be read."""

    def __init__(self, formats: Iterable[str], zone: str) -> None:
        self.formats = tuple(formats)
        self.zone = ZoneInfo(zone)
        self._days: dict[tuple[str | None, ...], str | None] = {}
        self._iso_forms = [self._matcher(re.compile(form, re.ASCII)) for form in (_ISO, _ISO_WITH_OFFSET)]
        self._readers: list[Callable[[str], str | None]] = [self._reader(form) for form in self.formats]

    def read(self, text: str | None) -> str | None:
        """ISO 8601 text in the site's local time, possibly partial; None where empty or unreadable."""
        if text is None:
            return None
        plain = half_width(text).strip()
        found: str | None = None
        for reader in self._readers:
            iso = reader(plain)
            if iso is not None and found is not None and iso != found:
                return None
            found = found or iso
        # 2026-03-- and 2026-03-UN say the month; what is not known of an ISO date is left out
        return found or self._iso_forms[0](without_unknown_parts(plain)) or self._iso_forms[1](plain)

    def unreadable(self, column: str) -> str:
        """What a site is told of a date that none of the forms fits."""
        forms = ", ".join((*self.formats, "ISO 8601 (2026-03-30)"))
        return f"{column} is no date in a form we may expect. Expected: {forms}."

    def _reader(self, form: str) -> Callable[[str], str | None]:
        if form.casefold() == EXCEL:
            return _from_serial
        return self._matcher(re.compile(_pattern(half_width(form)), re.ASCII))

    def _matcher(self, pattern: re.Pattern[str]) -> Callable[[str], str | None]:
        if _PLAIN >= set(pattern.groupindex) >= {"Y", "m", "d"}:
            places = [pattern.groupindex.get(name, 0) for name in ("Y", "m", "d", "H", "M", "S")]
            return partial(self._plain_iso, pattern, places)
        return partial(self._matched, pattern)

    def _plain_iso(self, pattern: re.Pattern[str], places: list[int], text: str) -> str | None:
        """The same as `_matched` for a form of numbers alone: days are looked up, a file repeats few of them."""
        match = pattern.fullmatch(text)
        if match is None:
            return None
        year, month, day, hour, minute, second = (match[place] if place else None for place in places)
        key = (year, month, day)
        if key not in self._days:
            self._days[key] = self._iso({"Y": year, "m": month, "d": day})
        iso = self._days[key]
        if hour is None or iso is None:
            return iso
        if int(hour) > 23 or (minute or "00") > "59" or (second or "00") > "59":
            return None
        return f"{iso}T{hour:0>2}:{minute or '00'}" + (f":{second}" if second else "")

    def _matched(self, pattern: re.Pattern[str], text: str) -> str | None:
        match = pattern.fullmatch(text)
        return None if match is None else self._iso(match.groupdict())

    def _iso(self, part: dict[str, str | None]) -> str | None:
        year, month, day = _year(part), _month(part), part.get("d")
        if year is None or not _FIRST_YEAR <= year <= _LAST_YEAR or month == 0 or (month is None and day):
            return None
        if month is None:
            return f"{year:04d}"
        if day is None:
            return f"{year:04d}-{month:02d}" if 1 <= month <= 12 else None
        hour, minute, second = _hour(part), part.get("M"), part.get("S")
        try:
            moment = dt.datetime(year, month, int(day), hour or 0, int(minute or 0), int(second or 0))  # noqa: DTZ001
        except ValueError:
            return None
        if hour is None:
            return moment.date().isoformat()
        offset = part.get("z")
        if offset is not None:
            try:
                aware = dt.datetime.fromisoformat(f"{moment.isoformat()}{_colon(offset)}")
                moment = aware.astimezone(self.zone).replace(tzinfo=None)
            except (ValueError, OverflowError):
                return None
        return moment.isoformat(timespec="minutes" if second is None else "seconds")


def date_finding(text: str | None, iso: str | None, column: str, reader: DateReader) -> Finding:
    """MISSING, UNPARSEABLE, PARTIAL or OK."""
    if iso is not None:
        return FINE if len(iso) >= 10 else ("PARTIAL", f"{column} names no day.")
    if text is None:
        return "MISSING", f"{column} is empty."
    return "UNPARSEABLE", reader.unreadable(column)


def add_days(iso: str | None, days: str | None) -> str | None:
    """A date so many days on. Part of a day becomes a time of day, to the minute; None where either is unreadable."""
    minutes = _minutes(days)
    if iso is None or minutes is None or len(iso) < 10:
        return None
    try:
        moment = dt.datetime.fromisoformat(iso) + dt.timedelta(minutes=minutes)
    except (ValueError, OverflowError):
        return None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    if len(iso) == 10 and minutes % 1440 == 0:
        return moment.date().isoformat()
    return moment.isoformat(timespec="seconds" if len(iso) > 16 else "minutes")


def at_time_before_midnight(iso: str | None, days: str | None) -> str | None:
    """A date at the time of day from which so many days lead to a midnight: at 09:00 for 185.625. The date as it is
    where it has a time or names no day, and where the days are whole or unreadable."""
    minutes = _minutes(days)
    if iso is None or len(iso) != 10 or minutes is None or minutes % 1440 == 0:
        return iso
    hour, minute = divmod(-minutes % 1440, 60)
    return f"{iso}T{hour:02}:{minute:02}"


def is_after(iso: str | None, other: str | None) -> bool:
    """Whether one ISO text is certainly later than another, compared as far as both are exact."""
    if iso is None or other is None:
        return False
    known = min(len(iso), len(other))
    return iso[:known] > other[:known]


def _minutes(days: str | None) -> int | None:
    """Days, parts of them too, to the minute; None where unreadable."""
    if days is None:
        return None
    try:
        count = Decimal(half_width(tidy(days)))
        if not abs(count) <= _MOST_DAYS:
            return None
    except InvalidOperation:
        return None
    return int((count * 1440).to_integral_value(ROUND_HALF_EVEN))


def _pattern(form: str) -> str:
    """The declared form as a pattern for a whole cell; parts that touch each other have fixed widths."""
    form = form.replace("%F", "%Y-%m-%d").replace("%T", "%H:%M:%S").replace("%R", "%H:%M")
    found = re.findall(r"%(.)|([^%]+)", form)
    pattern, before_is_number = "", False
    for place, (name, literal) in enumerate(found):
        if literal or name == "%":
            pattern, before_is_number = pattern + re.escape(literal or "%"), False
            continue
        if name not in _PARTS:
            known = " ".join(f"%{part}" for part in _PARTS)
            raise ConfigurationError(
                f"sites.toml: date form {form!r} holds %{name}. Allowed: {known}, or excel."
            )
        touches = before_is_number or (place + 1 < len(found) and bool(found[place + 1][0]))
        pattern += _PARTS[name].replace("{1,2}", "{2}") if touches else _PARTS[name]
        before_is_number = True
    return pattern


def _from_serial(text: str) -> str | None:
    if _SERIAL.fullmatch(text) is None:
        return None
    seconds = int((Decimal(text) * 86400).to_integral_value(ROUND_HALF_EVEN))
    moment = _EXCEL_DAY_0 + dt.timedelta(seconds=seconds)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    if seconds % 86400 == 0:
        return moment.date().isoformat()
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")


def _year(part: dict[str, str | None]) -> int | None:
    if part.get("Y"):
        return int(part["Y"] or 0)
    short = part.get("y")
    # two digits only where declared; 69-99 are 1969-1999, as everywhere in POSIX
    return None if short is None else int(short) + (1900 if int(short) >= 69 else 2000)


def _month(part: dict[str, str | None]) -> int | None:
    if part.get("m"):
        return int(part["m"] or 0)
    name = (part.get("b") or part.get("B") or "").casefold()
    if not name:
        return None
    names = _MONTHS if part.get("b") else _MONTH_NAMES
    return names.index(name) + 1 if name in names else 0


def _hour(part: dict[str, str | None]) -> int | None:
    if part.get("H"):
        return int(part["H"] or 0)
    twelve = part.get("I")
    if twelve is None:
        return None
    if not 1 <= int(twelve) <= 12 or not part.get("p"):
        return 99  # no such hour: the date is refused
    return int(twelve) % 12 + (12 if (part["p"] or "").casefold() == "p" else 0)


def _colon(offset: str) -> str:
    if offset in "Zz":
        return "+00:00"
    digits = offset[1:].replace(":", "")
    return f"{offset[0]}{digits[:2]}:{digits[2:] or '00'}"

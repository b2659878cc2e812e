"""Laboratory results and other numbers: the exact text that was reported, its unit, and what is wrong with them.

The reported text is kept; only its writing is made plain (full-width digits, decimal commas, flags after the
number). The standardised number stands beside it. Source: clinical specification sections 2.4, 2.6, 4.1 and 9.6.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Literal, NamedTuple

from milepost.core.censored_values import Interval, parse_result
from milepost.core.units import known_factors, refusal_of_unit, standard_unit, unit_among
from milepost.intake.annotations import FINE, Finding
from milepost.intake.identifiers import showable
from milepost.intake.texts import half_width
from milepost.protocol import LabTest

_FLAG_BEFORE = re.compile(r"^[↑↓⬆⬇*]+\s*(?=[<>≤≥≦≧.\d])")
_FLAG_AFTER = re.compile(r"(?<=\d)\s*(?:[↑↓⬆⬇*]+|HH?|LL?)(?:\s*[↑↓⬆⬇*]+)?$")
_NEGATIVE = re.compile(r"^[-−–]\s*\d")
_DIGITS_WITH_COMMA = re.compile(r"(?<=\d),(?=\d)")
_SHOWN = 24
_SIGNS = "<>≤≥≦≧"
DIMENSIONLESS = ("1", "ratio", "{INR}")
TEXT_UNITS = ("", "ordinal", "{ordinal}")


def plain_number(text: str, decimal_mark: Literal[".", ","] = ".") -> str:
    """A number's text with plain digits, a point as its decimal mark, and without the flag around it."""
    plain = half_width(text).strip().replace("。", ".")
    if decimal_mark == "," and not _is_ambiguous(text, decimal_mark):
        plain = _DIGITS_WITH_COMMA.sub(".", plain)
    return _FLAG_AFTER.sub("", _FLAG_BEFORE.sub("", plain))


def parse_number(text: str, decimal_mark: Literal[".", ","] = ".") -> Interval | None:
    """What a number cell stands for; None where it is none or could mean two numbers."""
    plain = plain_number(text, decimal_mark)
    return None if _is_ambiguous(text, decimal_mark) or _has_odd_digit(plain) else parse_result(plain)


class LabResult(NamedTuple):
    """One distinct (test, result, unit) as it goes into the record, and what was found."""

    reported: str | None
    unit: str | None
    number: Decimal | None
    canonical: str | None
    about_unit: Finding
    about_value: Finding


class LabReader:
    """Reads the results of one site's laboratory."""

    def __init__(
        self,
        tests: Mapping[str, LabTest],
        factors: Mapping[str, Mapping[str, Decimal]],
        aliases: Mapping[str, str],
        decimal_mark: Literal[".", ","],
        spared: frozenset[str] = frozenset(),
    ) -> None:
        """`spared`: tests whose result is worth something without its unit, as a multiple of its own range."""
        self.spared = spared
        self.tests, self.aliases, self.decimal_mark = tests, aliases, decimal_mark
        self.factors = {code: known_factors(test, factors.get(code, {})) for code, test in tests.items()}
        self.unconvertible = {
            code: frozenset(standard_unit(unit) for unit in test.unconvertible)
            for code, test in tests.items()
        }

    def read(
        self, test_code: str | None, reported: str | None, unit: str | None, sign: str = ""
    ) -> LabResult:
        """`sign` is put before a number that stands for the assay's ceiling or floor."""
        test = self.tests.get(test_code or "")
        units = self.factors.get(test_code or "", {})
        spelled = unit_among(half_width(unit), units, self.aliases) if unit else None
        if reported is None:
            return LabResult(None, spelled, None, None, FINE, ("MISSING", "there is no result."))
        if test is None or test.unit in TEXT_UNITS:
            return LabResult(half_width(reported).strip(), spelled, None, None, FINE, FINE)
        text = sign + plain_number(reported, self.decimal_mark)
        about_unit = self._about_unit(test, spelled)
        interval = parse_number(reported, self.decimal_mark)
        if interval is not None and sign:
            interval = parse_result(text)
        if interval is None:
            return LabResult(text, spelled, None, None, about_unit, _no_amount(test, text))
        factor = self.factors[test.code].get(spelled or "1") if about_unit == FINE else None
        if factor is None:
            return LabResult(text, spelled, None, None, about_unit, FINE)
        standard = interval.times(factor)
        number = standard.lo if standard.is_exact and text[0] not in _SIGNS else None
        return LabResult(text, spelled, number, test.unit, about_unit, _about_limits(test, standard))

    def _about_unit(self, test: LabTest, unit: str | None) -> Finding:
        known = f"Known: {', '.join(sorted({*self.factors[test.code], *self.unconvertible[test.code]}))}"
        if unit is None:
            if standard_unit(test.unit) in DIMENSIONLESS:
                return FINE
            code = "UNIT_NOT_SENT" if test.code in self.spared else "MISSING_UNIT"
            return code, f"{test.code} has no unit. {known}."
        refused = refusal_of_unit(unit, test)
        if refused is not None:
            return "REFUSED_UNIT", f'{test.code} in "{showable(unit, _SHOWN)}" is refused: {refused}.'
        if unit in self.factors[test.code] or unit in self.unconvertible[test.code]:
            return FINE
        return "UNKNOWN_UNIT", (
            f'{test.code} unit "{showable(unit, _SHOWN)}" is unknown. {known}. Add it to sites.toml or query the site.'
        )


def read_number(
    text: str | None, decimal_mark: Literal[".", ","], check: Callable[[Decimal], Finding]
) -> tuple[str | None, Finding]:
    """A number that is no laboratory result: its plain text, and what `check` or its form finds wrong."""
    if text is None:
        return None, FINE
    plain = plain_number(text, decimal_mark)
    if _NEGATIVE.match(plain):
        return plain, ("NEGATIVE", "the number is negative.")
    interval = parse_number(text, decimal_mark)
    if interval is None or not interval.is_exact or plain[0] in _SIGNS:
        return half_width(text).strip(), ("UNPARSEABLE", "this is not a number.")
    return plain, check(interval.lo)


def at_limit(
    text: str | None, decimal_mark: Literal[".", ","], ceiling: Decimal | None, floor: Decimal | None
) -> str:
    """The sign that a value equal to the assay's ceiling or floor stands for: `>`, `<`, or none.

    A floor of 0 stands for `<=0`: no amount is smaller.
    """
    interval = parse_number(text, decimal_mark) if text is not None else None
    if interval is None or text is None or plain_number(text)[0] in _SIGNS:
        return ""
    if ceiling is not None and interval.lo == ceiling:
        return ">"
    if floor is not None and interval.lo == floor:
        return "<" if floor > 0 else "<="
    return ""


def _no_amount(test: LabTest, text: str) -> Finding:
    if _NEGATIVE.match(text):
        return "NEGATIVE", f"{test.code} result is negative."
    return "UNPARSEABLE", f"{test.code} result is neither a number nor a number after <, <=, > or >=."


def _about_limits(test: LabTest, standard: Interval) -> Finding:
    """Whether everything the result may stand for lies outside the test's limits, in its canonical unit."""
    for code_above, code_below, limits, what in (
        ("ABOVE_HARD", "BELOW_HARD", test.hard, "impossible"),
        ("SOFT", "SOFT", test.soft, "unlikely"),
    ):
        if limits is None:
            continue
        low, high = limits
        if standard.lo > high or (standard.lo == high and standard.lo_open):
            return code_above, f"{test.code} result is above {high} {test.unit}, which is {what}."
        if standard.lies_below(low):
            return code_below, f"{test.code} result is below {low} {test.unit}, which is {what}."
    return FINE


def _is_ambiguous(text: str, decimal_mark: str) -> bool:
    """With a decimal comma, 1.234 may be a thousand or one and a bit: it is not guessed."""
    return decimal_mark == "," and "." in half_width(text)


def _has_odd_digit(text: str) -> bool:
    """Whether a superscript or circled digit stands in the text: no digit of a result."""
    return not text.isascii() and any(char.isdigit() and not char.isdecimal() for char in text)

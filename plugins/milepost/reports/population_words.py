"""Shares, medians and ranges as the tables on patients write them, and reasons of stopping in our words."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from milepost.core.baseline_summary import Range
from milepost.core.disposition import DISPOSITIONS, PROGRESSIVE
from milepost.reports import words
from milepost.reports.proportions import FEWEST_FOR_PERCENT
from milepost.reports.section import Cell

_REASONS: dict[str, tuple[str, ...]] = {
    "Progression": PROGRESSIVE,
    "Adverse event": ("ADVERSE EVENT", "ADVERSE EVENTS", "TOXICITY", "UNACCEPTABLE TOXICITY"),
    "Died": DISPOSITIONS["DEATH"],
    "Withdrew consent": DISPOSITIONS["WITHDREW"],
    "Lost to follow-up": DISPOSITIONS["LOST"],
    "Physician’s decision": ("PHYSICIAN DECISION", "INVESTIGATOR DECISION"),
    "Other reason": ("OTHER",),
}
_BY_WORD = {word: said for said, said_as in _REASONS.items() for word in said_as}


def reason_in_words(told: object) -> str:
    """A reason of stopping or leaving in our words; one we have no word for as it was sent, in lower case."""
    if not isinstance(told, str) or not told.strip():
        return ""
    plain = " ".join(told.split())
    return _BY_WORD.get(plain.upper(), words.upper_first(plain.lower()))


def slug(text: str) -> str:
    """A text as part of a number's id: letters and digits, joined by hyphens."""
    parts = "".join(letter if letter.isalnum() else " " for letter in text.casefold()).split()
    return "-".join(parts) or "none"


def percent_text(k: int, n: int) -> str:
    """63.3 %, one decimal, half away from zero."""
    return words.percent(Decimal(100 * k) / Decimal(n))


def share_text(k: int, n: int, *, masked: bool = False) -> str:
    """62/98 · 63.3 %; no percent of fewer than five. masked: the percent alone, as n would unmask."""
    if masked:
        return percent_text(k, n) if n >= FEWEST_FOR_PERCENT else words.DASH
    if not n:
        return words.DASH
    fraction = f"{words.count(k)}/{words.count(n)}"
    return fraction if n < FEWEST_FOR_PERCENT else f"{fraction} · {percent_text(k, n)}"


def share_cell(k: int, n: int, *, masked: bool = False) -> Cell:
    """The same in a cell, grey where there is nobody."""
    return Cell(share_text(k, n, masked=masked), "n" if k else "n zero")


def measured(number: float) -> str:
    """A measured number to about three digits: 2974, 271, 46.4, 3.82."""
    places = 0 if abs(number) >= 100 else 1 if abs(number) >= 10 else 2
    rounded = Decimal(repr(number)).quantize(Decimal(1).scaleb(-places), "ROUND_HALF_UP")
    return words.count(int(rounded)) if not places else words.amount(rounded)


def range_text(found: Range | None) -> str:
    """A number, or the range in which it lies: 271, at least 60 500, under 1.3, 4 to 7."""
    if found is None:
        return words.DASH
    low, high = found
    if low == high:
        return measured(low)
    if high == float("inf"):
        return f"at least {measured(low)}"
    return f"under {measured(high)}" if low == 0 else f"{measured(low)} to {measured(high)}"


def pair_text(low: Range | None, high: Range | None) -> str:
    """Two ends: 31–2275; with words between where an end is itself a range or negative."""
    if low is None or high is None:
        return words.DASH
    plain = low[0] == low[1] >= 0 and high[0] == high[1]
    return f"{range_text(low)}{words.DASH if plain else ' to '}{range_text(high)}"


def in_order(reasons: Iterable[str]) -> list[tuple[str, int]]:
    """Reasons with how often each was given, commonest first, then by name."""
    counted: dict[str, int] = {}
    for reason in reasons:
        counted[reason] = counted.get(reason, 0) + 1
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))

"""How often and in what unit a dose is given, as sites write it.

Generic words (CDISC's controlled terms and their usual variants). A word that is not understood gives no amount: a
frequency that is guessed would halve or double the dose. Source: clinical specification, section 3.6 (anlotinib once a
day, sorafenib twice a day).
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from milepost.protocol.words import fold


class Frequency(NamedTuple):
    """So many administrations in every so many days; days 0: once in all."""

    times: int
    days: int

    def administrations(self, days: int) -> int:
        """How many fall on so many days of intake in a row, the first on the first day."""
        if self.days == 0:
            return min(days, 1)
        return -(-days * self.times // self.days)


FREQUENCIES: dict[str, Frequency] = {
    word: frequency
    for frequency, words in (
        (Frequency(1, 1), ("QD", "QAM", "QPM", "QHS", "QN", "Q24H", "ONCE DAILY", "EVERY MORNING", "EVERY EVENING",
                           "DAILY", "1 TIME PER DAY", "每日一次", "每日1次", "每天一次", "1次/日",
                           "1日1次", "一日一次")),
        (Frequency(2, 1), ("BID", "Q12H", "TWICE DAILY", "2 TIMES PER DAY", "每日两次", "每日二次", "每日2次",
                           "每天两次", "2次/日", "1日2次", "一日两次")),
        (Frequency(3, 1), ("TID", "Q8H", "3 TIMES PER DAY", "每日三次", "每日3次", "3次/日", "1日3次")),
        (Frequency(4, 1), ("QID", "Q6H", "4 TIMES PER DAY", "每日四次", "每日4次")),
        (Frequency(1, 2), ("QOD", "Q2D", "Q48H", "EVERY OTHER DAY", "隔日一次", "隔日1次", "隔天一次")),
        (Frequency(1, 3), ("Q3D",)),
        (Frequency(2, 7), ("2 TIMES PER WEEK", "BIW")),
        (Frequency(3, 7), ("3 TIMES PER WEEK", "TIW")),
        (Frequency(1, 7), ("QW", "Q1W", "EVERY WEEK", "1 TIME PER WEEK", "Q7D", "每周一次")),
        (Frequency(1, 14), ("Q2W", "EVERY 2 WEEKS")),
        (Frequency(1, 21), ("Q3W", "EVERY 3 WEEKS", "每3周一次", "每三周一次")),
        (Frequency(1, 28), ("Q4W", "EVERY 4 WEEKS")),
        (Frequency(1, 42), ("Q6W", "EVERY 6 WEEKS")),
        (Frequency(1, 0), ("ONCE", "单次")),
    )
    for word in words
}  # fmt: skip
# unit -> (mg, whether it is the amount of a whole day)
UNITS: dict[str, tuple[Decimal, bool]] = {
    "mg": (Decimal(1), False), "毫克": (Decimal(1), False), "g": (Decimal(1000), False), "克": (Decimal(1000), False),
    "ug": (Decimal("0.001"), False), "mcg": (Decimal("0.001"), False), "mg/day": (Decimal(1), True),
    "mg/d": (Decimal(1), True), "mg/日": (Decimal(1), True), "mg/天": (Decimal(1), True),
}  # fmt: skip
_FREQUENCIES = {fold(word): frequency for word, frequency in FREQUENCIES.items()}
_UNITS = {fold(word): unit for word, unit in UNITS.items()}


@lru_cache(maxsize=1024)
def frequency_of(text: str | None) -> Frequency | None:
    """None where nothing is said or the word is not understood."""
    if not text:
        return None
    plain = fold(text)
    return _FREQUENCIES.get(plain) or _FREQUENCIES.get(re.sub(r"[.\s]", "", plain))


@lru_cache(maxsize=1024)
def mg_of(unit: str | None) -> tuple[Decimal, bool] | None:
    """What one of the unit is in mg, and whether it stands for a whole day; None where it is no weight."""
    if not unit:
        return None
    return _UNITS.get(fold(unit).replace("μ", "u").replace(" ", ""))

"""Whom a checkpoint counts: patients, or patients and lines of therapy where somebody has several lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from milepost.reports import words
from milepost.reports.judged import Judged


@dataclass(frozen=True)
class Who:
    """What a verdict of this checkpoint stands for, in words that go with its numbers."""

    several: frozenset[str] = frozenset()

    @property
    def many(self) -> str:
        """Patients; where somebody has several lines of therapy, each line counts for itself."""
        return "patients and lines of therapy" if self.several else "patients"

    @property
    def each(self) -> str:
        """What one bar or one dot stands for."""
        return "patient and line" if self.several else "patient"

    def counted(self, n: int, kind: str = "") -> str:
        """1 treated patient, 2 treated patients, 3 treated patients and lines of therapy."""
        one = "patient or line of therapy" if self.several else "patient"
        return words.many(n, f"{kind}{one}", f"{kind}{self.many}")

    def line(self, row: Judged) -> str:
        """Which line of therapy, said only of those who have several."""
        return f"line {row.line}" if row.subject in self.several else ""

    def name(self, row: Judged) -> str:
        """Whose verdict this is."""
        return ", ".join(part for part in (row.subject, self.line(row)) if part)


def whom(rows: list[Judged]) -> Who:
    """Whom these verdicts of one checkpoint are about."""
    counted = Counter(row.subject for row in rows)
    return Who(frozenset(subject for subject, n in counted.items() if n > 1))

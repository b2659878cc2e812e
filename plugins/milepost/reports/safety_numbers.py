"""How the sections on safety write their numbers, and enter them under the id of their group."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from milepost.core.limits import Estimate
from milepost.reports import words
from milepost.reports.ledger import Ledger
from milepost.reports.population_words import share_cell
from milepost.reports.proportions import FEWEST_FOR_PERCENT, exact_rate
from milepost.reports.safety_set import SafetyGroup, SafetySet
from milepost.reports.section import Cell


class SafetyNumbers:
    """Enters the numbers of one report's safety set, each under its group's id."""

    def __init__(self, safety: SafetySet, ledger: Ledger) -> None:
        self.safety, self._ledger = safety, ledger
        self.compared = safety.inputs.compared

    def count(
        self, id_: str, group: SafetyGroup, text: str, rows: Iterable[str], *, of: int | None = None,
        value: int | None = None, followed: bool = False,
    ) -> None:  # fmt: skip
        """Enter how many patients (or rows, or what a row stands for) these are."""
        self._ledger.count(
            self._id(id_, group), self._label(text, group), rows, of=of, value=value, followed=followed
        )

    def estimate(
        self, id_: str, group: SafetyGroup, text: str, estimate: Estimate, rows: Iterable[str], unit: str
    ) -> None:
        """Enter an estimate with its limits."""
        self._ledger.estimate(self._id(id_, group), self._label(text, group), estimate, rows, unit=unit)

    def said(
        self, id_: str, group: SafetyGroup, text: str, value: float | None, rows: Iterable[str], unit: str, how: str
    ) -> None:  # fmt: skip
        """Enter a number without limits."""
        self._ledger.said(self._id(id_, group), self._label(text, group), value, rows, unit=unit, method=how)

    def share(self, k: int, group: SafetyGroup) -> Cell:
        """A cell of k out of the group's treated patients; no percent of nobody."""
        if not k and group.n:
            return Cell(f"0/{words.count(group.n)}", "n zero")
        return share_cell(k, group.n)

    def names(self) -> tuple[str, ...]:
        """The groups with how many were treated, as headings."""
        return tuple(f"{one.group.name}, N = {words.count(one.n)}" for one in self.safety.groups)

    def spans(self, columns: int) -> tuple[tuple[str, int], ...]:
        """Those headings over the columns of each group; none where there is one group alone."""
        return tuple((name, columns) for name in self.names()) if self.compared else ()

    def _id(self, id_: str, group: SafetyGroup) -> str:
        return self.safety.inputs.number(id_, group.group)

    def _label(self, text: str, group: SafetyGroup) -> str:
        return f"{text}, {group.group.name}" if self.compared else text


def interval_cell(k: int, n: int) -> Cell:
    """The exact 95 % interval of a share; a dash where none is given."""
    rate = exact_rate(k, n)
    if rate.low is None or rate.high is None:
        return Cell(words.DASH, "n zero")
    return Cell(words.interval(rate.low, rate.high))


def rate_number(number: float) -> str:
    """A rate per 100 patient-years: 598, 42.3, 0.4."""
    whole = number >= 99.95
    rounded = Decimal(repr(number)).quantize(Decimal(1) if whole else Decimal("0.1"), ROUND_HALF_UP)
    return words.count(int(rounded)) if whole else f"{rounded:f}"


def rate_text(rate: Estimate) -> str:
    """42.3 (30.1–57.9); a dash where nobody was watched."""
    if rate.value is None or rate.lo is None or rate.hi is None:
        return words.DASH
    return f"{rate_number(rate.value)} ({rate_number(rate.lo)}{words.DASH}{rate_number(rate.hi)})"


def years_text(years: float) -> str:
    """Patient-years with one decimal."""
    return f"{Decimal(repr(years)).quantize(Decimal('0.1'), ROUND_HALF_UP):f}"


def percent_estimate(share: Estimate) -> str:
    """21.3 % (15.4–28.9 %) of an estimated share; a dash where there is none, or of under five patients."""
    if share.value is None or share.n < FEWEST_FOR_PERCENT:
        return words.DASH
    value = words.percent(Decimal(repr(100 * share.value)))
    if share.lo is None or share.hi is None:
        return value
    return f"{value} ({words.interval(Decimal(repr(100 * share.lo)), Decimal(repr(100 * share.hi)))})"

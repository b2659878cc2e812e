"""Numbers of efficacy on their way into the ledger, each under its group's id.

In the masked dry run nothing by group is entered: a denominator would give away how large a group is.
"""

from __future__ import annotations

from collections.abc import Iterable

from milepost.core.limits import Estimate, Significance
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.ledger import Ledger
from milepost.reports.proportions import Rate


class GroupNumbers:
    """Enters the numbers of one section."""

    def __init__(self, inputs: ClinicalInputs, ledger: Ledger) -> None:
        self._inputs, self._ledger = inputs, ledger
        self._groups = {group.id: group for group in inputs.groups}

    def count(
        self,
        id_: str,
        group: str,
        text: str,
        rows: Iterable[str],
        *,
        of: int | None = None,
        followed: bool = False,
    ) -> None:
        """Enter how many patients these are."""
        if not self._inputs.masked:
            self._ledger.count(self._id(id_, group), self._label(text, group), rows, of=of, followed=followed)

    def estimate(
        self, id_: str, group: str, text: str, estimate: Estimate, rows: Iterable[str], unit: str = ""
    ) -> None:
        """Enter an estimate with its limits."""
        if not self._inputs.masked:
            self._ledger.estimate(self._id(id_, group), self._label(text, group), estimate, rows, unit=unit)

    def rate(self, id_: str, group: str, text: str, rate: Rate, rows: Iterable[str]) -> None:
        """Enter a share of patients."""
        if not self._inputs.masked:
            self._ledger.rate(self._id(id_, group), self._label(text, group), rate, rows)

    def whole(self, id_: str, text: str, estimate: Estimate, rows: Iterable[str], unit: str = "") -> None:
        """Enter an estimate made of all patients together, in the open report and the closed."""
        if not self._inputs.masked:
            self._ledger.estimate(id_, text, estimate, rows, unit=unit)

    def compared(self, id_: str, text: str, estimate: Estimate, rows: Iterable[str], unit: str = "") -> None:
        """Enter an estimate that compares the groups: closed report only."""
        assert self._inputs.compared, "groups are compared in the closed report alone"
        if not self._inputs.masked:
            self._ledger.estimate(id_, text, estimate, rows, unit=unit)

    def number(self, id_: str, text: str, value: float | None, rows: Iterable[str]) -> None:
        """Enter a number of its own."""
        if not self._inputs.masked:
            self._ledger.said(id_, text, value, rows)

    def p(self, id_: str, text: str, test: Significance, rows: Iterable[str]) -> None:
        """Enter a p-value: only at a look the protocol names."""
        assert self._inputs.tested, "p-values are given at the protocol's looks alone"
        if not self._inputs.masked:
            self._ledger.said(id_, text, test.p, rows, method=test.method)

    def p_of(self, id_: str, group: str, text: str, test: Significance, rows: Iterable[str]) -> None:
        """Enter a p-value within one group."""
        self.p(self._id(id_, group), self._label(text, group), test, rows)

    def _id(self, id_: str, group: str) -> str:
        return self._inputs.number(id_, self._groups[group])

    def _label(self, text: str, group: str) -> str:
        name = self._groups[group].name
        return f"{text}, {name}" if self._inputs.compared else words.upper_first(text)

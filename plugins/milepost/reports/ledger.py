"""Every number of a report, each under an id of its own and with a receipt: the rows it counts."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from milepost.core.limits import Estimate
    from milepost.reports.proportions import Rate

MOST_IDS = 400  # beyond this the receipt is the hash of the row ids alone; `explain` lists them


@dataclass(frozen=True)
class Receipt:
    """Which rows a number or an exhibit rests on."""

    rows: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """SHA-256 over the sorted row ids, one a line."""
        return hashlib.sha256("\n".join(self.rows).encode()).hexdigest()

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        kept = {"rows": list(self.rows)} if len(self.rows) <= MOST_IDS else {}
        return {"n": len(self.rows), "sha256": self.sha256, **kept}


def receipt(rows: Iterable[str]) -> Receipt:
    """The receipt of these row ids, in order, each once."""
    return Receipt(tuple(sorted(set(rows))))


@dataclass(frozen=True)
class Number:
    """One number: its id (`checkpoint.AFP-W4.responders`), what it is, and out of how many.

    followed: listed on the page where it changes. said: what else JSON holds of it (method, reason).
    """

    id: str
    label: str
    value: int | Decimal | None
    receipt: Receipt
    denominator: int | None = None
    unit: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    followed: bool = False
    interval: bool = False
    said: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As JSON holds it: exact decimals as text, so that nothing is lost in binary."""
        shown: dict[str, Any] = {"id": self.id, "label": self.label, "value": _plain(self.value)}
        if self.denominator is not None:
            shown["denominator"] = self.denominator
        if self.unit:
            shown["unit"] = self.unit
        if self.interval or (self.low is not None and self.high is not None):
            shown["interval_95"] = [_plain(self.low), _plain(self.high)]
        if self.followed:
            shown["followed"] = True
        shown |= self.said
        return {**shown, "receipt": self.receipt.plain()}


@dataclass
class Ledger:
    """Collects the numbers of one report while it is built; an id may be given once only."""

    numbers: dict[str, Number] = field(default_factory=dict)

    def count(
        self,
        id_: str,
        label: str,
        rows: Iterable[str],
        *,
        of: int | None = None,
        unit: str = "",
        value: int | None = None,
        followed: bool = False,
    ) -> int:
        """Enter how many rows these are (or `value`, where a row stands for several) and return it."""
        counted = receipt(rows)
        total = len(counted.rows) if value is None else value
        self._enter(Number(id_, label, total, counted, of, unit, followed=followed))
        return total

    def rate(self, id_: str, label: str, rate: Rate, rows: Iterable[str], *, followed: bool = False) -> None:
        """Enter a share of patients with its exact interval."""
        self._enter(
            Number(
                id_, label, rate.percent, receipt(rows), rate.n, "%", rate.low, rate.high, followed=followed
            )
        )

    def estimate(
        self,
        id_: str,
        label: str,
        estimate: Estimate,
        rows: Iterable[str],
        *,
        unit: str = "",
        followed: bool = False,
    ) -> None:
        """Enter an estimate as it left the core: ten digits, an open or missing limit as null, method and reason."""
        said = {"method": estimate.method}
        if estimate.reason:
            said["reason"] = estimate.reason
        value, low, high = (ten_digits(number) for number in (estimate.value, estimate.lo, estimate.hi))
        self._enter(
            Number(id_, label, value, receipt(rows), estimate.n, unit, low, high, followed, True, said)
        )

    def said(
        self,
        id_: str,
        label: str,
        value: float | None,
        rows: Iterable[str],
        *,
        unit: str = "",
        method: str = "",
    ) -> None:
        """Enter a number of its own (a p-value, a chance, a median without limits): ten digits, and how it was made."""
        told = {"method": method} if method else {}
        self._enter(Number(id_, label, ten_digits(value), receipt(rows), unit=unit, said=told))

    def _enter(self, number: Number) -> None:
        if number.id in self.numbers:
            raise ValueError(f"number {number.id} was entered twice")
        self.numbers[number.id] = number


def plain_numbers(numbers: Mapping[str, Number]) -> list[dict[str, Any]]:
    """The numbers as JSON holds them, by id. Rows that several numbers share stand once: `rows_of` names where."""
    first: dict[str, str] = {}
    made = []
    for id_, number in sorted(numbers.items()):
        plain = number.plain()
        receipt_ = plain["receipt"]
        if len(receipt_.get("rows", ())) > 1:
            holder = first.setdefault(receipt_["sha256"], id_)
            if holder != id_:
                del receipt_["rows"]
                receipt_["rows_of"] = holder
        made.append(plain)
    return made


def rows_behind(number: Mapping[str, Any], numbers: Mapping[str, Mapping[str, Any]]) -> list[str] | None:
    """The row ids of a number of report.json, by id where another holds them; None where only their hash was kept."""
    told = number["receipt"]
    if "rows_of" in told:
        told = numbers[told["rows_of"]]["receipt"]
    rows: list[str] | None = told.get("rows")
    return rows


def ten_digits(number: float | None) -> Decimal | None:
    """A float as ten significant digits, the same on every machine; None for what is missing or open."""
    return Decimal(f"{number:.10g}") if number is not None and math.isfinite(number) else None


def _plain(value: int | Decimal | None) -> int | str | None:
    return f"{value:f}" if isinstance(value, Decimal) else value

"""A verdict as the report reads it: one patient and line at one checkpoint, without dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from milepost.core.study_day import study_day
from milepost.protocol import Checkpoint

RESPONSE = ("RESPONDER", "PROVISIONAL_RESPONDER")
NON_RESPONSE = ("NON_RESPONDER", "PROVISIONAL_NON_RESPONDER")
Source = tuple[int, int, int]  # delivery, line of the file, version of the record


@dataclass(frozen=True)
class Judged:
    """One verdict. Changes are in percent of the baseline (negative = fall); `today` is the cut-off's study day.

    least, most: the smallest and largest change the reported values allow; None where there is no bound. The two
    are equal unless a value lies beyond its assay's limit.
    """

    key: str
    subject: str
    site: str
    line: int
    state: str
    reason: str | None
    detail: str | None
    final: bool
    base: str | None
    base_unit: str | None
    base_day: int | None
    value: str | None
    value_unit: str | None
    day: int | None
    today: int | None
    change: Decimal | None
    least: Decimal | None
    most: Decimal | None
    has_range: bool
    band: int | None
    flags: tuple[str, ...]
    comparison: str | None
    sensitivities: Mapping[str, str]
    base_source: Source | None
    value_source: Source | None

    @property
    def judged(self) -> bool:
        """Whether the rule could be applied, finally or for the time being."""
        return self.state in RESPONSE + NON_RESPONSE

    @property
    def treated(self) -> bool:
        """Whether a first dose was given by the cut-off."""
        return self.today is not None and self.today >= 1


def read_verdicts(verdicts: pd.DataFrame, rule: Checkpoint, as_of: dt.date) -> list[Judged]:
    """The verdicts of this checkpoint, by subject and line. A cell that holds nothing becomes None."""
    mine = verdicts[verdicts["CHECKPOINT"] == rule.id].sort_values(["USUBJID", "LINE"])
    return [_read(row, rule, as_of) for row in mine.to_dict("records")]


def given(value: Any) -> bool:
    """Whether a cell holds anything: not None, NaN or NaT."""
    return not (value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value))))


def keys(rows: Iterable[Judged]) -> list[str]:
    """The ids of these verdict rows, for a receipt."""
    return [row.key for row in rows]


def band_of(text: object, bands: tuple[Decimal, ...]) -> int | None:
    """Which baseline band: 0 below the first limit, then one more for each limit reached; None where unknown."""
    if not isinstance(text, str) or not text:
        return None
    if text.startswith("<"):
        return 0
    lower = text.removeprefix(">=").split("-")[0].split(" ")[0]
    limits = [f"{limit:f}" for limit in bands]
    return limits.index(lower) + 1 if lower in limits else None


def _read(row: Mapping[str, Any], rule: Checkpoint, as_of: dt.date) -> Judged:
    text = {name: str(row[name]) if given(row.get(name)) else None for name in _TEXTS}
    change, least, most = _changes(row, rule.direction == "fall")
    first = row.get("FIRSTDOSE")
    return Judged(
        key=f"{row['USUBJID']}|{int(row['LINE'])}|{rule.id}",
        subject=str(row["USUBJID"]), site=str(row["SITEID"]), line=int(row["LINE"]), state=str(row["STATE"]),
        reason=text["REASON"], detail=text["DETAIL"], final=bool(row["FINAL"]),
        base=text["BASE"], base_unit=text["BASEU"], base_day=_whole(row.get("BASEADY")),
        value=text["AVAL"], value_unit=text["AVALU"], day=_whole(row.get("ADY")),
        today=study_day(as_of, pd.Timestamp(first).date()) if given(first) else None,
        change=change, least=least, most=most,
        has_range=change is None and (given(row.get("RMIN")) or given(row.get("RMAX"))),
        band=band_of(row.get("BAND"), rule.bands) if rule.bands else 0 if text["BASE"] else None,
        flags=tuple(str(flag) for flag in row["FLAGS"]) if isinstance(row.get("FLAGS"), tuple | list) else (),
        comparison=text["COMPARISON"],
        sensitivities=dict(row["SENSITIVITIES"]) if isinstance(row.get("SENSITIVITIES"), Mapping) else {},
        base_source=_source(row.get("BASE_SRC")), value_source=_source(row.get("AVAL_SRC")),
    )  # fmt: skip


_TEXTS = ("REASON", "DETAIL", "BASE", "BASEU", "AVAL", "AVALU", "COMPARISON")


def _changes(row: Mapping[str, Any], falls: bool) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Percent change, and its smallest and largest; RMIN and RMAX count in the rule's own direction."""
    if given(row.get("PCHG")):
        exact = Decimal(str(row["PCHG"]))
        return exact, exact, exact
    least, most = _bound(row.get("RMIN")), _bound(row.get("RMAX"))
    if falls:
        least, most = (None if most is None else -most), (None if least is None else -least)
    return None, least, most


def _bound(value: Any) -> Decimal | None:
    if not given(value):
        return None
    number = Decimal(str(value))
    return number if number.is_finite() else None


def _whole(value: Any) -> int | None:
    return int(value) if given(value) else None


def _source(value: Any) -> Source | None:
    """Delivery, line and version of a source row; its record key is left out, for it may hold a date."""
    if not isinstance(value, tuple | list) or not value:
        return None
    delivery, srcline, *_, version = value
    return int(delivery), int(srcline), int(version)

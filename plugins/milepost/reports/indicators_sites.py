"""The indicators of every site of a report, in the order of its columns, and their numbers in the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from milepost.core.site_indicators import (
    INDICATORS,
    LOW,
    WHOLE,
    Indicator,
    SiteRecords,
    Tolerance,
    derive_site_indicators,
)
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.enrolment import site_counts
from milepost.reports.indicators_words import label_of
from milepost.reports.ledger import Ledger
from milepost.reports.population_words import slug

MOST_SITES = 8  # columns a page holds: the sites with most marks
AE_RATE = INDICATORS[0]
_UNITS = {"sae_hours": "hours", "entry_days": "days"}


@dataclass(frozen=True)
class Value:
    """One indicator of one site (or pool, or of all). mark: LOW, HIGH or nothing; value None: nothing to count.

    subjects: patients counted; patients: those among whom they are counted. hidden: not told, see `select_hidden`.
    """

    value: float | None
    count: int
    of: float
    z: float | None
    mark: str
    dispersion: float
    subjects: tuple[str, ...]
    patients: tuple[str, ...]
    hidden: bool = False


@dataclass(frozen=True)
class Sites:
    """The indicators by site (or pool), in order: those that report few events, then most marks, then by name.

    pooled: name of the pool, if there is one.
    """

    values: dict[tuple[str, str], Value]
    order: tuple[str, ...]
    patients: dict[str, int]
    pooled: str

    def of(self, site: str, indicator: Indicator) -> Value:
        """One indicator of a site; of WHOLE that of all sites."""
        return self.values[site, indicator.id]

    def marks(self, site: str) -> int:
        """How many indicators of a site are marked."""
        return sum(bool(self.of(site, indicator).mark) for indicator in INDICATORS)

    @property
    def shown(self) -> tuple[str, ...]:
        """The sites that have a column."""
        return self.order[:MOST_SITES]


def to_records(inputs: ClinicalInputs, labs: pd.DataFrame, queries: pd.DataFrame) -> SiteRecords:
    frames = inputs.frames
    entry = inputs.entry_lines
    return SiteRecords(
        adsl=frames.adsl, adae=frames.adae, adex=inputs.of_entry(frames.adex), adlb=frames.adlb,
        adrs=inputs.of_entry(frames.adrs), lines=frames.lines, entry=entry, verdicts=_first_checkpoint(inputs),
        therapies=frames.therapies, vs=frames.vs, labs=labs, queries=queries.rename(columns=str.upper),
    )  # fmt: skip


def _first_checkpoint(inputs: ClinicalInputs) -> pd.DataFrame:
    own = inputs.of_entry(inputs.frames.verdicts)
    return own[own["CHECKPOINT"].eq(inputs.protocol.checkpoints[0].id).to_numpy(bool)].reset_index(drop=True)


def to_sites(inputs: ClinicalInputs, records: SiteRecords) -> Sites:
    """Every indicator of every site. In the open report small sites are told together."""
    adsl = inputs.frames.adsl
    small = 0 if inputs.compared else inputs.protocol.small_cell
    counts = site_counts(adsl, inputs.study.sites, inputs.protocol.enrolment, inputs.as_of, small)
    pools = {site: count.name for count in counts for site in count.sites if len(count.sites) > 1}
    frame = derive_site_indicators(records, protocol=inputs.protocol, as_of=inputs.as_of, pools=pools)
    values = {(str(row["SITEID"]), str(row["INDICATOR"])): _value(row) for row in frame.to_dict("records")}
    for key in select_hidden(values, small):
        values[key] = replace(values[key], value=None, count=0, of=0.0, z=None, mark="", hidden=True)
    found = Sites(
        values, tuple(sorted(set(frame["SITEID"]) - {WHOLE})),
        {count.name: count.enrolled for count in counts if count.enrolled}, next(iter(pools.values()), ""),
    )  # fmt: skip

    def place(site: str) -> tuple[bool, int, bool, str]:
        return found.of(site, AE_RATE).mark != LOW, -found.marks(site), site == found.pooled, site

    ordered = sorted(found.order, key=place)
    return replace(found, order=tuple(ordered))


def select_hidden(values: Mapping[tuple[str, str], Value], small: int) -> set[tuple[str, str]]:
    """(site, indicator) of numbers that rest on some patients, but on fewer than `small`; and of as many more, the
    smallest first, as it takes that they cannot be had by taking the other sites from the whole.

    Open questions are about records and not counted by patients.
    """
    hidden = set()
    for indicator in INDICATORS:
        if indicator.id == "queries_old":
            continue
        sizes = [(len(v.patients), site) for (site, id_), v in values.items() if site and id_ == indicator.id]
        rest, gone = sorted(size for size in sizes if size[0]), list[int]()
        while rest and (rest[0][0] < small or _gives_away(gone, indicator, small)):
            size, site = rest.pop(0)
            gone.append(size)
            hidden.add((site, indicator.id))
    return hidden


def _gives_away(gone: list[int], indicator: Indicator, small: int) -> bool:
    """Whether what is left of the whole is one site, or few patients. Medians do not add up to that of the whole."""
    return bool(gone) and indicator.kind != "median" and (len(gone) == 1 or sum(gone) < small)


def _value(row: dict[Any, Any]) -> Value:
    def number(name: str) -> float | None:
        return None if row[name] is None or pd.isna(row[name]) else float(row[name])

    return Value(
        number("VALUE"), int(number("COUNT") or 0), number("OF") or 0.0, number("Z"), row["MARK"] or "",
        number("DISPERSION") or 1.0, row["SUBJECTS"], row["PATIENTS"],
    )  # fmt: skip


def enter(ledger: Ledger, sites: Sites, kept: list[Tolerance], inputs: ClinicalInputs) -> None:
    """What the page shows: all indicators of the sites that have a column, and every site of the funnel."""
    for indicator in INDICATORS:
        shown = sites.order if indicator is AE_RATE else sites.shown
        label = label_of(indicator, inputs.protocol)
        for site in (WHOLE, *shown):
            told = sites.of(site, indicator)
            if site and not inputs.compared:
                # those among whom it counts: a number of a site names no few patients
                told = replace(told, subjects=told.patients)
            if not told.hidden:
                _enter(ledger, told, indicator, site, label)
    for limit in kept:
        ledger.count(f"indicator.study.{limit.id}", limit.label, limit.subjects, of=limit.of, followed=True)
    marked = [site for site in sites.order if sites.marks(site)]
    ledger.count("indicator.marked", "Sites with a marked indicator", marked, of=len(sites.order))


def _enter(ledger: Ledger, told: Value, indicator: Indicator, site: str, label: str) -> None:
    where = f"indicator.{indicator.id}" + (f".site.{slug(site)}" if site else "")
    text = f"{label}, {site or 'all sites'}"
    rows: Iterable[str] = told.subjects
    if indicator.kind == "share":
        ledger.count(where, text, rows, value=told.count, of=int(told.of))
        return
    unit = f"for each of {indicator.of}" if indicator.kind == "rate" else _UNITS[indicator.id]
    ledger.said(where, text, told.value, rows, unit=unit, method=indicator.kind)
    if indicator.kind == "rate":
        ledger.count(f"{where}.count", f"{text}: how many", rows, value=told.count)
    ledger.said(f"{where}.of", f"{text}: out of", told.of, rows, unit=indicator.of, method="sum")

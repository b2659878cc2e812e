"""Data quality by site: what arrived when, where every row went, what is refused and what is still asked."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

import pandas as pd

from milepost.reports import words
from milepost.reports.drawing import HALF, PHONE, Figure, Mark, dot, label, line, rect, round_step, scale
from milepost.reports.inputs import ReportInputs
from milepost.schema import DISPOSITIONS

NIGHTS = 28
MOST_SITES = 30
_CELL, _TALL = 11.0, 16.0
_OLD_QUERY_DAYS = 30


@dataclass(frozen=True)
class SiteQuality:
    """One site's arrivals of the last 28 nights, its open quarantine and queries, and how long samples travel."""

    site: str
    nights: tuple[str, ...]
    strip: Figure
    absent: int
    deliveries: int
    quarantined: int
    queries: int
    oldest: int | None
    lag: int | None
    note: str

    @property
    def old(self) -> bool:
        """Whether its oldest query has been open for too long."""
        return self.oldest is not None and self.oldest > _OLD_QUERY_DAYS


@dataclass(frozen=True)
class Balance:
    """Where the rows of a site went. received is their sum; lines that no row accounts for are `lost`."""

    site: str
    deliveries: int
    lines: int
    received: int
    parts: tuple[int, ...]
    lost: int


@dataclass(frozen=True)
class Refusal:
    """One reason for quarantine, in plain words, with its rows and sites."""

    rule: str
    reason: str
    rows: int
    sites: str


def balances(inputs: ReportInputs) -> list[Balance]:
    """Rows received and where they went, by site; the last line is all sites. Source: design, promise 1."""
    deliveries, counts = inputs.deliveries, inputs.row_counts
    by_delivery = counts.groupby("delivery")["rows"].sum()
    made = []
    for site in sorted({s.id for s in inputs.study.sites} | set(deliveries["siteid"])):
        mine = deliveries[deliveries["siteid"] == site]
        rows = counts[counts["siteid"] == site].groupby("disposition")["rows"].sum()
        parts = tuple(int(rows.get(name, 0)) for name in DISPOSITIONS)
        lines = pd.to_numeric(mine["lines"], errors="coerce").fillna(0).astype(int)
        missing = (lines - mine["id"].map(by_delivery).fillna(0).astype(int)).clip(lower=0)
        made.append(Balance(site, len(mine), int(lines.sum()), sum(parts), parts, int(missing.sum())))
    total = [sum(b.parts[i] for b in made) for i in range(len(DISPOSITIONS))]
    everything = Balance(
        "All sites", sum(b.deliveries for b in made), sum(b.lines for b in made),
        sum(total), tuple(total), sum(b.lost for b in made),
    )  # fmt: skip
    return [*made, everything]


def site_quality(inputs: ReportInputs) -> list[SiteQuality]:
    """One line a site; beyond 30 sites the worst 30 by nights absent, the rest named in a note by the caller."""
    nights = [inputs.as_of - dt.timedelta(days=NIGHTS - 1 - i) for i in range(NIGHTS)]
    arrived = inputs.deliveries.assign(night=inputs.local_day(inputs.deliveries["received_at"]).dt.date)
    made = [
        _one_site(inputs, site.id, site.expects_every_days, arrived, nights) for site in inputs.study.sites
    ]
    if len(made) > MOST_SITES:
        made = sorted(made, key=lambda s: (-s.absent, -(s.oldest or 0), s.site))[:MOST_SITES]
    return sorted(made, key=lambda s: s.site)


def _one_site(
    inputs: ReportInputs, site: str, expects: int | None, arrived: pd.DataFrame, nights: list[dt.date]
) -> SiteQuality:
    mine = arrived[arrived["siteid"] == site]
    cells = _cells(mine, expects, nights)
    queries = inputs.queries[(inputs.queries["siteid"] == site) & inputs.queries["open"].astype(bool)]
    ages = query_ages(queries, inputs)
    held = mine[(mine["outcome"] != "RECORDED") & mine["outcome"].notna()].sort_values("id")
    note = ""
    if not len(mine):
        note = "no delivery yet"
    elif len(held) and held["id"].iloc[-1] == mine["id"].max():
        note = f"last delivery {str(held['outcome'].iloc[-1]).lower()}"
    elif expects is not None and (inputs.as_of - mine["night"].max()).days > expects:
        note = f"silent since {words.week_day(mine['night'].max())}"
    refused = int((inputs.quarantine["siteid"] == site).sum())
    return SiteQuality(
        site, tuple(cells), _strip(site, cells, nights), cells.count("absent"), len(mine), refused,
        len(queries), max(ages, default=None), _lag(inputs, site), note,
    )  # fmt: skip


def _cells(mine: pd.DataFrame, expects: int | None, nights: list[dt.date]) -> list[str]:
    """a1 to a4 by the number of lines that came, held, absent where one was expected, else nothing."""
    lines = pd.to_numeric(mine["lines"], errors="coerce").fillna(0)
    by_night = lines.groupby(mine["night"]).sum().to_dict() if len(mine) else {}
    held = set(mine.loc[mine["outcome"].isin(["HELD", "REFUSED"]), "night"])
    counts = sorted(by_night.values()) or [0]
    limits = [counts[int(share * (len(counts) - 1))] for share in (0.25, 0.5, 0.75)]
    before = [night for night in by_night if night < nights[0]]
    last = max(before, default=None)
    cells = []
    for night in nights:
        if night in held:
            cells.append("held")
        elif night in by_night:
            cells.append(f"a{1 + sum(by_night[night] > limit for limit in limits)}")
        else:
            due = last is not None and expects is not None and (night - last).days % expects == 0
            cells.append("absent" if due else "")
        if night in by_night:
            last = night
    return cells


def _strip(site: str, cells: list[str], nights: list[dt.date]) -> Figure:
    came = sum(1 for cell in cells if cell.startswith("a") and cell != "absent")
    marks: list[Mark] = []
    for i, cell in enumerate(cells):
        x = i * _CELL
        if cell == "":
            marks.append(dot(x + _CELL / 2, _TALL / 2, 0.9, "speck"))
        elif cell == "absent":
            marks.append(
                rect(x + 1.5, 1, _CELL - 3, _TALL - 2, "absent", title=words.week_day(nights[i]) + ": absent")
            )
        else:
            marks.append(rect(x + 0.5, 0.5, _CELL - 1.5, _TALL - 1, f"night {cell}"))
            if cell == "held":
                marks.append(label(x + _CELL / 2 - 0.2, _TALL - 4, "", "hold", bold="H", anchor="middle"))
    sentence = (
        f"{site}, last {NIGHTS} nights: {came} with a delivery, {cells.count('held')} held, "
        f"{cells.count('absent')} absent."
    )
    return Figure(int(_CELL * NIGHTS), int(_TALL), sentence, tuple(marks), "strip")


def strip_heading(as_of: dt.date) -> Figure:
    """The dates over the strips: the first night of each week."""
    marks = []
    for i in range(0, NIGHTS, 7):
        night = as_of - dt.timedelta(days=NIGHTS - 1 - i)
        marks.append(line(i * _CELL + 0.5, 15, i * _CELL + 0.5, 20, "axis"))
        marks.append(label(i * _CELL, 12, words.short_day(night), "tick"))
    return Figure(int(_CELL * NIGHTS), 20, "The last 28 nights", tuple(marks), "strip")


def query_ages(queries: pd.DataFrame, inputs: ReportInputs) -> list[int]:
    """Whole days each query has been open at the cut-off."""
    opened = inputs.local_day(queries["opened_at"]).dt.date
    return sorted(max((inputs.as_of - day).days, 0) for day in opened)


def _lag(inputs: ReportInputs, site: str) -> int | None:
    """Median days from collection to receipt of the results that became known in the last 28 nights."""
    labs = inputs.labs[(inputs.labs["SITEID"] == site) & inputs.labs["ADT"].notna()]
    if not len(labs):
        return None
    known = inputs.local_day(labs["KNOWN_FROM"])
    lag = (known - labs["ADT"]).dt.days
    recent = lag[known > pd.Timestamp(inputs.as_of - dt.timedelta(days=NIGHTS))]
    return int(median(sorted(recent))) if len(recent) else None


def refusals(quarantine: pd.DataFrame, most: int = 12) -> tuple[list[Refusal], int]:
    """Reasons for quarantine, most rows first, and how many further rows the reasons not shown have."""
    rows: Counter[tuple[str, str]] = Counter()
    sites: dict[tuple[str, str], set[str]] = defaultdict(set)
    for rules, reasons, site in zip(
        quarantine["rules"], quarantine["reasons"], quarantine["siteid"], strict=True
    ):
        for rule, reason in zip(rules, [*reasons, *[""] * len(rules)], strict=False):
            rows[rule, reason] += 1
            sites[rule, reason].add(str(site))
    ordered = sorted(rows.items(), key=lambda item: (-item[1], item[0]))
    made = [Refusal(rule, reason, n, ", ".join(sorted(sites[rule, reason]))) for (rule, reason), n in ordered]
    return made[:most], sum(r.rows for r in made[most:])


def age_figures(ages: list[int]) -> tuple[Figure, ...]:
    """One dot a query by its age, a bar a day where there are very many; older than 30 days is amber."""
    old = sum(1 for age in ages if age > _OLD_QUERY_DAYS)
    sentence = f"Age of {len(ages)} open queries in days; {old} are older than {_OLD_QUERY_DAYS} days."
    return tuple(
        Figure(width, 150, sentence, tuple(_ages(ages, old, width)), size)
        for width, size in ((HALF, "wide"), (PHONE, "phone"))
    )


def _ages(ages: list[int], old: int, width: int) -> Iterable[Mark]:
    top, base, longest = 28.0, 106.0, max([_OLD_QUERY_DAYS + 10, *ages])
    by = max(1, -(-longest // 60))  # days a column stands for
    counted = Counter(age // by for age in ages)
    x = scale(0, longest / by, 6, width - 12)
    step = min(8.4, (base - top) / max([1, *counted.values()]), max(x(1) - x(0), 2.0))
    for place_, n in sorted(counted.items()):
        kind = "owed" if place_ * by > _OLD_QUERY_DAYS else "amount"
        if step < 3:
            tall = (base - top) * n / max(counted.values())
            yield rect(x(place_) - 2, base - tall, 4, tall, f"seg {kind}")
        else:
            for i in range(n):
                yield dot(x(place_), base - (i + 0.55) * step, step * 0.42, kind)
    yield line(6, base, width - 6, base, "axis")
    every = max(10, round_step(longest, 7))
    for tick in range(0, longest + 1, every):
        yield line(x(tick / by), base, x(tick / by), base + 4, "axis")
        yield label(x(tick / by), base + 18, str(tick), "tick", anchor="middle" if tick else "start")
    if old:
        edge = x((_OLD_QUERY_DAYS + 0.5) / by)
        yield line(edge, 6, edge, base, "rule")
        yield label(
            edge + 6, 16, f" older than {_OLD_QUERY_DAYS} days", "w-owed small halo", bold=words.count(old)
        )
    yield label(6, base + 36, "age of open query, days", "w-muted small")

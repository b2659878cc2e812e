"""Enrolment against the plan and by site; sites with few patients are shown together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import pandas as pd

from milepost.protocol import Enrolment, Site
from milepost.reports import words
from milepost.reports.drawing import (
    HALF,
    PHONE,
    Figure,
    Mark,
    dot,
    label,
    line,
    path,
    rect,
    round_step,
    scale,
    text_width,
)

_MONTH_DAYS = Decimal("30.4375")
_CURVE = 640
_RECENT_DAYS = 90


@dataclass(frozen=True)
class Progress:
    """How many are enrolled, how many were planned by the cut-off, and the pace of the last 90 days and needed."""

    enrolled: int
    planned: int
    expected: int | None
    end: dt.date | None
    recent: int
    pace: Decimal
    needed: Decimal | None


@dataclass(frozen=True)
class SiteCount:
    """Patients of one site, or of several small ones together; planned to date where the plan names sites."""

    name: str
    sites: tuple[str, ...]
    enrolled: int
    planned: int | None


def consent_days(subjects: pd.DataFrame, as_of: dt.date) -> pd.Series:
    """Day of consent by subject, indexed by USUBJID; NaT where partial or unknown. Later consents are left out."""
    once = subjects.drop_duplicates("USUBJID").set_index("USUBJID")["RFICDTC"]
    days = pd.to_datetime(once.astype("string").str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    return days[~(days > pd.Timestamp(as_of))].sort_index()


def progress(days: pd.Series, plan: Enrolment, as_of: dt.date) -> Progress:
    """Where enrolment stands. The plan is a straight line from its start over its months."""
    end, expected = None, None
    recent = int((days > pd.Timestamp(as_of - dt.timedelta(days=_RECENT_DAYS))).sum())
    pace = _tenth(Decimal(recent) * _MONTH_DAYS / _RECENT_DAYS)
    needed: Decimal | None = None
    if plan.start is not None and plan.months is not None:
        end = _plan_end(plan.start, plan.months)
        expected = _planned_by(plan.planned, plan.start, end, as_of)
        left = Decimal((end - as_of).days) / _MONTH_DAYS
        missing = plan.planned - len(days)
        needed = _tenth(missing / left) if left > 0 and missing > 0 else None
    return Progress(len(days), plan.planned, expected, end, recent, pace, needed)


def site_counts(
    subjects: pd.DataFrame, sites: tuple[Site, ...], plan: Enrolment, as_of: dt.date, small_cell: int
) -> list[SiteCount]:
    """Patients by site, most first. Sites under the small cell are pooled, with enough others to hide each."""
    counts = subjects.drop_duplicates("USUBJID")["SITEID"].value_counts().to_dict()
    ids = sorted({site.id for site in sites} | set(counts))
    planned = {site.id: _site_plan(site.planned, plan, as_of) for site in sites}
    ordered = sorted(ids, key=lambda site: (-counts.get(site, 0), site))
    shown = list(ordered)
    pooled: list[str] = []
    while shown and (counts.get(shown[-1], 0) < small_cell or _gives_away(pooled, counts, small_cell)):
        pooled.insert(0, shown.pop())
    made = [SiteCount(s, (s,), counts.get(s, 0), planned.get(s)) for s in shown]
    if pooled:
        plans = [planned.get(s) for s in pooled]
        total = None if any(p is None for p in plans) else sum(p for p in plans if p is not None)
        name = f"{len(pooled)} small sites" if len(pooled) > 1 else "1 small site"
        made.append(SiteCount(name, tuple(pooled), sum(counts.get(s, 0) for s in pooled), total))
    return made


def _gives_away(pooled: list[str], counts: dict[str, int], small_cell: int) -> bool:
    """Whether the pool could be read back to one small site: a single one, or a sum that is itself small."""
    filled = [site for site in pooled if counts.get(site, 0)]
    return bool(filled) and (len(filled) == 1 or sum(counts[s] for s in filled) < small_cell)


def _site_plan(planned: int | None, plan: Enrolment, as_of: dt.date) -> int | None:
    if planned is None or plan.start is None or plan.months is None:
        return planned
    return _planned_by(planned, plan.start, _plan_end(plan.start, plan.months), as_of)


def _planned_by(planned: int, start: dt.date, end: dt.date, as_of: dt.date) -> int:
    done = min(max((as_of - start).days, 0), (end - start).days)
    return int((Decimal(planned * done) / (end - start).days).to_integral_value(ROUND_HALF_UP))


def _plan_end(start: dt.date, months: int) -> dt.date:
    month = start.month - 1 + months
    first = dt.date(start.year + month // 12, month % 12 + 1, 1)
    return first + dt.timedelta(days=min(start.day, 28) - 1)


def _tenth(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.1"), ROUND_HALF_UP)


def enrolment_figures(
    days: pd.Series, state: Progress, plan: Enrolment, as_of: dt.date
) -> tuple[Figure, ...]:
    """Enrolled by week as a step, against the dotted plan; the gap in words."""
    known = sorted(day.date() for day in days.dropna())
    start = min([plan.start or as_of, *known[:1], as_of])
    end = max([state.end or as_of, as_of])
    gap = _gap_words(state)
    sentence = (
        f"Enrolment from {words.month(start, True)}: {state.enrolled} patients by {words.day(as_of)}. {gap}"
    )
    return tuple(
        Figure(width, 290, sentence, tuple(_curve(known, state, plan, (start, end, as_of), width)), size)
        for width, size in ((_CURVE, "wide"), (PHONE, "phone"))
    )


def _gap_words(state: Progress) -> str:
    if state.expected is None:
        return f"{words.count(state.planned)} are planned in all."
    gap = state.enrolled - state.expected
    if gap == 0:
        return "As planned."
    return f"{words.count(abs(gap))} {'ahead of' if gap > 0 else 'behind'} the plan of {words.count(state.expected)}."


def _curve(
    known: list[dt.date],
    state: Progress,
    plan: Enrolment,
    dates: tuple[dt.date, dt.date, dt.date],
    width: int,
) -> Iterable[Mark]:
    start, end, as_of = dates
    left, top, base, right = 40.0, 14.0, 246.0, width - (90.0 if width > PHONE else 14.0)
    x, tallest = scale(0, max((end - start).days, 1), left, right), max(state.planned, state.enrolled, 1)
    step = round_step(tallest, 5)
    y = scale(0, -(-tallest // step) * step, base, top)
    for tick in range(0, -(-tallest // step) * step + 1, step):
        yield line(left, y(tick), right, y(tick), "grid" if tick else "axis")
        yield label(left - 7, y(tick) + 4, words.count(tick), "tick", anchor="end")
    yield from _months(start, end, x, base, width)
    if plan.start is not None and state.end is not None:
        ends = [(x((plan.start - start).days), y(0)), (x((state.end - start).days), y(plan.planned))]
        yield path([*ends, *([(right, y(plan.planned))] if state.end < end else [])], "plan")
        if width > PHONE:
            yield label(right + 8, y(plan.planned) + 5, f"plan: {words.count(plan.planned)}", "w-muted small")
            yield label(
                right + 8,
                y(plan.planned) + 21,
                f"by {words.short_day(state.end)} {state.end.year}",
                "w-muted small",
            )
    weekly = sorted({min((day - start).days // 7 * 7 + 7, (as_of - start).days) for day in known})
    points, total = [(x(0), y(0))], 0
    for week in weekly:
        points.append((x(week), y(total)))
        total = sum(1 for day in known if min((day - start).days // 7 * 7 + 7, (as_of - start).days) <= week)
        points.append((x(week), y(total)))
    today = x((as_of - start).days)
    yield path([*points, (today, y(total))], "curve")
    yield dot(today, y(total), 4, "ink")
    gap = _gap_words(state).rstrip(".")
    if today + 12 + text_width(gap, 13) < width:
        at, below, anchor = today + 10, min(y(total) + 20, base - 28), "start"
        plan_below = y(plan.planned) + 21
        if state.end is not None and at > right - 90 and abs(below - plan_below) < 36:
            below = plan_below + 24  # the plan's own words stand there
    else:  # under the curve, where nothing is drawn
        at, below, anchor = right, base - 30, "end"
    yield label(at, below, " enrolled", "halo", bold=words.count(state.enrolled), anchor=anchor)
    yield label(at, below + 17, gap, "w-muted small halo", anchor=anchor)


def _months(start: dt.date, end: dt.date, x: object, base: float, width: int) -> Iterable[Mark]:
    assert callable(x)
    firsts = [dt.date(y, m, 1) for y in range(start.year, end.year + 1) for m in range(1, 13)]
    inside = [first for first in firsts if start <= first <= end]
    most = 6 if width > PHONE else 4
    every = next((n for n in (1, 2, 3, 6, 12, 24, 60) if len(inside) / n <= most), 120)
    shown = [first for first in inside if (first.year * 12 + first.month - 1) % every == 0]
    for i, first in enumerate(shown):
        at = x((first - start).days)
        yield line(at, base, at, base + 4, "axis")
        with_year = i == 0 or first.month <= every and first.month == 1 or (first.year != shown[i - 1].year)
        yield label(at, base + 19, words.month(first, with_year), "tick", anchor="middle")


def site_figures(counts: list[SiteCount]) -> tuple[Figure, ...]:
    """One bar a site; the tick is the plan to date where the study folder gives one."""
    if not counts:
        return ()
    spoken = "; ".join(
        f"{c.name} {c.enrolled}" + (f" of {c.planned} planned" if c.planned is not None else "")
        for c in counts
    )
    sentence = f"Patients enrolled by site: {spoken}."
    return tuple(
        Figure(width, 22 * len(counts) + 6, sentence, tuple(_site_bars(counts, width)), size)
        for width, size in ((HALF - 120, "wide"), (PHONE, "phone"))
    )


def _site_bars(counts: list[SiteCount], width: int) -> Iterable[Mark]:
    left = 14.0 + max(len(c.name) for c in counts) * 7.4
    x = scale(0, max([1, *(max(c.enrolled, c.planned or 0) for c in counts)]), left, width - 84)
    for i, site in enumerate(counts):
        y = 2 + 22.0 * i
        yield label(0, y + 14, site.name)
        yield rect(left, y + 4, max(x(site.enrolled) - left, 0.5), 12, "amount")
        edge = x(site.enrolled)
        if site.planned is not None:
            edge = max(edge, x(site.planned))
            yield rect(x(site.planned) - 1, y + 1, 2, 18, "ink")
        planned = f" / {words.count(site.planned)}" if site.planned is not None else ""
        yield label(edge + 7, y + 14, planned, bold=words.count(site.enrolled))

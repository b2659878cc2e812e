"""The course of the biomarker behind each verdict: multiples of a patient's own baseline, doubling by doubling."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from milepost.core.censored_values import parse_result
from milepost.core.study_day import derive_study_day
from milepost.core.units import known_factors, standard_unit
from milepost.protocol import LabTest
from milepost.reports import words
from milepost.reports.checkpoint_words import CheckpointWords
from milepost.reports.drawing import PHONE, WIDE, Figure, Mark, label, line, path, rect, scale
from milepost.reports.judged import NON_RESPONSE, RESPONSE, Judged, given
from milepost.reports.who import Who

LAST_DAY = 182
MOST_LINES = 600
_FEW = 60  # a panel with so few courses shows them all, however many there are beside it
_FIRST_DAY = -28
_KINDS = ("resp", "non", "none")


@dataclass(frozen=True)
class Course:
    """One patient's results after baseline: (study day, multiple of the baseline)."""

    row: Judged
    points: tuple[tuple[int, float], ...]


def read_courses(
    rows: list[Judged],
    labs: pd.DataFrame,
    lines: pd.DataFrame,
    test: LabTest,
    factors: Mapping[str, Mapping[str, Decimal]],
) -> list[Course]:
    """Each treated patient's multiples of baseline up to day 182, or to the first dose of the next line.

    factors: a site's own factors for this test, by site. Results known only as a range are left out of the line,
    as are patients whose baseline is one: no value is made up for them.
    """
    own = {site: known_factors(test, given_) for site, given_ in factors.items()}
    default = known_factors(test)
    wanted = labs[(labs["LBTESTCD"] == test.code) & labs["ADT"].notna()]
    started = lines.loc[lines["FIRSTDOSE"].notna(), ["USUBJID", "LINE", "FIRSTDOSE"]]
    days = derive_study_day(wanted.merge(started, on="USUBJID", how="inner", validate="m:m"))
    days = days[
        (days["ADY"] >= _FIRST_DAY) & (days["ADY"] <= LAST_DAY) & (days["ADT"] < _next_line(days, started))
    ]
    points: dict[tuple[str, int], dict[int, float]] = defaultdict(dict)
    columns = ("USUBJID", "LINE", "SITEID", "ADY", "LBORRES", "LBORRESU", "LBDTC", "SRCLINE")
    for subject, number, site, day, text, unit, *_ in (
        days.reindex(columns=list(columns))
        .sort_values(list(columns[:4]) + ["LBDTC", "SRCLINE"])
        .itertuples(index=False)
    ):
        value = _exact(text, unit, own.get(str(site), default))
        if value is not None:
            points[(str(subject), int(number))][int(day)] = float(value)
    courses = []
    for row in rows:
        base = _exact(row.base, row.base_unit, own.get(row.site, default))
        if not base or not row.treated:
            continue
        start = row.base_day if row.base_day is not None else -1
        later = sorted((d, v) for d, v in points[(row.subject, row.line)].items() if d > start)
        courses.append(Course(row, ((start, 1.0), *((d, v / float(base)) for d, v in later))))
    return [course for course in courses if len(course.points) > 1]


def _next_line(days: pd.DataFrame, started: pd.DataFrame) -> pd.Series:
    """First dose of the following line of the same patient; far in the future where there is none."""
    ordered = started.sort_values(["USUBJID", "LINE"])
    following = ordered.assign(NEXT=ordered.groupby("USUBJID")["FIRSTDOSE"].shift(-1))
    joined = days[["USUBJID", "LINE"]].merge(
        following[["USUBJID", "LINE", "NEXT"]], on=["USUBJID", "LINE"], how="left", validate="m:1"
    )
    return pd.to_datetime(joined["NEXT"]).fillna(pd.Timestamp("2200-01-01")).set_axis(days.index)


def _exact(text: object, unit: object, factors: Mapping[str, Decimal]) -> Decimal | None:
    if not (given(text) and given(unit)):
        return None
    found, factor = parse_result(str(text)), factors.get(standard_unit(str(unit)))
    if found is None or factor is None or not found.is_exact or found.lo <= 0:
        return None
    return found.lo * factor


def courses_figures(courses: list[Course], say: CheckpointWords, who: Who) -> tuple[Figure, ...]:
    """A panel for each baseline band, side by side on a wide page and below each other on a phone."""
    if not courses:
        return ()
    low, high = _extent(courses)
    panels = [(band, name, [c for c in courses if c.row.band == band]) for band, name in enumerate(say.bands)]
    spoken = "; ".join(f"{name} {say.test.unit}, {who.counted(len(found))}" for _, name, found in panels)
    sentence = (
        f"{say.test.label} as a multiple of each patient’s own baseline, study days 1 to {LAST_DAY}, "
        f"by baseline: {spoken}."
    )
    return (_wide(panels, say, sentence, low, high), _tall(panels, say, sentence, low, high))


def _extent(courses: list[Course]) -> tuple[int, int]:
    """Doublings shown: at least from 1/4 to 2, at most from 1/64 to 16; what lies beyond is cut at the edge."""
    logs = sorted(math.log2(v) for c in courses for _, v in c.points if v > 0)
    spare = max(1, len(logs) // 100)
    return (
        max(-6, min(-2, math.floor(logs[min(spare, len(logs) - 1)] - 0.3))),
        min(4, max(1, math.ceil(logs[-min(spare, len(logs))]))),
    )


def _wide(
    panels: list[tuple[int, str, list[Course]]], say: CheckpointWords, sentence: str, low: int, high: int
) -> Figure:
    many = sum(len(found) for _, _, found in panels) > MOST_LINES
    left, gap, top, base = 46.0, 26.0, 44.0, 262.0
    each = (WIDE - left - gap * (len(panels) - 1)) / len(panels)
    marks: list[Mark] = []
    for i, (band, name, found) in enumerate(panels):
        x0 = left + i * (each + gap)
        marks += _panel(
            found, name, band, say, (x0, x0 + each), (top, base), (low, high), ticks=i == 0, many=many
        )
    marks.append(label(left, base + 38, "study day (first dose = day 1)", "w-muted small"))
    return Figure(WIDE, int(base) + 46, sentence, tuple(marks))


def _tall(
    panels: list[tuple[int, str, list[Course]]], say: CheckpointWords, sentence: str, low: int, high: int
) -> Figure:
    tall = 230.0
    many = sum(len(found) for _, _, found in panels) > MOST_LINES
    marks: list[Mark] = []
    for i, (band, name, found) in enumerate(panels):
        y0 = i * tall
        marks += _panel(
            found,
            name,
            band,
            say,
            (36.0, float(PHONE)),
            (y0 + 40, y0 + 190),
            (low, high),
            ticks=True,
            many=many,
        )
    marks.append(label(36, len(panels) * tall - 4, "study day (first dose = day 1)", "w-muted small"))
    return Figure(PHONE, int(len(panels) * tall) + 4, sentence, tuple(marks), "phone")


def _panel(
    found: list[Course],
    name: str,
    band: int,
    say: CheckpointWords,
    across: tuple[float, float],
    down: tuple[float, float],
    extent: tuple[int, int],
    *,
    ticks: bool,
    many: bool,
) -> Iterable[Mark]:
    x = scale(_FIRST_DAY, LAST_DAY, *across)
    y = scale(extent[1], extent[0], *down)
    first, last = say.rule.window
    yield rect(x(first - 0.5), down[0], x(last + 0.5) - x(first - 0.5), down[1] - down[0], "shade")
    yield label(x((first + last) / 2), down[0] - 6, f"days {say.window}", "w-muted small", anchor="middle")
    unit = f" {say.test.unit}" if ticks or band == 0 else ""
    yield label(
        across[0], down[0] - 26, f", n = {words.count(len(found))}", bold=words.upper_first(f"{name}{unit}")
    )
    for power in range(extent[0], extent[1] + 1):
        yield line(across[0], y(power), across[1], y(power), "axis" if power == 0 else "grid")
        if ticks:
            text = str(2**power) if power >= 0 else f"1/{2**-power}"
            yield label(across[0] - 7, y(power) + 4, text, "tick", anchor="end")
    for day in (1, say.rule.target_day, 57, 85, 113, 141, 169):
        yield line(x(day), down[1], x(day), down[1] + 4, "axis")
        yield label(x(day), down[1] + 18, str(day), "tick", anchor="middle")
    if say.possible(band):
        edge = y(math.log2(float(100 + say.limit_change) / 100)) if say.limit_change > -100 else down[1]
        yield line(across[0], edge, across[1], edge, "rule")
    if many and len(found) > _FEW:
        yield from _bands(found, x, y, extent)
    else:
        for kind in ("none", "resp", "non"):
            for course in (c for c in found if _kind(c) == kind):
                yield path(_steps(course, x, y, extent), f"course {kind}", subject=course.row.subject)
    yield from _names(found, across, down, rises=say.rule.direction == "rise")


def _names(
    found: list[Course], across: tuple[float, float], down: tuple[float, float], rises: bool
) -> Iterable[Mark]:
    kinds = {_kind(course) for course in found}
    upper, lower = ("resp", "non") if rises else ("non", "resp")
    name = {"resp": "responder", "non": "non-responder"}
    if upper in kinds:
        yield label(across[1], down[0] - 6, name[upper], f"w-{upper} small", anchor="end")
    if lower in kinds:
        yield label(across[1], down[1] - 8, name[lower], f"w-{lower} small halo", anchor="end")
    if kinds == {"none"}:
        yield label(across[1], down[0] - 6, "not judged", "w-muted small", anchor="end")
    if not found:
        yield label(
            (across[0] + across[1]) / 2,
            0.3 * down[0] + 0.7 * down[1],
            "no patient",
            "w-muted small halo",
            anchor="middle",
        )


def _kind(course: Course) -> str:
    state = course.row.state
    return "resp" if state in RESPONSE else "non" if state in NON_RESPONSE else "none"


def _steps(
    course: Course, x: Callable[[float], float], y: Callable[[float], float], extent: tuple[int, int]
) -> list[tuple[float, float]]:
    return [(x(day), y(max(extent[0], min(extent[1], math.log2(times))))) for day, times in course.points]


def _bands(
    found: list[Course], x: Callable[[float], float], y: Callable[[float], float], extent: tuple[int, int]
) -> Iterable[Mark]:
    """For very many patients: the middle 80 and 50 % by verdict, fortnight by fortnight, and fifty lines behind."""
    for course in sorted(found, key=lambda c: c.row.key)[:: max(1, len(found) // 50)]:
        yield path(_steps(course, x, y, extent), f"course faint {_kind(course)}")
    for kind in _KINDS:
        bins: dict[int, list[float]] = defaultdict(list)
        for course in (c for c in found if _kind(c) == kind):
            for day, times in course.points:
                bins[max(0, day) // 14].append(math.log2(times))
        filled = sorted((b, sorted(v)) for b, v in bins.items() if len(v) >= 10)
        for low, high in ((0.1, 0.9), (0.25, 0.75)):
            edge = [(x(b * 14 + 7), y(_quantile(v, high))) for b, v in filled]
            back = [(x(b * 14 + 7), y(_quantile(v, low))) for b, v in reversed(filled)]
            if len(edge) > 1:
                yield path([*edge, *back], f"band {kind}", closed=True)


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

"""Change in the sum of target lesions: the best of each patient as a waterfall, its course as a spider."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from milepost.reports import words
from milepost.reports.drawing import Mark, dot, label, line, path, place, rect, round_step, scale, text_width

MOST_BARS = 600  # patients; beyond this bars are thinner than a pixel: one bar stands for several
MOST_LINES = 600
_SAMPLE = 60  # courses drawn behind the bands of very many
_RESPONSE, _GROWTH = -30, 20  # percent: the limits of partial response and progression, drawn dashed
KINDS = {"CR": "resp", "PR": "resp", "PD": "non", "NE": "none", "NED": "none"}
_SAID = (("non", "progression", "w-non"), ("amount", "stable", ""), ("resp", "complete or partial", "w-resp"))
HEIGHT = 320.0
_TOP, _BELOW = 48.0, 46.0
Scale = Callable[[float], float]


@dataclass(frozen=True)
class Extent:
    """The scale all groups share: lowest and highest change (percent), and last week."""

    low: int
    high: int
    weeks: int


def extent(best: pd.DataFrame, courses: pd.DataFrame) -> Extent:
    """From at least −40 to +40 %, at most −100 to +100 %; weeks to the last scan."""
    changes = [*best["PCHG"], *courses["PCHG"], 0.0]
    low = max(-100, min(-40, int(np.floor(min(changes) / 20)) * 20))
    high = min(100, max(40, int(np.ceil(max(changes) / 20)) * 20))
    weeks = int(np.ceil(max([*courses["ADY"], 42]) / 42)) * 6
    return Extent(low, high, weeks)


def kind_of(response: str) -> str:
    """Class of the colour of a best response; stable disease is neutral."""
    return KINDS.get(response, "amount")


def draw_waterfall(
    best: pd.DataFrame, span: Extent, without: int
) -> Callable[[float, float, float, bool], Iterable[Mark]]:
    """One bar a patient, largest growth left. without: treated patients without a later sum."""

    def draw(left: float, top: float, width: float, phone: bool) -> Iterable[Mark]:
        start, y = left + 44, _heights(span, top)
        yield from _grid(span, y, left, start, left + width, "best change in the sum of target lesions, %")
        rows = list(best[["USUBJID", "PCHG", "BOR", "NEWLESION"]].itertuples(index=False, name=None))
        step = min((left + width - start) / max(len(rows), 1), 44.0)
        if len(rows) > MOST_BARS:
            yield from _columns(rows, y, start, left + width - start, span)
        else:
            for i, (subject, change, response, new) in enumerate(rows):
                yield from _bar(start + i * step, step, change, response, new, subject, y, span, phone)
        yield line(start, y(0), left + width, y(0), "axis")
        yield from _counts(best, start, left + width, y(span.high) - 10)
        dots = "; dot: new lesion" if best["NEWLESION"].any() and len(rows) <= MOST_BARS else ""
        unit = "One bar a patient" if len(rows) <= MOST_BARS else "All patients in order"
        yield label(start, top + HEIGHT - 6, f"{unit}{dots}", "w-muted small")
        if without:
            absent = f"{words.count(without)} without a later sum"
            yield label(
                left + width, top + HEIGHT - (24 if phone else 6), absent, "w-muted small", anchor="end"
            )

    return draw


def draw_spider(
    best: pd.DataFrame, courses: pd.DataFrame, span: Extent
) -> Callable[[float, float, float, bool], Iterable[Mark]]:
    """One line a patient over the weeks since first dose, by best response."""
    response = dict(zip(best["USUBJID"], best["BOR"], strict=True))
    lines: dict[str, list[tuple[int, float]]] = {}
    for subject, day, change in courses.sort_values(["USUBJID", "ADY"])[
        ["USUBJID", "ADY", "PCHG"]
    ].itertuples(index=False):
        lines.setdefault(str(subject), [(0, 0.0)]).append((int(day) - 1, float(change)))

    def draw(left: float, top: float, width: float, phone: bool) -> Iterable[Mark]:
        start, y = left + 44, _heights(span, top)
        x = scale(0, span.weeks * 7, start, left + width - 6)
        yield from _grid(span, y, left, start, left + width, "change in the sum of target lesions, %")
        step = round_step(span.weeks / 6, 6) * 6
        for week in range(0, span.weeks + 1, step):
            yield line(x(week * 7), y(span.low), x(week * 7), y(span.low) + 4, "axis")
            yield label(x(week * 7), y(span.low) + 18, str(week), "tick", anchor="middle")
        yield line(start, y(0), left + width, y(0), "axis")
        if len(lines) > MOST_LINES:
            yield from _bands(lines, response, x, y, span)
        else:
            for kind in ("amount", "none", "resp", "non"):
                for subject, points in lines.items():
                    if kind_of(response.get(subject, "NE")) == kind:
                        drawn = [(x(day), y(_held(change, span))) for day, change in points]
                        yield path(drawn, f"course {_line_kind(kind)}", subject=subject)
        yield label(start, top + HEIGHT - 8, "weeks since first dose", "w-muted small")

    return draw


def _heights(span: Extent, top: float) -> Scale:
    return scale(span.high, span.low, top + _TOP, top + HEIGHT - _BELOW)


def _grid(span: Extent, y: Scale, left: float, start: float, end: float, caption: str) -> Iterable[Mark]:
    yield label(left, y(span.high) - _TOP + 12, caption, "w-muted small")
    step = 20 if span.high - span.low <= 140 else 50
    ticks = {tick for tick in range(-100, 101, step) if span.low <= tick <= span.high} | {0}
    ruled = (_RESPONSE, _GROWTH)
    crowded = {tick for tick in ticks if tick and any(abs(y(tick) - y(rule)) < 13 for rule in ruled)}
    for tick in sorted(ticks - crowded):
        if tick:
            yield line(start, y(tick), end, y(tick), "grid")
        yield label(start - 8, y(tick) + 4, words.signed(tick), "tick", anchor="end")
    for rule in ruled:
        yield line(start, y(rule), end, y(rule), "rule")
        yield label(start - 8, y(rule) + 4, "", "tick", bold=words.signed(rule), anchor="end")


def _bar(
    x: float, step: float, change: float, response: str, new: bool, subject: str, y: Scale, span: Extent, phone: bool
) -> Iterable[Mark]:  # fmt: skip
    wide = max(step - (1.0 if step > 4 else 0.5 if step > 2 else 0.0), 0.4)
    held = _held(change, span)
    ends = sorted((y(0), y(held)))
    title = "" if phone else f"{subject}: {words.signed(round(change))} %, {response}"
    yield rect(
        x, ends[0], wide, max(ends[1] - ends[0], 1.2), _bar_kind(response), title=title, subject=subject
    )
    if change > span.high:
        middle = x + wide / 2
        yield path(
            [(middle - 3.5, ends[0] - 2), (middle + 3.5, ends[0] - 2), (middle, ends[0] - 8)],
            "eff-more",
            closed=True,
        )
    if new:
        yield dot(x + wide / 2, (ends[0] if held > 0 else y(0)) - 5, min(1.9, max(step / 2.2, 0.9)), "ink")


def _bar_kind(response: str) -> str:
    kind = kind_of(response)
    return {"amount": "amount", "none": "seg hatch"}.get(kind, f"seg {kind}")


def _columns(
    rows: Sequence[tuple[str, float, str, bool]], y: Scale, start: float, width: float, span: Extent
) -> Iterable[Mark]:
    """Very many patients: a column a pixel wide takes the patient in its middle; runs of one colour are one area."""
    chosen = [rows[int((i + 0.5) * len(rows) / width)] for i in range(int(width))]
    edges = [
        0,
        *(i for i, (a, b) in enumerate(pairwise(chosen), 1) if _bar_kind(a[2]) != _bar_kind(b[2])),
        len(chosen),
    ]
    for first, last in pairwise(edges):
        heights = [y(_held(change, span)) for _, change, _, _ in chosen[first:last]]
        d = (
            f"M{place(start + first)} {place(y(0))}"
            + "".join(f"V{place(high)}h1" for high in heights)
            + f"V{place(y(0))}Z"
        )
        yield Mark("path", (("class", _bar_kind(chosen[first][2])), ("d", d)))


def _counts(best: pd.DataFrame, start: float, end: float, high: float) -> Iterable[Mark]:
    """How many of each best response, in words of its colour, over the drawing."""
    counts = best["BOR"].map(kind_of).value_counts()
    parts = [(int(counts.get(kind, 0)), text, colour) for kind, text, colour in _SAID]
    wides = [text_width(f"{words.count(n)} {text}") for n, text, _ in parts]
    middle = (start + wides[0] + 8 + end - wides[2] - 8 - wides[1]) / 2
    for (n, text, colour), at, anchor in zip(
        parts, (start, middle, end - 1), ("start", "start", "end"), strict=True
    ):
        yield label(at, high, f" {text}", colour, bold=words.count(n), anchor=anchor)


def _held(change: float, span: Extent) -> float:
    return min(max(float(change), span.low), span.high)


def _line_kind(kind: str) -> str:
    return "none" if kind == "amount" else kind


def _bands(
    lines: dict[str, list[tuple[int, float]]], response: dict[str, str], x: Scale, y: Scale, span: Extent
) -> Iterable[Mark]:
    """Very many patients: some courses behind as one line, and the median with the middle half by best response."""
    some = sorted(lines)[:: max(1, len(lines) // _SAMPLE)]
    d = "".join(
        "M" + "L".join(f"{place(x(day))} {place(y(_held(change, span)))}" for day, change in lines[one])
        for one in some
    )
    yield Mark("path", (("class", "course none"), ("d", d)))
    for kind in ("amount", "resp", "non"):
        bins: dict[int, list[float]] = {}
        for subject, points in lines.items():
            if kind_of(response.get(subject, "NE")) == kind:
                for day, change in points[1:]:
                    bins.setdefault(round(day / 42), []).append(change)
        filled = [
            (bin_, np.quantile(found, (0.25, 0.5, 0.75)))
            for bin_, found in sorted(bins.items())
            if len(found) >= 10 and bin_
        ]
        if not filled:
            continue
        edge = [(x(bin_ * 42), y(_held(q[2], span))) for bin_, q in filled]
        back = [(x(bin_ * 42), y(_held(q[0], span))) for bin_, q in reversed(filled)]
        yield path([(x(0), y(0)), *edge, *back], f"band {_line_kind(kind)}", closed=True)
        middle = [(x(0), y(0)), *((x(bin_ * 42), y(_held(q[1], span))) for bin_, q in filled)]
        yield path(middle, f"eff-median {_line_kind(kind)}")

"""Rates of events of special interest with their exact intervals, one line a group of terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from milepost.core.limits import Estimate
from milepost.reports.drawing import (
    PHONE,
    WIDE,
    Figure,
    Mark,
    dot,
    label,
    line,
    round_step,
    scale,
    text_width,
)
from milepost.reports.safety_numbers import rate_text
from milepost.reports.words import count


@dataclass(frozen=True)
class RateLine:
    """One group of terms: patients with it in words, and its rate, group of patients by group."""

    name: str
    shares: tuple[str, ...]
    rates: tuple[Estimate, ...]


Scale = Callable[[float], float]
_DOTS = ("safety-a", "safety-b")


def rate_figures(lines: Sequence[RateLine], names: tuple[str, ...]) -> tuple[Figure, ...]:
    """Drawn wide and for a phone; no figure without an event. names: of the groups compared; none for everybody."""
    if not lines:
        return ()
    highest = max(_end(rate) for one in lines for rate in one.rates)
    sentence = _sentence(lines, names)
    return (_wide(lines, names, highest, sentence), _phone(lines, names, highest, sentence))


def _end(rate: Estimate) -> float:
    """How far to the right a rate is drawn; a very wide interval is cut, with an arrow."""
    if rate.value is None or rate.hi is None:
        return 1.0
    return min(rate.hi, max(3 * rate.value, 12.0))


def _sentence(lines: Sequence[RateLine], names: tuple[str, ...]) -> str:
    told = []
    for one in lines:
        parts = [
            (f"{name} " if name else "") + f"{share}, {rate_text(rate)} per 100 patient-years"
            for name, share, rate in zip(names or ("",), one.shares, one.rates, strict=True)
        ]
        told.append(f"{one.name}: {'; '.join(parts)}")
    return f"Patients with an event of special interest by time. {'. '.join(told)}."


def _wide(lines: Sequence[RateLine], names: tuple[str, ...], highest: float, sentence: str) -> Figure:
    row, top = (46.0 if names else 30.0), 30.0
    start, end = (520.0 if names else 486.0), WIDE - 160.0
    x = scale(0, highest, start, end)
    base = top + row * len(lines)
    marks: list[Mark] = [*_axis(x, highest, top - 8, base)]
    marks.append(label(start - 190, 12, "patients", "w-muted small"))
    marks.append(label(WIDE, 12, "per 100 patient-years", "w-muted small", anchor="end"))
    for i, one in enumerate(lines):
        y0 = top + row * i
        marks.append(label(0, y0 + (18 if names else row / 2 + 5), one.name))
        for place, (share, rate) in enumerate(zip(one.shares, one.rates, strict=True)):
            y = y0 + (13 + 20 * place if names else row / 2)
            if names:
                marks.append(label(start - 196, y + 5, names[place], "small", anchor="end"))
            marks.append(label(start - 190, y + 5, share, "small"))
            marks += _interval(rate, x, y, end, place)
            marks.append(label(WIDE, y + 5, rate_text(rate), "small", anchor="end"))
    return Figure(WIDE, int(base) + 24, sentence, tuple(marks))


def _phone(lines: Sequence[RateLine], names: tuple[str, ...], highest: float, sentence: str) -> Figure:
    said = [
        [f"{name} {rate_text(rate)}".strip() for name, rate in zip(names or ("",), one.rates, strict=True)]
        for one in lines
    ]
    row = 24.0 + 24.0 * max(len(names), 1)
    end = PHONE - 14 - max(text_width(text, 13) for own in said for text in own) if names else PHONE - 8.0
    x = scale(0, highest, 4, end)
    base = 6 + row * len(lines)
    marks: list[Mark] = [*_axis(x, highest, 6, base)]
    for i, one in enumerate(lines):
        y0 = 6 + row * i
        marks.append(label(0, y0 + 15, one.name, "halo"))
        for place, rate in enumerate(one.rates):
            y = y0 + 30 + 24 * place
            marks += _interval(rate, x, y, end, place)
            below = y + 5 if names else y0 + 15
            marks.append(label(PHONE, below, said[i][place], "small halo", anchor="end"))
    marks.append(label(0, base + 38, "patients per 100 patient-years, exact 95 % interval", "w-muted small"))
    return Figure(PHONE, int(base) + 46, sentence, tuple(marks), "phone")


def _axis(x: Scale, highest: float, top: float, base: float) -> Iterable[Mark]:
    step = round_step(max(highest, 1.0), 5)
    for tick in range(0, int(highest) + 1, step):
        yield line(x(tick), top, x(tick), base, "grid")
        yield label(x(tick), base + 17, count(tick), "tick", anchor="middle")


def _interval(rate: Estimate, x: Scale, y: float, edge: float, place: int) -> Iterable[Mark]:
    if rate.value is None or rate.lo is None or rate.hi is None:
        return
    yield line(x(rate.lo), y, min(x(rate.hi), edge), y, "interval")
    if x(rate.hi) > edge + 0.5:
        yield label(edge + 2, y + 5, "→", "w-muted small")
    yield dot(x(rate.value), y, 4.5, _DOTS[place])

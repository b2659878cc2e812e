"""On which study day samples were drawn: pooled, because the pattern by arm would name the drug."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from milepost.core.study_day import derive_study_day
from milepost.reports import words
from milepost.reports.checkpoint_words import CheckpointWords
from milepost.reports.drawing import HALF, PHONE, Figure, Mark, dot, label, line, rect, scale
from milepost.reports.judged import Judged
from milepost.reports.who import Who

Drawn = tuple[int, str]  # study day, whose
Scale = Callable[[float], float]
MOST_DOTS = 400
_DOT = 8.4
_NEAR = 3


def days_outside(
    rows: list[Judged], labs: pd.DataFrame, lines: pd.DataFrame, say: CheckpointWords
) -> dict[str, int]:
    """Verdict id -> study day of the nearest sample of those who missed the window but had one around it."""
    missed = {(r.subject, r.line): r.key for r in rows if r.state == "MISSED"}
    wanted = labs[(labs["LBTESTCD"] == say.test.code) & labs["ADT"].notna()]
    started = lines.loc[lines["FIRSTDOSE"].notna(), ["USUBJID", "LINE", "FIRSTDOSE"]]
    days = derive_study_day(wanted.merge(started, on="USUBJID", how="inner", validate="m:m"))
    days = days[days["ADY"].between(2, say.rule.late_until_day)]
    found: dict[str, int] = {}
    for subject, number, day in sorted(zip(days["USUBJID"], days["LINE"], days["ADY"], strict=True)):
        key = missed.get((str(subject), int(number)))
        if key is None:
            continue
        target = say.rule.target_day
        if key not in found or (abs(day - target), -day) < (abs(found[key] - target), -found[key]):
            found[key] = int(day)
    return found


def sample_day_figures(
    inside: list[Drawn], outside: list[Drawn], say: CheckpointWords, who: Who
) -> tuple[Figure, ...]:
    """One dot a verdict, a bar a day where there are very many. The window is shaded, outside is hollow."""
    first, last = say.rule.window
    days, beyond = [day for day, _ in inside], [day for day, _ in outside]
    low = min([first - 7, *(d for d in beyond if d >= first - 20)])
    high = max([say.rule.late_until_day, *beyond])
    sentence = (
        f"Study day of the sample: {who.counted(len(inside))} inside days {say.window}, "
        f"{near_target(days, say)} of them within {_NEAR} days of day {say.rule.target_day}; "
        f"{len(outside)} only outside."
    )
    return tuple(
        Figure(width, 300, sentence, tuple(_draw(inside, outside, say, width, low, high)), size)
        for width, size in ((HALF, "wide"), (PHONE, "phone"))
    )


def near_target(inside: list[int], say: CheckpointWords) -> int:
    """How many samples lie within three days of the target day."""
    return sum(1 for day in inside if abs(day - say.rule.target_day) <= _NEAR)


def _draw(
    inside: list[Drawn], outside: list[Drawn], say: CheckpointWords, width: int, low: int, high: int
) -> Iterable[Mark]:
    first, last = say.rule.window
    top, base = 22.0, 256.0
    x = scale(low - 0.5, high + 0.5, 6, width - 6)
    yield rect(x(first - 0.5), top, x(last + 0.5) - x(first - 0.5), base - top, "shade")
    yield label(
        x((first + last) / 2), top - 7, f"window, days {say.window}", "w-muted small", anchor="middle"
    )
    yield line(6, base, width - 6, base, "axis")
    groups = [("amount", _by_day(inside)), ("hollow", _by_day(outside))]
    tallest = max([1, *(len(found) for _, by_day in groups for found in by_day.values())])
    room = base - top - 34
    abreast, step = _packing(tallest, x(1) - x(0), room)
    for kind, by_day in groups:
        for day, found in sorted(by_day.items()):
            if len(inside) > MOST_DOTS:
                tall = room * len(found) / tallest
                yield rect(x(day - 0.35), base - tall, x(0.35) - x(-0.35), tall, f"seg {kind}")
                continue
            for i, subject in enumerate(found):
                row, column = divmod(i, abreast)
                across = column - (min(abreast, len(found) - row * abreast) - 1) / 2
                yield dot(
                    x(day) + across * step, base - (row + 0.55) * step, step * 0.42, kind, subject=subject
                )
    yield from _notes(inside, outside, say, x, top, base)
    for day in sorted({first, say.rule.target_day, last, low, high}):
        if day in (low, high) and min(abs(day - d) for d in (first, say.rule.target_day, last)) < 5:
            continue
        target = day == say.rule.target_day
        yield line(x(day), base, x(day), base + 4, "axis")
        text, bold = ("", str(day)) if target else (str(day), "")
        yield label(x(day), base + 19, text, "tick", bold=bold, anchor="middle")
    yield label(6, base + 38, "study day of the sample", "w-muted small")


def _by_day(drawn: list[Drawn]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for day, subject in sorted(drawn):
        found.setdefault(day, []).append(subject)
    return found


def _packing(tallest: int, wide: float, room: float) -> tuple[int, float]:
    """How many dots stand abreast on a day, and how far apart: as large as the fullest day allows."""
    return max(
        ((abreast, min(_DOT, wide / abreast, room / -(-tallest // abreast))) for abreast in (1, 2, 3, 4)),
        key=lambda pair: (round(pair[1], 3), -pair[0]),
    )


def _notes(
    inside: list[Drawn], outside: list[Drawn], say: CheckpointWords, x: Scale, top: float, base: float
) -> Iterable[Mark]:
    first, last = say.rule.window
    if inside:
        near = near_target([day for day, _ in inside], say)
        at = x(say.rule.target_day + _NEAR + 0.6)
        yield label(at, top + 18, f" of {words.count(len(inside))}", "halo", bold=words.count(near))
        yield label(at, top + 35, f"within {_NEAR} days of day {say.rule.target_day}", "w-muted small halo")
    if outside:
        late = any(day > last for day, _ in outside)
        edge, anchor = (x(last + 1.2), "start") if late else (x(first - 1), "end")
        yield label(edge, base - 82, " outside only", "w-owed", bold=words.count(len(outside)), anchor=anchor)
        yield label(edge, base - 65, "(hollow): missed", "w-owed small", anchor=anchor)

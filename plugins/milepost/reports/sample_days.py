"""On which study day samples were drawn: pooled, because the pattern by arm would name the drug."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pandas as pd

from milepost.core.study_day import derive_study_day
from milepost.reports import words
from milepost.reports.checkpoint_words import CheckpointWords
from milepost.reports.drawing import HALF, PHONE, Figure, Mark, dot, label, line, rect, scale
from milepost.reports.judged import Judged

MOST_DOTS = 400
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


def sample_day_figures(inside: list[int], outside: list[int], say: CheckpointWords) -> tuple[Figure, ...]:
    """One dot a patient, a bar a day where there are very many. The window is shaded, outside is hollow."""
    first, last = say.rule.window
    low = min([first - 7, *(d for d in outside if d >= first - 20)])
    high = max([say.rule.late_until_day, *outside])
    sentence = (
        f"Study day of the sample: {len(inside)} patients inside days {say.window}, "
        f"{near_target(inside, say)} of them within {_NEAR} days of day {say.rule.target_day}; "
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
    inside: list[int], outside: list[int], say: CheckpointWords, width: int, low: int, high: int
) -> Iterable[Mark]:
    first, last = say.rule.window
    top, base = 22.0, 256.0
    x = scale(low - 0.5, high + 0.5, 6, width - 6)
    yield rect(x(first - 0.5), top, x(last + 0.5) - x(first - 0.5), base - top, "shade")
    yield label(
        x((first + last) / 2), top - 7, f"window, days {say.window}", "w-muted small", anchor="middle"
    )
    yield line(6, base, width - 6, base, "axis")
    counted, beyond = Counter(inside), Counter(outside)
    tallest = max([1, *counted.values(), *beyond.values()])
    step = min(8.4, (base - top - 34) / tallest, x(1) - x(0))
    for kind, days in (("amount", counted), ("hollow", beyond)):
        for day, n in sorted(days.items()):
            if len(inside) > MOST_DOTS:
                tall = (base - top - 34) * n / tallest
                yield rect(x(day - 0.35), base - tall, x(0.35) - x(-0.35), tall, f"seg {kind}")
            else:
                for i in range(n):
                    yield dot(x(day), base - (i + 0.55) * step, step * 0.42, kind)
    if inside:
        near = near_target(inside, say)
        at = x(say.rule.target_day + _NEAR + 0.6)
        yield label(at, top + 18, f" of {words.count(len(inside))}", "halo", bold=words.count(near))
        yield label(at, top + 35, f"within {_NEAR} days of day {say.rule.target_day}", "w-muted small halo")
    if outside:
        late = [d for d in outside if d > last]
        edge = x(last + 1.2) if late else x(first - 1)
        yield label(edge, base - 62, " outside only", "w-owed", bold=words.count(len(outside)),
                    anchor="start" if late else "end")  # fmt: skip
        yield label(edge, base - 45, "(hollow): missed", "w-owed small", anchor="start" if late else "end")
    for day in sorted({first, say.rule.target_day, last, low, high}):
        if day in (low, high) and min(abs(day - d) for d in (first, say.rule.target_day, last)) < 5:
            continue
        target = day == say.rule.target_day
        yield line(x(day), base, x(day), base + 4, "axis")
        yield label(
            x(day),
            base + 19,
            "" if target else str(day),
            "tick",
            bold=str(day) if target else "",
            anchor="middle",
        )
    yield label(6, base + 38, "study day of the sample", "w-muted small")

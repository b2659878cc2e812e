"""The marker of each checkpoint: its results on a log scale, the window, the samples a verdict rests on.

A result beyond an assay's limit is drawn as the range it stands for, never as a number. Source: clinical
specification, sections 2.6 and 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from milepost.core.censored_values import parse_result
from milepost.core.units import known_factors, standard_unit
from milepost.protocol import Checkpoint
from milepost.reports import words
from milepost.reports.checkpoint_words import STATE_WORDS, CheckpointWords
from milepost.reports.judged import Judged, given
from milepost.reports.profile.days import StudyDays
from milepost.reports.profile.inputs import Judgements, ProfileInputs
from milepost.reports.profile.sources import of_record


@dataclass(frozen=True)
class Reading:
    """One result: every value from lo to hi (None: without limit) in the canonical unit, and as it was reported."""

    at: int
    day: str
    lo: Decimal
    hi: Decimal | None
    text: str
    shown: str
    source: str
    key: str

    @property
    def is_exact(self) -> bool:
        """One value, not a range."""
        return self.lo == self.hi


@dataclass(frozen=True)
class Ring:
    """A sample a verdict rests on: `baseline`, or the state that was given for it."""

    at: int
    level: Decimal
    kind: str
    said: str


@dataclass(frozen=True)
class Window:
    """The days on the axis in which a sample counts, both included, and their name."""

    first: int
    last: int
    said: str


@dataclass(frozen=True)
class Level:
    """A line to compare with: its value, its name, and the days on the axis over which it holds."""

    value: Decimal
    said: str
    first: int
    last: int


@dataclass(frozen=True)
class MarkerPanel:
    """One test. left_out: results that cannot be drawn, in words. last: the newest one and its change, in words."""

    code: str
    label: str
    unit: str
    readings: tuple[Reading, ...]
    rings: tuple[Ring, ...]
    windows: tuple[Window, ...]
    levels: tuple[Level, ...]
    last: tuple[str, str]
    left_out: str


def build_markers(
    own: ProfileInputs,
    days: StudyDays,
    judged: Judgements,
    until: int,
) -> tuple[MarkerPanel, ...]:
    """A panel for each test some checkpoint judges. until: the last place on the axis."""
    if days.origin is None:
        return ()
    tests = dict.fromkeys(say.rule.test for say, _ in judged.values())
    return tuple(_panel(code, own, days, judged, until) for code in tests)


def _panel(
    code: str,
    own: ProfileInputs,
    days: StudyDays,
    judged: Judgements,
    until: int,
) -> MarkerPanel:
    test = own.protocol.test(code)
    mine = [(say, rows) for say, rows in judged.values() if say.rule.test == code]
    readings, left_out = read_results(own, days, code)
    rings: list[Ring] = []
    windows: list[Window] = []
    levels: list[Level] = []
    for say, rows in mine:
        for row in rows:
            start = dict(days.starts).get(row.line)
            shift = days.at(start)
            if shift is None:
                continue
            windows.append(_window(say.rule, shift))
            found = _of_verdict(own.verdicts, row, say.rule, readings)
            rings += _rings(row, say, found)
            base = found.get("BASE_SRC")
            if base is not None and base.is_exact and base.lo > 0 and say.limit_change > -100:
                end = min(
                    [days.at(s) or until for _, s in days.starts if (days.at(s) or 0) > shift] + [until]
                )
                levels.append(
                    Level(base.lo * (100 + say.limit_change) / 100, _level_words(say), base.at, end)
                )
    return MarkerPanel(
        code=code, label=mine[0][0].short, unit=test.unit, readings=readings, rings=tuple(rings),
        windows=tuple(windows), levels=tuple(levels), last=_last(readings), left_out=left_out,
    )  # fmt: skip


def read_results(own: ProfileInputs, days: StudyDays, code: str) -> tuple[tuple[Reading, ...], str]:
    """The results of a test in its canonical unit, oldest first, and how many cannot be drawn."""
    test = own.protocol.test(code)
    factors = {site.id: known_factors(test, site.factors.get(code, {})) for site in own.study.sites}
    rows = own.labs[own.labs["LBTESTCD"] == code].sort_values(["ADT", "LBDTC", "SRCLINE"])
    made: list[Reading] = []
    missing = 0
    for row in rows.to_dict("records"):
        at = days.at(row["ADT"])
        if at is None or row["ADT"] > pd.Timestamp(own.as_of):
            continue
        value = parse_result(str(row["LBORRES"])) if given(row["LBORRES"]) else None
        unit = standard_unit(str(row["LBORRESU"])) if given(row["LBORRESU"]) else ""
        factor = factors.get(str(row["SITEID"]), known_factors(test)).get(unit)
        if value is None or factor is None:
            missing += 1
            continue
        scaled = value.times(factor)
        made.append(Reading(
            at=at, day=days.said(row["ADT"]), lo=scaled.lo, hi=scaled.hi,
            text=f"{row['LBORRES']} {row['LBORRESU']}", shown=_shown(str(row["LBORRES"]), scaled.lo, scaled.hi, factor),
            source=of_record(row["DELIVERY"], row["SRCLINE"], row["RECKEY"], "LB"), key=str(row["RECKEY"]),
        ))  # fmt: skip
    left = f"{words.many(missing, 'result')} without an amount in a known unit" if missing else ""
    return tuple(made), left


def _shown(text: str, lo: Decimal, hi: Decimal | None, factor: Decimal) -> str:
    """What is written beside a point: as reported, or in the canonical unit where it was converted."""
    if factor == 1:
        return text.replace(" ", "")
    if lo == hi:
        return words.amount(_three(lo))
    return f">{words.amount(_three(lo))}" if hi is None else f"<{words.amount(_three(hi))}"


def _three(number: Decimal) -> Decimal:
    """Rounded to a whole number, or to three significant digits where it is small."""
    return number.quantize(Decimal(1)) if number >= 100 else Decimal(f"{number:.3g}")


def _window(rule: Checkpoint, shift: int) -> Window:
    first, last = rule.window
    return Window(shift + first - 1, shift + last - 1, f"days {words.days(first, last)}")


def _of_verdict(
    verdicts: pd.DataFrame, row: Judged, rule: Checkpoint, readings: tuple[Reading, ...]
) -> dict[str, Reading]:
    """BASE_SRC and AVAL_SRC of a verdict as results drawn."""
    mine = verdicts[(verdicts["CHECKPOINT"] == rule.id) & (verdicts["LINE"] == row.line)].iloc[0]
    by_key = {reading.key: reading for reading in readings}
    found = {}
    for name in ("BASE_SRC", "AVAL_SRC"):
        key = _key(mine[name])
        if key is not None and key in by_key:
            found[name] = by_key[key]
    return found


def _key(source: Any) -> str | None:
    return str(source[2]) if isinstance(source, tuple | list) and len(source) > 2 else None


def _rings(row: Judged, say: CheckpointWords, found: Mapping[str, Reading]) -> Iterator[Ring]:
    base, sample = found.get("BASE_SRC"), found.get("AVAL_SRC")
    if base is not None:
        yield Ring(base.at, _level(base), "base", "")
    if sample is not None:
        change = say.change(row)
        said = f"day {row.day}: " + (f"{change}, " if change else "") + STATE_WORDS[row.state][0].lower()
        yield Ring(sample.at, _level(sample), STATE_WORDS[row.state][1], said)


def _level(reading: Reading) -> Decimal:
    """Where a result stands on the scale: its value, of a range the bound that was reported."""
    return reading.lo if reading.hi is None or reading.lo > 0 else reading.hi


def _level_words(say: CheckpointWords) -> str:
    return words.signed_percent(say.limit_change).replace(".0", "")


def _last(readings: tuple[Reading, ...]) -> tuple[str, str]:
    """The newest result, and how far it lies from the lowest before it, where both are numbers."""
    if not readings:
        return ("", "")
    newest = readings[-1]
    head = f"{newest.shown}, {newest.day}"
    before = [r.lo for r in readings[:-1] if r.is_exact and r.lo > 0]
    # a result below an assay's limit may have been lower than every number
    if not before or not newest.is_exact or any(r.lo < min(before) for r in readings[:-1]):
        return (head, "")
    change = (newest.lo - min(before)) * 100 / min(before)
    return (head, f"{words.signed_percent(change)} from lowest" if change > 0 else "the lowest so far")

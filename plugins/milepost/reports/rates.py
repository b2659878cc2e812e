"""Response rates with exact intervals, and every denominator they could have been taken of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from milepost.protocol import StudyProtocol
from milepost.reports import words
from milepost.reports.checkpoint_words import CheckpointWords
from milepost.reports.drawing import HALF, PHONE, Figure, Mark, dot, label, line, scale
from milepost.reports.judged import RESPONSE, Judged
from milepost.reports.proportions import FEWEST_FOR_PERCENT, Rate, exact_rate
from milepost.reports.who import Who


@dataclass(frozen=True)
class GroupRate:
    """One line of the figure: a group named in the protocol, and its responders among its evaluable patients."""

    id: str
    name: str
    rate: Rate
    rows: tuple[Judged, ...]


@dataclass(frozen=True)
class Denominator:
    """One way to count patients, in the order in which they get fewer."""

    id: str
    name: str
    meaning: str
    rows: tuple[Judged, ...]
    responders: Rate


def is_evaluable(row: Judged) -> bool:
    """Finally judged: responder or non-responder. Provisional verdicts are counted apart."""
    return row.state in ("RESPONDER", "NON_RESPONDER")


def group_rates(
    rows: list[Judged], protocol: StudyProtocol, say: CheckpointWords, subjects: pd.DataFrame
) -> list[GroupRate]:
    """All evaluable first, then by baseline band, line of therapy and the protocol's strata. Never by arm."""
    evaluable = [row for row in rows if is_evaluable(row)]
    groups = [("all", "All evaluable", evaluable)]
    groups += [
        (f"band.{band}", words.upper_first(f"baseline {name}"), [r for r in evaluable if r.band == band])
        for band, name in enumerate(say.bands)
        if say.possible(band) and len(say.bands) > 1
    ]
    if len(protocol.lines) > 1:
        groups += [
            (f"line.{n.number}", n.label, [r for r in evaluable if r.line == n.number])
            for n in protocol.lines
        ]
    for stratum in protocol.strata:
        if stratum.column in subjects.columns and stratum.column != "DMLINE":
            groups += _by_stratum(evaluable, stratum.id, stratum.label, subjects, stratum.column)
    return [GroupRate(id_, name, _rate(found), tuple(found)) for id_, name, found in groups]


def _by_stratum(
    evaluable: list[Judged], id_: str, name: str, subjects: pd.DataFrame, column: str
) -> list[tuple[str, str, list[Judged]]]:
    value = subjects.drop_duplicates("USUBJID").set_index("USUBJID")[column].dropna().astype(str).to_dict()
    spoken = {"Y": "yes", "N": "no"}
    levels = sorted({value[r.subject] for r in evaluable if r.subject in value})[:6]
    return [
        (
            f"{id_}.{level}",
            f"{name}: {spoken.get(level, level)}",
            [r for r in evaluable if value.get(r.subject) == level],
        )
        for level in sorted(levels, key=lambda v: (v != "Y", v))
    ]


def _rate(rows: Iterable[Judged]) -> Rate:
    found = list(rows)
    return exact_rate(sum(1 for row in found if row.state in RESPONSE), len(found))


def denominators(rows: list[Judged], reached: set[str], say: CheckpointWords, who: Who) -> list[Denominator]:
    """All, treated, treated with a usable baseline, alive and on study at the window's end, evaluable.

    reached: ids of the verdicts whose patient was alive and on study on the window's last day. Responders are
    final responders in each. Source: clinical specification, end of section 3.4.
    """
    last = say.rule.window[1]
    least = say.rule.min_baseline
    enough = (
        "valid baseline" if least is None else f"baseline of {words.amount(least)} {say.test.unit} or more"
    )
    treated = [row for row in rows if row.treated]
    everybody = "everybody, once for each line of therapy" if who.several else "everybody"
    return [
        _denominator("enrolled", "Enrolled", everybody, rows),
        _denominator("treated", "Treated", "first dose given", treated),
        _denominator("with_baseline", "Treated, with a baseline", enough,
                     [r for r in treated if has_enough_baseline(r, say)]),
        _denominator("reached", "Reached the checkpoint", f"alive and on study on day {last}",
                     [r for r in treated if r.key in reached]),
        _denominator("evaluable", "Evaluable", "finally judged", [r for r in rows if is_evaluable(r)]),
    ]  # fmt: skip


def has_enough_baseline(row: Judged, say: CheckpointWords) -> bool:
    """Whether the baseline is known and not below the protocol's minimum."""
    return row.base is not None and (say.rule.min_baseline is None or row.judged or say.possible(row.band))


def _denominator(id_: str, name: str, meaning: str, rows: list[Judged]) -> Denominator:
    final = sum(1 for row in rows if row.state == "RESPONDER")
    return Denominator(id_, name, meaning, tuple(rows), exact_rate(final, len(rows)))


def rate_figures(groups: list[GroupRate], say: CheckpointWords, who: Who) -> tuple[Figure, ...]:
    """A dot and its exact interval for each group, the numbers beside it. No figure without an evaluable patient."""
    if not groups or groups[0].rate.n == 0:
        return ()
    spoken = "; ".join(f"{g.name} {g.rate.said.replace(' · ', ', ')}" for g in groups)
    sentence = f"{say.short} responders among evaluable {who.many}, exact 95 % intervals: {spoken}."
    return (_wide(groups, sentence), _phone(groups, sentence))


def _wide(groups: list[GroupRate], sentence: str) -> Figure:
    start, end, row = 178.0, 356.0, 30.0
    marks = [*_axis(start, end, 20, 20 + row * len(groups))]
    marks.append(label(HALF, 12, "responders / evaluable", "w-muted small", anchor="end"))
    x = scale(0, 100, start, end)
    for i, group in enumerate(groups):
        y = 20 + row * (i + 0.5)
        marks.append(
            label(
                start - 12,
                y + 5,
                "" if i == 0 else group.name,
                bold=group.name if i == 0 else "",
                anchor="end",
            )
        )
        marks += _interval(group.rate, x, y, big=i == 0)
        marks.append(_said(group.rate, HALF, y + 5, "small"))
    return Figure(HALF, int(20 + row * len(groups)) + 44, sentence, tuple(marks))


def _phone(groups: list[GroupRate], sentence: str) -> Figure:
    row = 46.0
    marks = [*_axis(8, PHONE - 8, 6, 6 + row * len(groups))]
    x = scale(0, 100, 8, PHONE - 8)
    for i, group in enumerate(groups):
        y = 6 + row * i
        marks.append(
            label(0, y + 16, "" if i == 0 else group.name, "halo", bold=group.name if i == 0 else "")
        )
        marks.append(_said(group.rate, PHONE, y + 16, "small halo"))
        marks += _interval(group.rate, x, y + 30, big=i == 0)
    return Figure(PHONE, int(6 + row * len(groups)) + 42, sentence, tuple(marks), "phone")


def _said(rate: Rate, x: float, y: float, kind: str) -> Mark:
    if not rate.n:
        return label(x, y, rate.text, kind, anchor="end")
    return label(x, y, f" · {rate.text}", kind, bold=rate.fraction, anchor="end")


def _axis(start: float, end: float, top: float, base: float) -> Iterable[Mark]:
    x = scale(0, 100, start, end)
    for tick in (0, 25, 50, 75, 100):
        yield line(x(tick), top, x(tick), base, "grid")
        text = f"100{words.THIN}%" if tick == 100 else str(tick)
        yield label(x(tick), base + 17, text, "tick", anchor="middle")
    yield label((start + end) / 2, base + 36, "exact 95 % interval", "w-muted small", anchor="middle")


def _interval(rate: Rate, x: object, y: float, *, big: bool) -> Iterable[Mark]:
    assert callable(x)
    if rate.percent is None or rate.low is None or rate.high is None or rate.n < FEWEST_FOR_PERCENT:
        return
    yield line(x(float(rate.low)), y, x(float(rate.high)), y, "interval")
    yield dot(x(float(rate.percent)), y, 5.5 if big else 4.5, "resp")

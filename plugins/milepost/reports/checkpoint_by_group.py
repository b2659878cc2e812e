"""A checkpoint told by group, for the closed report: states, response rates with their difference, and sample days.

The days on which samples are drawn tell one visit schedule from another, so they are left out of a dry run. Source:
clinical specification sections 3.4, 7.1 and trap 5.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from milepost.core.proportions import difference
from milepost.protocol import Checkpoint
from milepost.reports import words
from milepost.reports.checkpoint_words import STATE_WORDS, CheckpointWords
from milepost.reports.clinical import ClinicalInputs, Group
from milepost.reports.drawing import HALF, PHONE, Exhibit, Figure, Mark, label, line, rect, scale
from milepost.reports.exhibits import make_exhibit
from milepost.reports.judged import RESPONSE, Judged, keys, read_verdicts
from milepost.reports.ledger import Ledger
from milepost.reports.proportions import Rate, exact_rate
from milepost.reports.rates import is_evaluable
from milepost.reports.section import Cell, Row, Section, Table, count_cell


def build_checkpoint_by_group(inputs: ClinicalInputs, rule: Checkpoint, ledger: Ledger) -> Section:
    """The section of one checkpoint. Each patient's line of entry counts."""
    say = CheckpointWords(rule, inputs.protocol.test(rule.test))
    rows = read_verdicts(inputs.of_entry(inputs.frames.verdicts), rule, inputs.as_of)
    of = {group.id: [row for row in rows if row.subject in group.subjects] for group in inputs.groups}
    everybody = [row for group in inputs.groups for row in of[group.id]]
    exhibits = [_states(inputs, say, of, everybody, ledger), _rates(inputs, say, of, everybody, ledger)]
    if not inputs.masked:
        exhibits.append(_days(inputs, say, of, everybody, ledger))
    evaluable = [row for row in everybody if is_evaluable(row)]
    lead = (
        f"{words.count(len(evaluable))} of {words.many(len(everybody), 'treated patient')} evaluable.",
        f" {say.short} response by group, with exact intervals.",
    ) if everybody else ("Nobody has been treated yet.", "")  # fmt: skip
    return Section(f"c-{rule.id}", rule.label, lead, tuple(exhibits))


def _states(
    inputs: ClinicalInputs,
    say: CheckpointWords,
    of: dict[str, list[Judged]],
    everybody: list[Judged],
    ledger: Ledger,
) -> Exhibit:
    made = []
    for state, (name, _) in STATE_WORDS.items():
        if not any(row.state == state for row in everybody):
            continue
        cells = []
        for group in inputs.groups:
            mine = [row for row in of[group.id] if row.state == state]
            id_, told = f"checkpoint.{say.rule.id}.state.{state}.{group.id}", f"{say.short}: {name.lower()}"
            ledger.count(id_, f"{told}, {group.name}", keys(mine), of=len(of[group.id]))
            cells.append(Cell(words.DASH, "n zero") if inputs.masked else count_cell(len(mine)))
        made.append(Row(name, tuple(cells)))
    total = tuple(
        Cell(words.DASH, "n zero") if inputs.masked else count_cell(len(of[g.id])) for g in inputs.groups
    )
    made.append(Row("All treated", total, kind="sum"))
    return make_exhibit(
        f"{say.rule.id}.states.by-group", "States by group",
        "Each patient once, by the line of entry." + (" Numbers by group are left out of a dry run." * inputs.masked),
        keys(everybody), "verdicts", say.rule.id, "all treated", empty="Nobody was treated yet.",
        table=Table(("State", *(group.name for group in inputs.groups)), tuple(made)) if everybody else None,
    )  # fmt: skip


def _rates(
    inputs: ClinicalInputs,
    say: CheckpointWords,
    of: dict[str, list[Judged]],
    everybody: list[Judged],
    ledger: Ledger,
) -> Exhibit:
    """Responders among evaluable patients, in all and by baseline band, and the difference of both groups."""
    levels: list[tuple[str, str, int | None]] = [("all", "All evaluable", None)]
    if len(say.bands) > 1:
        levels += [(f"band{i}", f"Baseline {name}", i) for i, name in enumerate(say.bands) if say.possible(i)]
    made = []
    for id_, name, band in levels:
        found: list[Rate] = []
        cells = []
        for group in inputs.groups:
            mine = [row for row in of[group.id] if is_evaluable(row) and (band is None or row.band == band)]
            responders = [row for row in mine if row.state in RESPONSE]
            rate = exact_rate(len(responders), len(mine))
            found.append(rate)
            ledger.rate(f"checkpoint.{say.rule.id}.response.{id_}.{group.id}",
                        f"{say.short} response, {name.lower()}, {group.name}", rate, keys(mine))  # fmt: skip
            cells.append(Cell(rate.text if inputs.masked else rate.said))
        if len(found) == 2:
            a, b = found
            apart = difference(b.k, b.n, a.k, a.n, method="newcombe")
            ledger.estimate(f"checkpoint.{say.rule.id}.response.{id_}.difference",
                            f"{say.short} response, {name.lower()}, B minus A", apart, keys(everybody))  # fmt: skip
            cells.append(Cell(_points(apart.value, apart.lo, apart.hi, apart.reason)))
        made.append(Row(name, tuple(cells), kind="sum" if band is None else ""))
    head = (
        "",
        *(group.name for group in inputs.groups),
        *(("B minus A, points",) if len(inputs.groups) == 2 else ()),
    )
    return make_exhibit(
        f"{say.rule.id}.rates.by-group", f"{say.short} response by group",
        "Responders among evaluable patients; exact intervals, difference by Newcombe. An estimate, no test.",
        keys([row for row in everybody if is_evaluable(row)]), "verdicts", say.rule.id, "evaluable",
        table=Table(head, tuple(made), wide=True),
    )  # fmt: skip


def _points(value: float | None, low: float | None, high: float | None, reason: str | None) -> str:
    if value is None or low is None or high is None:
        return reason or words.DASH
    said = f"{100 * value:+.1f} ({100 * low:.1f} to {100 * high:.1f})"
    return said.replace("-", words.MINUS)


def _days(
    inputs: ClinicalInputs,
    say: CheckpointWords,
    of: dict[str, list[Judged]],
    everybody: list[Judged],
    ledger: Ledger,
) -> Exhibit:
    drawn = {group.id: Counter(row.day for row in of[group.id] if row.judged and row.day is not None)
             for group in inputs.groups}  # fmt: skip
    for group in inputs.groups:
        mine = [row for row in of[group.id] if row.judged and row.day is not None]
        off = [row for row in mine if row.day is not None and abs(row.day - say.rule.target_day) > 3]
        ledger.count(f"checkpoint.{say.rule.id}.off_day.{group.id}",
                     f"{say.short} sample more than 3 days from day {say.rule.target_day}, {group.name}", keys(off),
                     of=len(mine))  # fmt: skip
    judged = [row for row in everybody if row.judged and row.day is not None]
    return make_exhibit(
        f"{say.rule.id}.days.by-group", f"Day of the {say.short} sample by group",
        f"Samples the verdict rests on, by study day. Target day {say.rule.target_day}.", keys(judged), "verdicts",
        say.rule.id, "judged",
        tuple(_bars(drawn, inputs.groups, say.rule, width, size) for width, size in ((HALF, "wide"), (PHONE, "phone")))
        if judged else (), "Nobody was judged yet.", unmasks=True,
    )  # fmt: skip


def _bars(
    drawn: Mapping[str, Counter[int]], groups: tuple[Group, ...], rule: Checkpoint, width: int, size: str
) -> Figure:
    first, last = rule.window
    left, right, tall = 34.0, width - 8.0, 84.0
    x = scale(first - 0.5, last + 0.5, left, right)
    wide = (right - left) / (last - first + 1) - 3
    marks: list[Mark] = []
    told = []
    for place, group in enumerate(groups):
        top = 22 + place * (tall + 40)
        days = drawn[group.id]
        most = max([1, *days.values()])
        y = scale(0, most, top + tall, top)
        marks.append(label(0, top - 8, "", bold=group.name))
        marks.append(line(left, top + tall, right, top + tall, "axis"))
        for day in range(first, last + 1):
            n = days.get(day, 0)
            if n:
                marks.append(rect(x(day) - wide / 2, y(n), wide, top + tall - y(n), "amount",
                                  title=f"day {day}: {n}"))  # fmt: skip
                marks.append(label(x(day), y(n) - 3, str(n), "tick", anchor="middle"))
            if day in (first, rule.target_day, last):
                marks.append(label(x(day), top + tall + 16, str(day), "tick", anchor="middle"))
        told.append(
            f"{group.name}: " + (", ".join(f"day {d} {n}" for d, n in sorted(days.items()) if d) or "none")
        )
    return Figure(width, int(22 + len(groups) * (tall + 40)), "; ".join(told), tuple(marks), size)

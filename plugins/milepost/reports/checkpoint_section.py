"""The section of one checkpoint: states, changes, courses, sample days and rates, with their numbers entered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from milepost.core.study_day import study_day
from milepost.reports import words
from milepost.reports.checkpoint_words import STATE_WORDS, CheckpointWords
from milepost.reports.courses import LAST_DAY, MOST_LINES, courses_figures, read_courses
from milepost.reports.drawing import Exhibit, Figure
from milepost.reports.inputs import ReportInputs
from milepost.reports.judged import Judged, given, keys
from milepost.reports.ledger import Ledger, receipt
from milepost.reports.overdue import Overdue, overdue_list, overdue_rest, select_overdue
from milepost.reports.rates import Denominator, denominators, group_rates, is_evaluable, rate_figures
from milepost.reports.sample_days import days_outside, sample_day_figures
from milepost.reports.state_exhibit import StateTable, state_bar, state_table
from milepost.reports.waterfall import MOST_BARS, Listed, listed, select_drawn, waterfall


@dataclass(frozen=True)
class CheckpointSection:
    """Words, exhibits and tables of one checkpoint."""

    id: str
    title: str
    lead: tuple[str, str, str]
    refs: str
    states: Exhibit
    table: StateTable
    table_note: str
    overdue: Exhibit
    overdue_list: tuple[Overdue, ...]
    overdue_rest: str
    waterfall: Exhibit
    list: tuple[Listed, ...]
    list_title: str
    courses: Exhibit
    sample_day: Exhibit
    rates: Exhibit
    denominators: tuple[Denominator, ...]
    denominators_title: str
    denominators_sub: str
    who: str
    limit_heading: str

    @property
    def exhibits(self) -> tuple[Exhibit, ...]:
        """All exhibits in order of the page."""
        return (self.states, self.overdue, self.waterfall, self.courses, self.sample_day, self.rates)


def build_checkpoint(
    inputs: ReportInputs, say: CheckpointWords, rows: list[Judged], ledger: Ledger
) -> CheckpointSection:
    """Everything the page says of this checkpoint; each number goes into the ledger under checkpoint.<id>."""
    who = _who(rows)
    table = state_table(rows, say)
    found = denominators(rows, _reached(inputs, rows, say), say)
    _enter(say, rows, found, ledger)
    drawn = select_drawn(rows)
    late = select_overdue(rows)
    courses = read_courses(rows, inputs.labs, inputs.lines, say.test, _factors(inputs, say))
    inside = [r.day for r in rows if r.day is not None and r.value is not None and _in_window(r.day, say)]
    outside = days_outside(rows, inputs.labs, inputs.lines, say)
    groups = group_rates(rows, inputs.protocol, say, inputs.subjects)
    for group in groups:
        ledger.rate(f"checkpoint.{say.rule.id}.rate.{group.id}", f"{say.short} response rate: {group.name}",
                    group.rate, keys(group.rows), followed=group.id == "all")  # fmt: skip
    make = _Maker(inputs, say)
    days = say.window
    return CheckpointSection(
        id=say.rule.id, title=say.rule.label, lead=_lead(say, rows, found), refs=say.rule.id,
        states=make.exhibit("states", f"Where all {words.count(len(rows))} {who} stand", keys(rows), "all enrolled",
                            "Everybody is in exactly one state. Filled is final, outlined provisional, "
                            "hatched cannot be judged.",
                            state_bar(rows, say, who), "verdicts, DM, EX",
                            f"No {who.removesuffix('s')} is enrolled yet."),
        table=table, table_note=_table_note(rows, say, found),
        overdue=make.exhibit("overdue", f"{say.short} overdue", keys(late), "overdue",
                             f"Day {say.overdue_days} with no sample from days {days}; the most urgent first.", (),
                             f"verdicts, LB ({say.short})", "Nobody is overdue."),
        overdue_list=overdue_list(late, say), overdue_rest=overdue_rest(late),
        waterfall=make.exhibit("waterfall", f"Change in {say.short}, patient by patient", keys(drawn),
                               f"judged, or a range, on days {days}",
                               "Values beyond the assay’s limits are kept as ranges and never replaced by a number."
                               + _borderline(say), waterfall(drawn, say), f"verdicts, LB ({say.short})",
                               "Nobody can be judged yet: no pair of a valid baseline and a sample in the window."),
        list=listed(drawn, say) if len(drawn) <= MOST_BARS else (),
        list_title=_list_title(len(drawn)),
        courses=make.exhibit("courses", "The course behind the verdict", [c.row.key for c in courses],
                             "treated, with a baseline", _courses_sub(say, rows, len(courses)),
                             courses_figures(courses, say), f"LB ({say.short}), EX",
                             "No treated patient has a result after baseline yet."),
        sample_day=make.exhibit("sample-day", "On which day the sample was taken",
                                [r.key for r in rows if r.day is not None] + sorted(outside), "treated, with a sample",
                                f"All patients pooled: a draw on day {say.rule.target_day} is asked of everybody. "
                                + ("One dot a patient." if len(inside) <= 400 else "One bar a day."),
                                sample_day_figures(inside, list(outside.values()), say), f"LB ({say.short}), EX"),
        rates=make.exhibit("rates", "Response rate in groups named beforehand",
                           [r.key for r in rows if is_evaluable(r)], "evaluable",
                           "Described, not tested: the groups are small and the intervals wide.",
                           rate_figures(groups, say), "verdicts, DM", "No evaluable patient yet."),
        denominators=tuple(found), denominators_title="The same responders, of whom",
        denominators_sub="Final responders as a share of every group they could be counted in.", who=who,
        limit_heading="Exact comparison",
    )  # fmt: skip


class _Maker:
    def __init__(self, inputs: ReportInputs, say: CheckpointWords) -> None:
        self.inputs, self.say = inputs, say

    def exhibit(
        self,
        name: str,
        title: str,
        rows: Iterable[str],
        population: str,
        sub: str,
        figures: tuple[Figure, ...],
        source: str,
        empty: str = "",
    ) -> Exhibit:
        id_ = f"{self.say.rule.id}.{name}"
        return make_exhibit(id_, title, sub, rows, source, self.say.rule.id, population, figures, empty)


def make_exhibit(
    id_: str,
    title: str,
    sub: str,
    rows: Iterable[str],
    source: str,
    rule: str,
    population: str,
    figures: tuple[Figure, ...] = (),
    empty: str = "",
) -> Exhibit:
    """An exhibit with its receipt: the hash of the ids of the rows it shows."""
    counted = receipt(rows)
    n = len(counted.rows)
    return Exhibit(
        id=id_, title=title, sub=sub, counted=words.count(n), source=source, receipt=f"r-{counted.sha256[:6]}", rows=n,
        sha256=counted.sha256, rule=rule, population=population, figures=figures, empty="" if figures else empty,
    )  # fmt: skip


def _who(rows: list[Judged]) -> str:
    """Patients; where somebody has several lines of therapy, each line counts for itself."""
    return "patients" if len({row.subject for row in rows}) == len(rows) else "patients and lines of therapy"


def _in_window(day: int, say: CheckpointWords) -> bool:
    return say.rule.window[0] <= day <= say.rule.window[1]


def _factors(inputs: ReportInputs, say: CheckpointWords) -> dict[str, dict[str, Decimal]]:
    return {site.id: site.factors.get(say.test.code, {}) for site in inputs.study.sites}


def _reached(inputs: ReportInputs, rows: list[Judged], say: CheckpointWords) -> set[str]:
    """Ids of verdicts whose patient was alive and on study on the window's last day, once that day has come."""
    last = say.rule.window[1]
    by_line = {
        (str(r["USUBJID"]), int(r["LINE"])): r
        for r in inputs.lines.to_dict("records")
        if given(r.get("FIRSTDOSE"))
    }
    reached = set()
    for row in rows:
        line = by_line.get((row.subject, row.line))
        if line is None or row.today is None or row.today < last:
            continue
        first = pd.Timestamp(line["FIRSTDOSE"]).date()
        ends = [line.get(name) for name in ("DEATH", "WITHDREW", "LOST")]
        if all(study_day(pd.Timestamp(end).date(), first) > last for end in ends if given(end)):
            reached.add(row.key)
    return reached


def _enter(say: CheckpointWords, rows: list[Judged], found: list[Denominator], ledger: Ledger) -> None:
    base = f"checkpoint.{say.rule.id}"
    for state, (name, _) in STATE_WORDS.items():
        chosen = [row for row in rows if row.state == state]
        ledger.count(
            f"{base}.state.{state}", f"{say.short}: {name.lower()}", keys(chosen), of=len(rows), followed=True
        )
        for reason in sorted({row.reason for row in chosen if row.reason}):
            mine = [row for row in chosen if row.reason == reason]
            ledger.count(
                f"{base}.reason.{state}.{reason}",
                f"{say.short}: {name.lower()}, {reason}",
                keys(mine),
                of=len(rows),
            )
        for band, band_name in enumerate((*say.bands, "none")):
            mine = [r for r in chosen if (len(say.bands) if r.band is None else r.band) == band]
            ledger.count(f"{base}.state.{state}.band.{band}", f"{say.short}: {name.lower()}, baseline {band_name}",
                         keys(mine), of=len(chosen))  # fmt: skip
    for one in found:
        ledger.count(f"{base}.{one.id}", f"{say.short}: {one.name.lower()}", keys(one.rows), of=len(rows),
                     followed=one.id == "evaluable")  # fmt: skip
        ledger.rate(f"{base}.responders_of.{one.id}", f"{say.short} responders of {one.name.lower()}", one.responders,
                    keys(one.rows))  # fmt: skip
    ledger.count(f"{base}.responders", f"{say.short} responders, final",
                 keys(row for row in rows if row.state == "RESPONDER"), of=len(rows))  # fmt: skip


def _lead(say: CheckpointWords, rows: list[Judged], found: list[Denominator]) -> tuple[str, str, str]:
    by_id = {one.id: one for one in found}
    evaluable, treated = by_id["evaluable"].responders, len(by_id["treated"].rows)
    when = f"On study day {say.rule.target_day}, "
    if evaluable.n == 0:
        return (when, f"nobody of {words.many(treated, 'treated patient')} is finally judged yet.", "")
    waits = sum(
        1 for r in rows if r.state in ("OVERDUE", "WINDOW_OPEN", "NOT_DUE") or r.state.startswith("PROV")
    )
    lost = sum(1 for r in rows if r.state in ("MISSED", "NOT_EVALUABLE", "NOT_REACHED", "DATA_ERROR"))
    bold = (
        f"{words.count(evaluable.n)} of {words.count(treated)} treated can be judged: "
        f"{words.count(evaluable.k)} {say.did} by {say.threshold} or more"
    )
    rate = f"; 95{words.THIN}% interval ".join(evaluable.text.rstrip(")").split(" ("))
    after = f" ({rate}), {words.count(evaluable.n - evaluable.k)} did not. "
    tail = (
        f"{words.many(waits, 'waits', 'wait')}, "
        f"{words.many(lost, 'is', 'are')} lost to the checkpoint or cannot be judged."
    )
    return (when, bold, after + tail)


def _table_note(rows: list[Judged], say: CheckpointWords, found: list[Denominator]) -> str:
    note = "A dash: the state cannot occur in that band."
    for one in say.rule.sensitivities:
        states = [row.sensitivities.get(one.id, "") for row in rows]
        yes, no = states.count("RESPONDER"), states.count("NON_RESPONDER")
        if yes + no:
            note += (
                f" Sensitivity, {one.label.lower()}: {words.count(yes)} of {words.count(yes + no)} respond."
            )
    return note


def _list_title(n: int) -> str:
    if n > MOST_BARS:
        return f"The {words.count(n)} values are in report.json, not on this page."
    return "The one value" if n == 1 else f"The {words.count(n)} values as a list"


def _borderline(say: CheckpointWords) -> str:
    near = say.rule.borderline_band_pct
    if near is None:
        return ""
    return (
        f" Shaded: a {say.do} of {words.amount(near[0])} to {words.amount(near[1])}{words.THIN}%, borderline."
    )


def _courses_sub(say: CheckpointWords, rows: list[Judged], drawn: int) -> str:
    absent = sum(1 for row in rows if row.treated) - drawn
    many = drawn > MOST_LINES
    text = (
        f"{say.short} as a multiple of each patient’s own baseline; each gridline doubles. To day {LAST_DAY}."
    )
    text += " Bands: the middle 80 and 50 %, with some single courses behind." if many else ""
    return text + (
        f" {words.count(absent)} treated without a baseline or a later result are not drawn."
        if absent
        else ""
    )

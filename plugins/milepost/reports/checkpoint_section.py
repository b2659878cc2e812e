"""The section of one checkpoint: states, changes, courses, sample days and rates, with their numbers entered."""

from __future__ import annotations

from dataclasses import dataclass

from milepost.reports import words
from milepost.reports.checkpoint_exhibits import CheckpointExhibits, list_title
from milepost.reports.checkpoint_numbers import enter_checkpoint, reached_checkpoint
from milepost.reports.checkpoint_words import CheckpointWords
from milepost.reports.drawing import Exhibit
from milepost.reports.inputs import ReportInputs
from milepost.reports.judged import Judged
from milepost.reports.ledger import Ledger
from milepost.reports.overdue import Overdue, overdue_list, overdue_rest, select_overdue
from milepost.reports.rates import Denominator, denominators, group_rates
from milepost.reports.state_exhibit import StateTable, state_table
from milepost.reports.waterfall import MOST_BARS, Listed, listed, select_drawn
from milepost.reports.who import Who, whom


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
    who = whom(rows)
    found = denominators(rows, reached_checkpoint(inputs, rows, say), say, who)
    groups = group_rates(rows, inputs.protocol, say, inputs.subjects)
    enter_checkpoint(say, rows, found, groups, who, ledger)
    drawn, late = select_drawn(rows), select_overdue(rows)
    make = CheckpointExhibits(inputs, say, rows, who)
    return CheckpointSection(
        id=say.rule.id, title=say.rule.label, lead=_lead(say, rows, found, who), refs=say.rule.id,
        states=make.states(), table=state_table(rows, say), table_note=_table_note(rows, say),
        overdue=make.overdue(), overdue_list=overdue_list(late, say, who), overdue_rest=overdue_rest(late, who),
        waterfall=make.waterfall(), list=listed(drawn, say, who) if len(drawn) <= MOST_BARS else (),
        list_title=list_title(len(drawn)), courses=make.courses(), sample_day=make.sample_day(),
        rates=make.rates(groups), denominators=tuple(found),
        denominators_title="Responders as a share of each group",
        denominators_sub="The choice of the group moves the share: every one that could be meant is here.",
        who=who.many, limit_heading="Exact comparison",
    )  # fmt: skip


def _lead(
    say: CheckpointWords, rows: list[Judged], found: list[Denominator], who: Who
) -> tuple[str, str, str]:
    by_id = {one.id: one for one in found}
    evaluable, treated = by_id["evaluable"].responders, len(by_id["treated"].rows)
    when = f"On study day {say.rule.target_day}, "
    if evaluable.n == 0:
        if not treated:
            return ("", "Nobody has been treated yet.", "")
        return (when, f"nobody of {who.counted(treated, 'treated ')} is finally judged yet.", "")
    waits = sum(
        1 for r in rows if r.state in ("OVERDUE", "WINDOW_OPEN", "NOT_DUE") or r.state.startswith("PROV")
    )
    lost = sum(1 for r in rows if r.state in ("MISSED", "NOT_EVALUABLE", "NOT_REACHED", "DATA_ERROR"))
    bold = (
        f"{words.count(evaluable.n)} of {_treated(treated, who)} can be judged: "
        f"{words.count(evaluable.k)} {say.did} by {say.threshold} or more"
    )
    rate = f"; 95{words.THIN}% interval ".join(evaluable.text.rstrip(")").split(" ("))
    after = f" ({rate}), {words.count(evaluable.n - evaluable.k)} did not. "
    tail = (
        f"{words.many(waits, 'waits', 'wait')}, "
        f"{words.many(lost, 'is', 'are')} lost to the checkpoint or cannot be judged."
    )
    return (when, bold, after + tail)


def _treated(n: int, who: Who) -> str:
    """163 treated: patients, unless it is said what else is counted."""
    return who.counted(n, "treated ") if who.several else f"{words.count(n)} treated"


def _table_note(rows: list[Judged], say: CheckpointWords) -> str:
    note = "A dash: the state cannot occur in that band."
    for one in say.rule.sensitivities:
        states = [row.sensitivities.get(one.id, "") for row in rows]
        yes, no = states.count("RESPONDER"), states.count("NON_RESPONDER")
        if yes + no:
            note += (
                f" Sensitivity, {one.label.lower()}: {words.count(yes)} of {words.count(yes + no)} respond."
            )
    return note

"""Who must act, on what, by when: sorted by what goes wrong first if nobody reads on."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from milepost.core.alert_kinds import kinds_of
from milepost.reports import words
from milepost.reports.attention_estimates import estimates_apart
from milepost.reports.attention_item import Item, day_of, deadline_words
from milepost.reports.attention_safety import safety_alerts
from milepost.reports.attention_sites import held_deliveries, late_queries, silent_sites
from milepost.reports.checkpoint_words import STATE_WORDS, CheckpointWords
from milepost.reports.inputs import ReportInputs
from milepost.reports.judged import Judged
from milepost.reports.mails import alert_reference

MOST_ITEMS = 25
MOST_OTHERS = 8  # reports, deliveries, sites and late queries, kept on the list however many patients wait
OLD_DAYS = 14  # what is late for longer is summed up: it no longer changes what is done this morning

# kind -> (what it is called, colour class, group, what the role does)
_KINDS = {
    "OVERDUE": ("{test} overdue", "owed", 0, "sends the result, or “not drawn”"),
    "NO_BASELINE": (
        "No baseline",
        "owed",
        0,
        "sends a result from before first dose, or measures stored serum",
    ),
    "SAMPLE_UNUSABLE": ("Sample unusable", "owed", 0, "answers the open query"),
    "UNIT_ERROR": ("Unknown unit", "owed", 0, "confirms the laboratory’s unit"),
    "DATA_ERROR": ("Dates contradict", "cross", 0, "says which date is right"),
    "SAMPLE_DUE": ("Sample due", "wait", 0, "has the sample drawn"),
    "NON_RESPONSE": ("{test} non-responder", "non", 1, "acknowledges"),
    "CORRECTION": ("Verdict corrected", "non", 1, "reads the new verdict"),
    "RETRACTION": ("Result withdrawn", "gone", 1, "disregards the earlier alert"),
    "MISSED": ("{test} missed", "missed", 1, "records why"),
}
_ONCE = ("CORRECTION", "RETRACTION")  # notices: no state of the verdict keeps them open


@dataclass(frozen=True)
class Attention:
    """The list of this morning, what it leaves out in sums, and how many patients and deliveries wait.

    late_patients, late_others: those beside them who are late for so long that they are only summed up.

    mailed: the alerts behind the list by the number their mail carries, with role, what and who.
    """

    items: tuple[Item, ...]
    older: tuple[str, ...]
    patients: int
    others: int
    roles: tuple[tuple[str, str], ...]
    example: str
    mailed: tuple[tuple[str, str, str, str], ...]
    late_patients: int = 0
    late_others: int = 0


def attention(inputs: ReportInputs, judged: Mapping[str, tuple[CheckpointWords, list[Judged]]]) -> Attention:
    """Debts by deadline, then acknowledgements, then reports, deliveries and silent sites.

    judged: checkpoint id -> its words and verdicts. An alert is listed while its cause still holds in the
    verdicts of this report; roles told of the same thing share a line.
    """
    items = [
        *_from_alerts(inputs, judged),
        *safety_alerts(inputs),
        *held_deliveries(inputs),
        *silent_sites(inputs),
        *late_queries(inputs),
        *estimates_apart(inputs),
    ]
    ordered = sorted(items, key=lambda i: (i.group, i.deadline or dt.date.max, not i.new, i.what, i.who))
    before = inputs.morning - dt.timedelta(days=OLD_DAYS)
    fresh = [i for i in ordered if i.deadline is None or i.deadline >= before]
    stale = [i for i in ordered if i.deadline is not None and i.deadline < before]
    others = [i for i in fresh if i.group == 2]
    kept = {id(i) for i in others[:MOST_OTHERS]}
    kept |= {id(i) for i in [i for i in fresh if i.group < 2][: MOST_ITEMS - len(kept)]}
    shown = [i for i in fresh if id(i) in kept]
    waiting = {i.who for i in fresh if i.group < 2}
    return Attention(
        items=tuple(shown),
        older=(
            *_summed([i for i in fresh if id(i) not in kept], "less urgent"),
            *_summed(stale, f"late for more than {OLD_DAYS} days"),
        ),
        patients=len(waiting),
        others=len(others),
        roles=_roles(inputs, shown),
        example=next((i.subject for i in fresh if i.subject), ""),
        mailed=tuple(sorted((ref, role, i.what, i.who) for i in shown for ref, role in i.alerts)),
        late_patients=len({i.who for i in stale if i.group < 2} - waiting),
        late_others=sum(i.group == 2 for i in stale),
    )


def _roles(inputs: ReportInputs, shown: list[Item]) -> tuple[tuple[str, str], ...]:
    """The roles asked in these lines, in the protocol's order, with their names."""
    named = {role.id: role.label for role in inputs.protocol.roles}
    asked = {role for item in shown for role in item.roles}
    ordered = [*(role for role in named if role in asked), *sorted(asked - set(named))]
    return tuple((role, named.get(role, words.upper_first(role.replace("_", " ")))) for role in ordered)


def _summed(items: list[Item], why: str) -> Iterable[str]:
    counts: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        counts[item.what].append(item)
    for what, found in sorted(counts.items(), key=lambda kv: (-len(kv[1]), kv[0])):
        sites: dict[str, int] = defaultdict(int)
        for item in found:
            sites[item.who.split("-")[0]] += 1
        top = ", ".join(
            f"{site} {n}" for site, n in sorted(sites.items(), key=lambda kv: (-kv[1], kv[0]))[:6]
        )
        rest = f" and {words.many(len(sites) - 6, 'other site')}" if len(sites) > 6 else ""
        yield f"{words.count(len(found))} × {what}, {why}: {top}{rest}"


def _from_alerts(
    inputs: ReportInputs, judged: Mapping[str, tuple[CheckpointWords, list[Judged]]]
) -> Iterable[Item]:
    rows = {row.key: (say, row) for say, found in judged.values() for row in found}
    grouped: dict[tuple[str, str], list[dict[str, object]]] = defaultdict(list)
    for alert in inputs.alerts.sort_values("key").to_dict("records"):
        if alert["kind"] in _KINDS:
            _, subject, line, checkpoint, *_ = str(alert["key"]).split("|")
            grouped[f"{subject}|{line}|{checkpoint}", str(alert["kind"])].append(alert)
    told = set()
    for (key, kind), alerts in sorted(grouped.items()):
        if key not in rows:
            continue
        say, row = rows[key]
        told.add((key, kind))
        if kind in _ONCE or kind in _kinds_now(row):
            yield _item(inputs, kind, say, row, alerts)
    for key, (say, row) in sorted(rows.items()):
        for kind in sorted(_kinds_now(row) & {"OVERDUE", "DATA_ERROR"}):
            if (key, kind) not in told:
                yield _item(inputs, kind, say, row, [])


def _kinds_now(row: Judged) -> frozenset[str]:
    return kinds_of(row.state, row.reason, "NO_BASELINE" in row.flags)


def _item(
    inputs: ReportInputs, kind: str, say: CheckpointWords, row: Judged, alerts: list[dict[str, object]]
) -> Item:
    what, colour, group, act = _KINDS[kind]
    order = [role.id for role in inputs.protocol.roles]
    roles = sorted(
        {str(a["role"]) for a in alerts},
        key=lambda r: (_first_actor(kind, r), order.index(r) if r in order else 99),
    )
    labels = {role.id: role.label for role in inputs.protocol.roles}
    named = [labels.get(role, role.replace("_", " ")) for role in roles] or ["Site"]
    deadlines = [day for a in alerts if (day := day_of(a["act_by"])) is not None]
    by, urgency = deadline_words(min(deadlines, default=None), inputs.morning)
    if not deadlines and kind == "OVERDUE":
        by = f"day {say.rule.last_provisional_day}"
    return Item(
        what=what.format(test=say.short), kind=colour, new=any(day_of(a["owed_on"]) == inputs.as_of for a in alerts),
        who=row.subject, known=_known(kind, say, row), actor=named[0], act=act,
        also=words.listed([name.lower() for name in named[1:]]), by=by, urgency=urgency, group=group,
        deadline=min(deadlines, default=None), roles=tuple(roles), subject=row.subject,
        alerts=tuple((alert_reference(str(a["key"])), labels.get(str(a["role"]), str(a["role"]))) for a in alerts),
    )  # fmt: skip


def _first_actor(kind: str, role: str) -> int:
    """A site owes data, a physician acknowledges: who acts stands first, the others are told."""
    return 0 if ("site" in role) == (_KINDS[kind][2] == 0) else 1


def _known(kind: str, say: CheckpointWords, row: Judged) -> str:
    if kind == "NON_RESPONSE":
        exact = f" ({row.comparison})" if row.comparison else ""
        provisional = "" if row.final else " Provisional."
        return f"{say.values(row)} on day {row.day}, {say.change(row)}{exact}.{provisional}"
    if kind == "OVERDUE":
        early = f" {found}." if (found := say.drawn_elsewhere(row)) else ""
        baseline = "Baseline is in." if row.base is not None else "No valid baseline either."
        return f"Day {row.today}, no sample from days {say.window}. {baseline}{early}"
    if kind == "MISSED":
        return f"Day {row.today}; {say.sub_reason(row)} in days {say.window}."
    if kind == "NO_BASELINE":
        return f"Day {row.today}, no valid result before first dose."
    if kind == "SAMPLE_DUE":
        return f"Day {row.today}; window days {say.window}, target day {say.rule.target_day}."
    if kind == "SAMPLE_UNUSABLE":
        return "Drawn in the window, but its result was refused; the query says why."
    if kind == "UNIT_ERROR":
        return "No factor is known for the unit of this laboratory."
    if kind == "DATA_ERROR":
        return "The dates of this patient contradict each other."
    change = say.change(row)
    now = f"Now {STATE_WORDS[row.state][0].lower()}"
    return f"{now}: {say.values(row)} on day {row.day}, {change}." if change else f"{now}."

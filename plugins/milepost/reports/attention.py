"""Who must act, on what, by when: sorted by what goes wrong first if nobody reads on."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from milepost.core.alert_kinds import kinds_of
from milepost.reports import words
from milepost.reports.checkpoint_words import STATE_WORDS, CheckpointWords
from milepost.reports.inputs import ReportInputs
from milepost.reports.judged import Judged

MOST_ITEMS = 25
MOST_OTHERS = 8  # deliveries, silent sites and late queries, kept on the list however many patients wait
_OLD_DAYS = 14  # what is late for longer is summed up: it no longer changes what is done this morning

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
class Item:
    """One line of the list. urgency: `today` and `late` are filled amber, nothing else is."""

    what: str
    kind: str
    new: bool
    who: str
    known: str
    actor: str
    act: str
    also: str
    by: str
    urgency: str
    group: int
    deadline: dt.date | None
    roles: tuple[str, ...]
    subject: str = ""


@dataclass(frozen=True)
class Attention:
    """The list of this morning, what it leaves out in sums, and how many patients and deliveries wait."""

    items: tuple[Item, ...]
    older: tuple[str, ...]
    patients: int
    others: int
    roles: tuple[tuple[str, str], ...]
    example: str


def attention(inputs: ReportInputs, judged: Mapping[str, tuple[CheckpointWords, list[Judged]]]) -> Attention:
    """Debts by deadline, then acknowledgements, then deliveries and silent sites.

    judged: checkpoint id -> its words and verdicts. An alert is listed while its cause still holds in the
    verdicts of this report; roles told of the same thing share a line.
    """
    items = [*_from_alerts(inputs, judged), *_deliveries(inputs), *_silent(inputs), *_late_queries(inputs)]
    ordered = sorted(items, key=lambda i: (i.group, i.deadline or dt.date.max, not i.new, i.what, i.who))
    before = inputs.morning - dt.timedelta(days=_OLD_DAYS)
    fresh = [i for i in ordered if i.deadline is None or i.deadline >= before]
    stale = [i for i in ordered if i.deadline is not None and i.deadline < before]
    others = [i for i in fresh if i.group == 2]
    kept = {id(i) for i in others[:MOST_OTHERS]}
    kept |= {id(i) for i in [i for i in fresh if i.group < 2][: MOST_ITEMS - len(kept)]}
    shown = [i for i in fresh if id(i) in kept]
    return Attention(
        items=tuple(shown),
        older=(
            *_summed([i for i in fresh if id(i) not in kept], "less urgent"),
            *_summed(stale, f"late for more than {_OLD_DAYS} days"),
        ),
        patients=len({i.who for i in fresh if i.group < 2}),
        others=len(others),
        roles=_roles(inputs, shown),
        example=next((i.subject for i in fresh if i.subject), ""),
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
    deadlines = [day for a in alerts if (day := _date(a["act_by"])) is not None]
    by, urgency = _deadline(min(deadlines, default=None), inputs.morning)
    if not deadlines and kind == "OVERDUE":
        by = f"day {say.rule.last_provisional_day}"
    return Item(
        what=what.format(test=say.short), kind=colour, new=any(_date(a["owed_on"]) == inputs.as_of for a in alerts),
        who=row.subject, known=_known(kind, say, row), actor=named[0], act=act,
        also=words.listed([name.lower() for name in named[1:]]), by=by, urgency=urgency, group=group,
        deadline=min(deadlines, default=None), roles=tuple(roles), subject=row.subject,
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
        early = f" {words.upper_first(say.sub_reason(row))}." if row.reason else ""
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


def _deliveries(inputs: ReportInputs) -> Iterable[Item]:
    """Deliveries that were held or refused and lie there still."""
    frame = inputs.deliveries[inputs.deliveries["outcome"].isin(["HELD", "REFUSED"])].sort_values("id")
    alerts = inputs.alerts[inputs.alerts["kind"] == "DELIVERY_HELD"]
    for row, day in zip(
        frame.to_dict("records"), inputs.local_day(frame["received_at"]).dt.date, strict=True
    ):
        mine = alerts[alerts["key"].str.split("|").str[1] == f"delivery {row['id']}"]
        deadline = min((d for d in map(_date, mine["act_by"]) if d), default=None)
        by, urgency = _deadline(deadline, inputs.morning)
        lines = f"{words.many(int(row['lines']), 'line')} of " if pd.notna(row["lines"]) else ""
        held = row["outcome"] == "HELD"
        reason = f": {str(row['reason']).rstrip('.')}" if row["reason"] else ""
        yield Item(
            what="Delivery held" if held else "Delivery refused", kind="owed", new=day == inputs.as_of,
            who=str(row["siteid"]), known=words.upper_first(f"{lines}{words.short_day(day)}{reason}. None dropped."),
            actor="Data manager", act="reads the findings, asks the site", also="", by=by, urgency=urgency,
            group=2, deadline=deadline or day, roles=("data_manager",),
        )  # fmt: skip


def _silent(inputs: ReportInputs) -> Iterable[Item]:
    """Sites whose deliveries are expected and have not come."""
    nights = inputs.local_day(inputs.deliveries["received_at"]).dt.date
    last = nights.groupby(inputs.deliveries["siteid"]).max().to_dict() if len(nights) else {}
    for site in inputs.study.sites:
        if site.expects_every_days is None or site.id not in last:
            continue
        silent = (inputs.as_of - last[site.id]).days
        if silent > site.expects_every_days:
            yield Item(
                what="Silent site", kind="owed", new=silent == site.expects_every_days + 1, who=site.id,
                known=f"Nothing since {words.week_day(last[site.id])}, {words.many(silent, 'day')}; "
                f"expected every {words.many(site.expects_every_days, 'day')}.",
                actor="Study monitor", act="calls the site", also="", by="", urgency="", group=2, deadline=None,
                roles=("study_monitor",),
            )  # fmt: skip


def _late_queries(inputs: ReportInputs) -> Iterable[Item]:
    """One line for all sites whose answers are past due, most first."""
    queries = inputs.queries[inputs.queries["open"].astype(bool)]
    due = pd.to_datetime(queries["due_on"])
    late = queries[due < pd.Timestamp(inputs.morning)]
    if not len(late):
        return
    counts = late["siteid"].value_counts()
    ordered = sorted(counts.items(), key=lambda pair: (-int(pair[1]), str(pair[0])))
    oldest = (inputs.morning - pd.to_datetime(late["due_on"]).min().date()).days
    most = ", ".join(f"{site} {n}" for site, n in ordered[:5])
    rest = f", {words.many(len(ordered) - 5, 'other site')}" if len(ordered) > 5 else ""
    yield Item(
        what="Queries past due", kind="owed", new=False,
        who=str(ordered[0][0]) if len(ordered) == 1 else f"{len(ordered)} sites",
        known=f"{words.many(len(late), 'query', 'queries')}, the oldest {words.many(oldest, 'day')} past due: "
            f"{most}{rest}.",
        actor="Sites", act="answer them", also="data manager", by="", urgency="", group=2, deadline=None,
        roles=("data_manager",),
    )  # fmt: skip


def _deadline(deadline: dt.date | None, morning: dt.date) -> tuple[str, str]:
    if deadline is None:
        return "", ""
    late = (morning - deadline).days
    if late > 0:
        return f"{words.many(late, 'day')} late", "late"
    return ("today", "today") if late == 0 else (words.week_day(deadline), "")


def _date(value: object) -> dt.date | None:
    if not isinstance(value, dt.date) or pd.isna(value):
        return None
    return value.date() if isinstance(value, dt.datetime) else value

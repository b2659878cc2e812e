"""The head of the report and the words of its first page: what it is, of when, by which rules, and who waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from milepost.reports import words
from milepost.reports.attention import OLD_DAYS, Attention
from milepost.reports.changes import KINDS, Change
from milepost.reports.checkpoint_words import CheckpointWords
from milepost.reports.history import MORNINGS, Asked
from milepost.reports.inputs import ReportInputs, report_id
from milepost.reports.judged import Judged
from milepost.reports.ledger import Ledger
from milepost.reports.masking import Mask
from milepost.reports.site_sections import count_deaths, count_queries


@dataclass(frozen=True)
class Header:
    """What the report is, of when, and by which rules; pairs of words for its margin."""

    study: str
    title: str
    morning: str
    counted: str
    cut_off: str
    facts: tuple[tuple[str, str, str], ...]
    made_up: bool
    running: str


def header(inputs: ReportInputs, mask: Mask, enrolled: int) -> Header:
    """The report's head. A study title that names a drug is replaced by what is watched."""
    protocol, zone = inputs.protocol, inputs.zone
    first = protocol.checkpoints[0]
    neutral = f"{protocol.id}: {mask.neutral(first.label)}, watched nightly"
    known = inputs.known_at.astimezone(ZoneInfo(zone))
    facts = [
        ("Data cut-off", f"{words.day(inputs.as_of)}, 24:00", _utc(inputs.cut_off, inputs.as_of)),
        ("As known at", words.instant(inputs.known_at, zone), _utc(inputs.known_at, known.date())),
        ("Compared with", compared(inputs), ""),
        ("Report", report_id(inputs), f"data {inputs.snapshot_hash[:12]}"),
        ("Rules", f"configuration {inputs.config_hash[:12]}", f"milepost {inputs.code_version}"),
        ("Audit log", inputs.audit_head[:12] or "empty", ""),
    ]
    counted = [
        words.many(enrolled, "patient"),
        words.many(len(inputs.study.sites), "site"),
        words.many(len(inputs.deliveries), "delivery", "deliveries"),
    ]
    return Header(
        study=protocol.id, title=neutral if mask.names(protocol.title) else protocol.title,
        morning=words.long_day(inputs.morning), counted=", ".join(counted), cut_off=words.day(inputs.as_of),
        facts=tuple(facts), made_up=protocol.made_up,
        running=f"{protocol.id} · open interim report · cut-off {words.day(inputs.as_of)} · not for inference",
    )  # fmt: skip


def _utc(when: dt.datetime, local: dt.date) -> str:
    """The same instant in UTC; its day is named where it is another one."""
    utc = when.astimezone(dt.UTC)
    day = "" if utc.date() == local else f"{words.short_day(utc.date())}, "
    return f"{day}{utc:%H:%M} UTC"


def compared(inputs: ReportInputs) -> str:
    """Which report this one is compared with."""
    if inputs.predecessor is None:
        return "nothing: the first report"
    return f"report of {words.day(dt.date.fromisoformat(inputs.predecessor['as_of']))}"


def five_numbers(
    inputs: ReportInputs, judged: Mapping[str, tuple[CheckpointWords, list[Judged]]], ledger: Ledger
) -> list[Asked]:
    """Non-responders and overdue of the first checkpoint, deaths, open queries, rows in quarantine."""
    say, rows = next(iter(judged.values()))
    base = f"checkpoint.{say.rule.id}"
    number = {id_: entry.value for id_, entry in ledger.numbers.items()}
    evaluable = int(number[f"{base}.evaluable"] or 0)
    treated = len({row.subject for row in rows if row.treated})
    received = int(number["rows.received"] or 0)
    deaths = count_deaths(inputs, ledger)
    open_, late = count_queries(inputs, ledger)
    return [
        Asked(f"{base}.state.NON_RESPONDER", f"{say.short} non-responders",
              int(number[f"{base}.state.NON_RESPONDER"] or 0),
              f"final, of {words.count(evaluable)} evaluable" if evaluable else "nobody is evaluable yet", "flow",
              f"{say.rule.id}.responder"),
        Asked(f"{base}.state.OVERDUE", f"{say.short} overdue", int(number[f"{base}.state.OVERDUE"] or 0),
              f"day {say.overdue_days} with no sample", "stock", f"{say.rule.id}.window"),
        Asked("deaths", "Deaths", deaths,
              f"of {words.many(treated, 'treated patient')}" if treated else "nobody is treated yet", "flow"),
        Asked("queries.open", "Queries open", open_, f"{words.count(late)} past due", "stock"),
        Asked("quarantine.open", "Rows in quarantine", int(number["quarantine.open"] or 0),
              f"of {words.count(received)} received" if received else "no row was received yet", "stock", "balance"),
    ]  # fmt: skip


def numbers_note(inputs: ReportInputs, asked: list[Asked]) -> str:
    """How the five numbers are to be read."""
    stocks = words.listed([one.label for one in asked if one.kind == "stock"])
    beside = (
        "" if inputs.predecessor is None else f"Beside each number: change since the {compared(inputs)}. "
    )
    return f"{beside}Bars: new in each of the last {MORNINGS} reports; for {stocks}, how many there were."


def waiting_lead(waiting: Attention) -> tuple[str, str]:
    """The answer of the first page in one sentence: how many wait, and for whom first."""
    late = _late(waiting)
    parts = []
    if waiting.patients:
        parts.append(words.many(waiting.patients, "patient"))
    if waiting.others:
        parts.append(words.many(waiting.others, "site, delivery or report", "sites, deliveries or reports"))
    if not parts and late:
        return f"{late}, summed up below.", ""
    if not parts:
        return "Nobody waits.", " Nothing is owed, held or silent."
    total = waiting.patients + waiting.others
    first = waiting.items[0]
    when = f", {first.by}" if first.by else ""
    return (
        f"{words.listed(parts)} {'needs' if total == 1 else 'need'} somebody"
        + (f"; {late}, summed up below the list." if late else "."),
        f" First: {first.who}, {first.what}{when}.",
    )


def _late(waiting: Attention) -> str:
    """How many are late for so long that the list only sums them up; empty where nobody is."""
    more = "more " if waiting.patients + waiting.others else ""
    parts = []
    if waiting.late_patients:
        parts.append(words.many(waiting.late_patients, f"{more}patient"))
    if waiting.late_others:
        parts.append(words.many(waiting.late_others, f"{more}delivery", f"{more}deliveries"))
    verb = "is" if waiting.late_patients + waiting.late_others == 1 else "are"
    return f"{words.listed(parts)} {verb} late for more than {OLD_DAYS} days" if parts else ""


def nobody_waits(inputs: ReportInputs, waiting: Attention) -> str:
    """What stands where the list would be."""
    who = "Nobody else waits" if waiting.older else "Nobody waits"
    return f"{who}. Last checked {words.instant(inputs.known_at, inputs.zone)}."


def since_last(inputs: ReportInputs, changed: tuple[Change, ...]) -> tuple[str, str]:
    """How many numbers moved and why, as a bold sentence and the rest."""
    if inputs.predecessor is None:
        return "This is the first report.", " There is nothing to compare it with yet."
    told = compared(inputs)
    if not changed:
        return "No number changed.", f" Every followed number was compared with the {told}."
    kinds = [(kind.lower(), n) for kind, n in by_kind(changed) if n]
    why = words.listed([f"{kind} ({n})" for kind, n in kinds])
    bold = f"Something changed behind {words.many(len(changed), 'number')} since the {told}."
    return bold, f" Causes: {why}." if why else ""


def by_kind(changed: tuple[Change, ...]) -> tuple[tuple[str, int], ...]:
    """How often each kind of cause stands behind a changed number."""
    named = [cause.kind.lower() for change in changed for cause in change.causes]
    return tuple((kind, sum(kind.lower() in name for name in named)) for kind in KINDS)


def colours(say: CheckpointWords) -> tuple[str, str]:
    """What blue and vermilion mean in this study's direction."""
    return (
        f"{say.did} by {say.threshold} or more",
        f"did not {say.do} by {say.threshold}",
    )


def rules_lead(inputs: ReportInputs) -> str:
    """By which rules, and whether they are those of the last report."""
    before = (inputs.predecessor or {}).get("config_hash")
    if before is None:
        same = "kept whole under its hash"
    elif before == inputs.config_hash:
        same = "the same as in the last report"
    else:
        same = f"another one than in the last report, {str(before)[:12]}"
    return f"All numbers follow configuration {inputs.config_hash[:12]}, {same}."


def hashes(inputs: ReportInputs) -> tuple[tuple[str, str], ...]:
    """What the report rests on, each by its whole hash."""
    return (
        ("Configuration", inputs.config_hash),
        ("Data", inputs.snapshot_hash),
        ("Audit log, head", inputs.audit_head or "empty"),
    )

"""The open interim report: every number and word of it, worked out; `render` only sets it on the page.

Pooled over arms, without a test, in study days. Source: clinical specification, section 7.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from milepost.reports import words
from milepost.reports.attention import Attention, attention
from milepost.reports.changes import KINDS, Change, Moved, changes, memory, moved
from milepost.reports.checkpoint_section import CheckpointSection, build_checkpoint
from milepost.reports.checkpoint_words import CheckpointWords
from milepost.reports.definitions import Definition, definitions
from milepost.reports.drawing import Exhibit
from milepost.reports.history import Asked, Headline, headlines, history
from milepost.reports.inputs import ReportInputs, open_view, report_id
from milepost.reports.judged import Judged, read_verdicts
from milepost.reports.ledger import Ledger
from milepost.reports.masking import Mask
from milepost.reports.site_sections import (
    EnrolmentSection,
    QualitySection,
    build_enrolment,
    build_quality,
    count_deaths,
    count_queries,
)


@dataclass(frozen=True)
class Header:
    """What the report is, of when, and by which rules; pairs of words for its margin."""

    study: str
    title: str
    morning: str
    counted: str
    facts: tuple[tuple[str, str, str], ...]
    made_up: bool
    running: str


@dataclass(frozen=True)
class OpenReport:
    """The whole report, ready to be set."""

    id: str
    header: Header
    headlines: tuple[Headline, ...]
    attention: Attention
    lead: tuple[str, str]
    caution: str
    zone: str
    checkpoints: tuple[CheckpointSection, ...]
    enrolment: EnrolmentSection
    quality: QualitySection
    compared: str
    changes: tuple[Change, ...]
    change_kinds: tuple[tuple[str, int], ...]
    definitions: tuple[Definition, ...]
    refs: Mapping[str, int]
    exhibits: tuple[Exhibit, ...]
    json: Mapping[str, Any]
    small_cell: int


def build_open_report(inputs: ReportInputs) -> OpenReport:
    """The open report of these inputs. Raises NotPermitted where its output would name an arm or a drug."""
    seen = open_view(inputs)
    mask = Mask(seen.protocol)
    ledger = Ledger()
    judged = _judged(seen, mask)
    known = definitions(seen.protocol, [say for say, _ in judged.values()], mask)
    checkpoints = [build_checkpoint(seen, say, rows, ledger) for say, rows in judged.values()]
    enrolment = build_enrolment(seen, ledger)
    quality = build_quality(seen, ledger)
    asked = _asked(seen, judged, ledger)
    told = history(seen.predecessor, seen.as_of.isoformat(), {one.id: one.value for one in asked})
    movements = _movements(seen, judged)
    changed = changes(ledger.numbers, seen.predecessor or {}, movements)
    waiting = attention(seen, judged)
    exhibits = [e for c in checkpoints for e in c.exhibits] + [*enrolment.exhibits, *quality.exhibits]
    report = OpenReport(
        id=report_id(inputs), header=_header(seen, mask, enrolment.state.enrolled),
        headlines=headlines(asked, told, seen.predecessor), attention=waiting, lead=_lead(waiting),
        caution=mask.neutral(seen.protocol.alerts.caution), zone=words.offset(seen.known_at, seen.zone),
        checkpoints=tuple(checkpoints), enrolment=enrolment, quality=quality, compared=_compared(seen),
        changes=changed, change_kinds=_by_kind(changed), definitions=known, refs={d.key: d.number for d in known},
        exhibits=tuple(exhibits), json=_plain(seen, judged, ledger, told, changed, waiting),
        small_cell=seen.protocol.small_cell,
    )  # fmt: skip
    mask.check(repr(report), "the open report")
    return report


def to_json(model: OpenReport) -> str:
    """report.json: every number with its id, denominator and receipt; canonical, so that equal is byte-equal."""
    plain = {"id": model.id, **model.json}
    return (
        json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"
    )


def _judged(inputs: ReportInputs, mask: Mask) -> dict[str, tuple[CheckpointWords, list[Judged]]]:
    """Checkpoint id -> its words and its verdicts, in the protocol's order."""
    made = {}
    for rule in inputs.protocol.checkpoints:
        plain = rule.model_copy(update={
            "label": mask.neutral(rule.label),
            "sensitivities": tuple(s.model_copy(update={"label": mask.neutral(s.label)}) for s in rule.sensitivities),
        })  # fmt: skip
        say = CheckpointWords(plain, inputs.protocol.test(rule.test))
        made[rule.id] = (say, read_verdicts(inputs.verdicts, rule, inputs.as_of))
    return made


def _header(inputs: ReportInputs, mask: Mask, enrolled: int) -> Header:
    protocol, zone = inputs.protocol, inputs.zone
    first = protocol.checkpoints[0]
    neutral = f"{protocol.id}: {mask.neutral(first.label)}, watched nightly"
    facts = [
        ("Data cut-off", f"{words.day(inputs.as_of)}, 24:00", f"{words.instant(inputs.cut_off, 'UTC')} UTC"),
        ("As known at", words.instant(inputs.known_at, zone), f"{words.instant(inputs.known_at, 'UTC')} UTC"),
        ("Compared with", _compared(inputs), ""),
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
        morning=words.long_day(inputs.morning), counted=", ".join(counted), facts=tuple(facts),
        made_up=protocol.made_up,
        running=f"{protocol.id} · open interim report · cut-off {words.day(inputs.as_of)} · not for inference",
    )  # fmt: skip


def _compared(inputs: ReportInputs) -> str:
    if inputs.predecessor is None:
        return "nothing: the first report"
    return f"report of {words.day(dt.date.fromisoformat(inputs.predecessor['as_of']))}"


def _asked(
    inputs: ReportInputs, judged: Mapping[str, tuple[CheckpointWords, list[Judged]]], ledger: Ledger
) -> list[Asked]:
    """The five numbers: non-responders and overdue of the first checkpoint, deaths, open queries, quarantine."""
    say, rows = next(iter(judged.values()))
    base = f"checkpoint.{say.rule.id}"
    number = {id_: entry.value for id_, entry in ledger.numbers.items()}
    evaluable = int(number[f"{base}.evaluable"] or 0)
    treated = len({row.subject for row in rows if row.treated})
    deaths = count_deaths(inputs, ledger)
    open_, late = count_queries(inputs, ledger)
    return [
        Asked(f"{base}.state.NON_RESPONDER", f"{say.short} non-responders",
              int(number[f"{base}.state.NON_RESPONDER"] or 0), f"final, of {words.count(evaluable)} evaluable", "flow",
              f"{say.rule.id}.responder"),
        Asked(f"{base}.state.OVERDUE", f"{say.short} overdue", int(number[f"{base}.state.OVERDUE"] or 0),
              f"day {say.overdue_days} with no sample", "stock", f"{say.rule.id}.window"),
        Asked("deaths", "Deaths", deaths, f"of {words.count(treated)} treated", "flow"),
        Asked("queries.open", "Queries open", open_, f"{words.count(late)} past due", "stock"),
        Asked("quarantine.open", "Rows in quarantine", int(number["quarantine.open"] or 0),
              f"of {words.count(int(number['rows.received'] or 0))} received", "stock", "balance"),
    ]  # fmt: skip


def _movements(
    inputs: ReportInputs, judged: Mapping[str, tuple[CheckpointWords, list[Judged]]]
) -> dict[str, Moved]:
    if inputs.predecessor is None:
        return {}
    rows = [row for _, found in judged.values() for row in found]
    return moved(rows, inputs.predecessor, inputs.config_hash)


def _lead(waiting: Attention) -> tuple[str, str]:
    """The answer of the first page in one sentence: how many wait, and for whom first."""
    parts = []
    if waiting.patients:
        parts.append(words.many(waiting.patients, "patient"))
    if waiting.others:
        parts.append(words.many(waiting.others, "site or delivery", "sites or deliveries"))
    if not parts:
        return "Nobody waits.", " Nothing is owed, held or silent."
    total = waiting.patients + waiting.others
    first = waiting.items[0]
    when = f", {first.by}" if first.by else ""
    return (
        f"{words.listed(parts)} {'needs' if total == 1 else 'need'} somebody.",
        f" First: {first.who}, {first.what}{when}.",
    )


def _by_kind(changed: Iterable[Change]) -> tuple[tuple[str, int], ...]:
    named = [cause.kind.lower() for change in changed for cause in change.causes]
    return tuple((kind, sum(kind.lower() in name for name in named)) for kind in KINDS)


def _plain(
    inputs: ReportInputs,
    judged: Mapping[str, tuple[CheckpointWords, list[Judged]]],
    ledger: Ledger,
    told: list[dict[str, Any]],
    changed: tuple[Change, ...],
    waiting: Attention,
) -> dict[str, Any]:
    before = inputs.predecessor
    return {
        "kind": "open",
        "study": inputs.protocol.id,
        "made_up": inputs.protocol.made_up,
        "as_of": inputs.as_of.isoformat(),
        "cut_off": inputs.cut_off.isoformat(),
        "known_at": inputs.known_at.isoformat(),
        "config_hash": inputs.config_hash,
        "code_version": inputs.code_version,
        "snapshot_hash": inputs.snapshot_hash,
        "audit_head": inputs.audit_head,
        "predecessor": before and {"id": before["id"], "as_of": before["as_of"]},
        "numbers": [number.plain() for _, number in sorted(ledger.numbers.items())],
        "verdicts": {row.key: memory(row) for _, rows in judged.values() for row in rows},
        "history": told,
        "changes": [
            {"id": c.id, "label": c.label, "then": c.then, "now": c.now, "change": c.change,
             "causes": [{"kind": cause.kind, "text": cause.text} for cause in c.causes]}
            for c in changed
        ],
        "attention": [
            {"what": i.what, "who": i.who, "known": i.known, "actor": i.actor, "act": i.act, "by": i.by, "new": i.new}
            for i in waiting.items
        ],
    }  # fmt: skip

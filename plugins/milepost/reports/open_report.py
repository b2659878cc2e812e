"""The open interim report: every number and word of it, worked out; `render` only sets it on the page.

Pooled over arms, without a test, in study days. Source: clinical specification, section 7.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from milepost.core.number_agreement import Agreement
from milepost.reports import words
from milepost.reports.arrivals import read_arrivals
from milepost.reports.attention import Attention, attention
from milepost.reports.changes import Change, beside, changes, clinical_changes, plain_moved, vanished
from milepost.reports.checkpoint_section import CheckpointSection, build_checkpoint
from milepost.reports.checkpoint_words import CheckpointWords
from milepost.reports.clinical_sections import Clinical, clinical_sections, pooled_inputs
from milepost.reports.definitions import Definition, definitions
from milepost.reports.drawing import Exhibit
from milepost.reports.front_page import (
    Header,
    colours,
    compared,
    five_numbers,
    hashes,
    header,
    nobody_waits,
    numbers_note,
    rules_lead,
    since_last,
    waiting_lead,
)
from milepost.reports.history import Headline, headlines, history
from milepost.reports.inputs import ReportInputs, open_view, report_id
from milepost.reports.judged import Judged, read_verdicts
from milepost.reports.ledger import Ledger, plain_numbers
from milepost.reports.masking import Mask
from milepost.reports.moved_verdicts import memory, moved
from milepost.reports.section import Section
from milepost.reports.site_sections import EnrolmentSection, QualitySection, build_enrolment, build_quality


@dataclass(frozen=True)
class OpenReport:
    """The whole report, ready to be set."""

    id: str
    header: Header
    headlines: tuple[Headline, ...]
    headline_note: str
    attention: Attention
    nobody: str
    lead: tuple[str, str]
    caution: str
    by_note: str
    colours: tuple[str, str]
    checkpoints: tuple[CheckpointSection, ...]
    clinical: tuple[Section, ...]
    enrolment: EnrolmentSection
    quality: QualitySection
    compared: str
    since: tuple[str, str]
    changes: tuple[Change, ...]
    moved_beside: str
    banner: str
    agreements: tuple[Agreement, ...]
    rules: str
    hashes: tuple[tuple[str, str], ...]
    definitions: tuple[Definition, ...]
    refs: Mapping[str, int]
    exhibits: tuple[Exhibit, ...]
    exhibit_numbers: Mapping[str, int]
    json: Mapping[str, Any]


def build_open_report(inputs: ReportInputs) -> OpenReport:
    """The open report of these inputs. Raises NotPermitted where its output would name an arm or a drug."""
    seen = open_view(inputs)
    mask = Mask(seen.protocol)
    ledger = Ledger()
    judged = _judged(seen, mask)
    clinical_ledger = Ledger()
    clinical = (
        clinical_sections(pooled_inputs(seen), seen, clinical_ledger)
        if seen.clinical is not None
        else Clinical()
    )
    known = definitions(seen.protocol, [say for say, _ in judged.values()], mask, clinical.definitions)
    checkpoints = [build_checkpoint(seen, say, rows, ledger) for say, rows in judged.values()]
    enrolment = build_enrolment(seen, ledger)
    quality = build_quality(seen, ledger)
    asked = five_numbers(seen, judged, ledger)
    told = history(seen.predecessor, seen.as_of.isoformat(), {one.id: one.value for one in asked})
    all_moved = _all_moved(seen, judged, ledger, clinical_ledger)
    changed = tuple(change for change in all_moved if change.followed)
    ledger.numbers.update(clinical_ledger.numbers)
    waiting = attention(seen, judged)
    exhibits = [e for c in checkpoints for e in c.exhibits]
    exhibits += [e for section in clinical.sections for e in section.exhibits]
    exhibits += [*enrolment.exhibits, *quality.exhibits]
    report = OpenReport(
        id=report_id(inputs), header=header(seen, mask, enrolment.state.enrolled),
        headlines=headlines(asked, told, seen.predecessor), headline_note=numbers_note(seen, asked),
        attention=waiting, nobody=nobody_waits(seen, waiting), lead=waiting_lead(waiting),
        caution=mask.neutral(seen.protocol.alerts.caution),
        by_note=f"“By” is in the study’s time ({words.offset(seen.known_at, seen.zone)}).",
        colours=colours(next(iter(judged.values()))[0]), checkpoints=tuple(checkpoints),
        clinical=clinical.sections, enrolment=enrolment, quality=quality, compared=compared(seen),
        since=since_last(seen, changed), changes=changed, moved_beside=beside(all_moved),
        banner=clinical.banner, agreements=clinical.agreements,
        rules=rules_lead(seen), hashes=hashes(seen), definitions=known, refs={d.key: d.number for d in known},
        exhibits=tuple(exhibits), exhibit_numbers={exhibit.id: number for number, exhibit in enumerate(exhibits, 1)},
        json=_plain(seen, judged, ledger, told, changed, all_moved, waiting) | {"agreement": dict(clinical.agreement)},
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


def _all_moved(
    inputs: ReportInputs,
    judged: Mapping[str, tuple[CheckpointWords, list[Judged]]],
    ledger: Ledger,
    clinical: Ledger,
) -> tuple[Change, ...]:
    """Every number that moved, came or vanished since the predecessor, each with its causes."""
    before = inputs.predecessor
    if before is None:
        return ()
    arrivals = read_arrivals(inputs.arrivals, before, inputs.config_hash, inputs.code_version)
    rows = [row for _, found in judged.values() for row in found]
    movements = moved(rows, before, inputs.config_hash, inputs.code_version)
    return (
        *changes(ledger.numbers, before, movements, arrivals),
        *clinical_changes(clinical.numbers, before, arrivals),
        *vanished({**ledger.numbers, **clinical.numbers}, before, arrivals),
    )


def _plain(
    inputs: ReportInputs,
    judged: Mapping[str, tuple[CheckpointWords, list[Judged]]],
    ledger: Ledger,
    told: list[dict[str, Any]],
    changed: tuple[Change, ...],
    all_moved: tuple[Change, ...],
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
        "numbers": plain_numbers(ledger.numbers),
        "verdicts": {row.key: memory(row) for _, rows in judged.values() for row in rows},
        "history": told,
        "changes": [
            {"id": c.id, "label": c.label, "then": c.then, "now": c.now, "change": c.change,
             "causes": [{"kind": cause.kind, "text": cause.text} for cause in c.causes]}
            for c in changed
        ],
        "moved": plain_moved(all_moved),
        "attention": [
            {"what": i.what, "who": i.who, "known": i.known, "actor": i.actor, "act": i.act, "by": i.by, "new": i.new}
            for i in waiting.items
        ],
    }  # fmt: skip

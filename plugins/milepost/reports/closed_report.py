"""The closed report: results by arm, coded A and B, for the data monitoring committee and its statistician.

The same sections as the open report, told by group, with the comparison and the interim monitoring behind them. Tested
is only at a look the protocol names. A dry run has groups drawn by chance and leaves out what would unmask. Source:
clinical specification, sections 7.1 to 7.3.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from milepost.core.interim_monitoring import HeldLook, is_due, z_of
from milepost.core.number_agreement import Agreement
from milepost.errors import NotPermitted
from milepost.reports import words
from milepost.reports.arrivals import read_arrivals
from milepost.reports.changes import Change, beside, clinical_changes, plain_moved, vanished
from milepost.reports.checkpoint_words import CheckpointWords
from milepost.reports.clinical import ClinicalInputs, Group
from milepost.reports.clinical_sections import Clinical, closed_sections
from milepost.reports.definitions import Definition, definitions
from milepost.reports.drawing import Exhibit
from milepost.reports.efficacy_estimates import Efficacy
from milepost.reports.front_page import Header, compared, hashes, header, rules_lead, since_last
from milepost.reports.inputs import ReportInputs, open_view, report_id
from milepost.reports.ledger import Ledger, plain_numbers
from milepost.reports.masking import Mask
from milepost.reports.monitoring_section import Looks, events_of, held_look, looked_at
from milepost.reports.profile.links import hrefs, links_words, may_lead_to_profiles, with_links
from milepost.reports.section import Section

CODES = ("A", "B")
DRY_RUN, CLOSED = "dry-run", "closed"


@dataclass(frozen=True)
class ClosedInputs:
    """What the closed report is made from.

    report: read at one cut-off and knowledge time, its clinical frames without arms. groups: subject -> "A" or "B".
    look: number of the look being held, None between looks; held: those before; a dry run is told of none. masked: the
    dry run. arm_key: what tells the key of arms from another one, without telling the arms. profiles: patients whose
    profile can be had; a dry run leads to none.
    """

    report: ReportInputs
    groups: Mapping[str, str]
    arm_key: str = ""
    look: int | None = None
    held: tuple[HeldLook, ...] = ()
    masked: bool = False
    profiles: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        """How it is kept: `closed`, `closed-look-1`, `dry-run`."""
        begins = DRY_RUN if self.masked else CLOSED
        return begins if self.look is None else f"{begins}-look-{self.look}"

    @property
    def folder(self) -> str:
        """The name of the folder it lies in, and that of the profiles it leads to."""
        return f"{self.kind}-{self.report.as_of.isoformat()}-{report_id(self.report, self.kind)}"

    @property
    def leading_on(self) -> frozenset[str]:
        """Patients whose number may lead to their profile: nobody's in a dry run or where a reader may not see arms."""
        allowed = not self.masked and may_lead_to_profiles(self.report.protocol)
        return self.profiles if allowed else frozenset()


@dataclass(frozen=True)
class ClosedReport:
    """The whole report, ready to be set. linked: patients whose number leads to their profile."""

    id: str
    header: Header
    name: str
    notes: tuple[tuple[str, str], ...]
    banner: str
    clinical: tuple[Section, ...]
    compared: str
    since: tuple[str, str]
    changes: tuple[Change, ...]
    moved_beside: str
    agreements: tuple[Agreement, ...]
    rules: str
    hashes: tuple[tuple[str, str], ...]
    definitions: tuple[Definition, ...]
    refs: Mapping[str, int]
    exhibits: tuple[Exhibit, ...]
    exhibit_numbers: Mapping[str, int]
    json: Mapping[str, Any]
    linked: frozenset[str] = frozenset()


def build_closed_report(inputs: ClosedInputs) -> ClosedReport:
    """The closed report. Raises NotPermitted where a look is asked for that is not due, or an arm is named."""
    seen, mask, ledger = open_view(inputs.report), Mask(inputs.report.protocol), Ledger()
    clinical_inputs = _by_group(inputs)
    efficacy, looks = Efficacy(clinical_inputs), Looks(inputs.held, inputs.look)
    _check_look(inputs, efficacy)
    made = closed_sections(clinical_inputs, seen, ledger, efficacy, looks)
    known = definitions(seen.protocol, _words(seen, mask), mask, made.definitions)
    moved = _moved(inputs, seen, ledger)
    changed = tuple(change for change in moved if change.followed)
    sections, linked = with_links(made.sections, hrefs(inputs.folder, inputs.leading_on))
    exhibits = [exhibit for section in sections for exhibit in section.exhibits]
    name = report_id(seen, inputs.kind)
    report = ClosedReport(
        id=name, header=_header(inputs, mask), name=_name(inputs), notes=_notes(inputs, linked), banner=made.banner,
        clinical=sections, linked=linked, compared=compared(seen), since=since_last(seen, changed), changes=changed,
        moved_beside=beside(moved),
        agreements=made.agreements, rules=rules_lead(seen), hashes=hashes(seen), definitions=known,
        refs={d.key: d.number for d in known}, exhibits=tuple(exhibits),
        exhibit_numbers={exhibit.id: number for number, exhibit in enumerate(exhibits, start=1)},
        json=_plain(inputs, ledger, moved, made, looks, clinical_inputs, efficacy),
    )  # fmt: skip
    mask.check(repr(report), "the closed report")
    return report


def to_json(model: ClosedReport) -> str:
    """report.json of the closed report, canonical."""
    plain = {"id": model.id, **model.json}
    return (
        json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"
    )


def _by_group(inputs: ClosedInputs) -> ClinicalInputs:
    seen = inputs.report
    assert seen.clinical is not None
    groups = tuple(
        Group(code, f"Group {code}" if inputs.masked else f"Arm {code}",
              frozenset(subject for subject, own in inputs.groups.items() if own == code))
        for code in CODES
    )  # fmt: skip
    return ClinicalInputs(
        seen.study, seen.as_of, seen.clinical, groups, compared=True, tested=inputs.look is not None,
        masked=inputs.masked,
    )  # fmt: skip


def _check_look(inputs: ClosedInputs, efficacy: Efficacy) -> None:
    rules = inputs.report.protocol.analysis.interim
    if inputs.look is None:
        return
    if rules.planned_events is None or not 1 <= inputs.look <= len(rules.looks):
        raise NotPermitted(
            f"Look {inputs.look} is not named in protocol.toml [analysis.interim] looks, which has "
            f"{len(rules.looks)}. Ask without --look: estimates are shown and nothing is tested."
        )
    events = events_of(efficacy, rules)
    if not is_due(rules, inputs.look, events):
        raise NotPermitted(
            f"Look {inputs.look} is not due: {events} of {rules.planned_events} planned events have come, and it is "
            f"named at {100 * rules.looks[inputs.look - 1]:g} %. Ask without --look: estimates are shown and nothing "
            "is tested."
        )
    if z_of(efficacy.comparisons[rules.endpoint].stratified_logrank) is None:
        raise NotPermitted(
            f"Look {inputs.look} cannot be held: there is no test statistic, because the groups were never at risk "
            "together when an event came. Holding it would spend error on nothing."
        )
    missing = set(range(1, inputs.look)) - {look.number for look in inputs.held}
    if missing:
        raise NotPermitted(
            f"Look {min(missing)} was not held yet, and comes before look {inputs.look}. Hold it first, with its own "
            "cut-off (--as-of)."
        )


def _words(inputs: ReportInputs, mask: Mask) -> list[CheckpointWords]:
    rules = inputs.protocol.checkpoints
    return [
        CheckpointWords(
            rule.model_copy(update={"label": mask.neutral(rule.label)}), inputs.protocol.test(rule.test)
        )
        for rule in rules
    ]


def _header(inputs: ClosedInputs, mask: Mask) -> Header:
    seen = inputs.report
    enrolled = int(seen.subjects["USUBJID"].nunique())
    made = header(seen, mask, enrolled)
    facts = tuple(
        (name, report_id(seen, inputs.kind) if name == "Report" else value, more)
        for name, value, more in made.facts
    )
    running = (
        f"{seen.protocol.id} · {_name(inputs).lower()} · cut-off {words.day(seen.as_of)} · not for inference"
    )
    return replace(made, facts=facts, running=running)


def _name(inputs: ClosedInputs) -> str:
    if inputs.masked:
        return "Closed interim report, dry run"
    return "Closed interim report" + (f", look {inputs.look}" if inputs.look else "")


def _notes(inputs: ClosedInputs, linked: frozenset[str]) -> tuple[tuple[str, str], ...]:
    if inputs.masked:
        first = (
            "Dry run.",
            "The groups were drawn by chance and have nothing to do with the arms: no figure says anything of a drug. "
            "Numbers by group, amounts of drug and days of visits are left out.",
        )
    else:
        first = ("Restricted.", "Results by arm, coded A and B. For its readers alone; not to be passed on.")
    tested = (
        ("Look.", f"Look {inputs.look} of the protocol: tested at the information really there.")
        if inputs.look
        else ("Between looks.", "Estimates with intervals; nothing is tested.")
    )
    outside = _outside(inputs)
    left_out = (
        (
            (
                "In neither arm.",
                f"{words.many(outside, 'treated patient')} of no arm compared: in no figure here.",
            ),
        )
        if outside
        else ()
    )
    made_up = (
        (("Made-up study.", "No patient of this report exists."),) if inputs.report.protocol.made_up else ()
    )
    profiles = (("Profiles.", links_words(inputs.report.protocol)),) if linked else ()
    return (first, tested, *left_out, *profiles, *made_up)


def _outside(inputs: ClosedInputs) -> int:
    """Treated patients who belong to neither group."""
    lines = inputs.report.lines
    begun = lines[(pd.to_datetime(lines["FIRSTDOSE"]) <= pd.Timestamp(inputs.report.as_of)).to_numpy(bool)]
    return len(set(begun["USUBJID"].astype(str)) - set(inputs.groups))


def _moved(inputs: ClosedInputs, seen: ReportInputs, ledger: Ledger) -> tuple[Change, ...]:
    """Every number that moved, came or vanished. Between looks those of a look are not told of again."""
    before = seen.predecessor
    if before is None:
        return ()
    arrivals = read_arrivals(seen.arrivals, before, seen.config_hash, seen.code_version)
    gone = vanished(ledger.numbers, before, arrivals)
    if inputs.look is None:
        gone = tuple(change for change in gone if not _is_of_a_look(change.id))
    return (*clinical_changes(ledger.numbers, before, arrivals), *gone)


def _is_of_a_look(id_: str) -> bool:
    """Whether this number is there at looks alone: a test's p-value, and what the monitoring works out at a look."""
    parts = id_.split(".")
    return parts[0] == "monitoring" or "p" in parts[1:]


def _plain(
    inputs: ClosedInputs,
    ledger: Ledger,
    moved: tuple[Change, ...],
    made: Clinical,
    looks: Looks,
    clinical: ClinicalInputs,
    efficacy: Efficacy,
) -> dict[str, Any]:
    seen, before = inputs.report, inputs.report.predecessor
    rules = seen.protocol.analysis.interim
    state = looked_at(clinical, efficacy, looks) if inputs.look and rules.looks else None
    look = held_look(state, looks, efficacy) if state else None
    return {
        "kind": inputs.kind, "study": seen.protocol.id, "made_up": seen.protocol.made_up,
        "as_of": seen.as_of.isoformat(), "cut_off": seen.cut_off.isoformat(), "known_at": seen.known_at.isoformat(),
        "config_hash": seen.config_hash, "code_version": seen.code_version, "snapshot_hash": seen.snapshot_hash,
        "audit_head": seen.audit_head, "look": look, "arm_key": inputs.arm_key,
        "held": [vars(h) for h in inputs.held],
        "agreement": dict(made.agreement),
        "predecessor": before and {"id": before["id"], "as_of": before["as_of"]},
        "numbers": plain_numbers(ledger.numbers),
        "moved": plain_moved(moved),
    }  # fmt: skip

"""From screening to now: who came in, who left at which stage and why, and where everybody is (CONSORT 2025).

Every patient is at each stage or leaves under it, so the counts add up. Who has several lines of therapy is told by
the line with which he entered. Source: clinical specification, section 7.2.
"""

from __future__ import annotations

from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs, Group, of_group
from milepost.reports.exhibits import make_exhibit
from milepost.reports.ledger import Ledger
from milepost.reports.population_flow_figure import Exit, Panel, Stage, flow_figures
from milepost.reports.population_stages import NOW, Flow, Parts, derive_flow
from milepost.reports.population_words import share_cell, slug
from milepost.reports.section import Row, Section, Table, count_cell


def build_flow(inputs: ClinicalInputs, ledger: Ledger) -> Section:
    """Section `flow`. In the dry run all groups are told together: their sizes would unmask them."""
    groups = _told(inputs)
    flows = [_flow_of(inputs, group) for group in groups]
    for group, flow in zip(groups, flows, strict=True):
        _enter(ledger, inputs, group, flow)
    rows = sorted({subject for flow in flows for subject in flow.screened})
    outside = len(set(inputs.frames.adsl["USUBJID"]) - {s for group in groups for s in group.subjects})
    notes = (
        (f"{words.many(outside, 'patient')} without an assigned group {'is' if outside == 1 else 'are'} not shown.",)
        if outside else ()
    ) + _later_lines(inputs, groups)  # fmt: skip
    panels = tuple(
        _panel(group.name if len(groups) > 1 else "", flow) for group, flow in zip(groups, flows, strict=True)
    )
    return Section(
        "flow", "Patients", _lead(groups, flows),
        (
            make_exhibit(
                "flow", "From screening to now", "Height is number of patients; all stages have one scale.",
                rows, "ADSL, ADEX, DS", "core.subject_level, core.exposure", "all screened",
                flow_figures(panels) if rows else (), "No patient was screened yet.",
                table=_table(groups, flows) if rows else None, notes=notes if rows else (), definition="flow",
            ),
        ),
    )  # fmt: skip


def flow_definitions(inputs: ClinicalInputs) -> tuple[tuple[str, str, str], ...]:
    """What the stages mean."""
    return (
        ("flow", "Stages",
         "Screened: named in DM by the cut-off. Enrolled: assigned an arm or treated, and no screen failure. Treated: "
         "at least one dose. On drug: dosing goes on as far as known, days off of a cycle included. Off drug: stopped "
         "for the reason told, or ended by death, withdrawal or loss."),
    )  # fmt: skip


def _told(inputs: ClinicalInputs) -> tuple[Group, ...]:
    if not inputs.masked:
        return inputs.groups
    return (Group("all", "Both groups", frozenset().union(*(group.subjects for group in inputs.groups))),)


def _flow_of(inputs: ClinicalInputs, group: Group) -> Flow:
    frames = inputs.frames
    return derive_flow(
        of_group(frames.adsl, group), of_group(inputs.of_entry(frames.adex), group), of_group(frames.ds, group)
    )  # fmt: skip


def _enter(ledger: Ledger, inputs: ClinicalInputs, group: Group, flow: Flow) -> None:
    def count(
        id_: str, text: str, ids: tuple[str, ...], of: int | None = None, followed: bool = False
    ) -> None:
        ledger.count(inputs.number(f"flow.{id_}", group), text, ids, of=of, followed=followed)

    screened, enrolled, treated = len(flow.screened), len(flow.enrolled), len(flow.treated)
    count("screened", "Screened", flow.screened, followed=True)
    for reason, ids in flow.not_enrolled:
        count(f"not_enrolled.{slug(reason)}", f"Screened, not enrolled: {reason.lower()}", ids, screened)
    count("enrolled", "Screened and enrolled", flow.enrolled, screened)
    for reason, ids in flow.not_treated:
        count(f"not_treated.{slug(reason)}", f"Enrolled, not treated: {reason.lower()}", ids, enrolled)
    count("treated", "Treated", flow.treated, enrolled, followed=True)
    for reason, ids in flow.off_drug:
        count(f"off_drug.{slug(reason)}", f"Off drug: {reason.lower()}", ids, treated)
    for key, text, _ in NOW:
        headline = key in ("on_drug", "died", "lost")
        count(f"now.{key}", f"Treated, now {text}", flow.now_of(key), treated, headline)


def _panel(name: str, flow: Flow) -> Panel:
    def exits(parts: Parts) -> tuple[str, ...]:
        return tuple(f"{words.count(len(ids))} {reason[:1].lower()}{reason[1:]}" for reason, ids in parts)

    off = exits(flow.off_drug)
    stages = (
        Stage("screened", len(flow.screened), exits(flow.not_enrolled), "gone"),
        Stage("enrolled", len(flow.enrolled), exits(flow.not_treated), "amount"),
        Stage("treated", len(flow.treated),
              (f"{words.count(flow.stopped)} off drug:", *off) if off else (), "amount"),
    )  # fmt: skip
    now = tuple(Exit(text, len(flow.now_of(key)), kind) for key, text, kind in NOW)
    return Panel(name, stages, now)


def _table(groups: tuple[Group, ...], flows: list[Flow]) -> Table:
    def counts(name: str, ids: list[tuple[str, ...]], kind: str = "") -> Row:
        return Row(name, tuple(count_cell(len(found)) for found in ids), 0, kind)

    def shares(name: str, found: list[int], whole: list[int]) -> Row:
        return Row(name, tuple(share_cell(k, n) for k, n in zip(found, whole, strict=True)), 1)

    def parts(lists: list[Parts], whole: list[int]) -> list[Row]:
        names = dict.fromkeys(reason for told in lists for reason, _ in told)
        return [shares(name, [len(dict(told).get(name, ())) for told in lists], whole) for name in names]

    enrolled, treated = [len(f.enrolled) for f in flows], [len(f.treated) for f in flows]
    rows = [
        counts("Screened", [f.screened for f in flows], "sum"),
        *parts([f.not_enrolled for f in flows], [len(f.screened) for f in flows]),
        counts("Enrolled", [f.enrolled for f in flows], "sum"),
        *parts([f.not_treated for f in flows], enrolled),
        counts("Treated", [f.treated for f in flows], "sum"),
        Row("Off drug, by reason", kind="group"),
        *parts([f.off_drug for f in flows], treated),
        Row("Where the treated are now", kind="group"),
        *(shares(words.upper_first(text), [len(f.now_of(key)) for f in flows], treated) for key, text, _ in NOW),
    ]  # fmt: skip
    heads = [group.name for group in groups] if len(groups) > 1 else ["patients"]
    return Table(("stage", *heads), tuple(_without_empty_groups(rows)), wide=len(groups) > 1)


def _without_empty_groups(rows: list[Row]) -> list[Row]:
    """A heading without a row under it is left out."""
    following = [*rows[1:], Row("", kind="sum")]
    return [row for row, after in zip(rows, following, strict=True)
            if row.kind != "group" or after.kind not in ("group", "sum")]  # fmt: skip


def _lead(groups: tuple[Group, ...], flows: list[Flow]) -> tuple[str, str]:
    if not any(flow.screened for flow in flows):
        return "Nobody was screened yet.", ""
    if len(flows) > 1:
        said = [f"{group.name}: {words.count(len(flow.now_of('on_drug')))} of {words.count(len(flow.treated))} treated "
                f"on drug, {words.count(len(flow.now_of('died')))} died" if flow.treated
                else f"{group.name}: nobody is treated" for group, flow in zip(groups, flows, strict=True)]  # fmt: skip
        return f"{'; '.join(said)}.", ""
    flow = flows[0]
    if not flow.treated:
        return (
            f"{words.count(len(flow.enrolled))} of {words.count(len(flow.screened))} screened are enrolled.",
            (" Nobody was treated yet."),
        )
    bold = (
        f"{words.count(len(flow.now_of('on_drug')))} of {words.count(len(flow.treated))} treated are on drug."
    )
    rest = f" {words.count(flow.stopped)} {'has' if flow.stopped == 1 else 'have'} stopped"
    reasons = [
        f"{words.count(len(ids))} {reason[:1].lower()}{reason[1:]}" for reason, ids in flow.off_drug[:3]
    ]
    if reasons:
        rest += f" ({', '.join(reasons)})"
    ends = [f"{words.count(len(flow.now_of(key)))} {text}" for key, text in
            (("died", "died"), ("withdrew", "withdrew consent"), ("lost", "were lost to follow-up"))]  # fmt: skip
    return bold, f"{rest}. {words.upper_first(words.listed(ends))}."


def _later_lines(inputs: ClinicalInputs, groups: tuple[Group, ...]) -> tuple[str, ...]:
    """That some went on to a later line of therapy of this study, whose doses are told elsewhere."""
    later = set(inputs.later_lines["USUBJID"]) & {s for group in groups for s in group.subjects}
    if not later:
        return ()
    went = words.many(len(later), "patient")
    return (
        f"{went} went on to a later line of therapy in this study; the drug meant here is that of the first.",
    )

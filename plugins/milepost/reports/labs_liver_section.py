"""The section on liver safety: eDISH, mDISH, potential Hy's law cases, layers to act on, ALBI and Child-Pugh."""

from __future__ import annotations

import pandas as pd

from milepost.core.score_shift import select_on_treatment, select_score_shift
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.drawing import Exhibit
from milepost.reports.exhibits import make_exhibit
from milepost.reports.labs_boxes import box_figures
from milepost.reports.labs_course import Course, counted_patients, enter_courses, to_panels
from milepost.reports.labs_dish import Plot, dish_figures, hexagon_words
from milepost.reports.labs_groups import (
    counted_groups,
    counted_rows,
    entry_rows,
    have,
    masked_notes,
    named,
    of_each,
    on_entry,
    treated,
)
from milepost.reports.labs_liver import case_table, enter_plots, layer_table, liver_rows, to_plots
from milepost.reports.labs_matrix import Block, Matrix, matrix_figures
from milepost.reports.ledger import Ledger
from milepost.reports.section import Section

POTENTIAL = "Potential Hy’s law, until a physician has reviewed it."
_SCORES = (
    ("ALBIGR", "ALBI grade", "grade", ("1", "2", "3")),
    ("CPCLASS", "Child-Pugh class", "class", ("A", "B", "C")),
)
_COURSES = [
    Course("ALBI", "ALBI score", "points", (-2.60, -1.39)),
    Course("CPSCORE", "Child-Pugh score", "points", (6.5,), whole=True),
]  # fmt: skip


def build_liver(inputs: ClinicalInputs, ledger: Ledger) -> Section:
    """Liver safety: every number of it in the ledger."""
    liver, cases = liver_rows(inputs)
    plots = {own: to_plots(inputs, liver, cases, own=own) for own in (False, True)}
    for own, of in ((False, "liver.edish"), (True, "liver.mdish")):
        enter_plots(inputs, plots[own], ledger, of=of)
    lead = _lead(inputs, liver, cases, plots[False], ledger)
    several = len(counted_groups(inputs)) > 1
    return Section("liver", "Liver safety", lead, (
        _dish(inputs, liver, plots[False], own=False), _dish(inputs, liver, plots[True], own=True),
        _cases(inputs, cases), _layers(inputs, liver, ledger), *_scores(inputs, ledger),
    ), pairs=() if several else (("liver.edish", "liver.mdish"),))  # fmt: skip


def _lead(
    inputs: ClinicalInputs, liver: pd.DataFrame, cases: pd.DataFrame, plots: list[Plot], ledger: Ledger
) -> tuple[str, str]:
    groups = counted_groups(inputs)
    n = [len(treated(inputs, group)) for group in groups]
    found = [sorted(cases.loc[cases["USUBJID"].isin(group.subjects), "USUBJID"]) for group in groups]
    for group, who, of in zip(groups, found, n, strict=True):
        ledger.count(inputs.number("liver.hys", group), named(inputs, group, "Potential Hy’s law cases"), who, of=of,
                     followed=True)  # fmt: skip
    if not sum(n):
        return "Nobody has been treated yet.", ""
    total = sum(len(who) for who in found)
    counted = of_each(groups, [(len(who), of) for who, of in zip(found, n, strict=True)])
    cases_ = words.many(total, "potential Hy’s law case")
    bold = (
        f"{cases_} among {words.count(sum(n))} treated."
        if len(groups) == 1
        else f"{cases_}: {counted} treated."
    )
    if not total:
        bold = "No potential Hy’s law case."
    inside = [(plot.count("HYS"), len(plot.points)) for plot in plots]
    lack = sum(n) - sum(size for _, size in inside)
    where = words.upper_first(of_each(groups, inside))
    rest = f" {where} {'lies' if have(inside) == 'has' else 'lie'} in the Hy’s law range of eDISH"
    if lack:
        rest += (
            f"; {words.count(lack)} treated {'has' if lack == 1 else 'have'} no ALT or bilirubin on treatment"
        )
    return bold, f"{rest}."


def _dish(inputs: ClinicalInputs, liver: pd.DataFrame, plots: list[Plot], *, own: bool) -> Exhibit:
    points = [point for plot in plots for point in plot.points]
    open_ = sum(1 for point in points if point.quadrant is None)
    of = "the patient’s own baseline" if own else "the upper limit of normal"
    sub = (
        f"On treatment, in multiples of {of}. Shaded: {'both high' if own else 'Hy’s law range'}; dark: "
        f"{POTENTIAL[0].lower()}{POTENTIAL[1:]}"
    )
    notes = []
    if open_:
        notes.append(f"Hollow: {words.many(open_, 'patient')} with a result beyond the assay’s limit that reaches over "
                     "a line; counted in no corner.")  # fmt: skip
    return make_exhibit(
        "liver.mdish" if own else "liver.edish",
        f"Highest ALT against bilirubin{', by own baseline (mDISH)' if own else ' (eDISH)'}",
        sub + hexagon_words(max((len(plot.points) for plot in plots), default=0)),
        [point.subject for point in points], "ADHY", "safety.liver", "treated, both measured on treatment",
        dish_figures(plots), "No treated patient has both ALT and bilirubin on treatment yet.",
        definition="liver.dish", notes=(*notes, *(masked_notes(inputs) if points else ())),
    )  # fmt: skip


def _cases(inputs: ClinicalInputs, cases: pd.DataFrame) -> Exhibit:
    return make_exhibit(
        "liver.cases", "Potential Hy’s law cases",
        f"{POTENTIAL} The first pair of each patient, the latest first. R: ALT over ALP, both × ULN; 5 and more is "
        "hepatocellular, 2 and less cholestatic.",
        cases["USUBJID"], "ADHY cases", "safety.liver", "treated", (), "No potential Hy’s law case.",
        table=case_table(inputs, cases), notes=_left_out(inputs), definition="liver.hys",
    )  # fmt: skip


def _left_out(inputs: ClinicalInputs) -> tuple[str, ...]:
    """By group: how many had a case on a later line of therapy, which is not counted."""
    if inputs.together:
        return ()
    later = inputs.of_later(inputs.frames.liver_cases)
    told = [(group.name, len(set(later["USUBJID"]) & group.subjects)) for group in inputs.groups]
    return tuple(
        f"{name}: {words.many(n, 'case')} on a later line of therapy, which may be the other group’s drug, not counted."
        for name, n in told
        if n
    )


def _layers(inputs: ClinicalInputs, liver: pd.DataFrame, ledger: Ledger) -> Exhibit:
    return make_exhibit(
        "liver.layers", "Highest ALT on treatment by layer to act on",
        "Patients at the gravest layer reached: watch closely / withhold and work up / stop. A raised bilirubin with "
        "it makes one layer more.",
        liver["USUBJID"], "ADHY", "safety.liver.tiers", "treated", (), "Nobody has been treated yet.",
        table=layer_table(inputs, liver, ledger), definition="liver.layers",
        notes=masked_notes(inputs) if len(liver) else (),
    )  # fmt: skip


def _scores(inputs: ClinicalInputs, ledger: Ledger) -> tuple[Exhibit, Exhibit]:
    told = {*(code for code, *_ in _SCORES), *(course.code for course in _COURSES)}
    every = counted_rows(inputs, inputs.frames.scores[inputs.frames.scores["PARAMCD"].isin(told)])
    lines = inputs.counted_lines.merge(
        inputs.frames.lines[["USUBJID", "LINE", "LASTDOSE", "ONGOING"]], on=["USUBJID", "LINE"], how="left",
        validate="1:1",
    )  # fmt: skip
    after = select_on_treatment(every, lines, lab_days=inputs.protocol.safety.lab_days)
    scores = entry_rows(inputs, every)
    return (
        _drift(inputs, scores, on_entry(inputs, after), ledger),
        _course(inputs, scores, entry_rows(inputs, after), ledger),
    )


def _drift(inputs: ClinicalInputs, scores: pd.DataFrame, after: pd.DataFrame, ledger: Ledger) -> Exhibit:
    groups = counted_groups(inputs)
    blocks = []
    for code, name, word, levels in _SCORES:
        shift = select_score_shift(scores, after, code=code)
        for column, said in (("WORST", "worst"), ("LAST", "last")):
            matrices = []
            for group in groups:
                mine = shift[shift["USUBJID"].isin(group.subjects)]
                cells = {
                    (str(before), str(then)): frozenset(part["USUBJID"])
                    for (before, then), part in mine.groupby(["BASELINE", column], sort=True)
                }
                matrices.append(Matrix(levels, cells, group.name if len(groups) > 1 else ""))
                for (before, then), who in sorted(cells.items()):
                    ledger.count(
                        inputs.number(f"liver.{code}.{said}.{before}.{then}", group),
                        named(inputs, group, f"{name}: from {before} to {then} ({said} on treatment)"), who,
                        of=len(mine),
                    )  # fmt: skip
            blocks.append(
                Block(f"{name}, {said} on treatment", word, f"{said} on treatment", tuple(matrices))
            )
    blocks = [block for block in blocks if block.before]
    return make_exhibit(
        "liver.drift", "ALBI grade and Child-Pugh class, baseline to treatment",
        "Patients. Shaded: worse than before, darker by more steps; boxed: as before; none: no score.",
        {subject for block in blocks for matrix in block.matrices for subject in matrix.subjects},
        "ADLB scores", "safety.liver.score_days", "treated, with a score", matrix_figures(blocks),
        "No treated patient has one of these scores yet.", definition="liver.scores",
        notes=masked_notes(inputs) if blocks else (),
    )  # fmt: skip


def _course(inputs: ClinicalInputs, scores: pd.DataFrame, after: pd.DataFrame, ledger: Ledger) -> Exhibit:
    before = scores[scores["ABLFL"].eq("Y").to_numpy(bool)]
    rows = pd.concat([part for part in (before, after) if len(part)] or [before], ignore_index=True)
    values = pd.DataFrame({
        "USUBJID": rows["USUBJID"].to_numpy(object), "CODE": rows["PARAMCD"].to_numpy(object),
        "ADY": rows["ADY"].astype(float).to_numpy(), "VALUE": rows["AVAL"].to_numpy(float),
        "BEFORE": rows["ABLFL"].eq("Y").to_numpy(bool),
    })  # fmt: skip
    panels = to_panels(_COURSES, values, inputs.groups)
    enter_courses(inputs, panels, inputs.groups, ledger, of="liver.course")
    names = tuple(group.name for group in inputs.groups)
    return make_exhibit(
        "liver.course", "Liver scores over study weeks",
        "Each patient’s last score of the weeks; higher is graver. Dashed: limits of the ALBI grades, and between "
        "Child-Pugh A and B.",
        counted_patients(panels), "ADLB scores", "safety.liver.score_days", "treated, with a score",
        box_figures(panels, names, counted=not inputs.masked), "No treated patient has one of these scores yet.",
        definition="labs.weeks",
    )  # fmt: skip

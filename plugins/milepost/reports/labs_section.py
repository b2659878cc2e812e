"""The section on the laboratory: shift of grades, worst grade by test, and the main tests over time."""

from __future__ import annotations

from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.drawing import Exhibit
from milepost.reports.exhibits import make_exhibit
from milepost.reports.labs_boxes import box_figures
from milepost.reports.labs_course import (
    counted_patients,
    enter_courses,
    lab_values,
    main_courses,
    to_panels,
)
from milepost.reports.labs_groups import counted_groups, have, masked_notes, named, of_each, treated
from milepost.reports.labs_matrix import matrix_figures
from milepost.reports.labs_shift import (
    TestShift,
    enter_shifts,
    grave_patients,
    not_drawn,
    read_shifts,
    select_drawn,
    to_blocks,
    worst_table,
)
from milepost.reports.ledger import Ledger
from milepost.reports.section import Section

_NOTHING = "No treated patient has a graded laboratory result yet."


def build_labs(inputs: ClinicalInputs, ledger: Ledger) -> Section:
    """Laboratory: every number of it in the ledger."""
    tests = read_shifts(inputs)
    drawn = select_drawn(tests)
    enter_shifts(inputs, tests, drawn, ledger)
    lead = _lead(inputs, tests, ledger)
    return Section("labs", "Laboratory", lead, (
        _shift(inputs, tests, drawn), _worst(inputs, tests), _course(inputs, ledger),
    ))  # fmt: skip


def _lead(inputs: ClinicalInputs, tests: list[TestShift], ledger: Ledger) -> tuple[str, str]:
    groups = counted_groups(inputs)
    everybody = sum(len(treated(inputs, group)) for group in groups)
    counts, worse, graded_ = [], 0, 0
    for at, group in enumerate(groups):
        graded, grave, grave_worse = grave_patients(tests, at)
        ledger.count(inputs.number("labs.grave", group),
                     named(inputs, group, "Patients with a laboratory value of grade 3 or more on treatment"),
                     grave, of=len(graded), followed=True)  # fmt: skip
        ledger.count(inputs.number("labs.grave.worse", group),
                     named(inputs, group, "Patients with grade 3 or more that is worse than at baseline"),
                     grave_worse, of=len(graded))  # fmt: skip
        counts.append((len(grave), len(graded)))
        worse, graded_ = worse + len(grave_worse), graded_ + len(graded)
    if not graded_:
        return _NOTHING, f" {words.many(everybody, 'patient')} treated." if everybody else ""
    told = words.upper_first(of_each(groups, counts))
    bold = f"{told} {have(counts)} had a laboratory value of grade 3 or more."
    total = sum(k for k, _ in counts)
    rest = f" In {words.count(worse)} of {words.count(total)} it is worse than at baseline." if total else ""
    lack = everybody - graded_
    if lack:
        rest += (
            f" {words.count(lack)} treated {'has' if lack == 1 else 'have'} no graded result on treatment."
        )
    return bold, rest


def _shift(inputs: ClinicalInputs, tests: list[TestShift], drawn: list[TestShift]) -> Exhibit:
    blocks = to_blocks(drawn)
    counted = {subject for block in blocks for matrix in block.matrices for subject in matrix.subjects}
    return make_exhibit(
        "labs.shift", "Worst laboratory grade on treatment, by grade at baseline",
        "Patients. Shaded: worse than before, darker by more grades; boxed: the same grade; none: no grade. "
        f"The gravest terms first.{not_drawn(tests, drawn)}",
        counted, "ADLB", "safety.lab_days", "treated, with a result of the test", matrix_figures(blocks),
        _NOTHING if not tests else "No test got worse in any patient.", definition="labs.grade",
        notes=masked_notes(inputs) if drawn else (),
    )  # fmt: skip


def _worst(inputs: ClinicalInputs, tests: list[TestShift]) -> Exhibit:
    counted = {subject for test in tests for worst in test.worst for subject in worst.graded}
    return make_exhibit(
        "labs.worst", "Worst grade by test",
        "Patients, once for each term at the worst grade on treatment; shares are of those with a grade.",
        counted, "ADLB", "safety.lab_days", "treated, graded on treatment", (), _NOTHING,
        table=worst_table(inputs, tests), definition="labs.grade", notes=masked_notes(inputs) if tests else (),
    )  # fmt: skip


def _course(inputs: ClinicalInputs, ledger: Ledger) -> Exhibit:
    courses = main_courses(inputs)
    panels = to_panels(courses, lab_values(inputs, courses), inputs.groups)
    enter_courses(inputs, panels, inputs.groups, ledger, of="labs.course")
    names = tuple(group.name for group in inputs.groups)
    return make_exhibit(
        "labs.course", "The main tests over study weeks",
        "Each patient’s last value of the weeks. Enzymes and bilirubin as multiples of the upper limit of normal "
        "(dashed: 1), on a scale of doublings.",
        counted_patients(panels), "ADLB", "safety.lab_days", "treated",
        box_figures(panels, names, counted=not inputs.masked),
        "No treated patient has a result of these tests yet.", definition="labs.weeks",
    )  # fmt: skip

"""Shift tables and worst grades of the laboratory tests, read from ADLB; each patient counted once."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from milepost.core.lab_shift import MISSING, summarise_shift
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs, Group
from milepost.reports.labs_groups import counted_groups, counted_rows, named, share_cell, spans
from milepost.reports.labs_matrix import Block, Matrix
from milepost.reports.ledger import Ledger
from milepost.reports.section import Cell, Row, Table, count_cell

GRADES = ("0", "1", "2", "3", "4")
GRAVE = ("3", "4")
MOST_BLOCKS = 9
_NEEDED = [
    "USUBJID", "LINE", "PARAMCD", "PARAM",
    *(name.format(side) for side in "LH" for name in ("ATOXDSC{}", "BTOXGR{}", "SHIFT{}", "WORST{}FL")),
]  # fmt: skip
_COLUMNS = ("Patients", "Any grade", "Worse than before", "Grade ≥ 3", "No baseline")


@dataclass(frozen=True)
class WorstGrades:
    """Of one group: who has a grade on treatment, any but 0, a worse one than before, 3 or more, no baseline."""

    graded: frozenset[str]
    any_grade: frozenset[str]
    worse: frozenset[str]
    grave: frozenset[str]
    grave_worse: frozenset[str]
    no_baseline: frozenset[str]


@dataclass(frozen=True)
class TestShift:
    """One test in one direction, with a matrix for each group."""

    code: str
    direction: str
    name: str
    term: str
    matrices: tuple[Matrix, ...]

    @property
    def id(self) -> str:
        """ALT.H: the test and whether it is about high or low values."""
        return f"{self.code}.{self.direction}"

    @property
    def worst(self) -> tuple[WorstGrades, ...]:
        """The worst grades of each group."""
        return tuple(_worst(matrix) for matrix in self.matrices)


def read_shifts(inputs: ClinicalInputs) -> list[TestShift]:
    """Every test that is graded: those with grave grades first, then those that got worse most often."""
    adlb = counted_rows(inputs, inputs.frames.adlb[_NEEDED])
    if adlb.empty:
        return []
    counts = _once_a_patient(inputs, summarise_shift(adlb, by=("USUBJID", "LINE")))
    groups = counted_groups(inputs)
    found = []
    keys = ["PARAMCD", "DIRECTION", "PARAM", "TERM"]
    for (code, direction, name, term), rows in counts.groupby(keys, sort=True, observed=True):
        matrices = tuple(_matrix(rows, group, len(groups) > 1) for group in groups)
        found.append(TestShift(str(code), str(direction), str(name), str(term), matrices))
    return sorted(found, key=_order)


def _once_a_patient(inputs: ClinicalInputs, shifts: pd.DataFrame) -> pd.DataFrame:
    """Of each patient and test the worst grade of all lines, against the baseline before the first."""
    keys = ["USUBJID", "PARAMCD", "DIRECTION"]
    entry = shifts["LINE"].eq(shifts["USUBJID"].map(inputs.entry_lines.set_index("USUBJID")["LINE"]))
    before = shifts[entry][[*keys, "BASELINE"]]
    rank = shifts["WORST"].map({MISSING: -1} | {grade: int(grade) for grade in GRADES})
    ordered = shifts.assign(RANK=rank).sort_values(
        [*keys, "RANK", "LINE"], ascending=[True] * 3 + [False, True]
    )
    worst = ordered.drop_duplicates(keys).drop(columns=["RANK", "BASELINE"])
    once = worst.merge(before, on=keys, how="left", validate="1:1")
    return once.assign(BASELINE=once["BASELINE"].fillna(MISSING))


def _order(test: TestShift) -> tuple[int, int, int, str]:
    worst = test.worst
    grave, worse, some = (sum(len(of) for of in parts) for parts in (
        [one.grave for one in worst], [one.worse for one in worst], [one.any_grade for one in worst]))  # fmt: skip
    return -grave, -worse, -some, test.id


def _matrix(rows: pd.DataFrame, group: Group, several: bool) -> Matrix:
    mine = rows[rows["USUBJID"].isin(group.subjects)]
    cells = {
        (str(before), str(worst)): frozenset(part["USUBJID"])
        for (before, worst), part in mine.groupby(["BASELINE", "WORST"], sort=True, observed=True)
    }
    return Matrix(GRADES, cells, group.name if several else "")


def _worst(matrix: Matrix) -> WorstGrades:
    def of(wanted: tuple[str, ...], before: tuple[str, ...] = (*GRADES, MISSING)) -> frozenset[str]:
        found = [who for (base, after), who in matrix.cells.items() if after in wanted and base in before]
        return frozenset().union(*found) if found else frozenset()

    worse, grave = matrix.worse, of(GRAVE)
    return WorstGrades(of(GRADES), of(GRADES[1:]), worse, grave, worse & grave, of(GRADES, (MISSING,)))


def enter_shifts(
    inputs: ClinicalInputs, tests: list[TestShift], drawn: list[TestShift], ledger: Ledger
) -> None:
    """The counts of the table of worst grades, and each cell of the shift tables that are drawn."""
    groups = counted_groups(inputs)
    for test in tests:
        for group, worst in zip(groups, test.worst, strict=True):
            n = len(worst.graded)
            for id_, what, who in (
                ("graded", "with a grade on treatment", worst.graded), ("any", "any grade", worst.any_grade),
                ("worse", "worse than at baseline", worst.worse), ("grave", "grade 3 or more", worst.grave),
                ("no_baseline", "without a baseline grade", worst.no_baseline),
            ):  # fmt: skip
                ledger.count(
                    inputs.number(f"labs.worst.{test.id}.{id_}", group),
                    named(inputs, group, f"{test.term}: {what}"), who, of=None if id_ == "graded" else n,
                )  # fmt: skip
    for test in drawn:
        for group, matrix in zip(groups, test.matrices, strict=True):
            for (before, after), who in sorted(matrix.cells.items()):
                ledger.count(
                    inputs.number(f"labs.shift.{test.id}.{before}.{after}", group),
                    named(inputs, group, f"{test.term}: from grade {before} to {after}"), who,
                    of=len(matrix.subjects),
                )  # fmt: skip


def select_drawn(tests: list[TestShift]) -> list[TestShift]:
    """The tests that got worse in somebody, at most nine of them; every other one is in the table of worst grades."""
    return [test for test in tests if any(worst.worse for worst in test.worst)][:MOST_BLOCKS]


def to_blocks(tests: list[TestShift]) -> list[Block]:
    """What is drawn of them."""
    return [Block(test.term, "grade", "worst on treatment", test.matrices) for test in tests]


def worst_table(inputs: ClinicalInputs, tests: list[TestShift]) -> Table | None:
    """Worst grade by test: patients with a grade on treatment, any grade, worse than before, 3 or more, no baseline."""
    if not tests:
        return None
    groups = counted_groups(inputs)
    rows = []
    for test in tests:
        cells: list[Cell] = []
        for worst in test.worst:
            n = len(worst.graded)
            cells += [
                count_cell(n), *(share_cell(len(who), n) for who in (worst.any_grade, worst.worse, worst.grave)),
                count_cell(len(worst.no_baseline)),
            ]  # fmt: skip
        rows.append(Row(test.term, tuple(cells)))
    return Table(
        ("CTCAE term", *_COLUMNS * len(groups)), tuple(rows), spans=spans(groups, len(_COLUMNS)), wide=True
    )


def grave_patients(tests: list[TestShift], at: int) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Of one group: patients with any grade on treatment, with one of 3 or more, with such a one worse than before."""
    found = [test.worst[at] for test in tests]
    return (
        frozenset().union(*(worst.graded for worst in found)),
        frozenset().union(*(worst.grave for worst in found)),
        frozenset().union(*(worst.grave_worse for worst in found)),
    )


def not_drawn(tests: list[TestShift], drawn: list[TestShift]) -> str:
    """How many further tests got worse in somebody and are in the table alone."""
    more = sum(1 for test in tests if any(worst.worse for worst in test.worst)) - len(drawn)
    if not more:
        return ""
    return f" {words.many(more, 'further term')} with worsening {'is' if more == 1 else 'are'} in the next table only."

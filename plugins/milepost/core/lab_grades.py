"""Grades of all laboratory entries, test by test, in the unit system of each report.

A pre-dose row is never graded as a toxicity: only the baseline row is graded, for itself, by its range alone. Source:
clinical specification, sections 4.1 and 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from milepost.core.ctcae import Direction, Term
from milepost.core.lab_amounts import CANONICAL, to_bound
from milepost.core.lab_entries import HIGH, LOW, UNKNOWN, Entries
from milepost.core.lab_grading import WHY, Grades, Measured, grade_measured
from milepost.core.units import known_factors, standard_unit
from milepost.protocol import LabTest

_CODE = {reason: code for code, reason in enumerate(WHY)}
NOTES: dict[str, str] = {
    "": "nothing to note",
    "NO_BASELINE": "there is no baseline: graded by the limits of normal",
    "BASELINE_RANGE": "whether baseline was normal is not known: graded by the limits of normal",
    "UNCORRECTED": "calcium without an albumin of the same day: graded as reported",
    "FASTING_UNKNOWN": "not known whether fasting: both ends are given",
}
_NOTE = {note: code for code, note in enumerate(NOTES)}


@dataclass(frozen=True)
class Context:
    """What grading needs to know beside the entries. `unit`: of each entry, a place in `units` (-1: none);
    `fasting`: 1 yes, 0 no, -1 unknown; `baseline`: place of each entry's baseline (-1: none); `is_baseline`: entries
    that are one; `anticoagulated`: an anticoagulant was taken on the day."""

    terms: dict[tuple[str, Direction], list[Term]]
    tests: dict[str, LabTest]
    codes: list[str]
    as_reported: bool
    unit: np.ndarray
    units: list[str]
    fasting: np.ndarray
    baseline: np.ndarray
    is_baseline: np.ndarray
    anticoagulated: np.ndarray
    rejected: np.ndarray


@dataclass(frozen=True)
class Graded:
    """Of each entry in one direction: the grade that stands, lowest and highest possible, why there is none (place in
    `WHY`), what to note (place in `NOTES`), and the term (place in `names`, -1: none)."""

    grade: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    why: np.ndarray
    note: np.ndarray
    term: np.ndarray
    names: list[str]


def grade_entries(entries: Entries, direction: Direction, context: Context) -> Graded:
    """The grades in one direction. A result given as a range has a grade where both its ends have the same."""
    count = len(entries)
    graded = Graded(
        grade=np.full(count, -1, dtype=np.int8),
        lowest=np.full(count, -1, dtype=np.int8),
        highest=np.full(count, -1, dtype=np.int8),
        why=np.zeros(count, dtype=np.int8),
        note=np.zeros(count, dtype=np.int8),
        term=np.full(count, -1, dtype=np.int16),
        names=[],
    )
    by_test = np.argsort(entries.test, kind="stable")
    ends = np.searchsorted(entries.test[by_test], np.arange(len(context.codes) + 1))
    for number, code in enumerate(context.codes):
        rows = by_test[ends[number] : ends[number + 1]]
        for term in context.terms.get((code, direction), []) if len(rows) else []:
            _grade_test(term, rows, entries, context, graded)
    return graded


def _grade_test(term: Term, rows: np.ndarray, entries: Entries, context: Context, into: Graded) -> None:
    if term.fasting is not None:
        rows = rows[context.fasting[rows] != int(not term.fasting)]
    into.names.append(term.name)
    into.term[rows] = len(into.names) - 1
    before, is_baseline = entries.periods.before_dose[rows], context.is_baseline[rows]
    into.why[rows[before]] = _CODE["PRE_DOSE"]
    into.why[rows[entries.periods.ady[rows] == 0]] = _CODE["NOT_TREATED"]
    into.why[rows[entries.corrected[rows]]] = _CODE["CORRECTED"]
    rows = rows[(~before | is_baseline) & ~entries.corrected[rows]]
    if not len(rows):
        return
    measured = _measured(term, rows, entries, context)
    grades, grade = _by_unit_system(term, rows, measured, entries, context)
    if term.fasting:
        # where it is not known whether fasting, the limits for other samples were put in before
        unknown = (context.fasting[rows] < 0) & (grades.highest >= 0) & (into.lowest[rows] >= 0)
        lowest = np.where(unknown, np.minimum(grades.lowest, into.lowest[rows]), grades.lowest)
        grades = grades._replace(lowest=lowest.astype(np.int8))
    rejected = context.rejected[rows]
    into.grade[rows], into.lowest[rows], into.highest[rows] = grade, grades.lowest, grades.highest
    into.why[rows] = np.where(rejected, _CODE["REJECTED"], grades.why)
    into.note[rows] = _notes(term, rows, measured, entries, context)


def _measured(term: Term, rows: np.ndarray, entries: Entries, context: Context) -> Measured:
    """The entries with their baselines; a baseline row itself is judged without one."""
    amounts = entries.amounts
    found = np.where(context.is_baseline[rows], -1, context.baseline[rows])
    # a baseline in another unit that nobody can convert is no baseline for this row
    found = np.where((found >= 0) & (amounts.unit_key[found] == amounts.unit_key[rows]), found, -1)
    base = amounts.value.take(found).where(found >= 0)
    state = np.where(found >= 0, entries.range[found], UNKNOWN)
    value, nudge = to_bound(amounts.take(rows), term.direction, worse=True)
    return Measured(
        value, nudge, amounts.lln.take(rows), amounts.uln.take(rows), base, state == HIGH, state == LOW,
        context.anticoagulated[rows] & ~context.is_baseline[rows],
    )  # fmt: skip


def _by_unit_system(
    term: Term, rows: np.ndarray, measured: Measured, entries: Entries, context: Context
) -> tuple[Grades, np.ndarray]:
    """Lowest and highest grade, and the one that stands: US limits for reports in the US unit, SI limits otherwise."""
    count = len(rows)
    nothing = np.full(count, -1, dtype=np.int8)
    grades = Grades(nothing, nothing.copy(), np.zeros(count, dtype=np.int8))
    grade = np.full(count, -1, dtype=np.int8)
    needs_unit = term.unit is not None and term.unit != "1"
    known = entries.amounts.unit_key[rows] == CANONICAL
    us = np.zeros(count, dtype=bool)
    if context.as_reported and term.us_unit is not None:
        in_us = [place for place, unit in enumerate(context.units) if standard_unit(unit) == term.us_unit]
        us = np.isin(context.unit[rows], in_us) & ~entries.derived[rows] & known
    lots: list[tuple[np.ndarray, bool, Decimal]] = []
    factors = entries.amounts.factor[rows]
    for factor in sorted(set(factors[us].tolist())):
        lots.append((us & (factors == factor), True, factor))
    scale = _scale(term, context.tests.get(context.codes[int(entries.test[rows[0]])]))
    gradable = ~us & (known | (not needs_unit)) & (scale is not None)
    lots.append((gradable, False, scale or Decimal(1)))
    grades.why[~us & ~gradable] = _CODE["UNIT" if term.limbs else "NOT_NUMERIC"]
    for chosen, in_us_units, factor in lots:
        here = np.flatnonzero(chosen)
        if len(here):
            found, standing = _both_ends(
                term, rows[here], _part(measured, here), entries, in_us_units, factor
            )
            for whole, part in zip((*grades, grade), (*found, standing), strict=True):
                whole[here] = part
    return grades, grade


def _both_ends(
    term: Term, rows: np.ndarray, measured: Measured, entries: Entries, us: bool, scale: Decimal
) -> tuple[Grades, np.ndarray]:
    worst = grade_measured(term, measured, us=us, scale=scale)
    grade = worst.highest.copy()
    amounts = entries.amounts
    ranges = np.flatnonzero((amounts.code[rows] >= 0) & np.isnan(amounts.value.near[rows]))
    if not len(ranges) or not term.limbs:
        return worst, grade
    value, nudge = to_bound(amounts.take(rows[ranges]), term.direction, worse=False)
    mild = grade_measured(
        term, _part(measured, ranges)._replace(value=value, nudge=nudge), us=us, scale=scale
    )
    lowest, why = worst.lowest.copy(), worst.why.copy()
    lowest[ranges] = mild.lowest
    differ = (mild.highest != worst.highest[ranges]) | (mild.why > 0)
    grade[ranges[differ]] = -1
    why[ranges[differ]] = np.where(worst.why[ranges] > 0, worst.why[ranges], _CODE["CENSORED"])[differ]
    return Grades(lowest, worst.highest, why), grade


def _part(measured: Measured, rows: np.ndarray) -> Measured:
    return Measured(
        measured.value.take(rows), measured.nudge[rows], measured.lln.take(rows), measured.uln.take(rows),
        measured.base.take(rows), measured.raised[rows], measured.lowered[rows], measured.anticoagulated[rows],
    )  # fmt: skip


def _scale(term: Term, test: LabTest | None) -> Decimal | None:
    """The term's SI unit in the test's canonical unit; None where the study has no factor for it."""
    if term.unit is None or term.unit == "1" or test is None:
        return Decimal(1)
    return known_factors(test).get(standard_unit(term.unit))


def _notes(
    term: Term, rows: np.ndarray, measured: Measured, entries: Entries, context: Context
) -> np.ndarray:
    notes = np.zeros(len(rows), dtype=np.int8)
    after = ~context.is_baseline[rows]
    if context.codes[int(entries.test[rows[0]])] == "CA":
        notes[after] = _NOTE["UNCORRECTED"]
    if term.fasting is not None:
        notes[after & (context.fasting[rows] < 0)] = _NOTE["FASTING_UNKNOWN"]
    if term.uses_baseline:
        found = context.baseline[rows]
        no_baseline = (found < 0) | (measured.base.near != measured.base.near)
        notes[after & no_baseline] = _NOTE["NO_BASELINE"]
        if term.raised or term.lowered:
            unsure = ~no_baseline & (entries.range[found] == UNKNOWN)
            notes[after & unsure] = _NOTE["BASELINE_RANGE"]
    return notes

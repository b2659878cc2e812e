"""Grades of all laboratory entries, test by test, in the unit system of each report.

A pre-dose row is never graded as a toxicity: only the baseline row is graded, for itself, by its range alone. A result,
or a baseline, reported as a range such as <3 is graded at both its ends. Source: clinical specification, sections 2.6,
4.1 and 4.2.
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
    "NO_BASELINE": "there is no baseline: graded by the limits of normal",
    "BASELINE_RANGE": "whether baseline was normal is not known: graded by the limits of normal",
    "CORRECTED": "calcium graded by its value corrected for the albumin of the same day, which row CACORR shows",
    "UNCORRECTED": "calcium without an albumin of the same day: graded as reported",
    "FASTING_UNKNOWN": "not known whether fasting: both ends are given",
    "CENSORED": "a range such as <3 whose ends have different grades: the milder end counts as worst grade",
    "BASELINE_CENSORED": "the baseline is such a range: the milder end counts as worst grade",
    "RANGE_REVERSED": "lower limit of normal above the upper one: a grade that hangs on one of them has DATAERR",
    "SPECIMEN_UNKNOWN": "the word for the specimen is not known, so it is not taken for blood",
    "PART_ABOVE_WHOLE": "above the whole of the same sample: one of the two results is wrong",
}
NOTE = {note: 1 << place for place, note in enumerate(NOTES)}


@dataclass(frozen=True)
class Context:
    """What grading needs to know beside the entries. `unit`: of each entry, a place in `units` (-1: none);
    `fasting`: 1 yes, 0 no, -1 unknown; `baseline`: place of each entry's baseline (-1: none); `is_baseline`: entries
    that are one; `anticoagulated`: an anticoagulant was taken on the day; `note`: what else to note of each entry."""

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
    note: np.ndarray


@dataclass(frozen=True)
class Graded:
    """Of each entry in one direction: lowest and highest possible grade, why there is none (place in `WHY`), what to
    note (sum of `NOTE`), and the term (place in `names`, -1: none).

    counted: the grade that counts as worst grade, in shifts and as baseline grade: the highest whatever the symptoms,
    but of a range that of its milder end, which is certain. unlimited: the highest grade that needs no limit of normal,
    told only of entries whose limits contradict each other.
    """

    lowest: np.ndarray
    highest: np.ndarray
    counted: np.ndarray
    unlimited: np.ndarray
    why: np.ndarray
    note: np.ndarray
    term: np.ndarray
    names: list[str]


def grade_entries(entries: Entries, direction: Direction, context: Context) -> Graded:
    """The grades in one direction."""
    count = len(entries)
    graded = Graded(
        **{name: np.full(count, -1, dtype=np.int8) for name in ("lowest", "highest", "counted", "unlimited")},
        why=np.zeros(count, dtype=np.int8),
        note=np.zeros(count, dtype=np.int16),
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
    foreign = entries.foreign[rows]
    into.why[rows[foreign]] = _CODE["SPECIMEN"]
    rows = rows[(~before | is_baseline) & ~foreign]
    if not len(rows):
        return
    worst = _measured(term, rows, entries, context, worse=True)
    grades = _by_unit_system(term, rows, worst, entries, context)
    counted = grades.highest.copy()
    notes = _notes(term, rows, worst, entries, context)
    ranges = np.flatnonzero(_is_range(term, rows, entries, context))
    if len(ranges) and term.limbs:
        _at_milder_end(term, rows, ranges, (grades, counted, notes), entries, context)
    if term.fasting:
        # where it is not known whether fasting, the limits for other samples were put in before
        unknown = (context.fasting[rows] < 0) & (grades.highest >= 0) & (into.lowest[rows] >= 0)
        lowest = np.where(unknown, np.minimum(grades.lowest, into.lowest[rows]), grades.lowest)
        grades = grades._replace(lowest=lowest.astype(np.int8))
    into.lowest[rows], into.highest[rows], into.counted[rows] = grades.lowest, grades.highest, counted
    into.why[rows] = np.where(context.rejected[rows], _CODE["REJECTED"], grades.why)
    into.note[rows] = notes
    doubtful = np.flatnonzero(entries.amounts.reversed_range[rows])
    if len(doubtful):
        without = _part(worst, doubtful)
        never = np.zeros(len(doubtful), dtype=bool)
        without = without._replace(lln=without.lln.where(never), uln=without.uln.where(never))
        alone = _by_unit_system(term, rows[doubtful], without, entries, context)
        into.unlimited[rows[doubtful]] = alone.highest


def _at_milder_end(
    term: Term,
    rows: np.ndarray,
    ranges: np.ndarray,
    into: tuple[Grades, np.ndarray, np.ndarray],
    entries: Entries,
    context: Context,
) -> None:
    """Puts in the grades of the milder end; where that end has none there is no grade."""
    (lowest, highest, why), counted, notes = into
    mild = _by_unit_system(
        term,
        rows[ranges],
        _measured(term, rows[ranges], entries, context, worse=False),
        entries,
        context,
    )
    graded = (mild.why == 0) & (why[ranges] == 0)
    differ = graded & ((mild.highest != highest[ranges]) | (mild.lowest != lowest[ranges]))
    censored = _is_censored(entries, rows[ranges])
    notes[ranges[differ & censored]] |= NOTE["CENSORED"]
    notes[ranges[differ & ~censored]] |= NOTE["BASELINE_CENSORED"]
    why[ranges] = np.where(why[ranges] > 0, why[ranges], mild.why)
    lowest[ranges] = np.where(graded, mild.lowest, -1)
    counted[ranges] = np.where(graded, mild.highest, -1)
    highest[ranges[~graded]] = -1


def _is_censored(entries: Entries, rows: np.ndarray) -> np.ndarray:
    """Which of these entries are a range such as <3."""
    return np.asarray((entries.amounts.code[rows] >= 0) & np.isnan(entries.amounts.value.near[rows]))


def _is_range(term: Term, rows: np.ndarray, entries: Entries, context: Context) -> np.ndarray:
    """Which entries have two ends to grade: their own, or those of the baseline they are judged by."""
    found = _baseline_of(rows, entries, context)
    of_base = (found >= 0) & _is_censored(entries, found) & (not term.can_do_without_baseline)
    return np.asarray(_is_censored(entries, rows) | of_base)


def _baseline_of(rows: np.ndarray, entries: Entries, context: Context) -> np.ndarray:
    """Place of the baseline each entry is judged by; -1 for a baseline row itself, which is judged without one."""
    keys = entries.amounts.unit_key
    found = np.where(context.is_baseline[rows], -1, context.baseline[rows])
    # a baseline in another unit that nobody can convert is no baseline for this row
    return np.where((found >= 0) & (keys[found] == keys[rows]), found, -1)


def _measured(term: Term, rows: np.ndarray, entries: Entries, context: Context, *, worse: bool) -> Measured:
    """The entries with their baselines, each at its worse or milder end; calcium by its corrected value."""
    amounts = entries.amounts
    corrected = entries.corrected[rows]
    value, nudge = to_bound(
        amounts.take(np.where(corrected >= 0, corrected, rows)), term.direction, worse=worse
    )
    found = _baseline_of(rows, entries, context)
    # the milder the baseline, the worse the change from it; where a term is graded without one too, only what is
    # certain of it counts
    base, base_nudge = to_bound(
        amounts.take(found), term.direction, worse=not worse or term.can_do_without_baseline
    )
    state = np.where(found >= 0, entries.range[found], UNKNOWN)
    return Measured(
        value, nudge, amounts.lln.take(rows), amounts.uln.take(rows), base.where(found >= 0),
        np.where(found >= 0, base_nudge, 0).astype(np.int8), state == HIGH, state == LOW,
        context.anticoagulated[rows] & ~context.is_baseline[rows],
    )  # fmt: skip


def _by_unit_system(
    term: Term, rows: np.ndarray, measured: Measured, entries: Entries, context: Context
) -> Grades:
    """Lowest and highest grade: US limits for reports in the US unit, SI limits otherwise."""
    count = len(rows)
    nothing = np.full(count, -1, dtype=np.int8)
    grades = Grades(nothing, nothing.copy(), np.zeros(count, dtype=np.int8))
    needs_unit = term.unit is not None and term.unit != "1"
    known = entries.amounts.unit_key[rows] == CANONICAL
    us = in_unit(context, rows, term.us_unit) & known
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
            found = grade_measured(term, _part(measured, here), us=in_us_units, scale=factor)
            for whole, part in zip(grades, found, strict=True):
                whole[here] = part
    return grades


def in_unit(context: Context, rows: np.ndarray, unit: str | None) -> np.ndarray:
    """Which entries were reported in this unit and are graded as reported."""
    if unit is None or not context.as_reported:
        return np.zeros(len(rows), dtype=bool)
    places = [place for place, text in enumerate(context.units) if standard_unit(text) == unit]
    return np.isin(context.unit[rows], places)


def _part(measured: Measured, rows: np.ndarray) -> Measured:
    return Measured(
        measured.value.take(rows), measured.nudge[rows], measured.lln.take(rows), measured.uln.take(rows),
        measured.base.take(rows), measured.base_nudge[rows], measured.raised[rows], measured.lowered[rows],
        measured.anticoagulated[rows],
    )  # fmt: skip


def _scale(term: Term, test: LabTest | None) -> Decimal | None:
    """The term's SI unit in the test's canonical unit; None where the study has no factor for it."""
    if term.unit is None or term.unit == "1" or test is None:
        return Decimal(1)
    return known_factors(test).get(standard_unit(term.unit))


def _notes(
    term: Term, rows: np.ndarray, measured: Measured, entries: Entries, context: Context
) -> np.ndarray:
    notes = np.zeros(len(rows), dtype=np.int16)
    after = ~context.is_baseline[rows]
    if context.codes[int(entries.test[rows[0]])] == "CA":
        notes[entries.corrected[rows] >= 0] |= NOTE["CORRECTED"]
        notes[after & (entries.corrected[rows] < 0)] |= NOTE["UNCORRECTED"]
    if term.fasting is not None:
        notes[after & (context.fasting[rows] < 0)] |= NOTE["FASTING_UNKNOWN"]
    if term.uses_baseline:
        found = context.baseline[rows]
        no_baseline = (found < 0) | ~measured.base.known
        notes[after & no_baseline] |= NOTE["NO_BASELINE"]
        if term.raised or term.lowered:
            unsure = ~no_baseline & (entries.range[found] == UNKNOWN)
            notes[after & unsure] |= NOTE["BASELINE_RANGE"]
    return notes

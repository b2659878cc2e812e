"""Laboratory toxicity: every result with its CTCAE grades, baseline, worst value on treatment and shift (ADLB).

Source: clinical specification, sections 3.3, 3.4 (end), 4.1 and 4.2.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
import pandas as pd

from milepost.core.anticoagulation import is_anticoagulated
from milepost.core.corrected_calcium import (
    ALBUMIN,
    CALCIUM,
    CORRECTED,
    LABEL,
    US_UNIT,
    derive_corrected_calcium,
    is_correctable,
)
from milepost.core.lab_adlb import to_adlb
from milepost.core.lab_amounts import NO_FACTORS, SiteFactors, select_results, to_amounts
from milepost.core.lab_baseline import with_baselines
from milepost.core.lab_counts import countable, derive_counts, find_parts_above_whole
from milepost.core.lab_draws import to_draws
from milepost.core.lab_entries import Entries, to_entries
from milepost.core.lab_grades import NOTE, Context, grade_entries
from milepost.core.lab_grading import find_terms
from milepost.core.lab_periods import to_line_order, to_periods
from milepost.core.lab_problems import find_problems
from milepost.core.specimens import is_any_of, is_blood, is_known_specimen
from milepost.core.units import standard_unit
from milepost.protocol import StudyProtocol

_FASTING_LOINC = ("14771-0",)
_NEEDED = [
    "KNOWN_FROM", "DELIVERY", "SRCLINE", "RECKEY", "SITEID", "USUBJID", "STATUS", "ADT", "LBTESTCD", "LBLOINC",
    "LBORRES", "LBORRESU", "LBORNRLO", "LBORNRHI", "LBSPEC", "LBDTC", "LBFAST", "VISIT",
]  # fmt: skip


class LabToxicity(NamedTuple):
    """adlb: see `derive_lab_toxicity`. problems: rows for `core.problems`."""

    adlb: pd.DataFrame
    problems: pd.DataFrame


def derive_lab_toxicity(
    labs: pd.DataFrame,
    lines: pd.DataFrame,
    *,
    protocol: StudyProtocol,
    as_of: dt.date,
    cm: pd.DataFrame | None = None,
    dm: pd.DataFrame | None = None,
    site_factors: SiteFactors = NO_FACTORS,
) -> LabToxicity:
    """Every laboratory result up to the cut-off in its therapy line, graded in both directions.

    Needs the record frames of LB (newest versions), `lines` of `derive_lines` and, for INR, CM. dm is not used: limits
    come from the report, which knows the patient's sex. site_factors: factors to the canonical unit of single sites, by
    test and unit.

    adlb, one row a record (sorted by USUBJID LINE PARAMCD ADT and time), and one more where calcium is corrected for
    albumin (PARAMCD CACORR), where a count of neutrophils or lymphocytes is computed from a percentage, and where a
    record of one line is the baseline of the next. Columns: USUBJID SITEID LINE ARMCD; PARAMCD PARAM AVAL (Decimal in
    AVALU; empty where the result is a range such as <3, AVALC then has the text) LBORRES LBORRESU ADT ADTM (time of
    day) ADY VISIT; ANRLO ANRHI ANRIND (LOW NORMAL HIGH); BASE BNRIND ABLFL CHG PCHG; XULN XLLN XBL (result as a
    multiple of limits and baseline, floats); ATOXDSCL ATOXDSCH (term, low and high); ATOXGRL ATOXGRH (0-4; the highest
    the result allows, whatever the symptoms or the value in a range such as <3; empty where there is none, REASONL and
    REASONH say why, REASON either); GRMINL GRMAXL GRMINH GRMAXH (lowest and highest possible); ATOXGR (the higher of
    both); BTOXGRL BTOXGRH (of the baseline, by its own range); ONTRTFL (Y from first dose, after dosing, to last dose +
    safety.lab_days); WORSTLFL WORSTHFL (Y: first row with the highest grade on treatment); SHIFTL SHIFTH ("0 to 3");
    NOTE (words of `NOTES`, several with a blank between); DTYPE (DERIVED: not reported); DATAERR; SRC (both records of
    a derived row); RECKEY DELIVERY SRCLINE of the record, of a derived row that of the calcium or percentage.

    Worst grade, shift and baseline grade count what is certain: of a range the grade of its milder end, so that "<50"
    platelets are 3 there and 4 in ATOXGRL. Calcium is graded by its corrected value in its own row (PARAMCD CA), which
    alone is flagged as worst and shifts; row CACORR shows the value and the same grades. Only blood is graded: a row
    of another specimen is no baseline and no part of a computed value. Of limits of normal that contradict each other
    each direction uses its own one, and DATAERR tells where the grade hangs on it.

    Grade 0 means graded and not abnormal. Rows before first dose have no ATOXGR. A missing limit, unit or baseline
    number is a reason and a problem, never grade 0.
    """
    seen, undated = select_results(labs, as_of)
    records = labs[_NEEDED].iloc[seen].reset_index(drop=True)
    # a first dose after the cut-off has not been given yet
    lines = lines.assign(FIRSTDOSE=lines["FIRSTDOSE"].where(lines["FIRSTDOSE"] <= pd.Timestamp(as_of)))
    ordered = to_line_order(lines)
    tests = {test.code: test for test in protocol.tests}
    found, words = pd.factorize(records["LBTESTCD"].where(records["LBTESTCD"].notna(), ""))
    codes = [str(word) for word in words]
    if is_correctable(tests):
        codes += [code for code in (CALCIUM, ALBUMIN, CORRECTED) if code not in codes]
    percentages = {part: count for part, count in countable(tests).items() if part in codes}
    codes += [code for code in percentages.values() if code not in codes]
    number = {code: place for place, code in enumerate(codes)}
    entries = to_entries(
        found.astype(np.int32),
        to_amounts(records, protocol, site_factors),
        to_periods(records, lines, ordered),
        _is_foreign(records, protocol),
    )
    draws = to_draws(entries, records)
    above_whole = find_parts_above_whole(entries, draws, number)
    if is_correctable(tests):
        us = _is_in_us_units(records, protocol)
        entries = derive_corrected_calcium(entries, draws, number, us)
    if percentages:
        entries = derive_counts(entries, draws, number, percentages)
    entries, baseline = with_baselines(entries, ordered, records, len(codes))
    context = _context(entries, records, baseline, codes, protocol, cm, above_whole)
    low, high = grade_entries(entries, "L", context), grade_entries(entries, "H", context)
    labels = {test.code: test.label for test in protocol.tests} | {CORRECTED: LABEL}
    adlb = to_adlb(entries, records, lines, low, high, context, labels, protocol.safety.lab_days)
    problems = find_problems(adlb, labs.iloc[undated])
    return LabToxicity(adlb, problems)


def _context(
    entries: Entries,
    records: pd.DataFrame,
    baseline: np.ndarray,
    codes: list[str],
    protocol: StudyProtocol,
    cm: pd.DataFrame | None,
    above_whole: np.ndarray,
) -> Context:
    at, line = entries.at, entries.periods.line
    key = np.where(line >= 0, line * len(codes) + entries.test, 0)
    judged = (line >= 0) & ~entries.foreign
    of = np.where(judged, baseline[key], -1) if len(baseline) else np.full(len(entries), -1)
    unit, units = pd.factorize(records["LBORRESU"])
    fasting = records["LBFAST"].map({"Y": 1, "N": 0}).fillna(-1).to_numpy(np.int8)
    fasting = np.where(records["LBLOINC"].isin(_FASTING_LOINC), 1, fasting)
    anticoagulated = np.zeros(len(records), dtype=bool)
    if cm is not None and "INR" in codes:
        inr = np.flatnonzero(records["LBTESTCD"].eq("INR"))
        anticoagulated[inr] = is_anticoagulated(records.iloc[inr], cm, protocol.safety.anticoagulants)
    return Context(
        terms=find_terms(protocol.ctcae_version),
        tests={test.code: test for test in protocol.tests},
        codes=codes,
        as_reported=protocol.safety.grade_units == "AS_REPORTED",
        unit=unit[at],
        units=[str(word) for word in units],
        fasting=fasting[at],
        baseline=of,
        is_baseline=of == np.arange(len(entries)),
        anticoagulated=anticoagulated[at],
        rejected=records["STATUS"].eq("REJECTED").to_numpy(bool)[at],
        note=_notes(entries, records, above_whole),
    )


def _is_foreign(records: pd.DataFrame, protocol: StudyProtocol) -> np.ndarray:
    """Which records of a graded test are of another specimen than blood."""
    graded = {test for test, _ in find_terms(protocol.ctcae_version)}
    others = {word for word in records["LBSPEC"].dropna().unique() if not is_blood(word)}
    return is_any_of(records["LBSPEC"], others) & records["LBTESTCD"].isin(graded).to_numpy(bool)


def _is_in_us_units(records: pd.DataFrame, protocol: StudyProtocol) -> np.ndarray:
    """Which records are in mg/dL and graded as they are."""
    words = {word for word in records["LBORRESU"].dropna().unique() if standard_unit(word) == US_UNIT}
    as_reported = protocol.safety.grade_units == "AS_REPORTED"
    return is_any_of(records["LBORRESU"], words if as_reported else set())


def _notes(entries: Entries, records: pd.DataFrame, above_whole: np.ndarray) -> np.ndarray:
    """What is to be noted of an entry whatever its grade."""
    unknown = {word for word in records["LBSPEC"].dropna().unique() if not is_known_specimen(word)}
    strange = is_any_of(records["LBSPEC"], unknown)[entries.at] & entries.foreign
    notes = np.zeros(len(entries), dtype=np.int16)
    notes[entries.amounts.reversed_range] |= NOTE["RANGE_REVERSED"]
    notes[above_whole[entries.at] & ~entries.derived] |= NOTE["PART_ABOVE_WHOLE"]
    notes[strange] |= NOTE["SPECIMEN_UNKNOWN"]
    return notes

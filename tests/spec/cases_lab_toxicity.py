"""Laboratory toxicity: baseline, limits of normal, units, ranges, and which rows count.

Clinical specification sections 3.4 (baseline), 4.1 (limits and units) and 4.2 (CTCAE), traps 26 to 32. Answers are
typed in by hand from those pages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

FIRST_DOSE = "2026-03-02"
SCREENING, DAY_8, DAY_15 = "2026-02-27", "2026-03-09", "2026-03-16"


@dataclass(frozen=True)
class Lab:
    """One laboratory row as delivered."""

    test: str
    date: str
    result: str | None
    unit: str | None = None
    low: str | None = None
    high: str | None = None
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A sentence, the rows of one patient, and for each row the columns of ADLB that the sentence is about.

    answers: in the order of `labs`; None: the row is not in ADLB. further: rows made beside the reported ones, by
    PARAMCD and line. rules: the questions to the site that arise, sorted. lines: (first dose, its time, last dose or
    None while it goes on). medication: (name, start, end).
    """

    title: str
    section: str
    labs: tuple[Lab, ...]
    answers: tuple[dict[str, Any] | None, ...]
    further: dict[tuple[str, int], dict[str, Any] | tuple[dict[str, Any], ...]] = field(default_factory=dict)
    rules: tuple[str, ...] | None = None
    lines: tuple[tuple[str, str | None, str | None], ...] = ((FIRST_DOSE, None, None),)
    medication: tuple[tuple[str, str | None, str | None], ...] = ()
    version: str = "5.0"
    grade_units: str = "AS_REPORTED"
    as_of: str = "2026-12-31"


def alt(date: str, result: str | None, high: str | None = "40", **more: Any) -> Lab:
    """ALT in U/L."""
    return Lab("ALT", date, result, "U/L", "9", high, more)


def inr(date: str, result: str) -> Lab:
    """INR, which has no unit."""
    return Lab("INR", date, result, None, "0.8", "1.2")


def plat(date: str, result: str, low: str | None = "100") -> Lab:
    """Platelets in 10^9/L."""
    return Lab("PLAT", date, result, "10^9/L", low, "300")


def sodium(date: str, result: str, low: str, high: str) -> Lab:
    """Sodium in mmol/L."""
    return Lab("SODIUM", date, result, "mmol/L", low, high)


CASES: tuple[Case, ...] = (
    # ---- baseline
    Case("The baseline is the last value before first dose, judged by its own range", "4.2",
         (alt("2026-02-20", "30"), alt(SCREENING, "80"), alt(DAY_8, "120", "50")),
         ({"ABLFL": None, "BASE": "80"}, {"ABLFL": "Y", "BNRIND": "HIGH"},
          {"BASE": "80", "BNRIND": "HIGH", "CHG": 40.0, "PCHG": 50.0, "XULN": 2.4, "XBL": 1.5,
           "ATOXGRH": 1}), rules=()),
    Case("A baseline above the limit of another day's report is not high if its own report calls it normal", "4.1",
         (alt(SCREENING, "45", "50"), alt(DAY_8, "121", "40")),
         ({"BNRIND": "NORMAL"}, {"ATOXGRH": 2}), rules=()),
    Case("A raised baseline leaves a gap: 2.5 x ULN is grade 0 where it is 1.25 x baseline, and both are shown", "4.2",
         (alt(SCREENING, "80"), alt(DAY_8, "100")),
         ({"BTOXGRH": 1}, {"ATOXGRH": 0, "XULN": 2.5, "XBL": 1.25, "SHIFTH": "1 to 0"})),
    Case("Without a baseline the limits of normal decide, and the site is asked", "4.2",
         (alt(DAY_8, "121"),), ({"ATOXGRH": 2, "NOTE": "NO_BASELINE", "BASE": None, "SHIFTH": "missing to 2"},),
         rules=("LB-NO-BASELINE",)),
    Case("A baseline without its own limit cannot be called raised: the limits of normal decide, and the site is asked",
         "4.2", (alt(SCREENING, "80", None), alt(DAY_8, "121")),
         ({"BTOXGRH": None, "BNRIND": None}, {"ATOXGRH": 2, "NOTE": "BASELINE_RANGE"}),
         rules=("LB-BASELINE-NO-RANGE",)),
    Case("On the day of first dose a sample before the dose is baseline, a later one is on treatment", "3.4",
         (alt("2026-03-02T08:00", "30"), alt("2026-03-02T09:00", "121"), alt("2026-03-02T10:00", "41")),
         ({"ABLFL": "Y", "ADY": 1, "ONTRTFL": None, "ATOXGRH": None, "REASON": "PRE_DOSE"},
          {"ABLFL": None, "ONTRTFL": "Y", "ATOXGRH": 2}, {"ONTRTFL": "Y", "ATOXGRH": 1}),
         lines=((FIRST_DOSE, "09:00", None),)),
    Case("A sample of the day of first dose without a time counts as drawn before the dose", "3.4",
         (alt(SCREENING, "30"), alt(FIRST_DOSE, "50")),
         ({"ABLFL": None}, {"ABLFL": "Y", "ADY": 1, "ATOXGRH": None, "BTOXGRH": 1}),
         lines=((FIRST_DOSE, "09:00", None),)),
    Case("On one day an untimed sample loses to a timed one", "3.1",
         (alt("2026-02-27T08:00", "30"), alt("2026-02-27", "90")), ({"ABLFL": "Y"}, {"ABLFL": None, "BASE": "30"})),
    Case("A row before first dose is never a toxicity, however abnormal", "trap 26",
         (alt(SCREENING, "900"), alt("2026-02-28", "850")),
         ({"ATOXGRH": None, "REASON": "PRE_DOSE", "ONTRTFL": None, "WORSTHFL": None}, {"ABLFL": "Y", "BTOXGRH": 4})),
    Case("The baseline of the second line is the last value before its first dose, also one of the first line", "3.5",
         (alt(SCREENING, "30"), alt(DAY_8, "130"), alt("2026-06-08", "390"), alt("2026-06-09", "391")),
         ({"LINE": 1, "ABLFL": "Y"}, {"LINE": 1, "ATOXGRH": 2, "BASE": "30"},
          {"LINE": 2, "BASE": "130", "BNRIND": "HIGH", "ADY": 8, "ATOXGRH": 1}, {"LINE": 2, "ATOXGRH": 2}),
         further={("ALT", 2): {"ABLFL": "Y", "AVAL": "130", "ADY": -84, "ATOXGRH": None, "ONTRTFL": None}},
         lines=((FIRST_DOSE, None, "2026-05-01"), ("2026-06-01", None, None))),
    # ---- limits of normal
    Case("A missing upper limit is no grade and a question, never grade 0", "4.1",
         (alt(SCREENING, "30"), alt(DAY_8, "900", None)),
         ({}, {"ATOXGRH": None, "REASON": "NO_ULN", "XULN": None}), rules=("LB-NO-RANGE",)),
    Case("An unknown limit blocks only the limbs that use it: a raised baseline still grades", "4.1",
         (alt(SCREENING, "80"), alt(DAY_8, "241", None)), ({}, {"ATOXGRH": 2, "REASON": None}), rules=()),
    Case("A result that no limb of a raised baseline reaches is not called normal without its own limit", "4.1",
         (alt(SCREENING, "80"), alt(DAY_8, "100", None)),
         ({}, {"ATOXGRH": None, "REASON": "NO_ULN"}), rules=("LB-NO-RANGE",)),
    Case("Platelets of 74 are grade 2 without any limit; 75 without a lower limit cannot be told from normal", "4.1",
         (plat(DAY_8, "74", None), plat(DAY_15, "75", None)),
         ({"ATOXGRL": 2}, {"ATOXGRL": None, "REASON": "NO_LLN"}), rules=("LB-NO-RANGE",)),
    Case("Of limits that contradict each other each direction uses its own, and the site is asked", "4.1",
         (sodium(SCREENING, "140", "135", "145"), sodium(DAY_8, "130", "140", "100"),
          sodium(DAY_8, "139", "140", "100"), sodium(DAY_8, "140", "140", "100")),
         ({}, {"ATOXGRL": 1, "DATAERR": "LB-RANGE-REVERSED", "NOTE": "RANGE_REVERSED", "ANRLO": "140", "ANRHI": "100",
               "ANRIND": None, "XLLN": None, "XULN": None},
          {"ATOXGRL": 1}, {"ATOXGRL": 0, "DATAERR": "LB-RANGE-REVERSED"}),
         rules=("LB-RANGE-REVERSED",)),
    Case("A grade that needs no limit stands, though the limits contradict each other", "4.1",
         (plat(DAY_8, "10", "400"), plat(DAY_15, "80", "400")),
         ({"ATOXGRL": 4, "DATAERR": None, "NOTE": "RANGE_REVERSED"},
          {"ATOXGRL": 1, "DATAERR": "LB-RANGE-REVERSED"}), rules=("LB-RANGE-REVERSED",)),
    Case("A baseline whose limits contradict each other is neither normal nor raised", "4.2",
         (Lab("ALT", SCREENING, "80", "U/L", "50", "40"), alt(DAY_8, "121")),
         ({"BNRIND": None}, {"ATOXGRH": 2, "NOTE": "BASELINE_RANGE"}),
         rules=("LB-BASELINE-NO-RANGE", "LB-RANGE-REVERSED")),
    Case("A limit printed as <40 is an upper limit of 40", "4.1",
         (alt(SCREENING, "30"), Lab("ALT", DAY_8, "121", "U/L", None, "<40")), ({}, {"ANRHI": "40", "ATOXGRH": 2})),
    Case("Limits differ by sex and laboratory, and each report's own counts", "4.1",
         (alt(SCREENING, "30"), alt(DAY_8, "45", "50"), alt(DAY_15, "45", "40")), ({}, {"ATOXGRH": 0}, {"ATOXGRH": 1})),
    # ---- units
    Case("Triglycerides of 151 mg/dL are graded by the limits in mg/dL", "4.2",
         (Lab("TRIG", DAY_8, "151", "mg/dL"),), ({"ATOXGRH": 1, "AVAL": "1.70479", "AVALU": "mmol/L"},)),
    Case("With grade_units SI the same result is converted first", "4.2",
         (Lab("TRIG", DAY_8, "151", "mg/dL"),), ({"ATOXGRH": 0},), grade_units="SI"),
    Case("Neutrophils in cells per microlitre are converted, limits and all", "trap 32",
         (Lab("NEUT", DAY_8, "450", "/uL", "1800", "6300"),), ({"AVAL": "0.450", "ANRLO": "1.800", "ATOXGRL": 4},)),
    Case("A number without a unit has no grade where the limits are numbers", "4.1",
         (Lab("HGB", DAY_8, "70", None, "115", "150"),),
         ({"ATOXGRL": None, "REASON": "UNIT", "AVAL": None, "AVALC": "70"},), rules=("LB-NO-UNIT",)),
    Case("Where all limits are multiples of the report's own limits no unit is needed", "4.1",
         (Lab("CK", DAY_8, "501", None, "30", "200"),), ({"ATOXGRH": 2, "AVAL": None, "XULN": 2.505},), rules=()),
    Case("A baseline in another unit that nobody can convert is no baseline", "4.1",
         (alt(SCREENING, "80"), Lab("ALT", DAY_8, "2.1", "ukat/L", "0.15", "0.67")),
         ({}, {"BASE": None, "ATOXGRH": 2, "NOTE": "NO_BASELINE"})),
    Case("Haemoglobin in mmol/L is converted before it is graded", "trap 32",
         (Lab("HGB", DAY_8, "4.9", "mmol/L", "7.1", "9.3"),), ({"AVAL": "78.939", "ATOXGRL": 3},)),
    # ---- INR, calcium, glucose
    Case("INR is graded by numbers alone where no anticoagulant is taken", "trap 30",
         (inr(SCREENING, "1.0"), inr(DAY_8, "1.1")), ({}, {"ATOXGRH": 0})),
    Case("Under an anticoagulant multiples of baseline count too, on the days it is taken", "4.2",
         (inr(SCREENING, "1.0"), inr(DAY_8, "1.1"), inr(DAY_15, "1.1")), ({}, {"ATOXGRH": 1}, {"ATOXGRH": 0}),
         medication=(("WARFARIN", "2026-03", "2026-03-10"),)),
    Case("Under an anticoagulant an INR that only a baseline could grade has no grade without one", "4.1",
         (inr(DAY_8, "1.1"), inr(DAY_15, "1.3")), ({"ATOXGRH": None, "REASON": "NO_BASELINE"}, {"ATOXGRH": 1}),
         medication=(("Warfarin", None, None),), rules=("LB-NO-BASELINE",)),
    *(Case(f"{text} is an anticoagulant by the whole word it begins with", "4.2",
           (inr(SCREENING, "1.0"), inr(DAY_8, "1.1")), ({}, {"ATOXGRH": 1}), medication=((text, "2026-03-01", None),))
      for text in ("Warfarin sodium tablets 3 mg", "WARFARIN(3mg)", "华法林钠片 3mg", "华法林钠片3mg", "华法林")),
    *(Case(f"{text} is no anticoagulant: the name is part of another word, or does not stand first", "4.2",
           (inr(SCREENING, "1.0"), inr(DAY_8, "1.1")), ({}, {"ATOXGRH": 0}), medication=((text, "2026-03-01", None),))
      for text in ("Warfarinoid", "Warfarin-free diet", "Stopped warfarin", "华法林宣教")),
    Case("Calcium is graded as corrected for the albumin of its day, in its own row; the corrected one counts no more",
         "4.2",
         (Lab("CA", DAY_8, "2.00", "mmol/L", "2.1", "2.6"), Lab("ALB", DAY_8, "25", "g/L", "35", "55"),
          Lab("CA", DAY_15, "2.20", "mmol/L", "2.1", "2.6"), Lab("ALB", DAY_15, "55", "g/L", "35", "55")),
         ({"ATOXGRL": 0, "ATOXGRH": 0, "REASON": None, "NOTE": "CORRECTED", "AVAL": "2.00", "ANRIND": "LOW"},
          {"ATOXGRL": 2}, {"ATOXGRL": 2, "WORSTLFL": "Y", "SHIFTL": "missing to 2"}, {}),
         further={("CACORR", 1): ({"AVAL": "2.30", "AVALU": "mmol/L", "ATOXGRL": 0, "ATOXGRH": 0, "DTYPE": "DERIVED",
                                   "SRC": ("LB|LB|1", "LB|LB|2")},
                                  {"AVAL": "1.90", "ATOXGRL": 2, "WORSTLFL": None, "SHIFTL": None})}),
    Case("The baseline of calcium has the grade of its corrected value", "4.2",
         (Lab("CA", SCREENING, "2.50", "mmol/L", "2.1", "2.6"), Lab("ALB", SCREENING, "25", "g/L", "35", "55"),
          Lab("CA", DAY_8, "2.50", "mmol/L", "2.1", "2.6")),
         ({"ABLFL": "Y", "BTOXGRH": 1, "ATOXGRH": None, "REASON": "PRE_DOSE"}, {},
          {"ATOXGRH": 0, "BTOXGRH": 1, "SHIFTH": "1 to 0", "NOTE": "UNCORRECTED"}),
         further={("CACORR", 1): {"AVAL": "2.80", "BTOXGRH": 1}}),
    *(Case(f"Calcium of {calcium} mg/dL with albumin of {albumin} {unit} is corrected and graded in mg/dL", "4.2",
           (Lab("CA", DAY_8, calcium, "mg/dL", "8.5", "10.5"), Lab("ALB", DAY_8, albumin, unit)),
           ({"ATOXGRL": low, "ATOXGRH": high, "NOTE": "CORRECTED"}, {}),
           further={("CACORR", 1): {"AVAL": value, "ATOXGRL": low, "ATOXGRH": high}})
      for calcium, albumin, unit, value, low, high in (
          ("8.0", "4.0", "g/dL", "1.9960000", 1, 0), ("7.0", "4.0", "g/dL", "1.7465000", 2, 0),
          ("6.0", "4.0", "g/dL", "1.4970000", 3, 0), ("11.6", "4.0", "g/dL", "2.8942000", 0, 2),
          ("12.5", "40", "g/L", "3.118750", 0, 2), ("13.6", "4.0", "g/dL", "3.3932000", 0, 4),
          # 10.0 + 0.8 x (4.0 - 2.0) = 11.6 mg/dL
          ("10.0", "2.0", "g/dL", "2.8942000", 0, 2))),
    Case("With grade_units SI calcium in mg/dL is converted, then corrected and graded", "4.2",
         (Lab("CA", DAY_8, "8.0", "mg/dL", "8.5", "10.5"), Lab("ALB", DAY_8, "4.0", "g/dL")),
         ({"ATOXGRL": 2}, {}), further={("CACORR", 1): {"AVAL": "1.99600", "ATOXGRL": 2}}, grade_units="SI"),
    Case("Without an albumin of the same day calcium is graded as reported, and the row says so", "4.2",
         (Lab("CA", DAY_8, "1.99", "mmol/L", "2.1", "2.6"), Lab("ALB", DAY_15, "25", "g/L", "35", "55")),
         ({"ATOXGRL": 2, "NOTE": "UNCORRECTED"}, {})),
    Case("Of two albumins of the day that of the calcium's own time is used", "4.2",
         (Lab("CA", "2026-03-09T08:00", "2.0", "mmol/L", "2.1", "2.6"),
          Lab("ALB", "2026-03-09T08:00", "30", "g/L", "35", "55"),
          Lab("ALB", "2026-03-09T20:00", "10", "g/L", "35", "55")),
         ({}, {}, {}), further={("CACORR", 1): {"AVAL": "2.20", "SRC": ("LB|LB|1", "LB|LB|2")}}),
    Case("Version 6.0 grades fasting glucose", "4.2",
         (Lab("GLUC", DAY_8, "9.0", "mmol/L", "3.9", "6.1", {"LBFAST": "Y"}),
          Lab("GLUC", DAY_15, "8.9", "mmol/L", "3.9", "6.1", {"LBFAST": "Y"}),
          Lab("GLUC", "2026-03-17", "9.0", "mmol/L", "3.9", "6.1", {"LBFAST": "N"}),
          Lab("GLUC", "2026-03-18", "9.0", "mmol/L", "3.9", "6.1"),
          Lab("GLUC", "2026-03-19", "27.9", "mmol/L", "3.9", "6.1", {"LBFAST": "N"})),
         ({"ATOXGRH": 2, "ATOXDSCH": "Hyperglycemia (Fasting)"}, {"ATOXGRH": 1},
          {"ATOXGRH": 0, "ATOXDSCH": "Hyperglycemia"},
          {"ATOXGRH": 2, "GRMINH": 0, "GRMAXH": 2, "NOTE": "FASTING_UNKNOWN"}, {"ATOXGRH": 4}), version="6.0"),
    # ---- specimens
    Case("Glucose of urine is not graded as blood's, and is no baseline; a specimen not named is blood", "4.1",
         (Lab("GLUC", SCREENING, "5.0", "mmol/L", "3.9", "6.1"),
          Lab("GLUC", "2026-02-28", "0.5", "mmol/L", "0", "0.8", {"LBSPEC": "URINE"}),
          Lab("GLUC", DAY_8, "0.5", "mmol/L", "0", "0.8", {"LBSPEC": "尿液"}),
          Lab("GLUC", DAY_8, "1.6", "mmol/L", "3.9", "6.1", {"LBSPEC": "血清"})),
         ({"ABLFL": "Y"}, {"ABLFL": None, "REASON": "PRE_DOSE"},
          {"ATOXGRL": None, "GRMINL": None, "REASON": "SPECIMEN", "BASE": None, "WORSTLFL": None, "AVAL": "0.5"},
          {"ATOXGRL": 4, "BASE": "5.0", "WORSTLFL": "Y"}), rules=()),
    Case("A specimen by an unknown word is not taken for blood, and the site is asked", "4.1",
         (plat(DAY_8, "10"), Lab("PLAT", DAY_15, "10", "10^9/L", "100", "300", {"LBSPEC": "TUBE 3"})),
         ({"ATOXGRL": 4}, {"ATOXGRL": None, "REASON": "SPECIMEN", "NOTE": "SPECIMEN_UNKNOWN"}),
         rules=("LB-SPECIMEN-UNKNOWN",)),
    Case("Albumin of ascites corrects no calcium", "4.2",
         (Lab("CA", DAY_8, "2.00", "mmol/L", "2.1", "2.6"),
          Lab("ALB", DAY_8, "10", "g/L", None, None, {"LBSPEC": "ASCITES"})),
         ({"NOTE": "UNCORRECTED", "ATOXGRL": 1}, {"REASON": "SPECIMEN"}), rules=()),
    # ---- counts and their parts
    Case("A percentage of neutrophils makes a count with the leucocytes of the same sample", "4.1",
         (Lab("WBC", "2026-03-09T08:00", "2.5", "10^9/L", "3.5", "9.5"),
          Lab("NEUTPCT", "2026-03-09T08:00", "38", "%", "40", "75"),
          Lab("LYMPCT", "2026-03-09T08:00", "7.6", "%", "20", "50"),
          Lab("WBC", "2026-03-09T20:00", "9", "10^9/L", "3.5", "9.5")),
         ({}, {"ATOXDSCL": None, "AVAL": "38", "AVALU": "%"}, {}, {}),
         further={("NEUT", 1): {"AVAL": "0.950", "AVALU": "10^9/L", "ATOXGRL": 3, "DTYPE": "DERIVED", "ANRLO": None,
                                "SRC": ("LB|LB|2", "LB|LB|1"), "RECKEY": "LB|2", "WORSTLFL": "Y"},
                  ("LYM", 1): {"AVAL": "0.1900", "ATOXGRL": 4, "SRC": ("LB|LB|3", "LB|LB|1")}}, rules=()),
    Case("Where the sample has a count of its own none is made of the percentage", "4.1",
         (Lab("WBC", DAY_8, "2.5", "10^9/L"), Lab("NEUTPCT", DAY_8, "38", "%"),
          Lab("NEUT", DAY_8, "0.9", "10^9/L", "1.8", "6.3")), ({}, {}, {"ATOXGRL": 3, "DTYPE": None})),
    Case("A count made of a percentage has no limits of normal: what needs them has no grade, and the site is asked",
         "4.1",
         (Lab("WBC", DAY_8, "4.0", "10^9/L", "3.5", "9.5"), Lab("NEUTPCT", DAY_8, "50", "%", "40", "75")), ({}, {}),
         further={("NEUT", 1): {"AVAL": "2.000", "ATOXGRL": None, "REASON": "NO_LLN"}}, rules=("LB-COUNT-NO-RANGE",)),
    Case("A percentage without leucocytes of its own time makes no count", "4.1",
         (Lab("WBC", "2026-03-09T20:00", "2.5", "10^9/L", "3.5", "9.5"),
          Lab("NEUTPCT", "2026-03-09T08:00", "38", "%")), ({}, {}), rules=()),
    Case("A count made of a percentage can be the baseline", "3.4",
         (Lab("WBC", SCREENING, "4.0", "10^9/L", "3.5", "9.5"), Lab("NEUTPCT", SCREENING, "30", "%"),
          Lab("NEUT", DAY_8, "0.9", "10^9/L", "1.8", "6.3")),
         ({}, {}, {"BASE": "1.200", "SHIFTL": "2 to 3"}), further={("NEUT", 1): {"ABLFL": "Y", "BTOXGRL": 2}}),
    Case("A part above the whole of its sample is asked about", "4.1",
         (Lab("BILI", DAY_8, "20", "umol/L", None, "21"), Lab("BILDIR", DAY_8, "22.1", "umol/L", None, "7"),
          Lab("WBC", DAY_8, "3.5", "10^9/L", "3.5", "9.5"), Lab("NEUT", DAY_8, "3.6", "10^9/L", "1.8", "6.3"),
          Lab("LYM", DAY_8, ">3.5", "10^9/L", "1.1", "3.2")),
         ({"NOTE": "NO_BASELINE"}, {"NOTE": "PART_ABOVE_WHOLE"}, {"NOTE": None}, {"NOTE": "PART_ABOVE_WHOLE"},
          {"NOTE": "CENSORED PART_ABOVE_WHOLE"}),
         rules=("LB-NO-BASELINE", *["LB-PART-ABOVE-WHOLE"] * 3)),
    Case("Direct bilirubin may exceed the total by a tenth, neutrophils may be all leucocytes, and the whole of "
         "another sample says nothing", "4.1",
         (Lab("BILI", DAY_8, "20", "umol/L", None, "21"), Lab("BILDIR", DAY_8, "22.0", "umol/L", None, "7"),
          Lab("WBC", DAY_8, "3.5", "10^9/L", "3.5", "9.5"), Lab("NEUT", DAY_8, "3.5", "10^9/L", "1.8", "6.3"),
          Lab("LYM", DAY_15, "30", "10^9/L", "1.1", "3.2"),
          Lab("WBC", "2026-03-16T08:00", "10", "10^9/L", "3.5", "9.5")),
         ({}, {}, {}, {}, {}, {}), rules=("LB-NO-BASELINE",)),
    # ---- ranges such as <3
    Case("A result given as a range has a grade where both its ends have the same", "2.6",
         (plat(DAY_8, "<20"), plat(DAY_15, "<25")), ({"ATOXGRL": 4, "AVAL": None, "AVALC": "<20"}, {"ATOXGRL": 4})),
    Case("A range over the edge of a grade gives the lowest and the highest; the grade is the highest it allows", "2.6",
         (plat(DAY_8, "<=25"), plat(DAY_15, "<30")),
         ({"ATOXGRL": 4, "GRMINL": 3, "GRMAXL": 4, "REASON": None, "NOTE": "CENSORED"},
          {"ATOXGRL": 4, "GRMINL": 3, "GRMAXL": 4})),
    Case("As worst grade and in the shift a range counts by its milder end, which is certain", "7.2",
         (plat(SCREENING, "150"), plat(DAY_8, "60"), plat(DAY_15, "<50"), plat("2026-03-20", "<80")),
         ({}, {"ATOXGRL": 2, "WORSTLFL": None}, {"ATOXGRL": 4, "GRMINL": 3, "WORSTLFL": "Y", "SHIFTL": "0 to 3"},
          {"ATOXGRL": 4, "GRMINL": 1, "WORSTLFL": None, "SHIFTL": "0 to 1"})),
    Case("A range of whose milder end no grade is known has none", "4.1",
         (plat(DAY_8, "<80", None),), ({"ATOXGRL": None, "GRMINL": None, "GRMAXL": None, "REASON": "NO_LLN"},),
         rules=("LB-NO-RANGE",)),
    Case("More than 20 x ULN is grade 4 however much it was; more than 5 x ULN is 3 or 4", "2.6",
         (alt(SCREENING, "30"), alt(DAY_8, ">800"), alt(DAY_15, ">200")),
         ({}, {"ATOXGRH": 4, "ANRIND": "HIGH"}, {"ATOXGRH": 4, "GRMINH": 3, "GRMAXH": 4, "NOTE": "CENSORED"})),
    Case("A raised baseline known only as more than something grades from its nearest to its furthest value", "2.6",
         (alt(SCREENING, ">40"), alt(DAY_8, "100"), alt(DAY_15, "60"), alt("2026-03-20", ">1000")),
         # 100 is less than 2.5 x baseline, 60 less than 1.5 x; more than 1000 may be any multiple of more than 40
         ({"BNRIND": "HIGH"}, {"ATOXGRH": 1, "GRMINH": 0, "REASON": None, "NOTE": "BASELINE_CENSORED", "BASE": None,
                               "SHIFTH": "1 to 0"},
          {"ATOXGRH": 0, "GRMINH": 0, "NOTE": None}, {"ATOXGRH": 4, "GRMINH": 0, "NOTE": "CENSORED"}),
         rules=()),
    Case("Where even the nearest baseline gives no grade it is grade 0", "2.6",
         (alt(SCREENING, ">1000"), alt(DAY_8, "900")), ({"BTOXGRH": 4}, {"ATOXGRH": 0, "REASON": None})),
    Case("Where a term is graded without a baseline too, only what is certain of a baseline counts", "2.6",
         (Lab("CREAT", SCREENING, "<50", "umol/L", "60", "100"), Lab("CREAT", DAY_8, "90", "umol/L", "60", "100"),
          Lab("CREAT", DAY_15, "150", "umol/L", "60", "100")),
         ({}, {"ATOXGRH": 2, "GRMINH": 2}, {"ATOXGRH": 3, "GRMINH": 3})),
    # ---- which rows count
    Case("On treatment is up to 30 days after the last dose", "7.2",
         (alt(SCREENING, "30"), alt("2026-05-31", "121"), alt("2026-06-01", "900")),
         ({}, {"ONTRTFL": "Y", "WORSTHFL": "Y", "ATOXGRH": 2}, {"ONTRTFL": None, "WORSTHFL": None, "ATOXGRH": 4}),
         lines=((FIRST_DOSE, None, "2026-05-01"),)),
    Case("The worst grade on treatment is flagged once, at its first row", "7.2",
         (alt(SCREENING, "30"), alt(DAY_8, "121"), alt(DAY_15, "150"), alt("2026-03-20", "50")),
         ({}, {"WORSTHFL": "Y", "SHIFTH": "0 to 2"}, {"WORSTHFL": None}, {"WORSTHFL": None})),
    Case("What is dated after the cut-off is not seen", "3.4",
         (alt(SCREENING, "30"), alt(DAY_8, "121"), alt(DAY_15, "900")), ({}, {"WORSTHFL": "Y"}, None),
         as_of="2026-03-10"),
    Case("Before the first dose of a line has come, seen from the cut-off, nothing is its baseline", "3.4",
         (alt(SCREENING, "30"), alt("2026-05-20", "121")),
         ({"LINE": 1, "ABLFL": "Y"}, {"LINE": 1, "ABLFL": None, "ATOXGRH": 2}),
         lines=((FIRST_DOSE, None, "2026-05-01"), ("2026-06-01", None, None)), as_of="2026-05-25"),
    Case("Preliminary and withdrawn results are no results", "trap 17",
         (alt(SCREENING, "30"), alt(DAY_8, "900", STATUS="PRELIMINARY"), alt(DAY_8, "900", RETRACTED=True)),
         ({}, None, None)),
    Case("A rejected specimen and a test not done keep their rows, without a grade", "3.4",
         (alt(SCREENING, "30"), alt(DAY_8, "900", STATUS="REJECTED"), alt(DAY_15, None, LBSTAT="NOT DONE")),
         ({}, {"ATOXGRH": None, "REASON": "REJECTED", "AVAL": None}, {"ATOXGRH": None, "REASON": "NO_RESULT"})),
    Case("A result without a full date belongs to no period: the site is asked", "3.3",
         (alt(SCREENING, "30"), alt("2026-03", "900")), ({}, None), rules=("LB-DATE-INCOMPLETE",)),
    Case("A test that CTCAE does not grade is kept, ungraded and unasked", "4.2",
         (Lab("AFP", DAY_8, "400", "ng/mL", "0", "7"),),
         ({"ATOXDSCH": None, "ATOXGRH": None, "REASON": None, "ANRIND": "HIGH"},), rules=()),
    Case("A patient without a first dose has no toxicity", "3.4",
         (alt(DAY_8, "900"),), ({"ATOXGRH": None, "ADY": None, "REASON": "NOT_TREATED", "ABLFL": None},),
         lines=(), rules=()),
)  # fmt: skip

"""Laboratory grades of CTCAE version 5.0, as data.

Source: clinical specification, section 4.2, whose wording follows the pharmaverse/admiral table; limits in US units
from the same source, given only where they are not the SI limits converted. Where a grade hangs on symptoms or on
treatment both ends are given: hyponatraemia of 125 to below 130 mmol/L is grade 2 without and 3 with symptoms.
"""

from __future__ import annotations

from dataclasses import replace

from milepost.core.ctcae import Limb, Term, base, from_base, lln, number, uln

_TRANSAMINASE = (uln(20, 4), uln(5, 3), uln(3, 2), uln(1, 1))
# below 1.5 x a raised baseline there is no grade: the specification's gap, not a floor
_TRANSAMINASE_RAISED = (base(20, 4), base(5, 3), base(3, 2), from_base("1.5", 1))
_DUCT = (uln(20, 4), uln(5, 3), uln("2.5", 2), uln(1, 1))
_DUCT_RAISED = (base(20, 4), base(5, 3), base("2.5", 2))
_ENZYME = (uln(5, 3, 4), uln(2, 2, 3), uln("1.5", 2), uln(1, 1))


def _if_known(limb: Limb) -> Limb:
    return replace(limb, optional=True)


def _anticoagulated(limb: Limb) -> Limb:
    return replace(limb, anticoagulated=True)


def _fall(at: str, grade: int) -> Limb:
    """At or below so many times the baseline, once below the lower limit of normal."""
    return replace(from_base(at, grade), below_lln=True, optional=True)


TERMS: tuple[Term, ...] = (
    # ---- liver, pancreas, muscle
    Term("Alanine aminotransferase increased", "H", ("ALT",), _TRANSAMINASE, _TRANSAMINASE_RAISED),
    Term("Aspartate aminotransferase increased", "H", ("AST",), _TRANSAMINASE, _TRANSAMINASE_RAISED),
    Term("Alkaline phosphatase increased", "H", ("ALP",), _DUCT, (*_DUCT_RAISED, from_base(2, 1))),
    Term("GGT increased", "H", ("GGT",), _DUCT, (*_DUCT_RAISED, base(2, 1))),
    Term("Blood bilirubin increased", "H", ("BILI",), (uln(10, 4), uln(3, 3), uln("1.5", 2), uln(1, 1)),
         (base(10, 4), base(3, 3), base("1.5", 2), base(1, 1))),
    Term("Hypoalbuminemia", "L", ("ALB",), (number(20, 3), number(30, 2), lln(1, 1)), unit="g/L"),
    Term("Serum amylase increased", "H", ("AMYLASE",), _ENZYME),
    Term("Lipase increased", "H", ("LIPASE",), _ENZYME),
    Term("CPK increased", "H", ("CK",), (uln(10, 4), uln(5, 3), uln("2.5", 2), uln(1, 1))),
    Term("Blood lactate dehydrogenase increased", "H", ("LDH",), (uln(1, 1),)),
    # ---- blood
    Term("Anemia", "L", ("HGB",), (number(80, 3), number(100, 2), lln(1, 1)), unit="g/L"),
    Term("Hemoglobin increased", "H", ("HGB",),
         tuple(replace(number(at, grade), reference="ABOVE_ULN") for at, grade in ((40, 3), (20, 2), (0, 1))),
         unit="g/L"),
    Term("Platelet count decreased", "L", ("PLAT",), (number(25, 4), number(50, 3), number(75, 2), lln(1, 1)),
         unit="10^9/L"),
    Term("White blood cell decreased", "L", ("WBC",), (number(1, 4), number(2, 3), number(3, 2), lln(1, 1)),
         unit="10^9/L"),
    Term("Leukocytosis", "H", ("WBC",), (number(100, 3),), unit="10^9/L"),
    Term("Neutrophil count decreased", "L", ("NEUT",),
         (number("0.5", 4), number(1, 3), number("1.5", 2), lln(1, 1)), unit="10^9/L"),
    Term("Lymphocyte count decreased", "L", ("LYM",),
         (number("0.2", 4), number("0.5", 3), number("0.8", 2), lln(1, 1)), unit="10^9/L"),
    Term("Lymphocyte count increased", "H", ("LYM",), (number(20, 3), number(4, 2)), unit="10^9/L"),
    Term("CD4 lymphocytes decreased", "L", ("CD4",),
         (number("0.05", 4), number("0.2", 3), number("0.5", 2), lln(1, 1)), unit="10^9/L"),
    Term("Haptoglobin decreased", "L", ("HAPTOG",), (lln(1, 1),)),
    # ---- clotting
    Term("INR increased", "H", ("INR",),
         (number("2.5", 3), number("1.5", 2), number("1.2", 1),
          *(_anticoagulated(base(at, grade)) for at, grade in (("2.5", 3), ("1.5", 2), (1, 1)))), unit="1"),
    Term("Activated partial thromboplastin time prolonged", "H", ("APTT",),
         (uln("2.5", 3), uln("1.5", 2), uln(1, 1))),
    Term("Fibrinogen decreased", "L", ("FIBRINO",),
         (number("0.5", 4), lln("0.25", 4), lln("0.5", 3), lln("0.75", 2), lln(1, 1),
          _fall("0.25", 4), _fall("0.5", 3), _fall("0.75", 2)), unit="g/L"),
    # ---- kidney and salts
    Term("Creatinine increased", "H", ("CREAT",),
         (uln(6, 4), uln(3, 3), uln("1.5", 2), uln(1, 1), _if_known(base(3, 3)), _if_known(base("1.5", 2)))),
    Term("Hyperkalemia", "H", ("K",), (number(7, 4), number(6, 3), number("5.5", 2), uln(1, 1)), unit="mmol/L"),
    Term("Hypokalemia", "L", ("K",), (number("2.5", 4), number(3, 3), lln(1, 1, 2)), unit="mmol/L"),
    Term("Hypernatremia", "H", ("SODIUM",), (number(160, 4), number(155, 3), number(150, 2), uln(1, 1)),
         unit="mmol/L"),
    Term("Hyponatremia", "L", ("SODIUM",), (number(120, 4), number(125, 3), number(130, 2, 3), lln(1, 1)),
         unit="mmol/L"),
    Term("Hypercalcemia", "H", ("CA", "CACORR"),
         (number("3.4", 4, us="13.5"), number("3.1", 3, us="12.5"), number("2.9", 2, us="11.5"), uln(1, 1)),
         unit="mmol/L", us_unit="mg/dL"),
    Term("Hypocalcemia", "L", ("CA", "CACORR"),
         (number("1.5", 4, us=6), number("1.75", 3, us=7), number(2, 2, us=8), lln(1, 1)),
         unit="mmol/L", us_unit="mg/dL"),
    Term("Hypercalcemia (Ionized)", "H", ("CAION",),
         (number("1.8", 4, us="7.2"), number("1.6", 3, us="6.4"), number("1.5", 2, us=6), uln(1, 1)),
         unit="mmol/L", us_unit="mg/dL"),
    Term("Hypocalcemia (Ionized)", "L", ("CAION",),
         (number("0.8", 4, us="3.2"), number("0.9", 3, us="3.6"), number(1, 2, us=4), lln(1, 1)),
         unit="mmol/L", us_unit="mg/dL"),
    Term("Hypermagnesemia", "H", ("MG",), (number("3.3", 4, us=8), number("1.23", 3, us=3), uln(1, 1)),
         unit="mmol/L", us_unit="mg/dL"),
    Term("Hypomagnesemia", "L", ("MG",),
         (number("0.3", 4, us="0.7"), number("0.4", 3, us="0.9"), number("0.5", 2, us="1.2"), lln(1, 1)),
         unit="mmol/L", us_unit="mg/dL"),
    Term("Hypophosphatemia", "L", ("PHOS",), ()),
    # ---- metabolism
    Term("Hypoglycemia", "L", ("GLUC",),
         (number("1.7", 4, us=30), number("2.2", 3, us=40), number(3, 2, us=55), lln(1, 1)),
         unit="mmol/L", us_unit="mg/dL"),
    Term("Hyperglycemia", "H", ("GLUC",), ()),
    Term("Cholesterol high", "H", ("CHOL",),
         (number("12.92", 4, us=500), number("10.34", 3, us=400), number("7.75", 2, us=300), uln(1, 1)),
         unit="mmol/L", us_unit="mg/dL"),
    Term("Hypertriglyceridemia", "H", ("TRIG",),
         (number("11.4", 4, us=1000), number("5.7", 3, us=500), number("3.42", 2, us=300),
          number("1.71", 1, us=150)), unit="mmol/L", us_unit="mg/dL"),
    Term("Hyperuricemia", "H", ("URATE",), (uln(1, 1, 3),)),
    Term("Hypothyroidism", "H", ("TSH",), ()),
)  # fmt: skip

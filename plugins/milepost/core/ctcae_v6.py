"""Laboratory grades of CTCAE version 6.0, as data: version 5.0 with the terms that changed in their place.

Source: clinical specification, section 4.2, last rule. What it does not spell out (GGT and creatinine where baseline
was not normal, glucose when not fasting) is from the same source it names, the pharmaverse/admiral table.
"""

from __future__ import annotations

from dataclasses import replace

from milepost.core import ctcae_v5
from milepost.core.ctcae import Term, base, from_base, lln, number, uln

FASTING, NOT_FASTING = "Hyperglycemia (Fasting)", "Hyperglycemia"

_TRANSAMINASE = (uln(20, 4), uln(5, 3), uln(3, 2), uln(1, 1))
_TRANSAMINASE_RAISED = (base(4, 4), base(2, 3), base("1.5", 2), from_base(1, 1))
_CHANGED: tuple[Term, ...] = (
    Term("Alanine aminotransferase increased", "H", ("ALT",), _TRANSAMINASE, _TRANSAMINASE_RAISED),
    Term("Aspartate aminotransferase increased", "H", ("AST",), _TRANSAMINASE, _TRANSAMINASE_RAISED),
    # grade 1 is all there is, and it needs a rise above both the limit and the baseline
    Term("Alkaline phosphatase increased", "H", ("ALP",), (replace(uln(1, 1), above_base=True),)),
    Term("GGT increased", "H", ("GGT",), (uln(20, 4), uln(5, 3), uln("2.5", 2), uln(1, 1)),
         (base(10, 4), base(3, 3), base("1.5", 2), from_base(1, 1))),
    Term("Blood bilirubin increased", "H", ("BILI",), (uln(10, 4), uln(3, 3), uln("1.5", 2), uln(1, 1)),
         (base(10, 4), base("2.5", 3), base("1.5", 2), from_base(1, 1))),
    Term("Lipase increased", "H", ("LIPASE",), (uln(5, 3, 4), uln(3, 2, 3), uln("1.5", 2), uln(1, 1))),
    Term("CPK increased", "H", ("CK",), ()),
    Term("Lymphocyte count decreased", "L", ("LYM",), ()),
    Term("Neutrophil count decreased", "L", ("NEUT",),
         (number("0.1", 4), number("0.5", 3), number(1, 2), number("1.5", 1)), unit="10^9/L"),
    Term("Creatinine increased", "H", ("CREAT",), (uln(6, 4), uln(3, 3), uln("1.5", 2), uln(1, 1)),
         lowered=(uln(6, 4), base(3, 3), base("1.5", 2), uln(1, 1))),
    Term(NOT_FASTING, "H", ("GLUC",), (number("27.8", 4, us=500), number("13.9", 3, us=250)),
         unit="mmol/L", us_unit="mg/dL", fasting=False),
)  # fmt: skip
_RENAMED = {
    "Platelet count decreased": Term(
        "Thrombocytopenia",
        "L",
        ("PLAT",),
        (number(10, 4), number(50, 3), number(75, 2), lln(1, 1)),
        unit="10^9/L",
    ),
}
_NEW = (
    Term(FASTING, "H", ("GLUC",),
         (number("27.8", 4, us=500), number("13.9", 3, us=250), number("8.9", 2, us=160), uln(1, 1)),
         unit="mmol/L", us_unit="mg/dL", fasting=True),
)  # fmt: skip
_REPLACED = {term.name: term for term in _CHANGED} | _RENAMED

TERMS: tuple[Term, ...] = (*(_REPLACED.get(term.name, term) for term in ctcae_v5.TERMS), *_NEW)

"""CTCAE, term by term: both sides of each limit.

Clinical specification section 4.2; limits in US units from the source it names. Answers are typed in by hand.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Edge:
    """One result after first dose and its grade: "1", "2-3" where symptoms decide, or the reason why there is none.

    base: a result of the same unit and range before first dose.
    """

    result: str
    grade: str
    low: str | None = None
    high: str | None = None
    unit: str | None = None
    base: str | None = None


@dataclass(frozen=True)
class Table:
    """The edges of one term: test, direction, the unit and limits of normal that hold unless an edge names its own."""

    term: str
    test: str
    direction: str
    unit: str | None
    edges: tuple[Edge, ...]
    low: str | None = None
    high: str | None = None
    version: str = "5.0"


def _edges(*pairs: tuple[str, str], base: str | None = None) -> tuple[Edge, ...]:
    return tuple(Edge(result, grade, base=base) for result, grade in pairs)


TABLES: tuple[Table, ...] = (
    Table("Alanine aminotransferase increased", "ALT", "H", "U/L", high="40", edges=(
        *_edges(("40", "0"), ("41", "1"), ("120", "1"), ("121", "2"), ("200", "2"), ("201", "3"), ("800", "3"),
                ("801", "4"), base="40"),
        # baseline 80 = 2 x ULN: below 1.5 x baseline there is no grade, though it is 2.5 x ULN
        *_edges(("100", "0"), ("119", "0"), ("120", "1"), ("240", "1"), ("241", "2"), ("400", "2"), ("401", "3"),
                ("1600", "3"), ("1601", "4"), base="80"))),
    Table("Aspartate aminotransferase increased", "AST", "H", "U/L", high="35", edges=(
        *_edges(("35", "0"), ("105", "1"), ("105.1", "2"), ("175", "2"), ("175.1", "3"), ("700", "3"), ("700.1", "4"),
                base="20"),
        *_edges(("59.9", "0"), ("60", "1"), ("120", "1"), ("120.1", "2"), base="40"))),
    Table("Alkaline phosphatase increased", "ALP", "H", "U/L", high="120", edges=(
        *_edges(("120", "0"), ("121", "1"), ("300", "1"), ("301", "2"), ("600", "2"), ("601", "3"), ("2400", "3"),
                ("2401", "4"), base="100"),
        *_edges(("399", "0"), ("400", "1"), ("500", "1"), ("501", "2"), base="200"))),
    Table("GGT increased", "GGT", "H", "U/L", high="60", edges=(
        *_edges(("60", "0"), ("150", "1"), ("151", "2"), ("300", "2"), ("301", "3"), ("1201", "4"), base="60"),
        # unlike ALP: 2.0 x a raised baseline is not yet grade 1
        *_edges(("200", "0"), ("201", "1"), ("250", "1"), ("251", "2"), base="100"))),
    Table("Blood bilirubin increased", "BILI", "H", "umol/L", high="20", edges=(
        *_edges(("20", "0"), ("20.1", "1"), ("30", "1"), ("30.1", "2"), ("60", "2"), ("60.1", "3"), ("200", "3"),
                ("200.1", "4"), base="20"),
        *_edges(("30", "0"), ("30.1", "1"), ("45", "1"), ("45.1", "2"), ("90", "2"), ("90.1", "3"), ("300", "3"),
                ("300.1", "4"), base="30"))),
    Table("Hypoalbuminemia", "ALB", "L", "g/L", low="35", edges=(
        *_edges(("35", "0"), ("34.9", "1"), ("30", "1"), ("29.9", "2"), ("20", "2"), ("19.9", "3")),
        Edge("2.9", "2", low="3.5", unit="g/dL"))),
    Table("Anemia", "HGB", "L", "g/L", low="115", edges=(
        *_edges(("115", "0"), ("114", "1"), ("100", "1"), ("99", "2"), ("80", "2"), ("79", "3")),
        Edge("7.9", "3", low="11.5", unit="g/dL"), Edge("10.0", "1", low="11.5", unit="g/dL"))),
    Table("Hemoglobin increased", "HGB", "H", "g/L", high="150", edges=(
        *_edges(("150", "0"), ("151", "1"), ("170", "1"), ("171", "2"), ("190", "2"), ("191", "3")),
        Edge("17.1", "2", high="15.0", unit="g/dL"))),
    Table("Platelet count decreased", "PLAT", "L", "10^9/L", low="100", edges=(
        *_edges(("100", "0"), ("99", "1"), ("75", "1"), ("74.9", "2"), ("50", "2"), ("49", "3"), ("25", "3"),
                ("24", "4")),
        Edge("74", "2", low="100", unit="10^3/uL"))),
    Table("Neutrophil count decreased", "NEUT", "L", "10^9/L", low="1.8", edges=(
        *_edges(("1.8", "0"), ("1.79", "1"), ("1.5", "1"), ("1.49", "2"), ("1.0", "2"), ("0.99", "3"), ("0.8", "3"),
                ("0.5", "3"), ("0.49", "4")),
        Edge("990", "3", low="1800", unit="/uL"))),
    Table("White blood cell decreased", "WBC", "L", "10^9/L", low="3.5", edges=(
        *_edges(("3.5", "0"), ("3.4", "1"), ("3.0", "1"), ("2.9", "2"), ("2.0", "2"), ("1.9", "3"), ("1.0", "3"),
                ("0.9", "4")), Edge("1900", "3", low="3500", unit="/uL"))),
    Table("Leukocytosis", "WBC", "H", "10^9/L", edges=_edges(("100", "0"), ("100.1", "3"))),
    Table("Lymphocyte count decreased", "LYM", "L", "10^9/L", low="1.1", edges=_edges(
        ("1.1", "0"), ("1.0", "1"), ("0.8", "1"), ("0.79", "2"), ("0.5", "2"), ("0.49", "3"), ("0.2", "3"),
        ("0.19", "4"))),
    Table("Lymphocyte count increased", "LYM", "H", "10^9/L", edges=_edges(
        ("4", "0"), ("4.1", "2"), ("20", "2"), ("20.1", "3"))),
    Table("CD4 lymphocytes decreased", "CD4", "L", "10^9/L", low="0.6", edges=(
        *_edges(("0.6", "0"), ("0.59", "1"), ("0.5", "1"), ("0.49", "2"), ("0.2", "2"), ("0.19", "3"), ("0.05", "3"),
                ("0.049", "4")), Edge("199", "3", low="600", unit="/uL"))),
    Table("Haptoglobin decreased", "HAPTOG", "L", "g/L", low="0.3", edges=_edges(("0.3", "0"), ("0.29", "1"))),
    Table("Creatinine increased", "CREAT", "H", "umol/L", high="100", edges=(
        *_edges(("100", "0"), ("101", "1"), ("150", "1"), ("151", "2"), ("300", "2"), ("301", "3"), ("600", "3"),
                ("601", "4"), base="100"),
        # the limbs of baseline and of the limit of normal stand side by side; the worse counts
        *_edges(("60", "0"), ("60.1", "2"), ("120", "2"), ("120.1", "3"), base="40"))),
    Table("INR increased", "INR", "H", "1", edges=_edges(
        ("1.2", "0"), ("1.21", "1"), ("1.5", "1"), ("1.51", "2"), ("2.5", "2"), ("2.51", "3"), base="1.0")),
    Table("Activated partial thromboplastin time prolonged", "APTT", "H", "s", high="40", edges=_edges(
        ("40", "0"), ("40.1", "1"), ("60", "1"), ("60.1", "2"), ("100", "2"), ("100.1", "3"))),
    Table("Fibrinogen decreased", "FIBRINO", "L", "g/L", low="2.0", edges=(
        *_edges(("2.0", "0"), ("1.9", "1"), ("1.5", "1"), ("1.49", "2"), ("1.0", "2"), ("0.99", "3"), ("0.5", "3"),
                ("0.49", "4")),
        # falls of exactly 25, 50 and 75 % count, but only below the lower limit
        *_edges(("3.0", "0"), ("2.0", "0"), ("1.99", "3"), ("1.0", "4"), base="4.0"),
        *_edges(("1.81", "1"), ("1.8", "2"), base="2.4"), Edge("49", "4", low="200", unit="mg/dL"))),
    Table("Hyperkalemia", "K", "H", "mmol/L", high="5.3", edges=_edges(
        ("5.3", "0"), ("5.4", "1"), ("5.5", "1"), ("5.6", "2"), ("6.0", "2"), ("6.1", "3"), ("7.0", "3"),
        ("7.1", "4"))),
    Table("Hypokalemia", "K", "L", "mmol/L", low="3.5", edges=_edges(
        ("3.5", "0"), ("3.4", "1-2"), ("3.0", "1-2"), ("2.9", "3"), ("2.5", "3"), ("2.4", "4"))),
    Table("Hypernatremia", "SODIUM", "H", "mmol/L", high="147", edges=_edges(
        ("147", "0"), ("148", "1"), ("150", "1"), ("151", "2"), ("155", "2"), ("156", "3"), ("160", "3"),
        ("161", "4"))),
    Table("Hyponatremia", "SODIUM", "L", "mmol/L", low="137", edges=_edges(
        ("137", "0"), ("136", "1"), ("130", "1"), ("129", "2-3"), ("125", "2-3"), ("124", "3"), ("120", "3"),
        ("119", "4"))),
    Table("Hypercalcemia", "CA", "H", "mmol/L", high="2.6", edges=(
        *_edges(("2.6", "0"), ("2.61", "1"), ("2.9", "1"), ("2.91", "2"), ("3.1", "2"), ("3.11", "3"), ("3.4", "3"),
                ("3.41", "4")),
        Edge("11.5", "1", high="10.5", unit="mg/dL"), Edge("11.6", "2", high="10.5", unit="mg/dL"))),
    Table("Hypocalcemia", "CA", "L", "mmol/L", low="2.1", edges=(
        *_edges(("2.1", "0"), ("2.09", "1"), ("2.0", "1"), ("1.99", "2"), ("1.75", "2"), ("1.74", "3"), ("1.5", "3"),
                ("1.49", "4")),
        # 8.0 mg/dL is 1.996 mmol/L: by the US limit grade 1, converted it would be 2
        Edge("8.0", "1", low="8.5", unit="mg/dL"), Edge("7.9", "2", low="8.5", unit="mg/dL"))),
    Table("Hypercalcemia (Ionized)", "CAION", "H", "mmol/L", high="1.3", edges=_edges(
        ("1.3", "0"), ("1.31", "1"), ("1.5", "1"), ("1.51", "2"), ("1.6", "2"), ("1.61", "3"), ("1.8", "3"),
        ("1.81", "4"))),
    Table("Hypocalcemia (Ionized)", "CAION", "L", "mmol/L", low="1.12", edges=_edges(
        ("1.12", "0"), ("1.11", "1"), ("1.0", "1"), ("0.99", "2"), ("0.9", "2"), ("0.89", "3"), ("0.8", "3"),
        ("0.79", "4"))),
    Table("Hypermagnesemia", "MG", "H", "mmol/L", high="1.0", edges=(
        *_edges(("1.0", "0"), ("1.01", "1"), ("1.23", "1"), ("1.24", "3"), ("3.30", "3"), ("3.31", "4")),
        Edge("3.0", "1", high="2.6", unit="mg/dL"), Edge("3.1", "3", high="2.6", unit="mg/dL"))),
    Table("Hypomagnesemia", "MG", "L", "mmol/L", low="0.75", edges=_edges(
        ("0.75", "0"), ("0.74", "1"), ("0.5", "1"), ("0.49", "2"), ("0.4", "2"), ("0.39", "3"), ("0.3", "3"),
        ("0.29", "4"))),
    Table("Hypoglycemia", "GLUC", "L", "mmol/L", low="3.9", edges=(
        *_edges(("3.9", "0"), ("3.8", "1"), ("3.0", "1"), ("2.9", "2"), ("2.2", "2"), ("2.1", "3"), ("1.7", "3"),
                ("1.6", "4")),
        Edge("55", "1", low="70", unit="mg/dL"), Edge("54", "2", low="70", unit="mg/dL"))),
    Table("Hyperglycemia", "GLUC", "H", "mmol/L", high="6.1", edges=_edges(("30", "NOT_NUMERIC"))),
    Table("Cholesterol high", "CHOL", "H", "mmol/L", high="5.2", edges=(
        *_edges(("5.2", "0"), ("5.3", "1"), ("7.75", "1"), ("7.76", "2"), ("10.34", "2"), ("10.35", "3"),
                ("12.92", "3"), ("12.93", "4")),
        Edge("300", "1", high="200", unit="mg/dL"), Edge("301", "2", high="200", unit="mg/dL"))),
    Table("Hypertriglyceridemia", "TRIG", "H", "mmol/L", edges=(
        *_edges(("1.71", "0"), ("1.72", "1"), ("3.42", "1"), ("3.43", "2"), ("5.7", "2"), ("5.71", "3"), ("11.4", "3"),
                ("11.41", "4")),
        # 151 mg/dL is 1.705 mmol/L, 1001 mg/dL is 11.30: converted first they would lose a grade
        Edge("150", "0", unit="mg/dL"), Edge("151", "1", unit="mg/dL"), Edge("1000", "3", unit="mg/dL"),
        Edge("1001", "4", unit="mg/dL"))),
    Table("Serum amylase increased", "AMYLASE", "H", "U/L", high="100", edges=_edges(
        ("100", "0"), ("101", "1"), ("150", "1"), ("151", "2"), ("200", "2"), ("201", "2-3"), ("500", "2-3"),
        ("501", "3-4"))),
    Table("Lipase increased", "LIPASE", "H", "U/L", high="60", edges=_edges(
        ("60", "0"), ("61", "1"), ("90", "1"), ("91", "2"), ("120", "2"), ("121", "2-3"), ("300", "2-3"),
        ("301", "3-4"))),
    Table("CPK increased", "CK", "H", "U/L", high="200", edges=_edges(
        ("200", "0"), ("201", "1"), ("500", "1"), ("501", "2"), ("1000", "2"), ("1001", "3"), ("2000", "3"),
        ("2001", "4"))),
    Table("Hyperuricemia", "URATE", "H", "umol/L", high="420", edges=(
        *_edges(("420", "0"), ("421", "1-3")), Edge("0.43", "1-3", high="0.42", unit="mmol/L"))),
    Table("Blood lactate dehydrogenase increased", "LDH", "H", "U/L", high="250", edges=_edges(
        ("250", "0"), ("251", "1"), ("5000", "1"))),
    Table("Hypophosphatemia", "PHOS", "L", "mmol/L", low="0.85", edges=_edges(("0.2", "NOT_NUMERIC"))),
    Table("Hypothyroidism", "TSH", "H", "mIU/L", high="4.5", edges=_edges(("60", "NOT_NUMERIC"))),
    # ---- version 6.0: only what changed
    Table("Neutrophil count decreased", "NEUT", "L", "10^9/L", version="6.0", edges=_edges(
        ("1.5", "0"), ("1.49", "1"), ("1.0", "1"), ("0.99", "2"), ("0.8", "2"), ("0.5", "2"), ("0.49", "3"),
        ("0.1", "3"), ("0.09", "4"))),
    Table("Alanine aminotransferase increased", "ALT", "H", "U/L", high="40", version="6.0", edges=(
        *_edges(("121", "2"), base="40"),
        *_edges(("79", "0"), ("80", "1"), ("120", "1"), ("121", "2"), ("160", "2"), ("161", "3"), ("320", "3"),
                ("321", "4"), base="80"))),
    Table("Blood bilirubin increased", "BILI", "H", "umol/L", high="20", version="6.0", edges=_edges(
        ("45", "1"), ("45.1", "2"), ("75", "2"), ("75.1", "3"), ("300", "3"), ("300.1", "4"), base="30")),
    Table("Alkaline phosphatase increased", "ALP", "H", "U/L", high="120", version="6.0", edges=(
        *_edges(("120", "0"), ("5000", "1"), base="100"), *_edges(("200", "0"), ("201", "1"), base="200"))),
    Table("Thrombocytopenia", "PLAT", "L", "10^9/L", low="100", version="6.0", edges=_edges(
        ("75", "1"), ("50", "2"), ("49", "3"), ("10", "3"), ("9.9", "4"))),
    Table("Lipase increased", "LIPASE", "H", "U/L", high="60", version="6.0", edges=_edges(
        ("180", "2"), ("181", "2-3"))),
    Table("CPK increased", "CK", "H", "U/L", high="200", version="6.0", edges=_edges(("2001", "NOT_NUMERIC"))),
    Table("Lymphocyte count decreased", "LYM", "L", "10^9/L", low="1.1", version="6.0", edges=_edges(
        ("0.1", "NOT_NUMERIC"))),
)  # fmt: skip

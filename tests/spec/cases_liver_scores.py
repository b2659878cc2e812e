"""Liver scores: what was measured and found, and the scores that follow. Specification 3.4, 5.1, traps 32, 33."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from milepost.core.liver_scores import PARAMS
from tests.spec.liver_case import Course, Lab

DAY = "2026-02-27"  # day -3


@dataclass(frozen=True)
class Case:
    """A sentence, a patient, and the wanted columns of named scores: (score, day) -> column -> value.

    day None: the score has just one row; value None: it has no row. problems: rules the site is asked about.
    """

    title: str
    course: Course
    then: tuple[tuple[str, str | None, dict[str, Any] | None], ...]
    problems: tuple[str, ...] = ()
    line: int = 1


def day(*results: tuple[str, str] | tuple[str, str, str], on: str = DAY) -> tuple[Lab, ...]:
    """Results of one day: test, result, and the unit where it is not the usual one."""
    return tuple(Lab(one[0], on, one[1], unit=one[2] if len(one) > 2 else "") for one in results)


def found(ascites: str | None, encephalopathy: str | None, on: str = DAY) -> tuple[tuple[str, str, str], ...]:
    """What the form of a day says."""
    both = (("ASCITES", ascites), ("ENCEPHALOPATHY", encephalopathy))
    return tuple((what, on, word) for what, word in both if word is not None)


def points(
    score: str, letter: str, on: str | None = None
) -> tuple[tuple[str, str | None, dict[str, Any]], ...]:
    """Child-Pugh score and class."""
    return ("CPSCORE", on, {"AVALC": score, "REASON": None}), ("CPCLASS", on, {"AVALC": letter})


def albi(
    bili: str, alb: str, score: float, modified: str, *, units: tuple[str, str] = ("umol/L", "g/L")
) -> Case:
    """A vector of section 5.1."""
    return Case(
        f"ALBI of bilirubin {bili} {units[0]} and albumin {alb} {units[1]} is {score:.3f}, grade {modified}",
        Course(day(("BILI", bili, units[0]), ("ALB", alb, units[1]))),
        (
            ("ALBI", None, {"AVAL": score, "ABLFL": "Y", "ADY": -3}),
            ("ALBIGR", None, {"AVALC": modified[0]}),
            ("MALBIGR", None, {"AVALC": modified}),
        ),
    )


def meld3(sex: str, values: tuple[str, str, str, str, str], raw: float, score: str) -> Case:
    """A vector of section 5.1: bilirubin mg/dL, sodium, INR, creatinine mg/dL, albumin g/dL."""
    bili, sodium, inr, creat, alb = values
    return Case(
        f"MELD 3.0 of {'a woman' if sex == 'F' else 'a man'} with {', '.join(values)} is {raw} and stated as {score}",
        Course(
            day(
                ("BILI", bili, "mg/dL"),
                ("SODIUM", sodium),
                ("INR", inr),
                ("CREAT", creat, "mg/dL"),
                ("ALB", alb, "g/dL"),
            ),
            sex=sex,
        ),
        (("MELD3", None, {"AVALC": score, "AVAL": float(score), "AVALRAW": raw}),),
    )


ALBI = (
    albi("20.52", "35", -2.109, "2b"),
    albi("17.1", "40", -2.586, "2a"),
    albi("10", "42", -2.910, "1"),
    albi("34", "30", -1.539, "2b"),
    albi("60", "25", -0.951, "3"),
    albi("1.2", "3.5", -2.109, "2b", units=("mg/dL", "g/dL")),
    Case(
        "EZ-ALBI takes bilirubin in mg/dL and albumin in g/dL, whatever was reported",
        Course(day(("BILI", "17.1"), ("ALB", "40"))),
        (("EZALBI", None, {"AVAL": -35.0}),),
    ),
    Case(
        # one test of two is not nearly a score: a row for each such day would bury the results that are there
        "Bilirubin and albumin of different days give no ALBI, and no row for it",
        Course((*day(("BILI", "17.1")), *day(("ALB", "40"), on="2026-02-28"))),
        (("ALBI", None, None), ("ALBIGR", None, None), ("EZALBI", None, None)),
    ),
    Case(
        "A day's liver panel without albumin and INR makes the R value and no empty rows",
        Course(
            (
                Lab("ALT", DAY, "200", "40"),
                Lab("AST", DAY, "30", "40"),
                Lab("BILI", DAY, "17.1", "20"),
                Lab("ALP", DAY, "130", "130"),
            )
        ),
        (("RVALUE", None, {"AVAL": 5.0}), *((code, None, None) for code in PARAMS if code != "RVALUE")),
    ),
    Case(
        "Bilirubin below the laboratory's limit leaves no ALBI, but its grade where every value below gives the same",
        Course(day(("BILI", "<3"), ("ALB", "42"))),
        (
            ("ALBI", None, {"AVAL": None, "REASON": "CENSORED: BILI"}),
            ("ALBIGR", None, {"AVALC": "1", "REASON": None}),
        ),
    ),
    Case(
        "Albumin in a unit nobody can convert is no number",
        Course(day(("BILI", "17.1"), ("ALB", "600", "umol/L"))),
        (("ALBI", None, {"AVAL": None, "REASON": "UNIT: ALB"}),),
    ),
    Case(
        "A bilirubin of 0 has no logarithm",
        Course(day(("BILI", "0"), ("ALB", "40"))),
        (("ALBI", None, {"AVAL": None, "REASON": "ZERO: BILI"}),),
    ),
    Case(
        "Albumin of urine is another analyte",
        Course((*day(("BILI", "17.1")), Lab("ALB", DAY, "30", more={"LBSPEC": "URINE"}))),
        (("ALBI", None, None), ("MALBIGR", None, None)),
    ),
    Case(
        "Of two samples of one day the last drawn counts",
        Course(
            (
                Lab("BILI", f"{DAY}T08:00", "60"),
                Lab("BILI", f"{DAY}T16:00", "17.1"),
                Lab("ALB", f"{DAY}T08:00", "40"),
            )
        ),
        (("ALBI", None, {"AVAL": -2.586}),),
    ),
    Case(
        "Of two results without a time the less favourable counts: more bilirubin, less albumin",
        Course(day(("BILI", "10"), ("BILI", "60"), ("ALB", "25"), ("ALB", "42"))),
        (("ALBI", None, {"AVAL": -0.951}),),
    ),
    Case(
        "Preliminary and withdrawn results, and results after the cut-off, are not used",
        Course(
            (
                *day(("BILI", "17.1"), ("ALB", "40")),
                Lab("BILI", DAY, "60", more={"STATUS": "PRELIMINARY"}),
                Lab("BILI", DAY, "70", more={"RETRACTED": True}),
                *day(("BILI", "60"), ("ALB", "25"), on="2026-04-02"),
            ),
            as_of="2026-04-01",
        ),
        (("ALBI", None, {"AVAL": -2.586}),),
    ),
)

BASELINES = (
    Case(
        "The last score before first dose is the baseline; on the day of first dose an unknown time counts as before",
        Course(
            (
                *day(("BILI", "10"), ("ALB", "42"), on="2026-02-20"),
                *day(("BILI", "17.1"), ("ALB", "40"), on="2026-03-02"),
                *day(("BILI", "34"), ("ALB", "30"), on="2026-03-03"),
            )
        ),
        (
            ("ALBI", "2026-02-20", {"ABLFL": None, "ADY": -10}),
            ("ALBI", "2026-03-02", {"ABLFL": "Y", "ADY": 1}),
            ("ALBI", "2026-03-03", {"ABLFL": None, "ADY": 2}),
        ),
    ),
    Case(
        "A second line of therapy begins with the last score before its own first dose",
        Course(
            (
                *day(("BILI", "10"), ("ALB", "42"), on="2026-02-20"),
                *day(("BILI", "60"), ("ALB", "25"), on="2026-05-20"),
            ),
            doses=(("2026-03-02", "2026-05-10"), ("2026-06-01", None)),
        ),
        (("ALBI", "2026-05-20", {"AVAL": -0.951, "ABLFL": "Y", "ADY": -12}),),
        line=2,
    ),
)

# nothing out of order but what a case names: 5 points
CALM = {"BILI": "20", "ALB": "40", "INR": "1.0"}


def calm(**other: str | tuple[str, str]) -> tuple[Lab, ...]:
    """Tests of Child-Pugh within the first class, but for these."""
    told: dict[str, str | tuple[str, str]] = CALM | other
    return tuple(
        Lab(test, DAY, *((one[0], None, one[1]) if isinstance(one, tuple) else (one,)))
        for test, one in told.items()
    )


def edge(test: str, result: str, score: str, unit: str | None = None) -> Case:
    """One test at the edge of its class, everything else within the first."""
    letter = "A" if int(score) <= 6 else "B"
    labs = calm(**{test: (result, unit) if unit else result})
    return Case(
        f"Child-Pugh is {score} with {test} {result}{f' {unit}' if unit else ''} and nothing else out of order",
        Course(labs, found("NONE", "NONE")),
        points(score, letter),
    )


def words(ascites: str, encephalopathy: str, score: str) -> Case:
    """What the form says, with calm laboratory results."""
    letter = "A" if int(score) <= 6 else "B"
    return Case(
        f"Child-Pugh is {score} with ascites {ascites!r} and encephalopathy {encephalopathy!r}",
        Course(calm(), found(ascites, encephalopathy)),
        points(score, letter),
    )


CHILD_PUGH = (
    edge("BILI", "33.9", "5"),
    edge("BILI", "34", "6"),
    edge("BILI", "51", "6"),
    edge("BILI", "51.1", "7"),
    edge("BILI", "1.99", "5", "mg/dL"),
    edge("BILI", "2.0", "6", "mg/dL"),
    edge("BILI", "3.0", "6", "mg/dL"),
    edge("BILI", "3.1", "7", "mg/dL"),
    edge("ALB", "35.1", "5"),
    edge("ALB", "35", "6"),
    edge("ALB", "28", "6"),
    edge("ALB", "27.9", "7"),
    edge("ALB", "2.8", "6", "g/dL"),
    edge("INR", "1.69", "5"),
    edge("INR", "1.7", "6"),
    edge("INR", "2.3", "6"),
    edge("INR", "2.31", "7"),
    edge("BILI", "<34", "5"),
    edge("BILI", ">51", "7"),
    words("MILD", "NONE", "6"),
    words("MODERATE", "NONE", "7"),
    words("SEVERE", "NONE", "7"),
    words("1", "0", "6"),
    words("Grade 2", "grade 0", "7"),
    words("NONE", "MILD", "6"),
    words("NONE", "MODERATE", "6"),
    words("NONE", "GRADE 2", "6"),
    words("NONE", "GRADE 3", "7"),
    words("少量", "无", "6"),
    Case(
        "Every answer at its worst makes 15 points, class C",
        Course(calm(BILI="60", ALB="20", INR="3"), found("SEVERE", "GRADE 4")),
        points("15", "C"),
    ),
    Case(
        "Nine points are class B, ten class C",
        Course(
            (
                *calm(ALB="30", BILI="40"),
                *(Lab(t, "2026-04-27", r) for t, r in (("ALB", "20"), ("BILI", "40"), ("INR", "1"))),
            ),
            (*found("MODERATE", "NONE"), *found("MODERATE", "NONE", "2026-04-27")),
        ),
        (*points("9", "B", DAY), *points("10", "C", "2026-04-27")),
    ),
    Case(
        "Without an answer about ascites there is no Child-Pugh: none is never assumed",
        Course(calm(), found(None, "NONE")),
        (
            ("CPSCORE", None, {"AVAL": None, "AVALC": None, "REASON": "MISSING: ASCITES"}),
            ("CPCLASS", None, {"AVAL": None, "AVALC": None, "REASON": "MISSING: ASCITES"}),
        ),
        ("LIVER-NO-CHILD-PUGH",),
    ),
    Case(
        "Without any answer about ascites or encephalopathy there is no Child-Pugh",
        Course(calm()),
        (("CPSCORE", None, {"AVAL": None, "REASON": "MISSING: ASCITES, ENCEPHALOPATHY"}),),
    ),
    Case(
        "Answers 14 days apart make a score, on the later day",
        Course(calm(), found("NONE", "NONE", "2026-03-13")),
        points("5", "A", "2026-03-13"),
        ("LIVER-NO-CHILD-PUGH",),
    ),
    Case(
        "Answers 15 days apart make none",
        Course(calm(), found("NONE", "NONE", "2026-03-14")),
        (
            ("CPSCORE", DAY, {"AVAL": None, "REASON": "MISSING: ASCITES, ENCEPHALOPATHY"}),
            # none of its laboratory tests is of that day
            ("CPSCORE", "2026-03-14", None),
        ),
        ("LIVER-NO-CHILD-PUGH",),
    ),
    Case(
        "A day with two of the three laboratory tests of Child-Pugh says that the third is missing",
        Course((Lab("BILI", DAY, "20"), Lab("ALB", DAY, "40")), found("NONE", "NONE")),
        (("CPSCORE", None, {"AVAL": None, "REASON": "MISSING: INR"}),),
    ),
    Case(
        "A day with one of them says nothing",
        Course((Lab("BILI", DAY, "20"),), found("NONE", "NONE")),
        (("CPSCORE", None, None), ("CPCLASS", None, None)),
    ),
    Case(
        "Tests of three days make an attempt at Child-Pugh that no row shows; without answers the site is asked "
        "all the same",
        Course(
            (Lab("BILI", "2026-02-23", "20"), Lab("ALB", "2026-02-25", "40"), Lab("INR", DAY, "1.0")),
            (("ASCITES", "2026-01-05", "NONE"),),
        ),
        (("CPSCORE", None, None),),
        ("LIVER-NO-CHILD-PUGH",),
    ),
    Case(
        "A bilirubin reported as below 50 may be one point or two",
        Course(calm(BILI="<50"), found("NONE", "NONE")),
        (
            ("CPSCORE", None, {"AVAL": None, "REASON": "CENSORED: BILI"}),
            ("CPCLASS", None, {"AVALC": "A", "REASON": None}),
        ),
        ("LIVER-NO-CHILD-PUGH",),
    ),
    Case(
        "A word nobody knows is asked about and scores nothing",
        Course(calm(), found("see report", "NONE")),
        (("CPSCORE", None, {"AVAL": None, "REASON": "MISSING: ASCITES"}),),
        ("LIVER-NO-CHILD-PUGH", "LIVER-WORD-UNKNOWN"),
    ),
    Case(
        "Two answers of one day that contradict each other leave no score",
        Course(calm(), (*found("NONE", "NONE"), *found("SEVERE", None))),
        (("CPSCORE", None, {"AVAL": None, "AVALC": None, "DATAERR": "LIVER-TWO-ANSWERS"}),),
        ("LIVER-NO-CHILD-PUGH", "LIVER-TWO-ANSWERS"),
    ),
    Case(
        "Prothrombin time stands in for INR by the seconds above the upper limit of its report: 4 seconds are 2 points",
        Course(
            (Lab("BILI", DAY, "20"), Lab("ALB", DAY, "40"), Lab("PT", DAY, "17", "13")), found("NONE", "NONE")
        ),
        points("6", "A"),
    ),
    Case(
        "A Child-Pugh sent by the site that differs from its own results is asked about, and not used",
        Course(calm(), found("NONE", "NONE"), reported=((DAY, "7"),)),
        points("5", "A"),
        ("LIVER-CHILD-PUGH-DIFFERS",),
    ),
    Case(
        "A Child-Pugh class sent by the site that agrees is not asked about",
        Course(calm(), found("NONE", "NONE"), reported=((DAY, "Class A"),)),
        points("5", "A"),
    ),
)

MELD = (
    meld3("M", ("2.5", "135", "1.5", "1.2", "3.0"), 17.853, "18"),
    meld3("F", ("2.5", "135", "1.5", "1.2", "3.0"), 19.183, "19"),
    meld3("M", ("5.0", "128", "2.0", "2.5", "2.2"), 33.976, "34"),
    Case(
        "MELD(i) of 5.0, 2.0 and 2.5 is 29.046; 9 mmol/L too little sodium make it 32.299",
        Course(day(("BILI", "5.0", "mg/dL"), ("INR", "2.0"), ("CREAT", "2.5", "mg/dL"), ("SODIUM", "128"))),
        (("MELD", None, {"AVAL": 29.046}), ("MELDNA", None, {"AVAL": 32.299})),
    ),
    Case(
        "Below 1 every value of MELD(i) counts as 1: 6.43, and sodium does not matter up to 11",
        Course(day(("BILI", "0.5", "mg/dL"), ("INR", "0.9"), ("CREAT", "0.6", "mg/dL"), ("SODIUM", "120"))),
        (("MELD", None, {"AVAL": 6.43}), ("MELDNA", None, {"AVAL": 6.43})),
    ),
    Case(
        "Creatinine counts as at most 4.0 mg/dL (353.6 umol/L): above a laboratory's limit of 500 is the same",
        Course(day(("BILI", "17.1"), ("INR", "1.0"), ("CREAT", ">500"))),
        (("MELD", None, {"AVAL": 19.697, "REASON": None}),),
    ),
    Case(
        "MELD 3.0 needs the sex",
        Course(
            day(
                ("BILI", "2.5", "mg/dL"),
                ("SODIUM", "135"),
                ("INR", "1.5"),
                ("CREAT", "1.2", "mg/dL"),
                ("ALB", "30"),
            ),
            sex=None,
        ),
        (("MELD3", None, {"AVAL": None, "REASON": "SEX"}),),
    ),
    Case(
        "A MELD without INR names what is missing; one that lacks more has no row",
        Course(day(("BILI", "17.1"), ("CREAT", "80"))),
        (
            ("MELD", None, {"AVAL": None, "REASON": "MISSING: INR"}),
            ("MELDNA", None, None),
            ("MELD3", None, None),
        ),
    ),
)

CELLS = (
    Case(
        "NLR, PLR and SII of one sample",
        Course(day(("NEUT", "4.5"), ("LYM", "1.5"), ("PLAT", "150"))),
        (("NLR", None, {"AVAL": 3.0}), ("PLR", None, {"AVAL": 100.0}), ("SII", None, {"AVAL": 450.0})),
    ),
    Case(
        "Cells of two samples of one day make no ratio",
        Course((Lab("NEUT", f"{DAY}T08:00", "4.5"), Lab("LYM", f"{DAY}T16:00", "1.5"))),
        (("NLR", None, None), ("SII", None, None)),
    ),
    Case(
        "An index of three cells says which one its sample lacks",
        Course(day(("NEUT", "4.5"), ("PLAT", "150"))),
        (("SII", None, {"AVAL": None, "REASON": "MISSING: LYM"}), ("NLR", None, None), ("PLR", None, None)),
    ),
    Case(
        "Of two whole samples of one day the later counts",
        Course(
            (
                Lab("NEUT", f"{DAY}T16:00", "6"), Lab("LYM", f"{DAY}T16:00", "1.5"),
                Lab("NEUT", f"{DAY}T08:00", "4.5"), Lab("LYM", f"{DAY}T08:00", "1.5"),
            )
        ),
        (("NLR", None, {"AVAL": 4.0}),),
    ),
    Case(
        "No lymphocytes, no ratio",
        Course(day(("NEUT", "4.5"), ("LYM", "0"))),
        (("NLR", None, {"AVAL": None, "REASON": "ZERO: LYM"}),),
    ),
)  # fmt: skip

OTHERS = (
    Case(
        "The R value compares ALT and ALP, each in multiples of its own limit",
        Course((Lab("ALT", DAY, "200", "40"), Lab("ALP", DAY, "130", "130"))),
        (("RVALUE", None, {"AVAL": 5.0}),),
    ),
    Case(
        "Without the laboratory's limit there is no R value",
        Course((Lab("ALT", DAY, "200", "40"), Lab("ALP", DAY, "130"))),
        (("RVALUE", None, {"AVAL": None, "REASON": "NO_LIMIT: ALP"}),),
    ),
    Case(
        "CRAFITY: one point for AFP of 100 ng/mL, one for CRP of 1 mg/dL",
        Course(day(("AFP", "100"), ("CRP", "1.0", "mg/dL"))),
        (("CRAFITY", None, {"AVAL": 2.0}),),
    ),
    Case(
        "CRAFITY: AFP above the assay's limit counts; CRP of 9.9 mg/L does not",
        Course(day(("AFP", ">2000"), ("CRP", "9.9"))),
        (("CRAFITY", None, {"AVAL": 1.0}),),
    ),
)

GROUPS: dict[str, tuple[Case, ...]] = {
    "ALBI": ALBI, "Which day is the baseline": BASELINES, "Child-Pugh": CHILD_PUGH, "MELD": MELD,
    "Ratios of cells": CELLS, "R value and CRAFITY": OTHERS,
}  # fmt: skip

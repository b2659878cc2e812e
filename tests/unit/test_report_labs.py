"""The laboratory, liver and blood pressure sections, from frames typed by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace
from typing import Any

import pandas as pd
import pytest

from milepost.reports.clinical import ClinicalFrames, ClinicalInputs, Group
from milepost.reports.drawing import Exhibit
from milepost.reports.labs_definitions import labs_definitions, liver_definitions, vitals_definitions
from milepost.reports.labs_dish import Plot, Point, dish_figures
from milepost.reports.labs_liver_section import build_liver
from milepost.reports.labs_section import build_labs
from milepost.reports.labs_vitals_section import build_vitals
from milepost.reports.ledger import Ledger
from milepost.reports.section import Section
from tests.made_up_study import default_study

FIRST = pd.Timestamp(2026, 3, 2)
BUILDERS = (build_labs, build_liver, build_vitals)
LAB_COLUMNS = (
    "USUBJID", "LINE", "PARAMCD", "PARAM", "ADY", "AVAL", "XULN", "ABLFL", "ONTRTFL", "ATOXDSCL", "BTOXGRL", "SHIFTL",
    "WORSTLFL", "ATOXDSCH", "BTOXGRH", "SHIFTH", "WORSTHFL",
)  # fmt: skip
SCORE_COLUMNS = ("USUBJID", "LINE", "PARAMCD", "AVAL", "AVALC", "ADT", "ADY", "ABLFL")
LIVER_COLUMNS = (
    "USUBJID", "LINE", "ALTPKULN", "BILIPKULN", "ALTPKBL", "BILIPKBL", "EDISH", "MDISH", "BASETIER", "LAYERMOD",
    "BILIMOD",
)  # fmt: skip
CASE_COLUMNS = (
    "USUBJID", "LINE", "ENZYME", "ENZRULE", "BILIRULE", "ENZDY", "ENZVAL", "ENZXULN", "ENZXBL", "BILIDT", "BILIDY",
    "BILIVAL", "BILIXULN", "BILIXBL", "ALPXULN", "ALPCOND", "RVALUE", "RTYPE",
)  # fmt: skip


def frame(columns: tuple[str, ...], rows: list[dict[str, Any]] | None = None) -> pd.DataFrame:
    return pd.DataFrame(rows or [], columns=list(columns), dtype=None if rows else object)


def lines(*subjects: str) -> pd.DataFrame:
    names = ("USUBJID", "LINE", "SITEID", "FIRSTDOSE", "FIRSTDOSETM", "LASTDOSE", "ONGOING")
    rows = [(one, 1, "S01", FIRST, None, pd.NaT, True) for one in subjects]
    return pd.DataFrame(rows, columns=list(names)).astype(
        {"FIRSTDOSE": "datetime64[ns]", "LASTDOSE": "datetime64[ns]"}
    )


def inputs_of(
    lined: pd.DataFrame,
    groups: dict[str, list[str]] | None = None,
    masked: bool = False,
    **frames: pd.DataFrame,
) -> ClinicalInputs:
    """A report of these frames; every other one is empty. groups: of the closed report."""
    nothing = frame(("USUBJID", "LINE"))
    given = {
        "lines": lined, "adsl": lined[["USUBJID"]].drop_duplicates(), "adlb": frame(LAB_COLUMNS),
        "scores": frame(SCORE_COLUMNS), "liver": frame(LIVER_COLUMNS), "liver_cases": frame(CASE_COLUMNS),
        "vs": frame(("USUBJID",)), **frames,
    }  # fmt: skip
    made = ClinicalFrames(**{field.name: given.get(field.name, nothing) for field in fields(ClinicalFrames)})
    told = {"all": sorted(set(lined["USUBJID"]))} if groups is None else groups
    named = tuple(
        Group(id_, "All patients" if groups is None else f"Arm {id_}", frozenset(who))
        for id_, who in told.items()
    )
    return ClinicalInputs(
        default_study(), dt.date(2026, 12, 31), made, named, compared=groups is not None, masked=masked
    )


def high(subject: str, before: int | None, worst: int | None, code: str = "ALT", line: int = 1) -> list[dict]:
    """A baseline row and the row with the worst grade of high values."""
    common = {
        "USUBJID": subject,
        "LINE": line,
        "PARAMCD": code,
        "PARAM": code,
        "ATOXDSCH": f"{code} increased",
    }
    rows = []
    if before is not None:
        rows.append({**common, "ADY": -3, "XULN": 1.0 + before, "ABLFL": "Y", "BTOXGRH": before})
    if worst is not None:
        said = "missing" if before is None else before
        rows.append({**common, "ADY": 29, "XULN": 1.0 + worst, "ONTRTFL": "Y", "BTOXGRH": before,
                     "WORSTHFL": "Y", "SHIFTH": f"{said} to {worst}"})  # fmt: skip
    return rows


def labs(*parts: list[dict]) -> pd.DataFrame:
    return frame(LAB_COLUMNS, [row for part in parts for row in part]).astype(
        {"LINE": "Int16", "XULN": float}
    )


# P1 worse by three grades, P2 as before, P3 better, P4 without a baseline, P5 without a result on treatment
SHIFTS = labs(high("P1", 0, 3), high("P2", 1, 1), high("P3", 2, 1), high("P4", None, 2), high("P5", 0, None))
FIVE = lines("P1", "P2", "P3", "P4", "P5")


def told(section: Section, id_: str) -> Exhibit:
    (found,) = [exhibit for exhibit in section.exhibits if exhibit.id == id_]
    return found


def numbers(ledger: Ledger, head: str) -> dict[str, Any]:
    return {id_.removeprefix(head): n.value for id_, n in ledger.numbers.items() if id_.startswith(head)}


def texts(exhibit: Exhibit, size: str = "wide") -> list[str]:
    return [
        mark.bold + mark.text for figure in exhibit.figures if figure.size == size for mark in figure.marks
    ]


def test_each_patient_stands_once_in_the_shift_table_by_grade_before_and_worst_grade() -> None:
    ledger = Ledger()
    section = build_labs(inputs_of(FIVE, adlb=SHIFTS), ledger)
    assert numbers(ledger, "labs.shift.ALT.H.") == {
        "0.3": 1, "1.1": 1, "2.1": 1, "missing.2": 1, "0.missing": 1,
    }  # fmt: skip
    assert told(section, "labs.shift").counted == "5"
    assert "1 from 0 to 3, 1 from 0 to none" in told(section, "labs.shift").figures[0].label


def test_worst_grades_are_counted_among_those_with_a_grade_on_treatment() -> None:
    ledger = Ledger()
    section = build_labs(inputs_of(FIVE, adlb=SHIFTS), ledger)
    assert numbers(ledger, "labs.worst.ALT.H.") == {
        "graded": 4, "any": 4, "worse": 1, "grave": 1, "no_baseline": 1,
    }  # fmt: skip
    table = told(section, "labs.worst").table
    assert table is not None
    assert [cell.text for cell in table.rows[0].cells] == [
        "4",
        "4",
        "1",
        "1",
        "1",
    ]  # no % under five patients
    assert section.lead == (
        "1 of 4 has had a laboratory value of grade 3 or more.",
        " In 1 of 1 it is worse than at baseline. 1 treated has no graded result on treatment.",
    )


def test_a_share_stands_beside_its_count_from_five_patients_on() -> None:
    adlb = labs(*(high(f"P{n}", 0, 2 if n < 3 else 0) for n in range(1, 9)))
    table = told(
        build_labs(inputs_of(lines(*(f"P{n}" for n in range(1, 9))), adlb=adlb), Ledger()), "labs.worst"
    ).table
    assert table is not None
    assert [cell.text for cell in table.rows[0].cells] == [
        "8",
        "2 · 25.0\u202f%",
        "2 · 25.0\u202f%",
        "0",
        "0",
    ]


def test_worse_cells_are_shaded_by_steps_the_same_grade_is_boxed_and_nobody_is_a_dot() -> None:
    shift = told(build_labs(inputs_of(FIVE, adlb=SHIFTS), Ledger()), "labs.shift")
    kinds = [dict(mark.attributes).get("class") for mark in shift.figures[0].marks if mark.element == "rect"]
    assert (kinds.count("labs-w3"), kinds.count("labs-w1"), kinds.count("labs-w2")) == (1, 0, 0)
    assert kinds.count("labs-same") == 3  # grades 0, 1 and 2 before
    assert "·" in texts(shift)


def test_tests_with_grave_grades_come_first_and_one_that_nobody_got_worse_in_is_in_the_table_alone() -> None:
    adlb = labs(
        high("P1", 0, 1, "ALP"), high("P2", 0, 1, "ALP"), high("P1", 0, 3, "BILI"), high("P1", 1, 1, "GGT")
    )
    section = build_labs(inputs_of(lines("P1", "P2"), adlb=adlb), Ledger())
    titles = [text for text in texts(told(section, "labs.shift")) if text.endswith("increased")]
    assert titles == ["BILI increased", "ALP increased"]
    table = told(section, "labs.worst").table
    assert table is not None and [row.name for row in table.rows] == [
        "BILI increased",
        "ALP increased",
        "GGT increased",
    ]


def two_lines(*subjects: str) -> pd.DataFrame:
    """These patients on a first line up to 1 July and, from 3 August on, on a second one."""
    first = lines(*subjects).assign(LASTDOSE=pd.Timestamp(2026, 7, 1), ONGOING=False)
    second = lines(*subjects).assign(LINE=2, FIRSTDOSE=pd.Timestamp(2026, 8, 3))
    return pd.concat([first, second.drop(columns="LASTDOSE")], ignore_index=True)


BY_GROUP = {"A": ["P1"], "B": []}


def test_together_the_worst_grade_of_all_lines_stands_against_the_baseline_of_the_first() -> None:
    parts = (high("P1", 0, 1), high("P1", 3, 4, line=2), high("P2", 0, 2), high("P2", 0, 1, line=2),
             high("P3", 1, 3, line=2))  # fmt: skip
    ledger = Ledger()
    build_labs(inputs_of(two_lines("P1", "P2", "P3"), adlb=labs(*parts)), ledger)
    assert numbers(ledger, "labs.shift.ALT.H.") == {"0.4": 1, "0.2": 1, "missing.3": 1}
    assert ledger.numbers["labs.grave"].receipt.rows == ("P1", "P3")


def test_by_group_the_laboratory_of_a_later_line_of_therapy_does_not_count() -> None:
    ledger = Ledger()
    made = inputs_of(two_lines("P1"), BY_GROUP, adlb=labs(high("P1", 0, 1), high("P1", 0, 4, line=2)))
    build_labs(made, ledger)
    assert numbers(ledger, "labs.shift.ALT.H.") == {"0.1.A": 1}
    told_of = {by: dict((key, text) for key, _, text in labs_definitions(one))["labs.grade"]
               for by, one in ((True, made), (False, inputs_of(two_lines("P1"))))}  # fmt: skip
    assert "Only the line with which the patient entered" in told_of[True]
    assert "Of several lines of therapy the worst grade counts" in told_of[False]


def test_in_the_closed_report_every_number_is_told_for_each_group() -> None:
    ledger = Ledger()
    groups = {"A": ["P1", "P3"], "B": ["P2", "P4", "P5"]}
    section = build_labs(inputs_of(FIVE, groups, adlb=SHIFTS), ledger)
    found = numbers(ledger, "labs.worst.ALT.H.graded")
    assert found == {".A": 2, ".B": 2}
    assert (
        section.lead[0]
        == "1 of 2 in Arm A and none of 2 in Arm B have had a laboratory value of grade 3 or more."
    )
    assert all(id_.endswith((".A", ".B")) for id_ in ledger.numbers)
    table = told(section, "labs.worst").table
    assert table is not None and table.spans == (("Arm A", 5), ("Arm B", 5))


def test_the_dry_run_counts_both_groups_together_and_tells_no_n_by_group() -> None:
    groups = {"A": ["P1", "P3"], "B": ["P2", "P4", "P5"]}
    masked = inputs_of(FIVE, groups, masked=True, adlb=SHIFTS)
    for build in BUILDERS:
        ledger = Ledger()
        section = build(masked, ledger)
        assert ledger.numbers and not [id_ for id_ in ledger.numbers if id_.endswith((".A", ".B"))]
        assert "Arm A" not in section.lead[0]
        for exhibit in section.exhibits:
            for figure in exhibit.figures:
                assert "n = " not in figure.label
    course = told(build_labs(masked, Ledger()), "labs.course")
    assert not [mark for figure in course.figures for mark in figure.marks if mark.element == "circle"]


def dish(
    subject: str, alt: float, bili: float, edish: str | None, mdish: str | None = "NORMAL", **more: Any
) -> dict:
    return {
        "USUBJID": subject, "LINE": 1, "ALTPKULN": alt, "BILIPKULN": bili, "ALTPKBL": 1.0, "BILIPKBL": 1.0,
        "EDISH": edish, "MDISH": mdish, "BASETIER": 1, "LAYERMOD": None, "BILIMOD": "N", **more,
    }  # fmt: skip


def case(subject: str, **more: Any) -> dict:
    return {
        "USUBJID": subject, "LINE": 1, "ENZYME": "AST", "ENZRULE": "NORMAL_BASELINE", "BILIRULE": "RAISED_BASELINE",
        "ENZDY": 57, "ENZVAL": 180.0, "ENZXULN": 4.5, "ENZXBL": 3.6, "BILIDT": pd.Timestamp(2026, 5, 1), "BILIDY": 61,
        "BILIVAL": 51.3, "BILIXULN": 3.0, "BILIXBL": 2.5, "ALPXULN": float("nan"), "ALPCOND": "UNKNOWN",
        "RVALUE": float("nan"), "RTYPE": None, **more,
    }  # fmt: skip


LIVER = frame(LIVER_COLUMNS, [
    dish("P1", 6.8, 2.3, "HYS", LAYERMOD="STOP", BILIMOD="Y"), dish("P2", 3.0, 2.0, "HYS"),
    dish("P3", 1.0, 2.5, "CHOLESTASIS"), dish("P4", 4.0, 0.5, "TEMPLE", LAYERMOD="WATCH", BASETIER=2),
    dish("P5", 2.5, 1.0, None), dish("P6", float("nan"), 1.0, None, BASETIER=None),
])  # fmt: skip
SIX = lines("P1", "P2", "P3", "P4", "P5", "P6")


def test_quadrants_are_those_of_the_derivation_and_an_open_one_is_hollow_and_in_no_corner() -> None:
    ledger = Ledger()
    section = build_liver(inputs_of(SIX, liver=LIVER), ledger)
    assert numbers(ledger, "liver.edish.") == {"HYS": 2, "CHOLESTASIS": 1, "TEMPLE": 1, "NORMAL": 0}
    assert ledger.numbers["liver.edish.HYS"].denominator == 5
    edish = told(section, "liver.edish")
    hollow = [mark for mark in edish.figures[0].marks if ("class", "labs-open") in mark.attributes]
    assert [mark.subject for mark in hollow] == ["P5"]
    assert edish.notes[0].startswith("Hollow: 1 patient with a result beyond the assay’s limit")
    assert "5 patients; lines at 3 and 2: 2 Hy’s law range, 1 bilirubin only, 1 ALT only, 0 neither" in (
        edish.figures[0].label
    )
    assert section.lead[1] == (
        " 2 of 5 lie in the Hy’s law range of eDISH; 1 treated has no ALT or bilirubin on treatment."
    )


def test_a_potential_case_is_named_in_bold_and_told_as_potential() -> None:
    section = build_liver(
        inputs_of(SIX, liver=LIVER, liver_cases=frame(CASE_COLUMNS, [case("P1")])), Ledger()
    )
    edish = told(section, "liver.edish")
    named = {mark.bold: mark.text for mark in edish.figures[0].marks if mark.bold in ("P1", "P2")}
    assert named == {"P1": ""}  # P2 lies in the range without being a case: in plain letters
    assert "P2" in texts(edish)
    assert section.lead[0] == "1 potential Hy’s law case among 6 treated."
    assert "until a physician has reviewed it" in edish.sub
    assert "until a physician has reviewed it" in told(section, "liver.cases").sub


def test_a_case_with_ast_alone_is_named_wherever_it_lies() -> None:
    section = build_liver(
        inputs_of(SIX, liver=LIVER, liver_cases=frame(CASE_COLUMNS, [case("P3")])), Ledger()
    )
    assert "P3" in texts(told(section, "liver.edish"))


def test_the_list_of_cases_tells_days_values_and_what_is_not_known() -> None:
    cases = frame(CASE_COLUMNS, [
        case("P1"),
        case("P2", BILIDT=pd.Timestamp(2026, 7, 1), ALPXULN=1.2, ALPCOND="MET", RVALUE=3.9167, RTYPE="MIXED"),
    ])  # fmt: skip
    table = told(build_liver(inputs_of(SIX, liver=LIVER, liver_cases=cases), Ledger()), "liver.cases").table
    assert table is not None
    latest, first = ([cell.text for cell in row.cells] for row in table.rows)
    assert [row.name for row in table.rows] == ["P2", "P1"]
    assert first == [
        "AST",
        "57",
        "180",
        "4.50",
        "3.60",
        "61",
        "51.3",
        "3.00",
        "2.50",
        "not known",
        "–",
        "",
        "bilirubin",
    ]
    assert latest[9:12] == ["1.20", "3.92", "mixed"]


def test_each_patient_is_in_one_layer_by_baseline() -> None:
    ledger = Ledger()
    section = build_liver(inputs_of(SIX, liver=LIVER), ledger)
    table = told(section, "liver.layers").table
    assert table is not None
    assert [(row.name, [cell.text for cell in row.cells]) for row in table.rows] == [
        ("under 1.5 × ULN", ["3 / 5 / 8", "4", "0", "3", "0", "0", "1", "1"]),
        ("1.5 to under 3 × ULN", ["4 / 6 / 11", "1", "0", "0", "1", "0", "0", "0"]),
        ("3 × ULN or more", ["6 / 8 / 12", "0", "0", "0", "0", "0", "0", "0"]),
        ("not known", ["3 / 5 / 8", "1", "1", "0", "0", "0", "0", "0"]),
    ]
    assert numbers(ledger, "liver.layer.1.") == {
        "patients": 4, "not_measured": 0, "below": 3, "WATCH": 0, "WITHHOLD": 0, "STOP": 1, "raised": 1,
    }  # fmt: skip


LATER_LIVER = {
    "liver": frame(LIVER_COLUMNS, [
        dish("P1", 2.0, 1.0, "NORMAL"), dish("P1", 6.8, 2.3, "HYS", LINE=2, LAYERMOD="STOP", BASETIER=2),
        dish("P2", 4.0, 0.5, "TEMPLE", LAYERMOD="WATCH"), dish("P2", 1.0, 0.5, "NORMAL", LINE=2),
    ]),
    "liver_cases": frame(CASE_COLUMNS, [case("P1", LINE=2, BILIDT=pd.Timestamp(2026, 10, 1))]),
}  # fmt: skip


def test_together_a_potential_case_of_a_later_line_counts_and_its_patient_is_drawn_once() -> None:
    ledger = Ledger()
    section = build_liver(inputs_of(two_lines("P1", "P2"), **LATER_LIVER), ledger)
    assert (ledger.numbers["liver.hys"].value, ledger.numbers["liver.hys"].denominator) == (1, 2)
    assert numbers(ledger, "liver.edish.") == {"HYS": 1, "CHOLESTASIS": 0, "TEMPLE": 1, "NORMAL": 0}
    assert ledger.numbers["liver.edish.HYS"].denominator == 2
    found = numbers(ledger, "liver.layer.")
    assert (found["1.patients"], found["1.WATCH"], found["2.patients"], found["2.STOP"]) == (1, 1, 1, 1)
    table = told(section, "liver.cases").table
    assert table is not None and [(row.name, row.subject) for row in table.rows] == [("P1, line 2", "P1")]


def test_by_group_a_potential_case_of_a_later_line_is_said_and_not_counted() -> None:
    ledger = Ledger()
    section = build_liver(inputs_of(two_lines("P1", "P2"), {"A": ["P1"], "B": ["P2"]}, **LATER_LIVER), ledger)
    assert numbers(ledger, "liver.hys") == {".A": 0, ".B": 0}
    assert numbers(ledger, "liver.edish.HYS") == {".A": 0, ".B": 0}
    assert told(section, "liver.cases").notes == (
        "Arm A: 1 case on a later line of therapy, which may be the other group’s drug, not counted.",
    )


def test_liver_scores_drift_from_baseline_to_the_worst_and_to_the_last() -> None:
    def score(subject: str, day: int, text: str, flag: str | None = None) -> dict:
        when = FIRST + pd.Timedelta(days=day - 1 if day > 0 else day)
        return {"USUBJID": subject, "LINE": 1, "PARAMCD": "ALBIGR", "AVAL": float(text), "AVALC": text, "ADT": when,
                "ADY": day, "ABLFL": flag}  # fmt: skip

    scores = frame(SCORE_COLUMNS, [
        score("P1", -3, "1", "Y"), score("P1", 29, "3"), score("P1", 57, "2"), score("P2", -3, "2", "Y"),
    ]).astype({"ADY": "Int64"})  # fmt: skip
    ledger = Ledger()
    section = build_liver(inputs_of(lines("P1", "P2"), scores=scores), ledger)
    assert numbers(ledger, "liver.ALBIGR.") == {
        "worst.1.3": 1, "worst.2.missing": 1, "last.1.2": 1, "last.2.missing": 1,
    }  # fmt: skip
    assert told(section, "liver.drift").counted == "2"


def test_together_scores_of_all_lines_stand_against_the_baseline_of_the_first() -> None:
    def score(line: int, day: int, text: str, flag: str | None = None) -> dict:
        first = FIRST if line == 1 else pd.Timestamp(2026, 8, 3)
        when = first + pd.Timedelta(days=day - 1 if day > 0 else day)
        return {"USUBJID": "P1", "LINE": line, "PARAMCD": "ALBIGR", "AVAL": float(text), "AVALC": text, "ADT": when,
                "ADY": day, "ABLFL": flag}  # fmt: skip

    scores = frame(SCORE_COLUMNS, [
        score(1, -3, "1", "Y"), score(1, 29, "2"), score(2, -3, "2", "Y"), score(2, 29, "3"),
    ]).astype({"ADY": "Int64"})  # fmt: skip
    ledger = Ledger()
    build_liver(inputs_of(two_lines("P1"), scores=scores), ledger)
    assert numbers(ledger, "liver.ALBIGR.") == {"worst.1.3": 1, "last.1.3": 1}
    apart = Ledger()
    build_liver(inputs_of(two_lines("P1"), BY_GROUP, scores=scores), apart)
    assert numbers(apart, "liver.ALBIGR.") == {"worst.1.2.A": 1, "last.1.2.A": 1}


def many(n: int) -> Plot:
    """Patients on a grid: each twentieth in the upper right."""
    points = [
        Point(f"P{at:04d}", 0.3 * 1.011 ** (at % 200), 0.2 + 0.012 * (at % 137), "NORMAL") for at in range(n)
    ]
    points += [Point(f"H{at}", 4.0 + at, 3.0, "HYS") for at in range(3)]
    return Plot("", False, tuple(points), (3.0, 2.0))


def test_of_very_many_patients_only_those_in_the_upper_right_are_drawn_by_themselves() -> None:
    wide, phone = dish_figures([many(5000)])
    for figure in (wide, phone):
        assert sum(mark.element == "circle" for mark in figure.marks) == 3
        hexagons = [mark for mark in figure.marks if "labs-hex" in dict(mark.attributes).get("class", "")]
        assert 0 < len(hexagons) <= 4
        assert sum(len(dict(mark.attributes)["d"]) for mark in hexagons) < 40_000
    few = dish_figures([many(100)])[0]
    assert sum(mark.element == "circle" for mark in few.marks) == 103


def vital(subject: str, day: int, systolic: int, diastolic: int) -> list[dict]:
    when = FIRST + pd.Timedelta(days=day - 1 if day > 0 else day)
    return [
        {"USUBJID": subject, "VSTESTCD": test, "VSORRES": str(value), "VSORRESU": "mmHg", "ADT": when,
         "VSDTC": when.date().isoformat(), "STATUS": "FINAL", "RETRACTED": False, "RECKEY": f"{test}{day}"}
        for test, value in (("SYSBP", systolic), ("DIABP", diastolic))
    ]  # fmt: skip


VITALS = pd.DataFrame([
    row for part in (
        vital("P1", -3, 130, 80), vital("P1", 15, 172, 96), vital("P1", 29, 160, 90), vital("P2", -3, 120, 75),
        vital("P2", 15, 140, 100), vital("P3", -3, 165, 90), vital("P3", 15, 159, 99), vital("P4", 15, 118, 70),
        vital("P5", 15, 121, 79),
    ) for row in part
])  # fmt: skip


def test_high_blood_pressure_is_counted_among_those_with_both_pressures_known() -> None:
    ledger = Ledger()
    section = build_vitals(inputs_of(SIX, vs=VITALS), ledger)
    found = numbers(ledger, "vitals.bp.")
    assert (found["high"], found["known"], found["repeated"]) == (2, 5, 1)
    assert (found["baseline.high"], found["baseline.known"]) == (1, 3)
    assert (found["SYSBP.high"], found["DIABP.high"]) == (1, 1)
    # exact interval of 2 of 5 (Clopper and Pearson): 5.27 to 85.34 %
    rate = ledger.numbers["vitals.bp.high.rate"]
    assert (str(rate.value), str(rate.low), str(rate.high)) == ("40.0000", "5.2745", "85.3367")
    assert section.lead == (
        "2 of 5 have had a reading of 160/100 mmHg or more.",
        " 1 of 2 on two days or more. Of 1 treated it is not known.",
    )
    table = told(section, "vitals.high").table
    assert table is not None
    assert table.rows[1].cells[0].text == "2 · 40.0\u202f% (5.3–85.3\u202f%)"


def test_together_a_high_pressure_on_a_later_line_counts_and_its_patient_once() -> None:
    # day 197 is day 43 of line 2
    rows = (*vital("P1", -3, 130, 80), *vital("P1", 15, 140, 85), *vital("P1", 197, 170, 95))
    ledger, apart = Ledger(), Ledger()
    build_vitals(inputs_of(two_lines("P1"), vs=pd.DataFrame(rows)), ledger)
    found = numbers(ledger, "vitals.bp.")
    assert (found["high"], found["known"], found["baseline.known"], found["baseline.high"]) == (1, 1, 1, 0)
    assert found["SYSBP.highest.median"] == 170
    build_vitals(inputs_of(two_lines("P1"), BY_GROUP, vs=pd.DataFrame(rows)), apart)
    assert (apart.numbers["vitals.bp.high.A"].value, apart.numbers["vitals.bp.known.A"].value) == (0, 1)


def test_bars_of_ten_begin_at_the_limit_so_that_none_lies_on_both_sides_of_it() -> None:
    highest = told(build_vitals(inputs_of(SIX, vs=VITALS), Ledger()), "vitals.highest")
    label = highest.figures[0].label
    assert (
        "Highest systolic pressure on treatment, mmHg, 5 patients: 110 to under 120 1, 120 to under 130 1, "
        in label
    )
    assert "140 to under 150 1, 150 to under 160 1, 170 to under 180 1. 1 at 160 or more." in label


def test_boxes_over_weeks_have_their_n_and_few_patients_are_a_dot_each() -> None:
    adlb = labs(*(high(f"P{n}", 0, n % 3) for n in range(1, 9)))
    ledger = Ledger()
    course = told(
        build_labs(inputs_of(lines(*(f"P{n}" for n in range(1, 9))), adlb=adlb), ledger), "labs.course"
    )
    found = numbers(ledger, "labs.course.ALT.")
    # on treatment 2, 3, 1, 2, 3, 1, 2, 3 times the limit: the middle of 1 1 2 2 2 3 3 3 is 2
    assert (found["baseline"], found["w3-6"], found["w3-6.median"], found["w7-10"]) == (8, 8, 2, 0)
    assert "weeks 3–6 2.00 (n = 8)" in course.figures[0].label
    few = told(build_labs(inputs_of(lines("P1"), adlb=labs(high("P1", 0, 1))), Ledger()), "labs.course")
    dots = [mark for mark in few.figures[0].marks if mark.element == "circle"]
    assert len(dots) == 2


def test_the_order_of_the_rows_makes_no_difference() -> None:
    given = inputs_of(SIX, adlb=SHIFTS, liver=LIVER, vs=VITALS, liver_cases=frame(CASE_COLUMNS, [case("P1")]))
    turned = replace(given, frames=replace(
        given.frames, **{name: getattr(given.frames, name).iloc[::-1].reset_index(drop=True)
                         for name in ("lines", "adlb", "liver", "vs")}
    ))  # fmt: skip
    for build in BUILDERS:
        assert build(given, Ledger()) == build(turned, Ledger())


def test_with_nobody_treated_every_exhibit_says_so() -> None:
    for groups in (None, {"A": [], "B": []}):
        for build in BUILDERS:
            section = build(inputs_of(lines(), groups), Ledger())
            assert section.lead[0].startswith(("No ", "Nobody "))
            assert all(
                exhibit.empty and not exhibit.figures and not exhibit.table for exhibit in section.exhibits
            )


def test_with_one_group_empty_the_other_is_told_and_the_empty_one_named() -> None:
    groups = {"A": ["P1", "P2", "P3", "P4", "P5", "P6"], "B": []}
    given = inputs_of(SIX, groups, adlb=SHIFTS, liver=LIVER, vs=VITALS)
    leads = [build(given, Ledger()).lead[0] for build in BUILDERS]
    assert leads[0] == "1 of 4 in Arm A and nobody in Arm B have had a laboratory value of grade 3 or more."
    assert leads[2] == "2 of 5 in Arm A and nobody in Arm B have had a reading of 160/100 mmHg or more."


def test_no_number_of_these_sections_is_a_test_or_a_p_value() -> None:
    ledger = Ledger()
    for build in BUILDERS:
        build(inputs_of(SIX, adlb=SHIFTS, liver=LIVER, vs=VITALS), ledger)
    assert not [id_ for id_ in ledger.numbers if id_.endswith(".p") or "hazard" in id_]
    assert {id_ for id_, number in ledger.numbers.items() if number.followed} == {
        "labs.grave", "liver.hys", "vitals.bp.high",
    }  # fmt: skip


@pytest.mark.parametrize("build", BUILDERS)
def test_every_exhibit_leads_to_a_definition_that_exists(build: Any) -> None:
    given = inputs_of(SIX)
    keys = {
        key for definitions in (labs_definitions, liver_definitions, vitals_definitions)
        for key, _, _ in definitions(given)
    }  # fmt: skip
    assert {exhibit.definition for exhibit in build(given, Ledger()).exhibits} <= keys

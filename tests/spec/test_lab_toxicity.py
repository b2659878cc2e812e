"""Laboratory toxicity: the tables and cases, and what the frame promises beside them."""

from __future__ import annotations

import datetime as dt
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from milepost.core.lab_grading import TABLES as TERMS
from milepost.core.lab_grading import grade
from milepost.core.lab_shift import summarise_shift
from milepost.core.lab_toxicity import LabToxicity, derive_lab_toxicity
from milepost.core.safety_signals import to_signals
from milepost.core.units import unit_among
from milepost.protocol import StudyProtocol
from tests.spec.cases_lab_edges import TABLES, Edge, Table
from tests.spec.cases_lab_toxicity import CASES, DAY_8, FIRST_DOSE, SCREENING, Case, Lab, alt
from tests.spec.records import records

CONFIG = Path(__file__).parents[2] / "config" / "protocol.toml"
PROTOCOL = StudyProtocol.model_validate(tomllib.loads(CONFIG.read_text(encoding="utf-8")))
ANTICOAGULANTS = ("Warfarin", "华法林")


def protocol_of(version: str, grade_units: str = "AS_REPORTED") -> StudyProtocol:
    """The default study, by this version of CTCAE."""
    safety = PROTOCOL.safety.model_copy(update={"grade_units": grade_units, "anticoagulants": ANTICOAGULANTS})
    return PROTOCOL.model_copy(update={"ctcae_version": version, "safety": safety})


def lines_of(*doses: tuple[str, str | None, str | None], usubjid: str = "P1") -> pd.DataFrame:
    """Lines of therapy: (first dose, its time, last dose or None while it goes on); none: a patient never treated."""
    rows = [
        {"USUBJID": usubjid, "LINE": number, "SITEID": "S01", "ARMCD": "ANL", "FIRSTDOSE": first, "FIRSTDOSETM": time,
         "LASTDOSE": last or first, "ONGOING": last is None}
        for number, (first, time, last) in enumerate(doses or ((None, None, None),), start=1)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    return frame.assign(
        FIRSTDOSE=pd.to_datetime(frame["FIRSTDOSE"]), LASTDOSE=pd.to_datetime(frame["LASTDOSE"])
    )


def row_of(lab: Lab, **more: Any) -> dict[str, Any]:
    """A row of LB."""
    return {
        "LBTESTCD": lab.test, "LBDTC": lab.date, "LBORRES": lab.result, "LBORRESU": lab.unit, "LBORNRLO": lab.low,
        "LBORNRHI": lab.high,
    } | lab.more | more  # fmt: skip


def toxicity_of(case: Case) -> LabToxicity:
    """What the case's rows give."""
    given = [{"CMTRT": name, "CMSTDTC": start, "CMENDTC": end} for name, start, end in case.medication]
    return derive_lab_toxicity(
        records("LB", *(row_of(lab) for lab in case.labs)), lines_of(*case.lines),
        protocol=protocol_of(case.version, case.grade_units), as_of=dt.date.fromisoformat(case.as_of),
        cm=records("CM", *given),
    )  # fmt: skip


def plain(value: Any) -> Any:
    """Nothing as None, a Decimal as its text, a number of pandas as Python's."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        return value
    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


def named(row: dict[str, Any], answers: dict[str, Any]) -> dict[str, Any]:
    """The columns of the row that the answers name."""
    return {name: plain(row[name]) for name in answers}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_the_rows_have_the_answers_of_the_case(case: Case) -> None:
    found = toxicity_of(case)
    rows = found.adlb.to_dict("records")
    assert len(case.labs) == len(case.answers)
    used = []
    for number, answers in enumerate(case.answers, start=1):
        of_record = [
            row for row in rows if row["RECKEY"] == f"LB|{number}" and row["PARAMCD"] == case.labs[number - 1].test
        ]  # fmt: skip
        reported = of_record[:1]  # a second one is the same record as the next line's baseline
        assert len(reported) == (0 if answers is None else 1)
        if answers is not None:
            assert named(reported[0], answers) == answers
            used += reported
    for (code, line), answers in case.further.items():
        made = [row for row in rows if (row["PARAMCD"], row["LINE"]) == (code, line) and row not in used]
        wanted = answers if isinstance(answers, tuple) else (answers,)
        assert [named(row, one) for row, one in zip(made, wanted, strict=True)] == [*wanted]
        used += made
    assert len(rows) == len(used)
    if case.rules is not None:
        assert tuple(sorted(found.problems["RULE"])) == case.rules


def shown(row: dict[str, Any], direction: str) -> str:
    """The grade as the tables write it."""
    highest, lowest = plain(row[f"GRMAX{direction}"]), plain(row[f"GRMIN{direction}"])
    if plain(row[f"ATOXGR{direction}"]) is None:
        return str(plain(row[f"REASON{direction}"]))
    assert plain(row[f"ATOXGR{direction}"]) == highest
    return str(highest) if lowest == highest else f"{lowest}-{highest}"


def grades_of(table: Table) -> list[str]:
    """The grade of each edge, each a patient of its own."""
    rows, lines = [], []
    for number, edge in enumerate(table.edges):
        usubjid = f"P{number:03d}"
        lab = lab_of(table, edge)
        rows.append(row_of(lab, USUBJID=usubjid))
        if edge.base is not None:
            rows.append(row_of(lab, USUBJID=usubjid, LBORRES=edge.base, LBDTC=SCREENING, ADT=SCREENING))
        lines.append(lines_of((FIRST_DOSE, None, None), usubjid=usubjid))
    found = derive_lab_toxicity(
        records("LB", *rows), pd.concat(lines, ignore_index=True), protocol=protocol_of(table.version),
        as_of=dt.date(2026, 12, 31),
    ).adlb  # fmt: skip
    after = found[found["ADT"] == pd.Timestamp(DAY_8)]
    assert set(after[f"ATOXDSC{table.direction}"].astype(str)) == {table.term}
    return [shown(row, table.direction) for row in after.to_dict("records")]


def lab_of(table: Table, edge: Edge) -> Lab:
    """The edge as a laboratory row."""
    return Lab(
        table.test,
        DAY_8,
        edge.result,
        edge.unit or table.unit,
        edge.low or table.low,
        edge.high or table.high,
    )


@pytest.mark.parametrize("table", TABLES, ids=lambda table: f"{table.term}, {table.version}")
def test_each_side_of_each_limit_has_its_grade(table: Table) -> None:
    assert list(zip([edge.result for edge in table.edges], grades_of(table), strict=True)) == [
        (edge.result, edge.grade) for edge in table.edges
    ]


def test_every_term_of_version_5_has_a_table_and_a_test_of_the_default_study() -> None:
    tabled = {(table.term, table.direction) for table in TABLES if table.version == "5.0"}
    assert {(term.name, term.direction) for term in TERMS["5.0"]} == tabled
    assert len(tabled) == 41
    codes = {test.code for test in PROTOCOL.tests} | {"CACORR"}
    assert {test for version in TERMS.values() for term in version for test in term.tests} <= codes


def test_a_grade_can_be_asked_for_alone() -> None:
    found = grade(
        "platelet COUNT decreased", "L", [Decimal(74), Decimal(74), Decimal(99), None],
        units=["10^9/l", "g/L", "10*9/L", "10^9/L"], lln=[Decimal(100)] * 4,
    )  # fmt: skip
    assert found.highest.tolist() == [2, -1, 1, -1]
    assert found.reasons == [None, "UNIT", None, "NO_RESULT"]
    assert grade("no such term", "L", [Decimal(1)]).reasons == ["NO_TERM"]


def test_the_corrected_row_names_the_record_of_its_calcium() -> None:
    case = next(case for case in CASES if case.title.startswith("Calcium is graded"))
    adlb = toxicity_of(case).adlb.set_index("PARAMCD")
    assert adlb.at["CACORR", "RECKEY"].tolist() == adlb.at["CA", "RECKEY"].tolist() == ["LB|1", "LB|3"]


def test_the_shift_counts_calcium_once_by_its_corrected_grade_and_a_range_by_its_milder_end() -> None:
    labs = (
        Lab("CA", SCREENING, "2.50", "mmol/L", "2.1", "2.6"), Lab("ALB", SCREENING, "40", "g/L", "35", "55"),
        Lab("CA", DAY_8, "2.20", "mmol/L", "2.1", "2.6"), Lab("ALB", DAY_8, "55", "g/L", "35", "55"),
        Lab("PLAT", SCREENING, "<90", "10^9/L", "100", "300"), Lab("PLAT", DAY_8, "<50", "10^9/L", "100", "300"),
    )  # fmt: skip
    shift = summarise_shift(toxicity_of(Case("", "", labs, ({},) * 6)).adlb)
    low = shift[shift["DIRECTION"] == "L"]
    assert low[["PARAMCD", "BASELINE", "WORST", "N"]].to_numpy().tolist() == [
        ["ALB", "0", "0", 1], ["CA", "0", "2", 1], ["PLAT", "1", "3", 1],
    ]  # fmt: skip


def test_a_grave_calcium_is_told_once_and_glucose_of_urine_not_at_all() -> None:
    labs = (
        Lab("CA", DAY_8, "13.6", "mg/dL", "8.5", "10.5"), Lab("ALB", DAY_8, "4.0", "g/dL", "3.5", "5.5"),
        Lab("GLUC", DAY_8, "0.5", "mmol/L", None, None, {"LBSPEC": "URINE"}),
        Lab("PLAT", DAY_8, "10", "10^9/L", "400", "300"),
    )  # fmt: skip
    nothing = pd.DataFrame()
    signals = to_signals(
        adverse_events=nothing, labs=toxicity_of(Case("", "", labs, ({},) * 4)).adlb, liver_cases=nothing,
        timepoints=nothing, protocol=PROTOCOL,
    )  # fmt: skip
    # limits that contradict each other do not hide a grade that needs none of them
    assert signals["ABOUT"].tolist() == ["CA high", "PLAT low"]


def test_the_default_study_reads_counts_in_every_usual_unit_and_asks_for_impossible_ones() -> None:
    for unit, value in (("/uL", "0.050"), ("1/uL", "0.050"), ("个/μL", "0.050"), ("10^3/mL", "0.050")):
        for test in ("PLAT", "WBC", "NEUT", "LYM", "CD4"):
            case = Case("", "", (Lab(test, DAY_8, "50", unit),), ({},))
            assert plain(toxicity_of(case).adlb["AVAL"].iloc[0]) == value
    weighed = toxicity_of(Case("", "", (Lab("FIBRINO", DAY_8, "0.2", "g/dL", "0.2", "0.4"),), ({},)))
    assert plain(weighed.adlb["AVAL"].iloc[0]) is None
    assert "LB-NO-UNIT" in weighed.problems["RULE"].tolist()


def test_a_sites_own_factor_counts_for_its_results_alone() -> None:
    labs = records("LB", row_of(Lab("HGB", DAY_8, "50", "%", "70", "100")))
    factors = {"S01": {"HGB": {"%": Decimal("1.5")}}}
    for given, value in ((factors, "75.0"), ({"S02": factors["S01"]}, None)):
        found = derive_lab_toxicity(
            labs, lines_of((FIRST_DOSE, None, None)), protocol=protocol_of("5.0"), as_of=dt.date(2026, 12, 31),
            site_factors=given,
        )  # fmt: skip
        assert plain(found.adlb["AVAL"].iloc[0]) == value
        assert plain(found.adlb["ATOXGRL"].iloc[0]) == (None if value is None else 3)


def test_a_question_is_asked_once_a_test_whatever_the_number_of_rows_and_holds_no_value() -> None:
    case = Case("", "", tuple(alt(f"2026-03-{day:02d}", "971", None) for day in range(9, 29)), ({},) * 20)
    problems = toxicity_of(case).problems
    assert problems["RULE"].tolist() == ["LB-NO-BASELINE", "LB-NO-RANGE"]
    assert problems["RECKEY"].tolist() == ["LB|1", "LB|1"]
    assert not problems["QUESTION"].str.contains("971").any()


def test_no_rows_make_an_empty_frame_with_the_same_columns() -> None:
    empty = toxicity_of(Case("", "", (), ())).adlb
    full = toxicity_of(CASES[0]).adlb
    assert len(empty) == 0
    assert list(empty.columns) == list(full.columns)


def test_a_patient_unknown_to_the_lines_keeps_the_rows() -> None:
    labs = records("LB", row_of(alt(DAY_8, "900"), USUBJID="P9"))
    adlb = derive_lab_toxicity(
        labs, lines_of((FIRST_DOSE, None, None)), protocol=PROTOCOL, as_of=dt.date(2026, 12, 31)
    ).adlb
    assert adlb["USUBJID"].tolist() == ["P9"]
    assert adlb["LINE"].isna().all()
    assert adlb["ARMCD"].isna().all()
    assert adlb["REASON"].astype(str).tolist() == ["NOT_TREATED"]


def test_the_shift_counts_each_patient_once_and_keeps_missing_baselines_apart() -> None:
    rows, lines = [], []
    for number, (before, after) in enumerate((("30", "121"), ("50", "201"), (None, "121"), ("30", None))):
        usubjid = f"P{number}"
        lines.append(lines_of((FIRST_DOSE, None, None), usubjid=usubjid))
        rows += [row_of(alt(SCREENING, before), USUBJID=usubjid)] if before else []
        rows += [row_of(alt(day, after), USUBJID=usubjid) for day in (DAY_8, "2026-03-20")] if after else []
    adlb = derive_lab_toxicity(
        records("LB", *rows),
        pd.concat(lines, ignore_index=True),
        protocol=PROTOCOL,
        as_of=dt.date(2026, 12, 31),
    ).adlb
    shift = summarise_shift(adlb, by=("ARMCD",))
    high = shift[shift["DIRECTION"] == "H"]
    # P1: baseline 50 is grade 1, 201 = 4.02 x baseline is grade 2; P3 has no value on treatment
    assert high[["ARMCD", "PARAMCD", "BASELINE", "WORST", "N"]].to_numpy().tolist() == [
        ["ANL", "ALT", "0", "2", 1], ["ANL", "ALT", "0", "missing", 1], ["ANL", "ALT", "1", "2", 1],
        ["ANL", "ALT", "missing", "2", 1],
    ]  # fmt: skip
    assert shift[shift["DIRECTION"] == "L"].empty


def test_a_unit_is_read_by_the_units_of_its_test() -> None:
    assert unit_among("G/L", ["g/L", "g/dL"]) == "g/L"
    assert unit_among("G/L", ["10^9/L"]) == "10^9/L"
    assert unit_among("furlong", ["g/L"]) == "furlong"

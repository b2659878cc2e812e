"""What names a person leaves the file nowhere but in the vault: not in a frame, a note, a log or an error.

The planted values are invented; each carries a mark so that one search finds it wherever it went.
"""

from __future__ import annotations

import logging

import pandas as pd
import pytest

from milepost.intake.identifiers import (
    is_id_card,
    is_identifier_header,
    looks_like_identifier,
    scrub,
    showable,
)
from milepost.intake.reading import Reading
from tests.intake_files import COLUMNS, GOOD, HEADER, layout, read

CARD, OLD_CARD, PHONE, LANDLINE = "11010519491231002X", "130102600102123", "13912345678", "020-87654321"
NAME, WESTERN, HOSPITAL_NUMBER = "张三丰", "Planted Person", "ZY0098765"
PLANTED = (
    CARD,
    OLD_CARD,
    PHONE,
    LANDLINE,
    NAME,
    WESTERN,
    HOSPITAL_NUMBER,
    "1960-01-02",
    "planted@example.org",
)


def everything_said(reading: Reading, caplog: pytest.LogCaptureFixture) -> str:
    """All text a reading gave: frames, notes, lines set aside, its problem, and the log."""
    parts = [repr(reading.problem), repr(reading.columns_unknown), repr(reading.columns_missing), caplog.text]
    for frame in (*reading.frames.values(), reading.ignored):
        parts.append(frame.to_csv() if isinstance(frame, pd.DataFrame) else "")
    return "\n".join(parts)


def leaks(text: str) -> list[str]:
    return [value for value in PLANTED if value in text]


# ---- columns, by their header


@pytest.mark.parametrize(
    "name",
    [
        "姓名",
        "患者姓名",
        "身份证号",
        "身份证号码",
        "住院号",
        "门诊号",
        "病案号",
        "病历号",
        "手机号",
        "联系电话",
        "家庭住址",
        "出生日期",
        "出生年月",
        "签名",
        "Name",
        "NAME",
        " name ",
        "Patient name",
        "patientName",
        "Name of patient",
        "Subject's name",
        "first_name",
        "Surname",
        "Name, Vorname",
        "DOB",
        "DOB (yyyy-mm-dd)",
        "Date of birth (dd/mm/yyyy)",
        "birth_date",
        "BRTHDTC",
        "MRN",
        "MRN No.",
        "Hospital No.",
        "hospital_id",
        "Phone 2",
        "Patient phone",
        "Mobile number",
        "Tel.",
        "ID card",
        "ID Card No.",
        "National ID",
        "Passport No",
        "Medical record number",
        "E-mail",
        "Initials",
        "Geburtsdatum",
        "Nachname",
        "ｎａｍｅ",
    ],
)
def test_a_column_that_names_a_person_is_known_by_its_header(name):
    assert is_identifier_header(name)


@pytest.mark.parametrize(
    "name",
    [
        "受试者编号",
        "受试者代码",
        "筛选号",
        "随机号",
        "病例号",
        "入组号",
        "患者编号",
        "项目名称",
        "检验项目",
        "中心编号",
        "单位",
        "性别",
        "年龄",
        "记录号",
        "标本采集时间",
        "PID",
        "Subject",
        "Subject ID",
        "Patient",
        "Patient No",
        "SUBJECT_ID",
        "Test name",
        "Drug name",
        "Order no",
        "Record ID",
        "Visit name",
        "Hospital",
        "Site",
        "Admission date",
        "White cell",
        "Phone visit date",
        "Contact date",
        "Number",
        "ID",
        "Sample no",
        "LOINC",
        "Code",
        "Status",
        "Birth weight",
        "Name of test",
    ],
)
def test_a_column_of_the_study_is_not_taken_for_one(name):
    assert not is_identifier_header(name)


def test_a_column_that_names_a_person_is_never_read_and_is_counted(caplog):
    caplog.set_level(logging.DEBUG)
    header = f"{HEADER},姓名,身份证号,Hospital No.,Phone,Date of birth"
    reading = read(f"{header}\n{GOOD},{NAME},{CARD},{HOSPITAL_NUMBER},{PHONE},1960-01-02\n")
    assert reading.identifiers_stripped == 5
    assert leaks(everything_said(reading, caplog)) == []
    assert reading.columns_unknown == ()


def test_a_layout_that_maps_such_a_column_is_refused_whatever_it_is_mapped_to(caplog):
    reading = read(f"{HEADER},姓名\n{GOOD},{NAME}\n", layout(columns=COLUMNS | {"VISIT": "姓名"}))
    assert (
        reading.problem is not None
        and "maps 姓名, which identifies a person and is never read" in reading.problem
    )
    assert leaks(everything_said(reading, caplog)) == []


# ---- cells


@pytest.mark.parametrize("value", [NAME, CARD, OLD_CARD, PHONE, f"S01-001{NAME}", "1.10101E+17", "planted@example.org",
                                   HOSPITAL_NUMBER, "Planted-Person"])  # fmt: skip
def test_an_identifier_in_the_subject_column_is_withheld_and_the_row_kept(value, caplog):
    caplog.set_level(logging.DEBUG)
    reading = read(f"{HEADER}\n{GOOD.replace('S01-001', value)}\n")
    row = reading.frames["LB"].iloc[0]
    assert row["USUBJID"] == "(withheld)" and row["X_SUBJECT"] in ("LOOKS_LIKE_IDENTIFIER", "BAD_PATTERN")
    assert leaks(everything_said(reading, caplog)) == [] and value not in everything_said(reading, caplog)


@pytest.mark.parametrize(
    "column", ["Order", "Test", "LOINC", "Result", "Unit", "Collected", "Status", "Remark"]
)
@pytest.mark.parametrize(
    "value",
    [
        CARD,
        f"身份证{CARD}",
        f"tel {PHONE}.",
        f"No.{PHONE}",
        f"电话:{LANDLINE}",
        f"姓名：{NAME}",
        f"患者姓名{NAME}",
        f"住院号 {HOSPITAL_NUMBER}",
        f"DOB: 1960-01-02 {OLD_CARD}",
        f"Patient name: {WESTERN}",
        "mail planted@example.org",
    ],
)
def test_an_identifier_in_any_cell_of_a_line_goes_no_further(column, value, caplog):
    caplog.set_level(logging.DEBUG)
    line = dict(zip(HEADER.split(","), GOOD.split(","), strict=True)) | {"Remark": "", column: value}
    used = layout(columns=COLUMNS | {"VISIT": "Remark"})
    reading = read(",".join(line) + "\n" + ",".join(line.values()) + "\n", used)
    bare = {f"No.{PHONE}": [PHONE], f"DOB: 1960-01-02 {OLD_CARD}": [OLD_CARD]}
    kept = bare.get(value, []) if column == "Order" else []  # without a label it may be an order number
    assert leaks(everything_said(reading, caplog)) == kept


def test_free_text_of_an_event_is_scrubbed_and_otherwise_kept(caplog):
    used = layout(columns={"USUBJID": "s", "AETERM": "term", "AESTDTC": "d"}, emits=[{"domain": "AE"}])
    reading = read(
        f"s,term,d\nS01-001,乏力；姓名：{NAME}；电话{PHONE},2026-03-30\nS01-002,手足综合征,2026-03-30\n", used
    )
    assert reading.frames["AE"]["AETERM"].tolist() == ["乏力;姓名:[removed];电话[removed]", "手足综合征"]
    assert reading.identifiers_stripped == 1
    assert "[removed]" in reading.frames["AE"]["RECKEY"].iloc[0]


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        (f"call {PHONE}.", "call [removed]."), (f"+86 {PHONE}", "[removed]"), ("139 1234 5678", "[removed]"),
        (f"１３９１２３４５６７８ {NAME}", f"[removed] {NAME}"), ("born 2 Jan 1960", "born [removed]"),
        ("出生日期1960年1月2日", "出生日期[removed]"), ("geb. 02.01.1960", "geb. [removed]"),
        ("MRN 0098765", "MRN [removed]"),
        ("Name: John Smith, male", "Name: [removed], male"),
        # what only looks like it
        ("0.13912345678", "0.13912345678"), ("drug name: Sorafenib", "drug name: Sorafenib"),
        ("999999199913321234", "999999199913321234"), ("乏力，恶心，腹泻三天", "乏力，恶心，腹泻三天"),
        ("passed at 2026-03-02", "passed at 2026-03-02"), ("手足综合征 2级 2026-03-02", "手足综合征 2级 2026-03-02"),
        ("HBV-DNA 1234567 IU/mL", "HBV-DNA 1234567 IU/mL"), ("telangiectasia", "telangiectasia"), ("", ""),
    ],
)  # fmt: skip
def test_only_what_names_a_person_is_taken_from_a_text(text, scrubbed):
    assert scrub(text) == scrubbed
    assert scrub(scrubbed) == scrubbed


def test_an_id_card_number_is_known_by_its_check_digit():
    assert is_id_card("11010519491231002X") and is_id_card("11010519491231002x")
    assert not is_id_card("110105194912310021") and not is_id_card("20260330000000012X"[:17])


@pytest.mark.parametrize("text", ["S01-001", "H1-005", "12345", "SUBJ-0001", "CN-2026-001"])
def test_a_studys_own_subject_numbers_are_no_identifiers(text):
    assert not looks_like_identifier(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mg", "mg"),
        ("10^9/L", "10^9/L"),
        ("CA19-9", "CA19-9"),
        ("甲胎蛋白异质体", "甲胎蛋白异质体"),
        ("1834-1", "1834-1"),
        ("420.5", "(a number)"),
        ("＜１．３", "(a number)"),
        ("-5", "(a number)"),
        ("2026-03-30", "(a date)"),
        ("2026-03", "(a date)"),
        ("2026年3月30日", "(a date)"),
        ("30.03.2026 08:30", "(a date)"),
        ("ZY0098765", "(a long number)"),
        ("x" * 60, "x" * 24),
    ],
)
def test_an_unknown_code_is_shown_only_where_it_cannot_be_a_value(text, shown):
    assert showable(text, 24) == shown


# ---- files whose first line is no header


def test_the_first_patients_data_are_not_repeated_where_a_file_has_no_header(caplog):
    reading = read(f"{NAME},{CARD},{PHONE},1960-01-02\n{NAME},{CARD},{PHONE},1960-01-02\n")
    assert reading.problem is not None
    assert leaks(everything_said(reading, caplog)) == []


def test_a_defect_of_ours_is_told_by_its_place_and_never_by_a_value(caplog, monkeypatch):
    def broken(*_: object) -> None:
        raise ValueError(f"cannot read {NAME} {CARD}")

    monkeypatch.setattr("milepost.intake.records.read_status", broken)
    reading = read(f"{HEADER}\n{GOOD}\n")
    assert reading.problem is not None and reading.problem.startswith(
        "The file met a defect of this service (ValueError in "
    )
    assert leaks(everything_said(reading, caplog)) == [] and reading.received == 0

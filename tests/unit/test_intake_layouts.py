"""What each line of a file becomes: wide and long files, several records of a line, who a record is."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

from milepost.intake.reading import Reading, read_delivery
from milepost.runtime import PROJECT, read_study
from tests.intake_files import COLUMNS, GOOD, HEADER, RECEIVED, fully_placed, labs, layout, read, study


def of_site(site_id: str, layout_id: str, raw: str | bytes) -> Reading:
    """A file as the default study reads it from this site."""
    site = study().site(site_id)
    used = next(item for item in site.layouts if item.id == layout_id)
    return read_delivery(
        raw if isinstance(raw, bytes) else raw.encode(),
        layout=used, site=site, protocol=study().protocol, zone=study().zone(site_id), delivery=1, received_at=RECEIVED,
    )  # fmt: skip


# ---- one visit a line


WIDE = """某某医院检验科,,,,,
受试者编号,采样日期,访视名称,甲胎蛋白,谷丙转氨酶,白细胞计数,报告日期
编号,日期,,ng/mL,U/L,10^9/L,
001,2026年3月2日,第1天,＜1.3,25↑,6.1,2026年3月3日
002,2026年3月30日,第4周,未做,,5.0,2026年3月31日
合计,,,2,,,
"""


def test_one_visit_a_line_becomes_one_record_a_result():
    reading = of_site("S02", "labs-wide", WIDE.encode("gb18030"))
    rows = reading.frames["LB"]
    told = (
        rows[["SRCLINE", "USUBJID", "LBTESTCD", "LBORRES", "LBORRESU", "LBDTC", "VISIT"]].to_numpy().tolist()
    )
    assert told == [
        [4, "S02-001", "AFP", "<1.3", "ng/mL", "2026-03-02", "第1天"],
        [4, "S02-001", "ALT", "25", "U/L", "2026-03-02", "第1天"],
        [4, "S02-001", "WBC", "6.1", "10^9/L", "2026-03-02", "第1天"],
        [5, "S02-002", "WBC", "5.0", "10^9/L", "2026-03-30", "第4周"],
    ]
    assert rows["EMIT"].tolist() == [0, 1, 8, 8]
    assert rows["LBNAM"].unique().tolist() == ["S02 hospital laboratory"]
    assert reading.encoding == "gb18030"


def test_an_empty_result_of_a_wide_line_is_counted_once_for_each_test():
    reading = of_site("S02", "labs-wide", WIDE.encode("gb18030"))
    emits = 19  # each result of the line, the test strip among them
    assert reading.lines == 3
    assert reading.ignored.groupby("RULE").size().to_dict() == {"NO_VALUE": 2 * emits - 4, "TOTALS_ROW": 1}
    assert reading.received == 2 * emits + 1


def test_columns_a_wide_file_lacks_are_named():
    assert "血红蛋白" in of_site("S02", "labs-wide", WIDE.encode("gb18030")).columns_missing


def test_a_withdrawn_result_of_a_wide_line_is_a_record_although_it_is_empty():
    used = layout(columns={"USUBJID": "s", "LBDTC": "d", "RECSTATUS": "st"},
                  emits=[{"domain": "LB", "columns": {"LBORRES": "v"},
                          "constants": {"LBTESTCD": "AFP", "LBORRESU": "ng/mL"}}])  # fmt: skip
    reading = read("s,d,v,st\nS01-001,2026-03-30,,X\nS01-002,2026-03-30,,F\n", used)
    assert reading.frames["LB"]["STATUS"].tolist() == ["CANCELLED"]
    assert reading.ignored["RULE"].tolist() == ["NO_VALUE"]


# ---- imaging


IMAGING = """subject,scan_date,visit,record,lesion,role,location,method,reader,measure,value,unit,criteria
S01-001,2026-03-02,BASELINE,lesion,T1,TARGET,LIVER,CT,site,,,,
S01-001,2026-03-02,BASELINE,measurement,T1,TARGET,,CT,site,LDIAM,42.0,mm,
S01-001,2026-03-02,BASELINE,measurement,T1,TARGET,,CT,central,LDIAM,"4,1",cm,
S01-001,2026-04-13,WEEK6,response,,,,,central,OVRLRESP,PR,,RECIST 1.1
S01-001,2026-04-13,WEEK6,remark,,,,,,,,,
"""


def test_an_imaging_file_becomes_lesions_measurements_and_responses():
    reading = of_site("S01", "imaging", IMAGING)
    assert {domain: len(frame) for domain, frame in reading.frames.items()} == {"TU": 1, "TR": 2, "RS": 1}
    tu, tr, rs = (reading.frames[domain] for domain in ("TU", "TR", "RS"))
    assert (tu.iloc[0]["TUEVAL"], tu.iloc[0]["TUORRES"], tu.iloc[0]["TUTESTCD"]) == (
        "INVESTIGATOR",
        "TARGET",
        "TUMIDENT",
    )
    assert tr["TREVAL"].tolist() == ["INVESTIGATOR", "INDEPENDENT ASSESSOR"]
    assert tr["TRORRES"].tolist() == ["42.0", "4,1"] and tr["X_VALUE"].tolist() == ["OK", "UNPARSEABLE"]
    assert (rs.iloc[0]["RSDTC"], rs.iloc[0]["RSCAT"]) == ("2026-04-13", "RECIST 1.1")
    assert reading.ignored.to_numpy().tolist() == [[6, "NO_RECORD", "FILE"]]
    assert reading.received == 5


def test_the_two_readers_of_a_scan_are_two_records():
    keys = of_site("S01", "imaging", IMAGING).frames["TR"]["RECKEY"].tolist()
    assert keys == ["D:T1|LDIAM|INVESTIGATOR||2026-03-02", "D:T1|LDIAM|INDEPENDENT ASSESSOR||2026-03-02"]


# ---- the newcomer's study folder


def test_the_example_folder_reads_its_own_samples_without_a_doubt():
    folder = PROJECT / "examples" / "new_study"
    own = read_study(folder)
    site = own.site("H1")
    for name, rows in (("labs", {"LB": 7}), ("patients", {"DM": 5, "EX": 4})):
        used = next(item for item in site.layouts if item.id == name)
        reading = read_delivery(
            (folder / f"{name}.csv").read_bytes(), layout=used, site=site, protocol=own.protocol,
            zone=own.zone("H1"), delivery=1, received_at=RECEIVED,
        )  # fmt: skip
        assert reading.problem is None and reading.columns_missing == () and reading.columns_unknown == ()
        assert {domain: len(frame) for domain, frame in reading.frames.items()} == rows
        for frame in reading.frames.values():
            assert not frame["NOTE"].map(len).any() or name == "patients"


# ---- which lines, which columns


def test_a_named_rule_sets_lines_aside_and_is_counted_under_its_name():
    used = layout(ignore=[{"id": "QUALITY_CONTROL", "when": {"column": "Subject", "starts_with": ["QC"]}}])
    reading = read("\n".join((HEADER, "QC1,1,AFP,,1,ng/mL,2026-03-30,F", GOOD)), used)
    assert len(reading.frames["LB"]) == 1
    assert reading.ignored.to_numpy().tolist() == [[2, "QUALITY_CONTROL", "FILE"]]


@pytest.mark.parametrize(
    ("which", "lines"), [("all", [2, 3, 4, 5]), ("first_of_subject", [3, 5]), ("last_of_subject", [4, 5])]
)
def test_the_first_or_last_line_of_a_subject_goes_by_date_then_by_line(which, lines):
    used = layout(columns={"USUBJID": "s", "DTC": "d"}, emits=[{"domain": "EX", "rows": which,
                  "constants": {"EXTRT": "ANLOTINIB", "EXDOSE": "12"}}])  # fmt: skip
    reading = read(
        "s,d\nS01-001,2026-03-05\nS01-001,2026-03-02\nS01-001,2026-03-05\nS01-002,2026-03-02\n", used
    )
    assert reading.frames["EX"]["SRCLINE"].tolist() == lines
    assert fully_placed(reading) and reading.received == 4


def test_a_line_may_make_two_records_and_a_date_may_be_counted_from_another():
    used = layout(columns={"USUBJID": "s"}, emits=[
        {"domain": "DS", "columns": {"DTC": "start"}, "constants": {"DSDECOD": "RANDOMIZED"}},
        {"domain": "SS", "columns": {"SSORRES": "state"}, "constants": {"SSTESTCD": "SURVSTAT"},
         "date_plus_days": {"SSDTC": ["start", "days"]}, "when": {"column": "state", "filled": True}},
    ])  # fmt: skip
    reading = read("s,start,days,state\nS01-001,2026-03-02,28,ALIVE\nS01-002,2026-03-02,,\n", used)
    assert reading.frames["DS"]["DSSTDTC"].tolist() == ["2026-03-02", "2026-03-02"]
    assert reading.frames["SS"]["SSDTC"].tolist() == ["2026-03-30"]
    assert reading.received == 3 and fully_placed(reading)


def test_part_of_a_day_up_to_a_midnight_is_the_hour_of_the_line_and_the_end_has_none():
    hours = {"time_from_days": "days", "rows": "first_of_subject"}
    used = layout(columns={"USUBJID": "s", "DTC": "start"}, date_formats=["%d.%m.%Y"], emits=[
        {"domain": "EX", "constants": {"EXTRT": "ANLOTINIB", "EXDOSE": "12"}, **hours},
        {"domain": "DS", "constants": {"DSDECOD": "DEATH"}, "date_plus_days": {"DSSTDTC": ["start", "days"]}, **hours},
        {"domain": "VS", "constants": {"VSTESTCD": "WEIGHT", "VSORRES": "70"}},
    ])  # fmt: skip
    reading = read(
        "s,start,days\nS01-001,05.01.2026,3.625\nS01-001,06.01.2026,3\nS01-002,05.01.2026,3\nS01-003,05.01.2026,\n",
        used,
    )
    assert reading.frames["EX"]["EXSTDTC"].tolist() == ["2026-01-05T09:00", "2026-01-05", "2026-01-05"]
    assert reading.frames["EX"]["X_DATE"].tolist() == ["OK", "OK", "OK"]
    assert reading.frames["DS"]["DSSTDTC"].tolist() == ["2026-01-09", "2026-01-08"]
    assert reading.frames["VS"]["VSDTC"].tolist() == ["2026-01-05", "2026-01-06", "2026-01-05", "2026-01-05"]
    assert fully_placed(reading)


def test_a_days_column_that_is_no_number_makes_an_unreadable_date():
    used = layout(columns={"USUBJID": "s"}, emits=[{"domain": "SS", "columns": {"SSORRES": "state"},
                  "constants": {"SSTESTCD": "SURVSTAT"}, "date_plus_days": {"SSDTC": ["start", "days"]}}])  # fmt: skip
    reading = read("s,start,days,state\nS01-001,2026-03-02,1e99999,ALIVE\n", used)
    assert reading.frames["SS"]["X_DATE"].tolist() == ["UNPARSEABLE"]


def test_words_of_the_site_become_our_codes_and_an_empty_cell_may_have_one():
    used = layout(columns={"USUBJID": "s", "SEX": "x", "ARMCD": "a", "DTHFL": "f"}, emits=[{"domain": "DM"}],
                  codes={"SEX": {"男": "M"}, "DTHFL": {"": "N"}})  # fmt: skip
    row = read("s,x,a,f\nS01-001,男,anlotinib,\n", used).frames["DM"].iloc[0]
    assert (row["SEX"], row["ARMCD"], row["DTHFL"]) == ("M", "ANL", "N")


# ---- who a record is


def test_a_record_is_known_by_its_test_and_record_id():
    assert labs(GOOD)["RECKEY"].tolist() == ["R:AFP|1"]


def test_without_a_record_id_it_is_known_by_test_specimen_and_time():
    rows = labs(
        GOOD.replace(",1,", ",,"), GOOD.replace(",1,", ",,").replace("2026-03-30", "2026-03-30T08:00")
    )
    assert rows["RECKEY"].tolist() == ["D:AFP||2026-03-30", "D:AFP||2026-03-30T08:00"]


def test_two_samples_of_a_day_share_a_name_and_are_told_apart_by_their_place():
    bare = GOOD.replace(",1,", ",,")
    rows = labs(bare, bare.replace("420", "380"), bare.replace("S01-001", "S01-002"))
    assert rows["OCCURRENCE"].tolist() == [1, 2, 1]


def test_two_texts_never_make_one_name_by_accident():
    used = layout(columns={k: v for k, v in COLUMNS.items() if k != "LBREFID"} | {"LBSPEC": "Order"})
    rows = labs(
        "S01-001,a|b,AFP,,1,ng/mL,2026-03-30,F", "S01-001,a\\,AFP,,1,ng/mL,2026-03-30,F", layout_=used
    )
    assert rows["RECKEY"].tolist() == ["D:AFP|a\\|b|2026-03-30", "D:AFP|a\\\\|2026-03-30"]


@pytest.mark.parametrize("written", ["1.23457E+17", "1.23457e+17", "1,23457E+17", "１.2E+17", "1E+12"])
def test_a_record_number_that_a_spreadsheet_has_shortened_is_noticed(written):
    row = labs(f'S01-001,"{written}",AFP,,420,ng/mL,2026-03-30,F').iloc[0]
    assert row["X_LINE"] == "RUINED_RECORD_ID"
    assert "1.2E+17" in row["NOTE"]["RUINED_RECORD_ID"] and written not in row["NOTE"]["RUINED_RECORD_ID"]


@pytest.mark.parametrize("written", ["5E12", "12E+3", "E+17", "1.2E17", "2026E", "0012"])
def test_a_record_number_with_an_e_in_it_is_fine(written):
    row = labs(f"S01-001,{written},AFP,,420,ng/mL,2026-03-30,F").iloc[0]
    assert (row["X_LINE"], row["LBREFID"]) == ("OK", written)


@pytest.mark.parametrize(
    ("written", "kept"), [("'0012", "0012"), ('"=""0012"""', "0012"), ("\ufeff0012\u200b", "0012")]
)
def test_what_a_spreadsheet_wraps_a_number_in_is_taken_off(written, kept):
    assert labs(f"S01-001,{written},AFP,,420,ng/mL,2026-03-30,F").iloc[0]["LBREFID"] == kept


@pytest.mark.parametrize(
    ("cell", "code", "kept"),
    [
        ("S01-001", "OK", "S01-001"), ("Ｓ０１－００１", "OK", "S01-001"), ("'S01-001", "OK", "S01-001"),
        ("", "MISSING", None), ("S01-1", "BAD_PATTERN", "(withheld)"), ("s01-001", "BAD_PATTERN", "(withheld)"),
        ("S01-001 张三", "LOOKS_LIKE_IDENTIFIER", "(withheld)"),
    ],
)  # fmt: skip
def test_a_subject_number_is_the_studys_or_is_withheld(cell, code, kept):
    row = labs(GOOD.replace("S01-001", cell)).iloc[0]
    assert (row["X_SUBJECT"], row["USUBJID"]) == (code, kept)


def test_a_sites_own_numbers_get_its_prefix():
    assert labs(GOOD.replace("S01-001", "001"), subject_prefix="S01-")["USUBJID"].tolist() == ["S01-001"]


# ---- how much a cell may hold


def test_a_cell_far_too_long_is_cut_between_characters_and_said():
    row = labs(GOOD.replace("420", "检" * 400)).iloc[0]
    assert row["X_LINE"] == "CELL_TOO_LONG"
    assert row["LBORRES"] == "检" * 166


def test_every_frame_has_every_column_in_its_own_kind():
    frame = labs(GOOD)
    assert frame["ADT"].dtype == "datetime64[ns]"
    assert [str(frame[name].dtype) for name in ("DELIVERY", "SRCLINE", "EMIT", "OCCURRENCE")] == ["int64"] * 4
    assert isinstance(frame.iloc[0]["LBSTRESN"], Decimal) and isinstance(frame.index, pd.RangeIndex)

"""The response of every scan is the one in the table."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache
from typing import Any

import pandas as pd
import pytest

from milepost.core.overall_response import TABLE, derive_overall
from milepost.core.tumour_response import TumourResponse, derive_tumour_response
from tests.spec.cases_tumour_response import GROUPS, ONE, SECTION_6_3
from tests.spec.records import records
from tests.spec.response_case import BASE, WEEK6, WEEK12, Case, Scan, Then, judge, judge_all, lines_of
from tests.spec.response_frames import protocol_of

CASES = [case for cases in GROUPS.values() for case in cases]
_KEYS = ["ADT", "CRITERIA", "READER", "LINE"]


@cache
def found_of() -> dict[str, TumourResponse]:
    """What the derivation makes of every case, by title; all patients at once."""
    return dict(zip((case.title for case in CASES), judge_all(CASES), strict=True))


def key(then: Then) -> tuple[Any, ...]:
    return pd.Timestamp(then.day), then.criteria, then.reader, then.line


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_every_scan_has_the_response_in_the_table(case: Case) -> None:
    found = found_of()[case.title]
    points = {tuple(row[name] for name in _KEYS): row for row in found.timepoints.to_dict("records")}
    assert sorted(points, key=str) == sorted((key(then) for then in case.then), key=str)
    for then in case.then:
        row = points[key(then)]
        wanted = {"OVRLRESP": then.overall, "DATAERR": then.error, "AFTERNEXT": then.after_next}
        given = {
            "TRGRESP": then.target,
            "NTRGRESP": then.non_target,
            "NEWLES": then.new,
            "SOURCE": then.source,
        }
        wanted |= {name: value for name, value in given.items() if value is not None}
        assert {name: row[name] for name in wanted} == wanted, then
        assert (then.overall == "PD") == pd.notna(row["PDDT"])
        if then.pd_from is not None:
            assert row["PDDT"] == pd.Timestamp(then.pd_from)
        for name, value in (("AVAL", then.sum_mm), ("NADIR", then.nadir_mm)):
            if value is not None:
                assert sum_row(found.lesions, then)[name] == Decimal(value)
    assert set(found.problems["RULE"]) == set(case.problems)
    differs = found.disagreements[["WHAT", "DERIVED", "REPORTED"]].to_numpy().tolist()
    assert sorted(map(tuple, differs)) == sorted(case.differs)


@pytest.mark.parametrize("case", GROUPS["Non-target lesions and markers"], ids=lambda case: case.title)
def test_a_patient_alone_is_judged_as_among_others(case: Case) -> None:
    alone, among = judge(case), found_of()[case.title]
    columns = ["ADT", "TRGRESP", "NTRGRESP", "NEWLES", "OVRLRESP", "PDDT", "DATAERR"]
    pd.testing.assert_frame_equal(alone.timepoints[columns], among.timepoints[columns], check_dtype=False)


@pytest.mark.parametrize("case", [case for case in CASES if case.baseline], ids=lambda case: case.title)
def test_the_baseline_is_the_one_in_the_table(case: Case) -> None:
    (row,) = found_of()[case.title].baselines.to_dict("records")
    found = {name: str(row[name].date()) if name == "ADT" else row[name] for name in case.baseline}
    assert found == case.baseline


def test_every_case_has_a_title_of_its_own() -> None:
    assert len(found_of()) == len(CASES)


def sum_row(lesions: pd.DataFrame, then: Then) -> dict[str, Any]:
    """The sum's ADTR row of a scan."""
    code = "SVDIAM" if then.criteria == "mRECIST" else "SDIAM"
    (row,) = lesions[
        lesions["PARAMCD"].eq(code) & lesions["ADT"].eq(pd.Timestamp(then.day)) & lesions["PARCAT2"].eq(then.reader)
        & lesions["LINE"].eq(then.line) & lesions["ABLFL"].isna()
    ].to_dict("records")  # fmt: skip
    return row


def overall(target: str, other: str, new: str) -> str:
    return derive_overall(pd.DataFrame({"TRGRESP": [target], "NTRGRESP": [other], "NEWLES": [new]}))[0]


@pytest.mark.parametrize("target", [*SECTION_6_3, "PD"])
@pytest.mark.parametrize("new", ["N", "E", "Y", "NE"])
def test_the_table_of_overall_responses_is_complete(target: str, new: str) -> None:
    others = ("CR", "NON-CR/NON-PD", "NE", "ND")
    for other, by_table in zip(others, SECTION_6_3.get(target, "PD PD PD PD").split(), strict=True):
        progressed = new == "Y" or target == "PD"
        expected = "PD" if progressed else "NE" if new == "NE" else by_table
        assert overall(target, other, new) == expected
    assert overall(target, "PD", new) == "PD"
    assert set(TABLE) == set(SECTION_6_3)


def test_where_nobody_sent_a_scan_the_frames_have_their_columns_and_no_row() -> None:
    case = Case("", ONE, (Scan(BASE, {"T01": "40"}), Scan(WEEK6, {"T01": "28"}, {"overall": "SD"})), ())
    nothing, something = judge(case, as_of="2026-01-01"), judge(case)
    for empty, filled in zip(nothing, something, strict=True):
        assert not len(empty) and len(filled)
        assert list(empty.columns) == list(filled.columns)
        kinds = filled.dtypes.drop("LINE")  # a whole number, of which there is none
        assert empty.dtypes.drop("LINE").equals(kinds)


def test_a_score_is_no_reading_of_a_scan() -> None:
    rs = records("RS", {"RSTESTCD": "ECOG", "RSORRES": "1", "RSDTC": BASE, "RSEVAL": "NURSE"})
    found = derive_tumour_response(
        records("TU"), records("TR"), rs, lines_of(Case("", {}, (), ())), protocol=protocol_of(),
        as_of=dt.date(2026, 12, 31),
    )  # fmt: skip
    assert [len(frame) for frame in found] == [0] * 5


def test_what_lies_after_the_cut_off_is_not_seen() -> None:
    case = Case(
        "", ONE, (Scan(BASE, {"T01": "40"}), Scan(WEEK6, {"T01": "28"}), Scan(WEEK12, {"T01": "60"})), ()
    )
    assert judge(case, as_of=WEEK6).timepoints["OVRLRESP"].tolist() == ["PR"]
    day_before = str(dt.date.fromisoformat(WEEK12) - dt.timedelta(days=1))
    assert judge(case, as_of=day_before).timepoints["OVRLRESP"].tolist() == ["PR"]
    assert judge(case, as_of=WEEK12).timepoints["OVRLRESP"].tolist() == ["PR", "PD"]


def test_measurements_are_given_against_baseline_and_smallest_sum() -> None:
    sizes = (Scan(BASE, {"T01": "40"}), Scan(WEEK6, {"T01": "30"}), Scan(WEEK12, {"T01": "33"}))
    lesions = judge(Case("", ONE, sizes, ())).lesions
    columns = [
        "PARAMCD",
        "TRLNKID",
        "ADY",
        "AVAL",
        "BASE",
        "CHG",
        "PCHG",
        "NADIR",
        "CHGNAD",
        "PCHGNAD",
        "ABLFL",
    ]
    d = Decimal
    assert lesions[columns].to_numpy().tolist() == [
        ["LDIAM1", "T01", -10, d(40), d(40), None, None, None, None, None, "Y"],
        ["SDIAM", None, -10, d(40), d(40), None, None, None, None, None, "Y"],
        ["LDIAM1", "T01", 43, d(30), d(40), d(-10), d(-25), None, None, None, None],
        ["SDIAM", None, 43, d(30), d(40), d(-10), d(-25), d(40), d(-10), d(-25), None],
        ["LDIAM1", "T01", 85, d(33), d(40), d(-7), d("-17.5"), None, None, None, None],
        ["SDIAM", None, 85, d(33), d(40), d(-7), d("-17.5"), d(30), d(3), d(10), None],
    ]
    assert lesions["SRC"].iloc[-1] == ("TR|3",) or lesions["SRC"].iloc[-1] == ("TR|TR|3",)


def adtr(case: Case, *columns: str) -> list[list[Any]]:
    """The ADTR rows of a case, nothing as None."""
    rows = judge(case).lesions[list(columns)].astype(object)
    return rows.where(rows.notna(), None).to_numpy().tolist()


def test_a_sum_that_lacks_a_lesion_is_a_row_that_says_so_and_never_the_smallest() -> None:
    case = Case("", {"T01": "LUNG", "T02": "ADRENAL GLAND"},
                (Scan(BASE, {"T01": "30", "T02": "30"}), Scan(WEEK6, {"T01": "20", "T02": "NOT EVALUABLE"}),
                 Scan(WEEK12, {"T01": "72", "T02": "NOT DONE"})), ())  # fmt: skip
    d = Decimal
    columns = ("PARAMCD", "AVAL", "AVALU", "TRORRES", "SUMFL", "CHG", "PCHG", "NADIR", "CHGNAD", "PCHGNAD")
    assert adtr(case, *columns) == [
        ["LDIAM1", d(30), "mm", "30", None, None, None, None, None, None],
        ["LDIAM2", d(30), "mm", "30", None, None, None, None, None, None],
        ["SDIAM", d(60), "mm", None, None, None, None, None, None, None],
        ["LDIAM1", d(20), "mm", "20", None, d(-10), d("-33.333333"), None, None, None],
        ["LDIAM2", None, None, "NOT EVALUABLE", None, None, None, None, None, None],
        ["SDIAM", d(20), "mm", None, "INCOMPLETE", None, None, d(60), d(-40), d("-66.666667")],
        ["LDIAM1", d(72), "mm", "72", None, d(42), d(140), None, None, None],
        ["LDIAM2", None, None, "NOT DONE", None, None, None, None, None, None],
        ["SDIAM", d(72), "mm", None, "INCOMPLETE", None, None, d(60), d(12), d(20)],
    ]


def test_measurements_keep_the_words_and_places_of_the_site() -> None:
    case = Case("", {"T01": "Lymph node, porta hepatis"},
                (Scan(BASE, {"T01 SAXIS": "2.1 cm"}), Scan(WEEK6, {"T01 SAXIS": "20"}),
                 Scan(WEEK6, {"T01 SAXIS": "22"})), ())  # fmt: skip
    columns = ("PARAMCD", "TRGRPID", "TULOC", "VISIT", "AVISIT", "AVAL", "TRORRES", "TRORRESU", "DATAERR")
    place = "Lymph node, porta hepatis"
    assert adtr(case, *columns) == [
        ["LDIAM1", "TARGET", place, "SCREENING", "SCREENING", Decimal(21), "2.1", "cm", None],
        ["SDIAM", "TARGET", None, "SCREENING", "SCREENING", Decimal(21), None, None, None],
        ["LDIAM1", "TARGET", place, "WEEK 6", "WEEK 6", None, "20; 22", "mm", "TR-TWO-MEASUREMENTS"],
    ]


def test_every_time_point_names_the_rows_it_rests_on() -> None:
    case = Case(
        "", {"T01": "LUNG", "NT01": "BONE", "NEW01": "BONE"},
        (Scan(BASE, {"T01": "40", "NT01": "PRESENT"}),
         Scan(WEEK6, {"T01": "40", "NT01": "PRESENT", "NEW01": "PRESENT"}, {"overall": "PD"})), (),
    )  # fmt: skip
    found = judge(case)
    (row,) = found.timepoints.to_dict("records")
    assert row["SRC"] == ("TR|TR|3", "TR|TR|4", "TR|TR|5", "TU|TU|3", "RS|RS|1")
    (base,) = found.baselines.to_dict("records")
    assert base["SRC"] == ("TR|TR|1", "TR|TR|2")

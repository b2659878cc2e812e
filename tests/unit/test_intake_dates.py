"""Dates as sites write them. A date is read as the site declared it, or not at all; it never moves to another day."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import pytest

from milepost.errors import ConfigurationError
from milepost.intake.dates import DateReader, add_days, at_time_before_midnight, is_after
from tests.intake_files import lab, layout, read

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"


@pytest.mark.parametrize(
    ("formats", "text", "iso"),
    [
        # ISO 8601 always works
        ([], "2026-03-05", "2026-03-05"),
        ([], "2026-03-05T08:30", "2026-03-05T08:30"),
        ([], "2026-03-05 08:30:15", "2026-03-05T08:30:15"),
        ([], "2026-03-05T08:30:15.123", "2026-03-05T08:30:15"),
        ([], "2026-03", "2026-03"),
        ([], "2026", "2026"),
        # a part that is not known, as SDTM and as data capture systems write it
        ([], "2026-03--", "2026-03"),
        ([], "2026-03-UN", "2026-03"),
        ([], "2026-UN-UN", "2026"),
        ([], "2026---15", "2026"),
        ([], "UN-UN-2026", None),
        # what else hospitals write, each once it is declared
        (["%Y年%m月%d日"], "2026年3月5日", "2026-03-05"),
        (["%Y年%m月%d日 %H:%M"], "2026年3月5日 8:30", "2026-03-05T08:30"),
        (["%Y年%m月%d日%H时%M分"], "2026年3月5日8时30分", "2026-03-05T08:30"),
        (["%Y年%m月"], "2026年3月", "2026-03"),
        (["%Y年"], "2026年", "2026"),
        (["%Y/%m/%d"], "2026/3/5", "2026-03-05"),
        (["%Y/%m/%d"], "２０２６／３／５", "2026-03-05"),
        (["%Y/%m"], "2026/3", "2026-03"),
        (["%Y.%m.%d"], "2026.3.5", "2026-03-05"),
        (["%Y%m%d"], "20260305", "2026-03-05"),
        (["%Y%m%d%H%M%S"], "20260305083015", "2026-03-05T08:30:15"),
        (["%Y%m%d %H%M"], "20260305 0830", "2026-03-05T08:30"),
        (["%y-%m-%d %H:%M"], "26-03-05 08:30", "2026-03-05T08:30"),
        (["%d.%m.%Y"], "05.03.2026", "2026-03-05"),
        (["%d.%m.%Y %H:%M"], "5.3.2026 8:30", "2026-03-05T08:30"),
        (["%m/%d/%Y %I:%M %p"], "03/05/2026 12:30 AM", "2026-03-05T00:30"),
        (["%m/%d/%Y %I:%M %p"], "03/05/2026 12:30 pm", "2026-03-05T12:30"),
        (["%d-%b-%Y"], "05-MAR-2026", "2026-03-05"),
        (["%d %B %Y"], "5 March 2026", "2026-03-05"),
        # Excel's serial day numbers, 1900 system
        (["excel"], "46083", "2026-03-02"),
        (["excel"], "46083.0", "2026-03-02"),
        (["excel"], "46083.354166666664", "2026-03-02T08:30"),
        (["excel"], "46083.999999999", "2026-03-03"),
        (["excel", "%Y-%m-%d"], "2026-03-02", "2026-03-02"),
        # not declared: not guessed
        ([], "46083", None),
        ([], "20260305", None),
        ([], "2026/3/5", None),
        ([], "05.03.2026", None),
        ([], "26-03-05", None),
        (["%Y-%m-%d"], "2026年3月5日", None),
        # declared in two ways that disagree
        (["%d/%m/%Y", "%m/%d/%Y"], "03/04/2026", None),
        (["%d/%m/%Y", "%m/%d/%Y"], "13/04/2026", "2026-04-13"),
        (["%d/%m/%Y", "%m/%d/%Y"], "04/04/2026", "2026-04-04"),
        # no such day
        ([], "2026-02-29", None),
        ([], "2026-13-01", None),
        ([], "2026-00", None),
        ([], "2026-03-05T24:00", None),
        ([], "2026-03-05T08:60", None),
        (["%Y-%m-%d"], "2026-0-5", None),
        (["%Y-%m-%d"], "2026-3-32", None),
        ([], "0026-03-05", None),
        ([], "2206-03-05", None),
        (["excel"], "99999999", None),
        (["%I:%M %p %Y-%m-%d"], "13:00 pm 2026-03-05", None),
        # no date
        ([], "", None),
        ([], "unknown", None),
        ([], "NaT", None),
        ([], "2026-03-05x", None),
        ([], "²⁰26-03-05", None),
    ],
)
def test_a_date_is_read_as_declared_or_as_iso_8601_or_not_at_all(formats, text, iso):
    assert DateReader(formats, SHANGHAI).read(text) == iso


@pytest.mark.parametrize(
    ("zone", "text", "iso"),
    [
        (SHANGHAI, "2026-03-05T00:30", "2026-03-05T00:30"),
        (SHANGHAI, "2026-03-05T00:30:00+08:00", "2026-03-05T00:30:00"),
        (SHANGHAI, "2026-03-04T16:30Z", "2026-03-05T00:30"),
        (SHANGHAI, "2026-03-04T16:30+0000", "2026-03-05T00:30"),
        (SHANGHAI, "2026-03-04T16:30 +00", "2026-03-05T00:30"),
        (BERLIN, "2026-03-05T23:30-05:00", "2026-03-06T05:30"),
        (BERLIN, "2026-03-29T02:30", "2026-03-29T02:30"),  # an hour that summer time leaves out: as written
        (BERLIN, "2026-03-29T00:30Z", "2026-03-29T01:30"),
        (BERLIN, "2026-03-29T01:30Z", "2026-03-29T03:30"),
        ("America/New_York", "2026-03-05T00:30", "2026-03-05T00:30"),
        (SHANGHAI, "2026-03-05T00:30+99:00", None),
    ],
)
def test_a_local_time_stays_on_its_day_and_an_offset_leads_to_it(zone, text, iso):
    assert DateReader([], zone).read(text) == iso


def test_half_past_midnight_is_recorded_on_the_day_on_which_it_was_drawn():
    row = lab(Collected="2026-03-30T00:30")
    assert (row["LBDTC"], row["ADT"]) == ("2026-03-30T00:30", pd.Timestamp("2026-03-30"))


@pytest.mark.parametrize(
    ("text", "code", "kept"),
    [
        ("2026-03-30", "OK", "2026-03-30"),
        ("'2026-03-30", "OK", "2026-03-30"),
        ("", "MISSING", None),
        ("2026-03", "PARTIAL", "2026-03"),
        ("30/3/26", "UNPARSEABLE", None),
        ("2026-06-02", "AFTER_RECEIPT", "2026-06-02"),
        ("2026-06-01T12:00:00", "OK", "2026-06-01T12:00:00"),  # received at noon, Shanghai time
        ("2026-06-01T12:00:01", "AFTER_RECEIPT", "2026-06-01T12:00:01"),
        ("2026-06", "PARTIAL", "2026-06"),
        ("2026-07", "AFTER_RECEIPT", "2026-07"),
    ],
)
def test_what_is_wrong_with_a_date_stands_beside_its_row(text, code, kept):
    row = lab(Collected=text)
    assert (row["X_DATE"], row["LBDTC"]) == (code, kept)
    assert (code in row["NOTE"]) == (code != "OK")


def test_an_unreadable_date_is_told_which_forms_are_read_and_not_what_it_was():
    row = lab(Collected="30/3/26", layout_=layout(date_formats=["%d.%m.%Y", "excel"]))
    assert row["NOTE"]["UNPARSEABLE"] == (
        "LBDTC is no date in a form we may expect. Expected: %d.%m.%Y, excel, ISO 8601 (2026-03-30)."
    )


def test_a_specimen_drawn_after_the_laboratory_received_it_says_so():
    used = layout(columns={"USUBJID": "s", "LBTESTCD": "t", "LBORRES": "v", "LBORRESU": "u", "LBDTC": "d",
                           "LBRCVDTC": "r"})  # fmt: skip
    reading = read("s,t,v,u,d,r\nS01-001,AFP,1,ng/mL,2026-03-31,2026-03-30T09:00\n", used)
    assert reading.frames["LB"]["X_DATE"].tolist() == ["AFTER_RECEIPT"]


@pytest.mark.parametrize(
    ("flag", "date", "kept"),
    [("", "2026/3/x", ("Y", None, "UNPARSEABLE")), ("N", "died in March", ("Y", None, "UNPARSEABLE")),
     ("", "2026-03-UN", (None, "2026-03", "OK")), ("Y", "", ("Y", None, "OK")), ("N", "", ("N", None, "OK")),
     ("", "N/A", (None, None, "UNPARSEABLE")), ("", "未死亡", (None, None, "UNPARSEABLE"))],
)  # fmt: skip
def test_who_has_a_date_of_death_that_cannot_be_read_is_not_alive(flag, date, kept):
    used = layout(
        columns={"USUBJID": "s", "RFICDTC": "c", "DTHDTC": "d", "DTHFL": "f"}, emits=[{"domain": "DM"}]
    )
    row = read(f"s,c,d,f\nS01-001,2026-02-20,{date},{flag}\n", used).frames["DM"].iloc[0]
    assert (row["DTHFL"], row["DTHDTC"], row["X_DATE"]) == kept


def test_a_death_dated_after_the_file_that_reports_it_says_so():
    used = layout(columns={"USUBJID": "s", "RFICDTC": "c", "DTHDTC": "d"}, emits=[{"domain": "DM"}])
    reading = read("s,c,d\nS01-001,2026-03-01,2062-03-30\nS01-002,2026-03-01,2026-03-30\n", used)
    assert reading.frames["DM"]["X_DATE"].tolist() == ["AFTER_RECEIPT", "OK"]


@pytest.mark.parametrize(
    ("date", "days", "then"),
    [
        ("2026-03-02", "28", "2026-03-30"),
        ("2026-03-02", "-1", "2026-03-01"),
        ("2026-03-02", "0.5", "2026-03-02T12:00"),
        ("2026-03-02T08:00", "1", "2026-03-03T08:00"),
        ("2026-03-02", "１４", "2026-03-16"),
        ("2026-03", "1", None),
        ("2026-03-02", "soon", None),
        ("2026-03-02", "NaN", None),
        (None, "1", None),
        ("2026-03-02", "1e999999", None),
        ("2026-03-02", "1e8", None),
        ("2026-03-02", "-Infinity", None),
        ("2026-03-02", "99999", None),
        ("2026-03-02", "9" * 400, None),
    ],
)
def test_days_are_added_to_a_date_or_there_is_none(date, days, then):
    assert add_days(date, days) == then


@pytest.mark.parametrize(
    ("date", "days", "then"),
    [
        ("2017-09-07", "185.625", "2017-09-07T09:00"),
        ("2017-09-07", "0.0833333", "2017-09-07T22:00"),
        ("2017-09-07", "-0.25", "2017-09-07T06:00"),
        ("2017-09-07", "167.0", "2017-09-07"),
        ("2017-09-07", "86.99999999", "2017-09-07"),
        ("2017-09-07T08:00", "185.625", "2017-09-07T08:00"),
        ("2017-09", "185.625", "2017-09"),
        ("2017-09-07", "soon", "2017-09-07"),
        ("2017-09-07", "NaN", "2017-09-07"),
        ("2017-09-07", None, "2017-09-07"),
        (None, "185.625", None),
    ],
)
def test_part_of_a_day_up_to_a_midnight_tells_the_time_of_day(date, days, then):
    assert at_time_before_midnight(date, days) == then


@pytest.mark.parametrize(
    ("first", "second", "later"),
    [
        ("2026-03-31", "2026-03-30T08:00", True),
        ("2026-03-30", "2026-03-30T08:00", False),
        ("2026-03", "2026-03-30", False),
        ("2026-03-30T08:01", "2026-03-30T08:00:59", True),
        (None, "2026", False),
    ],
)
def test_one_date_is_after_another_only_where_that_is_certain(first, second, later):
    assert is_after(first, second) is later


@pytest.mark.parametrize("form", ["%Y-%m-%Q", "%Y %j"])
def test_a_form_nobody_knows_is_refused_with_those_that_are(form):
    with pytest.raises(ConfigurationError, match="Allowed: %Y %y %m"):
        DateReader([form], SHANGHAI)


def test_the_serial_day_of_the_specification_is_right_by_the_calendar():
    assert dt.date(1899, 12, 30) + dt.timedelta(days=int(Decimal("46083"))) == dt.date(2026, 3, 2)

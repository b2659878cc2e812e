"""Study days, and what an incomplete date may mean."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from milepost.core.partial_dates import moment, second_of_day, span, time_of, unknown_part
from milepost.core.study_day import calendar_day, derive_study_day, study_day

FIRST = dt.date(2026, 3, 2)


@pytest.mark.parametrize(
    ("day", "number"),
    [
        ("2026-03-02", 1),
        ("2026-03-03", 2),
        ("2026-03-01", -1),
        ("2026-02-02", -28),
        ("2026-03-30", 29),
        ("2026-04-06", 36),
    ],
)
def test_first_dose_is_day_1_and_there_is_no_day_0(day: str, number: int) -> None:
    assert study_day(dt.date.fromisoformat(day), FIRST) == number
    assert calendar_day(number, FIRST) == dt.date.fromisoformat(day)


def test_nobody_can_ask_for_day_0() -> None:
    with pytest.raises(ValueError, match="no study day 0"):
        calendar_day(0, FIRST)


def test_a_frame_gets_its_study_days_and_none_where_a_date_is_missing() -> None:
    frame = pd.DataFrame(
        {
            "ADT": pd.to_datetime(["2026-03-01", "2026-03-02", None, "2026-03-30"]),
            "FIRSTDOSE": pd.to_datetime(["2026-03-02"] * 3 + [None]),
        }
    )
    assert derive_study_day(frame)["ADY"].astype(object).where(lambda days: days.notna(), None).tolist() == [
        -1, 1, None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("2026-03-30", dt.datetime.fromisoformat("2026-03-30T00:00")),
        ("2026-03-30T18:05", dt.datetime.fromisoformat("2026-03-30T18:05")),
        ("2026-03-30T18:05:07", dt.datetime.fromisoformat("2026-03-30T18:05:07")),
        ("2026-03-30T18", dt.datetime.fromisoformat("2026-03-30T00:00")),
        ("2026-03", None),
        ("2026-02-30", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_a_whole_date_is_a_moment_and_without_a_minute_the_beginning_of_its_day(
    text: str | None, then: dt.datetime | None
) -> None:
    assert moment(text) == then


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-03-30", "2026-03-30", "2026-03-30"),
        ("2026-03-30T08:00", "2026-03-30", "2026-03-30"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("2026-12", "2026-12-01", "2026-12-31"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-03--", "2026-03-01", "2026-03-31"),
        ("2026-03--05T", "2026-03-01", "2026-03-31"),
        ("2026---15", "2026-01-01", "2026-12-31"),
        ("2026-03-UN", "2026-03-01", "2026-03-31"),
        ("2026-03-unk", "2026-03-01", "2026-03-31"),
        ("2026-02-NK", "2026-02-01", "2026-02-28"),
        ("2026-UN-UN", "2026-01-01", "2026-12-31"),
        ("2026-XX-15", "2026-01-01", "2026-12-31"),
    ],
)
def test_a_date_means_one_day_or_a_span_of_them(text: str, first: str, last: str) -> None:
    assert span(text) == (dt.date.fromisoformat(first), dt.date.fromisoformat(last))


@pytest.mark.parametrize(
    "text",
    [None, "", "2026-02-30", "2026-13", "0000", "30.03.2026", "--03-15", "soon", "UN-UN-2026", "2026-UNTIL"],
)
def test_what_is_no_date_means_no_day(text: str | None) -> None:
    assert span(text) is None


@pytest.mark.parametrize(
    ("text", "part"),
    [("2026-03-30", None), ("2026-03", "D"), ("2026-03-UN", "D"), ("2026", "M"), ("2026---15", "M"), ("soon", None),
     (None, None)],
)  # fmt: skip
def test_an_incomplete_date_says_what_it_leaves_out(text: str | None, part: str | None) -> None:
    assert unknown_part(text) == part


@pytest.mark.parametrize(
    ("text", "time", "second"),
    [
        ("2026-03-30T08:30", "08:30", 30600),
        ("2026-03-30T08:30:05", "08:30:05", 30605),
        ("2026-03-30T00:00", "00:00", 0),
        ("2026-03-30T24:00", None, None),
        ("2026-03-30T08", None, None),
        ("2026-03-30", None, None),
        (None, None, None),
    ],
)
def test_a_time_names_a_minute_or_is_none(text: str | None, time: str | None, second: int | None) -> None:
    assert time_of(text) == time
    assert second_of_day(time) == second

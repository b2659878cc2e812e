"""Blood pressure, drift of liver scores and values over study weeks: small frames, numbers worked out by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from milepost.core.blood_pressure import (
    COLUMNS,
    READING_COLUMNS,
    select_readings,
    summarise_pressure,
)
from milepost.core.period_values import WEEKS, select_last_of_weeks, summarise_spread
from milepost.core.score_shift import select_on_treatment, select_score_shift

AS_OF = dt.date(2026, 12, 31)
FIRST = dt.date(2026, 3, 2)


def day(study_day: int) -> dt.date:
    """The calendar day of a study day after first dose, or before it."""
    return FIRST + dt.timedelta(days=study_day - 1 if study_day > 0 else study_day)


def lines(*, last: int = 100, ongoing: bool = False, time: str | None = None) -> pd.DataFrame:
    return pd.DataFrame({
        "USUBJID": ["P1"], "LINE": [1], "FIRSTDOSE": [pd.Timestamp(FIRST)], "FIRSTDOSETM": [time],
        "LASTDOSE": [pd.Timestamp(day(last))], "ONGOING": [ongoing],
    })  # fmt: skip


def vital(
    study_day: int, test: str, value: str, unit: str | None = "mmHg", time: str = "", **more: object
) -> dict:
    text = day(study_day).isoformat()
    return {
        "USUBJID": "P1", "VSTESTCD": test, "VSORRES": value, "VSORRESU": unit, "ADT": pd.Timestamp(day(study_day)),
        "VSDTC": f"{text}T{time}" if time else text, "STATUS": "FINAL", "RETRACTED": False,
        "RECKEY": f"R:{test}|{study_day}{time}", **more,
    }  # fmt: skip


def summary(*records: dict, of: pd.DataFrame | None = None) -> dict:
    read = select_readings(
        pd.DataFrame(list(records)), lines() if of is None else of, as_of=AS_OF, after_days=30
    )
    (row,) = summarise_pressure(read, limits=(160, 100)).to_dict("records")
    return row


def test_the_last_reading_before_first_dose_is_baseline_and_the_highest_after_it_counts() -> None:
    found = summary(
        vital(-14, "SYSBP", "150"), vital(-7, "SYSBP", "130"), vital(-7, "DIABP", "80"), vital(15, "SYSBP", "148"),
        vital(29, "SYSBP", "155"), vital(43, "SYSBP", "155"), vital(15, "DIABP", "95"),
    )  # fmt: skip
    assert (found["SYSBL"], found["DIABL"], found["SYSMAX"], found["DIAMAX"]) == (130, 80, 155, 95)
    assert (found["SYSMAXDY"], found["HIGHFL"], found["HIGHBLFL"], found["HIGHDAYS"]) == (29, "N", "N", 0)


@pytest.mark.parametrize(
    ("systolic", "diastolic", "high"),
    [("160", "80", "Y"), ("159", "99", "N"), ("120", "100", "Y"), ("159.9", "100.0", "Y")],
)
def test_a_pressure_at_either_limit_is_high(systolic: str, diastolic: str, high: str) -> None:
    assert summary(vital(15, "SYSBP", systolic), vital(15, "DIABP", diastolic))["HIGHFL"] == high


def test_kilopascal_are_converted_before_they_are_compared() -> None:
    # 21.3 kPa are 159.76 mmHg, 21.4 kPa 160.51
    below = summary(vital(15, "SYSBP", "21.3", "kPa"), vital(15, "DIABP", "10", "kPa"))
    above = summary(vital(15, "SYSBP", "21.4", "kPa"), vital(15, "DIABP", "10", "kPa"))
    assert (below["HIGHFL"], above["HIGHFL"]) == ("N", "Y")
    assert round(above["SYSMAX"], 2) == Decimal("160.51")


def test_where_one_pressure_was_never_read_only_a_high_other_one_gives_an_answer() -> None:
    assert summary(vital(15, "SYSBP", "150"))["HIGHFL"] is None
    assert summary(vital(15, "SYSBP", "170"))["HIGHFL"] == "Y"


def test_two_high_readings_of_one_day_are_one_day() -> None:
    found = summary(
        vital(15, "SYSBP", "165", time="08:00"), vital(15, "DIABP", "105", time="18:00"), vital(22, "SYSBP", "161")
    )  # fmt: skip
    assert found["HIGHDAYS"] == 2


def test_on_the_day_of_first_dose_a_reading_without_a_time_counts_as_before_it() -> None:
    records = vital(1, "SYSBP", "170"), vital(1, "DIABP", "90")
    assert summary(*records)["HIGHBLFL"] == "Y"
    timed = vital(1, "SYSBP", "170", time="10:00"), vital(1, "DIABP", "90", time="10:00")
    found = summary(*timed, of=lines(time="08:00"))
    assert (found["HIGHBLFL"], found["HIGHFL"]) == (None, "Y")


def test_a_reading_counts_up_to_thirty_days_after_the_last_dose() -> None:
    inside = summary(vital(130, "SYSBP", "170"), vital(15, "SYSBP", "120"))
    outside = summary(vital(131, "SYSBP", "170"), vital(15, "SYSBP", "120"))
    going_on = summary(
        vital(131, "SYSBP", "170"), vital(15, "SYSBP", "120"), of=lines(last=100, ongoing=True)
    )
    assert [one["SYSMAX"] for one in (inside, outside, going_on)] == [170, 120, 170]


@pytest.mark.parametrize(
    "spoilt",
    [
        {"STATUS": "PRELIMINARY"},
        {"RETRACTED": True},
        {"VSORRESU": None},
        {"VSORRESU": "cmH2O"},
        {"VSORRES": ">200"},
        {"ADT": pd.NaT},
        {"ADT": pd.Timestamp(2027, 1, 1)},
    ],
)
def test_a_reading_that_cannot_be_read_or_is_none_does_not_count(spoilt: dict) -> None:
    found = summary(vital(15, "SYSBP", "120"), vital(20, "SYSBP", "190") | spoilt)
    assert found["SYSMAX"] == 120


def test_a_later_line_takes_the_readings_from_its_own_first_dose_on() -> None:
    second = lines().assign(LINE=2, FIRSTDOSE=pd.Timestamp(day(60)), LASTDOSE=pd.Timestamp(day(90)))
    both = pd.concat([lines(last=50), second], ignore_index=True)
    records = [vital(15, "SYSBP", "140"), vital(70, "SYSBP", "180")]
    read = select_readings(pd.DataFrame(records), both, as_of=AS_OF, after_days=30)
    assert read[["LINE", "ADY", "MMHG"]].values.tolist() == [[1, 15, 140], [2, 11, 180]]


def test_without_vital_signs_there_are_no_rows_and_no_error() -> None:
    nothing = pd.DataFrame({"USUBJID": pd.Series(dtype=object)})
    read = select_readings(nothing, lines(), as_of=AS_OF, after_days=30)
    assert list(read) == list(READING_COLUMNS) and not len(read)
    found = summarise_pressure(read, limits=(160, 100))
    assert list(found) == list(COLUMNS) and not len(found)


def scores(*rows: tuple[int, str, float, str | None], code: str = "CPCLASS") -> pd.DataFrame:
    """(study day, class, its number, Y for the baseline)."""
    return pd.DataFrame({
        "USUBJID": "P1", "LINE": pd.array([1] * len(rows), dtype="Int64"), "PARAMCD": code,
        "AVALC": [text for _, text, _, _ in rows], "AVAL": [number for _, _, number, _ in rows],
        "ADT": [pd.Timestamp(day(at)) for at, *_ in rows], "ADY": pd.array([at for at, *_ in rows], dtype="Int64"),
        "ABLFL": [flag for *_, flag in rows],
    })  # fmt: skip


def drift(*rows: tuple[int, str, float, str | None]) -> tuple[str, str, str]:
    frame = scores(*rows)
    after = select_on_treatment(frame, lines(), lab_days=30)
    (row,) = select_score_shift(frame, after, code="CPCLASS").to_dict("records")
    return row["BASELINE"], row["WORST"], row["LAST"]


def test_the_gravest_class_on_treatment_and_the_last_one_stand_beside_the_baseline() -> None:
    assert drift((-3, "A", 1, "Y"), (29, "C", 3, None), (57, "B", 2, None)) == ("A", "C", "B")


def test_a_baseline_of_the_day_of_first_dose_is_not_on_treatment() -> None:
    assert drift((1, "B", 2, "Y"), (29, "A", 1, None)) == ("B", "A", "A")


def test_a_score_long_after_the_last_dose_is_not_on_treatment() -> None:
    assert drift((-3, "A", 1, "Y"), (130, "B", 2, None), (131, "C", 3, None)) == ("A", "B", "B")


def test_without_a_score_before_or_after_it_is_missing_there() -> None:
    assert drift((29, "B", 2, None)) == ("missing", "B", "B")
    assert drift((-3, "A", 1, "Y")) == ("A", "missing", "missing")


def values(*rows: tuple[str, int, float]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["USUBJID", "ADY", "VALUE"])


def test_visits_every_three_and_every_four_weeks_fall_into_the_same_stretch() -> None:
    found = select_last_of_weeks(values(("P1", 22, 1.0), ("P2", 29, 2.0), ("P3", 43, 3.0), ("P4", 57, 4.0)))
    assert found["WEEKS"].tolist() == [1, 1, 2, 2]
    assert [WEEKS[at].days for at in (1, 2)] == [(15, 42), (43, 70)]


def test_the_last_value_of_the_weeks_counts_and_of_one_day_the_last_row() -> None:
    found = select_last_of_weeks(values(("P1", 36, 5.0), ("P1", 22, 1.0), ("P1", 36, 7.0), ("P1", 30, 9.0)))
    assert found["VALUE"].tolist() == [7.0]


def test_values_outside_every_stretch_or_not_known_are_left_out() -> None:
    found = select_last_of_weeks(values(("P1", -5, 1.0), ("P1", 365, 2.0), ("P1", 36, np.nan)))
    assert not len(found)


def test_the_weeks_follow_one_another_without_a_gap() -> None:
    assert WEEKS[0].days[0] == 1
    assert all(after.first == before.last + 1 for before, after in zip(WEEKS[:-1], WEEKS[1:], strict=True))


@pytest.mark.parametrize(
    ("of", "told"),
    [
        ([5, 3, 1, 4, 2], (5, 1.4, 2.0, 3.0, 4.0, 4.6)),  # R: quantile(1:5, c(.1, .25, .5, .75, .9))
        ([1, 2, 3, 4], (4, 1.3, 1.75, 2.5, 3.25, 3.7)),
        ([7], (1, 7.0, 7.0, 7.0, 7.0, 7.0)),
    ],
)
def test_percentiles_are_those_of_r(of: list[float], told: tuple[float, ...]) -> None:
    assert summarise_spread(np.array(of, dtype=float)) == pytest.approx(told)


def test_no_value_has_no_percentiles() -> None:
    assert tuple(summarise_spread(np.array([np.nan]))) == (0, None, None, None, None, None)

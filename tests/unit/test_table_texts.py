"""A derived frame as text: numbers as people read them, exact where they are exact, yes and no as Y and N."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from milepost.workflows.derived_frames import _stacked
from milepost.workflows.table_texts import to_csv, to_json


def cells(*values: Any, dtype: Any = object) -> list[str]:
    """A column's cells as CSV has them."""
    frame = pd.DataFrame({"X": pd.Series(list(values), dtype=dtype), "Y": "y"})
    return [row["X"] for row in csv.DictReader(io.StringIO("".join(to_csv(frame))))]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.7733333333333333, "0.773333"),
        (2.5, "2.5"),
        (3.0, "3"),
        (0.0000004, "0"),
        (-0.0000004, "0"),
        (0.000001, "0.000001"),
        (1234567.1234567, "1234567.123457"),
        (float("nan"), ""),
        (float("inf"), ""),
        (Decimal("23.10"), "23.10"),
        (Decimal("0.00000012345"), "0.00000012345"),
        (Decimal("1E+3"), "1000"),
        (Decimal(600) / Decimal(7), "85.7143"),
        (Decimal(-1) / Decimal(3), "-0.3333"),
        (Decimal(2) / Decimal(300_000), "0"),
        (Decimal(70) / Decimal(100), "0.7"),
        (Decimal("NaN"), ""),
        (True, "Y"),
        (np.False_, "N"),
        (12, "12"),
        (np.int8(3), "3"),
        (("LB|a", "LB|b"), "LB|a LB|b"),
        ((), ""),
        (pd.Timestamp("2026-03-02"), "2026-03-02"),
        (pd.Timestamp("2026-03-02T08:30"), "2026-03-02T08:30:00"),
        (pd.Timestamp("2026-03-02T00:00Z"), "2026-03-02T00:00:00+00:00"),
        (dt.date(2026, 3, 2), "2026-03-02"),
        (pd.NaT, ""),
        (pd.NA, ""),
        (None, ""),
        ('a "b", c', 'a "b", c'),
    ],
)
def test_a_cell_is_shown_as_people_read_it(value: Any, text: str) -> None:
    assert cells(value) == [text]


@pytest.mark.parametrize(
    ("values", "dtype", "texts"),
    [
        ([0.1 + 0.2, None, 1 / 3, 1 / 3], "float64", ["0.3", "", "0.333333", "0.333333"]),
        ([1, None, 3], "Int64", ["1", "", "3"]),
        ([True, False], "bool", ["Y", "N"]),
        ([True, None], "boolean", ["Y", ""]),
        (["b", None, "a", "b"], "category", ["b", "", "a", "b"]),
        (["2026-03-02", None], "datetime64[ns]", ["2026-03-02", ""]),
        ([7, 8], "int64", ["7", "8"]),
    ],
)
def test_a_column_of_any_type_is_shown_alike(values: list[Any], dtype: str, texts: list[str]) -> None:
    assert cells(*values, dtype=dtype) == texts


def test_equal_numbers_keep_each_its_own_text() -> None:
    assert cells(Decimal("1.0"), Decimal("1.00"), 1, True) == ["1.0", "1.00", "1", "Y"]


def test_json_has_the_same_cells_numbers_as_numbers() -> None:
    frame = pd.DataFrame({
        "A": pd.Series([0.7733333333333333, 3.0, np.nan]), "B": [Decimal("1.00"), None, Decimal(1) / 3],
        "C": [True, False, True],
    })  # fmt: skip
    assert json.loads("".join(to_json(frame))) == [
        {"A": 0.773333, "B": "1.00", "C": "Y"}, {"A": 3, "B": None, "C": "N"}, {"A": None, "B": "0.3333", "C": "Y"},
    ]  # fmt: skip


def test_a_frame_without_rows_has_its_header_and_an_empty_list() -> None:
    frame = pd.DataFrame({"A": [], "B": []})
    assert "".join(to_csv(frame)) == "A,B\n"
    assert json.loads("".join(to_json(frame))) == []


def test_a_frame_longer_than_a_piece_is_whole_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("milepost.workflows.table_texts._ROWS", 3)
    frame = pd.DataFrame({"A": range(8), "B": [str(n % 2) for n in range(8)]})
    assert "".join(to_csv(frame)) == "A,B\n" + "".join(f"{n},{n % 2}\n" for n in range(8))
    assert [row["A"] for row in json.loads("".join(to_json(frame)))] == list(range(8))


def test_two_frames_are_put_one_above_another_without_losing_a_cell() -> None:
    first = pd.DataFrame({
        "USUBJID": ["P1"], "LINE": pd.array([1], dtype="Int16"), "AVAL": pd.Series([Decimal("1.00")], dtype=object),
        "ADT": pd.to_datetime(["2026-03-02"]), "FL": pd.Categorical([None], categories=["Y"]), "CHG": [0.5],
    })  # fmt: skip
    second = pd.DataFrame({
        "USUBJID": ["P2", "P3"], "LINE": [2, 1], "AVAL": [2.5, np.nan], "ADT": pd.to_datetime(["2026-03-03", None]),
        "FL": ["Y", None], "SRC": [("LB|1",), ()],
    })  # fmt: skip
    assert "".join(to_csv(_stacked(first, second))).splitlines() == [
        "USUBJID,LINE,AVAL,ADT,FL,CHG,SRC", "P1,1,1.00,2026-03-02,,0.5,", "P2,2,2.5,2026-03-03,Y,,LB|1", "P3,1,,,,,",
    ]  # fmt: skip

"""An exported frame in each format: every cell comes back as it was, none is cut, the same data give the same bytes."""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from milepost.core.derived_columns import FRAMES
from milepost.core.export_labels import ExportColumn, ExportFrame, Kind, export_frame
from milepost.errors import DataProblem, NotPermitted
from milepost.reports.masking import Mask
from milepost.workflows.dataset_json import Origin, to_dataset_json, to_ndjson
from milepost.workflows.export_cells import Dataset, to_dataset
from milepost.workflows.exporting import _pooled
from milepost.workflows.transport_file import pieces, write_transport
from tests import report_builder

KNOWN = dt.datetime(2026, 4, 9, 22, 5, 7, 250000, tzinfo=dt.UTC)
ORIGIN = Origin("HCC-AFP-01", "HCC-AFP-01/2026-04-10/adxx", KNOWN, KNOWN, "0.1.0+abc")
FRAME = ExportFrame(
    "ADXX", "One column of each kind",
    (
        ExportColumn("USUBJID", "USUBJID", "Unique Subject Identifier", Kind.TEXT, 1),
        ExportColumn("STOPREASON", "STOPREAS", "Reason for Discontinuation", Kind.TEXT, None),
        ExportColumn("ADY", "ADY", "Analysis Relative Day", Kind.WHOLE, 2),
        ExportColumn("PCHG", "PCHG", "Percent Change from Baseline", Kind.NUMBER, None),
        ExportColumn("AVAL", "AVAL", "Analysis Value", Kind.EXACT, None),
        ExportColumn("ADT", "ADT", "Analysis Date", Kind.DAY, None),
        ExportColumn("KNOWN_FROM", "KNOWNFRM", "Known From (UTC)", Kind.INSTANT, None),
    ),
)  # fmt: skip
LONG = "Patient’s own wish " * 15 + "终止"  # 287 characters, 321 bytes: two variables of version 5


def rows(*some: dict[str, Any]) -> pd.DataFrame:
    """Rows of FRAME; what is not named is missing, each column in the type the derivations use."""
    names = [column.name for column in FRAME.columns]
    made = pd.DataFrame([dict.fromkeys(names) | one for one in some], columns=names, dtype=object)
    return made.assign(
        ADY=made["ADY"].astype("Int64"), PCHG=made["PCHG"].astype(float), ADT=pd.to_datetime(made["ADT"]),
        KNOWN_FROM=pd.to_datetime(made["KNOWN_FROM"], utc=True),
    )  # fmt: skip


TWO = rows(
    {"USUBJID": "S01-002", "STOPREASON": LONG, "ADY": 29, "PCHG": -100 / 3, "AVAL": Decimal("0.10"),
     "ADT": "2026-03-30", "KNOWN_FROM": "2026-04-01T08:00:00.5+08:00"},
    {"USUBJID": "S01-001", "STOPREASON": ("A", "B"), "ADY": -1, "PCHG": float("nan"), "AVAL": 2.5, "ADT": "1959-12-31"},
)  # fmt: skip


def as_json(dataset: Dataset) -> dict[str, Any]:
    return json.loads("".join(to_dataset_json(dataset, ORIGIN)))  # type: ignore[no-any-return]


def as_transport(dataset: Dataset, folder: Path, version: Any = 5) -> tuple[pd.DataFrame, Any]:
    write_transport(dataset, folder / "a.xpt", version=version, made_at=KNOWN)
    return pyreadstat.read_xport(folder / "a.xpt", disable_datetime_conversion=True)  # type: ignore[no-any-return]


# ---- Dataset-JSON


def test_dataset_json_holds_each_kind_as_the_standard_has_it() -> None:
    made = as_json(to_dataset(TWO, FRAME))
    assert made["rows"] == [
        ["S01-001", "A B", -1, None, "2.5", "1959-12-31", None],
        ["S01-002", LONG, 29, -33.333333333333336, "0.10", "2026-03-30", "2026-04-01T00:00:00.500000Z"],
    ]
    assert made["records"] == 2
    assert made["columns"][1:] == [
        {"itemOID": "IT.ADXX.STOPREASON", "name": "STOPREASON", "label": "Reason for Discontinuation",
         "dataType": "string", "length": 287},
        {"itemOID": "IT.ADXX.ADY", "name": "ADY", "label": "Analysis Relative Day", "dataType": "integer",
         "keySequence": 2},
        {"itemOID": "IT.ADXX.PCHG", "name": "PCHG", "label": "Percent Change from Baseline", "dataType": "double"},
        {"itemOID": "IT.ADXX.AVAL", "name": "AVAL", "label": "Analysis Value", "dataType": "decimal",
         "targetDataType": "decimal", "length": 4},
        {"itemOID": "IT.ADXX.ADT", "name": "ADT", "label": "Analysis Date", "dataType": "date",
         "targetDataType": "integer", "displayFormat": "DATE9."},
        {"itemOID": "IT.ADXX.KNOWN_FROM", "name": "KNOWN_FROM", "label": "Known From (UTC)", "dataType": "datetime"},
    ]  # fmt: skip


def test_dataset_json_says_where_it_comes_from_in_the_order_of_the_standard() -> None:
    made = as_json(to_dataset(TWO, FRAME))
    assert list(made) == [
        "datasetJSONCreationDateTime", "datasetJSONVersion", "fileOID", "dbLastModifiedDateTime", "sourceSystem",
        "studyOID", "metaDataVersionOID", "itemGroupOID", "records", "name", "label", "columns", "rows",
    ]  # fmt: skip
    assert (
        made["datasetJSONCreationDateTime"] == made["dbLastModifiedDateTime"] == "2026-04-09T22:05:07.250000Z"
    )
    assert made["sourceSystem"] == {"name": "milepost", "version": "0.1.0+abc"}
    assert (made["datasetJSONVersion"], made["studyOID"], made["itemGroupOID"]) == (
        "1.1.0",
        "HCC-AFP-01",
        "IG.ADXX",
    )


def test_ndjson_is_the_same_line_by_line() -> None:
    lines = "".join(to_ndjson(to_dataset(TWO, FRAME), ORIGIN)).splitlines()
    whole = as_json(to_dataset(TWO, FRAME))
    assert json.loads(lines[0]) == {name: value for name, value in whole.items() if name != "rows"}
    assert [json.loads(line) for line in lines[1:]] == whole["rows"]


def test_where_nothing_was_known_no_change_of_the_data_is_claimed() -> None:
    origin = ORIGIN._replace(known_at=None, asked_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    made = json.loads("".join(to_dataset_json(to_dataset(rows(), FRAME), origin)))
    assert (
        made["datasetJSONCreationDateTime"] == "2026-01-01T00:00:00Z" and "dbLastModifiedDateTime" not in made
    )
    assert (made["records"], made["rows"], len(made["columns"])) == (0, [], 7)


@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA, "", ()])
def test_whatever_stands_for_nothing_is_null(nothing: Any) -> None:
    made = to_dataset(rows({"USUBJID": "P1"}).assign(STOPREASON=pd.Series([nothing], dtype=object)), FRAME)
    assert as_json(made)["rows"] == [["P1", None, None, None, None, None, None]]


def test_yes_and_no_are_letters() -> None:
    made = to_dataset(TWO.assign(STOPREASON=[True, False]), FRAME)
    assert made.cells["STOPREASON"] == ["N", "Y"]


def test_a_text_that_is_no_number_is_counted_and_empty() -> None:
    made = to_dataset(TWO.assign(AVAL=["about 60", "61"]), FRAME)
    assert (made.cells["AVAL"], made.no_numbers) == ([Decimal("61"), None], {"AVAL": 1})


def test_a_quotient_keeps_its_digits() -> None:
    third = Decimal(1) / Decimal(3)
    assert to_dataset(TWO.assign(AVAL=third), FRAME).cells["AVAL"][0] == third


@pytest.mark.parametrize(("column", "value"), [("ADY", 1.5), ("ADT", "2026-03-30")])
def test_another_kind_of_thing_than_the_column_says_is_a_defect(column: str, value: Any) -> None:
    with pytest.raises(ValueError, match=column):
        to_dataset(TWO.assign(**{column: value}), FRAME)


# ---- SAS transport files


@pytest.mark.parametrize("version", [5, 8])
def test_a_transport_file_gives_back_every_cell(tmp_path: Path, version: int) -> None:
    found, about = as_transport(to_dataset(TWO, FRAME), tmp_path, version)
    stop, known = ("STOPREAS", "KNOWNFRM") if version == 5 else ("STOPREASON", "KNOWN_FROM")
    texts = [name for name in found if name.startswith("STOPREA")]
    assert list(found["USUBJID"]) == ["S01-001", "S01-002"]
    assert list(found[texts].agg("".join, axis=1)) == ["A B", LONG]
    assert texts == (["STOPREAS", "STOPREA1"] if version == 5 else [stop])
    assert list(found["ADY"]) == [-1, 29]
    assert math.isnan(found["PCHG"][0]) and found["PCHG"][1] == -33.333333333333336
    assert list(found["AVAL"]) == [2.5, 0.1]
    assert list(found["ADT"]) == [-1, 24195]  # days since 1960-01-01
    assert list(found[known]) == ["", "2026-04-01T00:00:00.500000Z"]
    assert about.original_variable_types["ADT"] == "DATE9"
    assert (about.table_name, about.file_label) == ("ADXX", "One column of each kind")
    assert about.column_names_to_labels[texts[-1]] == (
        "Reason for Discontinuation 1" if version == 5 else "Reason for Discontinuation"
    )


def test_another_reader_finds_the_same(tmp_path: Path) -> None:
    as_transport(to_dataset(TWO, FRAME), tmp_path)
    found = pd.read_sas(tmp_path / "a.xpt", format="xport", encoding="utf-8")
    assert list(found["STOPREAS"].str.cat(found["STOPREA1"].fillna(""))) == ["A B", LONG]
    assert found["ADT"].tolist() == [-1, 24195] and found["AVAL"].tolist() == [2.5, 0.1]


@pytest.mark.parametrize("version", [5, 8])
def test_a_transport_file_is_dated_by_what_was_known(tmp_path: Path, version: int) -> None:
    _, about = as_transport(to_dataset(TWO, FRAME), tmp_path, version)
    raw = (tmp_path / "a.xpt").read_bytes()
    assert raw.count(b"09APR26:22:05:07") == 4
    assert about.creation_time == about.modification_time == KNOWN.replace(microsecond=0, tzinfo=None)


def test_the_same_rows_give_the_same_bytes_whatever_order_they_come_in(tmp_path: Path) -> None:
    one, other = to_dataset(TWO, FRAME), to_dataset(TWO[::-1], FRAME)
    assert "".join(to_dataset_json(one, ORIGIN)) == "".join(to_dataset_json(other, ORIGIN))
    as_transport(one, tmp_path)
    first = (tmp_path / "a.xpt").read_bytes()
    as_transport(other, tmp_path)
    assert (tmp_path / "a.xpt").read_bytes() == first


@pytest.mark.parametrize("version", [5, 8])
def test_no_row_leaves_every_variable_described(tmp_path: Path, version: int) -> None:
    found, about = as_transport(to_dataset(rows(), FRAME), tmp_path, version)
    assert found.shape == (0, 7)
    assert list(about.column_names_to_labels.values()) == [column.label for column in FRAME.columns]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("", [""]),
        ("one two", ["one two"]),
        ("one two three", ["one two", " three"]),
        ("onetwothree", ["onetwoth", "ree"]),
        ("终止治疗", ["终止", "治疗"]),  # three bytes each
        ("one  twothreefour", ["one", "  twothr", "eefour"]),
        ("LB|A LB|B LB|C", ["LB|A", " LB|B", " LB|C"]),
    ],
)
def test_a_long_text_is_cut_before_a_blank_and_never_loses_one(text: str, cut: list[str]) -> None:
    assert pieces(text, 8) == cut
    assert "".join(cut) == text


def test_more_blanks_in_a_row_than_a_variable_holds_are_refused() -> None:
    with pytest.raises(DataProblem, match="blanks in a row"):
        pieces("one" + " " * 9 + "two", 8)


@pytest.mark.parametrize(
    ("column", "value"), [("USUBJID", "SOR-001"), ("STUDYID", "ANLOTINIB-01"), ("SITEID", "SOR")]
)
def test_a_key_that_names_an_arm_or_drug_keeps_a_pooled_export_back(column: str, value: str) -> None:
    mask = Mask(report_builder.study().protocol)
    some = pd.DataFrame({name: ["x"] for name in FRAMES["adhy"].columns}, dtype=object)
    numbers = [one.name for one in export_frame("adhy").columns if one.kind is not Kind.TEXT]
    some[numbers] = None
    made = _pooled(some.assign(MREASON="Sorafenib"), export_frame("adhy"), mask)
    assert made.cells["MREASON"] == ["study treatment"] and "ARMCD" not in made.cells
    with pytest.raises(NotPermitted, match=f"{column} of ADHY"):
        _pooled(some.assign(**{column: value}), export_frame("adhy"), mask)


def test_a_number_of_no_use_is_missing() -> None:
    made = to_dataset(TWO.assign(PCHG=[np.inf, 1.0]), FRAME)
    assert made.cells["PCHG"] == [1.0, None]

"""What an export calls its datasets and variables: within the limits of SAS and CDISC, each by a name of its own."""

from __future__ import annotations

import re

import pytest

from milepost.core.derived_columns import FRAMES
from milepost.core.export_labels import _LABELS, _SAS, Kind, export_frame
from milepost.homes import PROJECT

NAMES = list(FRAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_column_of_a_derived_frame_is_exported_in_the_order_of_the_dictionary(name: str) -> None:
    assert [column.name for column in export_frame(name).columns] == list(FRAMES[name].columns)


@pytest.mark.parametrize("name", NAMES)
def test_labels_have_at_most_40_characters_and_none_stands_twice_in_a_frame(name: str) -> None:
    frame = export_frame(name)
    labels = [column.label for column in frame.columns]
    assert all(0 < len(label) <= 40 and label.isascii() for label in [frame.label, *labels])
    assert len({label.lower() for label in labels}) == len(labels)


@pytest.mark.parametrize("name", NAMES)
def test_sas_names_have_at_most_8_letters_and_digits_and_none_stands_twice(name: str) -> None:
    frame = export_frame(name)
    names = [column.sas for column in frame.columns]
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]{0,7}", one) for one in [frame.name, *names])
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", NAMES)
def test_a_text_that_goes_on_in_further_variables_takes_no_name_that_is_there(name: str) -> None:
    names = [column.sas for column in export_frame(name).columns]
    further = {f"{one[: 8 - len(str(n))]}{n}" for one in names for n in range(1, 31)}
    assert not further & set(names)


@pytest.mark.parametrize("name", NAMES)
def test_a_row_is_named_by_study_and_subject_first(name: str) -> None:
    frame = export_frame(name)
    assert frame.keys[:2] == ["STUDYID", "USUBJID"]
    assert sorted(c.key for c in frame.columns if c.key) == list(range(1, len(frame.keys) + 1))


def test_times_to_event_are_whole_days_unless_the_protocol_counts_the_time_of_day() -> None:
    kinds = [
        {column.name: column.kind for column in export_frame("adtte", time_of_day=by_time).columns}
        for by_time in (False, True)
    ]
    assert (kinds[0]["AVAL"], kinds[1]["AVAL"]) == (Kind.WHOLE, Kind.NUMBER)
    assert kinds[0] | {"AVAL": None} == kinds[1] | {"AVAL": None}
    assert export_frame("adrs", time_of_day=True) == export_frame("adrs")


def test_nothing_is_labelled_that_no_frame_has() -> None:
    assert set(_LABELS) | set(_SAS) == {name for frame in FRAMES.values() for name in frame.columns}


def test_the_page_on_exports_names_every_short_name() -> None:
    page = " ".join((PROJECT / "docs" / "exports.md").read_text(encoding="utf-8").split())
    alike = ("AST", "ALP")  # said once, of ALT
    assert not [
        name for name, short in _SAS.items() if not name.startswith(alike) and f"`{name}` {short}" not in page
    ]


def test_datasets_have_names_of_their_own() -> None:
    assert [export_frame(name).name for name in NAMES] == [
        "ADSL", "ADLB", "ADTR", "ADRS", "ADTTE", "ADAE", "ADEX", "ADHY", "DISAGREE",
    ]  # fmt: skip

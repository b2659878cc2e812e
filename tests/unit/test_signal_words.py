"""What a safety alert says has words: no raw name of a column is shown to a person."""

from __future__ import annotations

from milepost.core.liver_cases import CASE_COLUMNS
from milepost.core.safety_signals import _NOT_SAID
from milepost.workflows.signal_words import WORDS, said


def test_every_fact_of_a_liver_case_has_words() -> None:
    assert [name for name in CASE_COLUMNS if name not in _NOT_SAID and name.lower() not in WORDS] == []


def test_values_are_said_plainly_and_what_is_empty_is_left_out() -> None:
    detail = {"enzxuln": 4.08163265, "grade": 3, "related": "N", "ever": True, "onset": None, "config_hash": "ab",
              "something_new": "x"}  # fmt: skip
    assert said(detail) == [
        "enzyme, times the upper limit: 4.082", "CTCAE grade: 3", "related to the study drug: no",
        "had sent files before: yes", "something new: x",
    ]  # fmt: skip

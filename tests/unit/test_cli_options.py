"""Where --study and --home may stand on the command line."""

from __future__ import annotations

import pytest

from milepost.cli.main import options_first


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("--study S status", "--study S status"),
        ("status --study S", "--study S status"),
        ("deliver H1 a.csv --home=H --study S", "--home=H --study S deliver H1 a.csv"),
        ("deliver H1 -- --study", "deliver H1 -- --study"),
        ("status --study", "--study status"),
    ],
)
def test_study_and_home_may_stand_before_or_after_the_command(typed: str, understood: str) -> None:
    assert options_first(typed.split()) == understood.split()

"""Every column of a derived frame is explained, and nothing is explained that no frame has."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from milepost.cli.ask import Frame
from milepost.core.derived_columns import FRAMES
from milepost.core.time_to_event_sources import CNSR, EMA, FDA, OS, TTP
from milepost.runtime import read_study
from milepost.workflows.derived_frames import frame_of
from milepost.workflows.deriving import Derivations
from tests.spec.records import records

ROOT = Path(__file__).parents[2]


class Nothing:
    """A store that holds no record of any domain."""

    def known(self, domain: str, **asked: Any) -> pd.DataFrame:
        return records(domain)


@pytest.fixture(scope="module")
def empty() -> Derivations:
    study = read_study(ROOT / "config")
    known_at = dt.datetime(2026, 7, 15, tzinfo=dt.UTC)
    return Derivations(study, Nothing(), as_of=dt.date(2026, 7, 15), known_at=known_at)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", list(FRAMES))
def test_each_column_has_a_meaning_and_each_meaning_a_column(empty: Derivations, name: str) -> None:
    columns = ["STUDYID", *frame_of(empty, name).columns]
    assert sorted(FRAMES[name].columns) == sorted(columns)


def test_each_frame_that_can_be_asked_for_is_explained() -> None:
    assert [frame.value for frame in Frame] == list(FRAMES)


def test_meanings_are_words_with_a_source() -> None:
    for name, frame in FRAMES.items():
        for column, (meaning, source) in frame.columns.items():
            assert meaning.strip() and source.strip() and not meaning.endswith("."), (name, column)


def test_each_way_a_time_may_end_has_its_code() -> None:
    used = {source.cnsr for sources in (OS, FDA, EMA, *TTP.values()) for source in sources}
    assert used <= set(CNSR)
    assert FRAMES["adtte"].codes["CNSR"] == {str(code): text for code, text in CNSR.items()}

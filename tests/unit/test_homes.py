"""Each study keeps its data apart, wherever nobody says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from milepost.homes import PROJECT, home_folder


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MILEPOST_HOME", raising=False)
    monkeypatch.delenv("MILEPOST_STUDY", raising=False)


def study(tmp_path: Path, text: str) -> Path:
    (tmp_path / "protocol.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_the_projects_own_study_lies_in_the_project() -> None:
    assert home_folder() == PROJECT / ".milepost"


def test_another_study_has_a_home_of_its_own_named_by_its_id(tmp_path: Path) -> None:
    assert home_folder(study(tmp_path, 'id = "MY-STUDY-01"')) == PROJECT / ".milepost/studies/MY-STUDY-01"


def test_an_id_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    assert home_folder(study(tmp_path, 'id = "../../etc"')).parent == PROJECT / ".milepost/studies"
    assert home_folder(study(tmp_path, 'id = ".."')).name == "study"


def test_a_folder_that_cannot_be_read_still_has_a_home(tmp_path: Path) -> None:
    assert home_folder(study(tmp_path, "id = ")).name == tmp_path.name


def test_what_is_said_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILEPOST_HOME", str(tmp_path))
    assert home_folder(study(tmp_path, 'id = "MY-STUDY-01"')) == tmp_path.resolve()

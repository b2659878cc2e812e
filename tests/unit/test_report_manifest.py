"""The manifest of a report: what it was made from, each file by its hash, and what somebody did to them since."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from milepost.errors import DataProblem
from milepost.homes import PROJECT
from milepost.reports.manifest import build_manifest, to_json, verify_manifest
from milepost.workflows.installed import installed_versions

FILES = {"report.html": b"<p>one</p>", "report.json": b"{}\n", "profiles/S01-001.html": b"x"}


def manifest(files: dict[str, bytes] = FILES, **changed: Any) -> dict[str, Any]:
    said: dict[str, Any] = {
        "report": "0a1b2c3d4e5f", "kind": "open", "study": "HCC-AFP-01", "as_of": dt.date(2026, 4, 10),
        "cut_off": dt.datetime(2026, 4, 11, tzinfo=dt.timezone(dt.timedelta(hours=8))),
        "known_at": dt.datetime(2026, 4, 10, 21, 40, tzinfo=dt.UTC), "snapshot_hash": "s", "config_hash": "c",
        "code_version": "0.1.0+abc", "predecessor": None, "audit_head": "a",
        "packages": {"pandas": "2.3.3", "numpy": "2.4.6"},
    }  # fmt: skip
    return build_manifest(files, **(said | changed))


@pytest.fixture
def published(tmp_path: Path) -> Path:
    for name, raw in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(raw)
    (tmp_path / "manifest.json").write_text(to_json(manifest()), encoding="utf-8")
    return tmp_path


def test_it_says_what_the_report_was_made_from() -> None:
    made = json.loads(to_json(manifest()))
    assert made["files"]["report.html"] == {"sha256": hashlib.sha256(b"<p>one</p>").hexdigest(), "bytes": 10}
    assert (made["as_of"], made["cut_off"]) == ("2026-04-10", "2026-04-10T16:00:00+00:00")
    assert (made["predecessor"], made["packages"]) == (None, {"numpy": "2.4.6", "pandas": "2.3.3"})


def test_the_order_in_which_files_and_packages_are_named_does_not_matter() -> None:
    turned = manifest(dict(reversed(FILES.items())), packages={"numpy": "2.4.6", "pandas": "2.3.3"})
    assert to_json(turned) == to_json(manifest())


def test_an_untouched_report_is_as_it_was_published(published: Path) -> None:
    assert verify_manifest(published) == []


def test_what_was_changed_is_missing_or_was_added_is_named(published: Path) -> None:
    (published / "report.html").write_bytes(b"<p>two</p>")
    (published / "report.json").unlink()
    (published / "profiles" / "S01-002.html").write_bytes(b"y")
    assert verify_manifest(published) == [
        "profiles/S01-002.html: is not of this report",
        "report.html: is not as it was published",
        "report.json: is missing",
    ]


@pytest.mark.parametrize("text", [None, "", "[]", '{"files": {"report.html": 1}}'])
def test_a_folder_without_a_manifest_is_refused(published: Path, text: str | None) -> None:
    (published / "manifest.json").unlink()
    if text is not None:
        (published / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataProblem, match=r"manifest\.json"):
        verify_manifest(published)


def test_a_manifest_does_not_list_itself() -> None:
    with pytest.raises(ValueError, match="itself"):
        manifest({"manifest.json": b""})


def test_the_packages_milepost_asks_for_itself_are_named_with_their_versions() -> None:
    found = installed_versions()
    assert (found["pandas"], found["lifelines"]) == ("2.3.3", "0.30.3")
    assert {"python", "sqlalchemy", "apache-airflow", "psycopg", "pyreadstat"} <= set(found)
    assert "mako" not in found, "came along with another one"
    asked = (PROJECT / "requirements.in").read_text(encoding="utf-8").splitlines()
    assert len(found) == 1 + sum(bool(line.strip()) and not line.startswith("#") for line in asked)

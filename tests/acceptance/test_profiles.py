"""Patient profiles by the command line: for roles that may see the drug, in files nobody else can open, on record."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.study import Service, at, lab
from tests.report_reading import Page

DAY = "2026-04-14"
READER = ("--role", "medical_monitor", "--as-of", DAY)


@dataclass
class Asked:
    """A service that was asked for one profile, then for all: what was written, byte for byte."""

    service: Service
    one: Path
    bytes_of_one: bytes
    index: Path

    def audited(self, action: str) -> list[dict[str, Any]]:
        found = self.service.sql("select payload from milepost.audit where action = %s order by seq", action)
        return [json.loads(payload) for (payload,) in found]


@pytest.fixture(scope="module")
def asked(new_service: Callable[..., Service]) -> Asked:
    """Two patients: one who did not respond, one without a sample. Each question derives anew and costs seconds."""
    service = new_service()
    service.day("2026-03-02").enrol("S01-001", "S01-002")
    service.labs(lab("S01-001", "2026-02-27", "500"), lab("S01-002", "2026-02-27", "800"))
    service.receive()
    service.day("2026-04-01").labs(lab("S01-001", "2026-03-30", "450"))
    service.night(DAY)
    one = wrote(service, "S01-001", *READER)
    before = one.read_bytes()
    return Asked(service, one, before, wrote(service, "--all", *READER))


def wrote(service: Service, *arguments: str) -> Path:
    done = service.cli("profile", *arguments)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def test_a_profile_is_written_where_only_its_owner_can_read_it(asked: Asked) -> None:
    file, home = asked.one, asked.service.home
    assert file.name == "S01-001.html"
    assert file.parent.parent == home / "restricted" / "profiles"
    assert file.parent.name.startswith(f"{DAY}-")
    assert {stat.S_IMODE(page.stat().st_mode) for page in (file, asked.index)} == {0o600}
    folders = (file.parent, file.parent.parent, home / "restricted")
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}


def test_the_page_is_about_this_patient_with_drug_verdict_and_what_was_told(asked: Asked) -> None:
    text = Page(asked.one.read_text()).text
    assert "First line Anlotinib, arm ANL" in text
    assert "450 > 375" in text
    assert "Non-response" in text
    assert "Shows the drug: for the medical monitor only" in text
    assert "S01-002" not in text


def test_all_patients_are_listed_by_who_needs_attention_first(asked: Asked) -> None:
    assert sorted(path.name for path in asked.index.parent.iterdir()) == [
        "S01-001.html", "S01-002.html", "index.html",
    ]  # fmt: skip
    read = Page(asked.index.read_text())
    assert [target for target in read.targets if target.endswith(".html")] == ["S01-001.html", "S01-002.html"]
    assert "Anlotinib" not in read.text
    assert "2 patients. 1 without response and 1 more with something owed." in read.text


def test_alone_and_with_all_the_bytes_are_the_same(asked: Asked) -> None:
    assert asked.index.parent == asked.one.parent
    assert asked.one.read_bytes() == asked.bytes_of_one


def test_a_page_that_was_changed_is_not_overwritten_in_silence(asked: Asked) -> None:
    asked.one.write_bytes(b"changed")
    done = asked.service.cli("profile", "S01-001", *READER)
    kept = asked.one.read_bytes()
    asked.one.write_bytes(asked.bytes_of_one)
    assert (done.returncode, kept) == (1, b"changed")
    assert "differs from the one kept" in done.stderr


def test_as_known_then_the_page_says_what_was_known_then(asked: Asked) -> None:
    then = ("--role", "medical_monitor", "--as-of", "2026-03-31", "--known-at", "2026-03-31")
    text = Page(wrote(asked.service, "S01-001", *then).read_text()).text
    assert "AFP window open." in text
    assert "450" not in text


@pytest.mark.parametrize("role", ["study_monitor", "nobody"])
def test_another_role_is_refused_and_the_refusal_is_on_record(asked: Asked, role: str) -> None:
    before = len(asked.audited("profiles.refused"))
    folders = sorted(path.name for path in (asked.service.home / "restricted").rglob("*"))
    done = asked.service.cli("profile", "S01-001", "--role", role, "--as-of", DAY)
    assert done.returncode == 1
    assert "may not see it. Roles of protocol.toml with sees_arm = true: medical_monitor" in done.stderr
    assert sorted(path.name for path in (asked.service.home / "restricted").rglob("*")) == folders
    refused = asked.audited("profiles.refused")[before:]
    assert refused == [{"role": "study_monitor" if role == "study_monitor" else "not in protocol"}]


def test_who_was_given_what_is_in_the_audit_log_without_any_value(asked: Asked) -> None:
    one, every, *_ = asked.audited("profiles.written")
    assert (one["role"], one["subjects"], one["count"]) == ("medical_monitor", ["S01-001"], 1)
    assert (every["subjects"], every["count"]) == ("all", 2)
    assert (one["as_of"], asked.one.parent.name) == (DAY, f"{DAY}-{one['folder']}")
    assert set(one) == {"role", "subjects", "count", "folder", "as_of", "known_at", "config_hash"}
    assert asked.service.cli("audit", "verify").returncode == 0


def test_an_unknown_subject_is_a_clear_error_and_writes_nothing(asked: Asked) -> None:
    before = len(asked.audited("profiles.written"))
    done = asked.service.cli("profile", "S09-999", *READER)
    assert done.returncode == 1
    assert done.stderr.startswith("profile: nobody of this pseudonym was known by then.")
    assert "S09-999" not in done.stderr
    assert len(asked.audited("profiles.written")) == before


@pytest.mark.parametrize("arguments", [(), ("S01-001", "--all")])
def test_one_subject_or_all_must_be_named(asked: Asked, arguments: tuple[str, ...]) -> None:
    done = asked.service.cli("profile", *arguments, *READER)
    assert done.returncode == 2
    assert "name one subject, or --all" in done.stderr


def test_before_anything_came_there_is_no_profile(service: Service) -> None:
    service.now = at(DAY)
    done = service.cli("profile", "--all", *READER)
    assert done.returncode == 1
    assert "nothing was received yet" in done.stderr

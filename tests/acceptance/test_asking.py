"""Asking the record by the command line: derived frames of one subject, into a file, with what is missing said aloud;
every version of one record; safety alerts in words."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.sdtm import derive, enrol, event, lab, send, write_sdtm_study
from tests.acceptance.study import Service, at

ALONE = "arms, drugs and doses are shown to roles {} of protocol.toml."
OF_ALL, OF_ONE = ALONE.format("dmc"), ALONE.format("medical_monitor, dmc")


@pytest.fixture(scope="module")
def asked(new_service: Callable[..., Service], tmp_path_factory: pytest.TempPathFactory) -> Service:
    """Two patients; a serious event sent, then corrected, then a second number for it; liver values of Hy's law."""
    service = new_service(study=write_sdtm_study(tmp_path_factory.mktemp("sdtm") / "study"))
    service.day("2026-03-02")
    enrol(service, "S01-001", "S01-002")
    service.night("2026-03-02")
    service.day("2026-03-16")
    send(service, "AE", event("S01-001", "7", "Pneumonia", "2026-03-14", "3", AESER="Y"),
         event("S01-002", "7", "Gastric perforation", "2026-03-13", "4", AESER="Y"))  # fmt: skip
    service.night("2026-03-16")
    service.day("2026-03-18")
    send(service, "AE", event("S01-001", "7", "Pneumonia", "2026-03-14", "4", AESER="Y"), name="-2")
    send(service, "AE", event("S01-001", "8", "PNEUMONIA", "2026-03-14", "4", AESER="Y"), name="-3")
    panel = (
        ("ALT", "200", "U/L", "9", "49"),
        ("ALP", "90", "U/L", "45", "125"),
        ("BILI", "65", "umol/L", "3", "21"),
    )
    before = (("ALT", "40", "U/L", "9", "49"), ("BILI", "12", "umol/L", "3", "21"))
    send(service, "LB", *(lab("S01-002", test, day, *rest) for day, tests in (("2026-02-25", before), ("2026-03-01",
         before), ("2026-03-17", panel)) for test, *rest in tests))  # fmt: skip
    service.night("2026-03-18")
    return service


def subjects(service: Service, *more: str) -> set[str]:
    return {row["USUBJID"] for row in derive(service, "adae", "2026-03-18", *more)}


def test_a_frame_and_a_format_may_be_written_in_any_case(asked: Service) -> None:
    done = asked.cli("derive", "ADAE", "--as-of", "2026-03-18", "--format", "CSV")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == asked.cli("derive", "adae", "--as-of", "2026-03-18").stdout
    assert asked.cli("derive", "AdAe", "--as-of", "2026-03-18", "--format", "Json").stdout.startswith("[\n{")


def test_one_subject_is_derived_as_among_all(asked: Service) -> None:
    assert subjects(asked) == {"S01-001", "S01-002"}
    assert subjects(asked, "--subject", "S01-002") == {"S01-002"}
    assert subjects(asked, "--subject", "S01-002", "--subject", "S01-001") == {"S01-001", "S01-002"}
    for frame in ("adsl", "adlb", "adtte", "adhy", "adex"):
        of_all = derive(asked, frame, "2026-03-18")
        alone = derive(asked, frame, "2026-03-18", "--subject", "S01-002")
        assert alone == [row for row in of_all if row["USUBJID"] == "S01-002"], frame


def test_a_subject_nobody_knows_is_said_and_the_header_stands(asked: Service) -> None:
    done = asked.cli("derive", "adae", "--as-of", "2026-03-18", "--subject", "S01-999")
    assert (
        done.returncode == 0 and done.stdout.startswith("STUDYID,USUBJID,") and done.stdout.count("\n") == 1
    )
    assert "S01-999" in done.stderr


def test_a_frame_is_written_to_a_file(asked: Service, tmp_path: Path) -> None:
    target = tmp_path / "adae.csv"
    done = asked.cli("derive", "adae", "--as-of", "2026-03-18", "--output", str(target))
    assert (done.returncode, done.stdout) == (0, "") and "3 rows" in done.stderr
    with target.open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == derive(asked, "adae", "2026-03-18")
    refused = asked.cli("derive", "adae", "--output", str(tmp_path / "nowhere" / "adae.csv"))
    assert refused.returncode == 2 and "--output" in refused.stderr


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--as-of", "2026-03-18", "--known-at", "2026-02-01"), "Nothing was known by 2026-02-01"),
        (("--as-of", "2026-03-01"), "No patient had begun treatment by 2026-03-01"),
    ],
)
def test_why_a_frame_is_empty_is_said_beside_it(asked: Service, more: tuple[str, ...], said: str) -> None:
    done = asked.cli("derive", "adtte", *more)
    assert done.returncode == 0 and done.stdout.startswith("STUDYID,USUBJID,")
    assert said in done.stderr


def test_files_that_nobody_read_yet_are_said(clone_of: Callable[[Service], Service], asked: Service) -> None:
    service = clone_of(asked).day("2026-03-19", "08:00")
    service.hand_over("S01", "ae-4.csv", b"USUBJID\n", at("2026-03-19", "07:00"))
    done = service.cli("derive", "adae", "--as-of", "2026-03-18")
    assert done.returncode == 0 and "1 file in the inboxes was not read yet" in done.stderr


def test_an_empty_store_says_so(new_service: Callable[..., Service], tmp_path: Path) -> None:
    service = new_service(study=write_sdtm_study(tmp_path / "study"))
    done = service.cli("derive", "adsl", "--as-of", "2026-03-18")
    assert done.returncode == 0 and done.stdout.startswith("STUDYID,USUBJID,")
    assert "Nothing was received yet" in done.stderr


# ---- explain


def test_a_record_is_explained_version_by_version(asked: Service) -> None:
    said = asked.cli("explain", "S01-001 AE|R:7").stdout
    assert "S01-001, Adverse events record AE|R:7" in said
    for part in ("version 1: FINAL", "AETOXGR 3;", "version 2: FINAL", "changed: AETOXGR 3 -> 4", "from S01, line 2",
                 "file SHA-256 "):  # fmt: skip
        assert part in said, part
    assert "perforation" not in said


def test_a_record_is_explained_as_it_was_known(asked: Service) -> None:
    said = asked.cli("explain", "S01-001 AE|R:7", "--known-at", "2026-03-17").stdout
    assert "version 1" in said and "version 2" not in said


def test_a_record_nobody_sent_is_a_data_problem_that_names_nobody(asked: Service) -> None:
    done = asked.cli("explain", "S01-001 AE|R:99")
    assert done.returncode == 1 and "S01-001" not in done.stderr and "quotes" in done.stderr


def key_of(service: Service, kind: str) -> str:
    [(key,)] = service.sql(
        "select key from milepost.alert where kind = %s and role = 'medical_monitor' and episode = 1 and usubjid = "
        "'S01-002'", kind,
    )  # fmt: skip
    return key


def test_a_safety_alert_is_explained_in_words(asked: Service) -> None:
    said = asked.cli("explain", key_of(asked, "HYS_LAW")).stdout
    for part in ("enzyme, times the upper limit: 4.082", "bilirubin, times the upper limit: 3.095", "R value: 5.669",
                 "limits used: those of a baseline within its limit", "no cholestasis at first: yes"):  # fmt: skip
        assert part in said, part
    assert "enzxuln" not in said
    said = asked.cli("explain", key_of(asked, "SERIOUS_EVENT")).stdout
    for part in ("CTCAE grade: 4", "began on: 2026-03-13", "during treatment: yes", "recorded: delivery "):
        assert part in said, part


# ---- arms, drugs, doses


def audited(service: Service, action: str) -> list[tuple[str, dict[str, Any]]]:
    rows = service.sql("select actor, payload from milepost.audit where action = %s order by seq", action)
    return [(actor, json.loads(payload)) for actor, payload in rows]


@pytest.mark.parametrize(("frame", "told"), [("adsl", "CUMDOSE"), ("adex", "TREATMENT"), ("adtte", "ARMCD")])
def test_arms_drugs_and_doses_are_blank_for_a_role_that_may_not_see_them_and_why_is_said(
    asked: Service, frame: str, told: str
) -> None:
    before = audited(asked, "derive.shown")
    done = asked.cli("derive", frame, "--as-of", "2026-03-18", "--role", "study_monitor")
    assert audited(asked, "derive.shown") == before, "nobody was shown an arm"
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {row["USUBJID"] for row in rows} == {"S01-001", "S01-002"}
    assert {row[told] for row in rows} == {row["ARMCD"] for row in rows} == {""}
    assert told in done.stderr and OF_ALL in done.stderr
    assert not re.search(r"anlotinib|\bANL\b", done.stdout, re.IGNORECASE)


def test_a_role_that_may_see_arms_is_shown_them_and_who_asked_is_on_record(
    asked: Service, tmp_path: Path
) -> None:
    target = tmp_path / "adsl.csv"
    done = asked.cli(
        "derive",
        "adsl",
        "--as-of",
        "2026-03-18",
        "--output",
        str(target),
        "--role",
        "dmc",
        "--by",
        "the chair",
    )
    assert (done.returncode, "blank" in done.stderr) == (0, False)
    with target.open(encoding="utf-8", newline="") as file:
        assert {(row["ARMCD"], row["CUMDOSE"] != "") for row in csv.DictReader(file)} == {("ANL", True)}
    assert target.stat().st_mode & 0o777 == 0o600
    actor, said = audited(asked, "derive.shown")[-1]
    assert (actor, said["role"], said["frame"], said["subjects"], said["as_of"]) == (
        "the chair", "dmc", "adsl", "all", "2026-03-18",
    )  # fmt: skip


@pytest.mark.parametrize(
    "command", [("derive", "adex", "--as-of", "2026-03-18"), ("explain", "S01-001 EX|R:1")]
)
def test_asked_for_no_role_everything_is_shown_and_who_looked_is_on_record(
    asked: Service, command: tuple[str, ...]
) -> None:
    done = asked.cli(*command, "--by", "the data manager")
    assert (done.returncode, done.stderr) == (0, "")
    assert "ANLOTINIB" in done.stdout.upper()
    actor, said = audited(asked, f"{command[0]}.shown")[-1]
    assert (actor, said["role"]) == ("the data manager", "service")


@pytest.mark.parametrize("command", [("derive", "adex"), ("explain", "S01-001 EX|R:1")])
def test_a_role_the_protocol_does_not_know_is_refused(asked: Service, command: tuple[str, ...]) -> None:
    done = asked.cli(*command, "--role", "nobody")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Role 'nobody' is none of protocol.toml [[roles]]" in done.stderr


def test_a_dose_is_explained_without_drug_and_amount_to_a_role_that_may_not_see_them(asked: Service) -> None:
    monitor = ("--role", "study_monitor")
    said = asked.cli("explain", "S01-001 EX|R:1", *monitor).stdout
    assert "EXTRT not shown; EXDOSE not shown;" in said
    assert "EXSTDTC 2026-03-02" in said
    assert f"Not all is shown: {OF_ONE}" in said
    assert "ARMCD not shown" in asked.cli("explain", "S01-001 DM|D:", *monitor).stdout
    reader = ("--as-of", "2026-03-18", "--role", "medical_monitor", "--by", "the monitor")
    shown = asked.cli("explain", "S01-001 EX|R:1", *reader).stdout
    assert "EXTRT ANLOTINIB; EXDOSE 12;" in shown and "not shown" not in shown
    actor, noted = audited(asked, "explain.shown")[-1]
    assert (actor, noted["role"], noted["what"], noted["as_of"]) == (
        "the monitor", "medical_monitor", "S01-001 EX|R:1", "2026-03-18",
    )  # fmt: skip
    assert OF_ONE not in asked.cli("explain", "S01-001 AE|R:7", *monitor).stdout, (
        "an event has no arm to leave out"
    )


def test_an_amount_that_was_corrected_is_told_as_changed_and_not_shown(
    clone_of: Callable[[Service], Service], asked: Service
) -> None:
    service = clone_of(asked).day("2026-03-20")
    dosed = {"EXREFID": "1", "EXTRT": "ANLOTINIB", "EXDOSE": "10", "EXDOSU": "mg", "EXDOSFRQ": "QD"}
    note = {"EXADJ": "hand-foot syndrome on anlotinib"}
    send(
        service,
        "EX",
        {"USUBJID": "S01-001", "EXSTDTC": "2026-03-02", "EXLINE": "1"} | dosed | note,
        name="-2",
    )
    service.night("2026-03-20")
    said = service.cli("explain", "S01-001 EX|R:1", "--role", "study_monitor").stdout
    assert "EXDOSE not shown" in said.split("changed: ")[1]
    assert "hand-foot syndrome on study treatment" in said
    assert "10" not in said.split("changed: ")[1].split(OF_ONE)[0]


# ---- events with wrong dates, events sent twice


def test_a_serious_event_dated_after_its_receipt_is_told_that_night(
    clone_of: Callable[[Service], Service], asked: Service
) -> None:
    """The month is mistyped: December for March."""
    service = clone_of(asked).day("2026-03-20")
    send(service, "AE", event("S01-001", "9", "Upper gastrointestinal bleeding", "2026-12-19", "5", AESER="Y",
                              AEOUT="FATAL", AEENDTC="2026-12-20"), name="-9")  # fmt: skip
    service.night("2026-03-20")
    kinds = {kind for kind, _, _, state in service.alerts("S01-001") if state == "OPEN"}
    assert {"FATAL_EVENT", "SPECIAL_INTEREST"} <= kinds
    [row] = [row for row in derive(service, "adae", "2026-03-20") if row["RECKEY"] == "R:9"]
    assert (row["ASTDT"], row["DATAERR"], row["TRTEMFL"], row["AFATAL"]) == ("", "AE-DATE-VALID", "Y", "Y")
    assert service.open_queries().count(("AE-DATE-VALID", "S01-001")) == 1


def test_an_event_that_happened_after_the_cut_off_stays_unseen(asked: Service) -> None:
    assert [row["RECKEY"] for row in derive(asked, "adae", "2026-03-13")] == ["R:7"]


def test_one_serious_event_under_two_numbers_is_asked_about_once(asked: Service) -> None:
    assert asked.open_queries().count(("AE-POSSIBLE-DUPLICATE", "S01-001")) == 1
    asked.night("2026-03-18")
    assert asked.open_queries().count(("AE-POSSIBLE-DUPLICATE", "S01-001")) == 1

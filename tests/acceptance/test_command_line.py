"""The command line as people use it: exit codes 0, 1 and 2, sentences that say what, where and what now."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.acceptance.study import LABS, Service, lab, table, write_study

ROW_NAMES = {"accepted", "unchanged", "superseded", "quarantined", "held", "ignored"}


@pytest.fixture(scope="module")
def lived(new_service: Callable[..., Service]) -> Service:
    """A non-responder, a quarantined row, a held file, an overdue patient, a report."""
    service = new_service()
    service.day("2026-03-02").enrol("S01-001", "S01-002")
    service.labs(lab("S01-001", "2026-02-27", "500"), lab("S01-002", "2026-02-27", "500"))
    service.night("2026-03-02")
    service.day("2026-03-30").labs(
        lab("S01-001", "2026-03-30", "450", Order="7"),
        lab("S01-002", "2026-03-30", "450", "furlong", Order="8"),
    )
    service.labs(*(lab(f"S02-{n:03}", "2026-03-30", "5", "furlong") for n in range(1, 13)), site="S02")
    service.night("2026-03-30", report=True)
    return service


def _said(service: Service, code: int, *arguments: str) -> str:
    done = service.cli(*arguments)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return " ".join((done.stdout + done.stderr).split())


def test_status_as_json_has_every_count_and_they_add_up(lived: Service) -> None:
    status = lived.cli_json("status", "--format", "json")
    assert status["study"] == "ACC-01"
    assert status["deliveries"] == {"total": 5, "pending": 0, "recorded": 4, "held": 1, "refused": 0}
    rows = status["rows"]
    assert set(rows) == ROW_NAMES | {"received"}
    assert rows["received"] == sum(rows[name] for name in ROW_NAMES) == 20
    assert (rows["quarantined"], rows["held"], rows["accepted"]) == (1, 12, 7)
    assert status["verdicts"] == {"NON_RESPONDER": 1, "NOT_EVALUABLE": 1}
    assert set(status["alerts"]) >= {"owed", "sent", "open"}
    assert set(status["queries"]) >= {"open", "closed"}
    assert (Path(status["reports"][0]["path"]) / "report.html").is_file()


def test_the_installed_command_prints_status_and_exit_code(lived: Service) -> None:
    done = lived.process("status")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == lived.cli("status").stdout
    done = lived.process("explain", "4711")
    assert (done.returncode, done.stdout) == (1, "") and "unknown" in done.stderr


def test_status_as_text_says_the_same(lived: Service) -> None:
    said = _said(lived, 0, "status")
    for part in ("ACC-01", "20 received", "7 accepted", "1 quarantined", "12 held", "1 non responder"):
        assert part in said


def test_an_unknown_site_is_a_usage_error_that_names_the_known_ones(lived: Service, tmp_path: Path) -> None:
    file = tmp_path / "labs.csv"
    file.write_bytes(table(LABS, [lab("S01-001", "2026-03-01", "1")]))
    said = _said(lived, 2, "deliver", "S99", str(file))
    assert "S99" in said and "S01" in said and "S02" in said


def test_a_file_that_is_not_there_is_said_and_nothing_is_handed_over(lived: Service, tmp_path: Path) -> None:
    done = lived.cli("deliver", "S01", str(tmp_path / "no.csv"))
    assert done.returncode == 2 and "no.csv" in done.stderr
    assert list((lived.home / "inbox" / "S01").iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("verdicts", "--as-of", "14.04.2026"),
        ("verdicts", "--as-of", "2026-13-01"),
        ("verdicts", "--known-at", "yesterday"),
        ("verdicts", "--format", "xml"),
        ("nights",),
    ],
)
def test_what_cannot_be_understood_is_a_usage_error(lived: Service, arguments: tuple[str, ...]) -> None:
    assert "Error" in _said(lived, 2, *arguments)


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("threshold_pct = 25", "threshold_pct = -3", ("protocol.toml", "threshold_pct", "-3", "0")),
        ("target_day = 29", 'target_day = "soon"', ("protocol.toml", "target_day", "soon", "whole number")),
        ("target_day = 29", "taget_day = 29", ("protocol.toml", "taget_day", "target_day")),
        ('encoding = "utf-8"', 'encoding = "utf-9"', ("sites.toml", "encoding", "utf-9", "gb18030")),
        ('test = "AFP"', 'test = "AFB"', ("protocol.toml", "AFB", "AFP")),
        ("planned = 40", "planned = ", ("protocol.toml", "TOML")),
    ],
)
def test_a_wrong_key_is_named_with_file_key_what_was_found_and_what_is_allowed(
    service: Service, old: str, new: str, parts: tuple[str, ...]
) -> None:
    for name in ("protocol.toml", "sites.toml"):
        path = service.study / name
        text = path.read_text().replace('match = ["labs*.csv"]', 'match = ["labs*.csv"]\nencoding = "utf-8"')
        path.write_text(text.replace(old, new, 1))
    said = _said(service, 2, "study", "check", str(service.study))
    assert [part for part in parts if part not in said] == []


def test_a_study_folder_that_is_not_there_is_named(lived: Service, tmp_path: Path) -> None:
    said = _said(lived, 2, "study", "check", str(tmp_path / "nowhere"))
    assert "nowhere/protocol.toml" in said and "milepost study init" in said


def test_explain_follows_a_verdict_to_the_line_of_the_file_and_the_rule(lived: Service) -> None:
    said = _said(lived, 0, "explain", "S01-001", "--as-of", "2026-03-30")
    for part in ("NON_RESPONDER (final)", "450 > 375", "baseline: 500 ng/mL", "day -3", "sample: 450 ng/mL",
                 "day 29", "delivery 4 from S01, line 2", "fall of at least 25 %", "nearest day 29"):  # fmt: skip
        assert part in said, part


def test_explain_shows_where_every_row_of_a_delivery_went(lived: Service) -> None:
    said = _said(lived, 0, "explain", "4")
    for part in ("Delivery 4 from S01, layout labs", "RECORDED", "1 LB accepted", "1 LB quarantined",
                 "line 3: LB-UNIT-KNOWN"):  # fmt: skip
        assert part in said, part


def test_explain_follows_an_alert_to_the_verdict_it_rests_on(lived: Service) -> None:
    key = "ACC-01|S01-001|1|AFP-W4|NON_RESPONSE|medical_monitor|1"
    said = _said(lived, 0, "explain", key)
    for part in ("NON_RESPONSE for medical_monitor", "owed on 2026-03-30", "SENT maildir", "450 > 375"):
        assert part in said, part


def test_explain_follows_a_number_of_the_report_to_the_patients_it_counts(lived: Service) -> None:
    [report] = lived.status()["reports"]
    numbers = json.loads((Path(report["path"]) / "report.json").read_text())["numbers"]
    non_responders = [
        n for n in numbers if n["receipt"].get("rows") and "S01-001" in str(n["receipt"]["rows"])
    ]
    assert non_responders, "no number of the report counts the patient"
    said = _said(lived, 0, "explain", non_responders[0]["id"])
    assert "S01-001" in said and f"{non_responders[0]['value']}" in said


def test_explain_of_what_nobody_knows_is_a_data_problem(lived: Service) -> None:
    assert "S01-999" not in _said(lived, 1, "explain", "S01-999", "--as-of", "2026-03-30")
    assert "unknown" in _said(lived, 1, "explain", "4711")


def test_verdicts_as_json_and_as_csv_have_the_same_rows_in_the_same_columns(lived: Service) -> None:
    rows = lived.cli_json("verdicts", "--as-of", "2026-03-30", "--format", "json")
    header, *lines = lived.cli("verdicts", "--as-of", "2026-03-30").stdout.splitlines()
    assert header == "USUBJID,LINE,CHECKPOINT,STATE,REASON,BASE,BASEU,AVAL,AVALU,PCHG,ADY,FINAL"
    assert [list(row) for row in rows] == [header.split(",")] * 2
    assert lines[0] == "S01-001,1,AFP-W4,NON_RESPONDER,,500,ng/mL,450,ng/mL,-10.0000,29,True"
    assert [row["USUBJID"] for row in rows] == ["S01-001", "S01-002"]


def test_an_alert_is_acknowledged_once_and_a_query_answered_once(
    lived: Service, clone_of: Callable[[Service], Service]
) -> None:
    service = clone_of(lived)
    key = "ACC-01|S01-001|1|AFP-W4|NON_RESPONSE|medical_monitor|1"
    before = service.status()
    _said(service, 0, "acknowledge", key, "--by", "on-call")
    assert service.status()["alerts"]["open"] == before["alerts"]["open"] - 1
    assert "no open alert" in _said(service, 1, "acknowledge", key, "--by", "on-call")
    [(number,)] = service.sql(
        "select id from milepost.query where rule = 'LB-UNIT-KNOWN' and usubjid = 'S01-002'"
    )
    _said(service, 0, "answer", str(number), "--reason", "confirmed", "--by", "dm")
    assert service.status()["queries"]["closed"] == before["queries"]["closed"] + 1
    assert "not open" in _said(service, 1, "answer", str(number), "--reason", "confirmed", "--by", "dm")
    assert service.sql("select actor, action from milepost.audit order by seq desc limit 2") == [
        ("dm", "query.answered"), ("on-call", "alert.acknowledged"),
    ]  # fmt: skip


def test_an_audit_log_that_was_changed_behind_the_service_is_found_out(
    lived: Service, clone_of: Callable[[Service], Service]
) -> None:
    service = clone_of(lived)
    assert "chain intact" in _said(service, 0, "audit", "verify")
    with psycopg.connect(service.dsn.replace("+psycopg", "")) as connection:
        connection.execute("alter table milepost.audit disable trigger all")
        connection.execute("update milepost.audit set payload = replace(payload, 'S01', 'S02') where seq = 2")
    assert "2" in _said(service, 1, "audit", "verify")


def test_an_audit_log_whose_end_was_cut_off_is_found_out(
    lived: Service, clone_of: Callable[[Service], Service]
) -> None:
    service = clone_of(lived)
    with psycopg.connect(service.dsn.replace("+psycopg", "")) as connection:
        connection.execute("alter table milepost.audit disable trigger all")
        connection.execute("delete from milepost.audit where seq > (select max(seq) from milepost.audit) - 3")
    _said(service, 1, "audit", "verify")


def test_a_record_cannot_be_changed_by_whoever_writes_to_the_database(lived: Service) -> None:
    for statement in (
        "update milepost.lb_record set lborres = '1'",
        "delete from milepost.lb_record",
        "truncate milepost.lb_record",
        "update milepost.assessment set state = 'RESPONDER'",
        "delete from milepost.audit",
    ):
        with (
            pytest.raises(psycopg.Error),
            psycopg.connect(lived.dsn.replace("+psycopg", "")) as connection,
        ):
            connection.execute(statement)


@pytest.mark.slow
def test_a_newcomers_study_is_made_checked_and_reads_its_own_sample(service: Service, tmp_path: Path) -> None:
    folder = tmp_path / "my_study"
    assert "study check" in _said(service, 0, "study", "init", str(folder))
    assert "already" in _said(service, 2, "study", "init", str(folder))
    assert "Nothing wrong" in _said(service, 0, "study", "check", str(folder))
    service.study = folder
    for name in ("labs.csv", "patients.csv"):
        _said(service, 0, "deliver", "H1", str(folder / name), "--received-at", "2026-04-20T12:00")
    _said(service, 0, "night", "--as-of", "2026-04-28")
    states = {subject: row["STATE"] for subject, row in service.verdicts("2026-04-28").items()}
    assert states == {
        "H1-001": "RESPONDER",  # 48.0 -> 20.5, a fall of 57 %
        "H1-002": "NON_RESPONDER",  # 31.0 -> 15.6, 49.7 %
        "H1-003": "NOT_EVALUABLE",  # a baseline of 1.2 is below 2
        "H1-004": "OVERDUE",  # day 93
        "H1-005": "NOT_STARTED",
    }
    assert len(service.status()["reports"]) == 1


def test_the_number_in_a_mail_leads_to_its_alert(lived: Service) -> None:
    told = [mail for mail in lived.mails() if "A-" in mail["subject"] and "medical" in mail["to"]]
    number = told[0]["subject"].split(" - ")[-1]
    assert "NON_RESPONSE for medical_monitor" in _said(lived, 0, "explain", number, "--as-of", "2026-03-30")
    listed = lived.cli_json("status", "--format", "json")["open_alerts"]
    assert number in {alert["number"] for alert in listed}


def test_a_home_that_holds_another_studys_data_is_refused(lived: Service, tmp_path: Path) -> None:
    other = write_study(tmp_path / "other", {'id = "ACC-01"': 'id = "ACC-02"'})
    said = _said(Service(other, lived.home, lived.dsn), 2, "status")
    assert "ACC-01" in said and "ACC-02" in said and "--home" in said


def test_letters_are_written_by_hand_too(lived: Service) -> None:
    assert "S01" in _said(lived, 0, "letters", "--as-of", "2026-03-30")
    assert (lived.home / "letters" / "S01" / "2026-03-30.html").is_file()

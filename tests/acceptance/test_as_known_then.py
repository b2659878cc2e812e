"""Promise 3: every answer is for a day and for an instant's knowledge; a past report comes out byte for byte."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from milepost.workflows import publish
from tests.acceptance.study import Service, at, lab


def _files(folder: str) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(Path(folder).iterdir())
        if path.is_file()
    }


@pytest.fixture(scope="module")
def corrected(new_service: Callable[..., Service]) -> Service:
    """500 before, 450 on day 29 (known 03-30), corrected to 300 (known 04-02), a death told on 04-20."""
    service = new_service()
    service.day("2026-03-02").enrol("S01-001", "S01-002")
    service.labs(lab("S01-001", "2026-02-27", "500"), lab("S01-002", "2026-02-27", "500"))
    service.night("2026-03-02")
    service.day("2026-03-30").labs(lab("S01-001", "2026-03-30", "450", Order="7"))
    service.night("2026-03-30", report=True)
    service.day("2026-04-02").labs(lab("S01-001", "2026-03-30", "300", Order="7"))
    service.night("2026-04-02", report=True)
    return service


def test_before_the_correction_was_known_the_first_value_counts(corrected: Service) -> None:
    assert corrected.state("S01-001", "2026-03-31", at("2026-04-01")) == "NON_RESPONDER"
    assert corrected.state("S01-001", "2026-03-31", at("2026-04-03")) == "RESPONDER"
    assert corrected.state("S01-001", "2026-03-31") == "RESPONDER"


def test_before_the_result_was_known_there_is_none_though_the_day_has_come(corrected: Service) -> None:
    assert corrected.state("S01-001", "2026-03-30", at("2026-03-29")) == "WINDOW_OPEN"


def test_a_day_in_the_past_sees_no_sample_drawn_later_whatever_is_known_now(corrected: Service) -> None:
    assert corrected.state("S01-001", "2026-03-29") == "WINDOW_OPEN"
    assert corrected.state("S01-001", "2026-03-20") == "NOT_DUE"
    assert corrected.state("S01-001", "2026-03-01") == "NOT_STARTED"


def test_before_anything_was_known_nobody_is_in_the_study(corrected: Service) -> None:
    assert corrected.verdicts("2026-03-31", at("2026-02-01")) == {}


def test_the_command_line_answers_for_the_past_too(corrected: Service) -> None:
    def asked(*more: str) -> str:
        done = corrected.cli("verdicts", "--as-of", "2026-03-31", *more)
        assert done.returncode == 0, done.stderr
        return {row["USUBJID"]: row["STATE"] for row in csv.DictReader(io.StringIO(done.stdout))}["S01-001"]

    assert asked("--known-at", "2026-04-01") == "NON_RESPONDER"
    assert asked("--known-at", "2026-04-01T23:30+08:00") == "NON_RESPONDER"
    assert asked("--known-at", "now") == asked() == "RESPONDER"


def test_a_report_published_twice_is_the_same_bytes(corrected: Service) -> None:
    first = corrected.day("2026-04-03").publish("2026-04-03")
    files = _files(first["path"])
    again = corrected.publish("2026-04-03")
    assert (first["outcome"], again["outcome"], again["path"]) == ("NEW", "SAME_AGAIN", first["path"])
    assert _files(again["path"]) == files
    assert set(files) == {"report.html", "report.json", "manifest.json"}


def test_a_report_that_lies_there_is_not_worked_out_again_for_the_night(
    corrected: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = corrected.day("2026-04-03").publish("2026-04-03")
    monkeypatch.setattr(publish, "build_open_report", lambda inputs: pytest.fail("worked out again"))
    with corrected.open() as runtime:
        again = runtime.publish(dt.date(2026, 4, 3), again=False)
    assert (again["outcome"], again["path"]) == ("SAME_AGAIN", first["path"])
    monkeypatch.undo()
    (Path(first["path"]) / "report.html").unlink()
    with corrected.open() as runtime:
        runtime.publish(dt.date(2026, 4, 3), again=False)
    assert (Path(first["path"]) / "report.html").exists(), "a file that was lost is made again"


def test_a_past_report_made_again_is_the_same_bytes_even_where_the_file_was_lost(
    corrected: Service, clone_of: Callable[[Service], Service]
) -> None:
    service = clone_of(corrected).day("2026-05-01")
    first = service.publish("2026-03-30", at("2026-03-30", "23:00"))
    assert first["outcome"] == "SAME_AGAIN"
    files = _files(first["path"])
    (Path(first["path"]) / "report.html").unlink()
    service.labs(lab("S01-002", "2026-03-30", "200"))
    service.night("2026-05-01")
    again = service.publish("2026-03-30", at("2026-03-30", "23:00"))
    assert again["outcome"] == "SAME_AGAIN"
    assert _files(again["path"]) == files


def test_a_report_on_a_past_never_published_is_the_same_whenever_it_is_asked_for(
    corrected: Service, clone_of: Callable[[Service], Service]
) -> None:
    one, other = clone_of(corrected).day("2026-04-10"), clone_of(corrected).day("2026-04-10")
    early = one.publish("2026-03-31", at("2026-04-01"))
    other.day("2026-06-01").labs(lab("S01-001", "2026-03-30", "111", Order="7"))
    other.night("2026-06-01")
    late = other.publish("2026-03-31", at("2026-04-01"))
    numbers = [json.loads((Path(made["path"]) / "report.json").read_text()) for made in (early, late)]
    for made in numbers:  # where the log of what was done meanwhile stands is the one thing that moved on
        made.pop("audit_head")
    assert numbers[0] == numbers[1]


def test_a_past_report_keeps_the_study_folder_that_was_in_force(
    corrected: Service, clone_of: Callable[[Service], Service], tmp_path: Path
) -> None:
    service = clone_of(corrected)
    before = service.day("2026-04-05").publish("2026-04-05")
    files = _files(before["path"])
    service.study = tmp_path / "changed"
    service.study.mkdir()
    for name in ("protocol.toml", "sites.toml"):
        text = (corrected.study / name).read_text()
        (service.study / name).write_text(text.replace("threshold_pct = 25", "threshold_pct = 50"))
    service.day("2026-04-06").night("2026-04-06")
    assert service.state("S01-001", "2026-04-06") == "NON_RESPONDER"  # 40 % are not 50 %
    assert service.state("S01-001", "2026-04-05", at("2026-04-05", "23:00")) == "RESPONDER"
    again = service.publish("2026-04-05", at("2026-04-05", "23:00"))
    assert again["outcome"] == "SAME_AGAIN"
    assert _files(again["path"]) == files
    now = service.publish("2026-04-06")
    assert (now["outcome"], now["report"] != again["report"]) == ("NEW", True)


def test_a_verdict_names_the_configuration_it_was_made_under(corrected: Service) -> None:
    [(hash_,)] = corrected.sql("select distinct config_hash from milepost.assessment")
    [(content,)] = corrected.sql("select content from milepost.configuration where hash = %s", hash_)
    assert '"threshold_pct":"25"' in content.replace(" ", "") or '"threshold_pct":25' in content.replace(
        " ", ""
    )


def test_a_report_published_before_its_day_was_judged_stays_and_the_judged_day_gets_its_own(
    new_service: Callable[..., Service],
) -> None:
    service = new_service()
    service.day("2026-03-02").enrol("S01-001")
    service.labs(lab("S01-001", "2026-02-27", "500"))
    service.night("2026-03-02")
    service.day("2026-03-31").labs(lab("S01-001", "2026-03-30", "450"))
    service.receive()
    early = service.publish("2026-03-31")
    kept = _files(early["path"])
    service.assess("2026-03-31")
    judged = service.publish("2026-03-31")
    assert (early["outcome"], judged["outcome"]) == ("NEW", "NEW")
    assert judged["path"] != early["path"] and _files(early["path"]) == kept
    assert service.publish("2026-03-31")["outcome"] == "SAME_AGAIN"


def test_what_a_later_day_ended_is_still_open_in_the_report_of_an_earlier_one(
    new_service: Callable[..., Service],
) -> None:
    service = new_service()
    service.day("2026-03-02").enrol("S01-001")
    service.labs(lab("S01-001", "2026-02-27", "500"))
    service.night("2026-03-02")
    overdue = service.day("2026-04-10").night("2026-04-10", report=True)["publish"]
    files = _files(overdue["path"])
    service.day("2026-04-20").night("2026-04-20", report=True)  # missed by now, and no file has come since
    again = service.publish("2026-04-10")
    assert (again["outcome"], again["path"], _files(again["path"])) == ("SAME_AGAIN", overdue["path"], files)


def test_an_explanation_of_the_past_says_nothing_of_what_came_later(corrected: Service) -> None:
    then = corrected.cli("explain", "S01-001", "--as-of", "2026-03-30", "--known-at", "2026-03-30").stdout
    assert "NON_RESPONDER" in then and "2026-04-02" not in then
    now = corrected.cli("explain", "S01-001", "--as-of", "2026-04-03").stdout
    assert "2026-04-02" in now
    number = ("explain", "checkpoint.AFP-W4.responders", "--as-of")
    assert "as of 2026-03-30" in corrected.cli(*number, "2026-03-31").stdout
    assert "as of 2026-04-0" in corrected.cli(*number, "2026-04-03").stdout

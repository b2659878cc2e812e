"""`night --as-of D`: a past day is lived through again with what was known by its end, unless one asks for more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from milepost.errors import DataProblem
from tests.acceptance.study import Service, at, lab


def _until_april(service: Service) -> Service:
    """First doses on 03-02; a sample of 03-30 came on 03-31, a correction of it on 04-10. It is 04-20."""
    service.day("2026-03-02").enrol("S01-001")
    service.labs(lab("S01-001", "2026-02-27", "500"))
    service.day("2026-03-31").labs(lab("S01-001", "2026-03-30", "450", Order="7"))
    service.day("2026-04-10").labs(lab("S01-001", "2026-03-30", "300", Order="7"))
    return service.day("2026-04-20")


def _waiting(service: Service) -> int:
    return len(list((service.home / "inbox" / "S01").iterdir()))


def test_a_past_night_leaves_later_files_where_they_are(service: Service) -> None:
    with _until_april(service).open() as runtime:
        done = runtime.night(dt.date(2026, 4, 1), write_report=False)
    assert (done["receive"]["claimed"], done["receive"]["waiting"], _waiting(service)) == (4, 1, 1)
    assert service.state("S01-001", "2026-04-01") == "NON_RESPONDER"
    assert [alert[0] for alert in service.alerts("S01-001")] == ["NON_RESPONSE", "NON_RESPONSE"]


def test_the_command_says_how_many_files_wait_and_how_to_take_them(service: Service) -> None:
    done = _until_april(service).cli("night", "--as-of", "2026-04-01")
    assert done.returncode == 0, done.stderr
    assert "1 file" in done.stderr and "--known-at now" in done.stderr
    assert _waiting(service) == 1
    done = service.cli("night", "--as-of", "2026-04-01", "--known-at", "now")
    assert done.returncode == 0, done.stderr
    assert "wait" not in done.stderr
    assert _waiting(service) == 0
    assert service.state("S01-001", "2026-04-01") == "RESPONDER"


def test_nights_lived_through_late_owe_what_the_nights_themselves_would_have_owed(
    service: Service, new_service: Callable[..., Service]
) -> None:
    late, live = _until_april(service), new_service()
    live.day("2026-03-02").enrol("S01-001")
    live.labs(lab("S01-001", "2026-02-27", "500"))
    live.night("2026-03-02")
    live.day("2026-03-31").labs(lab("S01-001", "2026-03-30", "450", Order="7"))
    live.night("2026-03-31")
    live.night("2026-04-05")
    live.day("2026-04-10").labs(lab("S01-001", "2026-03-30", "300", Order="7"))
    live.night("2026-04-10")
    live.night("2026-04-14")
    with late.open() as runtime:
        runtime.night(dt.date(2026, 4, 14), write_report=False)
    rows = "select usubjid, version, as_of, known_at, state, reason, final from milepost.assessment order by 1, 2"
    assert late.sql(rows) == live.sql(rows)
    assert late.alerts() == live.alerts() != []
    owed = "select key, owed_on, owed_at from milepost.alert order by 1"
    assert late.sql(owed) == live.sql(owed)


def test_a_service_that_was_off_for_a_week_says_on_each_day_what_was_owed_on_it(service: Service) -> None:
    service.day("2026-03-02").enrol("S01-001")
    service.labs(lab("S01-001", "2026-02-27", "500"))
    service.night("2026-03-02")
    service.night("2026-04-16")
    days = service.sql("select kind, owed_on from milepost.alert where role = 'study_monitor' order by 2")
    assert days == [("OVERDUE", dt.date(2026, 4, 7)), ("MISSED", dt.date(2026, 4, 14))]


def test_old_files_handed_over_today_are_known_from_the_day_the_site_sent_them(service: Service) -> None:
    _until_april(service)
    service.receive()
    assert service.state("S01-001", "2026-04-01", at("2026-04-05")) == "NON_RESPONDER"
    assert service.state("S01-001", "2026-04-01") == "RESPONDER"


def test_a_day_before_the_first_file_takes_all_that_is_here(service: Service) -> None:
    """Whoever hands old data over today and asks for a day in the past means just that (ADR 13)."""
    service.day("2026-11-01").enrol("S01-001")
    service.labs(lab("S01-001", "2026-02-27", "500"), lab("S01-001", "2026-03-30", "300"))
    with service.open() as runtime:
        done = runtime.night(dt.date(2026, 4, 14), write_report=False)
    assert (done["receive"]["claimed"], done["receive"]["waiting"]) == (3, 0)
    assert service.state("S01-001", "2026-04-14") == "RESPONDER"
    assert service.sql("select distinct as_of from milepost.assessment") == [(dt.date(2026, 4, 14),)]


def test_a_day_that_lies_ahead_is_refused_before_anything_is_taken_or_written(service: Service) -> None:
    service.day("2026-04-20", "23:59").enrol("S01-001")
    sentence = "--as-of 2026-04-21 lies ahead: today is 2026-04-20 in the study's time zone .Asia/Shanghai."
    with service.open() as runtime, pytest.raises(DataProblem, match=sentence):
        runtime.night(dt.date(2026, 4, 21))
    assert (_waiting(service), service.sql("select count(*) from milepost.assessment")) == (2, [(0,)])
    service.receive()
    with pytest.raises(DataProblem, match=f"{sentence}.*Name 2026-04-20 or a day before it"):
        service.publish("2026-04-21")
    assert not (service.home / "reports").exists()
    assert service.publish("2026-04-20")["outcome"] == "NEW"
    # one minute later, while it is still the 20th in Greenwich
    assert service.day("2026-04-21", "00:00").publish("2026-04-21")["outcome"] == "NEW"


def test_the_command_refuses_a_report_of_a_day_that_lies_ahead_in_a_sentence(service: Service) -> None:
    done = service.cli("publish", "--as-of", "2999-01-01")
    assert (done.returncode, done.stdout) == (1, "")
    assert "--as-of 2999-01-01 lies ahead" in done.stderr and "Traceback" not in done.stderr

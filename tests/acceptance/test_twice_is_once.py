"""Promise 2: any file may come twice, renamed, late or out of order, and any night may run again: the same records,
each alert once. A correction is a new version; nothing is changed in place."""

from __future__ import annotations

import datetime as dt

from tests.acceptance.study import EVENTS, LABS, Service, at, event, lab, table

NOTHING_NEW = {"claimed": 0, "repeated": 0, "recorded": 0, "held": 0, "refused": 0}


def _tables(service: Service) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table a person's answer may rest on."""
    names = service.sql(
        "select table_name from information_schema.tables where table_schema = 'milepost' and table_type = "
        "'BASE TABLE' and table_name <> 'audit' order by 1"
    )
    assert len(names) > 25
    return {
        name: sorted(service.sql(f"select t::text from milepost.{name} t"))
        for (name,) in names
        if not name.startswith("alembic")
    }


def _versions(service: Service, subject: str) -> list[tuple[object, ...]]:
    return service.sql(
        "select lborres, version, occurrence, retracted from milepost.lb_record where usubjid = %s "
        "order by occurrence, version",
        subject,
    )


def test_the_same_file_twice_renamed_and_from_the_same_site_changes_nothing(service: Service) -> None:
    service.day("2026-03-02").enrol("S01-001")
    service.labs(lab("S01-001", "2026-02-27", "500"))
    service.night("2026-03-02")
    before = _tables(service)
    service.day("2026-03-03").enrol("S01-001")
    service.labs(lab("S01-001", "2026-02-27", "500"), name="labs_again.csv")
    done = service.night("2026-03-03")["receive"]
    assert (done["claimed"], done["repeated"]) == (0, 3)
    after = _tables(service)
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"assessment_run", "watch_run", "contact"}


def test_the_same_row_in_another_file_is_unchanged(service: Service) -> None:
    service.day("2026-03-02").labs(lab("S01-001", "2026-02-27", "500"))
    service.receive()
    service.day("2026-03-03").labs(lab("S01-001", "2026-02-27", "500"), lab("S01-002", "2026-02-27", "400"))
    service.receive()
    assert service.fates(2) == {"received": 2, "unchanged": 1, "accepted": 1}
    assert _versions(service, "S01-001") == [("500", 1, 1, False)]


def test_of_two_files_received_together_the_later_counts_whatever_they_are_called(service: Service) -> None:
    service.day("2026-03-04")
    new = table(LABS, [lab("S01-001", "2026-02-27", "510", Order="7")])
    old = table(LABS, [lab("S01-001", "2026-02-27", "500", Order="7")])
    service.hand_over("S01", "labs_1.csv", new, at("2026-03-03"))
    service.hand_over("S01", "labs_2.csv", old, at("2026-03-02"))
    service.receive()
    assert _versions(service, "S01-001") == [("500", 1, 1, False), ("510", 2, 1, False)]


def test_an_older_version_that_arrives_after_a_newer_one_is_superseded(service: Service) -> None:
    service.day("2026-03-03").labs(lab("S01-001", "2026-02-27", "510", Order="7", Version="2"))
    service.receive()
    service.day("2026-03-04").labs(lab("S01-001", "2026-02-27", "500", Order="7", Version="1"))
    service.receive()
    assert service.fates(2) == {"received": 1, "superseded": 1}
    assert _versions(service, "S01-001") == [("510", 1, 1, False)]


def test_a_correction_is_a_new_version_and_the_old_one_stays(service: Service) -> None:
    service.day("2026-03-03").labs(lab("S01-001", "2026-02-27", "500", Order="7"))
    service.receive()
    service.day("2026-03-04").labs(lab("S01-001", "2026-02-26", "505", Order="7", Status="C"))
    service.receive()
    assert service.fates(2) == {"received": 1, "accepted": 1}
    assert _versions(service, "S01-001") == [("500", 1, 1, False), ("505", 2, 1, False)]


def test_a_cancelled_result_counts_no_more_and_may_come_back(service: Service) -> None:
    service.day("2026-03-30").enrol("S01-001")
    service.labs(
        lab("S01-001", "2026-02-27", "500", Order="1"), lab("S01-001", "2026-03-30", "300", Order="7")
    )
    service.receive()
    assert service.state("S01-001", "2026-03-30") == "RESPONDER"
    service.day("2026-03-31").labs(lab("S01-001", "2026-03-30", "", Order="7", Status="X"))
    service.receive()
    assert service.state("S01-001", "2026-03-31") == "WINDOW_OPEN"
    service.day("2026-04-01").labs(lab("S01-001", "2026-03-30", "300", Order="7", Status="F", Unit="ng/mL "))
    service.receive()
    assert service.state("S01-001", "2026-04-01") == "RESPONDER"
    assert [row[1:] for row in _versions(service, "S01-001") if row[0] == "300"] == [
        (1, 1, False),
        (2, 1, True),
        (3, 1, False),
    ]


def test_the_correction_of_a_quarantined_row_releases_it_and_closes_its_query(service: Service) -> None:
    service.day("2026-03-30").enrol("S01-001")
    service.labs(
        lab("S01-001", "2026-02-27", "500"), lab("S01-001", "2026-03-30", "300", "furlong", Order="7")
    )
    service.receive()
    assert service.state("S01-001", "2026-03-30") == "NOT_EVALUABLE:SAMPLE_UNUSABLE"
    assert service.open_queries() == [("LB-UNIT-KNOWN", "S01-001")]
    service.day("2026-03-31").labs(lab("S01-001", "2026-03-30", "300", "ng/mL", Order="7"))
    service.receive()
    assert service.state("S01-001", "2026-03-31") == "RESPONDER"
    assert service.open_queries() == []
    assert service.sql("select delivery, reason from milepost.quarantine_release") == [(4, "CORRECTED")]
    rows = service.status()["rows"]
    assert (rows["quarantined"], rows["superseded"], rows["received"]) == (0, 1, 5)


def test_the_same_bad_row_again_asks_nothing_again(service: Service) -> None:
    for day in ("2026-03-03", "2026-03-04"):
        service.day(day).labs(lab("S01-001", "2026-02-27", "500", "furlong"), lab("S01-002", day, "500"))
        service.receive()
    assert service.fates(2) == {"received": 2, "unchanged": 1, "accepted": 1}
    assert service.sql("select count(*) from milepost.quarantine") == [(1,)]
    assert service.sql("select count(*) from milepost.query where rule = 'LB-UNIT-KNOWN'") == [(1,)]


def test_a_refused_correction_takes_the_place_of_the_value_it_corrects(service: Service) -> None:
    service.day("2026-03-30").enrol("S01-001")
    service.labs(lab("S01-001", "2026-02-27", "500"), lab("S01-001", "2026-03-30", "300", Order="7"))
    service.receive()
    service.day("2026-03-31").labs(lab("S01-001", "2026-03-30", "3o0", Order="7", Status="C"))
    service.receive()
    assert service.state("S01-001", "2026-03-31") == "NOT_EVALUABLE:SAMPLE_UNUSABLE"


def test_a_value_that_changes_there_and_back_alerts_twice(service: Service) -> None:
    service.day("2026-03-02").enrol("S01-001")
    service.labs(lab("S01-001", "2026-02-27", "500"))
    service.night("2026-03-02")
    # the third file has bytes of its own: the first one's again would be a file sent twice
    for day, value, note in (
        ("2026-03-30", "450", "F"),
        ("2026-03-31", "300", "F"),
        ("2026-04-01", "450", "C"),
    ):
        service.day(day).labs(lab("S01-001", "2026-03-30", value, Order="7", Status=note))
        service.night(day)
    assert _versions(service, "S01-001")[1:] == [
        ("450", 1, 1, False), ("300", 2, 1, False), ("450", 3, 1, False),
    ]  # fmt: skip
    of_monitor = [alert for alert in service.alerts("S01-001") if alert[1] == "medical_monitor"]
    assert of_monitor == [
        ("CORRECTION", "medical_monitor", 1, "RESOLVED"),  # "the non-response no longer stands"
        ("CORRECTION", "medical_monitor", 2, "OPEN"),  # "the response was corrected into a non-response"
        ("NON_RESPONSE", "medical_monitor", 1, "SUPERSEDED"),
    ]
    mails = [mail for mail in service.mails() if mail["to"].startswith("medical.monitor")]
    assert len(mails) == len({mail["id"] for mail in mails}) == 3


def test_a_night_run_twice_gives_no_new_alert_and_the_same_rows(service: Service) -> None:
    service.day("2026-03-02").enrol("S01-001", "S01-002", "S02-001")
    service.labs(lab("S01-001", "2026-02-27", "500"), lab("S01-002", "2026-02-27", "12"))
    service.night("2026-03-02", report=True)
    service.day("2026-04-14").labs(lab("S01-001", "2026-03-30", "450"), lab("S01-002", "2026-03-30", "x"))
    service.hand_over("S02", "events.csv", table(EVENTS, [event("S02-001", "DEATH", "2026-04-13")]))
    first = service.night("2026-04-14", report=True)
    assert first["assess"]["owed"] > 0 and first["notify"]["sent"] > 0
    before, mails = _tables(service), service.mails()
    for _ in range(2):
        again = service.night("2026-04-14", report=True)
        assert {name: again["receive"][name] for name in NOTHING_NEW} == NOTHING_NEW
        assert (again["assess"]["changed"], again["assess"]["owed"], again["notify"]["mails"]) == (0, 0, 0)
        assert again["publish"]["outcome"] == "SAME_AGAIN"
    assert _tables(service) == before
    assert service.mails() == mails


def test_the_night_before_run_again_owes_nothing(service: Service) -> None:
    service.day("2026-03-02").enrol("S01-001")
    service.labs(lab("S01-001", "2026-02-27", "500"))
    service.night("2026-03-02")
    service.day("2026-03-30").labs(lab("S01-001", "2026-03-30", "450"))
    service.night("2026-03-30")
    before, mails = service.alerts(), service.mails()
    with service.day("2026-03-31").open() as runtime:
        for day in (dt.date(2026, 3, 29), dt.date(2026, 3, 30), dt.date(2026, 3, 2)):
            assert runtime.night(day, write_report=False)["assess"]["owed"] == 0
    assert service.alerts() == before
    assert service.mails() == mails

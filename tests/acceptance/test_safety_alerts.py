"""Safety alerts: told once, amended or taken back when data are corrected, and a silent site is an event too."""

from __future__ import annotations

import datetime as dt
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.mortal import killed_night
from tests.acceptance.sdtm import derive, enrol, event, lab, lesion, scan, send, write_sdtm_study
from tests.acceptance.study import Service, at, table

SAFETY = ("HYS_LAW", "SERIOUS_EVENT", "FATAL_EVENT", "LAB_TOXICITY", "SPECIAL_INTEREST", "PROGRESSION", "NEW_LESION",
          "SITE_SILENT")  # fmt: skip


@pytest.fixture(scope="module")
def begun(new_service: Callable[..., Service], tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A study whose site sends SDTM files; one patient began on 2026-03-02."""
    service = new_service(study=write_sdtm_study(tmp_path_factory.mktemp("sdtm") / "study"))
    service.day("2026-03-02")
    enrol(service, "S01-001")
    service.night("2026-03-02")
    return service


@pytest.fixture
def watched(begun: Service, clone_of: Callable[[Service], Service]) -> Service:
    return clone_of(begun)


def alerts(service: Service) -> list[tuple[str, str, int, str]]:
    """Safety alerts and retractions, as (KIND, ROLE, EPISODE, what became of it)."""
    return [alert for alert in service.alerts("S01-001") if alert[0] in (*SAFETY, "RETRACTION")]


def to_medical_monitor(service: Service) -> int:
    return sum(mail["to"] == "medical.monitor@example.org" for mail in service.mails())


def test_a_serious_event_is_told_at_once_and_once(watched: Service) -> None:
    watched.day("2026-03-16")
    send(watched, "AE", event("S01-001", "7", "Pneumonia", "2026-03-14", "3", AESER="Y"))
    watched.night("2026-03-16")
    assert alerts(watched) == [
        ("SERIOUS_EVENT", "medical_monitor", 1, "OPEN"),
        ("SERIOUS_EVENT", "study_monitor", 1, "OPEN"),
    ]
    assert to_medical_monitor(watched) == 1
    watched.night("2026-03-16")
    watched.night("2026-03-17")
    assert to_medical_monitor(watched) == 1


def test_a_worse_grade_amends_what_was_told(watched: Service) -> None:
    watched.day("2026-03-16")
    send(watched, "AE", event("S01-001", "7", "Pneumonia", "2026-03-14", "3", AESER="Y"))
    watched.night("2026-03-16")
    watched.day("2026-03-18")
    send(watched, "AE", event("S01-001", "7", "Pneumonia", "2026-03-14", "4", AESER="Y"), name="-2")
    watched.night("2026-03-18")
    mine = [alert[2:] for alert in alerts(watched) if alert[1] == "medical_monitor"]
    assert mine == [(1, "SUPERSEDED"), (2, "OPEN")]
    ((detail,),) = watched.sql(
        "select detail from milepost.alert where kind = 'SERIOUS_EVENT' and role = 'medical_monitor' and episode = 2"
    )
    assert (detail["grade"], detail["before"]["grade"]) == (4, 3)


def test_an_event_that_was_not_serious_is_taken_back(watched: Service) -> None:
    watched.day("2026-03-16")
    send(watched, "AE", event("S01-001", "7", "Pneumonia", "2026-03-14", "2", AESER="Y"))
    watched.night("2026-03-16")
    watched.day("2026-03-18")
    send(watched, "AE", event("S01-001", "7", "Pneumonia", "2026-03-14", "2", AESER="N"), name="-2")
    watched.night("2026-03-18")
    assert ("SERIOUS_EVENT", "medical_monitor", 1, "RETRACTED") in alerts(watched)
    assert ("RETRACTION", "medical_monitor", 1, "RESOLVED") in alerts(watched)
    assert to_medical_monitor(watched) == 2


def test_an_event_that_turns_fatal_takes_nothing_back(watched: Service) -> None:
    watched.day("2026-03-16")
    send(watched, "AE", event("S01-001", "7", "Variceal bleeding", "2026-03-14", "4", AESER="Y"))
    watched.night("2026-03-16")
    watched.day("2026-03-18")
    fatal = event("S01-001", "7", "Variceal bleeding", "2026-03-14", "5", AESER="Y", AEOUT="FATAL")
    send(watched, "AE", fatal, name="-2")
    watched.night("2026-03-18")
    mine = [(kind, ended) for kind, role, _, ended in alerts(watched) if role == "study_monitor"]
    assert mine == [("FATAL_EVENT", "OPEN"), ("SERIOUS_EVENT", "SUPERSEDED")]


def test_a_mail_that_takes_an_alert_back_names_it_by_its_number(watched: Service) -> None:
    watched.day("2026-03-16")
    send(watched, "AE", event("S01-001", "7", "Pneumonia", "2026-03-14", "2", AESER="Y"))
    watched.night("2026-03-16")
    (told,) = [mail for mail in watched.mails() if mail["to"] == "medical.monitor@example.org"]
    number = told["subject"].rsplit(" ", 1)[-1]
    watched.day("2026-03-18")
    send(watched, "AE", event("S01-001", "7", "Pneumonia", "2026-03-14", "2", AESER="N"), name="-2")
    watched.night("2026-03-18")
    (notice,) = [
        mail
        for mail in watched.mails()
        if mail["to"] == "medical.monitor@example.org" and mail["id"] != told["id"]
    ]
    assert number in notice["text"] and "non-response" not in notice["text"]


def test_an_alert_that_ends_before_it_was_sent_is_not_sent(watched: Service) -> None:
    watched.day("2026-03-16")
    send(watched, "AE", event("S01-001", "7", "Pneumonia", "2026-03-14", "2", AESER="Y"))
    before = len(watched.mails())
    with watched.open() as runtime:
        runtime.receive()
        runtime.watch(dt.date(2026, 3, 16))
    watched.day("2026-03-16", "23:30")
    send(watched, "AE", event("S01-001", "7", "Pneumonia", "2026-03-14", "2", AESER="N"), name="-2")
    with watched.open() as runtime:
        runtime.receive()
        runtime.watch(dt.date(2026, 3, 16))
        runtime.notify(dt.date(2026, 3, 16))
    assert len(watched.mails()) == before
    assert ("SERIOUS_EVENT", "medical_monitor", 1, "RETRACTED") in alerts(watched)


def test_one_digest_a_site_role_and_day_whatever_comes_later(watched: Service) -> None:
    def digests() -> int:
        return sum("1 alert" in mail["subject"] or "2 alerts" in mail["subject"] for mail in watched.mails())

    begun = digests()
    for time, test, low, high in (("09:00", "PLAT", "125", "350"), ("15:00", "NEUT", "1.8", "6.3")):
        watched.day("2026-03-20", time)
        send(watched, "LB", lab("S01-001", test, "2026-03-19", "0.4", "10^9/L", low, high), name=test)
        with watched.open() as runtime:
            runtime.receive()
            runtime.watch(dt.date(2026, 3, 20))
            runtime.notify(dt.date(2026, 3, 20))
    first = digests() - begun
    watched.night("2026-03-21")
    assert (first, digests() - begun) == (2, 4)  # two roles a day


def test_a_site_that_sends_the_same_every_night_is_not_silent(watched: Service) -> None:
    for day in range(3, 24):
        watched.day(f"2026-03-{day:02}", "20:00")
        send(watched, "VS", {"USUBJID": "S01-001", "VSTESTCD": "WEIGHT", "VSORRES": "70", "VSORRESU": "kg",
                             "VSDTC": "2026-03-02"})  # fmt: skip
        watched.receive()
    watched.night("2026-03-23")
    assert watched.sql("select count(*) from milepost.alert where kind = 'SITE_SILENT'") == [(0,)]


def test_of_two_files_handed_over_at_once_the_one_named_last_counts(watched: Service, tmp_path: Path) -> None:
    watched.day("2026-03-16")
    for name, serious in (("ae.csv", "Y"), ("ae-b.csv", "N")):
        row = event("S01-001", "7", "Pneumonia", "2026-03-14", "2", AESER=serious)
        (tmp_path / name).write_bytes(table(list(row), [row]))
    done = watched.cli(
        "deliver",
        "S01",
        str(tmp_path / "ae.csv"),
        str(tmp_path / "ae-b.csv"),
        "--received-at",
        "2026-03-16T10:00",
    )
    assert done.returncode == 0, done.stderr
    watched.night("2026-03-16")
    assert alerts(watched) == []


def test_a_fatal_event_is_told_as_fatal_and_not_as_serious_too(watched: Service) -> None:
    watched.day("2026-03-16")
    send(
        watched,
        "AE",
        event("S01-001", "7", "Variceal haemorrhage", "2026-03-14", "5", AESER="Y", AEOUT="FATAL"),
    )
    watched.night("2026-03-16")
    assert {alert[0] for alert in alerts(watched)} >= {"FATAL_EVENT"}
    assert "SERIOUS_EVENT" not in {alert[0] for alert in alerts(watched)}


def test_liver_values_that_meet_hys_law_together_are_told(watched: Service) -> None:
    def panel(day: str, alt: str, bilirubin: str) -> list[dict[str, str]]:
        return [lab("S01-001", "ALT", day, alt, "U/L", "9", "50"), lab("S01-001", "ALP", day, "90", "U/L", "45", "125"),
                lab("S01-001", "BILI", day, bilirubin, "umol/L", "3", "20")]  # fmt: skip

    watched.day("2026-03-20")
    send(
        watched,
        "LB",
        *panel("2026-02-25", "40", "12"),
        *panel("2026-03-01", "40", "12"),
        *panel("2026-03-19", "150", "39.9"),
    )
    watched.night("2026-03-20")
    assert "HYS_LAW" not in {alert[0] for alert in alerts(watched)}
    watched.day("2026-04-03")
    send(watched, "LB", *panel("2026-04-02", "60", "40"), name="-2")
    watched.night("2026-04-03")
    assert ("HYS_LAW", "medical_monitor", 1, "OPEN") in alerts(watched)


def test_a_grave_value_is_told_once_a_test_and_again_when_it_gets_worse(watched: Service) -> None:
    for day, platelets in (("2026-03-20", "40"), ("2026-03-24", "45"), ("2026-03-28", "20")):
        watched.day(day)
        send(watched, "LB", lab("S01-001", "PLAT", day, platelets, "10^9/L", "125", "350"), name=day)
        watched.night(day)
    mine = [
        alert for alert in alerts(watched) if alert[0] == "LAB_TOXICITY" and alert[1] == "medical_monitor"
    ]
    assert [alert[2:] for alert in mine] == [(1, "SUPERSEDED"), (2, "OPEN")]


def test_progression_and_a_new_lesion_are_told_by_the_primary_reading(watched: Service) -> None:
    watched.day("2026-04-14")
    send(
        watched,
        "TU",
        lesion("S01-001", "T1", "TARGET", "2026-02-25"),
        lesion("S01-001", "N1", "NEW", "2026-04-13", "LUNG"),
    )
    send(
        watched,
        "TR",
        *scan("S01-001", "2026-02-25", "SCREENING", "40"),
        *scan("S01-001", "2026-04-13", "WEEK 6", "30"),
    )
    watched.night("2026-04-14")
    assert alerts(watched) == [
        ("NEW_LESION", "study_monitor", 1, "OPEN"),
        ("PROGRESSION", "study_monitor", 1, "OPEN"),
    ]


def test_a_site_that_falls_silent_is_told_and_settled_when_it_sends_again(watched: Service) -> None:
    watched.night("2026-03-16")
    assert watched.sql("select count(*) from milepost.alert where kind = 'SITE_SILENT'") == [(0,)]
    watched.night("2026-03-17")
    silent = "select a.role, e.event from milepost.alert a left join milepost.alert_event e on e.alert_key = a.key and "
    silent += "e.event <> 'SENT' where kind = 'SITE_SILENT' order by 1"
    assert watched.sql(silent) == [("data_manager", None), ("site_coordinator", None)]
    watched.day("2026-03-18")
    send(
        watched,
        "VS",
        {
            "USUBJID": "S01-001",
            "VSTESTCD": "WEIGHT",
            "VSORRES": "70",
            "VSORRESU": "kg",
            "VSDTC": "2026-03-17",
        },
    )
    watched.night("2026-03-18")
    assert watched.sql(silent) == [("data_manager", "RESOLVED"), ("site_coordinator", "RESOLVED")]


def test_no_mail_names_a_patient_or_what_was_measured(watched: Service) -> None:
    watched.day("2026-03-20")
    send(watched, "LB", lab("S01-001", "PLAT", "2026-03-20", "20", "10^9/L", "125", "350"))
    send(watched, "AE", event("S01-001", "7", "Pneumonia", "2026-03-14", "4", AESER="Y"))
    watched.night("2026-03-20")
    assert watched.mails()
    for mail in watched.mails():
        assert not any(
            word in mail["text"] + mail["subject"] for word in ("S01-001", "Pneumonia", "PLAT", "Anlotinib")
        )


def dose(ref: str, start: str, end: str = "", **more: str) -> dict[str, str]:
    return {"USUBJID": "S01-001", "EXREFID": ref, "EXTRT": "ANLOTINIB", "EXDOSE": "12", "EXDOSU": "mg",
            "EXDOSFRQ": "QD", "EXSTDTC": start, "EXENDTC": end, "EXLINE": "1"} | more  # fmt: skip


def test_doses_that_overlap_are_asked_and_give_no_intensity(watched: Service) -> None:
    def overlaps() -> list[str]:
        return [
            rule for rule, subject in watched.open_queries() if subject == "S01-001" and "OVERLAP" in rule
        ]

    def intensity(day: str) -> tuple[str, bool]:
        (row,) = derive(watched, "adex", day)
        return row["RDI"], row["DATAERR"] != ""

    watched.day("2026-04-14")
    send(
        watched, "EX", dose("1", "2026-03-02", "2026-03-15"), dose("3", "2026-03-10", "2026-03-15"), name="-2"
    )
    watched.night("2026-04-14")
    assert overlaps() and intensity("2026-04-14") == ("", True)
    watched.day("2026-04-15")
    send(watched, "EX", dose("3", "2026-03-10", RECSTATUS="cancelled"), name="-3")
    watched.night("2026-04-15")
    assert not overlaps() and intensity("2026-04-15")[1] is False and intensity("2026-04-15")[0]


KEPT = {
    "signal": "kind, usubjid, about, version, active, facts_hash", "alert": "*", "watch_run": "*", "watch_due": "*",
    "query": "key, rule, question",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    "point",
    [
        "after milepost.store.store:Store.touched",
        "after milepost.store.signals:WatchingSession.save_signals",
        "after milepost.store.signals:WatchingSession.save_run",
    ],
)
def test_the_watch_killed_in_the_middle_owes_the_same(
    watched: Service, clone_of: Callable[[Service], Service], point: str
) -> None:
    watched.day("2026-03-16")
    send(watched, "AE", event("S01-001", "7", "Pneumonia", "2026-03-14", "3", AESER="Y"))
    send(watched, "LB", lab("S01-001", "PLAT", "2026-03-15", "20", "10^9/L", "125", "350"))
    quiet, mortal = clone_of(watched), clone_of(watched)
    quiet.night("2026-03-16")
    code = killed_night(mortal.study, mortal.home, mortal.dsn, at("2026-03-16", "23:00"), "2026-03-16", point)
    assert code == -signal.SIGKILL
    mortal.night("2026-03-16")
    for name, columns in KEPT.items():
        query = f"select {columns} from milepost.{name} order by 1, 2"
        assert sorted(map(str, mortal.sql(query))) == sorted(map(str, quiet.sql(query))), name
    assert len(mortal.mails()) == len(quiet.mails())

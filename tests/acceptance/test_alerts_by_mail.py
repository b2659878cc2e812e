"""What people are told: at once or in a digest, each thing once, corrections to whoever was told; nobody is named."""

from __future__ import annotations

import re
from pathlib import Path

from tests.acceptance.study import Service, lab

MONITOR, STUDY_MONITOR = "medical.monitor@example.org", "study.monitor@example.org"
COORDINATOR = "coordinator.s01@example.org"
PLANTED = re.compile(
    r"S0[12]-\d{3}|anlotinib|sorafenib|\bANL\b|\bSOR\b|\b(500|450|300)\b|AFP-W4\|", re.IGNORECASE
)


def _to(service: Service, address: str) -> list[dict[str, str]]:
    return [mail for mail in service.mails() if mail["to"] == address]


def _non_responder(service: Service, day: str = "2026-03-30") -> None:
    service.day("2026-03-02").enrol("S01-001")
    service.labs(lab("S01-001", "2026-02-27", "500"))
    service.night("2026-03-02")
    service.day(day).labs(lab("S01-001", day, "450", Order="7"))
    service.night(day)


def test_a_non_response_is_mailed_once_to_each_role_that_is_told(service: Service) -> None:
    _non_responder(service)
    assert [mail["to"] for mail in service.mails()] == [MONITOR, STUDY_MONITOR]
    service.night("2026-03-30")
    service.night("2026-03-31")
    assert len(service.mails()) == 2


def test_a_provisional_non_response_is_told_at_once_and_not_again_when_it_is_final(service: Service) -> None:
    _non_responder(service, "2026-03-24")
    assert service.state("S01-001", "2026-03-24") == "PROVISIONAL_NON_RESPONDER"
    assert len(_to(service, MONITOR)) == 1
    service.night("2026-04-14")
    assert service.state("S01-001", "2026-04-14") == "NON_RESPONDER"
    assert len(_to(service, MONITOR)) == 1


def test_overdue_and_missed_samples_come_in_one_digest_a_site_and_day(service: Service) -> None:
    service.day("2026-03-02").enrol("S01-001", "S01-002", "S02-001")
    service.labs(lab("S01-001", "2026-02-27", "500"), lab("S01-002", "2026-02-27", "500"))
    service.labs(lab("S02-001", "2026-02-27", "500"), site="S02")
    service.night("2026-03-02")
    service.nights("2026-04-06", "2026-04-15")
    assert len(_to(service, COORDINATOR)) == 2  # overdue on 04-07, missed on 04-14, two patients in each
    assert len(_to(service, "coordinator.s02@example.org")) == 2
    assert len(_to(service, STUDY_MONITOR)) == 4  # one a site and day
    assert _to(service, MONITOR) == []
    assert [alert[0] for alert in service.alerts("S01-001")].count("OVERDUE") == 2


def test_a_correction_reaches_those_who_were_told_and_nobody_else(service: Service) -> None:
    _non_responder(service)
    service.day("2026-04-01").labs(lab("S01-001", "2026-03-30", "300", Order="7"))
    service.night("2026-04-01")
    assert [mail["to"] for mail in service.mails()] == [MONITOR, MONITOR, STUDY_MONITOR, STUDY_MONITOR]
    assert len({mail["id"] for mail in service.mails()}) == 4


def test_a_correction_reaches_somebody_who_has_left_the_list_since(service: Service) -> None:
    _non_responder(service)
    protocol = service.study / "protocol.toml"
    protocol.write_text(protocol.read_text().replace(MONITOR, "new.monitor@example.org"))
    service.day("2026-04-01").labs(lab("S01-001", "2026-03-30", "300", Order="7"))
    service.night("2026-04-01")
    assert len(_to(service, MONITOR)) == 2
    assert len(_to(service, "new.monitor@example.org")) == 1


def test_a_retraction_reaches_those_who_were_told(service: Service) -> None:
    _non_responder(service)
    service.day("2026-04-01").labs(lab("S01-001", "2026-03-30", "", Order="7", Status="W"))
    service.night("2026-04-01")
    assert [mail["to"] for mail in service.mails()] == [MONITOR, MONITOR, STUDY_MONITOR, STUDY_MONITOR]
    assert {(kind, fate) for kind, _, _, fate in service.alerts("S01-001")} == {
        ("NON_RESPONSE", "RETRACTED"),
        ("RETRACTION", "RESOLVED"),
    }


def test_a_changed_study_folder_owes_nothing_by_itself(service: Service) -> None:
    service.day("2026-03-02").enrol("S01-001")
    service.labs(lab("S01-001", "2026-02-27", "500"))
    service.night("2026-03-02")
    service.day("2026-03-30").labs(lab("S01-001", "2026-03-30", "300"))
    service.night("2026-03-30")
    assert service.mails() == []
    protocol = service.study / "protocol.toml"
    protocol.write_text(protocol.read_text().replace("threshold_pct = 25", "threshold_pct = 50"))
    service.night("2026-03-31")
    assert service.state("S01-001", "2026-03-31") == "NON_RESPONDER"
    assert service.alerts() == [] and service.mails() == []


def test_no_mail_names_a_patient_an_arm_or_a_value(service: Service) -> None:
    service.day("2026-03-02").enrol("S01-001", "S01-002")
    service.enrol("S02-001", arm="SOR")
    service.labs(lab("S01-001", "2026-02-27", "500"), lab("S01-002", "2026-02-27", "500"))
    service.night("2026-03-02")
    service.day("2026-03-30").labs(lab("S01-001", "2026-03-30", "450", Order="7"))
    service.night("2026-03-30")
    service.day("2026-04-01").labs(lab("S01-001", "2026-03-30", "300", Order="7"))
    service.labs(
        *(lab(f"S01-{n:03}", "2026-03-30", "500", "furlong") for n in range(1, 13)), name="labs_bad.csv"
    )
    service.night("2026-04-01")
    service.nights("2026-04-14", "2026-04-14")
    mails = service.mails()
    assert len(mails) >= 8 and all(mail["text"].strip() for mail in mails)
    assert {mail["to"] for mail in mails} >= {MONITOR, STUDY_MONITOR, COORDINATOR, "data.manager@example.org"}
    raw = "\n".join(path.read_text() for path in (service.home / "mail" / "new").iterdir())
    assert [hit for mail in mails for hit in PLANTED.findall(mail["subject"] + mail["text"])] == []
    assert not re.search(r"S0[12]-\d{3}", raw)


def test_an_alert_nobody_would_get_is_noted_as_a_gap_in_the_study_folder(service: Service) -> None:
    sites = service.study / "sites.toml"
    text = sites.read_text()
    sites.write_text(re.sub(r"contacts = .*", "", text))
    service.day("2026-03-02").enrol("S01-001")
    service.labs(lab("S01-001", "2026-02-27", "500"))
    service.night("2026-03-02")
    service.night("2026-04-07")
    assert service.sql("select alert_key from milepost.alert_event where event = 'NO_RECIPIENT'") == [
        ("ACC-01|S01-001|1|AFP-W4|OVERDUE|site_coordinator|1",)
    ]
    assert Path(service.home / "mail").exists()


def test_a_mail_about_a_day_that_passed_is_dated_on_that_day(service: Service) -> None:
    service.day("2026-03-02").enrol("S01-001")
    service.labs(lab("S01-001", "2026-02-27", "500"))
    service.night("2026-03-02")
    service.night("2026-04-07")
    assert [mail["date"] for mail in _to(service, COORDINATOR)] == ["Tue, 07 Apr 2026 15:00:00 +0000"]

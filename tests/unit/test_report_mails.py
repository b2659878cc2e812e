"""Mails carry study, class, deadline, alert number, link and caution; nothing of a patient."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from milepost.protocol import StudyProtocol
from milepost.reports.mails import alert_mail_model, alert_reference, digest_mail_model
from milepost.reports.open_report import build_open_report
from milepost.reports.render import Mail
from tests.report_builder import RENDERER, protocol, report_inputs, study
from tests.report_reading import Page, check_snapshot, words

KINDS = {
    "NON_RESPONSE": "Look at the two samples of this patient.",
    "OVERDUE": "Send the result if a sample was drawn.",
    "NO_BASELINE": "Send a result from before the first dose of sorafenib.",
    "CORRECTION": "Read the new verdict; the data were corrected.",
    "RETRACTION": "This patient is no non-responder any more.",
    "DELIVERY_HELD": "Read the findings and send the file again.",
}


NEUTRAL = "Read what stands behind this number, and acknowledge it."


def settings(**changed: Any) -> StudyProtocol:
    kinds = [
        {"kind": k, "roles": ["site_coordinator", "medical_monitor"], "action": text}
        for k, text in KINDS.items()
    ]
    alerts = protocol()["alerts"] | {"kinds": kinds, "portal_url": "https://milepost.example/"}
    return study(**{"alerts": alerts, **changed}).protocol


def row(
    kind: str, role: str = "site_coordinator", subject: str = "S01-007", **changed: Any
) -> dict[str, Any]:
    severity = "WARN" if kind == "NON_RESPONSE" else "ACTION"
    return {
        "ALERT_KEY": f"HCC-AFP-01|{subject}|1|AFP-W4|{kind}|{role}|1", "KIND": kind, "ROLE": role, "SITEID": "S01",
        "USUBJID": subject, "SEVERITY": severity, "OWED_ON": dt.date(2026, 11, 21), "ACT_BY": dt.date(2026, 11, 25),
        "OWED_AT": dt.datetime(2026, 11, 21, 21, 40, tzinfo=dt.UTC), **changed,
    }  # fmt: skip


def alert(kind: str = "NON_RESPONSE", rules: StudyProtocol | None = None, **changed: Any) -> Mail:
    return RENDERER.alert_mail(alert_mail_model(rules or settings(), row(kind, "medical_monitor", **changed)))


def digest(rules: StudyProtocol | None = None) -> Mail:
    rows = [row("OVERDUE", subject="S01-009"), row("NO_BASELINE", ACT_BY=dt.date(2026, 11, 23))]
    return RENDERER.digest_mail(digest_mail_model(rules or settings(), rows))


MAILS = {"alert": alert, "digest": digest}


def test_an_alert_reads_as_kept() -> None:
    subject, text, _ = alert()
    check_snapshot("alert.txt", f"Subject: {subject}\n\n{text}")


def test_a_digest_reads_as_kept() -> None:
    subject, text, _ = digest()
    check_snapshot("digest.txt", f"Subject: {subject}\n\n{text}")


@pytest.mark.parametrize("name", MAILS)
def test_text_and_html_say_the_same(name: str) -> None:
    _, text, html = MAILS[name]()
    assert len(words(text)) > 40
    assert words(text) == words(Page(html).text)


@pytest.mark.parametrize(
    "kind", ["NON_RESPONSE", "CORRECTION", "RETRACTION", "OVERDUE", "NO_BASELINE", "NEW_KIND"]
)
def test_a_mail_names_no_patient_no_arm_and_no_drug(kind: str) -> None:
    mail = "\n".join(alert(kind))
    assert "S01-007" not in mail and "S01" not in mail and "AFP-W4|" not in mail
    assert not re.search(r"sorafenib|anlotinib|\bANL\b|\bSOR\b", mail, re.IGNORECASE)


def test_the_mail_of_a_verdict_does_not_say_the_verdict() -> None:
    """Beside the caution, which every mail carries."""
    caution = protocol()["alerts"]["caution"]
    subject, text, _ = alert("NON_RESPONSE")
    said = f"{subject} {' '.join(text.split()).replace(caution, '')}".lower()
    assert "respon" not in said and "two samples" not in said


@pytest.mark.parametrize(
    ("kind", "printed"),
    [("NON_RESPONSE", NEUTRAL), ("CORRECTION", KINDS["CORRECTION"]), ("RETRACTION", NEUTRAL)],
)
def test_every_mail_says_what_to_do_and_a_verdict_is_kept_out_of_it(kind: str, printed: str) -> None:
    _, text, html = alert(kind, ACT_BY=None)
    assert f"To do: {printed}" in " ".join(text.split())
    assert printed in html


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ({"delivery": 7, "reason": "There is nothing to read."}, "a delivery that was not recorded"),
        (None, "a delivery that was not recorded"),
        ({"outcome": "HELD"}, "a delivery that was held"),
        ({"outcome": "REFUSED"}, "a delivery that was refused"),
        ('{"outcome": "REFUSED"}', "a delivery that was refused"),
    ],
)
def test_a_file_that_was_refused_is_not_said_to_be_held(detail: object, said: str) -> None:
    _, text, _ = alert("DELIVERY_HELD", DETAIL=detail)
    assert f"It is about {said}." in " ".join(text.split())


def test_a_digest_names_its_site_and_nobody_of_it() -> None:
    mail = "\n".join(digest())
    assert "S01, Sat 21 Nov: 2 alerts" in mail
    assert "S01-0" not in mail
    assert "sorafenib" not in mail.lower() and "first dose of study treatment" in mail


def test_a_digest_lists_the_soonest_deadline_first_and_each_alert_once() -> None:
    twice = [row("OVERDUE"), row("OVERDUE"), row("NO_BASELINE", ACT_BY=dt.date(2026, 11, 23))]
    model = digest_mail_model(settings(), twice)
    assert [line.act_by for line in model.lines] == ["Mon 23 Nov 2026", "Wed 25 Nov 2026"]


def test_an_alert_carries_study_class_deadline_number_link_and_caution() -> None:
    subject, text, html = alert()
    number = "A-09VKHCPH"
    assert subject == f"[HCC-AFP-01] WARN by Wed 25 Nov 2026 - {number}"
    for part in ("HCC-AFP-01", "WARN", "Wed 25 Nov 2026", number, f"https://milepost.example/a/{number}"):
        assert part in text and part in html
    assert "AFP non-response is not RECIST progression" in html
    assert "Opened  22 Nov 2026, 05:40 (UTC+8)" in text


def test_without_a_portal_the_mail_says_where_to_look_and_links_nowhere() -> None:
    rules = settings(alerts=protocol()["alerts"])
    _, text, html = alert(rules=rules)
    assert "find the number in this morning’s report" in " ".join(text.split())
    assert "<a " not in html and "http" not in html


def test_the_number_in_the_mail_is_found_in_the_report() -> None:
    inputs = report_inputs(158)
    model = build_open_report(inputs)
    first = model.attention.mailed[0]
    keys = {
        alert_reference(key): subject
        for key, subject in zip(inputs.alerts["KEY"], inputs.alerts["USUBJID"], strict=True)
    }
    assert keys[first[0]] == first[3]
    assert first[0] in RENDERER.open_report(model)


@pytest.mark.parametrize("name", MAILS)
def test_a_made_up_study_says_so_in_both_parts_and_a_real_one_in_none(name: str) -> None:
    _, text, html = MAILS[name]()
    assert "Made-up study: no patient exists." in text and "Made-up study: no patient exists." in html
    _, text, html = MAILS[name](rules=settings(made_up=False))
    assert "Made-up" not in text + html


@pytest.mark.parametrize("name", MAILS)
def test_the_html_is_tables_and_inline_style_and_loads_nothing(name: str) -> None:
    _, _, html = MAILS[name]()
    assert Page(html).loads == []
    assert "max-width:560px" in html
    assert not re.search(r"<style|<script|<img|class=|url\(", html)
    assert len(html) < 12_000


def test_no_line_of_the_text_is_longer_than_a_mail_reader_shows() -> None:
    for make in MAILS.values():
        assert max(len(line) for line in make()[1].splitlines()) <= 76

"""A published report whose estimates a second program gives differently: told once, ended by one that agrees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest

from milepost.core.number_agreement import Agreement
from milepost.errors import DataProblem
from milepost.workflows.estimates_alert import owe_disagreement
from milepost.workflows.notify import notify
from milepost.workflows.report_inputs import alerts_at
from tests.acceptance.study import Service

KIND = """[[alerts.kinds]]
kind = "ESTIMATES_DISAGREE"
roles = ["data_manager", "study_monitor"]
action = "Explain the difference."

[gate]
hold_share_pct"""
APART = Agreement("survival.OS.rate.6", 0.79388, 0.793896, 2e-5, False, "lifelines")
AGREES = Agreement("survival.OS.rate.6", 0.79388, 0.79388, 0.0, True, "lifelines")
MONDAY, TUESDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 3)


@pytest.fixture
def service(new_service: Callable[..., Service]) -> Service:
    return new_service(changes={"[gate]\nhold_share_pct": KIND})


def published(service: Service, name: str, day: dt.date) -> dt.datetime:
    """A report of this evening is on record, made from what is known now; the files do not matter here."""
    service.day(day.isoformat())
    with service.open() as runtime:
        runtime.ctx.store.save_report({
            "id": name, "kind": "open", "as_of": pd.Timestamp(day), "known_at": pd.Timestamp(service.now),
            "published_at": service.now, "config_hash": "c", "code_version": "v", "predecessor": None, "sha256": {},
            "path": "", "numbers": {},
        }, actor="publish", now=service.now)  # fmt: skip
    return service.now


def owe(service: Service, name: str, day: dt.date, *found: Agreement) -> int:
    with service.open() as runtime:
        owed = owe_disagreement(runtime.ctx, name, day, found)
        notify(runtime.ctx, as_of=day)
    return owed


def seen(service: Service, day: dt.date, known_at: dt.datetime) -> list[str]:
    """How the alerts stand for a report of this day and knowledge."""
    with service.open() as runtime:
        return list(alerts_at(runtime.ctx, known_at, day)["STATUS"])


def test_a_disagreement_is_told_once_and_ends_with_the_report_that_agrees(service: Service) -> None:
    published(service, "first", MONDAY)
    assert [owe(service, "first", MONDAY, APART) for _ in range(2)] == [2, 0]
    published(service, "second", TUESDAY)
    assert [owe(service, "second", TUESDAY, AGREES) for _ in range(2)] == [0, 0]
    assert service.alerts() == [
        ("ESTIMATES_DISAGREE", "data_manager", 1, "RESOLVED"),
        ("ESTIMATES_DISAGREE", "study_monitor", 1, "RESOLVED"),
    ]
    mails = service.mails()
    assert [mail["to"] for mail in mails] == ["data.manager@example.org", "study.monitor@example.org"]
    assert all("survival.OS.rate.6" in mail["text"] and "0.79" not in mail["text"] for mail in mails)
    entries = service.sql(
        "select payload from milepost.audit where action = 'estimates.compared' order by seq"
    )
    assert ['"ended":2' in payload for (payload,) in entries] == [False, True]
    assert not any("0.79" in payload for (payload,) in entries)


def test_a_report_made_again_sees_neither_the_alert_it_has_caused_nor_the_end_it_has_put_to_one(
    service: Service,
) -> None:
    monday = published(service, "first", MONDAY)
    owe(service, "first", MONDAY, APART)
    assert seen(service, MONDAY, monday) == []
    tuesday = published(service, "second", TUESDAY)
    assert seen(service, TUESDAY, tuesday) == ["OPEN", "OPEN"]
    owe(service, "second", TUESDAY, AGREES)
    assert seen(service, TUESDAY, tuesday) == ["OPEN", "OPEN"]
    assert seen(service, TUESDAY, tuesday + dt.timedelta(hours=1)) == ["RESOLVED", "RESOLVED"]


def test_an_alert_that_ends_before_it_was_sent_is_not_sent(service: Service) -> None:
    for name, day, found in (("first", MONDAY, APART), ("second", TUESDAY, AGREES)):
        published(service, name, day)
        with service.open() as runtime:
            owe_disagreement(runtime.ctx, name, day, [found])
    with service.open() as runtime:
        assert notify(runtime.ctx, as_of=TUESDAY).sent == 0


def test_nobody_is_told_of_a_report_that_was_not_published(service: Service) -> None:
    with pytest.raises(DataProblem, match="report third is not on record"):
        owe(service, "third", MONDAY, APART)

"""Verdicts, what they owe, and sending it once."""

from __future__ import annotations

import datetime as dt
import signal
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from milepost.errors import DataProblem, Transient
from milepost.store.store import Store
from tests.store_frames import NIGHT, night
from tests.store_processes import ended, send, start


def verdict(subject: str, state: str, **other: object) -> dict[str, object]:
    row = {
        "USUBJID": subject,
        "SITEID": "S01",
        "LINE": 1,
        "CHECKPOINT": "AFP4W",
        "AS_OF": dt.date(2026, 3, 30),
    }
    row |= {"KNOWN_AT": NIGHT, "STATE": state, "REASON": None, "FINAL": False, "NEXT_ON": pd.NaT}
    return row | {"INPUT_HASH": "i", "CONFIG_HASH": "c", "PCHG": Decimal("-41.2"), "FLAGS": ("HIGH",)} | other


def alert(key: str, **other: object) -> dict[str, object]:
    row = {"KEY": key, "KIND": "NON_RESPONSE", "ROLE": "monitor", "EPISODE": 1, "SITEID": "S01"}
    row |= {"USUBJID": "S01-001", "LINE": 1, "CHECKPOINT": "AFP4W", "ASSESSMENT": 1, "SEVERITY": "ACTION"}
    row |= {"OWED_AT": NIGHT, "OWED_ON": dt.date(2026, 3, 30), "ACT_BY": None, "SEND": "immediate"}
    return row | {"CONFIG_HASH": "c", "DETAIL": {"band": "high"}} | other


def owe(store: Store, *alerts: dict[str, object]) -> int:
    owed = pd.DataFrame(list(alerts))
    outbox = pd.DataFrame({"ALERT_KEY": owed["KEY"], "CHANNEL": "mail", "RECIPIENT": "a@example.org"})
    with store.assessing("assess", NIGHT) as session:
        return session.save_alerts(owed, outbox)


def test_the_newest_verdict_counts_and_the_past_one_is_shown_as_it_stood(store: Store) -> None:
    with store.assessing("assess", NIGHT) as session:
        session.save_assessments(pd.DataFrame([verdict("S01-001", "DUE"), verdict("S01-002", "DUE")]))
    with store.assessing("assess", night(1)) as session:
        changed = verdict("S01-001", "RESPONDER", KNOWN_AT=night(1), AS_OF=dt.date(2026, 3, 31), FINAL=True)
        saved = session.save_assessments(pd.DataFrame([changed]))
        session.save_run(as_of=dt.date(2026, 3, 31), known_at=night(1), config_hash="c", judged=2, changed=1)
        session.save_run(as_of=dt.date(2026, 3, 31), known_at=night(1), config_hash="c", judged=2, changed=1)
    assert list(saved["VERSION"]) == [2]
    now = store.latest_assessments()
    assert list(zip(now["USUBJID"], now["STATE"], strict=True)) == [
        ("S01-001", "RESPONDER"),
        ("S01-002", "DUE"),
    ]
    assert now["DETAIL"][0] == {"FLAGS": ["HIGH"], "PCHG": "-41.2"}
    then = store.assessments_at(NIGHT, dt.date(2026, 3, 30))
    assert list(then["STATE"]) == ["DUE", "DUE"]
    assert list(store.assessments_at(night(1), dt.date(2026, 3, 30))["STATE"]) == ["DUE", "DUE"]
    assert list(store.latest_assessments(["S01-002"], with_detail=False)["STATE"]) == ["DUE"]
    assert list(store.assessment_history("S01-001")["VERSION"]) == [1, 2]
    assert store.counts()["verdicts"] == {"DUE": 1, "RESPONDER": 1}
    assert list(store.assessment_runs()["CHANGED"]) == [1]


def test_a_verdict_judged_on_an_overtaken_version_is_refused_for_another_try(store: Store) -> None:
    first = pd.DataFrame([verdict("S01-001", "DUE", VERSION=1)])
    with store.assessing("assess", NIGHT) as session:
        session.save_assessments(first)
    with pytest.raises(Transient, match="judge again"), store.assessing("assess", NIGHT) as session:
        session.save_assessments(first)
    with pytest.raises(DataProblem, match="judged twice"), store.assessing("assess", NIGHT) as session:
        session.save_assessments(pd.concat([first, first]))
    assert list(store.assessment_history("S01-001")["VERSION"]) == [1]


def test_an_alert_is_owed_once_and_queued_once(store: Store) -> None:
    assert owe(store, alert("a"), alert("b")) == 2
    assert owe(store, alert("a"), alert("c")) == 1
    assert store.counts()["alerts"] == {"owed": 3, "sent": 0, "open": 3, "queued": 3}
    assert store.alerts()["DETAIL"][0] == {"band": "high"}


def test_a_sent_message_leaves_the_queue_and_is_not_queued_again(store: Store) -> None:
    owe(store, alert("a"), alert("b"))
    with store.take_outbox(1, NIGHT) as batch:
        row = batch.rows.iloc[0]
        assert (row["ALERT_KEY"], row["KIND"], row["ATTEMPTS"]) == ("a", "NON_RESPONSE", 0)
        batch.mark_sent("a", "mail", "a@example.org", message_id="<a>", actor="notify")
    assert owe(store, alert("a")) == 0
    assert store.counts()["alerts"] == {"owed": 2, "sent": 1, "open": 2, "queued": 1}
    assert list(store.alert_events()["MESSAGE_ID"]) == ["<a>"]


def test_a_message_put_back_waits_with_one_attempt_more(store: Store) -> None:
    owe(store, alert("a"))
    with store.take_outbox(9, NIGHT) as batch:
        batch.put_back("a", "mail", "a@example.org", not_before=night(1))
    with store.take_outbox(9, NIGHT) as batch:
        assert batch.rows.empty
    with store.take_outbox(9, night(1)) as batch:
        assert list(batch.rows["ATTEMPTS"]) == [1]


def test_a_failure_between_two_messages_keeps_the_first_as_sent_and_queues_the_second(store: Store) -> None:
    owe(store, alert("a"), alert("b"))
    with pytest.raises(RuntimeError, match="on purpose"), store.take_outbox(9, NIGHT) as batch:
        batch.mark_sent("a", "mail", "a@example.org", message_id="<a>", actor="notify")
        raise RuntimeError("on purpose")
    with store.take_outbox(9, NIGHT) as batch:
        assert list(batch.rows["ALERT_KEY"]) == ["b"]
        assert list(batch.rows["ATTEMPTS"]) == [0]


def test_digest_messages_are_taken_apart_from_immediate_ones(store: Store) -> None:
    owe(store, alert("a"), alert("b", SEND="digest"))
    with store.take_outbox(9, NIGHT, send="digest") as batch:
        assert list(batch.rows["ALERT_KEY"]) == ["b"]


def test_an_acknowledged_alert_is_no_longer_open(store: Store) -> None:
    owe(store, alert("a"))
    event = pd.DataFrame([{"ALERT_KEY": "a", "AT": night(1), "EVENT": "ACKNOWLEDGED"}])
    with store.assessing("portal", night(1)) as session:
        assert session.save_alert_events(event) == 1
        assert session.save_alert_events(event) == 0
    assert store.counts()["alerts"]["open"] == 0


def test_four_senders_at_once_send_every_message_once(store: Store, store_dsn: str, tmp_path: Path) -> None:
    keys = [f"alert-{n:03}" for n in range(120)]
    owe(store, *(alert(key) for key in keys))
    senders = [start(send, store_dsn, tmp_path, str(n)) for n in range(4)]
    assert [ended(sender) for sender in senders] == [0, 0, 0, 0]
    sent = [
        key for n in range(4) if (box := tmp_path / f"sent-{n}").exists() for key in box.read_text().split()
    ]
    assert sorted(sent) == keys
    assert store.counts()["alerts"] == {"owed": 120, "sent": 120, "open": 120, "queued": 0}
    assert store.audit_verify() == []


def test_a_sender_killed_before_its_commit_has_its_messages_sent_again(
    store: Store, store_dsn: str, tmp_path: Path
) -> None:
    owe(store, *(alert(f"alert-{n}") for n in range(8)))
    assert ended(start(send, store_dsn, tmp_path, "killed", 7)) == -signal.SIGKILL
    assert store.counts()["alerts"]["sent"] == 5
    assert ended(start(send, store_dsn, tmp_path, "next")) == 0
    assert (tmp_path / "sent-next").read_text().split() == ["alert-5", "alert-6", "alert-7"]
    assert store.counts()["alerts"] == {"owed": 8, "sent": 8, "open": 8, "queued": 0}

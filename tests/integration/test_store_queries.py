"""Refused rows and the questions about them: asked once while open, settled by what comes later."""

from __future__ import annotations

import pandas as pd

from milepost.store.store import Store
from tests.store_frames import NIGHT, delivery, lab, night, save


def refused(
    number: int, subject: str | None = "S01-001", line: int = 5, **other: object
) -> dict[str, object]:
    row: dict[str, object] = {
        "KNOWN_FROM": NIGHT,
        "DELIVERY": number,
        "ATTEMPT": 1,
        "SRCLINE": line,
        "EMIT": 0,
        "SITEID": "S01",
        "DOMAIN": "LB",
        "USUBJID": subject,
        "RECKEY": "D:AFP|SERUM|2026-03-30",
        "TEST": "AFP",
        "DTC": "2026-03-30",
        "IS_SAMPLE": True,
        "RULES": ["lb.unit_known"],
        "REASONS": ["the unit is not known"],
        "ROW": {"LBORRES": "0.420", "LBORRESU": None},
        "FINGERPRINT": f"f{line}",
    }
    return row | other


def question(key: str, **other: object) -> dict[str, object]:
    row = {"KEY": key, "OPENED_AT": NIGHT, "SITEID": "S01", "DELIVERY": 1, "SRCLINE": 5, "DOMAIN": "LB"}
    row |= {"USUBJID": "S01-001", "RECKEY": "D:AFP|SERUM|2026-03-30", "RULE": "lb.unit_known"}
    return (
        row
        | {"SEVERITY": "critical", "QUESTION": "Which unit?", "DUE_ON": pd.Timestamp("2026-04-06")}
        | other
    )


def test_a_refused_row_is_read_back_with_its_reasons_and_its_exact_text(store: Store) -> None:
    number = delivery(store)
    with store.recording("test", NIGHT) as session:
        ids = session.save_quarantine(
            pd.DataFrame([refused(number), refused(number, None, line=6, RECKEY=None)])
        )
    found = store.quarantined(known_at=NIGHT)
    assert ids == list(found["ID"]) == [1, 2]
    assert list(found["USUBJID"]) == ["S01-001", None]
    assert found["ROW"][0] == {"LBORRES": "0.420", "LBORRESU": None}
    assert found["REASONS"][0] == ["the unit is not known"]
    assert list(store.quarantined(known_at=NIGHT, patients=["S01-001"], test="AFP", domain="LB")["ID"]) == [1]
    assert store.quarantined(known_at=NIGHT, domain="AE").empty
    assert store.quarantined(known_at=night(-1)).empty


def test_a_released_row_is_open_before_its_release_and_settled_after_and_only_once(store: Store) -> None:
    number = delivery(store)
    key = pd.DataFrame({"USUBJID": ["S01-001"], "RECKEY": ["D:AFP|SERUM|2026-03-30"]})
    with store.recording("test", NIGHT) as session:
        session.save_quarantine(pd.DataFrame([refused(number)]))
    release = pd.DataFrame(
        [{"QUARANTINE": 1, "KNOWN_FROM": night(2), "DELIVERY": number, "REASON": "CORRECTED"}]
    )
    with store.recording("test", night(2)) as session:
        assert list(session.quarantined_about("LB", key)["ID"]) == [1]
        assert list(session.quarantined_like(["f5", "f9"])["ID"]) == [1]
        assert session.release_quarantine(release) == 1
        assert session.release_quarantine(release) == 0
        assert session.quarantined_about("LB", key).empty
        assert session.quarantined_like(["f5"]).empty
    assert list(store.quarantined(known_at=night(1))["ID"]) == [1]
    assert store.quarantined(known_at=night(2)).empty
    settled = store.quarantined(known_at=night(2), open_only=False).iloc[0]
    assert (settled["RELEASE_REASON"], settled["RELEASED_BY"]) == ("CORRECTED", number)
    assert store.touched(night(1), night(2)) == ["S01-001"]


def test_the_same_question_is_asked_once_while_open_and_again_after_it_was_closed(store: Store) -> None:
    with store.recording("test", NIGHT) as session:
        assert (
            session.open_queries(pd.DataFrame([question("k1"), question("k1", SRCLINE=9), question("k2")]))
            == 2
        )
        assert session.open_queries(pd.DataFrame([question("k1", OPENED_AT=night(1))])) == 0
        close = pd.DataFrame([{"KEY": "k1", "AT": night(2), "REASON": "corrected", "DELIVERY": 2}])
        assert session.close_queries(close) == 1
        assert session.close_queries(close) == 0
        assert session.open_queries(pd.DataFrame([question("k1", OPENED_AT=night(3))])) == 1
    shown = store.queries()
    assert list(
        zip(shown["ID"], shown["KEY"], shown["SRCLINE"], shown["CLOSED_AT"].notna(), strict=True)
    ) == [
        (1, "k1", 5, True),
        (2, "k2", 5, False),
        (3, "k1", 5, False),
    ]
    assert list(store.queries(open_only=True)["ID"]) == [2, 3]
    assert list(store.queries(night(1), open_only=True)["ID"]) == [1, 2]
    assert list(store.queries(night(2), open_only=True)["ID"]) == [2]
    assert store.counts()["queries"] == {"open": 2, "closed": 1}


def test_open_questions_about_a_record_are_found_and_closed_by_number(store: Store) -> None:
    key = pd.DataFrame({"USUBJID": ["S01-001"], "RECKEY": ["D:AFP|SERUM|2026-03-30"]})
    with store.recording("test", NIGHT) as session:
        session.open_queries(pd.DataFrame([question("k1"), question("k2", RECKEY="another")]))
        found = session.queries_about("LB", key)
        assert list(found["KEY"]) == ["k1"]
        events = pd.DataFrame({"QUERY": found["ID"], "AT": night(1), "REASON": "corrected", "DELIVERY": None})
        assert session.close_queries(events.assign(EVENT="ANSWERED")) == 1
        assert session.close_queries(events) == 1
        assert session.queries_about("LB", key).empty


def test_a_delivery_reconciles_only_where_every_row_is_where_it_was_counted(store: Store) -> None:
    number, held = delivery(store), delivery(store, "b")
    at = save(store, NIGHT, lab("S01-001", "1", DELIVERY=number), lab("S01-002", "1", DELIVERY=number))
    with store.recording("test", NIGHT) as session:
        session.save_quarantine(pd.DataFrame([refused(number)]))
        session.save_processing(
            number, known_from=at, outcome="RECORDED", config_hash="c", lines=4, records=4
        )
        session.save_processing(held, known_from=at, outcome="HELD", config_hash="c", lines=7, records=7)
        rows = [(number, "LB", "ACCEPTED", None, 2), (number, "LB", "QUARANTINED", "lb.unit_known", 1)]
        rows += [(number, "FILE", "IGNORED", "totals", 1), (held, "LB", "HELD", None, 7)]
        counts = pd.DataFrame(rows, columns=["DELIVERY", "DOMAIN", "DISPOSITION", "RULE", "ROWS"])
        session.save_row_counts(counts.assign(ATTEMPT=1))
    assert store.reconcile().empty
    assert store.counts()["rows"] == {
        "received": 11,
        "accepted": 2,
        "unchanged": 0,
        "superseded": 0,
        "quarantined": 1,
        "held": 7,
        "ignored": 1,
    }
    with store.recording("test", night(1)) as session:
        release = {"QUARANTINE": 1, "KNOWN_FROM": night(1), "DELIVERY": number, "REASON": "CORRECTED"}
        session.release_quarantine(pd.DataFrame([release]))
    assert (store.counts()["rows"]["quarantined"], store.counts()["rows"]["superseded"]) == (0, 1)
    assert store.counts()["deliveries"] == {"total": 2, "pending": 0, "recorded": 1, "held": 1, "refused": 0}


def test_a_lost_row_a_miscounted_one_and_a_missing_quarantined_one_each_show(store: Store) -> None:
    lost, miscounted, missing = delivery(store), delivery(store, "b"), delivery(store, "c")
    fine = delivery(store, "d")
    with store.recording("test", NIGHT) as session:
        at = session.stamp(NIGHT)
        for number in (lost, miscounted, missing, fine):
            session.save_processing(
                number, known_from=at, outcome="RECORDED", config_hash="c", lines=2, records=2
            )
        rows = [
            (lost, "ACCEPTED", 2),
            (miscounted, "UNCHANGED", 1),
            (missing, "QUARANTINED", 2),
            (fine, "UNCHANGED", 2),
        ]
        counts = pd.DataFrame(rows, columns=["DELIVERY", "DISPOSITION", "ROWS"])
        session.save_row_counts(counts.assign(ATTEMPT=1, DOMAIN="LB", RULE=None))
    wrong = store.reconcile()
    assert list(wrong["DELIVERY"]) == [lost, miscounted, missing]
    assert list(wrong["STORED"]) == [0, 0, 0]
    assert list(wrong["COUNTED"]) == [2, 1, 2]
    assert list(wrong["QUARANTINE_ROWS"]) == [0, 0, 0]
    assert list(store.reconcile([miscounted, fine])["DELIVERY"]) == [miscounted]

"""Promise 2: a night may be killed anywhere and run again; what is kept then is what a quiet night would have kept."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from tests.acceptance.mortal import killed_night
from tests.acceptance.study import EVENTS, LABS, Service, at, event, lab, table

NIGHT = "2026-03-31"
pytestmark = pytest.mark.slow
POINTS = {
    "its bytes lie in the vault, the delivery has no number": ("after milepost.store.vault:Vault.put", 2),
    "the delivery has a number, its file still lies claimed": ("after milepost.store.store:Store.add_delivery", 2),
    "everything is claimed, nothing read": ("after milepost.workflows.receive:claim", 1),
    "some records are written, the transaction is open": (
        "after milepost.store.recording:RecordingSession.save_records", 1,
    ),
    "everything is written, the transaction is open": (
        "after milepost.store.recording:RecordingSession.save_row_counts", 1,
    ),
    "the rows are recorded, no findings page is written": (
        "before milepost.workflows.findings:write_findings_pages", 1,
    ),
    "one findings page is written": ("after milepost.workflows.findings:page_of", 2),
    "verdicts are written, the alerts they owe are not": (
        "after milepost.store.assessments:AssessingSession.save_assessments", 1,
    ),
    "verdicts and alerts are written, the transaction is open": (
        "after milepost.store.assessments:AssessingSession.save_run", 1,
    ),
    "alerts are owed, none is sent": ("before milepost.workflows.night:notify", 1),
    "a mail is sent, nobody has noted it": ("after milepost.alerts.maildir:MaildirChannel.send", 1),
    "a mail is sent and noted, the transaction is open": ("after milepost.store.outbox:OutboxBatch.mark_sent", 2),
    "every mail is sent, no report is made": ("before milepost.workflows.publish:publish", 1),
    "the report is worked out, nobody has noted it": ("before milepost.store.store:Store.save_report", 1),
    "the report is noted, none of its files is written": ("after milepost.store.store:Store.save_report", 1),
}  # fmt: skip
COMPARED = {
    "delivery": "id, siteid, layout, sha256, received_at",
    "processing": "*",
    "row_count": "*",
    "lb_record": "*",
    "dm_record": "*",
    "ex_record": "*",
    "quarantine": "*",
    "quarantine_release": "*",
    "finding": "*",
    "query": "*",
    "query_event": "*",
    "assessment": "*",
    "assessment_run": "*",
    "alert": "*",
    "alert_event": "alert_key, event, channel, recipient, message_id, actor",
    "outbox": "alert_key, channel, recipient",
    "report": "kind, as_of, known_at, config_hash, predecessor",
    "stamp": "*",
}


@pytest.fixture(scope="module")
def evening(new_service: Callable[..., Service]) -> Service:
    """Four weeks after first dose, before the night: files of every kind wait in the inboxes."""
    service = new_service()
    service.day("2026-03-02").enrol("S01-001", "S01-002", "S01-003", "S02-001", "S02-002")
    service.labs(
        lab("S01-001", "2026-02-27", "500", Order="1"),
        lab("S01-002", "2026-02-27", "500", Order="2"),
        lab("S01-003", "2026-02-27", "500", "furlong", Order="3"),
    )
    service.labs(lab("S02-001", "2026-02-27", "500"), site="S02")
    service.night("2026-03-02", report=True)
    service.day("2026-03-30").labs(lab("S01-001", "2026-03-29", "450", Order="7"))
    service.night("2026-03-30", report=True)
    service.day(
        NIGHT, "18:00"
    ).labs(  # a correction that turns a verdict, one that releases a row, a new sample
        lab("S01-001", "2026-03-29", "300", Order="7"),
        lab("S01-003", "2026-02-27", "480", Order="3"),
        lab("S01-003", "2026-03-30", "470", Order="8"),
        lab("S01-002", "2026-03-30", "abc", Order="9"),
    )
    bad = [lab(f"S02-{n:03}", "2026-03-30", "500", "furlong") for n in range(1, 13)]
    service.hand_over("S02", "labs.csv", table(LABS, bad), at(NIGHT, "18:05"))
    service.hand_over(
        "S02", "events.csv", table(EVENTS, [event("S02-002", "DEATH", "2026-03-28")]), at(NIGHT, "18:06")
    )
    service.hand_over(
        "S02", "labs.csv", table(LABS, [lab("S02-001", "2026-03-30", "490")]), at(NIGHT, "18:07")
    )
    service.hand_over("S02", "odd.bin", b"\x00\x01", at(NIGHT, "18:08"))
    return service


def _kept(service: Service) -> dict[str, object]:
    kept: dict[str, object] = {
        name: sorted(service.sql(f"select (x)::text from (select {columns} from milepost.{name}) x"))
        for name, columns in COMPARED.items()
    }
    kept["verdicts"] = service.verdicts(NIGHT)
    kept["mails"] = service.mails()
    for folder in ("findings", "reports"):
        kept[folder] = sorted(
            path.relative_to(service.home).as_posix().split("-")[0]
            for path in (service.home / folder).rglob("*.html")
        )
    kept["waiting"] = [path.name for path in (service.home / "inbox").rglob("*.*")]
    kept["claimed"] = [path.name for path in (service.home / "claimed").rglob("*.*")]
    return kept


@pytest.fixture(scope="module")
def quiet_night(evening: Service, clone_of: Callable[[Service], Service]) -> dict[str, object]:
    """What is kept of the night that nobody killed."""
    service = clone_of(evening)
    service.night(NIGHT, report=True)
    return _kept(service)


def test_the_quiet_night_is_rich_enough_to_lose_something(quiet_night: dict[str, object]) -> None:
    sizes = {name: len(rows) for name, rows in quiet_night.items() if isinstance(rows, list | dict)}
    assert sizes["verdicts"] == 5
    for name in ("quarantine", "quarantine_release", "query", "query_event", "finding"):
        assert sizes[name] > 0, name
    assert sizes["mails"] >= 10 and sizes["findings"] == 12 and sizes["reports"] == 3
    assert sizes["waiting"] == sizes["claimed"] == sizes["outbox"] == 0


@pytest.mark.parametrize("where", POINTS)
def test_a_night_killed_and_run_again_keeps_what_a_quiet_night_keeps(
    evening: Service, quiet_night: dict[str, object], clone_of: Callable[[Service], Service], where: str
) -> None:
    service, (point, nth) = clone_of(evening), POINTS[where]
    service.day(NIGHT)
    code = killed_night(service.study, service.home, service.dsn, service.now, NIGHT, point, nth)
    assert code == -signal.SIGKILL, "the night never came by this point"
    reported = "publish" in point or "report" in point
    service.night(NIGHT, report=reported)
    kept = _kept(service)
    for name in quiet_night.keys() - (set() if reported else {"report", "reports"}):
        assert kept[name] == quiet_night[name], name
    with service.open() as runtime:
        assert runtime.ctx.store.audit_verify() == []
        assert runtime.ctx.store.reconcile().empty


def test_a_night_killed_at_every_step_in_turn_still_ends_as_a_quiet_one(
    evening: Service, quiet_night: dict[str, object], clone_of: Callable[[Service], Service]
) -> None:
    service = clone_of(evening).day(NIGHT)
    for point, nth in POINTS.values():
        killed_night(service.study, service.home, service.dsn, service.now, NIGHT, point, nth)
    service.night(NIGHT, report=True)
    kept = _kept(service)
    for name, rows in quiet_night.items():
        assert kept[name] == rows, name

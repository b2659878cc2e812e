"""Each task's one call into the library: which workflow it runs, what it hands on, and how it fails."""

from __future__ import annotations

import inspect
import json
import traceback

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from milepost import runtime
from milepost.errors import ConfigurationError, FeedUnreachable, MilepostError, Terminal, Transient
from milepost.orchestration import callbacks, connections, schedules, steps
from tests.dags.fake_service import FakeService

pytestmark = pytest.mark.xdist_group("airflow")


@pytest.fixture
def service(monkeypatch):
    fake = FakeService()
    monkeypatch.setattr(runtime, "open_runtime", fake.open)
    monkeypatch.setattr(connections, "connection", lambda conn_id: None)
    return fake


def test_the_fake_has_the_runtimes_own_signatures():
    for name in (
        "sites",
        "receive",
        "assess",
        "watch",
        "notify",
        "publish",
        "prepare_closed",
        "conclude_closed",
        "letters",
    ):
        real = list(inspect.signature(getattr(runtime.Runtime, name)).parameters)
        assert list(inspect.signature(getattr(FakeService, name)).parameters) == real


def test_five_hundred_sites_make_twenty_tasks(service):
    service.site_ids = [f"S{number:03}" for number in range(500)]
    chunks = steps.site_chunks()
    assert len(chunks) == 20
    assert chunks[0][0] == "S000" and chunks[-1][-1] == "S499"


def test_intake_hands_on_numbers_of_deliveries_and_ids_of_sites(service):
    service.received = {"deliveries": [11, 12], "unreachable": {"S02": "timed out"}, "recorded": 2}
    assert steps.receive(["S01", "S02"]) == {"deliveries": [11, 12], "unreachable": ["S02"]}
    assert service.calls == [("receive", ["S01", "S02"])]


def test_where_nothing_came_nothing_is_woken():
    with pytest.raises(AirflowSkipException):
        steps.announce_records([{"deliveries": [], "unreachable": []}])


def test_where_something_came_the_deliveries_are_named():
    parts = [{"deliveries": [12], "unreachable": []}, {"deliveries": [3], "unreachable": []}]
    assert steps.announce_records(parts) == [3, 12]


def test_a_site_that_did_not_answer_is_asked_again_and_then_named(service):
    service.received = {"deliveries": [], "unreachable": {"S02": "timed out"}}
    with pytest.raises(FeedUnreachable, match="No answer from S02"):
        steps.ask_again([{"deliveries": [5], "unreachable": ["S02"]}])
    assert service.calls == [("receive", ["S02"])]


def test_where_every_site_answered_nobody_is_asked_again(service):
    with pytest.raises(AirflowSkipException):
        steps.ask_again([{"deliveries": [5], "unreachable": []}])
    assert service.calls == []


def test_judging_hands_on_days(service):
    assert steps.judge() == {"days": ["2026-05-01"], "changed": 3}


def test_where_no_verdict_changed_no_report_is_woken():
    with pytest.raises(AirflowSkipException):
        steps.announce_verdicts({"days": ["2026-05-01"], "changed": 0})


def test_watching_hands_on_how_many_signals_changed(service):
    assert steps.watch() == 2
    assert steps.announce_signals(2) == 2


def test_where_no_signal_changed_no_report_is_woken():
    with pytest.raises(AirflowSkipException):
        steps.announce_signals(0)


def test_alerts_that_stay_unsent_fail_the_task_so_that_it_is_tried_again(service):
    service.notified = {"sent": 1, "failed": 2, "problem": "The mail server does not answer."}
    with pytest.raises(Transient, match="2 alerts could not be sent: The mail server does not answer"):
        steps.tell()


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (Transient("the database restarts"), True),
        (FeedUnreachable("no answer"), True),
        (ConfigurationError("protocol.toml: key arms is wrong"), False),
        (Terminal("no"), False),
        (MilepostError("no"), False),
        (KeyError("a mistake in our code"), False),
    ],
)
def test_only_what_may_work_later_is_tried_again(error, again):
    decision = schedules.ONLY_TRANSIENT.evaluate(error, try_number=1, max_tries=3)
    assert decision.action.value == ("retry" if again else "fail")


class FailedTask:
    dag_id, task_id, run_id = "week4_checkpoint", "judge", "manual__1"


def test_a_failure_is_mailed_to_the_operator_in_our_own_words(service):
    callbacks.on_failure(
        {"ti": FailedTask(), "exception": ConfigurationError("protocol.toml: key arms is wrong")}
    )
    ((message, recipient),) = service.told.sent
    assert recipient == "ops@example.org"
    assert message.subject == "milepost: week4_checkpoint.judge failed"
    assert "protocol.toml: key arms is wrong" in message.text


def test_a_failure_mail_never_quotes_a_foreign_error(service):
    callbacks.on_failure({"ti": FailedTask(), "exception": ValueError("row ('HCC-S01-001', '300.04')")})
    ((message, _),) = service.told.sent
    assert "ValueError" in message.text and "HCC-S01-001" not in message.text


def test_a_silent_site_is_no_mail(service):
    callbacks.on_failure({"ti": FailedTask(), "exception": FeedUnreachable("No answer from S02.")})
    assert service.told.sent == []


def test_a_callback_that_cannot_tell_does_not_hide_the_failure(monkeypatch, caplog):
    def broken():
        raise ConfigurationError("no study folder")

    monkeypatch.setattr(runtime, "open_runtime", broken)
    callbacks.on_failure({"ti": FailedTask(), "exception": Terminal("no")})


class MailConnection:
    host, port, login, password = "mail.example.org", None, "milepost", "s3cret"
    extra_dejson = {"tls": True, "private_key": None}


def test_an_airflow_connection_names_the_mail_server(service, monkeypatch):
    known = {"milepost_smtp": MailConnection()}
    monkeypatch.setattr(connections, "connection", known.get)
    with connections.opened() as opened:
        (channel,) = opened.ctx.channels
    assert (channel.host, channel.port, channel.tls) == ("mail.example.org", 465, True)
    assert (channel.user, channel.password) == ("milepost", "s3cret")


def test_without_a_connection_the_environment_counts(service):
    with connections.opened() as opened:
        assert opened.ctx.channels == (service.told,)


def test_a_sites_secret_comes_from_the_environment_or_its_connection(monkeypatch):
    monkeypatch.setattr(connections, "connection", {"milepost_sftp_S01": MailConnection()}.get)
    monkeypatch.setenv("S02_PASSWORD", "from the environment")
    assert connections.secret("S02_PASSWORD") == "from the environment"
    assert connections.secret("milepost_sftp_S01") == "s3cret"
    assert connections.secret("nowhere") is None


def test_what_a_step_hands_on_is_small_and_plain(service):
    handed = [steps.site_chunks(), steps.receive(["S01"]), steps.judge(), steps.publish(), steps.tell()]
    assert len(json.dumps(handed)) < 300


def test_an_error_nobody_expected_reaches_airflows_log_without_what_it_quotes(service):
    service.raises = {"assess": KeyError("S01-007 AFP 1320")}
    with pytest.raises(Terminal) as raised:
        steps.judge()
    text = "".join(traceback.format_exception(raised.value))
    assert "KeyError" in str(raised.value)
    assert "S01-007" not in text and "1320" not in text

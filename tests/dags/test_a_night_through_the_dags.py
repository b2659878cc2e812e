"""One night through the real DAGs, with a runtime that only remembers what was asked of it."""

from __future__ import annotations

import datetime as dt
import json
import os

import pytest

from milepost import runtime
from milepost.errors import ConfigurationError
from milepost.orchestration import replay
from tests.dags.fake_service import FakeService

pytestmark = [pytest.mark.xdist_group("airflow"), pytest.mark.usefixtures("airflow_tables")]
NIGHT = dt.date(2026, 5, 1)


def play(monkeypatch, service: FakeService) -> dict[str, str]:
    monkeypatch.setattr(runtime, "open_runtime", service.open)
    return {run.dag: run.state for run in replay.replay_night(NIGHT, patience=120)}


def handed_on() -> dict[str, list]:
    """Everything that went through Airflow's database, by task."""
    from airflow import settings
    from airflow.models.xcom import XComModel

    with settings.Session() as session:
        rows = session.query(XComModel).all()
        found: dict[str, list] = {}
        for row in rows:
            found.setdefault(f"{row.dag_id}.{row.task_id}", []).append(XComModel.deserialize_value(row))
            session.delete(row)
        session.commit()
    return found


def test_every_dag_file_loads():
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(replay.DAGS))
    assert bag.import_errors == {}
    assert set(bag.dags) >= {
        "site_intake",
        "week4_checkpoint",
        "safety_watch",
        "interim_report",
        "site_queries",
        "closed_report",
    }
    for dag in bag.dags.values():
        assert dag.max_active_runs == 1 and not dag.catchup
        for task in dag.tasks:
            assert task.retries >= 1 and task.execution_timeout and task.retry_policy is not None


def test_a_night_runs_the_workflows_in_order_and_hands_on_ids_only(monkeypatch):
    service = FakeService()
    handed_on()
    assert play(monkeypatch, service) == dict.fromkeys(replay.ORDER, "success")
    assert service.calls == [
        ("sites", None),
        ("receive", ["S01", "S02", "S03"]),
        ("assess", None),
        ("notify", None),
        ("watch", None),
        ("notify", None),
        ("publish", None),
        ("notify", None),
        ("letters", None),
        ("notify", None),
    ]
    travelled = handed_on()
    assert travelled["site_intake.receive"] == [{"deliveries": [11, 12], "unreachable": []}]
    assert travelled["interim_report.publish"] == ["0123456789ab"]
    assert max(len(json.dumps(value)) for values in travelled.values() for value in values) < 200
    assert "MILEPOST_AS_OF" not in os.environ


def test_the_tasks_of_a_replayed_night_see_its_day(monkeypatch):
    seen = []
    service = FakeService()
    monkeypatch.setattr(
        service, "assess", lambda: seen.append(os.environ["MILEPOST_AS_OF"]) or service.assessed
    )
    play(monkeypatch, service)
    assert seen == ["2026-05-01"]


def test_what_is_owed_is_sent_even_where_judging_failed(monkeypatch):
    service = FakeService(raises={"assess": ConfigurationError("protocol.toml: key arms is wrong")})
    states = play(monkeypatch, service)
    assert states["week4_checkpoint"] == "failed"
    assert [name for name, _ in service.calls].count("assess") == 1, "a wrong study folder is not tried again"
    assert ("notify", None) in service.calls
    ((mail, _),) = service.told.sent
    assert mail.subject == "milepost: week4_checkpoint.judge failed"


def test_what_is_owed_is_sent_even_where_the_watch_failed(monkeypatch):
    service = FakeService(raises={"watch": ConfigurationError("protocol.toml: key safety is wrong")})
    states = play(monkeypatch, service)
    assert states["safety_watch"] == "failed"
    assert [name for name, _ in service.calls].count("notify") == 4
    ((mail, _),) = service.told.sent
    assert mail.subject == "milepost: safety_watch.watch failed"

"""The closed report's own DAG: made as the run asks, handed out or withheld by whoever answers."""

from __future__ import annotations

import datetime as dt

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.standard.operators.hitl import HITLOperator

from milepost import runtime
from milepost.orchestration import replay
from tests.dags.fake_service import FakeService

pytestmark = [pytest.mark.xdist_group("airflow"), pytest.mark.usefixtures("airflow_tables")]


def ask(monkeypatch: pytest.MonkeyPatch, answer: str, **asked: object) -> FakeService:
    """Run the DAG with these parameters; the chair answers."""
    service = FakeService()
    monkeypatch.setattr(runtime, "open_runtime", service.open)
    given = {
        "chosen_options": [answer], "params_input": {}, "responded_by_user": {"id": "7", "name": "the chair"},
    }  # fmt: skip
    monkeypatch.setattr(HITLOperator, "execute", lambda self, context: given)
    run = DagBag(dag_folder=str(replay.DAGS)).dags["closed_report"].test(run_conf=asked)
    assert run.state == "success"
    return service


def test_a_released_report_names_who_released_it(monkeypatch: pytest.MonkeyPatch) -> None:
    service = ask(monkeypatch, "Release", role="dmc", look=1, as_of="2026-04-14")
    assert service.calls == [
        ("prepare_closed", ("dmc", 1, False, dt.date(2026, 4, 14))),
        ("conclude_closed", ("c105edc105ed", "dmc", "the chair", True)),
    ]


def test_a_withheld_report_names_who_withheld_it(monkeypatch: pytest.MonkeyPatch) -> None:
    service = ask(monkeypatch, "Withhold", role="dmc")
    assert service.calls == [
        ("prepare_closed", ("dmc", None, False, None)),
        ("conclude_closed", ("c105edc105ed", "dmc", "the chair", False)),
    ]


def test_it_is_never_scheduled_and_waits_longer_than_a_night() -> None:
    dag = DagBag(dag_folder=str(replay.DAGS)).dags["closed_report"]
    assert not dag.timetable.can_be_scheduled
    waits = dag.get_task("wait_for_release")
    assert waits.response_timeout == dt.timedelta(days=14)
    assert dag.dagrun_timeout is not None
    assert dag.dagrun_timeout > waits.response_timeout

"""The closed report's own DAG: made as the run asks, handed out or refused by one of those who are named."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.standard.operators.hitl import HITLOperator

from milepost import runtime
from milepost.errors import ConfigurationError, NotPermitted
from milepost.orchestration import approval, replay
from tests.dags.fake_service import FakeService

pytestmark = [pytest.mark.xdist_group("airflow"), pytest.mark.usefixtures("airflow_tables")]


CHAIR = {"id": "7", "name": "the chair"}
NAMED = {"conn_type": "generic", "extra": {"users": {"7": "the chair", "9": "the deputy"}}}


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people may release a closed report."""
    monkeypatch.setenv("AIRFLOW_CONN_MILEPOST_RELEASE", json.dumps(NAMED))


class Asked:
    """One run of the DAG: the service it called, and to whom the question was put."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, answer: str, by: dict[str, str], conf: dict[str, object]
    ) -> None:
        self.service, self.put_to = FakeService(), []
        monkeypatch.setattr(runtime, "open_runtime", self.service.open)

        def answered(operator: HITLOperator, context: Any) -> dict[str, Any]:
            self.put_to.append(operator.assigned_users)
            return {"chosen_options": [answer], "params_input": {}, "responded_by_user": by}

        monkeypatch.setattr(HITLOperator, "execute", answered)
        run = DagBag(dag_folder=str(replay.DAGS)).dags["closed_report"].test(run_conf=conf)
        self.state = run.state


@pytest.mark.usefixtures("named")
def test_a_released_report_names_who_released_it_and_only_the_named_were_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Asked(monkeypatch, "Release", CHAIR, {"role": "dmc", "look": 1, "as_of": "2026-04-14"})
    assert asked.state == "success"
    assert asked.put_to == [[CHAIR, {"id": "9", "name": "the deputy"}]]
    assert asked.service.calls == [
        ("prepare_closed", ("dmc", 1, False, "", dt.date(2026, 4, 14))),
        ("conclude_closed", ("c105edc105ed", "dmc", "the chair", True)),
    ]


@pytest.mark.usefixtures("named")
def test_a_refused_report_names_who_refused_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(monkeypatch, "Refuse", CHAIR, {"role": "dmc", "reason": "dates were wrong"})
    assert asked.service.calls == [
        ("prepare_closed", ("dmc", None, False, "dates were wrong", None)),
        ("conclude_closed", ("c105edc105ed", "dmc", "the chair", False)),
    ]


def test_a_dry_run_may_be_answered_by_anybody_who_may_act_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(monkeypatch, "Release", {"id": "1", "name": "somebody"}, {"role": "dmc", "dry_run": True})
    assert (asked.state, asked.put_to) == ("success", [None])
    assert asked.service.calls[-1] == ("conclude_closed", ("c105edc105ed", "dmc", "somebody", True))


def test_without_a_list_of_names_anybody_who_may_act_on_it_answers_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Asked(monkeypatch, "Release", {"id": "1", "name": "somebody"}, {"role": "dmc"})
    assert (asked.state, asked.put_to) == ("success", [None])
    assert asked.service.calls[-1] == ("conclude_closed", ("c105edc105ed", "dmc", "somebody", True))


@pytest.mark.parametrize("extra", [{}, {"users": {}}, {"users": ["7"]}])
def test_where_the_list_names_nobody_nobody_is_asked(monkeypatch: pytest.MonkeyPatch, extra: object) -> None:
    made = json.dumps({"conn_type": "generic", "extra": extra})
    monkeypatch.setenv("AIRFLOW_CONN_MILEPOST_RELEASE", made)
    with pytest.raises(ConfigurationError, match="milepost_release names nobody who may release"):
        approval.releasers()


@pytest.mark.usefixtures("named")
def test_the_answer_of_somebody_who_was_not_asked_does_not_count() -> None:
    assert approval.answered_by({"responded_by_user": CHAIR}, dry_run=False) == "the chair"
    with pytest.raises(NotPermitted, match="not named in Airflow's connection milepost_release"):
        approval.answered_by({"responded_by_user": {"id": "1", "name": "the chair"}}, dry_run=False)
    with pytest.raises(NotPermitted, match="Nobody is named as having answered"):
        approval.answered_by({"responded_by_user": None}, dry_run=True)


def test_it_is_never_scheduled_and_waits_longer_than_a_night() -> None:
    dag = DagBag(dag_folder=str(replay.DAGS)).dags["closed_report"]
    assert not dag.timetable.can_be_scheduled
    waits = dag.get_task("wait_for_release")
    assert waits.response_timeout == dt.timedelta(days=14)
    assert dag.dagrun_timeout is not None
    assert dag.dagrun_timeout > waits.response_timeout

"""The person who releases a closed report: what is asked of the run, and the question that waits for an answer.

Airflow keeps who answered and when; `steps.conclude_closed` writes both into milepost's own audit log. The question
names the report and shows nothing of it.
"""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param

from milepost.orchestration import schedules

RELEASE, WITHHOLD = "Release", "Withhold"


def asked() -> dict[str, Param]:
    """What a run is asked for. Made anew for each DAG: a run writes its own values into them."""
    return {
        "role": Param("dmc", type="string", title="Role", description="For whom: one of closed_roles."),
        "as_of": Param(None, type=["null", "string"], format="date", title="Cut-off", description="Default: today."),
        "look": Param(None, type=["null", "integer"], minimum=1, title="Look", description="Empty: nothing is tested."),
        "dry_run": Param(False, type="boolean", title="Dry run", description="Groups drawn by chance."),
    }  # fmt: skip


def wait_for_release(report: Any) -> Any:
    """A task that waits until somebody answers Release or Withhold; without an answer for so long it fails."""
    return HITLOperator(
        task_id="wait_for_release",
        subject="Closed interim report {{ ti.xcom_pull(task_ids='prepare') }}: release it to its readers?",
        body="The report lies in the restricted folder. Nothing of it is shown here. Your name and the time of your "
        "answer are kept.",
        options=[RELEASE, WITHHOLD],
        response_timeout=schedules.PATIENCE,
    ).output

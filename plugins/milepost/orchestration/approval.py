"""The person who releases a closed report: what is asked of the run, and the question that waits for an answer.

Airflow keeps who answered and when; `steps.conclude_closed` writes both into milepost's own audit log. The question
names the report and shows nothing of it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param

RELEASE, WITHHOLD = "Release", "Withhold"
ASKED = {
    "role": Param("dmc", type="string", title="Role", description="For whom: a role of protocol.toml closed_roles."),
    "as_of": Param(None, type=["null", "string"], format="date", title="Data cut-off", description="Default: today."),
    "look": Param(None, type=["null", "integer"], minimum=1, title="Look", description="Empty: nothing is tested."),
    "dry_run": Param(False, type="boolean", title="Dry run", description="Groups drawn by chance."),
}  # fmt: skip
PATIENCE = dt.timedelta(days=14)


def wait_for_release(report: Any) -> Any:
    """A task that waits until somebody answers Release or Withhold; without an answer for so long it fails."""
    return HITLOperator(
        task_id="wait_for_release",
        subject="Closed interim report {{ ti.xcom_pull(task_ids='prepare') }}: release it to its readers?",
        body="The report lies in the restricted folder. Nothing of it is shown here. Your name and the time of your "
        "answer are kept.",
        options=[RELEASE, WITHHOLD],
        execution_timeout=PATIENCE,
        retries=0,
    ).output

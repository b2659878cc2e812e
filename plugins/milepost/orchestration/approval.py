"""The person who releases a closed report: what is asked of the run, and the question that waits for an answer.

Airflow keeps who answered and when; `steps.conclude_closed` writes both into milepost's own audit log. The question
names the report and shows nothing of it. Who may answer stands in Airflow's connection `milepost_release`, made there
or given as AIRFLOW_CONN_MILEPOST_RELEASE: extra `{"users": {"ID": "NAME"}}`, with the ids of Airflow's own users (of
its simple logins, their names). Without that connection, and for a dry run, which shows nothing of an arm, whoever may
act on the DAG may answer; his name is in the audit log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param
from airflow.sdk.execution_time.hitl import HITLUser

from milepost.errors import ConfigurationError, NotPermitted
from milepost.orchestration import schedules
from milepost.orchestration.connections import connection

RELEASE, WITHHOLD = "Release", "Refuse"
NAMED = "milepost_release"


def asked() -> dict[str, Param]:
    """What a run is asked for. Made anew for each DAG: a run writes its own values into them."""
    return {
        "role": Param("dmc", type="string", title="Role", description="For whom: one of closed_roles."),
        "as_of": Param(None, type=["null", "string"], format="date", title="Cut-off", description="Default: today."),
        "look": Param(None, type=["null", "integer"], minimum=1, title="Look", description="Empty: nothing is tested."),
        "dry_run": Param(False, type="boolean", title="Dry run", description="Groups drawn by chance."),
        "reason": Param("", type="string", title="Reason", description="Why another, where the last was refused."),
    }  # fmt: skip


def wait_for_release(report: Any) -> Any:
    """A task that waits until somebody answers Release or Refuse; without an answer for so long it fails."""
    return Question(
        task_id="wait_for_release",
        subject="Closed interim report {{ ti.xcom_pull(task_ids='prepare') }}: release it to its readers?",
        body="The report lies in the restricted folder. Nothing of it is shown here. Your name and the time of your "
        "answer are kept. Both answers are final: a refused report is never handed out.",
        options=[RELEASE, WITHHOLD],
        response_timeout=schedules.PATIENCE,
    ).output


class Question(HITLOperator):
    """Airflow's question to a person, put to those who are named when it is asked, not when the DAG is read."""

    def execute(self, context: Any) -> Any:
        """Ask those who are named, or anybody where there is no such list."""
        if not context["params"]["dry_run"] and (named := releasers()) is not None:
            self.assigned_users = named
        return super().execute(context)


def releasers() -> list[HITLUser] | None:
    """The Airflow users who alone may answer; None without the connection. Raises ConfigurationError where it is there
    and names none."""
    found = connection(NAMED)
    if found is None:
        return None
    users = found.extra_dejson.get("users")
    if not isinstance(users, Mapping) or not users:
        raise ConfigurationError(
            f"Airflow's connection {NAMED} names nobody who may release a closed report, so nobody is asked. Give "
            'it the extra {"users": {"ID": "NAME"}} and clear this task; or release the report by command: '
            "milepost closed release."
        )
    return [HITLUser(id=str(id_), name=str(name)) for id_, name in users.items()]


def answered_by(answer: Mapping[str, Any], *, dry_run: bool) -> str:
    """The name of whoever answered. Raises NotPermitted where Airflow names nobody, or somebody who was not asked."""
    person = answer.get("responded_by_user") or {}
    if not person.get("name"):
        raise NotPermitted(
            "Nobody is named as having answered, so nothing is released. Answer again, logged in."
        )
    # an Airflow whose every user is an administrator lets all of them answer
    named = None if dry_run else releasers()
    if named is not None and str(person.get("id")) not in {user["id"] for user in named}:
        raise NotPermitted(
            f"Who answered is not named in Airflow's connection {NAMED}, so the answer does not count. Clear "
            "wait_for_release and let somebody answer who is."
        )
    return str(person["name"])

"""What happens when a task has failed for good: it is logged, and the study's `operator` is told, if there is one.

A scheduler that is dead tells nobody: that is the watchdog's business, not a callback's.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

log = logging.getLogger(__name__)

OPERATOR = "operator"  # id of the role in the study folder that looks after the service


def on_failure(context: Mapping[str, Any]) -> None:
    """Log the failure and mail it. Never raises: a failing callback must not hide the failure."""
    ti, error = context["ti"], context.get("exception")
    log.error(
        "task failed dag=%s task=%s run=%s error=%s", ti.dag_id, ti.task_id, ti.run_id, type(error).__name__
    )
    try:
        tell_operator(ti.dag_id, ti.task_id, ti.run_id, error)
    except Exception as problem:
        log.error("operator not told dag=%s task=%s error=%s", ti.dag_id, ti.task_id, type(problem).__name__)


def tell_operator(dag_id: str, task_id: str, run_id: str, error: BaseException | None) -> int:
    """Mail the failure to every recipient of role `operator`; how many mails that were.

    A site that cannot be reached is not mailed: the next sweep asks again, and the report shows the silence.
    """
    from milepost.alerts.message import Message, message_id
    from milepost.errors import FeedUnreachable
    from milepost.orchestration.connections import opened

    if isinstance(error, FeedUnreachable):
        return 0
    with opened() as runtime:
        roles = runtime.ctx.study.protocol.roles
        people = sorted({person for role in roles if role.id == OPERATOR for person in role.recipients})
        message = Message(
            alert_key=f"failure|{dag_id}|{task_id}|{run_id}",
            subject=f"milepost: {dag_id}.{task_id} failed",
            text=f"Task {task_id} of DAG {dag_id}, run {run_id}, has failed.\n\n{explained(error)}\n",
            html=None,
            message_id=message_id(f"failure|{dag_id}|{task_id}|{run_id}"),
            at=runtime.ctx.clock(),
        )
        for channel in runtime.ctx.channels:
            for person in people:
                channel.send(message, person)
        return len(people) * len(runtime.ctx.channels)


def explained(error: BaseException | None) -> str:
    """What may be said of an error in a mail: our own words in full, of others the kind only.

    A database's error quotes the row it failed on, and that row is a patient's.
    """
    from milepost.errors import MilepostError

    if isinstance(error, MilepostError):
        return str(error)
    return f"{type(error).__name__}. The task's log says more."

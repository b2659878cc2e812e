"""When, and how often again: what all DAGs have in common.

A task is tried again only where trying again can help (`errors.Transient`, or a process that was killed); a wrong
study folder or a broken rule fails at once and a person is told.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from airflow.sdk import (
    Asset,
    AssetAny,
    AssetOrTimeSchedule,
    CronTriggerTimetable,
    ExceptionRetryPolicy,
    RetryAction,
    RetryRule,
)

from milepost.errors import Transient
from milepost.orchestration.callbacks import on_failure

# The night's own run: early morning in East Asia, late evening in Europe. Which day it judges is the runtime's
# business (`tonight`), in the study's own time zone.
NIGHTLY = "30 21 * * *"
EVERY_QUARTER = "*/15 * * * *"

ONLY_TRANSIENT = ExceptionRetryPolicy(
    rules=[RetryRule(exception=Transient, action=RetryAction.RETRY, reason="may work later")],
    default=RetryAction.FAIL,
)

COMMON: dict[str, Any] = {
    "start_date": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    "catchup": False,  # a missed night is judged by the next one, day by day
    "max_active_runs": 1,
    "dagrun_timeout": dt.timedelta(hours=3),
    "tags": ["milepost"],
    "default_args": {
        "retries": 3,
        "retry_delay": dt.timedelta(seconds=30),
        "retry_exponential_backoff": True,
        "max_retry_delay": dt.timedelta(minutes=5),
        "retry_policy": ONLY_TRANSIENT,
        "execution_timeout": dt.timedelta(hours=1),
        "on_failure_callback": [on_failure],
    },
}


PATIENCE = dt.timedelta(days=14)  # how long a person may think about an answer
WAITING: dict[str, Any] = COMMON | {"dagrun_timeout": PATIENCE + dt.timedelta(days=1)}


def woken_by(asset: Asset | AssetAny, swept: str) -> AssetOrTimeSchedule:
    """Run when the asset (or one of several) changes, and by the timer in any case: an event may be lost."""
    assets = asset if isinstance(asset, AssetAny) else [asset]
    return AssetOrTimeSchedule(timetable=CronTriggerTimetable(swept, timezone="UTC"), assets=assets)

"""What wakes what: files in an inbox wake the intake, records wake judgement and watch, those wake the report."""

from __future__ import annotations

from airflow.sdk import Asset, AssetWatcher

from milepost.orchestration.places import home_folder
from milepost.orchestration.triggers import InboxBatchTrigger

inbox = Asset(
    "milepost_inbox",
    watchers=[AssetWatcher(name="inbox", trigger=InboxBatchTrigger(root=str(home_folder() / "inbox")))],
)
records = Asset("milepost_records")
verdicts = Asset("milepost_verdicts")
signals = Asset("milepost_signals")

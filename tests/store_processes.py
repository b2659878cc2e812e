"""What other processes do to a store in its tests: load, send, and die where they are told."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pandas as pd

from milepost.store.store import Store
from tests.store_frames import NIGHT, frame, lab

DONE_BEFORE = 3
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.store_processes"])


def start(target: Callable[..., None], *arguments: object) -> ForkServerProcess:
    """Run it in a process of its own, which has imported everything already."""
    process = _PROCESSES.Process(target=target, args=arguments)
    process.start()
    return process


def ended(process: ForkServerProcess) -> int | None:
    """Its exit code: 0, or minus the signal that killed it."""
    process.join(120)
    return process.exitcode


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def load(dsn: str, home: Path, number: int, die: str = "never") -> None:
    """Record a delivery of 2,000 rows as the workflows do; die `locked`, `saved` or `about to commit`."""
    rows = frame(*(lab(f"S01-{n:04}", str(n + 1), DELIVERY=number) for n in range(2000)))
    with Store(dsn, home).recording("loader", NIGHT) as session:
        if die == "locked":
            _die()
        if not session.still_pending([number]):
            sys.exit(DONE_BEFORE)
        known_from = session.stamp(NIGHT)
        assert session.current("LB", rows[["USUBJID", "RECKEY"]]).empty
        session.save_records("LB", rows.assign(KNOWN_FROM=known_from))
        if die == "saved":
            _die()
        attempt = session.save_processing(
            number, known_from=known_from, outcome="RECORDED", config_hash="c", lines=2000, records=2000
        )
        count = {"DELIVERY": number, "ATTEMPT": attempt, "DOMAIN": "LB", "DISPOSITION": "ACCEPTED"}
        session.save_row_counts(pd.DataFrame([{**count, "RULE": None, "ROWS": 2000}]))
        session.audit("delivery.recorded", {"delivery": number, "rows": 2000})
        session.finish()
        if die == "about to commit":
            _die()


def send(dsn: str, home: Path, name: str, die_after: int = 0) -> None:
    """Empty the outbox, five messages a transaction, into a file; die after so many, before the commit."""
    store, sent = Store(dsn, home), 0
    while True:
        with store.take_outbox(5, NIGHT) as batch:
            if batch.rows.empty:
                return
            for key, channel, recipient in batch.rows[["ALERT_KEY", "CHANNEL", "RECIPIENT"]].itertuples(
                index=False
            ):
                with open(home / f"sent-{name}", "a") as mailbox:
                    mailbox.write(key + "\n")
                sent += 1
                if sent == die_after:
                    _die()
                batch.mark_sent(key, channel, recipient, message_id=key, actor=name)

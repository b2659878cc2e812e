"""Nights run through the real DAGs in one process, without a scheduler: for a rehearsal and for tests.

    python -m milepost.orchestration.replay 2026-05-01 2026-05-02

prints one line of JSON for each DAG of each night; what Airflow says goes to `airflow/replay.log`. Airflow's own
records of these runs lie in an SQLite file of their own under MILEPOST_HOME, never in the database of a running
Airflow: its scheduler would take the runs for its own.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

from milepost.orchestration.places import DAGS, PLUGINS, home_folder

ORDER = ("site_intake", "week4_checkpoint", "safety_watch", "interim_report", "site_queries")
PATIENCE = 1200  # seconds for one DAG: a run that can never end would be looked at for ever


@dataclass(frozen=True)
class DagRun:
    """One DAG of one night: how it ended and how long it took."""

    night: str
    dag: str
    state: str
    seconds: float


def prepare(home: Path) -> None:
    """Point this process at Airflow's files of its own and make its tables. Before the first import of airflow."""
    if "airflow" in sys.modules:
        raise RuntimeError("replay.prepare must run before airflow is imported: it reads its settings once")
    folder = home / "airflow" / "replay"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ.update(settings(folder))
    from airflow.utils.db import check_migrations, initdb

    if (folder / "ready").exists():
        check_migrations(0)
        return
    initdb()
    (folder / "ready").touch()


def settings(folder: Path) -> dict[str, str]:
    """Airflow's environment for runs in one process."""
    return {
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder / 'airflow.db'}",
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PLUGINS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folder / "logs"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    }


def replay_night(night: dt.date, patience: int = PATIENCE) -> Iterator[DagRun]:
    """Run the night's DAGs in order, as if this day were today; one result each, as it ends."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(DAGS))
    if bag.import_errors:
        raise RuntimeError(f"DAG files with errors: {', '.join(sorted(bag.import_errors))}")
    before = os.environ.get("MILEPOST_AS_OF")
    os.environ["MILEPOST_AS_OF"] = night.isoformat()
    try:
        for name in ORDER:
            begun = time.perf_counter()
            with no_longer_than(patience, name):
                run = bag.dags[name].test()
            yield DagRun(night.isoformat(), name, str(run.state), round(time.perf_counter() - begun, 2))
    finally:
        os.environ.pop("MILEPOST_AS_OF")
        if before is not None:
            os.environ["MILEPOST_AS_OF"] = before


@contextlib.contextmanager
def no_longer_than(seconds: int, what: str) -> Iterator[None]:
    """Stop what takes longer. In the main thread only, where signals arrive."""

    def too_long(signum: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"{what} took longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, too_long)
    begun = time.monotonic()
    others, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)
        left = (
            max(others - (time.monotonic() - begun), 0.01) if others else 0
        )  # somebody else's alarm goes on
        signal.setitimer(signal.ITIMER_REAL, left)


def main(nights: list[str]) -> int:
    """Replay these nights; 1 if any DAG of any night failed."""
    home = home_folder()
    (home / "airflow").mkdir(parents=True, exist_ok=True)
    log = home / "airflow" / "replay.log"
    failed = 0
    with alone_on_stdout(log) as say:
        prepare(home)
        for night in nights:
            for run in replay_night(dt.date.fromisoformat(night)):
                failed += run.state != "success"
                say(json.dumps(asdict(run)))
    if failed:
        print(f"milepost: {failed} DAG runs failed; {log} says why.", file=sys.stderr)
    return 1 if failed else 0


@contextlib.contextmanager
def alone_on_stdout(log: Path) -> Iterator[Callable[[str], None]]:
    """Give the caller stdout for itself; everything else that is printed goes to the log file."""
    sys.stdout.flush()
    kept, errors = os.dup(1), os.dup(2)
    with open(log, "ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)

    def say(line: str) -> None:
        os.write(kept, f"{line}\n".encode())

    try:
        yield say
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(kept, 1)
        os.dup2(errors, 2)
        os.close(kept)
        os.close(errors)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

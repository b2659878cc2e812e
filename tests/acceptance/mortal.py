"""A night in a process of its own that is killed where a test says: no handler runs, no transaction ends."""

from __future__ import annotations

import datetime as dt
import functools
import importlib
import multiprocessing
import os
import signal
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from milepost import runtime as composition

_PROCESSES = multiprocessing.get_context("forkserver")
# what a night imports on its way (the gate's engine and the report are seconds each) is here before it starts
_PROCESSES.set_forkserver_preload([
    "tests.acceptance.mortal", "tests.store_processes", "milepost.workflows.night", "milepost.workflows.publish",
    "tests.acceptance.warm", "lifelines",
])  # fmt: skip


def killed_night(
    study: Path, home: Path, dsn: str, now: dt.datetime, day: str, point: str, nth: int = 1
) -> int | None:
    """The exit code of a night killed at its `nth` passing of `point`.

    point: `before` or `after`, and the function's address, such as `after milepost.workflows.receive:claim`.
    """
    process: ForkServerProcess = _PROCESSES.Process(
        target=_run, args=(study, home, dsn, now, day, point, nth, composition.code_version())
    )
    process.start()
    process.join(120)
    return process.exitcode


def _run(
    study: Path, home: Path, dsn: str, now: dt.datetime, day: str, point: str, nth: int, version: str
) -> None:
    composition.code_version = lambda: version  # type: ignore[assignment]  # whoever edits code meanwhile
    when, _, address = point.partition(" ")
    _arm(when, address, nth)
    with composition.open_runtime(home, study, dsn, clock=lambda: now) as runtime:
        runtime.night(dt.date.fromisoformat(day))


def _arm(when: str, address: str, nth: int) -> None:
    module, _, path = address.partition(":")
    holder: Any = importlib.import_module(module)
    *way, name = path.split(".")
    for step in way:
        holder = getattr(holder, step)
    real, passed = getattr(holder, name), 0

    @functools.wraps(real)
    def mortal(*args: Any, **kwargs: Any) -> Any:
        nonlocal passed
        passed += 1
        if when == "before" and passed == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*args, **kwargs)
        if when == "after" and passed == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(holder, name, mortal)

"""100,000 patients judged from scratch: by the core alone, through the store, and as a first night keeps it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from benchmarks import tables
from benchmarks.children import call
from benchmarks.database import temporary_home

PATIENTS = 100_000
AIM_SECONDS = 10.0
_PARTS = {
    "milepost.store.store:Store.known": "read records",
    "milepost.workflows.judging:results_of": "read results: refused ones joined",
    "milepost.workflows.judging:derive_lines": "lines of therapy",
    "milepost.core.checkpoint:to_samples": "samples",
    "milepost.core.checkpoint:select_evidence": "evidence",
    "milepost.workflows.judging:assess": "comparison and states",
}


def run(quick: bool) -> int:
    """Measure and print; how many aims are missed."""
    patients = PATIENTS // 10 if quick else PATIENTS
    tables.title(f"judge: {patients:,} patients judged from scratch")
    with temporary_home() as home:
        call("stores:build", home=home, name="judge", patients=patients, tests=1, days=0.3)
        core, store, night = (
            call(f"judge:{way}", home=home) for way in ("core", "through_store", "first_night")
        )
    names = ("wall", "cpu", "database_cpu", "peak_mb", "verdicts")
    rows = (("core.checkpoint on frames", core), ("read from the store, judged", store),
            ("first night: also kept, alerts owed", night))  # fmt: skip
    tables.table(
        ("", "wall s", "CPU s", "of it database", "peak MB", "verdicts"),
        [(label, *(found[name] for name in names)) for label, found in rows],
    )
    tables.parts(store["parts"])
    limit = AIM_SECONDS / (10 if quick else 1)
    missed = tables.aim("core.checkpoint on frames", core["wall"], limit, " s")
    return missed + tables.aim("read from the store and judged", store["wall"], limit, " s")


def core(home: str) -> dict[str, Any]:
    """Lines of therapy and verdicts, of frames already in memory."""
    from benchmarks.stopwatch import Stopwatch
    from milepost.core.checkpoint import assess
    from milepost.core.populations import derive_lines, select_therapies
    from milepost.workflows.judging import results_of

    with _runtime(home) as runtime:
        ctx, (day, known_at) = runtime.ctx, _moment(runtime)
        protocol = ctx.study.protocol
        rule = protocol.checkpoints[0]
        results = results_of(ctx.store, rule, known_at=known_at)
        frames = {d: ctx.store.known(d, known_at=known_at) for d in ("DM", "EX", "DS", "SS", "CM", "PR")}
        watch = Stopwatch(home)
        with watch:
            lines = derive_lines(frames["DM"], frames["EX"], frames["DS"], frames["SS"], protocol)
            therapies = select_therapies(frames["CM"], frames["PR"], protocol)
            verdicts = assess(lines, results, therapies, rule=rule, test=protocol.test(rule.test), site_factors={},
                              as_of=day)  # fmt: skip
        return watch.result(verdicts=len(verdicts))


def through_store(home: str) -> dict[str, Any]:
    """The same, read from the store first."""
    from benchmarks.stopwatch import Part, Stopwatch
    from milepost.workflows import judging

    with _runtime(home) as runtime:
        day, known_at = _moment(runtime)
        watch = Stopwatch(home, [Part(place, label) for place, label in _PARTS.items()])
        with watch:
            judged = judging.judge(runtime.ctx.study, runtime.ctx.store, as_of=day, known_at=known_at)
        return watch.result(
            verdicts=len(judged.verdicts), states=judged.verdicts["STATE"].value_counts().to_dict()
        )


def first_night(home: str) -> dict[str, Any]:
    """The workflow of the daily tick on a store in which nobody has been judged yet."""
    from benchmarks.stopwatch import Stopwatch

    with _runtime(home) as runtime:
        day, known_at = _moment(runtime)
        watch = Stopwatch(home)
        with watch:
            done = runtime.assess(day, known_at)
        return watch.result(verdicts=done["changed"], owed=done["owed"])


def _runtime(home: str) -> Any:
    from benchmarks.database import ensure
    from benchmarks.stores import NIGHT
    from milepost.runtime import open_runtime

    clock = dt.datetime.combine(NIGHT, dt.time(), dt.UTC)
    place = Path(home)
    return open_runtime(place / "judge", place / "study", ensure(home, "judge"), clock=lambda: clock)


def _moment(runtime: Any) -> tuple[dt.date, dt.datetime]:
    known_at = runtime.ctx.store.newest_known()
    return runtime.ctx.day_of(known_at), known_at

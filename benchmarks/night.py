"""The same night, 1,000 new rows, on a store of ten million laboratory rows and on one of a hundred thousand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import tables
from benchmarks.children import call
from benchmarks.database import temporary_home

LARGE, SMALL = 100_000, 1_000  # patients, a hundred rows each
NIGHTS = 3
AIM_RATIO = 1.5
_PARTS = {
    "receive: claim, vault, ledger": ("workflows.receive:claim",),
    "receive: read and map": ("workflows.receive:take",),
    "receive: facts": ("workflows.receive:facts_about",),
    "receive: rules": ("intake.gate:check_rows", "intake.gate:load_suites"),
    "receive: versions, records": (
        "store.recording:RecordingSession.current", "store.recording:RecordingSession.save_records",
        "workflows.recording:decide_versions",
    ),
    "receive: quarantine, questions": (
        "workflows.recording:quarantine_rows", "workflows.recording:release_settled",
        "workflows.recording:close_answered", "workflows.questions:Questions.save",
    ),
    "receive: the ledger read whole": ("store.store:Store.deliveries",),
    "receive: findings pages": ("workflows.receive:write_missing_pages",),
    "receive: reconcile": ("workflows.receive:_must_reconcile",),
    "receive: rest": ("workflows.night:receive",),
    "assess: whom it touches": ("store.store:Store.touched", "store.store:Store.due"),
    "assess: judge": ("workflows.assess:judge",),
    "assess: rest": ("workflows.night:assess",),
    "watch: whom it touches": ("store.store:Store.watch_due",),
    "watch: derive and keep": ("workflows.night:watch",),
    "notify": ("workflows.night:notify",),
}  # fmt: skip

_COUNTED = {"rows": "rows received", "judged": "patients judged", "owed": "alerts owed", "mails": "mails"}


def run(quick: bool) -> int:
    """Measure and print; how many aims are missed."""
    large = LARGE // 10 if quick else LARGE
    tables.title(
        f"night: 1,000 new rows, {large:,} patients with {large * 100:,} rows against {SMALL:,} patients"
    )
    found: dict[str, list[dict[str, Any]]] = {"large": [], "small": []}
    with temporary_home() as home:
        stored = {}
        for name, patients in (("small", SMALL), ("large", large)):
            stored[name] = call("stores:build", home=home, name=name, patients=patients)["rows"]
            call("stores:judge_all", home=home, name=name)
        for number in range(NIGHTS):  # in turn, so that a busy minute of the machine hits both
            for name in found:
                patients = large if name == "large" else SMALL
                found[name].append(
                    call("night:measure", home=home, name=name, patients=patients, number=number)
                )
        for name in found:
            made = call("night:report", home=home, name=name, number=NIGHTS - 1)
            found[name][-1]["report"] = made | {"peak MB": made["peak_mb"]}
    return _show(stored, found)


def _show(stored: Mapping[str, int], found: Mapping[str, Sequence[dict[str, Any]]]) -> int:
    large, small = (
        {key: median(one[key] for one in nights) for key in ("wall", "cpu", "database_cpu", "peak_mb")}
        for nights in (found["large"], found["small"])
    )
    columns = (f"{stored['large']:,} rows", f"{stored['small']:,} rows", "ratio")
    rows = {
        "night, wall s": "wall",
        "night, CPU s": "cpu",
        "of it database": "database_cpu",
        "peak MB": "peak_mb",
    }
    tables.table(
        ("median of three nights", *columns),
        [(label, large[key], small[key], large[key] / small[key]) for label, key in rows.items()],
    )
    last = {name: nights[-1]["report"] for name, nights in found.items()}
    tables.table(
        ("the report after the last night", *columns),
        [(key, last["large"][key], last["small"][key], last["large"][key] / last["small"][key])
         for key in ("wall s", "CPU s", "peak MB")],
    )  # fmt: skip
    for name, made in last.items():
        if made["failure"]:
            print(f"The report on the {name} store FAILED after that time: {made['failure']}\n")
    said = found["large"][0]
    counted = ", ".join(f"{said[what]} {words}" for what, words in _COUNTED.items())
    print(f"The first night: {counted}.\n")
    parts = {name: {key: median(one["parts"][key][0] for one in nights) for key in nights[0]["parts"]}
             for name, nights in found.items()}  # fmt: skip
    tables.table(("where the time goes, s", "large", "small", "more"), [
        (key, took, parts["small"][key], took - parts["small"][key])
        for key, took in sorted(parts["large"].items(), key=lambda item: -item[1])
    ])  # fmt: skip
    return tables.aim("large store against small, wall", large["wall"] / small["wall"], AIM_RATIO, "x")


def measure(home: str, name: str, patients: int, number: int) -> dict[str, Any]:
    """One night: in each site one patient's 25 results of one day, 1,000 rows together."""
    from benchmarks.files import labs_file
    from benchmarks.stopwatch import Part, Stopwatch
    from benchmarks.stores import NIGHT
    from benchmarks.study import SITES, site_ids
    from milepost.feeds.folder import put_bytes
    from milepost.intake import gate

    day = NIGHT + dt.timedelta(days=number)
    evening = dt.datetime.combine(day, dt.time(14), dt.UTC)
    place = Path(home) / name
    for site in site_ids():
        raw = labs_file(
            site,
            1,
            (29 + number,),
            first=patients // SITES,
            started=NIGHT - dt.timedelta(days=29),
            seed=number,
        )
        put_bytes(place / "inbox" / site, f"labs-{day}.csv", raw, evening - dt.timedelta(hours=2))
    with _runtime(home, name, evening) as runtime:
        gate.load_suites(runtime.ctx.default_suites)  # imports Great Expectations
        parts = [Part(f"milepost.{at}", label) for label, places in _PARTS.items() for at in places]
        watch = Stopwatch(home, parts)
        with watch:
            done = runtime.night(day, write_report=False)
        counts = {"rows": sum(done["receive"]["rows"].values()), "judged": done["assess"]["judged"]}
        return watch.result(**counts, owed=done["assess"]["owed"], mails=done["notify"]["mails"])


def report(home: str, name: str, number: int) -> dict[str, Any]:
    """The interim report of everybody, after that night: it grows with the patients, as its pages do."""
    from benchmarks.stopwatch import Stopwatch
    from benchmarks.stores import NIGHT

    day = NIGHT + dt.timedelta(days=number)
    with _runtime(home, name, dt.datetime.combine(day, dt.time(14), dt.UTC)) as runtime:
        watch, failure = Stopwatch(home), None
        with watch:
            try:
                runtime.publish(day)
            except Exception as problem:  # the night's figures are worth having without it
                failure = f"{type(problem).__name__}: {problem}"
        return {"wall s": watch.wall, "CPU s": watch.cpu, "failure": failure}


def _runtime(home: str, name: str, now: dt.datetime) -> Any:
    from benchmarks.database import ensure
    from milepost.runtime import open_runtime

    return open_runtime(Path(home) / name, Path(home) / "study", ensure(home, name), clock=lambda: now)

"""A million laboratory rows from 40 sites, received, gated and recorded, against the least that must be done."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from benchmarks import tables
from benchmarks.children import call
from benchmarks.database import temporary_home

ROWS = 1_000_000
AIM_RATIO, AIM_MB = 3.0, 1536.0
HANDED_OVER = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
CLOCK = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
PARTS = {
    "claim, vault, ledger": ("workflows.receive:claim",),
    "read and map": ("workflows.receive:take",),
    "gate: facts": ("workflows.receive:facts_about",),
    "gate: rules": ("intake.gate:check_rows",),
    "versions: look up": (
        "store.recording:RecordingSession.current",
        "store.recording:RecordingSession.replacing",
    ),
    "versions: decide": ("workflows.recording:decide_versions",),
    "records: COPY": ("store.recording:RecordingSession.save_records",),
    "quarantine": (
        "workflows.recording:quarantine_rows",
        "workflows.recording:release_settled",
    ),
    "questions": (
        "workflows.questions:Questions.add_rows",
        "workflows.questions:Questions.save",
        "workflows.recording:close_answered",
        "workflows.recording:close_settled_files",
    ),
    "findings": ("store.recording:RecordingSession.save_findings", "workflows.receive:write_missing_pages"),
    "vacuum": ("store.recording:_tidy",),
    "reconcile": ("workflows.receive:_must_reconcile",),
    "rest of the recording": ("workflows.receive:record_batch",),
}


def run(quick: bool) -> int:
    """Measure and print; how many aims are missed."""
    rows = ROWS // 10 if quick else ROWS
    tables.title(f"load: {rows:,} laboratory rows from 40 sites into an empty store")
    with temporary_home() as home:
        made = call("load:prepare", home=home, rows=rows)
        floors = [call("floor:load", home=home, database="floor")]
        ours = call("load:measure", home=home)
        floors.append(
            call("floor:load", home=home, database="floor_again")
        )  # the machine may have become busier
    floor = _middle(*floors)
    columns = ("", "wall s", "CPU s", "of it database", "peak MB", "recorded", "refused")
    names = ("wall", "cpu", "database_cpu", "peak_mb", "recorded", "refused")
    tables.table(
        columns,
        [
            ("milepost: receive", *(ours[name] for name in names)),
            ("floor: pandas and COPY, mean of two", *(floor[name] for name in names)),
            ("ratio", ours["wall"] / floor["wall"], ours["cpu"] / floor["cpu"], "", "", "", ""),
        ],
    )
    strict = floor["wall"] - floor["parts"]["read"][0]
    print(f"{made['files']} files, {made['bytes'] / 1e6:,.0f} MB; {rows / ours['wall']:,.0f} rows a second. Against a "
          f"floor that need not read the files: {ours['wall'] / strict:.2f}.\n")  # fmt: skip
    tables.parts(ours["parts"])
    tables.parts({f"floor: {name}": took for name, took in floor["parts"].items()})
    missed = tables.aim("wall against the floor", ours["wall"] / floor["wall"], AIM_RATIO, "x")
    return missed + tables.aim("peak memory", ours["peak_mb"], AIM_MB, " MB")


def _middle(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The mean of what was measured before and after."""
    mean = {name: (value + after[name]) / 2 for name, value in before.items() if isinstance(value, float)}
    both = {
        name: [(a + b) / 2 for a, b in zip(part, after["parts"][name], strict=True)]
        for name, part in before["parts"].items()
    }
    return before | mean | {"parts": both}


def prepare(home: str, rows: int) -> dict[str, Any]:
    """The study, a store that knows the patients, a second one for the floor, and the files in the inboxes."""
    from benchmarks import database
    from benchmarks.analytes import ANALYTES
    from benchmarks.files import VISITS, doses_file, labs_file, patients_file
    from benchmarks.study import SITES, site_ids, write_study
    from milepost.feeds.folder import put_bytes
    from milepost.runtime import open_runtime

    place = Path(home)
    study = write_study(place / "study")
    patients = rows // (SITES * len(VISITS) * len(ANALYTES))
    for name in ("milepost", "floor", "floor_again"):
        for site in site_ids():
            put_bytes(
                place / name / "inbox" / site, "patients.csv", patients_file(site, patients), HANDED_OVER
            )
            put_bytes(place / name / "inbox" / site, "doses.csv", doses_file(site, patients), HANDED_OVER)
        with open_runtime(place / name, study, database.ensure(home, name), clock=lambda: CLOCK) as runtime:
            runtime.receive()
    size = 0
    for site in site_ids():
        raw = labs_file(site, patients)
        size += len(raw)
        put_bytes(place / "milepost" / "inbox" / site, "labs.csv", raw, HANDED_OVER)
        (place / "files").mkdir(exist_ok=True)
        (place / "files" / f"{site}.csv").write_bytes(raw)
    return {"files": SITES, "bytes": size}


def measure(home: str) -> dict[str, Any]:
    """Receive everything."""
    from benchmarks import database
    from benchmarks.stopwatch import Part, Stopwatch
    from milepost.intake import gate
    from milepost.runtime import open_runtime

    place = Path(home)
    parts = [Part(f"milepost.{at}", label) for label, places in PARTS.items() for at in places]
    dsn = database.ensure(home, "milepost")
    with open_runtime(place / "milepost", place / "study", dsn, clock=lambda: CLOCK) as runtime:
        gate.load_suites(runtime.ctx.default_suites)  # imports Great Expectations
        watch = Stopwatch(home, parts)
        with watch:
            done = runtime.receive()
        rows = done["rows"]
        return watch.result(recorded=rows["ACCEPTED"], refused=rows["QUARANTINED"], rows=rows)

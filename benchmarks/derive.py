"""Every derivation for 5,000 patients with a million laboratory rows and 60,000 lesion rows: rows a second of each.

The frames are made in memory as the store gives them; reading them is measured by `judge` and `night`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from benchmarks import tables
from benchmarks.children import call
from benchmarks.database import temporary_home

PATIENTS = 5_000
TESTS = 20
DRAWS = 10
AIM_SECONDS = 60.0
FIRST = dt.date(2025, 1, 6)
_DERIVED = {
    "lines": ("EX", "lines of therapy"),
    "tumour": ("TR", "tumour response, two criteria"),
    "best": ("TR", "best response"),
    "alive": ("LB", "last known alive"),
    "times": ("TR", "time to event"),
    "labs": ("LB", "laboratory toxicity"),
    "scores": ("LB", "liver scores"),
    "liver": ("LB", "liver safety"),
    "events": ("AE", "adverse events"),
    "exposure": ("EX", "exposure"),
    "subjects": ("DM", "subjects"),
    "signals": ("LB", "safety signals"),
}


def run(quick: bool) -> int:
    """Measure and print; how many aims are missed."""
    patients = PATIENTS // 10 if quick else PATIENTS
    tables.title(f"derive: {patients:,} patients, {patients * TESTS * DRAWS:,} laboratory rows")
    with temporary_home() as home:
        found = call("derive:measure", home=home, patients=patients)
    rows = [
        (label, f"{found['rows'][domain]:,}", took["wall"], took["cpu"], f"{found['rows'][domain] / took['cpu']:,.0f}")
        for name, (domain, label) in _DERIVED.items() for took in [found["took"][name]]
    ]  # fmt: skip
    tables.table(("", "rows", "wall s", "CPU s", "rows a CPU second"), rows)
    print(
        f"Peak {found['peak_mb']:,.0f} MB, of it {found['frames_mb']:,.0f} MB before the first derivation.\n"
    )
    return tables.aim(
        "all of them, CPU",
        sum(t["cpu"] for t in found["took"].values()),
        AIM_SECONDS / (10 if quick else 1),
        " s",
    )


def measure(home: str, patients: int) -> dict[str, Any]:
    """Each derivation in the order in which it needs the others."""
    import resource
    import time
    from pathlib import Path

    from benchmarks.derive_frames import made_frames
    from milepost.runtime import read_study
    from milepost.workflows.deriving import Derivations

    project = Path(__file__).resolve().parents[1]
    study = read_study(project / "config")
    frames = made_frames(patients, TESTS, DRAWS, FIRST)
    as_of = FIRST + dt.timedelta(days=700)
    known_at = dt.datetime.combine(as_of, dt.time(), dt.UTC)
    asked = Derivations(study, _Frames(frames), as_of=as_of, known_at=known_at)  # type: ignore[arg-type]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took = {}
    for name in _DERIVED:
        begun = time.perf_counter(), time.process_time()
        getattr(asked, name)
        took[name] = {"wall": time.perf_counter() - begun[0], "cpu": time.process_time() - begun[1]}
    return {"took": took, "rows": {code: len(frame) for code, frame in frames.items()}, "frames_mb": before}


class _Frames:
    """Stands for the store: the frames that are here."""

    def __init__(self, frames: dict[str, Any]) -> None:
        self.frames = frames

    def known(self, domain: str, **asked: Any) -> Any:
        return self.frames[domain]

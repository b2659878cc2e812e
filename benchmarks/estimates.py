"""The estimates of 20 subgroups and two endpoints by our engine, against R's `survival` doing the same work.

A cell: Kaplan-Meier curves of two arms with limits, medians, two landmark rates, numbers at risk, log-rank plain and
stratified (4 strata), Cox four times (plain, stratified, stratified with age, weighted with robust variance), the test
of proportional hazards, restricted means with standard errors. One thread each. The two sides take turns; of either the
least CPU time counts, which others on the machine disturbed least. Both sides' numbers are held against each other:
faster and different would be no gain.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import tables
from benchmarks.children import call

SIZES = (158, 1_000, 5_000)
ROUNDS = 3
TIMES = 3  # in each round
AIM_RATIO = 0.25
AIM_AGREEMENT = 1e-6
_R = Path(__file__).with_name("estimates.R")


def run(quick: bool) -> int:
    """Measure and print; how many aims are missed. Without R there is nothing to hold our seconds against."""
    tables.title("estimates: 20 subgroups, two endpoints, against R's survival")
    os.environ["OMP_NUM_THREADS"] = "1"
    has_r = _has_survival()
    if not has_r:
        print(
            "Rscript with the package survival is not here: our own seconds only, no ratio, no agreement.\n"
        )
    rounds = 1 if quick else ROUNDS
    found = [_measured(patients, rounds, has_r) for patients in (SIZES[:2] if quick else SIZES)]
    columns = ("patients", "ours, CPU s", "R, CPU s", "ratio", "ours, slowest", "R, slowest")
    tables.table(columns, [_row(one) for one in found])
    if not has_r:
        return 0
    tables.table(
        ("largest relative difference", "numbers", *(f"n = {one['patients']:,}" for one in found)),
        _agreement(found),
    )
    missed = 0
    for one in found:
        at = f"{one['patients']:,} patients"
        missed += tables.aim(f"CPU against R's, {at}", _ratio(one), AIM_RATIO, "x")
        worst = max(one["apart"].values(), key=lambda kind: kind["apart"])["apart"]
        print(
            f"{'met   ' if worst <= AIM_AGREEMENT else 'MISSED'}  largest relative difference from R, {at}: {worst:.1e}"
        )
        missed += worst > AIM_AGREEMENT
    return missed


def _has_survival() -> bool:
    """Whether R is on this machine and has its package survival."""
    if not shutil.which("Rscript"):
        return False
    asked = ["Rscript", "-e", 'quit(status = !requireNamespace("survival", quietly = TRUE))']
    return subprocess.run(asked, check=False, capture_output=True).returncode == 0


def _measured(patients: int, rounds: int, has_r: bool) -> dict[str, Any]:
    """Ours and R's in turns, each in a process of its own, and how far apart their numbers are."""
    found: dict[str, Any] = {"patients": patients, "ours": [], "theirs": [], "apart": {}}
    with tempfile.TemporaryDirectory() as folder:
        trial, numbers, took = (str(Path(folder) / name) for name in ("trial.csv", "theirs.bin", "took.txt"))
        for _ in range(rounds):
            found["ours"] += call("estimates:measure", folder=folder, patients=patients)["took"]
            if has_r:
                command = ["Rscript", str(_R), trial, str(TIMES), numbers, took]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                found["theirs"] += [float(line) for line in Path(took).read_text().split()]
        if has_r:
            found["apart"] = call("estimates:compare", folder=folder)["apart"]
    return found


def _ratio(one: dict[str, Any]) -> float:
    return min(one["ours"]) / min(one["theirs"])


def _row(one: dict[str, Any]) -> tuple[object, ...]:
    ours, theirs = one["ours"], one["theirs"]
    if not theirs:
        return (f"{one['patients']:,}", min(ours), "", "", max(ours), "")
    return (f"{one['patients']:,}", min(ours), min(theirs), _ratio(one), max(ours), max(theirs))


def _agreement(found: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for kind in found[-1]["apart"]:
        sizes = [one["apart"][kind] for one in found]
        rows.append((kind, sum(one["numbers"] for one in sizes), *(f"{one['apart']:.0e}" for one in sizes)))
    return rows


def measure(folder: str, patients: int) -> dict[str, Any]:
    """The forty cells, some times over; the trial and the numbers are left in the folder."""
    import time

    import numpy as np

    from benchmarks.estimates_cells import all_cells
    from benchmarks.estimates_trial import ENDPOINTS, made_trial, subgroups

    trial = made_trial(patients)
    all_cells(trial, ENDPOINTS, subgroups()[:1])  # whatever is loaded late
    took = []
    for _ in range(TIMES):
        begun = time.process_time()
        numbers = all_cells(trial, ENDPOINTS, subgroups())
        took.append(time.process_time() - begun)
    trial.to_csv(Path(folder) / "trial.csv", index=False)
    values = [np.array(some, dtype=float) for _, some in numbers]
    np.concatenate(values).tofile(Path(folder) / "ours.bin")
    kinds = [f"{kind}\t{len(some)}" for (kind, _), some in zip(numbers, values, strict=True)]
    (Path(folder) / "kinds.txt").write_text("\n".join(kinds))
    return {"took": took}


def compare(folder: str) -> dict[str, Any]:
    """By kind of estimate: how many numbers, and the largest relative difference (infinite where one side has none)."""
    import numpy as np

    ours, theirs = (np.fromfile(Path(folder) / name) for name in ("ours.bin", "theirs.bin"))
    if len(ours) != len(theirs):
        raise SystemExit(
            f"we have {len(ours):,} numbers, R has {len(theirs):,}: the two ask different things"
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.where(ours == theirs, 0.0, np.abs(ours - theirs) / np.abs(theirs))
    apart[np.isnan(ours) & np.isnan(theirs)] = 0.0
    apart[np.isnan(apart)] = np.inf
    found: dict[str, dict[str, float]] = {}
    place = 0
    for line in (Path(folder) / "kinds.txt").read_text().splitlines():
        kind, size = line.split("\t")
        own = apart[place : place + int(size)]
        place += int(size)
        known = found.setdefault(kind, {"numbers": 0, "apart": 0.0})
        known["numbers"] += len(own)
        known["apart"] = max(known["apart"], float(own.max(initial=0.0)))
    return {"apart": found}

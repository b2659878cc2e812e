"""Commands that run the whole: simulate, demo, up, down."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from milepost.cli.app import app
from milepost.cli.demo import run_demo
from milepost.homes import home_folder
from milepost.runtime import open_runtime
from milepost.workflows.rehearsal import write_simulation


@app.command(epilog="Example: milepost simulate --seed 7 --patients 40 --into made_up")
def simulate(
    into: Annotated[
        Path, typer.Option("--into", help="Folder for the files, one folder a site.", metavar="DIR")
    ],
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same bytes.")] = 20260302,
    patients: Annotated[int, typer.Option("--patients", min=1, help="How many patients.")] = 158,
) -> None:
    """Write a made-up study as its sites would send it; nothing in it is real."""
    with open_runtime() as runtime:
        files = write_simulation(runtime.ctx, into, seed=seed, patients=patients)
    typer.echo(f"{files} made-up files under {into}; index.csv says when each was received.")


@app.command(epilog="Example: milepost demo --patients 40")
def demo(
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same study.")] = 20260302,
    patients: Annotated[int, typer.Option("--patients", min=1, help="How many patients.")] = 158,
    dag_nights: Annotated[
        int, typer.Option("--dag-nights", min=0, help="Last nights run through the real DAGs.")
    ] = 5,
) -> None:
    """Simulate a study, replay its nights, and say what came of it. Running it again is safe."""
    run_demo(seed=seed, patients=patients, dag_nights=dag_nights)


@app.command(epilog="Example: milepost up")
def up() -> None:
    """Start Airflow (scheduler, triggerer, dag-processor, API server) on the embedded database."""
    _orchestrate("up")


@app.command(epilog="Example: milepost down")
def down() -> None:
    """Stop what `milepost up` started."""
    _orchestrate("down")


def _orchestrate(verb: str) -> None:
    # Airflow is another process's business: nothing here imports it
    done = subprocess.run(
        [sys.executable, "-m", "milepost.orchestration.standalone", verb, str(home_folder())], check=False
    )
    raise typer.Exit(done.returncode)

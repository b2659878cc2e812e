"""Commands for a study folder of one's own: init and check."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from milepost.cli.app import app
from milepost.errors import ConfigurationError
from milepost.homes import PROJECT
from milepost.intake import gate
from milepost.runtime import default_suites, read_study

study_app = typer.Typer(no_args_is_help=True, help="A study folder: make one, check one.")
app.add_typer(study_app, name="study")


@study_app.command("init", epilog="Example: milepost study init my_study")
def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make; must not hold a study yet.", metavar="DIR")],
) -> None:
    """Make a small, commented study folder to start from."""
    if (folder / "protocol.toml").exists() or (folder / "sites.toml").exists():
        raise ConfigurationError(f"{folder.name}: there is a study already. Choose another folder.")
    shutil.copytree(PROJECT / "examples" / "new_study", folder, dirs_exist_ok=True)
    typer.echo(f"{folder}: protocol.toml, sites.toml and a README that says what to change first.")
    typer.echo(f"Next: milepost study check {folder}")


@study_app.command("check", epilog="Example: milepost study check my_study")
def check(folder: Annotated[Path, typer.Argument(help="Study folder.", metavar="DIR")]) -> None:
    """Say what is wrong with a study folder: file, key, what was found, what is allowed."""
    study = read_study(folder)
    suites = gate.load_suites(default_suites(), study.expectations, given=gate.parameters(study.protocol))
    rules = sum(len(suite.active) for suite in suites.by_domain.values())
    typer.echo(
        f"{study.protocol.id}: {len(study.sites)} sites, {len(study.protocol.checkpoints)} checkpoints, "
        f"{len(study.protocol.tests)} tests, {rules} gate rules. Nothing wrong. "
        f"Configuration {study.hash()[:12]}."
    )

"""The command line: one app, and the options that stand before or after every command."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="milepost",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Watches a running trial: takes what sites send, checks it, judges patients at the protocol's checkpoint, "
    "alerts, and writes the interim report.",
    epilog="One night by hand: `milepost deliver S01 labs.csv`, then `milepost night --as-of 2026-04-14`, then "
    "`milepost status`.",
)


GLOBAL = ("--study", "--home")


@app.callback()
def options(
    study: Annotated[
        Path | None,
        typer.Option(
            "--study", metavar="DIR", help="Study folder (default: the project's config/, or MILEPOST_STUDY)."
        ),
    ] = None,
    home: Annotated[
        Path | None,
        typer.Option(
            "--home", metavar="DIR", help="Where everything is kept (default: .milepost/, or MILEPOST_HOME)."
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log counts and keys to standard error.")
    ] = False,
) -> None:
    """--study and --home may stand before or after the command: `milepost verdicts --study my_study`."""
    if study is not None:
        os.environ["MILEPOST_STUDY"] = str(study.expanduser().resolve())
    if home is not None:
        os.environ["MILEPOST_HOME"] = str(home.expanduser().resolve())
    level = logging.INFO if verbose else logging.ERROR
    logging.basicConfig(stream=sys.stderr, level=level, format="%(name)s %(message)s")
    for handler in logging.getLogger().handlers:
        handler.setLevel(level)  # a library that sets its own logger's level does not get through by it

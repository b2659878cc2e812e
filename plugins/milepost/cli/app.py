"""The command line: one app, its options, and how an error becomes a sentence and an exit code.

Exit codes: 0 fine; 1 a rule or data problem; 2 usage or configuration.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from milepost.errors import ConfigurationError, MilepostError

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


def main() -> None:
    """Run the command line; every expected failure is a sentence on standard error, never a traceback."""
    from milepost.cli import ask, flow, keeping, service, study  # noqa: F401  (they register their commands)

    try:
        app(args=options_first(sys.argv[1:]))
    except ConfigurationError as error:
        typer.echo(f"Configuration: {error}", err=True)
        code = 2
    except MilepostError as error:
        typer.echo(str(error), err=True)
        code = 1
    except Exception as error:
        typer.echo(_defect(error), err=True)
        code = 1
    sys.stdout.flush()
    sys.exit(code)


def options_first(words: list[str]) -> list[str]:
    """The command line with --study and --home moved to the front: they may stand before or after the command."""
    moved: list[str] = []
    rest: list[str] = []
    waiting = iter(words)
    for word in waiting:
        if word == "--":
            return [*moved, *rest, word, *waiting]
        if word in GLOBAL:
            moved += [word, *[value for value in [next(waiting, None)] if value is not None]]
        elif word.split("=")[0] in GLOBAL:
            moved.append(word)
        else:
            rest.append(word)
    return [*moved, *rest]


def _defect(error: Exception) -> str:
    """An error nobody expected: where it happened, without its message, which may hold a patient's value."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "milepost" in Path(frame.filename).parts] or list(frames)
    where = "\n".join(f"  {Path(frame.filename).name} line {frame.lineno}, in {frame.name}" for frame in own)
    return (
        f"A defect of milepost: {type(error).__name__} in\n{where}\n"
        "What was committed before stays; the same command may be run again. Please report these lines."
    )

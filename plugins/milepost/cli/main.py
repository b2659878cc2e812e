"""Runs the command line: every command registered, and every error a sentence and an exit code.

Exit codes: 0 fine; 1 a rule or data problem; 2 usage or configuration.
"""

from __future__ import annotations

import sys

import typer

from milepost.cli import ask, closed, estimate, export, flow, keeping, pdf, profile, service, study
from milepost.cli.app import GLOBAL, app
from milepost.errors import ConfigurationError, MilepostError
from milepost.runtime import describe_defect

COMMANDS = (
    ask,
    closed,
    estimate,
    export,
    flow,
    keeping,
    pdf,
    profile,
    service,
    study,
)  # each registers its commands when it is imported


def main() -> None:
    """Run the command line; every expected failure is a sentence on standard error, never a traceback."""
    try:
        app(args=options_first(sys.argv[1:]))
    except ConfigurationError as error:
        typer.echo(f"Configuration: {error}", err=True)
        code = 2
    except MilepostError as error:
        typer.echo(str(error), err=True)
        code = 1
    except Exception as error:
        typer.echo(describe_defect(error), err=True)
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

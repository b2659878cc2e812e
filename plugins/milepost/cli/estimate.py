"""The command that makes any of the estimates for a table from elsewhere. It needs no study and no database."""

from __future__ import annotations

import csv
import io
import json
import sys
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from milepost.cli.app import app
from milepost.errors import ConfigurationError, DataProblem


class AnswerFormat(StrEnum):
    """How an answer is printed."""

    json = "json"
    csv = "csv"


@app.command(epilog="Example: milepost estimate --input patients.csv --spec survival.toml --format json")
def estimate(
    spec: Annotated[
        Path,
        typer.Option(
            "--spec",
            metavar="SPEC.toml",
            help="What to estimate: kind, columns, groups. See docs/estimates.md.",
        ),
    ],
    frame: Annotated[
        Path | None,
        typer.Option(
            "--input", "-i", metavar="FRAME.csv", help="The table, CSV in UTF-8; - reads standard input."
        ),
    ] = None,
    form: Annotated[
        AnswerFormat, typer.Option("--format", case_sensitive=False, help="json, or csv: a line a number.")
    ] = AnswerFormat.json,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", dir_okay=False, metavar="FILE", help="Write to this file, not to the screen."
        ),
    ] = None,
) -> None:
    """Any of the report's estimates for a table from elsewhere: survival, hazard ratios, shares, rates, bounds …"""
    # the numerical libraries take a second to load, which no other command should wait for
    from milepost.core.estimates import answer_spec, read_table

    table = (
        None
        if frame is None
        else read_table(_text(frame, "--input"), None if str(frame) == "-" else frame.name)
    )
    answer = answer_spec(_spec(spec), table)
    text = (
        json.dumps(answer, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
        if form is AnswerFormat.json
        else _csv(answer)
    )
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise ConfigurationError(
            f"--output {output}: {error.strerror}. Name a file in a folder that is there."
        ) from error


def _spec(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(path, "--spec"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f'{path.name}: not TOML ({error}). Write KEY = VALUE, texts in quotes, e.g. kind = "time_to_event".'
        ) from error


def _text(path: Path, option: str) -> str:
    """The file's text; a byte order mark is no part of it."""
    try:
        raw = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{option} {path}: {error.strerror}. Name a file that can be read."
        ) from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataProblem(
            f"{option}: byte {error.start + 1} is not UTF-8. Save the file as UTF-8."
        ) from error


def _csv(answer: dict[str, Any]) -> str:
    """A line a number, text or null, with the way to it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["field", "value"])
    writer.writerows(_leaves(answer, ()))
    return text.getvalue()


def _leaves(node: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _leaves(value, (*path, str(key)))
    else:
        yield "/".join(path), node if not isinstance(node, bool) else str(node).lower()

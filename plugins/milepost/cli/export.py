"""Commands that hand data out or check what was handed out: export, verify-report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from milepost.cli.app import app
from milepost.cli.arguments import AsOf, KnownAt, instant
from milepost.core.derived_columns import FRAMES
from milepost.errors import DataProblem
from milepost.reports.manifest import verify_manifest
from milepost.runtime import open_runtime
from milepost.workflows.exporting import Form, export

_USUAL = "adsl,adlb,adrs,adtte,adae"


def _frames(text: str) -> list[str]:
    names = list(dict.fromkeys(name.strip().lower() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in FRAMES]
    if unknown or not names:
        raise typer.BadParameter(
            f"{', '.join(unknown) or 'nothing'} is no derived frame. There are: {', '.join(FRAMES)}"
        )
    return names


@app.command(
    "export", epilog="Example: milepost export --as-of 2026-04-14 --format xpt --role dmc --output adam"
)
def export_command(
    role: Annotated[str, typer.Option("--role", help="Who gets the files: a role of protocol.toml.")],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            file_okay=False,
            metavar="DIR",
            help="Folder, made if need be; closed to others.",
        ),
    ],
    form: Annotated[
        Form,
        typer.Option("--format", case_sensitive=False, help="CDISC Dataset-JSON 1.1 or SAS transport file."),
    ] = Form.dataset_json,
    frames: Annotated[
        str,
        typer.Option("--frames", metavar="NAMES", help="Derived frames, commas between (docs/derived.md)."),
    ] = _USUAL,
    without_arms: Annotated[
        bool,
        typer.Option("--without-arms", help="Pooled: no arm, drug or dose; for roles that do not see arms."),
    ] = False,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> None:
    """Derived frames for other systems, as Dataset-JSON or XPT; noted in the audit log (docs/exports.md)."""
    names = _frames(frames)
    with open_runtime() as runtime:
        made = export(
            runtime.ctx,
            names,
            form=form,
            role=role,
            with_arms=not without_arms,
            folder=output.expanduser(),
            as_of=as_of or runtime.tonight(),
            known_at=instant(known_at, runtime.ctx.zone),
        )
    for one in made:
        typer.echo(f"{one.path}: {one.rows} rows, SHA-256 {one.sha256}")
        for column, count in one.no_numbers.items():
            typer.echo(
                f"{one.path.name}: {column} of {count} row{'s' if count != 1 else ''} is no number and therefore empty "
                f"there. As the site wrote it: milepost derive {one.path.stem}",
                err=True,
            )


@app.command(
    "verify-report", epilog="Example: milepost verify-report .milepost/reports/open/2026-04-14-0a1b2c3d4e5f"
)
def verify_report(
    folder: Annotated[Path, typer.Argument(help="Folder of a published report.", metavar="DIR")],
) -> None:
    """Compare a report's files with its manifest: what was changed, is missing or was added."""
    problems = verify_manifest(folder)
    if problems:
        raise DataProblem(f"{folder} is not as it was published:\n" + "\n".join(problems))
    typer.echo(f"{folder}: every file is as it was published.")

"""The command that writes patient profiles, for roles that may see the drug."""

from __future__ import annotations

from typing import Annotated

import typer

from milepost.cli.app import app
from milepost.cli.arguments import AsOf, KnownAt, instant
from milepost.runtime import open_runtime
from milepost.workflows.profiles import write_profile, write_profiles


@app.command(epilog="Example: milepost profile S01-007 --role medical_monitor --as-of 2026-04-14")
def profile(
    role: Annotated[
        str,
        typer.Option(
            "--role", metavar="ROLE", help="Who reads it: a role of protocol.toml with sees_arm = true."
        ),
    ],
    subject: Annotated[str | None, typer.Argument(help="A subject (USUBJID).")] = None,
    everybody: Annotated[
        bool, typer.Option("--all", help="Every patient, and a list of them by who needs attention.")
    ] = False,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> None:
    """Write a patient's whole course on one page. It shows the drug: the file is closed to others, the audit log says
    who asked."""
    if (subject is None) == (not everybody):
        raise typer.BadParameter("name one subject, or --all")
    with open_runtime() as runtime:
        day, known = as_of or runtime.tonight(), instant(known_at, runtime.ctx.zone)
        if subject is not None:
            typer.echo(write_profile(runtime.ctx, subject, as_of=day, known_at=known, reader_role=role))
            return
        done = write_profiles(runtime.ctx, None, as_of=day, known_at=known, reader_role=role)
    typer.echo(f"{done.index}")
    typer.echo(f"{done.pages} profiles in {done.folder}", err=True)

"""Commands of the closed report: prepare, release, refuse, list, key."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from milepost.cli.app import app
from milepost.cli.arguments import AsOf, KnownAt, instant
from milepost.runtime import open_runtime
from milepost.workflows.arm_codes import tell_key

closed_app = typer.Typer(
    no_args_is_help=True,
    help="Results by arm, coded A and B: for the roles of protocol.toml [analysis] closed_roles, and on record.",
)
app.add_typer(closed_app, name="closed")

Role = Annotated[str, typer.Option("--role", help="For whom: a role of protocol.toml.")]
By = Annotated[str, typer.Option("--by", help="Who asks; by default the user of this machine.")]


@closed_app.command(
    "prepare", epilog="Example: milepost closed prepare --role dmc --look 1 --as-of 2026-04-14"
)
def prepare(
    role: Role,
    by: By = "",
    look: Annotated[
        int | None, typer.Option("--look", min=1, help="Hold this look of the protocol; without: no test.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Groups drawn by chance: the layout, and nothing of an arm.")
    ] = False,
    reason: Annotated[
        str,
        typer.Option("--reason", metavar="TEXT", help="Why another one is made, where the last was refused."),
    ] = "",
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> None:
    """Make the closed report. It lies in the restricted folder and waits until somebody releases it.

    Patients' numbers in it lead to their profiles, written beside it, where every closed role may see arms."""
    with open_runtime() as runtime:
        done = runtime.prepare_closed(
            role=role, person=_person(by), look=look, dry_run=dry_run, reason=reason, as_of=as_of,
            known_at=instant(known_at, runtime.ctx.zone),
        )  # fmt: skip
    for name, value in done.items():
        typer.echo(f"{name}: {value}")


@closed_app.command("release", epilog="Example: milepost closed release 3f2a9c41d07b --role dmc --by 'chair'")
def release(
    report: Annotated[str, typer.Argument(help="Id of a prepared report.", metavar="REPORT")],
    role: Role,
    by: By = "",
) -> None:
    """Hand a prepared report out, with who and when in the audit log."""
    from milepost.workflows.releasing import release_closed

    with open_runtime() as runtime:
        path = release_closed(runtime.ctx, report, role=role, person=_person(by))
    typer.echo(f"Released: {path}")


@closed_app.command("refuse", epilog="Example: milepost closed refuse 3f2a9c41d07b --role dmc --by 'chair'")
def refuse(
    report: Annotated[str, typer.Argument(help="Id of a prepared report.", metavar="REPORT")],
    role: Role,
    by: By = "",
) -> None:
    """Refuse a prepared report for good: it is never handed out. Another one needs a reason (prepare --reason)."""
    from milepost.workflows.releasing import refuse_closed

    with open_runtime() as runtime:
        refuse_closed(runtime.ctx, report, role=role, person=_person(by))
    typer.echo(f"Refused: {report}")


@closed_app.command("list", epilog="Example: milepost closed list")
def list_reports() -> None:
    """The closed reports and dry runs made so far: pending, released or refused. Nothing of their contents."""
    from milepost.workflows.releasing import closed_reports

    with open_runtime() as runtime:
        for row in closed_reports(runtime.ctx):
            typer.echo(f"{row.report}  {row.kind:<14}  as of {row.as_of}  {row.state}")


@closed_app.command("key", epilog="Example: milepost closed key --role dmc --by 'unblinded statistician'")
def key(role: Role, by: By = "") -> None:
    """Which arm is A and which is B; written into the audit log."""
    with open_runtime() as runtime:
        for arm, code in sorted(
            tell_key(runtime.ctx, role=role, person=_person(by)).items(), key=lambda kv: kv[1]
        ):
            typer.echo(f"{code}: {arm}")


def _person(by: str) -> str:
    return by or getpass.getuser()

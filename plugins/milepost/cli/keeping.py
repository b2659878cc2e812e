"""Commands for whoever runs the service: release and read again, acknowledge, answer, verify, the database."""

from __future__ import annotations

from typing import Annotated

import typer

from milepost.cli.app import app
from milepost.errors import DataProblem
from milepost.homes import home_folder
from milepost.runtime import open_runtime
from milepost.store import server
from milepost.workflows import people
from milepost.workflows.rereading import read_again

audit_app = typer.Typer(no_args_is_help=True, help="The hash-chained log of what the service did.")
db_app = typer.Typer(no_args_is_help=True, help="The embedded database.")
app.add_typer(audit_app, name="audit")
app.add_typer(db_app, name="db")


@app.command("read-again", epilog="Example: milepost read-again 17 --release")
def read_again_command(
    deliveries: Annotated[list[int], typer.Argument(help="Numbers of deliveries.", metavar="DELIVERY...")],
    release: Annotated[
        bool, typer.Option("--release", help="Record a held delivery although too many of its rows fail.")
    ] = False,
) -> None:
    """Read held, refused or partly quarantined deliveries again, e.g. after sites.toml was corrected."""
    with open_runtime() as runtime:
        done = read_again(runtime.ctx, deliveries, release=release)
    typer.echo(f"{done.recorded} recorded, {done.held} held, {done.refused} refused; rows: {done.rows}")


@app.command(
    epilog="Example: milepost acknowledge 'HCC-AFP-01|S01-001|1|AFP-W4|NON_RESPONSE|medical_monitor|1' --by on-call"
)
def acknowledge(
    key: Annotated[str, typer.Argument(help="The number in the mail (A-7F3K2M9Q), or the key of the alert.")],
    by: Annotated[str, typer.Option("--by", help="Who acknowledges.")],
) -> None:
    """Say that somebody has seen an alert and acts on it."""
    with open_runtime() as runtime:
        people.acknowledge(runtime.ctx, key, by)
    typer.echo("Acknowledged.")


@app.command(
    "answer", epilog="Example: milepost answer 12 --reason 'two samples, confirmed by the site' --by dm"
)
def answer(
    query: Annotated[int, typer.Argument(help="Number of the query.")],
    reason: Annotated[
        str, typer.Option("--reason", help="The site's answer, without patients' values or names.")
    ],
    by: Annotated[str, typer.Option("--by", help="Who closes it.")],
) -> None:
    """Close a query that data alone cannot close."""
    with open_runtime() as runtime:
        people.answer(runtime.ctx, query, reason, by)
    typer.echo(f"Query {query} closed.")


@audit_app.command("verify", epilog="Example: milepost audit verify")
def audit_verify() -> None:
    """Recompute the whole chain and compare it with the heads noted outside the database."""
    with open_runtime() as runtime:
        problems = runtime.ctx.store.audit_verify()
        head = runtime.ctx.store.audit_head()
    if problems:
        raise DataProblem("The audit log is not as it was written:\n" + "\n".join(problems))
    typer.echo(f"{head.seq} entries, chain intact, head {head.hash}." if head else "The audit log is empty.")


@db_app.command("start")
def db_start() -> None:
    """Start the embedded database; it runs until `milepost db stop`."""
    server.ensure_running(home_folder())
    typer.echo("The database runs.")


@db_app.command("stop")
def db_stop() -> None:
    """Stop the embedded database."""
    server.stop(home_folder())
    typer.echo("The database is stopped.")

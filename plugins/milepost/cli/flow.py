"""Commands that move data: deliver, receive, assess, watch, notify, publish, night."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from milepost.cli.app import app
from milepost.cli.arguments import AsOf, KnownAt, instant
from milepost.runtime import Runtime, open_runtime
from milepost.workflows.claiming import inbox_for


def _say(summary: dict[str, Any]) -> None:
    typer.echo(json.dumps(summary, default=str, indent=2, ensure_ascii=False))


@app.command(epilog="Example: milepost deliver S03 labs_0412.csv --received-at 2026-04-12T21:40")
def deliver(
    site: Annotated[str, typer.Argument(help="Site id, as in sites.toml.")],
    files: Annotated[list[Path], typer.Argument(help="Files to hand over.", metavar="FILE...")],
    received_at: Annotated[
        str | None,
        typer.Option(
            "--received-at", metavar="INSTANT", help="When the site handed them over (default: now)."
        ),
    ] = None,
) -> None:
    """Hand files to a site's inbox, as the site would."""
    from milepost.feeds.folder import put

    with open_runtime() as runtime:
        inbox = inbox_for(runtime.ctx, site)
        moment = instant(received_at, runtime.ctx.zone) or runtime.ctx.clock()
        if moment > runtime.ctx.clock():
            raise typer.BadParameter(
                "--received-at lies in the future. A site can only have handed a file over by now."
            )
        for file in files:
            if not file.is_file():
                raise typer.BadParameter(f"{file.name} is no file that can be read. Nothing was handed over.")
        for place, file in enumerate(reversed(files)):
            # in the order they were named: a later one is the site's later word
            put(inbox, file, moment - dt.timedelta(milliseconds=place))
    typer.echo(f"{len(files)} file{'s' if len(files) != 1 else ''} handed to the inbox of {site}.")


@app.command(epilog="Example: milepost receive")
def receive(
    site: Annotated[
        list[str] | None, typer.Option("--site", help="Only this site (may be repeated).")
    ] = None,
    known_at: KnownAt = None,
) -> None:
    """Take what waits in the inboxes, check it, and record it."""
    with open_runtime() as runtime:
        summary = runtime.receive(site or None, instant(known_at, runtime.ctx.zone))
    _say(summary)


@app.command(epilog="Example: milepost assess --as-of 2026-04-14")
def assess(as_of: AsOf = None, known_at: KnownAt = None) -> None:
    """Judge whom new data or the calendar touched, and write down the alerts owed."""
    with open_runtime() as runtime:
        _say(runtime.assess(as_of, instant(known_at, runtime.ctx.zone)))


@app.command(epilog="Example: milepost watch --as-of 2026-04-14")
def watch(as_of: AsOf = None, known_at: KnownAt = None) -> None:
    """Watch over safety: derive whom new data touched, and write down the alerts and questions owed."""
    with open_runtime() as runtime:
        _say(runtime.watch(as_of, instant(known_at, runtime.ctx.zone)))


@app.command(epilog="Example: milepost notify")
def notify(as_of: AsOf = None) -> None:
    """Send the alerts owed that have not been sent yet."""
    with open_runtime() as runtime:
        _say(runtime.notify(as_of))


@app.command(epilog="Example: milepost publish --as-of 2026-04-14 --known-at 2026-04-14")
def publish(as_of: AsOf = None, known_at: KnownAt = None) -> None:
    """Write the open interim report; a past one comes out byte for byte as it was."""
    with open_runtime() as runtime:
        _say(runtime.publish(as_of, instant(known_at, runtime.ctx.zone)))


@app.command(epilog="Example: milepost letters --as-of 2026-04-14")
def letters(as_of: AsOf = None) -> None:
    """Write each site's letter with its open queries (Airflow does so every night)."""
    with open_runtime() as runtime:
        _say(runtime.letters(as_of))


@app.command(epilog="Example: milepost night --as-of 2026-04-14")
def night(as_of: AsOf = None, known_at: KnownAt = None) -> None:
    """One night: receive, assess, watch, notify, publish.

    For a day in the past it is replayed: it knows what had been received by the end of that day (or by
    --known-at), and leaves later files where they are.
    """
    with open_runtime() as runtime:
        wanted = runtime.ctx.clock() if known_at == "now" else instant(known_at, runtime.ctx.zone)
        summary = runtime.night(as_of, wanted)
        _say(summary)
        _say_waiting(runtime, summary)


def _say_waiting(runtime: Runtime, summary: dict[str, Any]) -> None:
    first, known = runtime.ctx.store.first_known(), runtime.known_at(summary["as_of"])
    if first is not None and first > known and not summary["assess"]["judged"]:
        typer.echo(
            f"Nothing was known by the end of {summary['as_of']}: the first file recorded is known from "
            f"{first:%Y-%m-%d %H:%M} UTC. Files handed over later with an earlier time are known from then on only.",
            err=True,
        )
    waiting = summary["receive"]["waiting"]
    if waiting:
        day: dt.date = summary["as_of"]
        typer.echo(
            f"{waiting} file{'s' if waiting != 1 else ''} in the inboxes came after the end of {day} and wait for a "
            f"later night. To judge this day with them: milepost night --as-of {day} --known-at now",
            err=True,
        )

"""Commands that ask and change nothing: verdicts, derive, explain, status."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from milepost.cli.app import app
from milepost.cli.arguments import AsOf, KnownAt, instant
from milepost.runtime import open_runtime
from milepost.workflows import derived_frames
from milepost.workflows.explain import explain as explained
from milepost.workflows.status import status as current_status
from milepost.workflows.status import to_text
from milepost.workflows.verdicts import to_csv, verdict_rows


class TableFormat(StrEnum):
    """How a table is printed."""

    csv = "csv"
    json = "json"


class Frame(StrEnum):
    """A derived frame."""

    adsl = "adsl"
    adlb = "adlb"
    adtr = "adtr"
    adrs = "adrs"
    adtte = "adtte"
    adae = "adae"
    adex = "adex"
    adhy = "adhy"


class TextFormat(StrEnum):
    """How a summary is printed."""

    text = "text"
    json = "json"


@app.command(epilog="Example: milepost verdicts --as-of 2026-04-14 --known-at 2026-04-13 --format csv")
def verdicts(
    as_of: AsOf = None,
    known_at: KnownAt = None,
    form: Annotated[TableFormat, typer.Option("--format", help="csv or json.")] = TableFormat.csv,
) -> None:
    """One row a patient, line and checkpoint: what the protocol's judgement is, or was."""
    with open_runtime() as runtime:
        rows = verdict_rows(
            runtime.ctx, as_of=as_of or runtime.tonight(), known_at=instant(known_at, runtime.ctx.zone)
        )
    typer.echo(
        to_csv(rows) if form is TableFormat.csv else json.dumps(rows, ensure_ascii=False, indent=2), nl=False
    )


@app.command(epilog="Example: milepost derive adtte --as-of 2026-04-14 --format csv")
def derive(
    frame: Annotated[
        Frame,
        typer.Argument(
            help="Subjects, laboratory, tumours, responses, time to event, adverse events; doses, liver safety."
        ),
    ],
    as_of: AsOf = None,
    known_at: KnownAt = None,
    form: Annotated[TableFormat, typer.Option("--format", help="csv or json.")] = TableFormat.csv,
) -> None:
    """One derived frame, in CDISC columns: subjects, laboratory, tumours, responses, time to event, events."""
    with open_runtime() as runtime:
        made = derived_frames.derived_frame(
            runtime.ctx,
            frame.value,
            as_of=as_of or runtime.tonight(),
            known_at=instant(known_at, runtime.ctx.zone),
        )
    if form is TableFormat.json:
        typer.echo(derived_frames.to_json(made))
        return
    for line in derived_frames.to_csv(made):
        typer.echo(line, nl=False)


@app.command(
    epilog="Examples: milepost explain S01-007 --as-of 2026-04-14 · milepost explain checkpoint.AFP-W4.responders"
)
def explain(
    what: Annotated[
        str,
        typer.Argument(
            help="A subject (USUBJID), a delivery number, an alert key, or a number's id in report.json."
        ),
    ],
    as_of: AsOf = None,
    known_at: KnownAt = None,
    line: Annotated[int, typer.Option("--line", help="Line of therapy.")] = 1,
) -> None:
    """Follow a verdict or a report number back to rows, delivery, line and rule."""
    with open_runtime() as runtime:
        typer.echo(
            explained(
                runtime.ctx,
                what,
                as_of=as_of or runtime.tonight(),
                known_at=instant(known_at, runtime.ctx.zone),
                line=line,
            )
        )


@app.command(epilog="Example: milepost status --format json")
def status(
    form: Annotated[TextFormat, typer.Option("--format", help="text or json.")] = TextFormat.text,
) -> None:
    """Deliveries, rows, verdicts, alerts, queries and reports, as they stand."""
    with open_runtime() as runtime:
        summary = current_status(runtime.ctx)
    typer.echo(
        to_text(summary)
        if form is TextFormat.text
        else json.dumps(summary, ensure_ascii=False, indent=2, default=str)
    )

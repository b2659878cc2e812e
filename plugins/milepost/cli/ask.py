"""Commands that ask and change nothing: verdicts, derive, explain, status."""

from __future__ import annotations

import getpass
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from milepost.cli.app import app
from milepost.cli.arguments import AsOf, KnownAt, instant
from milepost.errors import ConfigurationError
from milepost.runtime import open_runtime
from milepost.workflows import derived_frames, table_texts
from milepost.workflows.arm_readers import Reader
from milepost.workflows.explain import explain as explained
from milepost.workflows.status import status as current_status
from milepost.workflows.status import to_text
from milepost.workflows.verdicts import to_csv, verdict_rows


class TableFormat(StrEnum):
    """How a table is printed."""

    csv = "csv"
    json = "json"


Role = Annotated[
    str | None,
    typer.Option("--role", help="What this role of protocol.toml may see; by default what the service may."),
]
By = Annotated[str, typer.Option("--by", help="Who asks; by default the user of this machine.")]
TableForm = Annotated[TableFormat, typer.Option("--format", case_sensitive=False, help="csv or json.")]


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
    disagreements = "disagreements"


class TextFormat(StrEnum):
    """How a summary is printed."""

    text = "text"
    json = "json"


@app.command(epilog="Example: milepost verdicts --as-of 2026-04-14 --known-at 2026-04-13 --format csv")
def verdicts(
    as_of: AsOf = None,
    known_at: KnownAt = None,
    form: TableForm = TableFormat.csv,
) -> None:
    """One row a patient, line and checkpoint: what the protocol's judgement is, or was."""
    with open_runtime() as runtime:
        rows = verdict_rows(
            runtime.ctx, as_of=as_of or runtime.tonight(), known_at=instant(known_at, runtime.ctx.zone)
        )
    typer.echo(
        to_csv(rows) if form is TableFormat.csv else json.dumps(rows, ensure_ascii=False, indent=2), nl=False
    )


@app.command(epilog="Example: milepost derive adtte --as-of 2026-04-14 --subject S01-001 --output adtte.csv")
def derive(
    frame: Annotated[
        Frame,
        typer.Argument(
            case_sensitive=False,
            help="Subjects, laboratory, tumours, responses, time to event, adverse events, doses, liver safety; where "
            "sites' own responses differ from the derived ones. Every column is explained in docs/derived.md.",
        ),
    ],
    as_of: AsOf = None,
    known_at: KnownAt = None,
    form: TableForm = TableFormat.csv,
    subject: Annotated[
        list[str] | None,
        typer.Option("--subject", metavar="USUBJID", help="Only this subject; may be given more than once."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", dir_okay=False, metavar="FILE", help="Write to this file, not to the screen."
        ),
    ] = None,
    role: Role = None,
    by: By = "",
) -> None:
    """One derived frame, in CDISC columns: subjects, laboratory, tumours, responses, time to event, events.

    Arms, drugs and doses are blank for a --role that may not see them; else who saw them is on record."""
    with open_runtime() as runtime:
        made = derived_frames.derived_frame(
            runtime.ctx,
            frame.value,
            as_of=as_of or runtime.tonight(),
            known_at=instant(known_at, runtime.ctx.zone),
            subjects=subject or (),
            reader=_reader(role, by),
        )
    for note in made.notes:
        typer.echo(note, err=True)
    texts = table_texts.to_json(made.frame) if form is TableFormat.json else table_texts.to_csv(made.frame)
    if output is None:
        for text in texts:
            typer.echo(text, nl=False)
        return
    try:
        output.touch(mode=0o600)  # patients' data are their reader's alone
        with output.open("w", encoding="utf-8", newline="") as file:
            file.writelines(texts)
    except OSError as error:
        raise ConfigurationError(
            f"--output {output}: {error.strerror}. Name a file in a folder that is there."
        ) from error
    typer.echo(f"{output}: {len(made.frame)} rows", err=True)


@app.command(
    epilog="Examples: milepost explain S01-007 --as-of 2026-04-14 · milepost explain 'S01-007 AE|R:7' · milepost "
    "explain checkpoint.AFP-W4.responders"
)
def explain(
    what: Annotated[
        str,
        typer.Argument(
            help="A subject (USUBJID), one of its records ('USUBJID DOMAIN|RECKEY', as SRC of a derived frame has it), "
            "a delivery number, an alert key or number, or a number's id in report.json."
        ),
    ],
    as_of: AsOf = None,
    known_at: KnownAt = None,
    line: Annotated[int, typer.Option("--line", help="Line of therapy.")] = 1,
    role: Role = None,
    by: By = "",
) -> None:
    """Follow a verdict or a report number back to rows, delivery, line and rule.

    Arms, drugs and doses are left out for a --role that may not see them; else who saw them is on record."""
    with open_runtime() as runtime:
        typer.echo(
            explained(
                runtime.ctx,
                what,
                as_of=as_of or runtime.tonight(),
                known_at=instant(known_at, runtime.ctx.zone),
                line=line,
                reader=_reader(role, by),
            )
        )


@app.command(epilog="Example: milepost status --format json")
def status(
    form: Annotated[
        TextFormat, typer.Option("--format", case_sensitive=False, help="text or json.")
    ] = TextFormat.text,
) -> None:
    """Deliveries, rows, verdicts, alerts, queries and reports, as they stand."""
    with open_runtime() as runtime:
        summary = current_status(runtime.ctx)
    typer.echo(
        to_text(summary)
        if form is TextFormat.text
        else json.dumps(summary, ensure_ascii=False, indent=2, default=str)
    )


def _reader(role: str | None, by: str) -> Reader:
    return Reader(role, by or getpass.getuser())

"""`milepost demo`: a made-up study from its first file to its last report, with a summary a person can read."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from milepost.errors import DataProblem
from milepost.feeds.rehearsal import Address, sftp_server
from milepost.homes import home_folder
from milepost.runtime import Runtime, open_runtime
from milepost.workflows.rehearsal import live_through, prepare
from milepost.workflows.status import status

PULLED = "S06"  # the site whose files are fetched from its server; the others bring theirs


def run_demo(*, seed: int, patients: int, dag_nights: int) -> None:
    """Live through a made-up study: catch-up nights in this process, the last ones through the real DAGs."""
    begun = time.perf_counter()
    console = Console(stderr=True)
    pulled = home_folder() / "sftp" / PULLED
    with sftp_server(pulled) as server, _feeds_from(server), open_runtime() as runtime, _bar(console) as bar:
        rehearsal = prepare(runtime.ctx, seed=seed, patients=patients, last=dag_nights)
        steps = bar.add_task("Making up the study", total=len(rehearsal.catch_up) + len(rehearsal.last))
        for day in live_through(runtime.ctx, rehearsal, {PULLED: pulled}):
            bar.update(steps, advance=1, description=f"Night of {day}")
        if rehearsal.last:
            bar.update(steps, description="Starting Airflow's DAGs")
            _through_dags([day.isoformat() for day in rehearsal.last], bar, steps)
        bar.update(steps, description="Done")
        lines = _summary(runtime, len(rehearsal.catch_up), len(rehearsal.last), time.perf_counter() - begun)
    typer.echo("\n".join(lines))


@contextlib.contextmanager
def _feeds_from(server: Address) -> Iterator[None]:
    """Tell this process and those it starts where the made-up site's server stands."""
    feed = {"kind": "sftp", "host": server.host, "port": server.port, "user": server.user, "path": server.path,
            "host_key": server.host_key, "secret": "MILEPOST_REHEARSAL"}  # fmt: skip
    os.environ |= {"MILEPOST_FEEDS": json.dumps({PULLED: [feed]}), "MILEPOST_REHEARSAL": server.password}
    try:
        yield
    finally:
        del os.environ["MILEPOST_FEEDS"], os.environ["MILEPOST_REHEARSAL"]


def _bar(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, transient=False)


def _through_dags(nights: list[str], bar: Progress, steps: object) -> None:
    """The last nights through Airflow, in a process of its own; one line of JSON comes back for each DAG."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "milepost.orchestration.replay", *nights]
    failed = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        for line in process.stdout or ():
            run = json.loads(line)
            bar.update(steps, description=f"Night of {run['night']} {run['dag']}")  # type: ignore[arg-type]
            if run["state"] != "success":
                failed.append(f"{run['dag']} of {run['night']}")
            if run["dag"] == "site_queries":
                bar.update(steps, advance=1)  # type: ignore[arg-type]
    if process.returncode:
        raise DataProblem(
            f"demo: these DAG runs failed: {', '.join(failed) or 'all'}. "
            f"airflow/replay.log in the home folder says why."
        )


def _dry_run(runtime: Runtime) -> str:
    """The closed report over groups drawn by chance, on the last night's data: where it lies."""
    reports = runtime.ctx.store.reports()
    if reports.empty:
        return "none"
    role = runtime.ctx.study.protocol.roles[0].id
    done = runtime.prepare_closed(role=role, person="demo", dry_run=True, as_of=reports["AS_OF"].max().date())
    return f"{done['path']}/report.html (the closed report's layout; its groups are drawn by chance)"


def _summary(runtime: Runtime, catch_up: int, dag_nights: int, seconds: float) -> list[str]:
    ctx = runtime.ctx
    now = status(ctx)
    rows, deliveries = now["rows"], now["deliveries"]
    where = [f"{name.lower().replace('_', ' ')} {count}" for name, count in now["verdicts"].items()]
    report = now["reports"][-1]["path"] if now["reports"] else None
    return [
        "",
        "A made-up study, lived through. No patient in it exists.",
        f"  Nights       {catch_up + dag_nights} ({catch_up} catch-up nights in one process, "
        f"{dag_nights} through Airflow's DAGs)",
        f"  Deliveries   {deliveries['total']}: {deliveries['recorded']} recorded, {deliveries['held']} held, "
        f"{deliveries['refused']} refused",
        f"  Rows         {rows['received']} received = {rows['accepted']} accepted + {rows['unchanged']} unchanged + "
        f"{rows['superseded']} superseded + {rows['quarantined']} quarantined + {rows['held']} held + "
        f"{rows['ignored']} ignored",
        f"  Verdicts     {', '.join(where)}",
        f"  Alerts       {now['alerts']['owed']} owed, {now['alerts']['sent']} sent, {now['alerts']['open']} open "
        "(what ends before it is sent is not sent)",
        f"  Queries      {now['queries']['open']} open, {now['queries']['closed']} closed",
        f"  Report       {report}/report.html" if report else "  Report       none",
        f"  Dry run      {_dry_run(runtime)}",
        f"  Mails        {ctx.places.mail} (a Maildir)",
        f"  Findings     {ctx.places.findings} (one page a delivery)",
        f"  Took         {seconds:.0f} s",
        "",
        "Next: open the report in a browser; `make up` starts Airflow itself; `.venv/bin/milepost status` any time.",
    ]

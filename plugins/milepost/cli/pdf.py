"""The command that prints a report as PDF, with a Chromium that is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from milepost.cli.app import app
from milepost.errors import ConfigurationError, DataProblem

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PAGE = "report.html"
_SECONDS = 300


def find_chromium() -> str:
    """MILEPOST_CHROMIUM, else the first Chromium on PATH. Raises ConfigurationError that says what to install."""
    named = os.environ.get("MILEPOST_CHROMIUM")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        where = f"MILEPOST_CHROMIUM names {named}, which is" if named else f"{', '.join(_NAMES)} are"
        raise ConfigurationError(
            f"{where} not to be run here. A PDF needs a Chromium: install one (Debian: apt-get install chromium), or "
            "name it in MILEPOST_CHROMIUM. Any browser can print the page as well."
        )
    return found


def print_page(page: Path, target: Path, chromium: str) -> None:
    """Print one HTML file as PDF, readable by its owner only. The page decides on paper, margins, head and foot.

    The browser reaches no network. Raises DataProblem where it makes no PDF.
    """
    with tempfile.TemporaryDirectory(prefix="milepost-pdf-") as folder:
        made = Path(folder) / "page.pdf"
        command = [
            chromium, "--headless", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            # whatever the page asks for over the network meets a proxy that is not there
            "--proxy-server=127.0.0.1:9", "--proxy-bypass-list=<-loopback>",
            f"--user-data-dir={folder}/profile", "--no-pdf-header-footer", f"--print-to-pdf={made}",
            *(["--no-sandbox"] if os.geteuid() == 0 else []),  # root may not use it; what is printed is our own page
            page.resolve().as_uri(),
        ]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise DataProblem(f"{page}: the browser did not print it within {_SECONDS} s.") from error
        if done.returncode or not made.is_file() or not made.read_bytes().startswith(b"%PDF-"):
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise DataProblem(f"{page}: the browser made no PDF of it. Its last words: {last}")
        _keep(made.read_bytes(), target)


@app.command(
    "pdf", epilog="Example: milepost pdf .milepost/reports/open/2026-04-14-0a1b2c3d4e5f -o april.pdf"
)
def pdf(
    report: Annotated[Path, typer.Argument(help="Folder of a report, or one HTML file.", metavar="REPORT")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            dir_okay=False,
            metavar="FILE",
            help="Where to (default: here, named like the report).",
        ),
    ] = None,
) -> None:
    """A report as PDF, printed by an installed Chromium. Print again and the bytes differ: the HTML is the record."""
    page = report / _PAGE if report.is_dir() else report
    if not page.is_file():
        raise ConfigurationError(
            f"{page}: no such file. Name the folder of a published report, or an HTML file."
        )
    name = report.resolve().name if report.is_dir() else report.stem
    target = output or Path(f"{name}.pdf")
    print_page(page, target, find_chromium())
    typer.echo(f"{target}: {target.stat().st_size} bytes")


def _keep(raw: bytes, target: Path) -> None:
    part = target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(raw)
        part.replace(target)
    except OSError as error:
        raise ConfigurationError(
            f"--output {target}: {error.strerror}. Name a file in a folder that is there."
        ) from error

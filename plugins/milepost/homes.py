"""Where the project, the study folder and everything the service keeps lie. Light: Airflow reads it while parsing.

A study other than the project's own `config/` keeps its data apart: two studies in one ledger would judge each
other's patients.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def study_folder() -> Path:
    """MILEPOST_STUDY, by default the project's `config/`."""
    return Path(os.environ.get("MILEPOST_STUDY") or PROJECT / "config").expanduser().resolve()


def home_folder(study: Path | None = None) -> Path:
    """MILEPOST_HOME; by default `.milepost/` in the project, for another study `.milepost/studies/<its id>`."""
    named = os.environ.get("MILEPOST_HOME")
    if named:
        return Path(named).expanduser().resolve()
    folder = study or study_folder()
    base = PROJECT / ".milepost"
    return base if folder == (PROJECT / "config").resolve() else base / "studies" / _name(folder)


def _name(folder: Path) -> str:
    """The study's id; the folder's name where it cannot be read, which the reading proper will say."""
    try:
        said = tomllib.loads((folder / "protocol.toml").read_text(encoding="utf-8")).get("id")
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        said = None
    return re.sub(r"[^A-Za-z0-9_.-]", "_", str(said or folder.name)).lstrip(".") or "study"

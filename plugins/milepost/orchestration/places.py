"""The folders Airflow has to know before it may import the runtime."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
DAGS = PROJECT / "dags"
PLUGINS = PROJECT / "plugins"


def home_folder() -> Path:
    """MILEPOST_HOME, by default `.milepost/` in the project: as `runtime.home_folder` says, without its imports."""
    return Path(os.environ.get("MILEPOST_HOME") or PROJECT / ".milepost").expanduser().resolve()

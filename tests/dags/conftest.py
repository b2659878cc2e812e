"""Airflow reads its settings once, when it is first imported: they are set here, before any test imports it."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from milepost.orchestration import replay

HOME = Path(tempfile.mkdtemp(prefix="milepost-airflow-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
if "airflow" not in sys.modules:
    os.environ.update(replay.settings(HOME))


@pytest.fixture(scope="session")
def airflow_tables() -> None:
    """Airflow's own tables, in an SQLite file of this test run."""
    from airflow.utils.db import initdb

    assert os.environ["AIRFLOW_HOME"] == str(HOME), "airflow was imported before these settings"
    initdb()

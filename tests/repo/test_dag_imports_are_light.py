"""Airflow parses every DAG file twice a minute: the heavy libraries are imported inside the tasks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
HEAVY = {
    "pandas",
    "numpy",
    "great_expectations",
    "lifelines",
    "scipy",
    "pyarrow",
    "psycopg",
    "paramiko",
    "jinja2",
}
LOOK = """
import json, runpy, sys
from pathlib import Path
import airflow.sdk, airflow.triggers.base
airflows_own = set(sys.modules)
files = sorted(Path("dags").glob("*.py"))
for file in files:
    runpy.run_path(str(file))
ours = set(sys.modules) - airflows_own
print(json.dumps({"files": len(files), "ours": sorted(ours), "all": sorted({m.split(".")[0] for m in sys.modules})}))
"""


def test_loading_every_dag_file_loads_no_heavy_library(tmp_path):
    env = {**os.environ, "AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": str(PROJECT / "plugins")}
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=PROJECT, env=env, capture_output=True, text=True, check=True
    )
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    assert seen["files"] >= 4
    # SQLAlchemy comes with `import airflow` itself, so for it (and Jinja2) only what our files add can be judged
    assert not (HEAVY - {"jinja2"}) & set(seen["all"])
    added = {name.split(".")[0] for name in seen["ours"]}
    assert not added & {*HEAVY, "sqlalchemy"}
    milepost = {name for name in seen["ours"] if name.startswith("milepost.")}
    assert "milepost.orchestration.steps" in milepost
    light = {"milepost.errors", "milepost.homes"}
    assert all(name in light or name.startswith("milepost.orchestration") for name in milepost)

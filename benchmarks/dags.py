"""What Airflow pays each time it parses the DAG files, which it does all day: against what it pays for itself."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from statistics import median

from benchmarks import tables
from benchmarks.children import PROJECT

TIMES = 5
AIM_RATIO = 1.1
_WAYS = {
    "an empty interpreter": "",
    "airflow.sdk alone": "import airflow.sdk",
    "airflow.sdk and every file of dags/": "import airflow.sdk, runpy, pathlib\n"
    "for file in sorted(pathlib.Path('dags').glob('*.py')): runpy.run_path(str(file))",
}
_CLOCK = """
{code}
import resource, sys
used = resource.getrusage(resource.RUSAGE_SELF)
peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 2**20
print("measured", used.ru_utime + used.ru_stime, peak, len(sys.modules))
"""


def run(quick: bool) -> int:
    """Measure and print; how many aims are missed."""
    tables.title("dags: parsing the DAG files")
    found: dict[str, list[list[float]]] = {way: [] for way in _WAYS}
    with tempfile.TemporaryDirectory() as home:
        for _ in range(2 if quick else TIMES):
            for way, code in _WAYS.items():
                found[way].append(_measured(code, home))
    middle = {way: [median(values) for values in zip(*times, strict=True)] for way, times in found.items()}
    tables.table(
        ("the whole process, median", "wall s", "CPU s", "peak MB", "modules"),
        [(way, *values[:3], int(values[3])) for way, values in middle.items()],
    )
    empty, alone, ours = (values[1] for values in middle.values())
    print(
        f"Our files themselves: {ours - alone:.3f} s of CPU. Against an empty interpreter: {ours / empty:,.0f}x; "
        f"Airflow alone is {alone / empty:,.0f}x.\n"
    )
    return tables.aim("with our files against airflow.sdk alone, CPU", ours / alone, AIM_RATIO, "x")


def _measured(code: str, home: str) -> list[float]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHONDONTWRITE")}
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _CLOCK.format(code=code)], cwd=PROJECT, check=True, capture_output=True, text=True,
        env=environment | {"AIRFLOW_HOME": home, "PYTHONPATH": str(PROJECT / "plugins")},
    )  # fmt: skip
    wall = time.perf_counter() - begun
    line = next(line for line in reversed(done.stdout.splitlines()) if line.startswith("measured"))
    return [wall, *(float(word) for word in line.split()[1:])]
